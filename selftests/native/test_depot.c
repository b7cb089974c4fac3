// SPDX-License-Identifier: GPL-2.0
/*
 * test_depot - the depot, its queue, the slots and the refill worker, under
 * random operations, compared with a model: a plain array of elements held
 *
 * One thread plays all CPUs in turn, so operations do not overlap, except
 * sleepers: each has a context of its own, which goes on when it is woken, or
 * gives up.  Between two operations, irq_work, work items and the refill worker
 * run at random.  Some sleepers want elements of a second pool, too (a claim),
 * of which the test holds most.  Checked after every step, for both pools:
 *
 *	Q = O - D - M of the comment at the top of depot.c is not below zero (D is
 *	zero between operations);
 *	the number of elements equals those that are outstanding, in the depot,
 *	slots, parking and caches, and is at most max;
 *	a tryalloc within the guarantee has succeeded;
 *	sleepers are woken in the order in which they came;
 *	one hold of the lock, in the irq_work, serves at most SERVE_MOST sleepers;
 *	where slots miss elements that the source could make, it is asked;
 *
 * and now and then that each element is in one place, by its address.  At the
 * end of a round all elements are freed, the pool is destroyed, and the source
 * gets them all back.
 *
 * usage: test_depot [STEPS [SEED]]
 */
#include <ucontext.h>

#include "cache.h"
#include "cache_trim.h"
#include "claim.h"
#include "kick.h"
#include "native_test.h"
#include "wait.h"
#include "nmi_slots.h"
#include "stats.h"
#include "depot.h"
#include "watermarks.h"

#define ROUND_STEPS	4000
#define HELD_MOST	256
#define SLEEPERS	4
#define STACK_BYTES	(256 * 1024)
#define BOOKS_EVERY	8
#define BULK		12
#define OTHER_MOST	16
#define SERVE_MOST	2	/* as in depot.c */

static struct random rnd;
static struct rsvpool *pool, *other;
static struct numbers numbers, other_numbers;
static unsigned long step, steps, sleeps, served, given_up, resizes, guarantees;
static unsigned long nmis, below, claims;
static const char *doing;

/* The model: the elements that the test holds, and the address of each. */
static void *held[HELD_MOST];
static unsigned int nr_held;
static void *held_other[OTHER_MOST];
static unsigned int nr_other;

/*
 * @want: how many elements it wants
 * @want_other: and of the other pool
 * @number: the order of arrival
 */
static struct sleeper {
	ucontext_t context;
	struct task_struct task;
	bool busy;
	bool asleep;
	unsigned int want;
	unsigned int want_other;
	unsigned long number;
	long timeout;
	char *stack;
} sleeper[SLEEPERS];

static ucontext_t test_context;
static struct task_struct *test_task;
static struct sleeper *running;
static unsigned long numbers_given;

static unsigned int below_n(unsigned int n)
{
	return random_below(&rnd, n);
}

static bool one_in(unsigned int n)
{
	return !below_n(n);
}

