// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "pair": the cost of one allocation and one free.
 *
 * Answers for: the cost of a pair, for rsvpool and for its peers: the best of
 * several batches, in nanoseconds an element, with one decimal.  In a guest where
 * one instruction takes one nanosecond, these are instructions; the best batch
 * has no timer tick.  An empty loop is measured in the same way; its cost is not
 * subtracted.  With "calls", single calls are timed as well, for their
 * percentiles: with interrupts off, if the peer allows that.  They are made in
 * rounds of "held" allocations and then as many frees; the best round is shown.
 *
 * No locks; task context.
 */
#include "peer.h"
#include "histogram.h"

#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#define RESERVE		64	/* of a peer that has one */
#define TENTHS		10

enum call { CALL_ALLOC, CALL_FREE, CALLS };

static const char * const call_names[CALLS] = { "alloc", "free" };

/**
 * struct pair - one peer's results
 * @supply: the peer
 * @missing: why there is no result, or NULL
 * @unanswered: there is no result because a request was not answered
 * @best_ns: the best batch so far
 * @calls: single calls
 * @round_ns: the best round of them: see timed_calls()
 */
struct pair {
	struct stress_supply supply;
	const char *missing;
	bool unanswered;
	u64 best_ns;
	struct stress_histogram calls[CALLS];
	u64 round_ns[CALLS];
};

/**
 * struct pairs - a run
 * @empty_ns: the best batch of the empty loop
 * @empty: times measured around no call
 * @elements: the elements that are held, RSVPOOL_BULK_MAX places a call
 * @pairs: the results, by peer
 */
struct pairs {
	u64 empty_ns;
	struct stress_histogram empty;
	void **elements;
	struct pair pairs[STRESS_PEERS];
};

static bool chosen(const struct stress_run *run, enum stress_peer_id id)
{
	return run->params.what & BIT(id);
}

/* The same loop as that of every peer, with an empty body. */
static noinline unsigned int empty_pairs(struct stress_supply *from,
					 void **elements, unsigned int count)
{
	void *element;

	while (count) {
		element = elements;
		OPTIMIZER_HIDE_VAR(element);
		if (unlikely(!element))
			break;
		barrier();
		count--;
	}
	return count;
}

static void close_all(struct pairs *pairs)
{
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++)
		stress_supply_close(&pairs->pairs[id].supply);
}

static int pair_prepare(struct stress_run *run)
{
	struct pairs *pairs = kvzalloc(sizeof(*pairs), GFP_KERNEL);
	enum stress_peer_id id;
	int err;

	if (!pairs)
		return -ENOMEM;
	pairs->elements = kvmalloc_array(run->params.held * RSVPOOL_BULK_MAX,
					 sizeof(void *), GFP_KERNEL);
	if (!pairs->elements) {
		kvfree(pairs);
		return -ENOMEM;
	}
	run->priv = pairs;
	for (id = 0; id < STRESS_PEERS; id++) {
		if (!chosen(run, id))
			continue;
		pairs->pairs[id].missing =
			stress_peer_missing(stress_peers[id], STRESS_TASK);
		err = stress_supply_open(&pairs->pairs[id].supply, run, id,
					 RESERVE);
		if (err) {
			close_all(pairs);
			kvfree(pairs->elements);
			kvfree(pairs);
			return err;
		}
	}
	return 0;
}

/* Between two measurements: -EINTR if a signal ends the run. */
static int resched_or_interrupted(const struct stress_run *run)
{
	cond_resched();
	return signal_pending(current) ? -EINTR : 0;
}

static int measure_batches(struct stress_run *run, struct pair *pair)
{
	const struct stress_peer *peer = pair->supply.peer;
	struct pairs *pairs = run->priv;
	unsigned int i;
	int err = 0;
	u64 start;

	pair->best_ns = U64_MAX;
	for (i = 0; i < run->params.batches && !stress_stopping(run); i++) {
		start = ktime_get_ns();
		if (peer->pairs(&pair->supply, pairs->elements,
				run->params.count)) {
			pair->unanswered = true;
			break;
		}
		pair->best_ns = min(pair->best_ns, ktime_get_ns() - start);
		err = resched_or_interrupted(run);
		if (err)
			break;
	}
	return err;
}

static int measure_empty(struct stress_run *run)
{
	struct pairs *pairs = run->priv;
	unsigned long flags;
	unsigned int i;
	u64 start, end;

	pairs->empty_ns = U64_MAX;
	for (i = 0; i < run->params.batches; i++) {
		start = ktime_get_ns();
		empty_pairs(NULL, pairs->elements, run->params.count);
		pairs->empty_ns = min(pairs->empty_ns, ktime_get_ns() - start);
	}
	for (i = 0; i < run->params.calls; i++) {
		local_irq_save(flags);
		start = ktime_get_ns();
		barrier();
		end = ktime_get_ns();
		local_irq_restore(flags);
		stress_histogram_add(&pairs->empty, end - start);
	}
	return resched_or_interrupted(run);
}

static u64 timed_take(struct pair *pair, void **elements)
{
	u64 start = ktime_get_ns(), ns;

	pair->unanswered = !pair->supply.peer->take(&pair->supply, elements);
	ns = ktime_get_ns() - start;
	if (!pair->unanswered)
		stress_histogram_add(&pair->calls[CALL_ALLOC], ns);
	return ns;
}

