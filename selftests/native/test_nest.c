// SPDX-License-Identifier: GPL-2.0
/*
 * test_nest - moves that interrupt moves, at every one of their instructions
 *
 * A move runs up to one of its instructions, then other moves run, as in an
 * interrupt or an NMI, and then the first one runs to its end; this is done for
 * every instruction. With depth 3 the interrupting move is itself interrupted,
 * at each of its instructions.  Afterwards every element must be in exactly one
 * place.
 *
 * The machine code is that of module/, compiled as for the kernel, with per-CPU
 * data at %gs.  An interrupt is a signal: a move's instructions are found by
 * single-stepping (the trap flag).  To stop at one of them later, a breakpoint
 * is written over it, which costs one signal; to stop at its n-th run costs two
 * more signals for each run before.
 *
 * Each experiment begins in the same state, which is restored by copying: the
 * pool and all its memory.
 *
 * usage: test_nest [cache|batch|slots|calls]...
 */
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "native_test.h"
#include "nest_ops.h"
#include "nmi_slots.h"

#define TRAP_FLAG	0x100UL
#define INT3		0xcc

/* Levels of nesting, the interrupted move being one; steps of a move. */
#define LEVELS		3
#define STEPS_MOST	4096
/* Moves in one interrupt. */
#define MOVES_MOST	4

enum stop { RUN, RECORD, BREAK };

/*
 * What runs at a level, and where it is interrupted.
 * @moves: the moves, in order; of several, the first is interrupted
 * @nmi: the level is an NMI
 * @stop: RUN: do not interrupt; RECORD: do not interrupt, but record all steps
 * @target: the step, of those in @rip
 * @before: how often its instruction has run before that step
 * @skip: how often it still has to run before that
 */
static struct level {
	const struct nest_op *moves[MOVES_MOST];
	unsigned int nr;
	bool nmi;
	enum stop stop;
	unsigned int target;
	unsigned int before;
	unsigned int skip;
	unsigned int steps;
	unsigned int interrupts;
	unsigned char byte;
	unsigned long rip[STEPS_MOST];
	struct bag bag;
} level[LEVELS];

static volatile unsigned int depth, deepest;
static struct rsvpool *pool;
static struct numbers numbers;

static unsigned long experiments, nestings, single_steps, breakpoints, retries;
static unsigned long unreached;

/*
 * The state in which every experiment begins
 */

static struct part {
	void *at;
	size_t bytes;
	void *copy;
} part[8];
static unsigned int parts;

static void keep(void *at, size_t bytes)
{
	part[parts++] = (struct part) { at, bytes, malloc(bytes) };
}

static void state_save(void)
{
	unsigned int i;

	parts = 0;
	keep(pool, sizeof(*pool));
	keep(native_area[0], native_percpu_used());
	keep(pool->depot.items, pool->depot.capacity * sizeof(void *));
	keep(pool->slots.slot, (1 + 2 * pool->nmi_reserve + pool->depot.capacity) *
	     sizeof(*pool->slots.slot));
	for (i = 0; i < LEVELS; i++)
		keep(&level[i].bag, sizeof(level[i].bag));
	MUST(parts <= ARRAY_SIZE(part), "parts");
	for (i = 0; i < parts; i++)
		memcpy(part[i].copy, part[i].at, part[i].bytes);
}

static void state_restore(void)
{
	unsigned int i;

	native_forget();
	for (i = 0; i < parts; i++)
		memcpy(part[i].at, part[i].copy, part[i].bytes);
}

static void state_forget(void)
{
	while (parts)
		free(part[--parts].copy);
}

/*
 * Bookkeeping
 */

static unsigned char found[256];

static const char *where;

static void count(void *element)
{
	uintptr_t n = (uintptr_t)element;

	if (!n || n > numbers.made || found[n]++)
		where = n && n <= numbers.made ? "an element is there twice" :
			"something is no element";
}

static void count_stack(u64 head)
{
	u32 place;
	unsigned int most = 2 * pool->nmi_reserve + pool->depot.capacity;

	for (place = (u32)head; place;
	     place = slot_at(&pool->slots, place)->next) {
		if (!most--) {
			where = "a stack has a circle";
			return;
		}
		count(slot_at(&pool->slots, place)->element);
	}
}

