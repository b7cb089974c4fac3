// SPDX-License-Identifier: GPL-2.0
/*
 * bench - cycles on this machine's processor, and instructions, of the module's
 * code and of other allocators
 *
 * The module's code is compiled as for the kernel, with per-CPU data at %gs and the
 * processor's flags saved and restored; interrupts stay on, as only the kernel
 * can turn them off; that is the same for the module's locks and the others.
 * Cycles are those of the time stamp counter.  The compared allocators take
 * turns in one run: a batch of each, then again; a figure is the median of its
 * batches, followed by the tenth and ninetieth percentile.
 *
 * Two threads: elements are taken on one CPU and freed on another, through a ring;
 * the best of many short runs, since others use the machine, too.
 *
 * The depot's lock: the instructions of a hold (holds.h), the time in which two
 * threads pass a lock to each other, and from these a paper estimate of how many
 * CPUs keep the lock busy (see saturation()).
 *
 * One line for each figure: name, value, unit, low, high, separated by tabs.
 *
 * usage: bench [BATCHES]
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "holds.h"
#include "native_test.h"
#include "refill.h"
#include "stats.h"
#include "threads.h"

#define PAIRS		256
#define BATCHES_MOST	4000
#define ELEMENTS	1024U
#define RING		256U
#define BURST_US	10000
#define BURSTS		40

static struct numbers numbers;
static struct rsvpool *cached, *uncached;

void machine_interrupt(void)
{
}

void machine_nmi(void)
{
}

static __always_inline u64 tsc(void)
{
	unsigned int low, high;

	__asm__ __volatile__("lfence; rdtsc; lfence" : "=a" (low), "=d" (high)
			     : : "memory");
	return ((u64)high << 32) | low;
}

/*
 * The other allocators, each in its shortest form.
 */

/* One CPU's array, interrupts off. */
static struct array {
	raw_spinlock_t lock;
	unsigned int nr;
	void *element[ELEMENTS];
} irq_array ____cacheline_aligned_in_smp, lock_array ____cacheline_aligned_in_smp;

static noinline void *irq_array_take(void)
{
	unsigned long flags;
	void *element = NULL;

	local_irq_save(flags);
	if (likely(irq_array.nr))
		element = irq_array.element[--irq_array.nr];
	local_irq_restore(flags);
	return element;
}

static noinline void irq_array_give(void *element)
{
	unsigned long flags;

	local_irq_save(flags);
	if (likely(irq_array.nr < ELEMENTS))
		irq_array.element[irq_array.nr++] = element;
	local_irq_restore(flags);
}

/* One array for all, under a raw lock. */
static noinline void *lock_array_take(void)
{
	unsigned long flags;
	void *element = NULL;

	raw_spin_lock_irqsave(&lock_array.lock, flags);
	if (likely(lock_array.nr))
		element = lock_array.element[--lock_array.nr];
	raw_spin_unlock_irqrestore(&lock_array.lock, flags);
	return element;
}

static noinline void lock_array_give(void *element)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock_array.lock, flags);
	if (likely(lock_array.nr < ELEMENTS))
		lock_array.element[lock_array.nr++] = element;
	raw_spin_unlock_irqrestore(&lock_array.lock, flags);
}

/* A stack without a lock: a tag against ABA, a number of the element. */
static u64 stack_head ____cacheline_aligned_in_smp;
static u32 stack_next[ELEMENTS + 1];

static noinline void *stack_take(void)
{
	u64 old = READ_ONCE(stack_head), new;

	do {
		if (unlikely(!(u32)old))
			return NULL;
		new = (old & ~(u64)U32_MAX) + (1ULL << 32) +
			READ_ONCE(stack_next[(u32)old]);
	} while (!try_cmpxchg64(&stack_head, &old, new));
	return (void *)(uintptr_t)(u32)old;
}

static noinline void stack_give(void *element)
{
	u64 old = READ_ONCE(stack_head), new;
	u32 n = (uintptr_t)element;

	do {
		WRITE_ONCE(stack_next[n], (u32)old);
		new = (old & ~(u64)U32_MAX) + (1ULL << 32) + n;
	} while (!try_cmpxchg64(&stack_head, &old, new));
}

/*
 * As objpool does it: a ring for each CPU, with a reserved tail, the end of the
 * filled part, and a head; a take tries its own ring, then the next CPU's.
 */
static struct ring {
	u32 head;
	u32 tail;
	u32 last;
	void *element[ELEMENTS];
} ring[2] ____cacheline_aligned_in_smp;

