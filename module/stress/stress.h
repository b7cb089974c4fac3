/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of rsvpool_stress.ko share.
 *
 * The module uses only the exported API, except in depot.c.  Its files, a caller
 * above the files that it calls:
 *
 *	main.c		module, debugfs
 *	run.c		the life of one run, its verdict
 *	params.c	a scenario's parameters: parsing and printing
 *	contexts.c	scenarios "contexts", "exhaust", "lend", "storm" and
 *			"soak"; context_scenarios.c, context_actors.c,
 *			context_company.c and context_checks.c are parts of it
 *	churn.c		scenario "churn"
 *	wait.c		scenario "wait"
 *	pair.c		scenario "pair"
 *	worst.c		scenario "worst"
 *	corners.c	scenario "corners"
 *	flood.c		scenario "flood"
 *	pingpong.c	scenario "pingpong"
 *	burst.c		scenario "burst"
 *	producer_consumer.c  scenario "producer-consumer"
 *	peer_run.c	runs peers one after the other, with threads
 *	nmi.c		sends NMIs, and calls an actor in each
 *	actor.c		allocates and frees elements, in any context
 *	depot.c		sets up rare states of a pool
 *	memhog.c	holds the machine's memory
 *	borrower.c	reads elements that it has lent to the pool
 *	settings_fuzz.c	changes settings, CPUs and other pools during a run
 *	thread.c	kernel threads that live as long as a run
 *	check.c		marks elements, and checks the marks
 *	peers.c		the table of peers, see peer.h and peer_list.h
 *	peer_*.c	one allocator each; peer_rsvpool.c has four peers
 *	histogram.c	times of calls, and their percentiles
 *	facts.c		reads and writes a pool's files in sysfs
 *	compat.h	the only file that knows kernel versions
 *
 * A file calls only files below it, with two exceptions.  The parts of contexts.c
 * call each other.  Files below run.c call its functions that serve a scenario
 * while it runs: stress_fail(), stress_tick(), stress_elapsed_ms(),
 * stress_random_init(), stress_outstanding() and stress_lost().
 */
#ifndef RSVPOOL_STRESS_H
#define RSVPOOL_STRESS_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/llist.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/types.h>

#include <linux/rsvpool.h>

#include "compat.h"

#define STRESS_SPACE		" \t\r\n"	/* between the words of a line */
#define STRESS_SLOTS		32	/* elements that one actor may hold */
#define STRESS_EXCHANGE		16	/* places of elements without an owner */
#define STRESS_HOLD_MAX		65536	/* the highest value of "hold" */
#define STRESS_THREADS_MAX	256
#define STRESS_SECONDS_MAX	86400
#define STRESS_TICK_MS		20	/* how often a run checks its state */
#define STRESS_PEER_SLOTS	8	/* a peer's elements that one actor may hold */
#define STRESS_MARKS		5	/* words marked in one element */

struct stress_run;
struct stress_scenario;

/* Where a request is made.  */
enum stress_context {
	STRESS_TASK,
	STRESS_SOFTIRQ,
	STRESS_HARDIRQ,
	STRESS_RAWLOCK,
	STRESS_SCHED,
	STRESS_NMI,
	STRESS_CONTEXTS,
};

/* The contexts' names, in their order, ended by NULL. */
extern const char * const stress_context_names[];

/* The peers: allocators that can be measured. */
#define STRESS_PEER(_name)	STRESS_PEER_##_name,
enum stress_peer_id {
#include "peer_list.h"
	STRESS_PEERS,
};

/* Their names, in their order, ended by NULL. */
extern const char * const stress_peer_names[STRESS_PEERS + 1];

struct stress_supply;

/* The expected content of an element that is handed out. */
enum stress_expect {
	STRESS_EXPECT_ANY,
	STRESS_EXPECT_ZERO,	/* a pool with zero=1 */
	STRESS_EXPECT_KEPT,	/* an opaque pool whose source delivers nothing */
};

/*
 * The parameters of all scenarios.
 *
 * A scenario's table of struct stress_param says which of them it has, and
 * their meanings and defaults.
 */
