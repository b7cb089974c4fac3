/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long calls take: see latency.c.
 */
#ifndef _RSVPOOL_LATENCY_H
#define _RSVPOOL_LATENCY_H

#include <linux/types.h>

struct rsvpool;
struct seq_file;

enum latency_rung {
	LATENCY_TRYALLOC,
	LATENCY_ALLOC,
	LATENCY_WAIT,
	NR_LATENCY_RUNGS,
};

int latency_switch(struct rsvpool *pool, bool on);
void latency_record(struct rsvpool *pool, enum latency_rung rung, u64 start);
void latency_show(struct seq_file *m, struct rsvpool *pool);
size_t latency_bytes(const struct rsvpool *pool);
void latency_free(struct rsvpool *pool);

#endif /* _RSVPOOL_LATENCY_H */
