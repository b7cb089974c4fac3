/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that are freed after a grace period: see kvfree.c.
 */
#ifndef _RSVPOOL_KVFREE_H
#define _RSVPOOL_KVFREE_H

struct rsvpool;

int kvfree_init(void);
void kvfree_exit(void);
void kvfree_dead(struct rsvpool *pool, unsigned int cpu);

#endif /* _RSVPOOL_KVFREE_H */
