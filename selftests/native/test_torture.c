// SPDX-License-Identifier: GPL-2.0
/*
 * test_torture - threads that play CPUs, on two pools, with interrupts and NMIs
 * at any instruction; see threads.h for the machine
 *
 * Each CPU allocates and frees, singly and in bulk, lends and reads, sleeps,
 * and claims from both pools; interrupts and NMIs make all of these calls that
 * are allowed there, with elements of their own.  They come from other CPUs at
 * random instants, and, by counting single steps, at chosen instructions.
 * Meanwhile one more thread resizes, changes settings, trims, takes CPUs
 * offline and online, makes the source fail and kills sleepers; and another one
 * is the refill worker.
 *
 * Checked all the time:
 *
 *	an element that is handed out has no owner, and only its new owner
 *	writes to it;
 *	a tryalloc succeeds if no more than the reserve (in NMI nmi_reserve)
 *	have been wanted or outstanding at any instant of it;
 *	no more elements exist than max;
 *	of the sleepers of a pool none is served before one that came earlier;
 *	a read of a live loan gives the lent content;
 *
 * and after each round, when all elements are freed: each element is in one
 * place, their number is the pool's, no element is missing below min, and the
 * source gets all of them back.
 *
 * usage: test_torture [THREADS [ROUNDS [SEED]]]
 */
#include <linux/rsvpool_lend.h>
#include <pthread.h>
#include <unistd.h>

#include "cache.h"
#include "cache_trim.h"
#include "claim.h"
#include "native_test.h"
#include "nmi_slots.h"
#include "refill.h"
#include "wait.h"
#include "stats.h"
#include "threads.h"

#define THREADS_MOST	64
#define POOLS		2
#define LEVELS		3
#define BAG_MOST	96
#define ROUND_STEPS	60000
#define STEPS_LEAST	300
#define ROUNDS_MOST	100	/* times ROUNDS, until all has happened */
#define WORDS		5
#define LOANS		64
/*
 * No progress for so long means a deadlock, if all threads together have had so much
 * CPU time meanwhile: what waits for a deadlock polls.
 */
#define STUCK_SECONDS	30
#define STUCK_CPU_SECONDS	1
#define STACK_BYTES	(1024 * 1024)
/* Probabilities: one in so many. */
#define STEPPED		100
#define STEPPED_NESTED	4
#define SENT		4
/* Instructions that are stepped through, at most: most calls have few. */
#define STEPS_FEW	64
#define STEPS_MANY	400

/*
 * An element.  The pool uses the first word while it is free; in new memory
 * @owner may have native_alloc()'s fill pattern.
 */
#define NEW_OWNER	(-0x5a5a5a5b)

struct element {
	struct llist_node link;
	int owner;
	int found;
	u64 word[WORDS];
};

/*
 * One of the pools.
 * @out: outstanding, or wanted by a call under way
 * @over: how often that has exceeded @owed, the reserve; in NMI
 * @owed: never more than the reserve in force
 */
static struct shop {
	struct rsvpool *pool;
	struct rsvpool_attr attr;
	int alive;
	bool dry;
	int out ____cacheline_aligned_in_smp;
	unsigned int over[2];
	int owed[2];
} shop[POOLS];

struct bag {
	unsigned int nr;
	struct element *element[BAG_MOST];
};

/*
 * A CPU.
 * @level: the level of nesting that runs
 * @depth: how many of the levels are within a call
 * @balanced: elements taken now are freed before the call ends, as the task
 *	sleeps
 * @stamp: its time stamp counter at its last progress
 */
static struct hand {
	int cpu;
	pthread_t thread;
	bool active;
	bool balanced;
	unsigned int depth;
	struct random random[LEVELS];
	struct bag bag[POOLS][LEVELS];
	u64 stamp;
	u64 stamps;
	bool go;
	bool parked;
	struct task_struct *task;
	unsigned long steps;
	unsigned long nested[LEVELS];
	unsigned long owed;
	unsigned long failed;
	unsigned long slept;
	unsigned long gave_up;
	unsigned long claimed;
	unsigned long lent;
	unsigned long read;
	unsigned long retries;
	struct machine_counts counts;
} hand[THREADS_MOST + 2];

static __thread struct hand *me;

/* Loans that all threads may read.  @words: the first word that was lent. */
static struct loan_seen {
	raw_spinlock_t lock;
	struct rsvpool_loan loan;
	u64 word;
} loans[LOANS];

static int threads;
static unsigned int round_number, steps_each, finished, gone;
static unsigned long resizes, offs, settings, trims;
static bool quit;
static struct random rnd;

