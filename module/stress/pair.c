// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "pair": what one allocation and one free cost.
 *
 * Answers for: the cost of a pair, of rsvpool's and of the allocators it is
 * compared with, as the best of several batches, in tenths of a nanosecond.
 * In a guest where one instruction takes one nanosecond that is instructions;
 * ticks fall out because some batch has none.  What an empty loop costs is
 * measured alike and not subtracted.
 *
 * Each pair is a loop of its own, so that calls are direct and inlined as in
 * real users.  No locks but those of the array that is measured; task context.
 */
#include "stress.h"

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/genalloc.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mempool.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define OBJECT_BYTES	256	/* of the slab peers */
#define RESERVE		16	/* elements in the mempools */
#define ARRAY_NR	32	/* elements in the arrays */
#define GEN_ORDER	4	/* of the pages given to gen_pool */
#define TENTHS		10

struct stack {
	raw_spinlock_t lock;
	unsigned int nr;
	void *elements[ARRAY_NR];
};

static DEFINE_PER_CPU(struct stack, irq_stack);

/* What can be measured; rsvpool's own come first. */
enum pair_what {
	WHAT_TRYALLOC,
	WHAT_ALLOC,
	WHAT_BULK16,
	WHAT_BULK64,
	WHAT_MEMPOOL_PAGE,
	WHAT_MEMPOOL_KMALLOC,
	WHAT_MEMPOOL_PREALLOCATED,
	WHAT_ALLOC_PAGE,
	WHAT_KMEM_CACHE,
	WHAT_GEN_POOL,
	WHAT_RAWARRAY,
	WHAT_IRQARRAY,
	WHATS,
};

#define OF_POOL		(BIT(WHAT_BULK64 + 1) - 1)	/* these need a pool */

static const char * const what_names[WHATS + 1] = {
	[WHAT_TRYALLOC] = "tryalloc",
	[WHAT_ALLOC] = "alloc",
	[WHAT_BULK16] = "bulk16",
	[WHAT_BULK64] = "bulk64",
	[WHAT_MEMPOOL_PAGE] = "mempool_page",
	[WHAT_MEMPOOL_KMALLOC] = "mempool_kmalloc",
	[WHAT_MEMPOOL_PREALLOCATED] = "mempool_preallocated",
	[WHAT_ALLOC_PAGE] = "alloc_page",
	[WHAT_KMEM_CACHE] = "kmem_cache",
	[WHAT_GEN_POOL] = "gen_pool",
	[WHAT_RAWARRAY] = "rawarray",
	[WHAT_IRQARRAY] = "irqarray",
};

/**
 * struct pair - a measurement
 * @pool: the pool
 * @mempool: the mempool
 * @cache: the kmem_cache
 * @gen_pool: the gen_pool
 * @gen_pages: what it was given
 * @stack: the array under a raw spinlock
 * @elements: of a bulk call
 * @best_ns: the best batch so far
 * @ready: set up
 * @unanswered: an allocation failed
 */
struct pair {
	struct rsvpool *pool;
	mempool_t *mempool;
	struct kmem_cache *cache;
	struct gen_pool *gen_pool;
	unsigned long gen_pages;
	struct stack stack;
	void *elements[RSVPOOL_BULK_MAX];
	u64 best_ns;
	bool ready;
	bool unanswered;
};

/**
 * struct pair_kind - how to measure
 * @elements: that one pass of the loop moves
 * @setup: prepares, or NULL
 * @teardown: undoes that, or NULL
 * @batch: so many passes: nanoseconds
 */
struct pair_kind {
	unsigned int elements;
	int (*setup)(struct pair *pair);
	void (*teardown)(struct pair *pair);
	u64 (*batch)(struct pair *pair, unsigned int count);
};

/* A function that makes pairs: "allocate" gives a pointer or NULL. */
#define DEFINE_BATCH(_name, _allocate, _free)				\
static noinline u64 batch_##_name(struct pair *pair, unsigned int count) \
{									\
	u64 start = ktime_get_ns();					\
	void *element;							\
									\
	while (count--) {						\
		element = (_allocate);					\
		if (unlikely(!element)) {				\
			pair->unanswered = true;			\
			break;						\
		}							\
		_free;							\
	}								\
	return ktime_get_ns() - start;					\
}

