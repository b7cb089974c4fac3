/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mempool_t on pools: see mempool.c.
 */
#ifndef _RSVPOOL_MEMPOOL_H
#define _RSVPOOL_MEMPOOL_H

int mempools_init(void);
void mempools_exit(void);

#endif /* _RSVPOOL_MEMPOOL_H */
