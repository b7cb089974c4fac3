// SPDX-License-Identifier: GPL-2.0
/*
 * The operations that are interrupted and that interrupt: see nest_ops.h.
 */
#include "cache.h"
#include "nest_ops.h"
#include "nmi_slots.h"

#define MANY	3U
/* More than own_each() copies at once. */
#define BATCH	(COPY_STEP + 1)

static void put(struct bag *bag, void *element)
{
	bag->element[bag->nr++] = element;
}

/* cache.h, as its callers use it: preemption off. */
static noinline void pop(struct rsvpool *pool, struct bag *bag)
{
	void *element;

	if (cache_pop(pool, &element))
		put(bag, element);
}

static noinline void push(struct rsvpool *pool, struct bag *bag)
{
	if (bag->nr && cache_push(pool, bag->element[bag->nr - 1]))
		bag->nr--;
}

static noinline void pop_many(struct rsvpool *pool, struct bag *bag)
{
	bag->nr += cache_pop_many(pool, &bag->element[bag->nr], MANY);
}

/* It takes the first of the elements that it is given. */
static void taken_from_front(struct bag *bag, unsigned int taken)
{
	unsigned int i;

	bag->nr -= taken;
	for (i = 0; i < bag->nr; i++)
		bag->element[i] = bag->element[i + taken];
}

static noinline void push_many(struct rsvpool *pool, struct bag *bag)
{
	unsigned int nr = min(bag->nr, MANY);

	if (nr)
		taken_from_front(bag,
				 cache_push_many(pool, bag->element, nr));
}

/* What the depot does with its lock held, which keeps no NMI away. */
static noinline void fill(struct rsvpool *pool, struct bag *bag)
{
	bag->nr -= cache_fill(pool, &bag->element[bag->nr], bag->nr);
}

static noinline void empty(struct rsvpool *pool, struct bag *bag)
{
	bag->nr += cache_empty(pool, 0, &bag->element[bag->nr], BATCH);
}

const struct nest_op cache_ops[] = {
	{ "pop", pop },
	{ "push", push },
	{ "pop_many", pop_many },
	{ "push_many", push_many },
	{ "fill", fill },
	{ "empty", empty },
};

/* nmi_slots.c */
static noinline void take(struct rsvpool *pool, struct bag *bag)
{
	void *element = slots_take(pool);

	if (element)
		put(bag, element);
}

static noinline void give(struct rsvpool *pool, struct bag *bag)
{
	if (bag->nr && slots_put(pool, bag->element[bag->nr - 1]))
		bag->nr--;
}

/* A free in an NMI that finds the depot locked: to a slot, or parked. */
void nest_park(struct rsvpool *pool, struct bag *bag)
{
	bool was_nmi = native.in_nmi;
	int was_owner = pool->depot.lock.owner;

	if (!bag->nr)
		return;
	native.in_nmi = true;
	pool->depot.lock.owner = native.cpu + 1;
	rsvpool_free(pool, bag->element[--bag->nr]);
	pool->depot.lock.owner = was_owner;
	native.in_nmi = was_nmi;
}

/* One taker at a time, by the depot's lock. */
static noinline void unpark(struct rsvpool *pool, struct bag *bag)
{
	unsigned long flags;
	void *element;

	if (!raw_spin_trylock_irqsave(&pool->depot.lock, flags))
		return;
	element = slots_unpark(pool);
	raw_spin_unlock_irqrestore(&pool->depot.lock, flags);
	if (element)
		put(bag, element);
}

const struct nest_op slots_ops[] = {
	{ "take", take },
	{ "put", give },
	{ "park", nest_park },
	{ "unpark", unpark },
};

/* The calls for any context. */
static noinline void tryalloc(struct rsvpool *pool, struct bag *bag)
{
	void *element = rsvpool_tryalloc(pool);

	if (element)
		put(bag, element);
}

static noinline void free_one(struct rsvpool *pool, struct bag *bag)
{
	if (bag->nr)
		rsvpool_free(pool, bag->element[--bag->nr]);
}

static noinline void tryalloc_bulk(struct rsvpool *pool, struct bag *bag)
{
	if (!rsvpool_tryalloc_bulk(pool, MANY, &bag->element[bag->nr]))
		bag->nr += MANY;
}

static noinline void free_bulk(struct rsvpool *pool, struct bag *bag)
{
	unsigned int nr = min(bag->nr, MANY);

	bag->nr -= nr;
	rsvpool_free_bulk(pool, nr, &bag->element[bag->nr]);
}

const struct nest_op call_ops[] = {
	{ "tryalloc", tryalloc },
	{ "free", free_one },
	{ "tryalloc_bulk", tryalloc_bulk },
	{ "free_bulk", free_bulk },
};

u64 nest_cache_word(unsigned int sequence, unsigned int count)
{
	return sequence * CACHE_SEQ_ONE + count;
}

unsigned int nest_cache_count(u64 word)
{
	return cache_word_count(word);
}