static noinline void *ring_take(void)
{
	int cpu = native.cpu & 1, i;
	void *element = NULL;
	unsigned long flags;

	local_irq_save(flags);
	for (i = 0; i < 2 && !element; i++, cpu ^= 1) {
		u32 head = load_acquire(&ring[cpu].head);

		while (head != READ_ONCE(ring[cpu].last)) {
			element = READ_ONCE(ring[cpu].element[head %
							       ELEMENTS]);
			if (try_cmpxchg(&ring[cpu].head, &head, head + 1))
				break;
			element = NULL;
		}
	}
	local_irq_restore(flags);
	return element;
}

static noinline void ring_give(void *element)
{
	struct ring *r = &ring[native.cpu & 1];
	unsigned long flags;
	u32 tail;

	local_irq_save(flags);
	tail = READ_ONCE(r->tail);
	while (!try_cmpxchg(&r->tail, &tail, tail + 1))
		;
	WRITE_ONCE(r->element[tail % ELEMENTS], element);
	store_release(&r->last, tail + 1);
	local_irq_restore(flags);
}

static noinline void *cached_take(void)
{
	return rsvpool_tryalloc(cached);
}

static noinline void cached_give(void *element)
{
	rsvpool_free(cached, element);
}

static noinline void *alloc_take(void)
{
	return rsvpool_alloc(cached, GFP_NOWAIT);
}

static noinline void *uncached_take(void)
{
	return rsvpool_tryalloc(uncached);
}

static noinline void uncached_give(void *element)
{
	rsvpool_free(uncached, element);
}

static void *many[RSVPOOL_BULK_MAX];

static noinline void *bulk_take(struct rsvpool *pool, unsigned int nr)
{
	return rsvpool_tryalloc_bulk(pool, nr, many) ? NULL : many;
}

/* More than the cache has, so that all of them cross the depot's lock. */
static void *crossing[PAIRS];

static void *crossing_take(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		crossing[i] = rsvpool_tryalloc(cached);
	return crossing;
}

static void crossing_give(void *e)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		rsvpool_free(cached, crossing[i]);
}

static void *bulk16_take(void) { return bulk_take(cached, 16); }
static void bulk16_give(void *e) { rsvpool_free_bulk(cached, 16, many); }
static void *bulk64_take(void) { return bulk_take(cached, 64); }
static void bulk64_give(void *e) { rsvpool_free_bulk(cached, 64, many); }
static void *depot16_take(void) { return bulk_take(uncached, 16); }
static void depot16_give(void *e) { rsvpool_free_bulk(uncached, 16, many); }
static void *depot64_take(void) { return bulk_take(uncached, 64); }
static void depot64_give(void *e) { rsvpool_free_bulk(uncached, 64, many); }

static const struct way {
	const char *name;
	void *(*take)(void);
	void (*give)(void *element);
	unsigned int each;
} ways[] = {
	{ "pair/tryalloc", cached_take, cached_give, 1 },
	{ "pair/alloc", alloc_take, cached_give, 1 },
	{ "pair/depot", uncached_take, uncached_give, 1 },
	{ "pair/crossing", crossing_take, crossing_give, PAIRS },
	{ "each/bulk16", bulk16_take, bulk16_give, 16 },
	{ "each/bulk64", bulk64_take, bulk64_give, 64 },
	{ "each/depot_bulk16", depot16_take, depot16_give, 16 },
	{ "each/depot_bulk64", depot64_take, depot64_give, 64 },
	{ "pair/irqsave_array", irq_array_take, irq_array_give, 1 },
	{ "pair/lock_array", lock_array_take, lock_array_give, 1 },
	{ "pair/objpool", ring_take, ring_give, 1 },
	{ "pair/treiber", stack_take, stack_give, 1 },
};

#define WAYS		ARRAY_SIZE(ways)

static u64 batch[WAYS][BATCHES_MOST];
/* For each element, by way. */
static double cycles_of[WAYS], instructions_of[WAYS];

static unsigned int way_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < WAYS && strcmp(ways[i].name, name); i++)
		;
	MUST(i < WAYS, "no %s", name);
	return i;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 one_batch(const struct way *w)
{
	unsigned int i, pairs = PAIRS / w->each;
	u64 begun;
	void *e;

	begun = tsc();
	for (i = 0; i < pairs; i++) {
		e = w->take();
		w->give(e);
	}
	return tsc() - begun;
}