struct stress_params {
	char pool[RSVPOOL_NAME_MAX + 1];
	unsigned int contexts;
	unsigned int threads;
	unsigned int seconds;
	unsigned int count;
	unsigned int batches;
	unsigned int hold;
	unsigned int nmi_hold;
	unsigned int guarantee;
	unsigned int seed;
	unsigned int peer;
	unsigned int burst;
	unsigned int bulk;
	unsigned int exchange;
	unsigned int expect;
	unsigned int period_us;
	unsigned int spare;
	unsigned int what;
	unsigned int nr;
	unsigned int overtake;
	unsigned int path;
	unsigned int via;
	unsigned int bytes;
	unsigned int calls;
	unsigned int held;
	unsigned int depth;
	unsigned int recover_ms;
	unsigned int cycle_ms;
	unsigned int settings;
	unsigned int hotplug;
	unsigned int pools;
	unsigned int pause_ms;
	unsigned int check_s;
	unsigned int readers;
	unsigned int blocks;
	unsigned int unchecked;
	unsigned int hold_us[2];
};

enum stress_param_type {
	STRESS_NAME,		/* a pool's name: char[RSVPOOL_NAME_MAX + 1] */
	STRESS_NUMBER,		/* unsigned int */
	STRESS_RANGE,		/* A..B or A: unsigned int[2] */
	STRESS_CHOICE,		/* one of choices; stored as its index */
	STRESS_SET,		/* some of choices, separated by commas; a bit mask */
};

/**
 * struct stress_param - one parameter of a scenario
 * @name: its key; a NULL ends the table
 * @type: how its value is written
 * @offset: of the value in struct stress_params
 * @min: least number
 * @max: greatest number
 * @def: default: number, range's lower end, index or bit mask
 * @def_to: default: range's upper end
 * @choices: names for choice and set, ended by NULL
 * @help: what it does
 */
struct stress_param {
	const char *name;
	enum stress_param_type type;
	size_t offset;
	unsigned int min;
	unsigned int max;
	unsigned int def;
	unsigned int def_to;
	const char * const *choices;
	const char *help;
};

#define STRESS_PARAM(_name, _type, ...)					\
	{								\
		.name = #_name,						\
		.type = _type,						\
		.offset = offsetof(struct stress_params, _name),	\
		__VA_ARGS__						\
	}

#define STRESS_PARAM_POOL						\
	STRESS_PARAM(pool, STRESS_NAME, .help = "the pool to use")

#define STRESS_PARAM_NUMBER(_name, _min, _max, _def, _help)		\
	STRESS_PARAM(_name, STRESS_NUMBER, .min = _min, .max = _max,	\
		     .def = _def, .help = _help)

#define STRESS_PARAM_FLAG(_name, _def, _help)				\
	STRESS_PARAM_NUMBER(_name, 0, 1, _def, _help)

/* Which allocators to measure; all by default. */
#define STRESS_PARAM_WHAT						\
	STRESS_PARAM(what, STRESS_SET, .choices = stress_peer_names,	\
		     .def = BIT(STRESS_PEERS) - 1,			\
		     .help = "which allocators to measure")

/**
 * struct stress_scenario - one kind of load on a pool
 * @name: the first word of a line written to "run"
 * @help: one line
 * @params: its parameters
 * @more: further parameters, which other scenarios with the same @params do not
 *	have, or NULL
 * @check: refuses contradictions with -EINVAL and one pr_warn line; may be
 *	NULL
 * @prepare: allocates what the run needs, as "exhaust" leaves no memory later;
 *	frees it on failure
 * @execute: uses the pool until done, until stress_stopping(), or until a
 *	signal comes (-EINTR)
 * @finish: stops all that prepare and execute started, and frees all elements;
 *	called if prepare has succeeded
 * @show: prints results, also during the run
 * @release: frees what show needs
 *
 * All are called in task context by the writer of "run", except @show, which
 * any reader of "result" calls, and @release, which the next run or the exit of
 * the module calls.
 */
