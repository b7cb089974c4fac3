// SPDX-License-Identifier: GPL-2.0
/*
 * What section.cocci has to find: every line that says so, and no other.
 */
#include <linux/errno.h>
#include <linux/rsvpool.h>

#define PRIVATE	RSVPOOL_SECTION_PRIVATE

int sample_leaves(struct rsvpool *pool, bool often)
{
	struct rsvpool_section section;
	int err;

	err = rsvpool_section_begin(&section, pool, 4, PRIVATE);	/* found */
	if (err)
		return err;
	if (often)
		return -EAGAIN;
	rsvpool_section_end(&section);
	return 0;
}

int sample_ends_twice(struct rsvpool *pool)
{
	struct rsvpool_section section;

	if (rsvpool_section_begin(&section, pool, 4, PRIVATE))
		return -ENOMEM;
	rsvpool_section_end(&section);
	rsvpool_section_end(&section);		/* found */
	return 0;
}

int sample_ends_what_is_not(struct rsvpool *pool, bool seldom)
{
	struct rsvpool_section section;

	if (!seldom)
		if (rsvpool_section_begin(&section, pool, 4, PRIVATE))
			return -ENOMEM;
	rsvpool_section_end(&section);		/* found */
	return 0;
}

int sample_pairs(struct rsvpool *pool)
{
	struct rsvpool_section section;
	void *element;

	if (rsvpool_section_begin(&section, pool, 4, PRIVATE)) {
		rsvpool_resize(pool, 8);
		return -ENOMEM;
	}
	element = rsvpool_section_alloc(&section);
	if (!element)
		goto out;
	if (pool)
		rsvpool_free(pool, element);
out:
	rsvpool_section_end(&section);
	return 0;
}

void sample_lends(struct rsvpool *pool,
		  void (*borrow)(struct rsvpool_section *section))
{
	struct rsvpool_section section;

	if (!rsvpool_section_begin(&section, pool, 4, PRIVATE))
		borrow(&section);
}