static unsigned int length(u64 head)
{
	unsigned int n = 0;
	u32 place;

	for (place = (u32)head; place && n < 1000; n++)
		place = slot_at(&pool->slots, place)->next;
	return n;
}

/* M of depot.c. */
static unsigned int missing(void)
{
	const struct rsvpool_depot *s = &pool->depot;
	unsigned int there = s->count + length(pool->slots.parked);

	return (s->min > there ? s->min - there : 0) +
		pool->nmi_reserve - min(pool->nmi_reserve,
					length(pool->slots.full));
}

/* The name of what is wrong, or NULL. */
static const char *books(void)
{
	struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, 0);
	unsigned int i, k;

	where = NULL;
	memset(found, 0, sizeof(found));
	for (i = 0; i < LEVELS; i++)
		for (k = 0; k < level[i].bag.nr; k++)
			count(level[i].bag.element[k]);
	if (nest_cache_count(c->word) > pool->cache_max)
		return "the cache has more entries than places";
	for (k = 0; k < nest_cache_count(c->word); k++)
		count(c->entries[k]);
	for (k = 0; k < pool->depot.count; k++)
		count(pool->depot.items[k]);
	count_stack(pool->slots.full);
	count_stack(pool->slots.parked);
	if (where)
		return where;
	for (i = 1; i <= numbers.made; i++)
		if (!found[i])
			return "an element is lost";
	if (c->pushing)
		return "the pushing flag stays";
	if (raw_spin_is_locked(&pool->depot.lock))
		return "the lock stays";
	if (length(pool->slots.full) + length(pool->slots.empty) +
	    length(pool->slots.filling) != 2 * pool->nmi_reserve)
		return "a slot is lost";
	if (length(pool->slots.full) != slots_full(pool))
		return "nmi_missing is wrong";
	for (i = 0, k = 0; i < LEVELS; i++)
		k += level[i].bag.nr;
	if (k < missing())
		return "fewer elements are out than the reserve misses";
	if (length(pool->slots.parked) !=
	    (unsigned int)atomic_read(&pool->parked_nr))
		return "parked_nr is wrong";
	return NULL;
}

/*
 * Interrupting
 */

static __always_inline void trap_flag_on(void)
{
	__asm__ __volatile__("pushfq; orq %0, (%%rsp); popfq"
			     : : "i" (TRAP_FLAG) : "memory", "cc");
}

static __always_inline void trap_flag_off(void)
{
	__asm__ __volatile__("pushfq; andq %0, (%%rsp); popfq"
			     : : "i" (~TRAP_FLAG) : "memory", "cc");
}

static unsigned char *byte_at(const struct level *l)
{
	return (unsigned char *)l->rip[l->target];
}

static void level_run(struct level *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		enum stop stop = i ? RUN : l->stop;

		if (stop == BREAK) {
			l->skip = l->before;
			l->byte = *byte_at(l);
			WRITE_ONCE(*byte_at(l), INT3);
		} else if (stop == RECORD) {
			l->steps = 0;
			trap_flag_on();
		}
		l->moves[i]->run(pool, &l->bag);
		trap_flag_off();
		if (stop == BREAK)
			WRITE_ONCE(*byte_at(l), l->byte);
	}
}

/* An interrupt, or NMI, of level @depth; it runs the next level. */
static void interrupt(void)
{
	struct native before = native;
	struct level *l = &level[depth + 1];

	level[depth].interrupts++;
	if (depth + 1 > deepest)
		return;
	/* With interrupts off, an interrupt waits; NMIs come. */
	if (native.irqs_off && !l->nmi)
		return;
	if (l->nmi)
		native.in_nmi = true;
	else
		native.in_irq = true;
	native.irqs_off = true;
	depth++;
	nestings++;
	level_run(l);
	depth--;
	MUST(native.locks == before.locks && native.preempt == before.preempt,
	     "what came leaves a lock or preemption off");
	native.in_nmi = before.in_nmi;
	native.in_irq = before.in_irq;
	native.irqs_off = before.irqs_off;
}