/* The cost of the call through a pointer, and of the loop. */
static void *no_take(void)
{
	return many;
}

static void no_give(void *element)
{
	barrier();
}

static const struct way nothing = { "pair/nothing", no_take, no_give, 1 };

/* Single steps of one take and give. */
static unsigned long instructions(const struct way *w)
{
	unsigned long before;
	void *e;

	e = w->take();
	w->give(e);
	before = machine_counts.steps;
	machine_step_begin(UINT_MAX);
	e = w->take();
	w->give(e);
	machine_step_end();
	return machine_counts.steps - before;
}

static void figure(const char *what, const char *name, double value,
		   const char *unit, double low, double high)
{
	printf("%s/%s\t%.2f\t%s\t%.2f\t%.2f\n", what, name, value, unit, low,
	       high);
}

static double of_batch(u64 took, u64 empty, unsigned int each)
{
	return (double)(took - min(empty, took)) / each;
}

static void cycles(unsigned int batches)
{
	unsigned int i, k, none;
	u64 overhead[101];

	for (i = 0; i < 101; i++)
		overhead[i] = one_batch(&nothing);
	qsort(overhead, 101, sizeof(u64), by_value);
	for (k = 0; k < batches; k++)
		for (i = 0; i < WAYS; i++)
			batch[i][k] = one_batch(&ways[i]);
	none = instructions(&nothing);
	for (i = 0; i < WAYS; i++) {
		const struct way *w = &ways[i];
		u64 empty = overhead[50] / w->each;
		unsigned int each = PAIRS / w->each * w->each;
		unsigned long n = instructions(w) - none;

		qsort(batch[i], batches, sizeof(u64), by_value);
#define OF(n)	of_batch(batch[i][n], empty, each)
		figure("cycles", w->name, OF(batches / 2), "cycles",
		       OF(batches / 10), OF(batches * 9 / 10));
		figure("native", w->name, (double)n / w->each, "instructions",
		       0, 0);
		cycles_of[i] = OF(batches / 2);
		instructions_of[i] = (double)n / w->each;
	}
}

/*
 * From one CPU to another
 */

static void *passed[RING];
static unsigned int in ____cacheline_aligned_in_smp;
static unsigned int out ____cacheline_aligned_in_smp;
static bool stop ____cacheline_aligned_in_smp;
static const struct way *passing;
static int ready;

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *consumer(void *arg)
{
	unsigned int n = READ_ONCE(out);

	pin(1);
	machine_enter(1);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	while (!READ_ONCE(stop) || n != load_acquire(&in)) {
		if (n == load_acquire(&in)) {
			__builtin_ia32_pause();
			continue;
		}
		passing->give(passed[n % RING]);
		store_release(&out, ++n);
	}
	machine_leave();
	return NULL;
}

/* Elements passed in a second. */
static double pass(const struct way *w)
{
	unsigned int n = in, begun;
	pthread_t thread;
	u64 since, took;
	void *e;

	passing = w;
	stop = false;
	ready = 0;
	pthread_create(&thread, NULL, consumer, NULL);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		;
	begun = n;
	since = native_ns();
	do {
		if (n - load_acquire(&out) < RING) {
			e = w->take();
			if (e) {
				passed[n % RING] = e;
				store_release(&in, ++n);
			}
		}
		if (!(n & 63))
			took = native_ns() - since;
		else
			took = 0;
	} while (took < BURST_US * 1000UL);
	WRITE_ONCE(stop, true);
	pthread_join(thread, NULL);
	return (n - begun) * 1e9 / took;
}

static double alone(const struct way *w)
{
	u64 best = U64_MAX, one;
	unsigned int i, k;
	void *e[16];

	for (i = 0; i < 2000; i++) {
		one = native_ns();
		for (k = 0; k < PAIRS / 16; k++) {
			unsigned int j;

			for (j = 0; j < 16; j++)
				e[j] = w->take();
			for (j = 0; j < 16; j++)
				w->give(e[j]);
		}
		one = native_ns() - one;
		best = min(best, one);
	}
	return PAIRS * 1e9 / best;
}