#define WRONG(what, ...) do {						\
	printf("# round %u, CPU %d: " what "\n", round_number,		\
	       native.cpu, ##__VA_ARGS__);				\
	printf("not ok 1 stopped\n");					\
	fflush(stdout);							\
	_exit(1);							\
} while (0)

static unsigned int level(void)
{
	return native.in_nmi ? 2 : native.in_irq ? 1 : 0;
}

static unsigned int below_n(unsigned int n)
{
	return random_below(&me->random[level()], n);
}

static bool one_in(unsigned int n)
{
	return !below_n(n);
}

/*
 * The source
 */

static void *element_new(gfp_t gfp, int node, void *data)
{
	struct shop *s = data;
	struct element *e;

	if (READ_ONCE(s->dry))
		return NULL;
	e = malloc(sizeof(*e));
	MUST(e, "no memory");
	e->owner = NEW_OWNER;
	if (__atomic_add_fetch(&s->alive, 1, __ATOMIC_SEQ_CST) >
	    (int)s->attr.max)
		WRONG("more elements exist than %u", s->attr.max);
	return e;
}

static void element_gone(void *element, void *data)
{
	struct shop *s = data;
	struct element *e = element;

	if (e->owner && e->owner != NEW_OWNER)
		WRONG("the source gets an element of CPU %d", e->owner - 1);
	e->owner = -1;
	__atomic_sub_fetch(&s->alive, 1, __ATOMIC_SEQ_CST);
	free(e);
}

static const struct rsvpool_ops element_ops = {
	.alloc = element_new,
	.free = element_gone,
};

/*
 * Elements held
 */

static void got(struct element *e)
{
	int was = __atomic_exchange_n(&e->owner, native.cpu + 1,
				      __ATOMIC_SEQ_CST);
	unsigned int i;
	u64 stamp;

	if (was && was != NEW_OWNER)
		WRONG("an element is handed out that CPU %d has", was - 1);
	/* An interrupt here uses another one. */
	stamp = __atomic_add_fetch(&me->stamps, 256, __ATOMIC_RELAXED) +
		me->cpu;
	for (i = 0; i < WORDS; i++)
		WRITE_ONCE(e->word[i], stamp);
}

static void giving(struct element *e)
{
	unsigned int i;
	int was;

	for (i = 1; i < WORDS; i++)
		if (READ_ONCE(e->word[i]) != READ_ONCE(e->word[0]))
			WRONG("an element in hand was written to");
	was = __atomic_exchange_n(&e->owner, 0, __ATOMIC_SEQ_CST);
	if (was != native.cpu + 1)
		WRONG("an element in hand is CPU %d's", was - 1);
}

/*
 * The guarantee: @seen before the call, and the maximum wanted since.  After a
 * failed call: was the failure against the guarantee?
 */
struct debt {
	unsigned int over;
	bool owed;
};

static void out_more(struct shop *s, unsigned int nr, struct debt *debt)
{
	unsigned int nmi = native.in_nmi;
	int out;

	debt->over = __atomic_load_n(&s->over[nmi], __ATOMIC_SEQ_CST);
	debt->owed = true;
	full_barrier();
	out = __atomic_add_fetch(&s->out, nr, __ATOMIC_SEQ_CST);
	if (out > READ_ONCE(s->owed[0]))
		__atomic_add_fetch(&s->over[0], 1, __ATOMIC_SEQ_CST);
	if (out > READ_ONCE(s->owed[1]))
		__atomic_add_fetch(&s->over[1], 1, __ATOMIC_SEQ_CST);
	if (out > READ_ONCE(s->owed[nmi]))
		debt->owed = false;
}

static void out_less(struct shop *s, unsigned int nr)
{
	__atomic_sub_fetch(&s->out, nr, __ATOMIC_SEQ_CST);
}

/* Checks of a pool that other threads are using. */
static void pool_print(const struct rsvpool *pool)
{
	const struct rsvpool_depot *d = &pool->depot;
	int cpu;

	printf("# total %d, later %u, max %u; slow %u, missing %d, parked %d, waiting %u, rising %u, lent %u, level %u, policy %u; caches",
	       atomic_read(&pool->total), stats_deferred(pool), pool->max,
	       pool->slow, atomic_read(&pool->nmi_missing),
	       atomic_read(&pool->parked_nr), d->waiting, d->rising, d->lent,
	       level(), pool->policy);
	for_each_possible_cpu(cpu)
		printf(" %u/%u", cache_count(pool, cpu),
		       per_cpu_ptr(pool->cpu, cpu)->limit);
	printf("\n");
}

