// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios "contexts", "exhaust", "lend", "storm" and "soak".
 *
 * Answers for: their parameters, and a check for contradictions between them.
 * What they do is in contexts.c.
 */
#include "contexts.h"

#include <linux/bits.h>
#include <linux/string.h>

/* Where NMIs cannot be sent, "nmi" is not in the default, and a run with it fails. */
#define DEFAULT_CONTEXTS	((BIT(STRESS_CONTEXTS) - 1) & \
				 ~(STRESS_HAS_NMI ? 0 : BIT(STRESS_NMI)))

#define OF_POOLS	(BIT(STRESS_PEER_tryalloc) | BIT(STRESS_PEER_alloc) | \
			 BIT(STRESS_PEER_bulk16) | BIT(STRESS_PEER_bulk64))
#define OF_BULKS	(BIT(STRESS_PEER_mempool_bulk16) | \
			 BIT(STRESS_PEER_alloc_pages_bulk64))

static int contexts_check(const char *scenario,
			  const struct stress_params *params)
{
	const char *key = NULL, *why;

	if (!STRESS_HAS_NMI)
		pr_info_once("contexts: by default without nmi: no NMIs can be made here\n");
	if (!*params->pool) {
		key = "pool";
		why = "missing";
	} else if (params->bulk > params->hold) {
		key = "bulk";
		why = "is more than hold";
	} else if (params->nmi_hold > params->hold) {
		key = "nmi_hold";
		why = "is more than hold";
	} else if (params->peer & OF_POOLS) {
		key = "peer";
		why = "names a call of rsvpool, but the pool gets requests anyway";
	} else if (params->peer & OF_BULKS) {
		key = "peer";
		why = "names a peer that moves several elements in one call";
	}
	if (!key)
		return 0;
	pr_warn("%s: %s: %s\n", scenario, key, why);
	return -EINVAL;
}

static int exhaust_check(const char *scenario,
			 const struct stress_params *params)
{
	if (params->cycle_ms && params->seconds &&
	    params->cycle_ms > params->seconds * MSEC_PER_SEC) {
		pr_warn("%s: cycle_ms: %u is longer than the run\n", scenario,
			params->cycle_ms);
		return -EINVAL;
	}
	return contexts_check(scenario, params);
}

static int storm_check(const char *scenario,
		       const struct stress_params *params)
{
	if (!params->settings && !params->hotplug && !params->pools) {
		pr_warn("%s: settings: 0, and hotplug and pools are 0, too\n",
			scenario);
		return -EINVAL;
	}
	return contexts_check(scenario, params);
}

static const char * const expect_names[] = { "any", "zero", "kept", NULL };

/* Parameters of all of them. */
static const struct stress_param contexts_params[] = {
	STRESS_PARAM_POOL,
	STRESS_PARAM(contexts, STRESS_SET, .choices = stress_context_names,
		     .def = DEFAULT_CONTEXTS,
		     .help = "the contexts in which to make requests"),
	STRESS_PARAM_NUMBER(threads, 0, STRESS_THREADS_MAX, 0,
			    "threads in each of task and rawlock; 0 is one a CPU"),
	STRESS_PARAM_NUMBER(hold, 1, STRESS_HOLD_MAX, 32,
			    "most elements held, the requested one included"),
	STRESS_PARAM_NUMBER(nmi_hold, 0, STRESS_HOLD_MAX, 0,
			    "most elements held for a guaranteed request in NMI"),
	STRESS_PARAM_FLAG(guarantee, 0,
			  "fail if a guaranteed request is not answered"),
	STRESS_PARAM_NUMBER(seed, 0, UINT_MAX, 0,
			    "seed of the random numbers; 0 is a random seed"),
	STRESS_PARAM(peer, STRESS_SET, .choices = stress_peer_names,
		     .help = "other allocators that get requests, too, where that is allowed"),
	STRESS_PARAM_NUMBER(burst, 1, 256, 16, "steps that an actor takes at a time"),
	STRESS_PARAM_NUMBER(bulk, 0, STRESS_SLOTS, 0,
			    "most elements of a bulk call; 0 is no bulk calls"),
	STRESS_PARAM_FLAG(exchange, 1,
			  "free some elements in other contexts, on other CPUs"),
	STRESS_PARAM_NUMBER(period_us, 10, USEC_PER_SEC, 100,
			    "period of the timers"),
	{}
};