static void passes(void)
{
	const struct way *which[] = {
		&ways[way_named("pair/tryalloc")],
		&ways[way_named("pair/depot")],
		&ways[way_named("pair/lock_array")],
		&ways[way_named("pair/objpool")],
		&ways[way_named("pair/treiber")],
		&nothing,
	};
	double rate[ARRAY_SIZE(which)][BURSTS];
	unsigned int i, k;

	for (k = 0; k < BURSTS; k++)
		for (i = 0; i < ARRAY_SIZE(which); i++)
			rate[i][k] = pass(which[i]);
	for (i = 0; i < ARRAY_SIZE(which); i++) {
		const char *name = which[i]->name + strlen("pair/");
		double most = 0, sum = 0;

		for (k = 0; k < BURSTS; k++) {
			most = max(most, rate[i][k]);
			sum += rate[i][k];
		}
		figure("passed", name, most / 1e6, "million/s", sum / BURSTS /
		       1e6, most / 1e6);
		figure("alone", name, alone(which[i]) / 1e6,
		       "million/s", 0, 0);
	}
	figure("passed", "pulled_at_once",
	       (double)stats_read(cached, STAT_PULLED) /
	       max(stats_read(cached, STAT_ALLOC_DEPOT), 1ULL),
	       "elements a hold of the lock", 0, 0);
}

/*
 * The depot's lock
 */

#define TURNS		100U	/* in one sample */
#define TURNS_MS	1000U
#define LINE		8U	/* pointers in a cache line */
#define CPUS_MOST	1024
/* A line of another CPU's, for any machine: an assumption. */
#define ASSUMED_NS	100

/* A lock, and whose turn it is to take it. */
static struct {
	raw_spinlock_t lock;
	unsigned int turn;
} handed ____cacheline_aligned_in_smp;

enum { OWN, OTHER, NOBODY };

/* @locked: with the lock; otherwise the line alone. */
static bool hand_over(unsigned int from, unsigned int to, bool locked)
{
	unsigned long flags;
	unsigned int turn;

	while ((turn = READ_ONCE(handed.turn)) != from ||
	       READ_ONCE(handed.lock.owner))
		if (turn == NOBODY)
			return false;
	if (!locked) {
		WRITE_ONCE(handed.turn, to);
		return true;
	}
	raw_spin_lock_irqsave(&handed.lock, flags);
	WRITE_ONCE(handed.turn, to);
	raw_spin_unlock_irqrestore(&handed.lock, flags);
	return true;
}

static void *other_hand(void *locked)
{
	pin(1);
	machine_enter(1);
	while (hand_over(OTHER, OWN, locked))
		;
	machine_leave();
	return NULL;
}

/*
 * Cycles from one CPU's turn to the other's, the best of many samples: the two
 * threads seldom run at once on a machine that others use.
 */
static double handoff(bool locked)
{
	u64 until = native_ns() + TURNS_MS * 1000000ULL;
	u64 best = U64_MAX, took;
	pthread_t thread;
	unsigned int i;

	handed.turn = OTHER;
	pthread_create(&thread, NULL, other_hand, locked ? &handed : NULL);
	do {
		took = tsc();
		for (i = 0; i < TURNS / 2; i++)
			hand_over(OWN, OTHER, locked);
		took = tsc() - took;
		best = min(best, took);
	} while (native_ns() < until);
	while (READ_ONCE(handed.turn) != OWN)
		;
	WRITE_ONCE(handed.turn, NOBODY);
	pthread_join(thread, NULL);
	return (double)best / TURNS;
}

static double cycles_of_ns(void)
{
	u64 ns = native_ns(), begun = tsc();

	usleep(BURST_US);
	return (double)(tsc() - begun) / (native_ns() - ns);
}

static const struct hold *hold_named(const char *name)
{
	const struct hold *h;
	unsigned int i;

	for (i = 0; (h = hold_measured(i)) && strcmp(h->name, name); i++)
		;
	MUST(h, "no %s", name);
	return h;
}

/*
 * What a pair of CPUs' calls does to the lock.
 * @way: the calls, of which @share in a hundred go to the depot, by @take and @give
 */
static const struct load {
	const char *name;
	const char *way;
	unsigned int share;
	const char *take;
	const char *give;
} loads[] = {
	{ "depot", "pair/depot", 100, "take", "give" },
	{ "depot_bulk16", "each/depot_bulk16", 100, "bulk16_take",
	  "bulk16_give" },
	{ "depot_bulk64", "each/depot_bulk64", 100, "bulk64_take",
	  "bulk64_give" },
	{ "cached_all", "pair/crossing", 100, "refill", "flush" },
	{ "cached_1_in_10", "pair/crossing", 10, "refill", "flush" },
	{ "cached_1_in_100", "pair/crossing", 1, "refill", "flush" },
};

/*
 * What crosses from CPU to CPU with a hold, in cycles: the lock, with count and
 * thresholds beside it, and lines of the array, one after the other.
 */
