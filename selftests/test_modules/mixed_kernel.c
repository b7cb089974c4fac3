// SPDX-License-Identifier: GPL-2.0
/*
 * The file of rsvpool_test_mixed that uses the kernel's mempools only.
 */
#include "mixed.h"

int mixed_kernel_init(struct mixed *mixed, int min_nr,
		      mempool_alloc_t *alloc_fn, mempool_free_t *free_fn,
		      void *pool_data)
{
	return mempool_init(&mixed->mempool, min_nr, alloc_fn, free_fn,
			    pool_data);
}

void mixed_kernel_exit(struct mixed *mixed)
{
	mempool_exit(&mixed->mempool);
}

void *mixed_kernel_alloc(struct mixed *mixed, gfp_t gfp)
{
	return mempool_alloc(&mixed->mempool, gfp);
}

void mixed_kernel_free(struct mixed *mixed, void *element)
{
	mempool_free(element, &mixed->mempool);
}

bool mixed_kernel_initialized(struct mixed *mixed)
{
	return mempool_initialized(&mixed->mempool);
}

int mixed_kernel_resize(struct mixed *mixed, int min_nr)
{
	return mempool_resize(&mixed->mempool, min_nr);
}

size_t mixed_kernel_size(void)
{
	return sizeof(mempool_t);
}

size_t mixed_kernel_after(void)
{
	return offsetof(struct mixed, after);
}