static void refused(struct shop *s, unsigned int nr, struct debt *debt)
{
	if (debt->owed && debt->over ==
	    __atomic_load_n(&s->over[native.in_nmi], __ATOMIC_SEQ_CST)) {
		pool_print(s->pool);
		WRONG("%u were guaranteed%s: reserve %u, nmi_reserve %u, min %u, %u in depot, %u in slots, %d wanted or out",
		      nr, native.in_nmi ? " in NMI" : "", s->pool->reserve,
		      s->pool->nmi_reserve, s->pool->depot.min,
		      s->pool->depot.count, slots_full(s->pool), s->out);
	}
	me->failed++;
	out_less(s, nr);
}

/*
 * Operations
 */

/* Call the module; perhaps with an interrupt at one of its instructions. */
static bool call_begin(void)
{
	unsigned int most = one_in(4) ? STEPS_MANY : STEPS_FEW;

	me->depth++;
	barrier();
	return !READ_ONCE(machine_has_blocks) &&
		one_in(level() ? STEPPED_NESTED : STEPPED) &&
		machine_step_begin(1 + below_n(most));
}

static void call_end(bool stepped)
{
	if (stepped)
		machine_step_end();
	barrier();
	me->depth--;
}

static void take(struct shop *s, struct bag *bag, unsigned int nr, bool single)
{
	void *element[BAG_MOST];
	struct debt debt;
	unsigned int i;
	bool has, stepped;

	nr = min3(nr, BAG_MOST - bag->nr, RSVPOOL_BULK_MAX);
	if (!nr)
		return;
	out_more(s, nr, &debt);
	stepped = call_begin();
	if (nr == 1 && single) {
		element[0] = rsvpool_tryalloc(s->pool);
		has = element[0];
	} else {
		has = !rsvpool_tryalloc_bulk(s->pool, nr, element);
	}
	call_end(stepped);
	me->owed += debt.owed;
	if (!has) {
		refused(s, nr, &debt);
		return;
	}
	for (i = 0; i < nr; i++) {
		got(element[i]);
		bag->element[bag->nr++] = element[i];
	}
}

static void give(struct shop *s, struct bag *bag, unsigned int nr, bool single)
{
	void *element[BAG_MOST];
	unsigned int i;
	bool stepped;

	nr = min(nr, bag->nr);
	if (!nr)
		return;
	bag->nr -= nr;
	for (i = 0; i < nr; i++) {
		element[i] = bag->element[bag->nr + i];
		giving(element[i]);
	}
	stepped = call_begin();
	if (nr == 1 && single)
		rsvpool_free(s->pool, element[0]);
	else
		rsvpool_free_bulk(s->pool, nr, element);
	call_end(stepped);
	out_less(s, nr);
}

static void alloc(struct shop *s, struct bag *bag)
{
	struct element *e;
	struct debt debt;
	bool stepped;

	if (bag->nr == BAG_MOST)
		return;
	out_more(s, 1, &debt);
	stepped = call_begin();
	e = rsvpool_alloc(s->pool, one_in(2) ? GFP_ATOMIC : GFP_NOWAIT);
	call_end(stepped);
	if (!e) {
		out_less(s, 1);
		return;
	}
	got(e);
	bag->element[bag->nr++] = e;
}

static void lend(struct shop *s, struct bag *bag)
{
	struct loan_seen *seen = &loans[below_n(LOANS)];
	struct rsvpool_loan loan;
	unsigned long flags;
	struct element *e;
	u64 word;
	bool lent, stepped;

	if (!bag->nr)
		return;
	e = bag->element[--bag->nr];
	word = e->word[0];
	giving(e);
	stepped = call_begin();
	lent = rsvpool_lend(s->pool, e, &loan);
	call_end(stepped);
	out_less(s, 1);
	if (!lent)
		return;
	me->lent++;
	if (raw_spin_trylock_irqsave(&seen->lock, flags)) {
		seen->loan = loan;
		seen->word = word;
		raw_spin_unlock_irqrestore(&seen->lock, flags);
	}
}

static void read_loan(void)
{
	struct loan_seen *seen = &loans[below_n(LOANS)];
	struct rsvpool_loan loan;
	unsigned long flags;
	u64 word[WORDS], was;
	unsigned int i;

	if (!raw_spin_trylock_irqsave(&seen->lock, flags))
		return;
	loan = seen->loan;
	was = seen->word;
	raw_spin_unlock_irqrestore(&seen->lock, flags);
	if (!loan.sequence ||
	    !rsvpool_loan_read(&loan, word, offsetof(struct element, word),
			       sizeof(word)))
		return;
	me->read++;
	for (i = 0; i < WORDS; i++)
		if (word[i] != was)
			WRONG("a loan that is alive reads %llx, not %llx",
			      word[i], was);
}

