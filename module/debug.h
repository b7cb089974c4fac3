/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What debug=1 adds to a pool: see debug.c.
 */
#ifndef _RSVPOOL_DEBUG_H
#define _RSVPOOL_DEBUG_H

#include "internal.h"

enum debug_misuse {
	MISUSE_DOUBLE_FREE,
	MISUSE_FOREIGN,
	MISUSE_WRITTEN,
	MISUSE_HELD,
};

int debug_init(struct rsvpool *pool);
void debug_exit(struct rsvpool *pool);
void debug_add(struct rsvpool *pool, void *element);
void debug_remove(struct rsvpool *pool, void *element);
void debug_taken(struct rsvpool *pool, void *element, unsigned long by);
bool debug_freed(struct rsvpool *pool, void *element, unsigned long by);
bool debug_lent(struct rsvpool *pool, void *element, unsigned long by);
void debug_unparked(struct rsvpool *pool, void *element);
void debug_report(struct rsvpool *pool);
void debug_may_sleep(struct rsvpool *pool);
/* The elements that one caller took. */
struct debug_holder {
	unsigned long caller;
	unsigned int nr;
	unsigned long oldest;		/* age in jiffies */
};

unsigned int debug_collect(struct rsvpool *pool, struct debug_holder *holder,
			   unsigned int most);
void debug_show_misuse(struct seq_file *m, struct rsvpool *pool);

#endif /* _RSVPOOL_DEBUG_H */
