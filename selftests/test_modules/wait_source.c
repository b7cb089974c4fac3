// SPDX-License-Identifier: GPL-2.0
/*
 * A source that remembers how one task asked it.
 */
#include <linux/preempt.h>
#include <linux/sched/mm.h>

#include "wait.h"

static void record(struct recorded *source, gfp_t gfp)
{
	unsigned int nr = source->nr++;

	if (nr >= CALLS_MAX)
		return;
	source->call[nr].gfp = gfp;
	source->call[nr].effective = current_gfp_context(gfp);
	source->call[nr].flags = current->flags;
}

static void *recorded_alloc(gfp_t gfp, int node, void *data)
{
	struct recorded *source = data;
	bool ours = in_task() && current == source->who;

	if (ours)
		record(source, gfp);
	if (!ours && source->only_who)
		return NULL;
	if (ours && source->needs_reclaim && !(gfp & __GFP_DIRECT_RECLAIM))
		return NULL;
	return counted_ops.alloc(gfp, node, &source->counted);
}

static void recorded_free(void *element, void *data)
{
	struct recorded *source = data;

	counted_ops.free(element, &source->counted);
}

static const struct rsvpool_ops recorded_ops = {
	.alloc = recorded_alloc,
	.free = recorded_free,
};

void recorded_attr(struct rsvpool_attr *attr, struct recorded *source)
{
	*source = (struct recorded) { .who = current };
	counted_init(&source->counted);
	counted_attr(attr, "wait", &source->counted);
	attr->ops = &recorded_ops;
	attr->data = source;
	attr->reserve = RECORDED_RESERVE;
	attr->max = 4 * RECORDED_RESERVE;
	attr->cache = 0;
	attr->cache_max = 0;
	attr->low = RECORDED_RESERVE;
	attr->high = RECORDED_RESERVE;
	attr->adaptive = false;
}

void recorded_start(struct recorded *source)
{
	source->who = current;
	source->nr = 0;
}