static void trapped(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct level *l = &level[depth];

	if (info->si_code != TRAP_TRACE) {
		breakpoints++;
		WRITE_ONCE(*byte_at(l), l->byte);
		regs[REG_RIP]--;
		MUST(regs[REG_RIP] == (greg_t)l->rip[l->target],
		     "a breakpoint that nobody has set");
		if (l->skip) {
			l->skip--;
			regs[REG_EFL] |= TRAP_FLAG;
		} else {
			interrupt();
		}
		return;
	}
	single_steps++;
	if (l->stop == RECORD) {
		MUST(l->steps < STEPS_MOST, "a move of too many steps");
		l->rip[l->steps++] = regs[REG_RIP];
	} else {
		/* Step over the instruction with the breakpoint. */
		regs[REG_EFL] &= ~TRAP_FLAG;
		WRITE_ONCE(*byte_at(l), INT3);
	}
}

static void text_writable(void)
{
	extern char __executable_start, etext;
	uintptr_t from = (uintptr_t)&__executable_start & ~(PAGE_SIZE - 1);

	MUST(!mprotect((void *)from, (uintptr_t)&etext - from,
		       PROT_READ | PROT_WRITE | PROT_EXEC),
	     "no breakpoints can be written here");
}

/* Interrupt a level at its step @target. */
static void stop_at(struct level *l, unsigned int target)
{
	unsigned int i;

	l->target = target;
	l->stop = BREAK;
	l->before = 0;
	for (i = 0; i < target; i++)
		l->before += l->rip[i] == l->rip[target];
}

/* Run all levels from the initial state; the name of what is wrong, or NULL. */
static const char *experiment(unsigned int levels)
{
	struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, 0);
	unsigned long before;
	const char *wrong;
	unsigned int i;

	state_restore();
	before = c->stat[STAT_CACHE_RETRIES];
	deepest = levels - 1;
	for (i = 0; i < LEVELS; i++)
		level[i].interrupts = 0;
	level_run(&level[0]);
	if (level[0].stop == RECORD)
		return NULL;
	experiments++;
	retries += c->stat[STAT_CACHE_RETRIES] - before;
	for (i = 0; i + 1 < levels; i++)
		if (level[i].stop != RECORD && level[i].stop != RUN &&
		    !level[i].interrupts)
			unreached++;
	wrong = books();
	if (wrong) {
		printf("# %s:", wrong);
		for (i = 0; i < levels; i++) {
			unsigned int k;

			printf("%s", i ? " <-" : "");
			for (k = 0; k < level[i].nr; k++)
				printf(" %s", level[i].moves[k]->name);
			if (i + 1 < levels)
				printf(" at step %u", level[i].target);
		}
		putchar('\n');
	}
	return wrong;
}

static void level_set(unsigned int i, const struct nest_op *op, bool nmi)
{
	level[i].moves[0] = op;
	level[i].nr = 1;
	level[i].nmi = nmi;
	level[i].stop = RUN;
}

/* Interrupt by all sequences of @moves of @ops, as interrupts or NMIs. */
static bool interrupt_by(const struct nest_op *ops, unsigned int nr,
			 unsigned int moves, bool nmi)
{
	unsigned int codes = 1, code, rest, i;

	for (i = 0; i < moves; i++)
		codes *= nr;
	for (code = 0; code < codes; code++) {
		level[1].nr = moves;
		level[1].nmi = nmi;
		level[1].stop = RUN;
		for (i = 0, rest = code; i < moves; i++, rest /= nr)
			level[1].moves[i] = &ops[rest % nr];
		if (experiment(2))
			return false;
	}
	return true;
}