#define WRONG(what, ...)						\
	MUST(false, "step %lu, %s: " what, step, doing, ##__VA_ARGS__)

/*
 * The model
 */

static void got(void *element)
{
	unsigned int i;

	for (i = 0; i < nr_held; i++)
		if (held[i] == element)
			WRONG("%p was handed out twice", element);
	if (nr_held == HELD_MOST)
		WRONG("too many");
	held[nr_held++] = element;
}

static void *give(void)
{
	unsigned int i = below_n(nr_held);
	void *element = held[i];

	held[i] = held[--nr_held];
	return element;
}

static bool is_listed(struct rsvpool *p, const struct sleeper *sl)
{
	struct rsvpool_waiter *w;

	list_for_each_entry(w, &p->depot.granted, in_granted)
		if (w->task == &sl->task)
			return true;
	return false;
}

/* Has it been served, without having noticed or recorded that? */
static bool is_granted(const struct sleeper *sl)
{
	return sl->task.woken || is_listed(pool, sl) || is_listed(other, sl);
}

/* Elements held, and those that were granted to sleepers. */
static unsigned int out_of(const struct rsvpool *p)
{
	unsigned int i, n = p == pool ? nr_held : nr_other;

	for (i = 0; i < SLEEPERS; i++)
		if (sleeper[i].asleep && is_granted(&sleeper[i]))
			n += p == pool ? sleeper[i].want :
				sleeper[i].want_other;
	return n;
}

/* Elements in the depot that are set aside for the head of the queue. */
static unsigned int set_aside(struct rsvpool *p)
{
	struct rsvpool_place *head = depot_head(&p->depot);

	return head ? min(p->depot.count, head->nr) : 0;
}

/* O */
static unsigned int outstanding(struct rsvpool *p)
{
	return out_of(p) + set_aside(p);
}

/* M: elements that are missing below min. */
static unsigned int missing(const struct rsvpool *p)
{
	const struct rsvpool_depot *s = &p->depot;
	unsigned int there = s->count + atomic_read(&p->parked_nr);

	return (s->min > there ? s->min - there : 0) +
		p->nmi_reserve - slots_full(p);
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

static void collect_stack(u64 head, void **all, unsigned int *n)
{
	u32 place;

	for (place = (u32)head; place;
	     place = slot_at(&pool->slots, place)->next)
		all[(*n)++] = slot_at(&pool->slots, place)->element;
}

/* Each element is in one place: in the pool, or held. */
static void check_places(void)
{
	static void *all[4096];
	struct llist_node *node;
	unsigned int n = 0, i;
	int cpu;

	for (i = 0; i < nr_held; i++)
		all[n++] = held[i];
	for (i = 0; i < pool->depot.count; i++)
		all[n++] = pool->depot.items[i];
	for_each_possible_cpu(cpu) {
		struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);

		for (i = 0; i < cache_word_count(c->word); i++)
			all[n++] = c->entries[i];
	}
	if (pool->slots.slot) {
		collect_stack(pool->slots.full, all, &n);
		collect_stack(pool->slots.parked, all, &n);
	}
	for (node = pool->parked.first; node; node = node->next)
		all[n++] = node;
	/* The part of the parked list that is being brought in. */
	for (node = pool->unparked; node; node = node->next)
		all[n++] = node;
	qsort(all, n, sizeof(*all), by_address);
	for (i = 1; i < n; i++)
		if (all[i] == all[i - 1])
			WRONG("%p is in two places", all[i]);
	/* Elements granted to sleepers are on their stacks. */
	if (n + out_of(pool) - nr_held !=
	    (unsigned int)atomic_read(&pool->total))
		WRONG("%u in places and %u set aside, %d exist", n,
		      out_of(pool) - nr_held, atomic_read(&pool->total));
}

/* Sleepers that have been served, but for those with claims. */
static unsigned int nr_served(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < SLEEPERS; i++)
		n += sleeper[i].asleep && !sleeper[i].want_other &&
			is_granted(&sleeper[i]);
	return n;
}

/* Before the irq_work, if it runs, and the wake-ups since then. */
static unsigned int served_before, woken;
static bool in_irq_work;

/* Before each wake-up the irq_work holds the lock once. */
void native_woke(struct task_struct *task)
{
	unsigned int served = nr_served();

	woken++;
	if (in_irq_work && served > served_before + SERVE_MOST * woken)
		WRONG("%u sleepers were served in %u holds",
		      served - served_before, woken);
}

static void do_irq_work(void)
{
	doing = "irq_work";
	served_before = nr_served();
	woken = 0;
	in_irq_work = true;
	native_irq_work();
	in_irq_work = false;
}

static void check_order(void)
{
	unsigned int i, k;

	for (i = 0; i < SLEEPERS; i++)
		for (k = 0; k < SLEEPERS; k++)
			if (sleeper[i].asleep && sleeper[k].asleep &&
			    sleeper[i].number < sleeper[k].number &&
			    !is_granted(&sleeper[i]) &&
			    is_granted(&sleeper[k]))
				WRONG("sleeper %lu was served before %lu",
				      sleeper[k].number, sleeper[i].number);
}

