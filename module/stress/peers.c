// SPDX-License-Identifier: GPL-2.0
/*
 * The table of peers.
 *
 * Answers for: which peers there are, whether one may be called in a context on
 * this kernel, and setting one up and tearing it down.  No locks; task context,
 * except stress_peer_allowed(), which may be called in any.
 */
#include "peer.h"

#include <linux/kernel.h>

#define STRESS_PEER(_name)	[STRESS_PEER_##_name] = &stress_peer_##_name,
const struct stress_peer * const stress_peers[STRESS_PEERS] = {
#include "peer_list.h"
};

#define STRESS_PEER(_name)	[STRESS_PEER_##_name] = #_name,
const char * const stress_peer_names[STRESS_PEERS + 1] = {
#include "peer_list.h"
};

/* Do spinlocks sleep on this kernel, or does lockdep check as if they did? */
static bool strict_locks(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_RT) ||
	       IS_ENABLED(CONFIG_PROVE_RAW_LOCK_NESTING);
}

/* May the peer be called in @context on this kernel?  Any context. */
bool stress_peer_allowed(const struct stress_peer *peer,
			 enum stress_context context)
{
	unsigned int contexts = strict_locks() ? peer->contexts_rt :
						 peer->contexts;

	return contexts & BIT(context);
}

/* Why the peer cannot have a result, as text for its line; otherwise NULL. */
const char *stress_peer_missing(const struct stress_peer *peer,
				enum stress_context context)
{
	if (peer->unavailable)
		return "unavailable";
	if (!stress_peer_allowed(peer, context))
		return "not-allowed";
	return NULL;
}

/**
 * stress_supply_open - set a peer up
 * @supply: zeroed
 * @run: the run
 * @id: the peer
 * @reserve: elements that will be held at once
 *
 * Return: 0 or -errno.  0 also for a peer that this kernel does not have, which
 * is not set up (@ready).
 */
int stress_supply_open(struct stress_supply *supply, struct stress_run *run,
		       enum stress_peer_id id, unsigned int reserve)
{
	int err = 0;

	supply->peer = stress_peers[id];
	supply->pool = run->pool;
	supply->reserve = reserve;
	init_llist_head(&supply->kept);
	if (supply->peer->unavailable)
		return 0;
	if (supply->peer->setup)
		err = supply->peer->setup(supply);
	supply->ready = !err;
	return err;
}

void stress_supply_close(struct stress_supply *supply)
{
	if (supply->ready && supply->peer->teardown)
		supply->peer->teardown(supply);
	supply->ready = false;
}

/* Refuse a missing pool if a chosen peer needs it, and a pool that none needs. */
int stress_check_what(const char *scenario, const struct stress_params *params)
{
	enum stress_peer_id id;
	bool needed = false;

	for (id = 0; id < STRESS_PEERS; id++) {
		if (params->what & BIT(id))
			needed |= stress_peers[id]->needs_pool;
	}
	if (needed == !!*params->pool)
		return 0;
	pr_warn("%s: pool: %s\n", scenario,
		needed ? "missing" : "is given, but no peer in what needs it");
	return -EINVAL;
}
