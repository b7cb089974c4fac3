/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The statistics as files: the counted ones, and those that are computed.
 */
#ifndef _RSVPOOL_STATS_H
#define _RSVPOOL_STATS_H

#include "internal.h"

enum {
	STAT_FILE_ALLOC_CACHE = NR_POOL_STATS,
	STAT_FILE_FREE_CACHE,
	STAT_FILE_PEAK,
	NR_STAT_FILES,
};

extern const char * const rsvpool_stat_names[NR_STAT_FILES];

u64 stats_pushes(struct rsvpool_cpu *c, u64 word);
u64 stats_pops(struct rsvpool_cpu *c, u64 word);

#endif /* _RSVPOOL_STATS_H */