static void check_pool(struct rsvpool *p)
{
	const struct rsvpool_depot *s = &p->depot;
	unsigned int out = out_of(p);
	int total = atomic_read(&p->total);

	if (outstanding(p) < missing(p))
		WRONG("Q of %s is below zero: %u are out, %u missing",
		      p->name, outstanding(p), missing(p));
	if ((unsigned int)total != out + stats_cached(p) + s->count +
	    slots_full(p) + atomic_read(&p->parked_nr))
		WRONG("%d of %s exist: %u out, %u cached, %u in depot, %u in slots, %d parked",
		      total, p->name, out, stats_cached(p), s->count,
		      slots_full(p), atomic_read(&p->parked_nr));
	if (p->max && (unsigned int)total > p->max)
		WRONG("%d of %s exist, max is %u", total, p->name, p->max);
	if (s->count > s->capacity)
		WRONG("%u in a depot for %u", s->count, s->capacity);
	if (s->count < s->min && !(p->slow & SLOW_SHORT))
		WRONG("the line of %s is short, and frees do not know",
		      p->name);
}

/*
 * Are there enough elements for it in all its pools?  All sleepers are in the
 * queue of @pool.
 */
static bool could_be_served(const struct rsvpool_place *head)
{
	const struct rsvpool_waiter *w = head->waiter;
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		if (!depot_has(w->place[i].pool, w->place[i].nr))
			return false;
	return true;
}

static void check_step(void)
{
	struct rsvpool_place *head;

	if (native.irqs_off || native.locks || native.preempt || native.rcu)
		WRONG("comes back with a lock, or preemption off");
	check_pool(pool);
	check_pool(other);
	/* It can be served, or an irq_work that serves it is pending. */
	head = depot_head(&pool->depot);
	if (head && could_be_served(head) && !native_irq_work_pending())
		WRONG("the first in the queue wants %u of %u, and sleeps",
		      head->nr, pool->depot.count + slots_full(pool));
	if (atomic_read(&pool->nmi_missing) > 0 && depot_wants(pool) &&
	    !native_irq_work_pending() &&
	    atomic_read(&pool->refill_state) == REFILL_IDLE &&
	    (!pool->max || atomic_read(&pool->total) < (int)pool->max))
		WRONG("%d slots miss an element, and nothing asks for it",
		      atomic_read(&pool->nmi_missing));
	check_order();
	if (step % BOOKS_EVERY == 0)
		check_places();
}

/*
 * Operations
 */

/* An NMI; sometimes one that has interrupted the lock's holder. */
static bool nmi_enter(struct rsvpool *p)
{
	bool held_lock = one_in(2);

	nmis++;
	native.irqs_off = true;
	if (held_lock)
		raw_spin_lock(&p->depot.lock);
	native.in_nmi = true;
	return held_lock;
}

static void nmi_exit(struct rsvpool *p, bool held_lock)
{
	native.in_nmi = false;
	if (held_lock) {
		/* The holder then serves the queue, as every holder does. */
		depot_serve(p);
		raw_spin_unlock(&p->depot.lock);
	}
	native.irqs_off = false;
}

/* Does the guarantee apply to @nr elements, here and now? */
static bool guaranteed(struct rsvpool *p, unsigned int nr, bool nmi)
{
	unsigned int most = nmi ? p->nmi_reserve : p->reserve;

	return !p->depot.waiting && outstanding(p) + nr <= most;
}

static u64 taken_by_count(void)
{
	return stats_read(pool, STAT_FILE_ALLOC_CACHE) +
		stats_read(pool, STAT_ALLOC_DEPOT) +
		stats_read(pool, STAT_ALLOC_RESERVE) +
		stats_read(pool, STAT_ALLOC_NMI);
}

static u64 freed_by_count(void)
{
	return stats_read(pool, STAT_FILE_FREE_CACHE) +
		stats_read(pool, STAT_FREE_DEPOT) +
		stats_read(pool, STAT_FREE_NMI) +
		stats_read(pool, STAT_FREE_PARKED);
}

static struct rsvpool_cpu *this_cpu(void)
{
	return per_cpu_ptr(pool->cpu, native.cpu);
}

/*
 * This CPU had @entries and was allowed @limit, before a call for one element that
 * could have the lock: has it given back what it was asked for?
 */
static void check_asked(unsigned int entries, unsigned int limit)
{
	unsigned int left = cache_count(pool, native.cpu);

	if (entries > limit && left >= entries)
		WRONG("CPU %d has %u entries of %u, and may have %u",
		      native.cpu, left, entries, limit);
}

/* And if it had given all back before, may it have entries again? */
static void check_answered(unsigned int entries, unsigned int limit)
{
	if (!entries && !limit && pool->cache && !this_cpu()->limit)
		WRONG("CPU %d has given all back, and may have no entries",
		      native.cpu);
}