/* One operation for any context. */
static void any_op(void)
{
	unsigned int which = below_n(POOLS), what = below_n(100);
	struct bag own = {}, *bag = &me->bag[which][level()];
	struct shop *s = &shop[which];

	if (READ_ONCE(me->balanced))
		bag = &own;
	if (what < 30)
		take(s, bag, 1, true);
	else if (what < 60)
		give(s, bag, 1, true);
	else if (what < 70)
		take(s, bag, 1 + below_n(one_in(8) ? 64 : 6), false);
	else if (what < 85)
		give(s, bag, 1 + below_n(one_in(8) ? 64 : 12), false);
	else if (what < 94 && s->attr.lend)
		lend(s, bag);
	else
		read_loan();
	if (bag == &own)
		give(s, bag, BAG_MOST, false);
}

static void nested(void)
{
	unsigned int i;

	if (!me || !READ_ONCE(me->active))
		return;
	me->nested[min(me->depth, (unsigned int)LEVELS - 1)]++;
	for (i = 1 + below_n(2); i; i--)
		any_op();
}

void machine_interrupt(void)
{
	nested();
}

void machine_nmi(void)
{
	nested();
}

/* This CPU holds no element, and takes none, until this is cleared. */
static void hold_nothing(void)
{
	unsigned int i, k;

	WRITE_ONCE(me->balanced, true);
	barrier();
	for (i = 0; i < POOLS; i++)
		for (k = 0; k < LEVELS; k++)
			while (me->bag[i][k].nr)
				give(&shop[i], &me->bag[i][k], BAG_MOST,
				     false);
}

static void hold_again(void)
{
	barrier();
	WRITE_ONCE(me->balanced, false);
}

/* Sleepers that came earlier have been served, or have given up. */
static void check_order(const struct rsvpool_place *place)
{
	struct rsvpool_depot *d = &place->pool->depot;
	struct rsvpool_place *head;
	unsigned long flags;

	if (place->ticket == U64_MAX)
		return;
	raw_spin_lock_irqsave(&d->lock, flags);
	head = depot_head(d);
	if (head && head->ticket < place->ticket)
		WRONG("sleeper %llu was served before %llu", place->ticket,
		      head->ticket);
	raw_spin_unlock_irqrestore(&d->lock, flags);
}

static void sleep_op(struct shop *s)
{
	unsigned int want = 1 + below_n(min(4U, READ_ONCE(s->pool->reserve)));
	void *element[4];
	struct rsvpool_place place = {
		.pool = s->pool,
		.nr = want,
		.elements = element,
		.ticket = U64_MAX,
	};
	long timeout = one_in(2) ? MAX_SCHEDULE_TIMEOUT : below_n(200);
	struct bag own = {};
	struct debt debt;
	int err;

	hold_nothing();
	out_more(s, want, &debt);
	WRITE_ONCE(current->killed, false);
	me->depth++;
	err = claim(&place, 1, GFP_KERNEL, TASK_KILLABLE, timeout);
	me->depth--;
	if (!err) {
		check_order(&place);
		WRITE_ONCE(me->slept,
			   me->slept + (place.ticket != U64_MAX));
		while (want)
			got(element[--want]);
		for (; own.nr < place.nr; own.nr++)
			own.element[own.nr] = element[own.nr];
		give(s, &own, BAG_MOST, false);
	} else {
		if (err != -EINTR && err != -ETIMEDOUT && err != -EINVAL)
			WRONG("a sleeper gets %d", err);
		me->gave_up++;
		out_less(s, want);
	}
	hold_again();
}

static void claim_op(void)
{
	void *element[POOLS][2];
	struct rsvpool_want want[POOLS];
	struct shop *from[POOLS];
	unsigned int i, k, first;
	struct debt debt;
	struct bag own;
	int err;

	hold_nothing();
	/* In any order: only one claim at a time holds several depots' locks. */
	first = below_n(POOLS);
	for (i = 0; i < POOLS; i++) {
		from[i] = &shop[(first + i) % POOLS];
		want[i] = (struct rsvpool_want) {
			.pool = from[i]->pool,
			.nr = 1 + below_n(min(2U,
				READ_ONCE(from[i]->pool->reserve))),
			.elements = element[i],
		};
		out_more(from[i], want[i].nr, &debt);
	}
	me->depth++;
	err = rsvpool_claim(want, POOLS, GFP_KERNEL);
	me->depth--;
	if (err && err != -EINVAL)
		WRONG("a claim gets %d", err);
	for (i = 0; i < POOLS; i++) {
		if (err) {
			out_less(from[i], want[i].nr);
			continue;
		}
		own.nr = 0;
		for (k = 0; k < want[i].nr; k++) {
			got(element[i][k]);
			own.element[own.nr++] = element[i][k];
		}
		give(from[i], &own, BAG_MOST, false);
	}
	me->claimed += !err;
	hold_again();
}