struct stress_scenario {
	const char *name;
	const char *help;
	const struct stress_param *params;
	const struct stress_param *more;
	int (*check)(const struct stress_params *params);
	int (*prepare)(struct stress_run *run);
	int (*execute)(struct stress_run *run);
	void (*finish)(struct stress_run *run);
	void (*show)(struct seq_file *m, struct stress_run *run);
	void (*release)(struct stress_run *run);
};

extern const struct stress_scenario stress_contexts_scenario;
extern const struct stress_scenario stress_exhaust_scenario;
extern const struct stress_scenario stress_churn_scenario;
extern const struct stress_scenario stress_wait_scenario;
extern const struct stress_scenario stress_pair_scenario;
extern const struct stress_scenario stress_worst_scenario;
extern const struct stress_scenario stress_corners_scenario;
extern const struct stress_scenario stress_flood_scenario;
extern const struct stress_scenario stress_pingpong_scenario;
extern const struct stress_scenario stress_burst_scenario;
extern const struct stress_scenario stress_producer_consumer_scenario;
extern const struct stress_scenario stress_storm_scenario;
extern const struct stress_scenario stress_soak_scenario;
extern const struct stress_scenario stress_lend_scenario;

/* How a run's elements are marked; see check.c. */
struct stress_marks {
	u64 key;
	enum stress_expect expect;
	unsigned int nr;
	unsigned int words[STRESS_MARKS];
};

/**
 * struct stress_error - the first check that failed
 * @claimed: set by the first failure, in any context
 * @valid: the rest may be read (release and acquire)
 * @check: the check's name
 * @where: the context it failed in
 * @element: the element's address, or 0
 * @got: what was found
 * @want: what should have been there
 */
struct stress_error {
	atomic_t claimed;
	bool valid;
	const char *check;
	const char *where;
	unsigned long element;
	u64 got;
	u64 want;
};

/**
 * struct stress_run - one run of a scenario
 * @scenario: the scenario
 * @params: its parameters
 * @pool: the pool; NULL if none was named, and when the run is over
 * @dir: the pool's folder in sysfs, during the run
 * @marks: how elements are marked
 * @stop: set once, in any context: make no more requests
 * @cancelled: another task stopped the run, so a context that was not tested is
 *	no failure
 * @done: one flag a context: it has made "count" requests
 * @state: going on, or over
 * @status: the result of the write, once over
 * @error: the first check that failed
 * @outstanding_before: the pool's own count before the run, or -errno
 * @outstanding_after: the same after the run
 * @peak: the pool's stats/peak after the run
 * @max: the most elements that may exist
 * @cpus: the CPUs that the writer of "run" may use: the run's threads and
 *	timers use only these, so "taskset" restricts a run
 * @started: when it began
 * @ended: when it ended
 * @priv: the scenario's own
 * @limit: the number of tokens at present: hold and nmi_hold in turn, or 0 for
 *	a check
 * @tokens: tokens taken: elements that the run holds, or may get from a call
 *	that is under way
 * @crossings: how often @tokens was above nmi_hold when tokens had been taken
 * @exchange: elements without an owner
 */
struct stress_run {
	const struct stress_scenario *scenario;
	struct stress_params params;
	struct rsvpool *pool;
	struct path dir;
	struct stress_marks marks;
	bool stop;
	bool cancelled;
	bool done[STRESS_CONTEXTS];
	enum {
		STRESS_RUNNING,
		STRESS_OVER,
	} state;
	int status;
	struct stress_error error;
	int outstanding_before;
	int outstanding_after;
	int peak;
	int max;
	struct cpumask cpus;
	ktime_t started;
	ktime_t ended;
	void *priv;

	unsigned int limit;
	atomic_t tokens ____cacheline_aligned_in_smp;
	atomic_t crossings;
	void *exchange[STRESS_EXCHANGE] ____cacheline_aligned_in_smp;
};

static inline bool stress_stopping(const struct stress_run *run)
{
	/* Set once and never cleared: seeing it late does no harm. */
	return READ_ONCE(run->stop);
}

/* Has a signal come?  Freezing sets signal_pending(), too, and is not counted. */
static inline bool stress_interrupted(void)
{
	return signal_pending(current) && !freezing(current);
}

/* Timeout for events that must happen, on a machine that may stall. */
#define STRESS_PATIENCE_MS	120000