/* A call that brings the depot below low must ask for the refill worker. */
static void check_low(bool was_low)
{
	const struct rsvpool_depot *s = &pool->depot;

	if (!was_low && s->count < s->low &&
	    atomic_read(&pool->refill_state) == REFILL_IDLE &&
	    !native_irq_work_pending())
		WRONG("%u in the depot, low is %u, and no refill was asked for",
		      s->count, s->low);
}

static void do_tryalloc(void)
{
	unsigned int nr = one_in(3) ? 1 + below_n(BULK) : 1;
	unsigned int entries = cache_count(pool, native.cpu);
	unsigned int limit = this_cpu()->limit;
	bool was_low = pool->depot.count < pool->depot.low;
	u64 taken = taken_by_count();
	bool nmi = one_in(4), lock = false, owed, single;
	struct rsvpool_place *head = depot_head(&pool->depot);
	unsigned int aside = set_aside(pool);
	void *element[BULK];
	bool has;
	unsigned int i;

	doing = "tryalloc";
	owed = guaranteed(pool, nr, nmi);
	if (nr_held + nr > HELD_MOST)
		return;
	if (nmi)
		lock = nmi_enter(pool);
	else
		native.in_irq = one_in(3);
	single = nr == 1 && one_in(2);
	if (single) {
		element[0] = rsvpool_tryalloc(pool);
		has = element[0];
	} else {
		has = !rsvpool_tryalloc_bulk(pool, nr, element);
	}
	if (has && taken_by_count() - taken != nr)
		WRONG("%u were taken, %llu counted", nr,
		      taken_by_count() - taken);
	if (single && !has && cache_count(pool, native.cpu))
		WRONG("no element, and %u in the cache",
		      cache_count(pool, native.cpu));
	if (!lock) {
		check_low(was_low);
		if (single) {
			check_asked(entries, limit);
			check_answered(entries, limit);
		}
	}
	if (nmi)
		nmi_exit(pool, lock);
	native.in_irq = false;
	if (head && head == depot_head(&pool->depot) &&
	    set_aside(pool) < aside)
		WRONG("overtakes who waits for %u: %u of %u are left",
		      head->nr, set_aside(pool), aside);
	guarantees += owed;
	if (owed && !has)
		WRONG("%u were guaranteed%s: %u are out of %u, min %u, %u in depot, %u in slots",
		      nr, nmi ? " in NMI" : "", outstanding(pool),
		      nmi ? pool->nmi_reserve : pool->reserve,
		      pool->depot.min, pool->depot.count, slots_full(pool));
	for (i = 0; has && i < nr; i++)
		got(element[i]);
}

static void do_alloc(void)
{
	void *element;

	doing = "alloc";
	if (nr_held == HELD_MOST)
		return;
	element = rsvpool_alloc(pool, one_in(2) ? GFP_ATOMIC : GFP_NOWAIT);
	if (element)
		got(element);
}

static void do_free(void)
{
	unsigned int nr = one_in(3) ? 1 + below_n(2 * BULK) : 1, i;
	unsigned int entries = cache_count(pool, native.cpu);
	unsigned int limit = this_cpu()->limit;
	bool nmi = one_in(4), lock = false, single, asked;
	u64 freed = freed_by_count();
	void *element[2 * BULK];

	doing = "free";
	nr = min(nr, nr_held);
	if (!nr)
		return;
	for (i = 0; i < nr; i++)
		element[i] = give();
	if (nmi)
		lock = nmi_enter(pool);
	else
		native.in_irq = one_in(3);
	single = nr == 1 && one_in(2);
	/* A slot may have it, without the lock. */
	asked = single && !lock && !pool->slow_state;
	if (single)
		rsvpool_free(pool, element[0]);
	else
		rsvpool_free_bulk(pool, nr, element);
	if (freed_by_count() - freed != nr)
		WRONG("%u were freed, %llu counted", nr,
		      freed_by_count() - freed);
	if (asked)
		check_asked(entries, limit);
	if (nmi)
		nmi_exit(pool, lock);
	native.in_irq = false;
}