/*
 * The threads
 */

static void send_to_another(void)
{
	struct hand *to = me;
	unsigned int i;

	/* Prefer a CPU that is running. */
	for (i = 0; i < 4; i++) {
		to = &hand[below_n(threads + 2)];
		if (__builtin_ia32_rdtsc() - READ_ONCE(to->stamp) < 40000)
			break;
	}
	if (to != me)
		machine_send(to->cpu, one_in(2));
}

static void go_away(void)
{
	bool was = me->balanced;
	unsigned int i;

	hold_nothing();
	machine_offline();
	/* From now on interrupts find the CPU not online. */
	for (i = below_n(4); i; i--)
		any_op();
	WRITE_ONCE(me->active, false);
	native_quiescent();
	store_release(&me->parked, true);
	while (load_acquire(&me->go))
		machine_idle(50);
	machine_online();
	WRITE_ONCE(me->parked, false);
	WRITE_ONCE(me->active, true);
	barrier();
	WRITE_ONCE(me->balanced, was);
}

static void cpu_round(void)
{
	unsigned int i, what;

	me->balanced = false;
	barrier();
	WRITE_ONCE(me->active, true);
	machine_blocks = true;
	for (i = 0; i < steps_each; i++) {
		native_quiescent();
		native_work();
		if (unlikely(load_acquire(&me->go)))
			go_away();
		what = below_n(400);
		if (what < 3)
			sleep_op(&shop[below_n(POOLS)]);
		else if (what < 5)
			claim_op();
		else if (what < 24)
			alloc(&shop[what % POOLS], &me->bag[what % POOLS][0]);
		else
			any_op();
		WRITE_ONCE(me->steps, me->steps + 1);
		WRITE_ONCE(me->stamp, __builtin_ia32_rdtsc());
		if (one_in(SENT))
			send_to_another();
	}
	hold_nothing();
	__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(finished) < (unsigned int)threads) {
		if (unlikely(load_acquire(&me->go)))
			go_away();
		native_wait_turn();
	}
	machine_blocks = false;
	WRITE_ONCE(me->active, false);
	__atomic_add_fetch(&gone, 1, __ATOMIC_SEQ_CST);
}

static void hand_begin(struct hand *h)
{
	unsigned int i;

	machine_enter(h->cpu);
	me = h;
	for (i = 0; i < LEVELS; i++)
		h->random[i].state = rnd.state * 1000003 + h->cpu * LEVELS + i;
	me->balanced = true;
	store_release(&h->task, current);
}

static void *cpu_main(void *arg)
{
	unsigned int seen = 0;

	hand_begin(arg);
	for (;;) {
		while (READ_ONCE(round_number) == seen && !READ_ONCE(quit))
			native_wait_turn();
		if (READ_ONCE(quit))
			break;
		seen++;
		cpu_round();
	}
	me->counts = machine_counts;
	machine_leave();
	return NULL;
}

/* The refill worker, and work items that are bound to no CPU. */
static void *worker_main(void *arg)
{
	hand_begin(arg);
	while (!READ_ONCE(quit)) {
		if (!machine_refill())
			machine_idle(50);
		native_work();
		WRITE_ONCE(me->stamp, __builtin_ia32_rdtsc());
	}
	me->counts = machine_counts;
	machine_leave();
	return NULL;
}

/*
 * The administrator
 */

static void owe(struct shop *s, unsigned int reserve)
{
	WRITE_ONCE(s->owed[0], reserve);
	WRITE_ONCE(s->owed[1], s->pool->nmi_reserve);
	full_barrier();
	__atomic_add_fetch(&s->over[0], 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&s->over[1], 1, __ATOMIC_SEQ_CST);
}

static void do_resize(struct shop *s)
{
	unsigned int least = max(1U, s->pool->nmi_reserve);
	unsigned int reserve = least + below_n(s->attr.max / 2 + 1);

	reserve = min(reserve, s->attr.max);
	owe(s, min(reserve, s->pool->reserve));
	if (!rsvpool_resize(s->pool, reserve))
		resizes++;
	owe(s, s->pool->reserve);
}