static __always_inline void *hide(void *element)
{
	OPTIMIZER_HIDE_VAR(element);
	return element;
}

DEFINE_BATCH(empty, hide(pair), barrier())

/*
 * rsvpool
 */

static __always_inline void *bulk_take(struct pair *pair, unsigned int nr)
{
	return rsvpool_tryalloc_bulk(pair->pool, nr, pair->elements) ? NULL :
								       pair;
}

DEFINE_BATCH(tryalloc, rsvpool_tryalloc(pair->pool),
	     rsvpool_free(pair->pool, element))
DEFINE_BATCH(alloc, rsvpool_alloc(pair->pool, GFP_KERNEL),
	     rsvpool_free(pair->pool, element))
DEFINE_BATCH(bulk16, bulk_take(pair, 16),
	     rsvpool_free_bulk(pair->pool, 16, pair->elements))
DEFINE_BATCH(bulk64, bulk_take(pair, 64),
	     rsvpool_free_bulk(pair->pool, 64, pair->elements))

/*
 * The page and slab allocators, and mempools on top of them
 */

static int page_mempool_setup(struct pair *pair)
{
	pair->mempool = mempool_create_page_pool(RESERVE, 0);
	return pair->mempool ? 0 : -ENOMEM;
}

static int kmalloc_mempool_setup(struct pair *pair)
{
	pair->mempool = mempool_create_kmalloc_pool(RESERVE, OBJECT_BYTES);
	return pair->mempool ? 0 : -ENOMEM;
}

static void mempool_teardown(struct pair *pair)
{
	mempool_destroy(pair->mempool);
	pair->mempool = NULL;
}

static int cache_setup(struct pair *pair)
{
	pair->cache = kmem_cache_create("rsvpool_stress_pair", OBJECT_BYTES, 0,
					0, NULL);
	return pair->cache ? 0 : -ENOMEM;
}

static void cache_teardown(struct pair *pair)
{
	kmem_cache_destroy(pair->cache);
	pair->cache = NULL;
}

DEFINE_BATCH(alloc_page, alloc_page(GFP_ATOMIC), __free_page(element))
DEFINE_BATCH(kmem_cache, kmem_cache_alloc(pair->cache, GFP_ATOMIC),
	     kmem_cache_free(pair->cache, element))
DEFINE_BATCH(mempool, mempool_alloc(pair->mempool, GFP_ATOMIC),
	     mempool_free(element, pair->mempool))
DEFINE_BATCH(mempool_preallocated, mempool_alloc_preallocated(pair->mempool),
	     mempool_free(element, pair->mempool))

/*
 * gen_pool
 */

static void gen_teardown(struct pair *pair)
{
	if (pair->gen_pool)
		gen_pool_destroy(pair->gen_pool);
	pair->gen_pool = NULL;
	free_pages(pair->gen_pages, GEN_ORDER);
	pair->gen_pages = 0;
}

static int gen_setup(struct pair *pair)
{
	int err = -ENOMEM;

	pair->gen_pages = __get_free_pages(GFP_KERNEL, GEN_ORDER);
	pair->gen_pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (pair->gen_pages && pair->gen_pool)
		err = gen_pool_add(pair->gen_pool, pair->gen_pages,
				   PAGE_SIZE << GEN_ORDER, NUMA_NO_NODE);
	if (err)
		gen_teardown(pair);
	return err;
}

DEFINE_BATCH(gen_pool, (void *)gen_pool_alloc(pair->gen_pool, PAGE_SIZE),
	     gen_pool_free(pair->gen_pool, (unsigned long)element, PAGE_SIZE))

/*
 * The least that could be done: an array, and something against others
 */

