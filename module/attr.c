// SPDX-License-Identifier: GPL-2.0
/*
 * The words for a pool's attributes, which all front ends read and show; and the
 * check for attributes that contradict each other.  An attribute that belongs to
 * one kind of source is refused with another kind.  If it were ignored, the pool
 * would not be what its creator asked for: elements of 4 KiB in spite of a size of
 * 8 KiB.
 *
 * pool.c checks ranges and numbers that depend on other numbers, when it copies
 * the values.  Both checks see the attributes of C code and those that parse.c
 * makes from text, so all front ends give the same answer.
 *
 * Task context; no lock.
 */
#include <linux/bits.h>
#include <linux/errno.h>

#include "attr.h"
#include "internal.h"

const char * const rsvpool_source_names[] = {
	[RSVPOOL_PAGES] = "page",
	[RSVPOOL_KMALLOC] = "kmalloc",
	[RSVPOOL_KMEM_CACHE] = "kmem_cache",
	[RSVPOOL_POOL] = "pool",
	[RSVPOOL_OPS] = "ops",
};

const char * const rsvpool_policy_names[RSVPOOL_POLICIES] = {
	[RSVPOOL_POLICY_CACHE] = "cache",
	[RSVPOOL_POLICY_SOURCE] = "source",
	[RSVPOOL_POLICY_RECLAIM] = "reclaim",
	[RSVPOOL_POLICY_RESERVE] = "reserve",
};

const char * const rsvpool_wakeup_names[] = {
	[RSVPOOL_WAKEUP_FIFO] = "fifo",
	[RSVPOOL_WAKEUP_PRIO] = "prio",
};

#define OF(source)	BIT(RSVPOOL_##source)

static int needs_source(const struct rsvpool_attr *attr, const char *key,
			unsigned long sources)
{
	if (sources & BIT(attr->source))
		return 0;
	pool_refuse(attr->name, key, "is not allowed with element=%s",
		    rsvpool_source_names[attr->source]);
	return -EINVAL;
}

static int refuse_missing(const struct rsvpool_attr *attr, const char *key)
{
	pool_refuse(attr->name, key, "missing; element=%s needs it",
		    rsvpool_source_names[attr->source]);
	return -EINVAL;
}

/**
 * attr_check - do attributes contradict each other?
 * @attr: a pool's attributes; the name is valid
 *
 * Context: Task.
 * Return: 0, or -EINVAL and a line in the log.
 */
int attr_check(const struct rsvpool_attr *attr)
{
	/* An attribute that is 0 or NULL counts as not given. */
	const struct {
		const char *key;
		bool given;
		unsigned long sources;	/* may have it */
		unsigned long needed;	/* must have it */
	} rules[] = {
		{ "order", attr->order, OF(PAGES), 0 },
		{ "size", attr->size, OF(KMALLOC) | OF(OPS), OF(KMALLOC) },
		{ "kmem_cache", attr->kmem_cache, OF(KMEM_CACHE),
		  OF(KMEM_CACHE) },
		{ "parent", attr->parent, OF(POOL), OF(POOL) },
		{ "ops", attr->ops, OF(OPS), OF(OPS) },
		{ "data", attr->data, OF(OPS), 0 },
		{ "source_sleeps", attr->source_sleeps, OF(OPS), 0 },
	};
	int i, err;

	if ((unsigned int)attr->source > RSVPOOL_OPS) {
		pool_refuse(attr->name, "element", "unknown source %d",
			    attr->source);
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].given) {
			err = needs_source(attr, rules[i].key,
					   rules[i].sources);
			if (err)
				return err;
		} else if (rules[i].needed & BIT(attr->source)) {
			return refuse_missing(attr, rules[i].key);
		}
	}
	return 0;
}
