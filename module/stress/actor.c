// SPDX-License-Identifier: GPL-2.0
/*
 * Actors: code that takes and frees elements, in any context.
 *
 * Answers for: the part of a request that is the same in every context.  An
 * actor takes elements for a while, up to the number it may hold, then frees
 * them for a while.  It puts some elements into an exchange, from which another
 * actor takes them, so that elements are freed in another context or on another
 * CPU than they were taken.
 *
 * The guarantee is checked with tokens.  An actor takes a token before it
 * requests an element, and returns the token after it has freed the element.
 * So at most as many elements are outstanding as tokens are taken.  If a
 * request's own token is among the first "hold", fewer than "hold" elements
 * were outstanding: the request must succeed if "hold" is at most the pool's
 * reserve.  In NMI the bound is "nmi_hold".  Other actors may take more than
 * "nmi_hold" during the NMI's request.  They count each such crossing before
 * they call the pool; an NMI whose request failed reads the count after its
 * call.  If the count has not changed since before the NMI took its token, the
 * request was within the guarantee all the time.
 *
 * The actors together want more tokens than there are, so the number of tokens
 * taken stays near the limit.  contexts.c switches the limit between "hold" and
 * "nmi_hold", so that the number is sometimes above "nmi_hold" and sometimes not.
 *
 * No locks.  Each function is entered in the context its actor belongs to,
 * NMI and the run queue's lock included, by one caller at a time.
 */
#include "peer.h"

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/smp.h>

/* Probabilities: one in so many */
#define EXCHANGE_ONE_IN		4	/* elements taken goes to the exchange */
#define BULK_ONE_IN		4	/* steps is a bulk call */
#define TURN_ONE_IN		64	/* steps changes from taking to freeing */

const char * const stress_context_names[] = {
	"task", "softirq", "hardirq", "rawlock", "sched", "nmi", NULL,
};

void stress_actor_init(struct stress_actor *actor, struct stress_run *run,
		       enum stress_context context, int cpu, unsigned int id)
{
	actor->run = run;
	actor->context = context;
	actor->cpu = cpu;
	actor->seen_cpu = -1;
	actor->id = id;
	actor->growing = true;
	actor->slots = min_t(unsigned int, run->params.hold, STRESS_SLOTS);
	stress_random_init(&actor->random, run, id);
}

static bool one_in(struct stress_actor *actor, unsigned int steps)
{
	return !stress_random_below(&actor->random, steps);
}

static void set_held(struct stress_actor *actor, unsigned int held)
{
	/* Read by sender_work() in context_actors.c. */
	WRITE_ONCE(actor->held, held);
}

/* Returns how many tokens are taken, these included; 0 if too few were left. */
static int take_tokens(struct stress_actor *actor, unsigned int nr)
{
	struct stress_run *run = actor->run;
	int tokens = atomic_add_return(nr, &run->tokens);

	if (tokens > READ_ONCE(run->limit)) {
		atomic_sub(nr, &run->tokens);
		stress_count(&actor->counts.no_token, 1);
		return 0;
	}
	if (run->params.nmi_hold && tokens > run->params.nmi_hold) {
		atomic_inc(&run->crossings);
		/* Pairs with the one in request_guaranteed(). */
		smp_mb__after_atomic();
	}
	return tokens;
}

static void return_tokens(struct stress_actor *actor, unsigned int nr)
{
	/* Orders the call before the return of the token. */
	smp_mb__before_atomic();
	atomic_sub(nr, &actor->run->tokens);
}

/* Must a request be answered that was made with @tokens tokens taken? */
static bool request_guaranteed(struct stress_actor *actor, int tokens,
			       int crossings, bool answered)
{
	struct stress_run *run = actor->run;

	if (actor->context != STRESS_NMI)
		return true;
	if (tokens > run->params.nmi_hold)
		return false;
	if (answered)
		return true;
	/* Pairs with the one in take_tokens(). */
	smp_mb();
	return atomic_read(&run->crossings) == crossings;
}

