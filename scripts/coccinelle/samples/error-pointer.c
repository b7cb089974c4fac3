// SPDX-License-Identifier: GPL-2.0
/*
 * What error-pointer.cocci has to find: every line that says so, and no other.
 */
#include <linux/err.h>
#include <linux/rsvpool.h>

int sample_asks_for_null(const struct rsvpool_attr *attr)
{
	struct rsvpool *pool = rsvpool_create(attr);

	if (!pool)				/* found */
		return -ENOMEM;
	rsvpool_destroy(pool);
	return 0;
}

void *sample_asks_for_an_error(struct rsvpool *pool)
{
	void *element;

	element = rsvpool_alloc_timeout(pool, GFP_KERNEL, 10);
	if (IS_ERR(element))			/* found */
		return NULL;
	return element;
}

int sample_asks_right(const struct rsvpool_attr *attr)
{
	struct rsvpool *pool = rsvpool_create(attr);
	void *element;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	element = rsvpool_tryalloc(pool);
	if (element)
		rsvpool_free(pool, element);
	rsvpool_destroy(pool);
	return 0;
}