/* run.c */
int stress_run_line(const struct stress_scenario * const *scenarios,
		    char *line);
void stress_run_show(struct seq_file *m);
void stress_run_forget(void);
void stress_fail(struct stress_run *run, const char *check, const char *where,
		 const void *element, u64 got, u64 want);
int stress_tick(struct stress_run *run);
s64 stress_elapsed_ms(const struct stress_run *run);
int stress_outstanding(const struct stress_run *run);
bool stress_lost(const struct stress_run *run, int outstanding);

/* params.c */
int stress_params_parse(const struct stress_scenario *scenario, char *line,
			struct stress_params *params);
void stress_params_show(struct seq_file *m,
			const struct stress_scenario *scenario);

/* check.c */
bool stress_marks_init(struct stress_run *run, size_t bytes);
bool stress_mark(struct stress_run *run, void *element, unsigned int owner,
		 const char *where);
bool stress_unmark(struct stress_run *run, void *element, const char *where);

/* A random number generator; each user has its own, so no cache line is shared. */
static inline u32 stress_random(u64 *state)
{
	/* xorshift64*: Vigna, "An experimental exploration of ..." (2016). */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dULL) >> 32;
}

static inline u32 stress_random_below(u64 *state, u32 limit)
{
	return ((u64)stress_random(state) * limit) >> 32;
}

void stress_random_init(u64 *state, const struct stress_run *run,
			unsigned int stream);

/**
 * struct stress_thread - a kernel thread of a run
 * @task: the thread
 * @run: the run
 * @work: what it does; returns at the latest when stress_stopping() is true
 * @data: for @work
 * @index: its number
 * @cpu: the CPU that it is bound to, or -1
 * @started: stress_thread_start() was called
 * @ended: @work has returned
 */
struct stress_thread {
	struct task_struct *task;
	struct stress_run *run;
	void (*work)(struct stress_thread *thread);
	void *data;
	unsigned int index;
	int cpu;
	bool started;
	bool ended;
};

unsigned int stress_nr_cpus(const struct stress_run *run);
int stress_spread(const struct stress_run *run, unsigned int n);
int stress_thread_create(struct stress_thread *thread, struct stress_run *run,
			 void (*work)(struct stress_thread *thread), void *data,
			 unsigned int index, int cpu, const char *name);
void stress_thread_start(struct stress_thread *thread);
void stress_thread_bind(struct stress_thread *thread);
void stress_threads_join(struct stress_thread *threads, unsigned int nr);
void stress_threads_destroy(struct stress_thread *threads, unsigned int nr);

/* What an actor counts; read by others while it counts. */
struct stress_counts {
	u64 requests;		/* calls of rsvpool_tryalloc() */
	u64 answered;
	u64 failed;
	u64 guaranteed;		/* requests made within the guarantee */
	u64 bulk_requests;	/* calls of rsvpool_tryalloc_bulk() */
	u64 bulk_answered;
	u64 no_token;		/* no request made, as no token was left */
	u64 taken;		/* elements, by either call */
	u64 given;		/* elements freed */
	u64 peer_requests[STRESS_PEERS];
	u64 peer_answered[STRESS_PEERS];
};

/**
 * struct stress_actor - code that allocates and frees elements in one context
 * @run: the run
 * @context: the context in which it is called
 * @cpu: the CPU that it belongs to
 * @seen_cpu: the CPU on which it was called last
 * @id: its number, part of the marks it makes
 * @random: its random number generator
 * @growing: it takes elements; otherwise it frees them
 * @held: elements that it holds
 * @slots: elements that it may hold
 * @elements: the elements
 * @counts: what it did
 * @timer: calls it, in softirq and hardirq context
 * @supplies: the peers from which it requests elements, too, by peer, or NULL
 * @peer_elements: the elements of each peer that it holds
 * @peer_held: how many
 * @peer_giving: it frees the peer's elements, until it holds none
 * @pages: in a run with a memhog: the hog's list of pages; otherwise NULL
 *
 * Entered by one caller at a time: a thread, a timer, or code on its CPU with
 * interrupts off.
 */
