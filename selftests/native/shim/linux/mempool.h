/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's mempools of kmalloc: memory first, then what is set aside.
 */
#ifndef _NATIVE_MEMPOOL_H
#define _NATIVE_MEMPOOL_H

typedef struct mempool {
	size_t bytes;
	int min_nr;
	int curr_nr;
	void **elements;
} mempool_t;

/* The only one. */
extern mempool_t *native_mempool;

mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t bytes);
void mempool_destroy(mempool_t *pool);
/* Not with a gfp that sleeps, as no test needs that. */
void *mempool_alloc(mempool_t *pool, gfp_t gfp);
void mempool_free(void *element, mempool_t *pool);

#endif /* _NATIVE_MEMPOOL_H */