/* Each of @ops at each step, by up to @most; @irqs: by interrupts, too. */
static bool nest_twice(const struct nest_op *ops, unsigned int nr,
		       unsigned int most, bool irqs)
{
	unsigned int a, k, steps, moves;

	for (a = 0; a < nr; a++) {
		level_set(0, &ops[a], false);
		level[0].stop = RECORD;
		experiment(1);
		steps = level[0].steps;
		for (k = 0; k < steps; k++) {
			stop_at(&level[0], k);
			for (moves = 1; moves <= most; moves++)
				if (!interrupt_by(ops, nr, moves, true) ||
				    (irqs && !interrupt_by(ops, nr, moves,
							   false)))
					return false;
		}
	}
	return true;
}

/*
 * Interrupt the first by a second, and that by an NMI; with @another the second
 * level makes another move afterwards, or none.  If @every is more than 1, one
 * in @every of these, at random.
 */
static bool nest_thrice(const struct nest_op *ops, unsigned int nr, bool irqs,
			bool another, unsigned int every,
			struct random *random)
{
	unsigned int seconds = another ? nr + 1 : 1;
	unsigned int a, b, c, k, m, n0, n1;

	for (a = 0; a < nr; a++) {
		level_set(0, &ops[a], false);
		level[0].stop = RECORD;
		experiment(1);
		n0 = level[0].steps;
		for (k = 0; k < n0; k++)
			for (b = 0; b < nr * seconds; b++) {
				stop_at(&level[0], k);
				level_set(1, &ops[b % nr], !irqs);
				if (b >= nr)
					level[1].moves[level[1].nr++] =
						&ops[b / nr - 1];
				level[1].stop = RECORD;
				level[1].steps = 0;
				if (every > 1 && random_below(random, 8))
					continue;
				if (experiment(2))
					return false;
				n1 = level[1].steps;
				for (m = 0; m < n1 * nr; m++) {
					if (every > 8 &&
					    random_below(random, every / 8))
						continue;
					c = m % nr;
					stop_at(&level[1], m / nr);
					level_set(2, &ops[c], true);
					if (experiment(3))
						return false;
				}
			}
	}
	return true;
}

/*
 * Pools and their states
 */

static void pool_make(unsigned int reserve, unsigned int nmi_reserve,
		      unsigned int cache)
{
	struct rsvpool_attr attr;

	numbers = (struct numbers) {};
	rsvpool_attr_init(&attr, "nest");
	attr.source = RSVPOOL_OPS;
	attr.ops = &number_ops;
	attr.data = &numbers;
	attr.size = 64;
	attr.reserve = reserve;
	attr.nmi_reserve = nmi_reserve;
	attr.max = 24;
	attr.cache = cache;
	attr.cache_max = cache;
	attr.batch = 2;
	attr.low = 0;
	attr.high = 24;
	attr.adaptive = false;
	pool = rsvpool_create(&attr);
	MUST(!IS_ERR(pool), "no pool: %s", native_line);
	refill_now(pool);
	settle();
	MUST(numbers.made == 24, "%u elements", numbers.made);
}

static void pool_unmake(void)
{
	unsigned int i;

	state_restore();
	for (i = 0; i < LEVELS; i++)
		while (level[i].bag.nr)
			rsvpool_free(pool,
				     level[i].bag.element[--level[i].bag.nr]);
	native_forget();
	state_forget();
	rsvpool_destroy(pool);
	MUST(!numbers.alive, "%u elements are left", numbers.alive);
}

/* @nr elements for each level, from what the depot has. */
static void bags_fill(unsigned int nr)
{
	unsigned int i, k;

	for (i = 0; i < LEVELS; i++)
		level[i].bag.nr = 0;
	for (i = 0; i < LEVELS; i++)
		for (k = 0; k < nr; k++) {
			void *element = rsvpool_tryalloc(pool);

			MUST(element, "no element for a bag");
			level[i].bag.element[level[i].bag.nr++] = element;
		}
}

/* The cache with @nr entries, from the depot or back to it; @limit allowed. */
static void cache_have(unsigned int nr, unsigned int limit)
{
	struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, 0);
	struct rsvpool_depot *s = &pool->depot;
	unsigned int n = nest_cache_count(c->word);

	for (; n > nr; n--)
		s->items[s->count++] = c->entries[n - 1];
	for (; n < nr; n++)
		c->entries[n] = s->items[--s->count];
	c->word = nest_cache_word(1000, n);
	c->limit = limit;
}