struct crossing {
	double handoff;
	double line;
};

/* Cycles of one hold for each element: its instructions, at the call's rate. */
static double hold_cycles(const char *name, double rate,
			  const struct crossing *c)
{
	const struct hold *h = hold_named(name);
	double lines = 1 + (h->elements - 1.0) / LINE;

	return (h->held * rate + c->handoff + lines * c->line) / h->elements;
}

/*
 * The lock is saturated by N CPUs that each make a pair in P cycles, if they had
 * not to wait, when N times what a pair holds it is P.  @gap: what a CPU does between
 * two pairs.
 */
static void saturation(const char *from, const struct crossing *c,
		       double per_ns)
{
	static const struct crossing none;
	static const unsigned int gaps[] = { 0, 1, 10 };
	double cached_pair = cycles_of[way_named("pair/tryalloc")];
	char what[32], name[64];
	unsigned int i, k;

	snprintf(what, sizeof(what), "cpus_%s", from);
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct load *l = &loads[i];
		unsigned int way = way_named(l->way);
		double rate = cycles_of[way] / instructions_of[way];
		double share = l->share / 100.0;
		double local, held, pair;

		local = share * (hold_cycles(l->take, rate, &none) +
				 hold_cycles(l->give, rate, &none));
		held = share * (hold_cycles(l->take, rate, c) +
				hold_cycles(l->give, rate, c));
		pair = share * cycles_of[way] + (1 - share) * cached_pair +
			held - local;
		snprintf(name, sizeof(name), "%s/held", l->name);
		figure(what, name, held, "cycles", 0, 0);
		for (k = 0; k < ARRAY_SIZE(gaps); k++) {
			snprintf(name, sizeof(name), "%s/%uus", l->name,
				 gaps[k]);
			figure(what, name,
			       (pair + gaps[k] * 1000 * per_ns) / held, "CPUs",
			       0, 0);
		}
		snprintf(name, sizeof(name), "%s/%ucpus", l->name, CPUS_MOST);
		figure(what, name,
		       max(CPUS_MOST * held - pair, 0.0) / per_ns / 1000, "us",
		       0, 0);
	}
}

static void depot_lock_figures(void)
{
	struct crossing c = { handoff(true), handoff(false) };
	double per_ns = cycles_of_ns();
	const struct hold *h;
	unsigned int i;

	holds_measure();
	for (i = 0; (h = hold_measured(i)); i++) {
		figure("held", h->name, h->held, "instructions", 0, 0);
		figure("crossed", h->name, h->elements, "elements", 0, 0);
	}
	figure("lock", "handoff", c.handoff, "cycles", 0, 0);
	figure("lock", "line", c.line, "cycles", 0, 0);
	figure("lock", "ghz", per_ns, "cycles a nanosecond", 0, 0);
	saturation("measured", &c, per_ns);
	c.handoff = ASSUMED_NS * per_ns;
	c.line = ASSUMED_NS * per_ns;
	saturation("assumed", &c, per_ns);
}

static struct rsvpool *pool_make(const char *name, unsigned int cache)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;

	rsvpool_attr_init(&attr, name);
	attr.source = RSVPOOL_OPS;
	attr.ops = &number_ops;
	attr.data = &numbers;
	attr.size = 64;
	attr.reserve = 64;
	attr.max = ELEMENTS;
	attr.low = 64;
	attr.high = ELEMENTS;
	attr.cache = cache;
	attr.cache_max = cache;
	attr.adaptive = false;
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	if (!IS_ERR(pool))
		refill_run(pool);
	return pool;
}

int main(int argc, char **argv)
{
	unsigned int batches = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;
	unsigned int i;

	batches = clamp(batches, 11U, (unsigned int)BATCHES_MOST);
	machine_init(3);
	pin(0);
	machine_enter(0);
	cached = pool_make("cached", 64);
	uncached = pool_make("uncached", 0);
	for (i = 1; i <= ELEMENTS / 2; i++) {
		irq_array_give((void *)(uintptr_t)i);
		lock_array_give((void *)(uintptr_t)i);
		stack_give((void *)(uintptr_t)i);
		ring_give((void *)(uintptr_t)i);
	}
	/* Fill the cache, for the bulk calls. */
	for (i = 0; i < 3; i++) {
		bulk64_take();
		bulk64_give(NULL);
	}
	cycles(batches);
	passes();
	depot_lock_figures();
	return 0;
}