/* The actor has a new element: mark it, and keep it or exchange it. */
static void keep(struct stress_actor *actor, void *element)
{
	struct stress_run *run = actor->run;
	unsigned int place;

	stress_count(&actor->counts.taken, 1);
	if (!stress_mark(run, element, actor->id,
			 stress_context_names[actor->context]))
		return;
	if (run->params.exchange && one_in(actor, EXCHANGE_ONE_IN)) {
		place = stress_random_below(&actor->random, STRESS_EXCHANGE);
		element = xchg(&run->exchange[place], element);
		if (!element)
			return;
	}
	actor->elements[actor->held] = element;
	set_held(actor, actor->held + 1);
}

/*
 * After each request to the pool, an actor requests one element of each peer, or
 * frees one.  All actors together hold at most a peer's reserve.  An actor frees
 * a peer's elements once it has STRESS_PEER_SLOTS of them, or when the peer's
 * reserve is used up.  In a run with a memhog, elements are kept instead of
 * freed, as a freed one would answer the next request.
 */
static void give_peer(struct stress_actor *actor, enum stress_peer_id id)
{
	struct stress_supply *supply = &actor->supplies[id];
	void **place = &actor->peer_elements[id][--actor->peer_held[id]];

	if (actor->pages && supply->peer->keep)
		supply->peer->keep(supply, *place, actor->pages);
	else
		supply->peer->give(supply, place);
	atomic_dec(&supply->held);
}

static void take_peer(struct stress_actor *actor, enum stress_peer_id id)
{
	struct stress_supply *supply = &actor->supplies[id];
	void **place = &actor->peer_elements[id][actor->peer_held[id]];

	if (atomic_inc_return(&supply->held) > supply->reserve) {
		atomic_dec(&supply->held);
		actor->peer_giving[id] = true;
		return;
	}
	stress_count(&actor->counts.peer_requests[id], 1);
	if (supply->peer->take(supply, place)) {
		stress_count(&actor->counts.peer_answered[id], 1);
		actor->peer_held[id]++;
	} else {
		atomic_dec(&supply->held);
	}
}

static void act_peers(struct stress_actor *actor)
{
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++) {
		if (!actor->supplies[id].ready ||
		    !stress_peer_allowed(stress_peers[id], actor->context))
			continue;
		if (actor->peer_held[id] == STRESS_PEER_SLOTS)
			actor->peer_giving[id] = true;
		else if (!actor->peer_held[id])
			actor->peer_giving[id] = false;
		if (actor->peer_giving[id])
			give_peer(actor, id);
		else
			take_peer(actor, id);
	}
}

static bool take_one(struct stress_actor *actor)
{
	struct stress_counts *counts = &actor->counts;
	struct stress_run *run = actor->run;
	/* Read before the token is taken, which is a full barrier. */
	int crossings = atomic_read(&run->crossings);
	int tokens = take_tokens(actor, 1);
	void *element;
	bool guaranteed;

	if (!tokens)
		return false;
	stress_count(&counts->requests, 1);
	element = rsvpool_tryalloc(run->pool);
	guaranteed = request_guaranteed(actor, tokens, crossings, element);
	if (guaranteed)
		stress_count(&counts->guaranteed, 1);
	if (element) {
		stress_count(&counts->answered, 1);
		keep(actor, element);
	} else {
		stress_count(&counts->failed, 1);
		if (guaranteed && run->params.guarantee)
			stress_fail(run, "guarantee",
				    stress_context_names[actor->context], NULL,
				    tokens, actor->context == STRESS_NMI ?
				    run->params.nmi_hold : run->params.hold);
		return_tokens(actor, 1);
	}
	if (actor->supplies)
		act_peers(actor);
	return element;
}

/* The guarantee does not cover a bulk request: it is only counted. */
static bool take_bulk(struct stress_actor *actor)
{
	struct stress_run *run = actor->run;
	unsigned int i, nr, held = actor->held;
	void **elements = actor->elements + held;
	void *got[STRESS_SLOTS];

	nr = 1 + stress_random_below(&actor->random, run->params.bulk);
	nr = min(nr, actor->slots - held);
	if (!take_tokens(actor, nr))
		return false;
	stress_count(&actor->counts.bulk_requests, 1);
	if (rsvpool_tryalloc_bulk(run->pool, nr, elements)) {
		return_tokens(actor, nr);
		return false;
	}
	stress_count(&actor->counts.bulk_answered, 1);
	/* keep() writes to the same places, for each element that it keeps. */
	memcpy(got, elements, nr * sizeof(*got));
	for (i = 0; i < nr; i++)
		keep(actor, got[i]);
	return true;
}

