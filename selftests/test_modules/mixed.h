/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver of which one file is on rsvpool and one is not: what they share, and
 * what mixed_kernel.c does with the kernel's mempools.
 */
#ifndef _MIXED_H
#define _MIXED_H

#include <linux/mempool.h>

/*
 * A mempool_t between two fields: these move if files disagree about its size.
 */
struct mixed {
	unsigned long before;
	mempool_t mempool;
	unsigned long after;
};

int mixed_kernel_init(struct mixed *mixed, int min_nr,
		      mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
		      void *pool_data);
void mixed_kernel_exit(struct mixed *mixed);
void *mixed_kernel_alloc(struct mixed *mixed, gfp_t gfp);
void mixed_kernel_free(struct mixed *mixed, void *element);
bool mixed_kernel_initialized(struct mixed *mixed);
int mixed_kernel_resize(struct mixed *mixed, int min_nr);
size_t mixed_kernel_size(void);
size_t mixed_kernel_after(void);

#endif /* _MIXED_H */