static void report(const char *what, double begun)
{
	double took = seconds() - begun;

	comment("%s: %lu experiments, %lu nestings in %.1f s of CPU: %.0f a second",
		what, experiments, nestings, took,
		nestings / max(took, 0.001));
	comment("%lu retries, %lu single steps, %lu breakpoints, %lu not reached",
		retries, single_steps, breakpoints, unreached);
}

static void begin(void)
{
	experiments = 0;
	nestings = 0;
	single_steps = 0;
	breakpoints = 0;
	retries = 0;
	unreached = 0;
}

/* If nothing was forced, nothing was tested. */
static void forced(const char *what, bool retried)
{
	result(nestings > 0 && single_steps > 0 && breakpoints > 0 &&
	       (retries > 0 || !retried) && unreached * 20 < experiments,
	       "%s: interrupts came%s", what,
	       retried ? ", and made commits fail" : "");
}

#define CACHE_PLACES	4

static void test_cache(void)
{
	bool good = true, better = true;
	unsigned int n, limit;
	double begun;

	pool_make(4, 0, CACHE_PLACES);
	bags_fill(4);
	begun = seconds();
	begin();
	for (n = 0; good && n <= CACHE_PLACES; n++) {
		cache_have(n, CACHE_PLACES);
		state_save();
		good = nest_twice(cache_ops, NR_CACHE_OPS, 2, false);
		state_restore();
		state_forget();
	}
	report("cache, depth 2", begun);
	result(good, "cache: interrupted once, by one or two moves");
	forced("cache, depth 2", true);

	begun = seconds();
	begin();
	for (n = 0; good && better && n <= CACHE_PLACES; n++) {
		cache_have(n, CACHE_PLACES);
		state_save();
		better = nest_thrice(cache_ops, NR_CACHE_OPS, false, false,
				     1, NULL);
		state_restore();
		state_forget();
	}
	report("cache, depth 3", begun);
	result(good && better, "cache: interrupted, and that interrupted");
	forced("cache, depth 3", true);

	/* A CPU that was asked to give back: its limit is below its count. */
	begun = seconds();
	begin();
	for (limit = 0; good && limit < CACHE_PLACES; limit++) {
		cache_have(limit + 1, limit);
		state_save();
		good = nest_twice(cache_ops, NR_CACHE_OPS, 2, false);
		state_restore();
		state_forget();
	}
	report("cache, trimmed", begun);
	result(good, "cache: with more entries than the limit");
	cache_have(0, CACHE_PLACES);
	state_save();
	pool_unmake();
}

#define BATCH_PLACES	20
#define BATCH_OUT	9

static void test_batch(void)
{
	static const unsigned int entries[] = { 0, 1, 2, 9, 10 };
	double begun = seconds();
	bool good = true;
	unsigned int i;

	pool_make(4, 0, BATCH_PLACES);
	/* The interrupted level has most of them: a batch to fill the cache with. */
	bags_fill(1);
	while (level[0].bag.nr < BATCH_OUT)
		level[0].bag.element[level[0].bag.nr++] =
			rsvpool_tryalloc(pool);
	begin();
	for (i = 0; good && i < ARRAY_SIZE(entries); i++) {
		cache_have(entries[i], BATCH_PLACES);
		state_save();
		good = nest_twice(cache_ops, NR_BATCH_OPS, 2, false);
		state_restore();
		state_forget();
	}
	report("cache, by the batch", begun);
	result(good, "cache: filled and emptied by the depot, interrupted once");
	forced("cache, by the batch", true);
	cache_have(0, BATCH_PLACES);
	state_save();
	pool_unmake();
}

/* @out slots are empty, and as many elements are parked. */
static void slots_state(unsigned int out)
{
	struct bag *bag = &level[LEVELS - 1].bag;
	unsigned int i;

	pool_make(4, 3, 0);
	bags_fill(3);
	for (i = 0; i < out; i++) {
		bag->element[bag->nr++] = rsvpool_tryalloc(pool);
		nest_park(pool, bag);
	}
	MUST(atomic_read(&pool->parked_nr) == (int)out, "not parked");
	for (i = 0; i < out; i++)
		bag->element[bag->nr++] = slots_take(pool);
	native_forget();
	state_save();
}