static void do_setting(struct rsvpool *pool)
{
	static const char * const names[] = {
		"low", "high", "batch", "cache", "high_max", "adaptive",
	};
	const char *name = names[below_n(ARRAY_SIZE(names))];
	const struct attribute_group **group = pool->kobj.ktype->default_groups;
	struct attribute **attr;
	unsigned int value;
	char text[16];

	value = !strcmp(name, "batch") ? 1 + below_n(8) :
		!strcmp(name, "cache") ? below_n(pool->cache_max + 1) :
		!strcmp(name, "adaptive") ? below_n(2) :
		below_n(pool->depot.capacity + 1);
	snprintf(text, sizeof(text), "%u\n", value);
	for (attr = (*group)->attrs; *attr; attr++)
		if (!strcmp((*attr)->name, name))
			pool->kobj.ktype->sysfs_ops->store(&pool->kobj, *attr,
							   text, strlen(text));
	settings++;
}

/* As hotplug_dead() and hotplug_online() of module/ have it. */
static void do_hotplug(void)
{
	struct hand *h = &hand[below_n(threads)];
	unsigned int i;

	machine_hotplug_begin();
	store_release(&h->go, true);
	/* Unless it is too late: then it has finished this round. */
	while (!load_acquire(&h->parked) && !READ_ONCE(gone))
		native_wait_turn();
	if (load_acquire(&h->parked)) {
		for (i = 0; i < POOLS; i++) {
			cache_drain_dead(shop[i].pool, h->cpu);
			refill_now(shop[i].pool);
		}
		machine_adopt(h->cpu);
		offs++;
		store_release(&h->go, false);
		while (load_acquire(&h->parked))
			native_wait_turn();
		for (i = 0; i < POOLS; i++)
			refill_now(shop[i].pool);
	} else {
		WRITE_ONCE(h->go, false);
	}
	machine_hotplug_end();
}

static void do_control(void)
{
	struct shop *s = &shop[below_n(POOLS)];
	void *element[RSVPOOL_BATCH_MAX];
	unsigned int nr;

	switch (below_n(12)) {
	case 0:
		do_resize(s);
		break;
	case 1:
	case 2:
		do_setting(s->pool);
		break;
	case 3:
		cache_trim_all(s->pool);
		trims++;
		break;
	case 4:
		cache_trim_housekeeping(s->pool);
		trims++;
		break;
	case 5:
		nr = depot_take_surplus(s->pool, element, 1 + below_n(8),
					below_n(16));
		while (nr)
			source_free(s->pool, element[--nr]);
		break;
	case 6:
		adapt_under_pressure(s->pool);
		break;
	case 7:
		WRITE_ONCE(s->dry, one_in(3));
		break;
	case 8:
	case 9:
		do_hotplug();
		break;
	case 10:
	case 11: {
		struct hand *h = &hand[below_n(threads)];

		WRITE_ONCE(h->task->killed, true);
		/* As a signal does: wake only sleepers that allow it. */
		if (READ_ONCE(h->task->state) == TASK_KILLABLE)
			wake_up_process(h->task);
		break;
	}
	}
}

static unsigned long all_steps(void)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < threads; i++)
		sum += READ_ONCE(hand[i].steps) + READ_ONCE(hand[i].slept);
	return sum + READ_ONCE(finished);
}

static void control(void)
{
	unsigned long steps = 0;
	u64 since = native_ns();
	double used = seconds();

	while (READ_ONCE(finished) < (unsigned int)threads) {
		native_quiescent();
		if (all_steps() != steps) {
			steps = all_steps();
			since = native_ns();
			used = seconds();
		} else if (native_ns() - since > STUCK_SECONDS * 1000000000ULL &&
			   seconds() - used > STUCK_CPU_SECONDS) {
			WRONG("nothing goes on: %u of %d CPUs are through; %u and %u wait",
			      finished, threads, shop[0].pool->depot.waiting,
			      shop[1].pool->depot.waiting);
		}
		do_control();
		WRITE_ONCE(me->stamp, __builtin_ia32_rdtsc());
		machine_idle(100 + below_n(200));
		native_work();
	}
	while (READ_ONCE(gone) < (unsigned int)threads)
		native_wait_turn();
}

/*
 * Rounds
 */