struct stress_actor {
	struct stress_run *run;
	enum stress_context context;
	int cpu;
	int seen_cpu;
	unsigned int id;
	bool growing;
	u64 random;
	unsigned int held;
	unsigned int slots;
	void *elements[STRESS_SLOTS];
	struct stress_counts counts;
	struct hrtimer timer;
	struct stress_supply *supplies;
	void *peer_elements[STRESS_PEERS][STRESS_PEER_SLOTS];
	u8 peer_held[STRESS_PEERS];
	bool peer_giving[STRESS_PEERS];
	struct llist_head *pages;
} ____cacheline_aligned_in_smp;

static inline void stress_count(u64 *counter, u64 by)
{
	/* One writer; the reader must only not see half of it. */
	WRITE_ONCE(*counter, *counter + by);
}

/* actor.c */
void stress_actor_init(struct stress_actor *actor, struct stress_run *run,
		       enum stress_context context, int cpu, unsigned int id);
void stress_actor_act(struct stress_actor *actor);
void stress_actor_empty(struct stress_actor *actor);
void stress_actor_empty_peers(struct stress_actor *actor);
void stress_exchange_empty(struct stress_run *run);
void stress_counts_add(struct stress_counts *sum,
		       const struct stress_counts *counts);

/* memhog.c */
struct stress_memhog;

struct stress_memhog *stress_memhog_create(struct stress_run *run);
int stress_memhog_fill(struct stress_memhog *memhog);
struct llist_head *stress_memhog_pages(struct stress_memhog *memhog);
void stress_memhog_release(struct stress_memhog *memhog);
int stress_memhog_resume(struct stress_memhog *memhog);
void stress_memhog_stop(struct stress_memhog *memhog);
void stress_memhog_show(struct seq_file *m, const struct stress_memhog *memhog);
void stress_memhog_destroy(struct stress_memhog *memhog);

/* borrower.c */
struct stress_borrower;

struct stress_borrower *stress_borrower_create(struct stress_run *run);
void stress_borrower_start(struct stress_borrower *borrower);
void stress_borrower_stop(struct stress_borrower *borrower);
const char *stress_borrower_untested(const struct stress_borrower *borrower);
void stress_borrower_show(struct seq_file *m,
			  const struct stress_borrower *borrower);
void stress_borrower_destroy(struct stress_borrower *borrower);

/* settings_fuzz.c */
struct stress_settings_fuzz;

struct stress_settings_fuzz *stress_settings_fuzz_create(struct stress_run *run);
void stress_settings_fuzz_start(struct stress_settings_fuzz *fuzz);
const char *stress_settings_fuzz_untested(const struct stress_settings_fuzz *fuzz);
void stress_settings_fuzz_stop(struct stress_settings_fuzz *fuzz);
void stress_settings_fuzz_show(struct seq_file *m,
			       const struct stress_settings_fuzz *fuzz);
void stress_settings_fuzz_destroy(struct stress_settings_fuzz *fuzz);

/* facts.c */
int stress_fact(const struct stress_run *run, const char *fact);
int stress_fact_settled(const struct stress_run *run, const char *fact,
			int most, unsigned int patience_ms);
void stress_facts_open(struct stress_run *run);
void stress_facts_close(struct stress_run *run);
int stress_setting_read(const struct stress_run *run, const char *setting,
			char *text, size_t bytes);
int stress_setting_write(const struct stress_run *run, const char *setting,
			 const char *text);

/* nmi.c */
#if IS_ENABLED(CONFIG_X86_LOCAL_APIC)
#define STRESS_HAS_NMI	true
int stress_nmi_start(struct stress_actor *actors);
void stress_nmi_stop(void);
bool stress_nmi_send(int cpu);
void stress_nmi_show(struct seq_file *m);
#else
#define STRESS_HAS_NMI	false
static inline int stress_nmi_start(struct stress_actor *actors)
{
	return -EOPNOTSUPP;
}

static inline void stress_nmi_stop(void)
{
}

static inline bool stress_nmi_send(int cpu)
{
	return false;
}

static inline void stress_nmi_show(struct seq_file *m)
{
}
#endif

#endif /* RSVPOOL_STRESS_H */