static void give_one(struct stress_actor *actor)
{
	unsigned int last = actor->held - 1;
	unsigned int place = stress_random_below(&actor->random, actor->held);
	void *element = actor->elements[place];

	actor->elements[place] = actor->elements[last];
	set_held(actor, last);
	if (!stress_unmark(actor->run, element,
			   stress_context_names[actor->context]))
		return;
	rsvpool_free(actor->run->pool, element);
	return_tokens(actor, 1);
	stress_count(&actor->counts.given, 1);
}

static void give_bulk(struct stress_actor *actor)
{
	unsigned int i, nr = min(actor->held, actor->run->params.bulk);
	void **elements = actor->elements + actor->held - nr;

	set_held(actor, actor->held - nr);
	for (i = 0; i < nr; i++) {
		if (!stress_unmark(actor->run, elements[i],
				   stress_context_names[actor->context]))
			return;
	}
	rsvpool_free_bulk(actor->run->pool, nr, elements);
	return_tokens(actor, nr);
	stress_count(&actor->counts.given, nr);
}

/*
 * The actor got no element and holds none: free one from the exchange.
 * Otherwise all elements could end up there.
 */
static void fetch_exchanged(struct stress_actor *actor)
{
	unsigned int place = stress_random_below(&actor->random,
						 STRESS_EXCHANGE);
	void *element;

	if (!READ_ONCE(actor->run->exchange[place]))
		return;
	element = xchg(&actor->run->exchange[place], NULL);
	if (!element)
		return;
	actor->elements[0] = element;
	set_held(actor, 1);
	give_one(actor);
}

static void step(struct stress_actor *actor)
{
	bool bulk = actor->run->params.bulk && one_in(actor, BULK_ONE_IN);
	bool taken;

	if (!actor->held)
		actor->growing = true;
	else if (actor->held == actor->slots)
		actor->growing = false;
	else if (one_in(actor, TURN_ONE_IN))
		actor->growing = !actor->growing;

	if (actor->growing) {
		taken = bulk ? take_bulk(actor) : take_one(actor);
		if (taken)
			return;
		actor->growing = false;
		if (!actor->held)
			fetch_exchanged(actor);
	} else if (bulk) {
		give_bulk(actor);
	} else {
		give_one(actor);
	}
}

/* Make one burst of steps; or free all elements, once the context is done. */
void stress_actor_act(struct stress_actor *actor)
{
	struct stress_run *run = actor->run;
	unsigned int i;

	WRITE_ONCE(actor->seen_cpu, raw_smp_processor_id());
	if (READ_ONCE(run->done[actor->context])) {
		stress_actor_empty(actor);
		return;
	}
	for (i = 0; i < run->params.burst && !stress_stopping(run); i++)
		step(actor);
}

/* Free all elements of the pool that the actor holds. */
void stress_actor_empty(struct stress_actor *actor)
{
	while (actor->held)
		give_one(actor);
}

/*
 * Free the actor's elements of peers.  Task context, when the actor has
 * stopped.
 */
void stress_actor_empty_peers(struct stress_actor *actor)
{
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++) {
		while (actor->peer_held[id])
			give_peer(actor, id);
	}
}

/*
 * Free the elements in the exchange.  Task context, when the actors have
 * stopped.
 */
void stress_exchange_empty(struct stress_run *run)
{
	unsigned int place;
	void *element;

	for (place = 0; place < STRESS_EXCHANGE; place++) {
		element = run->exchange[place];
		run->exchange[place] = NULL;
		if (!element || !stress_unmark(run, element, "exchange"))
			continue;
		rsvpool_free(run->pool, element);
		atomic_dec(&run->tokens);
	}
}

void stress_counts_add(struct stress_counts *sum,
		       const struct stress_counts *counts)
{
	const u64 *from = (const u64 *)counts;
	u64 *to = (u64 *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*counts) / sizeof(*from); i++)
		to[i] += READ_ONCE(from[i]);
}