static void stack_fill(struct stack *stack)
{
	raw_spin_lock_init(&stack->lock);
	for (stack->nr = 0; stack->nr < ARRAY_NR; stack->nr++)
		stack->elements[stack->nr] = stack;
}

static int raw_array_setup(struct pair *pair)
{
	stack_fill(&pair->stack);
	return 0;
}

static int irq_array_setup(struct pair *pair)
{
	int cpu;

	for_each_possible_cpu(cpu)
		stack_fill(per_cpu_ptr(&irq_stack, cpu));
	return 0;
}

static __always_inline void *raw_pop(struct stack *stack)
{
	unsigned long flags;
	void *element = NULL;

	raw_spin_lock_irqsave(&stack->lock, flags);
	if (stack->nr)
		element = stack->elements[--stack->nr];
	raw_spin_unlock_irqrestore(&stack->lock, flags);
	return element;
}

static __always_inline void raw_push(struct stack *stack, void *element)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&stack->lock, flags);
	if (stack->nr < ARRAY_NR)
		stack->elements[stack->nr++] = element;
	raw_spin_unlock_irqrestore(&stack->lock, flags);
}

static __always_inline void *irq_pop(void)
{
	struct stack *stack;
	unsigned long flags;
	void *element = NULL;

	local_irq_save(flags);
	stack = this_cpu_ptr(&irq_stack);
	if (stack->nr)
		element = stack->elements[--stack->nr];
	local_irq_restore(flags);
	return element;
}

static __always_inline void irq_push(void *element)
{
	struct stack *stack;
	unsigned long flags;

	local_irq_save(flags);
	stack = this_cpu_ptr(&irq_stack);
	if (stack->nr < ARRAY_NR)
		stack->elements[stack->nr++] = element;
	local_irq_restore(flags);
}

DEFINE_BATCH(rawarray, raw_pop(&pair->stack), raw_push(&pair->stack, element))
DEFINE_BATCH(irqarray, irq_pop(), irq_push(element))

static const struct pair_kind kinds[WHATS] = {
	[WHAT_TRYALLOC] = { 1, NULL, NULL, batch_tryalloc },
	[WHAT_ALLOC] = { 1, NULL, NULL, batch_alloc },
	[WHAT_BULK16] = { 16, NULL, NULL, batch_bulk16 },
	[WHAT_BULK64] = { 64, NULL, NULL, batch_bulk64 },
	[WHAT_MEMPOOL_PAGE] = {
		1, page_mempool_setup, mempool_teardown, batch_mempool },
	[WHAT_MEMPOOL_KMALLOC] = {
		1, kmalloc_mempool_setup, mempool_teardown, batch_mempool },
	[WHAT_MEMPOOL_PREALLOCATED] = {
		1, kmalloc_mempool_setup, mempool_teardown,
		batch_mempool_preallocated },
	[WHAT_ALLOC_PAGE] = { 1, NULL, NULL, batch_alloc_page },
	[WHAT_KMEM_CACHE] = {
		1, cache_setup, cache_teardown, batch_kmem_cache },
	[WHAT_GEN_POOL] = { 1, gen_setup, gen_teardown, batch_gen_pool },
	[WHAT_RAWARRAY] = { 1, raw_array_setup, NULL, batch_rawarray },
	[WHAT_IRQARRAY] = { 1, irq_array_setup, NULL, batch_irqarray },
};

/**
 * struct pairs - a run
 * @empty: the empty loop
 * @pairs: what is measured
 */
struct pairs {
	struct pair empty;
	struct pair pairs[WHATS];
};

static bool available(enum pair_what what)
{
	return what != WHAT_MEMPOOL_PREALLOCATED ||
	       STRESS_HAS_MEMPOOL_PREALLOCATED;
}

static bool chosen(const struct stress_run *run, enum pair_what what)
{
	return run->params.what & BIT(what);
}

static void pair_teardown_all(struct pairs *pairs)
{
	enum pair_what what;

	for (what = 0; what < WHATS; what++) {
		if (pairs->pairs[what].ready && kinds[what].teardown)
			kinds[what].teardown(&pairs->pairs[what]);
		pairs->pairs[what].ready = false;
	}
}