static void shop_open(struct shop *s, const char *name)
{
	struct rsvpool_attr *attr = &s->attr;
	unsigned int n;

	s->alive = 0;
	s->dry = false;
	s->out = 0;
	rsvpool_attr_init(attr, name);
	if (one_in(2)) {
		attr->source = RSVPOOL_OPS;
		attr->ops = &element_ops;
		attr->data = s;
		attr->size = sizeof(struct element);
	} else {
		attr->source = RSVPOOL_KMALLOC;
		attr->size = sizeof(struct element);
		attr->lend = one_in(2);
	}
	attr->reserve = one_in(2) ? 1 + below_n(10) :
		4 + below_n(40) + below_n(2) * 2 * threads;
	attr->nmi_reserve = one_in(3) ? 0 : one_in(4) ? attr->reserve :
		below_n(attr->reserve + 1);
	n = attr->reserve + below_n(one_in(2) ? 16 : 100);
	attr->max = n;
	attr->cache_max = below_n(24);
	attr->cache = below_n(attr->cache_max + 1);
	attr->batch = 1 + below_n(8);
	attr->high = below_n(n + 1);
	attr->low = below_n(attr->high + 1);
	attr->high_max = n;
	attr->policy = below_n(RSVPOOL_POLICY_RESERVE + 1);
	attr->adaptive = one_in(2);
	s->pool = rsvpool_create(attr);
	MUST(!IS_ERR(s->pool), "no pool: %s", native_line);
	owe(s, s->pool->reserve);
}

static void found(struct element *e)
{
	if (e->found == (int)round_number)
		WRONG("an element is in two places");
	if (e->owner && e->owner != NEW_OWNER)
		WRONG("an element rests that CPU %d has", e->owner - 1);
	e->found = round_number;
}

static unsigned int found_stack(struct rsvpool *pool, u64 head)
{
	unsigned int n = 0;
	u32 place;

	for (place = (u32)head; place;
	     place = slot_at(&pool->slots, place)->next) {
		found(slot_at(&pool->slots, place)->element);
		n++;
	}
	return n;
}

static void books(struct shop *s)
{
	struct rsvpool *pool = s->pool;
	struct rsvpool_depot *d = &pool->depot;
	unsigned int n = 0, full = 0, parked, i;
	struct llist_node *node;
	int cpu;

	for (i = 0; i < d->count; i++, n++)
		found(d->items[i]);
	for_each_possible_cpu(cpu) {
		struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);

		if (c->pushing)
			WRONG("CPU %d pushes for ever", cpu);
		for (i = 0; i < cache_word_count(c->word); i++, n++)
			found(c->entries[i]);
		hand[0].retries += c->stat[STAT_CACHE_RETRIES];
	}
	if (pool->slots.slot) {
		full = found_stack(pool, pool->slots.full);
		n += full + found_stack(pool, pool->slots.parked);
	}
	for (node = pool->parked.first; node; node = node->next, n++)
		found((struct element *)node);
	for (node = pool->unparked; node; node = node->next, n++)
		found((struct element *)node);
	parked = atomic_read(&pool->parked_nr);
	if (full != slots_full(pool))
		WRONG("%u slots are full, %u it says", full, slots_full(pool));
	if (n + stats_deferred(pool) != (unsigned int)atomic_read(&pool->total))
		WRONG("%u elements are in the pool, %d it says", n,
		      atomic_read(&pool->total));
	if (d->count + parked + full < d->min + pool->nmi_reserve ||
	    full < pool->nmi_reserve)
		WRONG("nothing is out, and %u of %u, in slots %u of %u, are there",
		      d->count + parked, d->min, full, pool->nmi_reserve);
	if (raw_spin_is_locked(&d->lock) || d->waiting ||
	    !list_empty(&d->granted))
		WRONG("the lock, or a sleeper, stays");
}

static void shop_close(struct shop *s)
{
	/* As pool_stop() of module/: background work moves elements. */
	refill_stop(s->pool);
	cache_stop(s->pool);
	source_drain(s->pool);
	books(s);
	rsvpool_destroy(s->pool);
	if (s->alive)
		WRONG("%d elements are lost", s->alive);
}

static void one_round(void)
{
	unsigned int i;

	memset(loans, 0, sizeof(loans));
	shop_open(&shop[0], "first");
	shop_open(&shop[1], "second");
	finished = 0;
	gone = 0;
	steps_each = max(ROUND_STEPS / threads, STEPS_LEAST);
	me->balanced = true;
	__atomic_add_fetch(&round_number, 1, __ATOMIC_SEQ_CST);
	WRITE_ONCE(hand[threads].active, true);
	WRITE_ONCE(me->active, true);
	control();
	WRITE_ONCE(me->active, false);
	WRITE_ONCE(hand[threads].active, false);
	for (i = 0; i < POOLS; i++)
		WRITE_ONCE(shop[i].dry, false);
	/* Work that was active a moment ago. */
	synchronize_rcu();
	while (!machine_is_still())
		native_wait_turn();
	for (i = 0; i < POOLS; i++)
		shop_close(&shop[i]);
}