/* Take or free one element of the other pool. */
static void do_other(void)
{
	bool nmi = one_in(2), owed = guaranteed(other, 1, nmi), lock = false;
	bool take = one_in(2) && nr_other < OTHER_MOST;
	void *element;

	doing = take ? "tryalloc of the other pool" : "free to the other pool";
	if (!take && !nr_other)
		return;
	if (nmi)
		lock = nmi_enter(other);
	if (take) {
		element = rsvpool_tryalloc(other);
		if (element)
			held_other[nr_other++] = element;
		guarantees += owed;
	} else {
		rsvpool_free(other, held_other[--nr_other]);
	}
	if (nmi)
		nmi_exit(other, lock);
	if (take && owed && !element)
		WRONG("one was guaranteed%s: %u are out, %u in depot, %u in slots",
		      nmi ? " in NMI" : "", outstanding(other),
		      other->depot.count, slots_full(other));
}

/* A claim on both pools, by their addresses. */
static bool sleeper_claims(struct sleeper *sl, void **element)
{
	void *taken[OTHER_MOST];
	struct rsvpool_place of_pool = {
		.pool = pool,
		.nr = sl->want,
		.elements = element,
	}, of_other = {
		.pool = other,
		.nr = sl->want_other,
		.elements = taken,
	}, place[2];
	unsigned int i;

	place[pool > other] = of_pool;
	place[pool < other] = of_other;
	if (claim(place, 2, GFP_KERNEL, TASK_KILLABLE, sl->timeout))
		return false;
	MUST(nr_other + sl->want_other <= OTHER_MOST, "too many");
	for (i = 0; i < sl->want_other; i++)
		held_other[nr_other++] = taken[i];
	return true;
}

static void sleeper_main(void)
{
	struct sleeper *sl = running;
	void *element[BULK];
	bool has;
	unsigned int i;

	for (;;) {
		if (sl->want_other) {
			has = sleeper_claims(sl, element);
		} else if (sl->want == 1 && sl->timeout == MAX_SCHEDULE_TIMEOUT) {
			element[0] = rsvpool_alloc_killable(pool, GFP_KERNEL);
			has = element[0];
		} else if (sl->want == 1) {
			element[0] = rsvpool_alloc_timeout(pool, GFP_KERNEL,
							   sl->timeout);
			has = element[0];
		} else {
			struct rsvpool_place place = {
				.pool = pool,
				.nr = sl->want,
				.elements = element,
			};

			/* rsvpool_alloc_bulk(), but it may give up. */
			has = !claim(&place, 1, GFP_KERNEL, TASK_KILLABLE,
				     sl->timeout);
		}
		for (i = 0; has && i < sl->want; i++)
			got(element[i]);
		served += has;
		given_up += !has;
		sl->busy = false;
		swapcontext(&sl->context, &test_context);
	}
}

/* A sleeper sleeps: switch to the test. */
static void sleeper_sleeps(long timeout)
{
	struct sleeper *sl = running;

	sleeps += !sl->asleep;
	claims += !sl->asleep && sl->want_other;
	if (!sl->asleep)
		sl->number = ++numbers_given;
	sl->asleep = true;
	swapcontext(&sl->context, &test_context);
	/* It is woken before its timeout. */
	if (sl->task.killed || sl->task.woken)
		timeout = below_n(timeout);
	native.now += timeout;
}

static void sleeper_run(struct sleeper *sl)
{
	running = sl;
	native.task = &sl->task;
	native.sleep = sleeper_sleeps;
	if (!sl->stack) {
		sl->stack = malloc(STACK_BYTES);
		getcontext(&sl->context);
		sl->context.uc_stack.ss_sp = sl->stack;
		sl->context.uc_stack.ss_size = STACK_BYTES;
		makecontext(&sl->context, sleeper_main, 0);
	}
	swapcontext(&test_context, &sl->context);
	if (!sl->busy)
		sl->asleep = false;
	running = NULL;
	native.task = test_task;
	native.sleep = NULL;
}