#define PARAM_SECONDS							\
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, 0,		\
			    "length of the run; 0 is 5 if count is 0, too, otherwise no limit")
#define PARAM_COUNT							\
	STRESS_PARAM_NUMBER(count, 0, UINT_MAX, 0,			\
			    "requests to make in each context; 0 is no limit")
#define PARAM_EXPECT							\
	STRESS_PARAM(expect, STRESS_CHOICE, .choices = expect_names,	\
		     .help = "what an element taken must contain")

static const struct stress_param contexts_more[] = {
	PARAM_SECONDS,
	PARAM_COUNT,
	PARAM_EXPECT,
	{}
};

static const struct stress_param exhaust_more[] = {
	PARAM_SECONDS,
	PARAM_COUNT,
	PARAM_EXPECT,
	STRESS_PARAM_NUMBER(spare, 0, UINT_MAX, 0,
			    "pages that the memhog leaves free"),
	STRESS_PARAM_NUMBER(cycle_ms, 0, STRESS_SECONDS_MAX, 0,
			    "how long to hold the memory before it is freed; 0 is until the end"),
	{}
};

static const struct stress_param lend_more[] = {
	PARAM_SECONDS,
	PARAM_COUNT,
	STRESS_PARAM_NUMBER(readers, 0, STRESS_THREADS_MAX, 0,
			    "threads that read blocks; 0 is one a CPU"),
	STRESS_PARAM_NUMBER(blocks, 1, STRESS_HOLD_MAX, 64,
			    "blocks that they lend to the pool"),
	STRESS_PARAM_FLAG(unchecked, 0,
			  "read without checking for revoked loans; must find wrong blocks"),
	{}
};

#define PARAM_STORM_SECONDS(_def)					\
	STRESS_PARAM_NUMBER(seconds, 1, STRESS_SECONDS_MAX, _def,	\
			    "length of the run")
#define PARAM_SETTINGS							\
	STRESS_PARAM_FLAG(settings, 1, "change the pool's settings")
#define PARAM_HOTPLUG							\
	STRESS_PARAM_FLAG(hotplug, 1, "take CPUs offline and online")
#define PARAM_POOLS							\
	STRESS_PARAM_FLAG(pools, 1, "create, use and destroy other pools")
#define PARAM_PAUSE							\
	STRESS_PARAM_NUMBER(pause_ms, 0, MSEC_PER_SEC, 10, "pause between two changes")
#define PARAM_CHECK(_least, _def)					\
	STRESS_PARAM_NUMBER(check_s, _least, STRESS_SECONDS_MAX, _def,	\
			    "seconds between two checks, each with all elements freed")

static const struct stress_param storm_more[] = {
	PARAM_STORM_SECONDS(10),
	PARAM_SETTINGS,
	PARAM_HOTPLUG,
	PARAM_POOLS,
	PARAM_PAUSE,
	PARAM_CHECK(0, 0),
	{}
};

static const struct stress_param soak_more[] = {
	PARAM_STORM_SECONDS(1200),
	PARAM_SETTINGS,
	PARAM_HOTPLUG,
	PARAM_POOLS,
	PARAM_PAUSE,
	PARAM_CHECK(1, 10),
	{}
};

#define CONTEXTS_SCENARIO(_name, _help, _check)				\
static int _name##_params_check(const struct stress_params *params)	\
{									\
	return _check(#_name, params);					\
}									\
									\
const struct stress_scenario stress_##_name##_scenario = {		\
	.name = #_name,							\
	.help = _help,							\
	.params = contexts_params,					\
	.more = _name##_more,						\
	.check = _name##_params_check,					\
	.prepare = contexts_prepare,					\
	.execute = contexts_execute,					\
	.finish = contexts_finish,					\
	.show = contexts_show,						\
	.release = contexts_release,					\
}

CONTEXTS_SCENARIO(contexts, "requests from every context at once",
		  contexts_check);
CONTEXTS_SCENARIO(exhaust, "the same while a memhog holds the machine's memory",
		  exhaust_check);
CONTEXTS_SCENARIO(lend, "the same while a borrower reads elements that it has lent",
		  contexts_check);
CONTEXTS_SCENARIO(storm, "the same while settings, CPUs and other pools change",
		  storm_check);
CONTEXTS_SCENARIO(soak, "a long storm, with a check every check_s seconds",
		  storm_check);