static int pair_prepare(struct stress_run *run)
{
	struct pairs *pairs = kvzalloc(sizeof(*pairs), GFP_KERNEL);
	enum pair_what what;
	struct pair *pair;
	int err = 0;

	if (!pairs)
		return -ENOMEM;
	run->priv = pairs;
	for (what = 0; what < WHATS; what++) {
		if (!chosen(run, what) || !available(what))
			continue;
		pair = &pairs->pairs[what];
		pair->pool = run->pool;
		if (kinds[what].setup)
			err = kinds[what].setup(pair);
		if (err)
			goto teardown;
		pair->ready = true;
	}
	return 0;

teardown:
	pair_teardown_all(pairs);
	kvfree(pairs);
	return err;
}

static int pair_measure(struct stress_run *run, struct pair *pair,
			u64 (*batch)(struct pair *pair, unsigned int count))
{
	unsigned int i;

	pair->best_ns = U64_MAX;
	for (i = 0; i < run->params.batches && !pair->unanswered; i++) {
		if (signal_pending(current))
			return -EINTR;
		pair->best_ns = min(pair->best_ns,
				    batch(pair, run->params.count));
		cond_resched();
	}
	return 0;
}

static int pair_execute(struct stress_run *run)
{
	struct pairs *pairs = run->priv;
	enum pair_what what;
	int err;

	err = pair_measure(run, &pairs->empty, batch_empty);
	for (what = 0; what < WHATS && !err; what++) {
		if (pairs->pairs[what].ready)
			err = pair_measure(run, &pairs->pairs[what],
					   kinds[what].batch);
	}
	return err;
}

static void pair_finish(struct stress_run *run)
{
	pair_teardown_all(run->priv);
}

static void show_tenths(struct seq_file *m, const char *name, u64 ns,
			u64 parts)
{
	u64 tenths = div64_u64(ns * TENTHS + parts / 2, parts);
	u32 tenth;

	tenths = div_u64_rem(tenths, TENTHS, &tenth);
	seq_printf(m, "pair.%s=%llu.%u\n", name, tenths, tenth);
}

static void pair_show(struct seq_file *m, struct stress_run *run)
{
	const struct pairs *pairs = run->priv;
	unsigned int count = run->params.count;
	const struct pair *pair;
	enum pair_what what;

	if (run->state != STRESS_OVER || run->status)
		return;
	show_tenths(m, "empty", pairs->empty.best_ns, count);
	for (what = 0; what < WHATS; what++) {
		pair = &pairs->pairs[what];
		if (!chosen(run, what))
			continue;
		if (!available(what))
			seq_printf(m, "pair.%s=unavailable\n",
				   what_names[what]);
		else if (pair->unanswered)
			seq_printf(m, "pair.%s=unanswered\n",
				   what_names[what]);
		else
			show_tenths(m, what_names[what], pair->best_ns,
				    (u64)count * kinds[what].elements);
	}
}

static void pair_release(struct stress_run *run)
{
	kvfree(run->priv);
}

static int pair_check(const struct stress_params *params)
{
	if (!*params->pool && params->what & OF_POOL) {
		pr_warn("pair: pool: missing\n");
		return -EINVAL;
	}
	return 0;
}

static const struct stress_param pair_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM(what, STRESS_SET, .choices = what_names,
		     .def = BIT(WHATS) - 1, .help = "what to measure"),
	STRESS_PARAM_NUMBER(batches, 1, 10000, 20, "batches, the best counts"),
	STRESS_PARAM_NUMBER(count, 1, 10000000, 1000, "pairs in a batch"),
	{}
};

const struct stress_scenario stress_pair_scenario = {
	.name = "pair",
	.help = "what one allocation and one free cost, in nanoseconds",
	.params = pair_params,
	.check = pair_check,
	.prepare = pair_prepare,
	.execute = pair_execute,
	.finish = pair_finish,
	.show = pair_show,
	.release = pair_release,
};