/* Start a sleeper, or continue one that was woken or gives up. */
static void do_sleeper(void)
{
	struct sleeper *sl = &sleeper[below_n(SLEEPERS)];
	unsigned int i, most;

	doing = "sleeper";
	/* Served sleepers do not give up any more. */
	for (i = 0; i < SLEEPERS && one_in(2); i++)
		if (sleeper[i].asleep && !is_granted(&sleeper[i]))
			sl = &sleeper[i];
	if (!sl->busy) {
		if (!pool->reserve || nr_held + BULK > HELD_MOST)
			return;
		sl->task = (struct task_struct) {
			.prio = DEFAULT_PRIO,
			.pid = 100 + (sl - sleeper),
		};
		sl->busy = true;
		most = min_t(unsigned int, pool->reserve, BULK);
		sl->want = one_in(2) ? 1 : one_in(3) ? most : 1 + below_n(most);
		sl->want_other = one_in(3) ? 1 + below_n(other->reserve) : 0;
		sl->timeout = one_in(2) ? MAX_SCHEDULE_TIMEOUT :
			below_n(2 * HZ);
		sleeper_run(sl);
	} else {
		/*
		 * Only some can be killed; others run their periodic check, and
		 * sleep.
		 */
		sl->task.killed = one_in(2);
		sleeper_run(sl);
	}
}

static ssize_t setting_store(const char *name, unsigned int value)
{
	const struct attribute_group **group = pool->kobj.ktype->default_groups;
	struct attribute **attr;
	char text[16];

	snprintf(text, sizeof(text), "%u\n", value);
	for (attr = (*group)->attrs; *attr; attr++)
		if (!strcmp((*attr)->name, name))
			return pool->kobj.ktype->sysfs_ops->store(&pool->kobj,
					*attr, text, strlen(text));
	MUST(false, "no setting %s", name);
	return 0;
}

/* Change a setting, if it is valid. */
static void do_setting(void)
{
	static const char * const names[] = {
		"low", "high", "batch", "cache", "high_max", "adaptive",
	};
	const char *name = names[below_n(ARRAY_SIZE(names))];

	doing = name;
	setting_store(name, !strcmp(name, "batch") ? 1 + below_n(8) :
		      !strcmp(name, "cache") ? below_n(pool->cache_max + 1) :
		      !strcmp(name, "adaptive") ? below_n(2) :
		      below_n(pool->depot.capacity + 1));
}

static void raise_sleeps(long timeout)
{
	native.now += min_t(long, timeout, HZ);
}

static void do_resize(void)
{
	unsigned int reserve = max(1U, pool->nmi_reserve) +
		below_n(pool->max / 2 + 1);

	doing = "resize";
	native.sleep = raise_sleeps;
	resizes += !rsvpool_resize(pool, reserve);
	native.sleep = NULL;
}

/* Operations in task context that move elements. */
static void do_move(void)
{
	void *element[RSVPOOL_BATCH_MAX];
	unsigned int nr;

	switch (below_n(6)) {
	case 0:
		doing = "trim";
		cache_trim_all(pool);
		break;
	case 1:
		doing = "trim idle CPUs";
		cache_trim_housekeeping(pool);
		break;
	case 2:
		doing = "flush";
		depot_flush_here(pool);
		break;
	case 3:
		doing = "a dead CPU";
		cache_drain_dead(pool, below_n(NATIVE_CPUS));
		break;
	case 4:
		doing = "surplus";
		nr = depot_take_surplus(pool, element, 1 + below_n(8),
					below_n(16));
		while (nr)
			source_free(pool, element[--nr]);
		break;
	case 5:
		doing = "shrinker";
		adapt_under_pressure(pool);
		break;
	}
}

static void do_later(void)
{
	switch (below_n(4)) {
	case 0:
		do_irq_work();
		break;
	case 1:
		doing = "work";
		native_work();
		break;
	case 2:
		doing = "worker";
		settle();
		break;
	case 3:
		doing = "source";
		numbers.dry = one_in(3);
		native_memory = numbers.dry ? 2048 : SIZE_MAX;
		native.now += below_n(20 * HZ);
		break;
	}
}

/*
 * Rounds
 */

/* Its source has only its reserve, so that claims wait for it. */
static void other_make(void)
{
	struct rsvpool_attr attr;

	other_numbers = (struct numbers) {};
	rsvpool_attr_init(&attr, "other");
	attr.source = RSVPOOL_OPS;
	attr.ops = &number_ops;
	attr.data = &other_numbers;
	attr.size = 64;
	attr.reserve = 1 + below_n(4);
	attr.nmi_reserve = below_n(attr.reserve + 1);
	attr.max = attr.reserve + below_n(2);
	attr.cache_max = 1;
	attr.cache = below_n(2);
	other = rsvpool_create(&attr);
	MUST(!IS_ERR(other), "no other pool: %s", native_line);
	other_numbers.dry = true;
}

