// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that go offline and online.  When a CPU is dead, the elements in its
 * caches are moved to the depots (cache_drain_dead() in cache_trim.c).  When a
 * CPU is dead or online, all pools' refill workers are asked to run, as a CPU
 * that is not online cannot ask (kick.c), and refill threads get their CPUs
 * again (worker_rebind()).  rsvpool_kvfree.ko has callbacks of its own
 * (kvfree_queue_cpu()).
 *
 * The callbacks walk over all pools, in task context.  They wait neither for a pool
 * that is being built or destroyed, nor for a change of settings (internal.h).
 */
#include <linux/cpuhotplug.h>

#include "cache_trim.h"
#include "hotplug.h"
#include "internal.h"
#include "kick.h"
#include "registry.h"
#include "worker.h"

static int online_state;
static int dead_state;

static int hotplug_online(unsigned int cpu)
{
	struct rsvpool *pool;

	rsvpool_for_each(pool) {
		worker_rebind(pool);
		/* @cpu could not ask while it came up: see pool_kick(). */
		refill_now(pool);
	}
	return 0;
}

/*
 * Called on another CPU when @cpu no longer runs.  No element is lost: pools that
 * are being built, which are skipped, have none in caches.
 */
static int hotplug_dead(unsigned int cpu)
{
	struct rsvpool *pool;

	rsvpool_for_each(pool) {
		pool_move_begin(pool, true);
		cache_drain_dead(pool, cpu);
		/* @cpu could not ask while it went offline: see pool_kick(). */
		refill_now(pool);
		worker_rebind(pool);
		pool_move_end(pool);
	}
	return 0;
}

int hotplug_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "rsvpool:online",
					hotplug_online, NULL);
	if (err < 0)
		return err;
	online_state = err;
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "rsvpool:dead",
					NULL, hotplug_dead);
	if (err < 0) {
		cpuhp_remove_state_nocalls(online_state);
		return err;
	}
	dead_state = err;
	return 0;
}

void hotplug_exit(void)
{
	cpuhp_remove_state_nocalls(dead_state);
	cpuhp_remove_state_nocalls(online_state);
}