static u64 timed_give(struct pair *pair, void **elements)
{
	u64 start = ktime_get_ns(), ns;

	pair->supply.peer->give(&pair->supply, elements);
	ns = ktime_get_ns() - start;
	stress_histogram_add(&pair->calls[CALL_FREE], ns);
	return ns;
}

/* timed_take() or timed_give(), with interrupts off if the peer allows that. */
static u64 timed(struct pair *pair, void **elements, bool irqs_off,
		 u64 (*call)(struct pair *pair, void **elements))
{
	unsigned long flags;
	u64 ns;

	if (!irqs_off)
		return call(pair, elements);
	local_irq_save(flags);
	ns = call(pair, elements);
	local_irq_restore(flags);
	return ns;
}

/* A round: @nr allocations, then as many frees. */
static void timed_calls(struct pair *pair, void **elements, unsigned int nr)
{
	bool irqs_off = stress_peer_allowed(pair->supply.peer, STRESS_HARDIRQ);
	unsigned int held, step = RSVPOOL_BULK_MAX, i;
	u64 take_ns = 0, give_ns = 0;

	for (held = 0; held < nr && !pair->unanswered; held++)
		take_ns += timed(pair, elements + held * step, irqs_off,
				 timed_take);
	held -= pair->unanswered;
	for (i = 0; i < held; i++)
		give_ns += timed(pair, elements + i * step, irqs_off,
				 timed_give);
	pair->round_ns[CALL_ALLOC] = min(pair->round_ns[CALL_ALLOC], take_ns);
	pair->round_ns[CALL_FREE] = min(pair->round_ns[CALL_FREE], give_ns);
}

static int measure_calls(struct stress_run *run, struct pair *pair)
{
	struct pairs *pairs = run->priv;
	unsigned int i;
	int err = 0;

	pair->round_ns[CALL_ALLOC] = U64_MAX;
	pair->round_ns[CALL_FREE] = U64_MAX;
	for (i = 0; i < run->params.calls && !stress_stopping(run) &&
	     !pair->unanswered; i += run->params.held) {
		timed_calls(pair, pairs->elements, run->params.held);
		err = resched_or_interrupted(run);
		if (err)
			break;
	}
	return err;
}

static int pair_execute(struct stress_run *run)
{
	struct pairs *pairs = run->priv;
	enum stress_peer_id id;
	struct pair *pair;
	int err;

	err = measure_empty(run);
	for (id = 0; id < STRESS_PEERS && !err; id++) {
		pair = &pairs->pairs[id];
		if (!pair->supply.ready || pair->missing)
			continue;
		err = measure_batches(run, pair);
		if (!err && !pair->unanswered)
			err = measure_calls(run, pair);
	}
	return err;
}

static void pair_finish(struct stress_run *run)
{
	close_all(run->priv);
}

static void show_tenths(struct seq_file *m, const char *name, u64 ns,
			u64 parts)
{
	u64 tenths = div64_u64(ns * TENTHS + parts / 2, parts);
	u32 tenth;

	tenths = div_u64_rem(tenths, TENTHS, &tenth);
	seq_printf(m, "pair.%s=%llu.%u\n", name, tenths, tenth);
}

static void show_calls(struct seq_file *m, const struct pair *pair)
{
	const struct stress_peer *peer = pair->supply.peer;
	char name[48];
	enum call call;

	seq_printf(m, "%s.irqs=%s\n", peer->name,
		   stress_peer_allowed(peer, STRESS_HARDIRQ) ? "off" : "on");
	for (call = 0; call < CALLS; call++) {
		snprintf(name, sizeof(name), "%s.%s", peer->name,
			 call_names[call]);
		stress_histogram_show(m, name, &pair->calls[call]);
		seq_printf(m, "%s.max=%llu\n", name, pair->calls[call].max_ns);
		seq_printf(m, "%s.round=%llu\n", name, pair->round_ns[call]);
	}
}

static void pair_show(struct seq_file *m, struct stress_run *run)
{
	const struct pairs *pairs = run->priv;
	unsigned int count = run->params.count;
	const struct pair *pair;
	enum stress_peer_id id;
	const char *name;

	if (run->state != STRESS_OVER || run->status)
		return;
	show_tenths(m, "empty", pairs->empty_ns, count);
	if (run->params.calls)
		stress_histogram_show(m, "empty", &pairs->empty);
	for (id = 0; id < STRESS_PEERS; id++) {
		pair = &pairs->pairs[id];
		name = stress_peer_names[id];
		if (!chosen(run, id))
			continue;
		if (pair->missing || pair->unanswered) {
			seq_printf(m, "pair.%s=%s\n", name,
				   pair->missing ?: "unanswered");
			continue;
		}
		show_tenths(m, name, pair->best_ns,
			    (u64)count * stress_peers[id]->elements);
		if (run->params.calls)
			show_calls(m, pair);
	}
}

static void pair_release(struct stress_run *run)
{
	struct pairs *pairs = run->priv;

	kvfree(pairs->elements);
	kvfree(pairs);
}

static int pair_check(const struct stress_params *params)
{
	return stress_check_what("pair", params);
}

static const struct stress_param pair_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM_WHAT,
	STRESS_PARAM_NUMBER(batches, 1, 10000, 20,
			    "batches; the fastest is shown"),
	STRESS_PARAM_NUMBER(count, 1, 10000000, 1000, "pairs in a batch"),
	STRESS_PARAM_NUMBER(calls, 0, 10000000, 0,
			    "pairs whose calls are timed one by one"),
	STRESS_PARAM_NUMBER(held, 1, 64, 1,
			    "allocations in a round, before as many frees"),
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