static void test_slots(void)
{
	unsigned int out;
	bool good = true, better = true;
	struct random random = { 2 };
	double begun = seconds();

	begin();
	for (out = 0; good && out <= 3; out++) {
		slots_state(out);
		good = nest_twice(slots_ops, NR_SLOTS_OPS, 3, false);
		pool_unmake();
	}
	report("slots, depth 2", begun);
	result(good, "slots: interrupted once, by one to three moves");
	forced("slots, depth 2", false);

	begun = seconds();
	begin();
	for (out = 0; good && better && out <= 3; out++) {
		slots_state(out);
		better = nest_thrice(slots_ops, NR_SLOTS_OPS, false, true,
				     16, &random);
		pool_unmake();
	}
	report("slots, depth 3", begun);
	result(good && better, "slots: interrupted, and that interrupted");
	forced("slots, depth 3", false);
}

/*
 * So many are outstanding that the depot is above min, at min, below min, and
 * empty.
 */
static const struct call_state {
	unsigned int out;
	unsigned int cached;
} call_states[] = {
	{ 0, 2 }, { 0, 4 }, { 2, 0 }, { 8, 1 }, { 10, 0 }, { 12, 0 },
};

static void call_state(const struct call_state *s)
{
	pool_make(8, 2, CACHE_PLACES);
	bags_fill(3);
	cache_have(0, CACHE_PLACES);
	/* Elements of no level: in the bag of the deepest, below its own. */
	while (level[LEVELS - 1].bag.nr < 3 + s->out) {
		void *element = rsvpool_tryalloc(pool);

		if (!element)
			break;
		level[LEVELS - 1].bag.element[level[LEVELS - 1].bag.nr++] =
			element;
		cache_have(0, CACHE_PLACES);
	}
	cache_have(min(s->cached, pool->depot.count), CACHE_PLACES);
	native.irqs_off = true;
	raw_spin_lock(&pool->depot.lock);
	watermarks_update(pool);
	raw_spin_unlock(&pool->depot.lock);
	native.irqs_off = false;
	settle();
	state_save();
}

static void test_calls(void)
{
	struct random random = { 1 };
	bool good = true, better = true;
	double begun = seconds();
	unsigned int i;

	begin();
	for (i = 0; good && i < ARRAY_SIZE(call_states); i++) {
		call_state(&call_states[i]);
		good = nest_twice(call_ops, NR_CALL_OPS, 1, true);
		pool_unmake();
	}
	report("calls, depth 2", begun);
	result(good, "calls: interrupted once, by interrupt or NMI");
	forced("calls, depth 2", true);

	begun = seconds();
	begin();
	for (i = 0; good && better && i < ARRAY_SIZE(call_states); i++) {
		call_state(&call_states[i]);
		better = nest_thrice(call_ops, NR_CALL_OPS, true, false, 64,
				     &random);
		pool_unmake();
	}
	report("calls, depth 3", begun);
	result(good && better,
	       "calls: interrupted, and that interrupted by interrupt or NMI");
	forced("calls, depth 3", true);
}

int main(int argc, char **argv)
{
	const struct sigaction action = {
		.sa_sigaction = trapped,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	bool cache = argc < 2, batch = argc < 2;
	bool slots = argc < 2, calls = argc < 2;
	int i;

	for (i = 1; i < argc; i++) {
		cache |= !strcmp(argv[i], "cache");
		batch |= !strcmp(argv[i], "batch");
		slots |= !strcmp(argv[i], "slots");
		calls |= !strcmp(argv[i], "calls");
	}
	plan(5 * cache + 2 * batch + 4 * slots + 4 * calls);
	text_writable();
	MUST(!sigaction(SIGTRAP, &action, NULL), "sigaction");
	if (cache)
		test_cache();
	if (batch)
		test_batch();
	if (slots)
		test_slots();
	if (calls)
		test_calls();
	return finish();
}