/* The sum of all CPUs' counts; between two rounds, and at the end. */
static void add_up(struct hand *sum)
{
	int i, k;

	for (i = 0; i < threads + 2; i++) {
		struct hand *h = &hand[i];

		sum->steps += h->steps;
		for (k = 0; k < LEVELS; k++)
			sum->nested[k] += h->nested[k];
		sum->owed += h->owed;
		sum->failed += h->failed;
		sum->slept += h->slept;
		sum->gave_up += h->gave_up;
		sum->claimed += h->claimed;
		sum->lent += h->lent;
		sum->read += h->read;
		sum->retries += h->retries;
		sum->counts.interrupts += h->counts.interrupts;
		sum->counts.nmis += h->counts.nmis;
		sum->counts.steps += h->counts.steps;
		sum->counts.stepped += h->counts.stepped;
	}
}

/*
 * Nesting, emergencies and sleeps must have happened, or nothing was tested.
 * How often they happen in a round depends on the host's load.
 */
static bool all_happened(const struct hand *sum)
{
	return sum->nested[2] && sum->retries && sum->owed && sum->failed &&
	       sum->slept && sum->claimed && sum->lent && sum->read &&
	       resizes && offs;
}

static bool rounds_are_enough(void)
{
	struct hand sum = {};

	add_up(&sum);
	return all_happened(&sum);
}

static void say(double took)
{
	struct hand sum = {};
	unsigned long nested_in;

	add_up(&sum);
	nested_in = sum.nested[1] + sum.nested[2];
	comment("%d CPUs, %u rounds, %.1f s of CPU: %lu operations, %.0f a second",
		threads, round_number, took, sum.steps + nested_in,
		(sum.steps + nested_in) / took);
	comment("%lu nestings within a call, %.0f a second; %lu of them the third level; %lu at instructions chosen, %lu single steps",
		nested_in, nested_in / took, sum.nested[2],
		sum.counts.stepped, sum.counts.steps);
	comment("%lu interrupts, %lu NMIs, %lu commits retried",
		sum.counts.interrupts, sum.counts.nmis, sum.retries);
	comment("%lu owed, %lu not had, %lu served asleep, %lu gave up, %lu claims, %lu lent, %lu read",
		sum.owed, sum.failed, sum.slept, sum.gave_up, sum.claimed,
		sum.lent, sum.read);
	comment("%lu resizes, %lu settings, %lu trims, %lu CPUs off and on",
		resizes, settings, trims, offs);
	result(all_happened(&sum) && sum.counts.stepped,
	       "interrupts came within calls, and elements were short");
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 8;
	pthread_attr_t attr;
	double begun;
	int i;

	threads = argc > 1 ? atoi(argv[1]) : 4;
	rnd.state = argc > 3 ? strtoul(argv[3], NULL, 0) : 1;
	MUST(threads >= 1 && threads <= THREADS_MOST, "%d threads", threads);
	machine_init(threads + 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
	plan(2);
	begun = seconds();
	for (i = 0; i < threads + 2; i++)
		hand[i].cpu = i;
	/* The last CPU is the worker's, the one before it this thread's. */
	hand[threads].cpu = threads + 1;
	hand[threads + 1].cpu = threads;
	hand_begin(&hand[threads + 1]);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (i = 0; i < threads; i++)
		pthread_create(&hand[i].thread, &attr, cpu_main, &hand[i]);
	pthread_create(&hand[i].thread, &attr, worker_main, &hand[i]);
	for (i = 0; i <= threads; i++)
		while (!READ_ONCE(hand[i].task))
			machine_idle(50);
	for (i = 0; i < (int)rounds * ROUNDS_MOST; i++) {
		if (i >= (int)rounds && rounds_are_enough())
			break;
		one_round();
	}
	WRITE_ONCE(quit, true);
	for (i = 0; i <= threads; i++) {
		rcu_read_lock();
		rcu_read_unlock();
		pthread_join(hand[i].thread, NULL);
	}
	me->counts = machine_counts;
	result(true, "every element is in its place, owed, in order, within the bound");
	say(seconds() - begun);
	return finish();
}
