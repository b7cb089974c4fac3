/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frees for the module's own use: see free.c.
 */
#ifndef _RSVPOOL_FREE_H
#define _RSVPOOL_FREE_H

struct rsvpool;

void pool_free(struct rsvpool *pool, void *element);
void pool_free_untraced(struct rsvpool *pool, void *element);
void pool_free_bulk(struct rsvpool *pool, unsigned int nr, void **elements);

#endif /* _RSVPOOL_FREE_H */
