// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "worst": the slowest single call.
 *
 * Answers for: timing every single call of the any-context functions in the
 * phases below; showing in which phase the slowest call was, and with "path"
 * which of the pool's statistics that call changed.  Interrupts are off around
 * each call, so that no interrupt is measured; an irq_work that the call queues
 * runs after it.
 *
 *	pair	an allocation, a free: the cache answers
 *	saw	more allocations than frees, then more frees: the cache becomes
 *		empty and full, elements move from and to the depot
 *	ramp	nr allocations, then nr frees in the same order, each followed
 *		by a pause: the refill worker is woken and runs
 *	dry	allocations until one is not answered, and DRY_MORE more, then
 *		frees: the depot falls below min, and rises above it again
 *
 * "what" chooses the calls that allocate and free:
 *
 *	single	rsvpool_tryalloc(), rsvpool_free()
 *	bulk	rsvpool_tryalloc_bulk(), rsvpool_free_bulk(), of "bulk" elements
 *	section	rsvpool_section_alloc() in private sections of "bulk" elements,
 *		one after the other, rsvpool_free()
 *
 * With a source that always fails (the pool's "inject"), dry and ramp use the
 * reserve.  No locks; task context.
 */
#include "stress.h"
#include "histogram.h"

#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#define SAW_DEPTH	200	/* most allocations held in "saw" */
#define SAW_STEP	8	/* by how many it goes up and down */
#define DRY_MORE	16	/* requests made of an empty pool */
#define PAUSE_JIFFIES	1	/* time for the refill worker */
#define STATS		48	/* statistics of a pool, at most */
#define EMPTY_TIMES	1000	/* how often a time is measured around no call */

enum phase { PHASE_PAIR, PHASE_SAW, PHASE_RAMP, PHASE_DRY, PHASES };
enum call { CALL_ALLOC, CALL_FREE, CALLS };
enum what { WHAT_SINGLE, WHAT_BULK, WHAT_SECTION, WHATS };

static const char * const phase_names[] = { "pair", "saw", "ramp", "dry" };
static const char * const what_names[WHATS + 1] = {
	"single", "bulk", "section", NULL,
};

static const char * const call_names[WHATS][CALLS] = {
	[WHAT_SINGLE] = { "tryalloc", "free" },
	[WHAT_BULK] = { "tryalloc_bulk", "free_bulk" },
	[WHAT_SECTION] = { "section_alloc", "free" },
};

/* A pool's statistics, or the amounts by which a call changed them. */
struct stats {
	u64 values[STATS];
};

/**
 * struct worst - a run
 * @elements: the elements that are held
 * @held: how many
 * @unit: elements of one call
 * @section: for what=section: the section, which may be open
 * @left: elements that are left in it
 * @phase: the current phase
 * @empty_ns: the shortest time measured around no call
 * @unanswered: requests in each phase that were not answered
 * @max_ns: the time of the slowest call of each kind in each phase
 * @before: the statistics before a call
 * @changed: how the slowest call changed them
 * @calls: the times of all calls of each kind
 */
struct worst {
	void **elements;
	unsigned int held;
	unsigned int unit;
	struct rsvpool_section section;
	unsigned int left;
	enum phase phase;
	u64 empty_ns;
	u64 unanswered[PHASES];
	u64 max_ns[CALLS][PHASES];
	struct stats before;
	struct stats changed[CALLS][PHASES];
	struct stress_histogram calls[CALLS];
};

static void read_stats(const struct stress_run *run, struct stats *stats)
{
	unsigned int i;

	for (i = 0; i < STATS; i++) {
		if (!rsvpool_stat(run->pool, i, &stats->values[i]))
			return;
	}
}

/* Called just before the timed call; interrupts are off until timing_end(). */
static __always_inline u64 timing_begin(struct stress_run *run)
{
	struct worst *worst = run->priv;

	if (run->params.path)
		read_stats(run, &worst->before);
	return ktime_get_ns();
}

static __always_inline void timing_end(struct stress_run *run, u64 start,
				       enum call call)
{
	u64 ns = ktime_get_ns() - start;
	struct worst *worst = run->priv;
	enum phase phase = worst->phase;
	struct stats *changed = &worst->changed[call][phase];
	unsigned int i;

	stress_histogram_add(&worst->calls[call], ns);
	if (ns <= worst->max_ns[call][phase])
		return;
	WRITE_ONCE(worst->max_ns[call][phase], ns);
	if (run->params.path) {
		read_stats(run, changed);
		for (i = 0; i < STATS; i++)
			changed->values[i] -= worst->before.values[i];
	}
}

static void measure_empty(struct worst *worst)
{
	unsigned long flags;
	unsigned int i;
	u64 start, end;

	worst->empty_ns = U64_MAX;
	for (i = 0; i < EMPTY_TIMES; i++) {
		local_irq_save(flags);
		start = ktime_get_ns();
		barrier();
		end = ktime_get_ns();
		local_irq_restore(flags);
		worst->empty_ns = min(worst->empty_ns, end - start);
	}
}

/* If the section has no elements left, end it and begin a new one. */
static bool next_section(struct stress_run *run, struct worst *worst)
{
	if (worst->left)
		return true;
	if (worst->section.record)
		rsvpool_section_end(&worst->section);
	if (rsvpool_section_begin(&worst->section, run->pool, run->params.bulk,
				  RSVPOOL_SECTION_PRIVATE |
				  RSVPOOL_SECTION_NOWAIT))
		return false;
	worst->left = run->params.bulk;
	return true;
}

/* One call that allocates; returns whether it got elements. */
static bool timed_call(struct stress_run *run, struct worst *worst, void **to)
{
	unsigned long flags;
	bool answered;
	u64 start;

	if (run->params.what == WHAT_SECTION && !next_section(run, worst))
		return false;
	local_irq_save(flags);
	switch (run->params.what) {
	case WHAT_BULK:
		start = timing_begin(run);
		answered = !rsvpool_tryalloc_bulk(run->pool, worst->unit, to);
		timing_end(run, start, CALL_ALLOC);
		break;
	case WHAT_SECTION:
		start = timing_begin(run);
		*to = rsvpool_section_alloc(&worst->section);
		timing_end(run, start, CALL_ALLOC);
		worst->left--;
		answered = *to;
		break;
	default:
		start = timing_begin(run);
		*to = rsvpool_tryalloc(run->pool);
		timing_end(run, start, CALL_ALLOC);
		answered = *to;
		break;
	}
	local_irq_restore(flags);
	return answered;
}

static bool timed_take(struct stress_run *run, struct worst *worst)
{
	void **to = &worst->elements[worst->held];
	const char *where = phase_names[worst->phase];
	unsigned int i;

	if (!timed_call(run, worst, to)) {
		stress_count(&worst->unanswered[worst->phase], 1);
		return false;
	}
	for (i = 0; i < worst->unit; i++) {
		if (!stress_mark(run, to[i], 0, where))
			return false;
	}
	worst->held += worst->unit;
	return true;
}

static void timed_free(struct stress_run *run, struct worst *worst,
		       void **elements)
{
	const char *where = phase_names[worst->phase];
	unsigned long flags;
	unsigned int i;
	u64 start;

	for (i = 0; i < worst->unit; i++) {
		if (!stress_unmark(run, elements[i], where))
			return;
	}
	local_irq_save(flags);
	if (run->params.what == WHAT_BULK) {
		start = timing_begin(run);
		rsvpool_free_bulk(run->pool, worst->unit, elements);
		timing_end(run, start, CALL_FREE);
	} else {
		start = timing_begin(run);
		rsvpool_free(run->pool, *elements);
		timing_end(run, start, CALL_FREE);
	}
	local_irq_restore(flags);
}

/*
 * Up to @nr calls; false if one was not answered, if "nr" elements are held, or if
 * the run ends.
 */
static bool take(struct stress_run *run, struct worst *worst, unsigned int nr)
{
	while (nr--) {
		if (worst->held + worst->unit > run->params.nr ||
		    stress_stopping(run) || !timed_take(run, worst))
			return false;
		cond_resched();
	}
	return true;
}

static void give(struct stress_run *run, struct worst *worst, unsigned int nr)
{
	while (nr-- && worst->held) {
		worst->held -= worst->unit;
		timed_free(run, worst, &worst->elements[worst->held]);
		cond_resched();
	}
}

/* Free all elements, in the order in which they were allocated. */
static void give_in_order(struct stress_run *run, struct worst *worst)
{
	unsigned int i, nr = worst->held;

	worst->held = 0;
	for (i = 0; i < nr; i += worst->unit) {
		timed_free(run, worst, &worst->elements[i]);
		cond_resched();
	}
}

static void round_of_pairs(struct stress_run *run, struct worst *worst)
{
	unsigned int i;

	for (i = 0; i < SAW_DEPTH; i++) {
		take(run, worst, 1);
		give(run, worst, 1);
	}
}

static void round_of_saw(struct stress_run *run, struct worst *worst)
{
	unsigned int i;

	for (i = 0; i < SAW_DEPTH; i += SAW_STEP) {
		take(run, worst, 2 * SAW_STEP);
		give(run, worst, SAW_STEP);
	}
	while (worst->held) {
		give(run, worst, 2 * SAW_STEP);
		if (worst->held)
			take(run, worst, SAW_STEP);
	}
}

static void round_of_ramp(struct stress_run *run, struct worst *worst)
{
	take(run, worst, run->params.nr);
	schedule_timeout_interruptible(PAUSE_JIFFIES);
	give_in_order(run, worst);
	schedule_timeout_interruptible(PAUSE_JIFFIES);
}

static void round_of_dry(struct stress_run *run, struct worst *worst)
{
	unsigned int i;

	take(run, worst, run->params.nr);
	for (i = 0; i < DRY_MORE; i++)
		take(run, worst, 1);
	give(run, worst, worst->held);
}

static void (* const rounds[PHASES])(struct stress_run *run,
				     struct worst *worst) = {
	[PHASE_PAIR] = round_of_pairs,
	[PHASE_SAW] = round_of_saw,
	[PHASE_RAMP] = round_of_ramp,
	[PHASE_DRY] = round_of_dry,
};

static int worst_prepare(struct stress_run *run)
{
	struct worst *worst = kvzalloc(sizeof(*worst), GFP_KERNEL);

	if (!worst)
		return -ENOMEM;
	worst->elements = kvcalloc(run->params.nr, sizeof(*worst->elements),
				   GFP_KERNEL);
	if (!worst->elements) {
		kvfree(worst);
		return -ENOMEM;
	}
	worst->unit = run->params.what == WHAT_BULK ? run->params.bulk : 1;
	run->priv = worst;
	return 0;
}

/*
 * Was each call made often enough?  Frees are ignored if the last round had none.
 */
static bool enough(const struct worst *worst, u64 until, u64 freed_before)
{
	return worst->calls[CALL_ALLOC].calls >= until &&
	       (worst->calls[CALL_FREE].calls >= until ||
		worst->calls[CALL_FREE].calls == freed_before);
}

/* Each phase in turn, in rounds, until it has made its share of the calls. */
static int worst_execute(struct stress_run *run)
{
	struct worst *worst = run->priv;
	u64 until = 0, freed;

	measure_empty(worst);
	for (worst->phase = 0; worst->phase < PHASES; worst->phase++) {
		until += run->params.count / PHASES;
		do {
			if (signal_pending(current))
				return -EINTR;
			if (stress_stopping(run))
				return 0;
			freed = worst->calls[CALL_FREE].calls;
			rounds[worst->phase](run, worst);
		} while (!enough(worst, until, freed));
	}
	return 0;
}

static void worst_finish(struct stress_run *run)
{
	struct worst *worst = run->priv;

	worst->phase = min_t(enum phase, worst->phase, PHASES - 1);
	give(run, worst, worst->held);
	if (worst->section.record)
		rsvpool_section_end(&worst->section);
}

static enum phase slowest_phase(const struct worst *worst, enum call call)
{
	enum phase phase, slowest = 0;

	for (phase = 0; phase < PHASES; phase++) {
		if (worst->max_ns[call][phase] > worst->max_ns[call][slowest])
			slowest = phase;
	}
	return slowest;
}

/* "alloc_depot:1,pulled:16"; "none" if the call changed no statistic. */
static void show_path(struct seq_file *m, const struct stats *changed)
{
	const char *name, *comma = "";
	unsigned int i;
	u64 unused;

	for (i = 0; i < STATS; i++) {
		name = rsvpool_stat(NULL, i, &unused);
		if (name && changed->values[i]) {
			seq_printf(m, "%s%s:%llu", comma, name,
				   changed->values[i]);
			comma = ",";
		}
	}
	seq_puts(m, *comma ? "\n" : "none\n");
}

static void show_call(struct seq_file *m, const struct stress_run *run,
		      enum call call)
{
	const struct worst *worst = run->priv;
	const char *name = call_names[run->params.what][call];
	enum phase phase, slowest = slowest_phase(worst, call);

	seq_printf(m, "%s.calls=%llu\n%s.max=%llu\n%s.max_phase=%s\n",
		   name, worst->calls[call].calls, name, worst->max_ns[call][slowest],
		   name, phase_names[slowest]);
	if (run->params.path) {
		seq_printf(m, "%s.max_path=", name);
		show_path(m, &worst->changed[call][slowest]);
	}
	stress_histogram_show(m, name, &worst->calls[call]);
	for (phase = 0; phase < PHASES; phase++) {
		seq_printf(m, "%s.%s.max=%llu\n", name, phase_names[phase],
			   worst->max_ns[call][phase]);
		if (run->params.path) {
			seq_printf(m, "%s.%s.path=", name, phase_names[phase]);
			show_path(m, &worst->changed[call][phase]);
		}
	}
}

static void worst_show(struct seq_file *m, struct stress_run *run)
{
	const struct worst *worst = run->priv;
	enum phase phase;
	enum call call;

	if (run->state != STRESS_OVER) {
		seq_printf(m, "%s.calls=%llu\n",
			   call_names[run->params.what][CALL_ALLOC],
			   READ_ONCE(worst->calls[CALL_ALLOC].calls));
		return;
	}
	seq_printf(m, "empty=%llu\n", worst->empty_ns);
	for (call = 0; call < CALLS; call++)
		show_call(m, run, call);
	for (phase = 0; phase < PHASES; phase++)
		seq_printf(m, "unanswered.%s=%llu\n", phase_names[phase],
			   worst->unanswered[phase]);
}

static void worst_release(struct stress_run *run)
{
	struct worst *worst = run->priv;

	kvfree(worst->elements);
	kvfree(worst);
}

static int worst_check(const struct stress_params *params)
{
	if (!*params->pool) {
		pr_warn("worst: pool: missing\n");
		return -EINVAL;
	}
	if (params->what == WHAT_BULK && params->nr < params->bulk) {
		pr_warn("worst: nr: %u is less than bulk, %u\n", params->nr,
			params->bulk);
		return -EINVAL;
	}
	return 0;
}

static const struct stress_param worst_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM(what, STRESS_CHOICE, .choices = what_names,
		     .def = WHAT_SINGLE, .help = "which calls to measure"),
	STRESS_PARAM_NUMBER(count, PHASES, UINT_MAX, 1000000,
			    "number of calls that allocate"),
	STRESS_PARAM_NUMBER(bulk, 1, RSVPOOL_BULK_MAX, 16,
			    "elements of a bulk call, or of a section"),
	STRESS_PARAM_FLAG(path, 0,
			  "show the statistics that the slowest calls changed"),
	STRESS_PARAM_NUMBER(nr, 1, RSVPOOL_MAX_ELEMENTS, 4096,
			    "most elements to hold: at least as many as the pool has"),
	{}
};

const struct stress_scenario stress_worst_scenario = {
	.name = "worst",
	.help = "the slowest single call, in nanoseconds",
	.params = worst_params,
	.check = worst_check,
	.prepare = worst_prepare,
	.execute = worst_execute,
	.finish = worst_finish,
	.show = worst_show,
	.release = worst_release,
};