static void pool_make(void)
{
	struct rsvpool_attr attr;
	unsigned int n;

	numbers = (struct numbers) {};
	native_memory = SIZE_MAX;
	rsvpool_attr_init(&attr, "depot");
	if (one_in(2)) {
		/* Opaque: parked in slots. */
		attr.source = RSVPOOL_OPS;
		attr.ops = &number_ops;
		attr.data = &numbers;
		attr.size = 64;
	} else {
		/* Memory, which a sanitizer checks. */
		attr.source = RSVPOOL_KMALLOC;
		attr.size = 4096;
	}
	attr.reserve = 1 + below_n(24);
	attr.nmi_reserve = one_in(3) ? 0 : one_in(4) ? attr.reserve :
		below_n(attr.reserve + 1);
	n = attr.reserve + (one_in(4) ? 0 : below_n(60));
	attr.max = n;
	attr.cache_max = below_n(12);
	attr.cache = below_n(attr.cache_max + 1);
	attr.batch = 1 + below_n(6);
	attr.high = below_n(n + 1);
	attr.low = below_n(attr.high + 1);
	attr.high_max = n;
	attr.policy = below_n(RSVPOOL_POLICY_RESERVE + 1);
	attr.adaptive = one_in(2);
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
}

/* Free all elements: every sleeper is served. */
static void all_home(void)
{
	unsigned int tries, i;
	bool busy;

	doing = "all home";
	numbers.dry = false;
	native_memory = SIZE_MAX;
	for (tries = 0; tries < 100; tries++) {
		while (nr_held)
			rsvpool_free(pool, give());
		while (nr_other)
			rsvpool_free(other, held_other[--nr_other]);
		settle();
		busy = false;
		for (i = 0; i < SLEEPERS; i++)
			if (sleeper[i].busy) {
				busy = true;
				sleeper_run(&sleeper[i]);
			}
		check_step();
		if (!busy && !nr_held && !nr_other)
			break;
	}
	if (tries == 100)
		WRONG("a sleeper is not served though all is there");
	check_places();
	if (missing(pool) || missing(other))
		WRONG("%u and %u are missing at the end", missing(pool),
		      missing(other));
}

static void round_of(unsigned int nr)
{
	unsigned int end = step + nr;

	pool_make();
	other_make();
	for (; step < end; step++) {
		unsigned int what = below_n(100);

		if (one_in(4))
			native_set_cpu(below_n(NATIVE_CPUS));
		if (what < 34)
			do_tryalloc();
		else if (what < 40)
			do_alloc();
		else if (what < 72)
			do_free();
		else if (what < 80)
			do_sleeper();
		else if (what < 84)
			do_setting();
		else if (what < 87)
			do_resize();
		else if (what < 90)
			do_move();
		else if (what < 93)
			do_other();
		else
			do_later();
		below += pool->depot.count < pool->depot.min;
		check_step();
	}
	all_home();
	native_set_cpu(0);
	rsvpool_destroy(other);
	rsvpool_destroy(pool);
	settle();
	MUST(!numbers.alive && !other_numbers.alive,
	     "%u and %u elements are left", numbers.alive,
	     other_numbers.alive);
}

int main(int argc, char **argv)
{
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	double begun = seconds(), took;

	steps = argc > 1 ? strtoul(argv[1], NULL, 0) : 400000;
	rnd.state = seed;
	test_task = native.task;
	plan(2);
	while (step < steps)
		round_of(ROUND_STEPS);
	took = seconds() - begun;
	comment("seed %lu: %lu steps in %.1f s of CPU, %.0f a second", seed, step,
		took, step / max(took, 0.001));
	comment("%lu below min, %lu in NMI, %lu guaranteed, %lu resizes",
		below, nmis, guarantees, resizes);
	comment("%lu sleeps, %lu of them claims, %lu served, %lu given up",
		sleeps, claims, served, given_up);
	result(true, "depot, queue and slots agree with the model, and Q holds");
	/* If the depot was never below min, nothing was tested. */
	result(below > steps / 50 && nmis > steps / 50 && sleeps > steps / 500 &&
	       claims > steps / 2000 && served && given_up && resizes && guarantees > steps / 50,
	       "lines were short, NMIs came, sleepers were served and gave up");
	return finish();
}
