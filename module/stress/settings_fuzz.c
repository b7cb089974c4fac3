// SPDX-License-Identifier: GPL-2.0
/*
 * The settings fuzz: changes settings, CPUs and other pools during a run.
 *
 * Answers for: one thread that repeatedly changes a setting of the run's pool,
 * takes a CPU offline or online, or creates, uses and destroys another pool; at
 * the end settings and CPUs are as before.  Settings are written through sysfs, as
 * an administrator does.  The reserve never falls below its first value, so the
 * elements that the run holds stay within it.
 *
 * A change may be refused, such as a resize for which elements are missing at the
 * moment, or a CPU that cannot go offline.  Refused changes are counted;
 * contexts.c fails a run in which one kind of change was never made.  No locks;
 * all data belongs to the thread; task context.
 */
#include "stress.h"

#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define POOLS		4	/* other pools, at most */
#define POOL_ELEMENTS	8	/* elements taken from each */
#define DECAY_MS_MAX	1000
#define TEXT_BYTES	64
#define RESTORE_TRIES	50
#define RESTORE_MS	20

enum setting {
	SETTING_RESERVE,
	SETTING_HIGH,
	SETTING_LOW,
	SETTING_CACHE,
	SETTING_BATCH,
	SETTING_POLICY,
	SETTING_ADAPTIVE,
	SETTING_DECAY,
	SETTING_ZERO,
	SETTINGS,
};

static const char * const setting_names[SETTINGS] = {
	"reserve", "high", "low", "cache", "batch", "policy", "adaptive",
	"decay_ms", "zero",
};

static const char * const policies[] = {
	"cache", "source", "reclaim", "reserve",
};

enum change { CHANGE_SETTING, CHANGE_CPU, CHANGE_POOL, CHANGES };

static const char * const change_names[CHANGES] = {
	"settings", "hotplug", "pools",
};

/**
 * struct stress_settings_fuzz - the thread, and the state that it has to restore
 * @run: the run
 * @thread: the thread
 * @created: @thread exists
 * @random: its random number generator
 * @made: changes of each kind
 * @refused: changes of each kind that were refused
 * @settings: the settings before the run, as text
 * @reserve: the reserve before the run
 * @max: the highest value of reserve, high and low
 * @cache_max: the highest value of cache
 * @zero: elements may be zeroed
 * @offline: CPUs that were taken offline
 * @pools: other pools
 */
struct stress_settings_fuzz {
	struct stress_run *run;
	struct stress_thread thread;
	bool created;
	u64 random;
	u64 made[CHANGES];
	u64 refused[CHANGES];
	char settings[SETTINGS][TEXT_BYTES];
	unsigned int reserve;
	unsigned int max;
	unsigned int cache_max;
	bool zero;
	struct cpumask offline;
	struct rsvpool *pools[POOLS];
};

static unsigned int below(struct stress_settings_fuzz *fuzz, unsigned int limit)
{
	return stress_random_below(&fuzz->random, limit);
}

static unsigned int between(struct stress_settings_fuzz *fuzz, unsigned int low,
			    unsigned int high)
{
	return low + below(fuzz, high - low + 1);
}

/*
 * Settings
 */

static int set_number(struct stress_settings_fuzz *fuzz, enum setting setting,
		      unsigned int value)
{
	char text[TEXT_BYTES];

	snprintf(text, sizeof(text), "%u", value);
	return stress_setting_write(fuzz->run, setting_names[setting], text);
}

/* Change low and high, in an order in which low is never above high. */
static int change_watermarks(struct stress_settings_fuzz *fuzz)
{
	unsigned int high = between(fuzz, fuzz->reserve, fuzz->max);

	return set_number(fuzz, SETTING_LOW, 0) ?:
	       set_number(fuzz, SETTING_HIGH, high) ?:
	       set_number(fuzz, SETTING_LOW, between(fuzz, 0, high));
}

static int change_setting(struct stress_settings_fuzz *fuzz)
{
	enum setting setting = below(fuzz, SETTINGS);

	switch (setting) {
	case SETTING_RESERVE:
		return set_number(fuzz, setting,
				  between(fuzz, fuzz->reserve,
					  fuzz->max));
	case SETTING_CACHE:
		return set_number(fuzz, setting,
				  between(fuzz, 0, fuzz->cache_max));
	case SETTING_BATCH:
		return set_number(fuzz, setting,
				  between(fuzz, 1, RSVPOOL_BATCH_MAX));
	case SETTING_POLICY:
		return stress_setting_write(fuzz->run, "policy",
					    policies[below(fuzz,
							   ARRAY_SIZE(policies))]);
	case SETTING_ADAPTIVE:
		return set_number(fuzz, setting, below(fuzz, 2));
	case SETTING_DECAY:
		return set_number(fuzz, setting,
				  between(fuzz, 1, DECAY_MS_MAX));
	case SETTING_ZERO:
		return fuzz->zero ? set_number(fuzz, setting,
						  below(fuzz, 2)) : -EPERM;
	default:
		return change_watermarks(fuzz);
	}
}

/* Reduce a list of choices to the current one, which is in brackets. */
static void strip_choice(char *text)
{
	char *from = strchr(text, '['), *to = strchr(text, ']');

	if (!from || !to)
		return;
	*to = '\0';
	memmove(text, from + 1, to - from);
}

static int remember_settings(struct stress_settings_fuzz *fuzz)
{
	struct stress_run *run = fuzz->run;
	int max = stress_fact(run, "max");
	enum setting setting;
	int err;

	for (setting = 0; setting < SETTINGS; setting++) {
		err = stress_setting_read(run, setting_names[setting],
					  fuzz->settings[setting],
					  TEXT_BYTES);
		if (err)
			return err;
		strip_choice(fuzz->settings[setting]);
	}
	fuzz->reserve = max(stress_fact(run, "reserve"), 1);
	fuzz->max = max > 0 ? max : 2 * fuzz->reserve;
	fuzz->cache_max = max(stress_fact(run, "cache_max"), 0);
	fuzz->zero = rsvpool_element_bytes(run->pool) <= PAGE_SIZE &&
			!stress_fact(run, "opaque");
	return 0;
}

/* An unchanged setting is not written, as some pools refuse some settings. */
static int restore_setting(struct stress_settings_fuzz *fuzz,
			   enum setting setting)
{
	char text[TEXT_BYTES];
	int err = stress_setting_read(fuzz->run, setting_names[setting],
				      text, sizeof(text));

	if (err)
		return err;
	strip_choice(text);
	if (!strcmp(text, fuzz->settings[setting]))
		return 0;
	return stress_setting_write(fuzz->run, setting_names[setting],
				    fuzz->settings[setting]);
}

/* Tries repeatedly, as a reserve can often be changed a moment later. */
static void restore_settings(struct stress_settings_fuzz *fuzz)
{
	enum setting setting;
	unsigned int tries;

	if (!fuzz->run->params.settings)
		return;
	set_number(fuzz, SETTING_LOW, 0);
	for (setting = 0; setting < SETTINGS; setting++) {
		for (tries = 0; restore_setting(fuzz, setting); tries++) {
			if (tries == RESTORE_TRIES) {
				stress_fail(fuzz->run, "not-restored",
					    setting_names[setting], NULL, 0,
					    0);
				break;
			}
			schedule_timeout_idle(msecs_to_jiffies(RESTORE_MS));
		}
	}
}

/*
 * CPUs
 */

/* A CPU to take offline, or -1.  Never CPU 0, which on some machines cannot go. */
static int cpu_to_offline(struct stress_settings_fuzz *fuzz)
{
	unsigned int seen = 0;
	int cpu, found = -1;

	for_each_cpu_and(cpu, &fuzz->run->cpus, cpu_online_mask) {
		if (cpu > 0 && !below(fuzz, ++seen))
			found = cpu;
	}
	return found;
}

/* Take a CPU offline; or bring one back, at random, or if none can go offline. */
static int change_cpu(struct stress_settings_fuzz *fuzz)
{
	int cpu = cpu_to_offline(fuzz), err;
	int back = cpumask_first(&fuzz->offline);

	if (back < nr_cpu_ids && (cpu < 0 || below(fuzz, 2))) {
		err = add_cpu(back);
		if (!err)
			cpumask_clear_cpu(back, &fuzz->offline);
		return err;
	}
	if (cpu < 0)
		return -EPERM;
	err = remove_cpu(cpu);
	if (!err)
		cpumask_set_cpu(cpu, &fuzz->offline);
	return err;
}

static void restore_cpus(struct stress_settings_fuzz *fuzz)
{
	int cpu;

	for_each_cpu(cpu, &fuzz->offline) {
		if (add_cpu(cpu))
			stress_fail(fuzz->run, "hotplug", "task", NULL, cpu,
				    0);
	}
}

/*
 * Other pools
 */

static int pool_create(struct stress_settings_fuzz *fuzz, unsigned int place)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	char name[RSVPOOL_NAME_MAX + 1];

	snprintf(name, sizeof(name), "storm-%u", place);
	rsvpool_attr_init(&attr, name);
	attr.reserve = 1 + below(fuzz, 4 * POOL_ELEMENTS);
	if (below(fuzz, 2)) {
		attr.source = RSVPOOL_KMALLOC;
		attr.size = RSVPOOL_MIN_SIZE << below(fuzz, 10);
	}
	pool = rsvpool_create(&attr);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	fuzz->pools[place] = pool;
	return 0;
}

static void pool_use(struct rsvpool *pool)
{
	void *elements[POOL_ELEMENTS];
	unsigned int nr = 0;

	while (nr < POOL_ELEMENTS) {
		elements[nr] = rsvpool_tryalloc(pool);
		if (!elements[nr])
			break;
		nr++;
	}
	while (nr)
		rsvpool_free(pool, elements[--nr]);
}

static int change_pool(struct stress_settings_fuzz *fuzz)
{
	unsigned int place = below(fuzz, POOLS);
	struct rsvpool *pool = fuzz->pools[place];

	if (!pool)
		return pool_create(fuzz, place);
	pool_use(pool);
	if (below(fuzz, 2)) {
		fuzz->pools[place] = NULL;
		rsvpool_destroy(pool);
	}
	return 0;
}

static void destroy_pools(struct stress_settings_fuzz *fuzz)
{
	unsigned int place;

	for (place = 0; place < POOLS; place++) {
		if (fuzz->pools[place])
			rsvpool_destroy(fuzz->pools[place]);
		fuzz->pools[place] = NULL;
	}
}

/*
 * All kinds of change
 */

static bool is_wanted(const struct stress_run *run, enum change change)
{
	switch (change) {
	case CHANGE_SETTING:
		return run->params.settings;
	case CHANGE_CPU:
		return run->params.hotplug;
	default:
		return run->params.pools;
	}
}

static int make_change(struct stress_settings_fuzz *fuzz, enum change change)
{
	switch (change) {
	case CHANGE_SETTING:
		return change_setting(fuzz);
	case CHANGE_CPU:
		return change_cpu(fuzz);
	default:
		return change_pool(fuzz);
	}
}

/* CPUs are chosen rarely, as going offline and online takes long. */
static enum change choose_change(struct stress_settings_fuzz *fuzz)
{
	static const enum change dice[] = {
		CHANGE_CPU, CHANGE_POOL, CHANGE_POOL, CHANGE_POOL,
		CHANGE_SETTING, CHANGE_SETTING, CHANGE_SETTING, CHANGE_SETTING,
	};

	return dice[below(fuzz, ARRAY_SIZE(dice))];
}

static void fuzz_work(struct stress_thread *thread)
{
	struct stress_settings_fuzz *fuzz = thread->data;
	struct stress_run *run = thread->run;
	enum change change;

	while (!stress_stopping(run)) {
		change = choose_change(fuzz);
		if (is_wanted(run, change))
			stress_count(make_change(fuzz, change) ?
				     &fuzz->refused[change] :
				     &fuzz->made[change], 1);
		schedule_timeout_idle(msecs_to_jiffies(run->params.pause_ms));
	}
	destroy_pools(fuzz);
	restore_cpus(fuzz);
	restore_settings(fuzz);
}

struct stress_settings_fuzz *stress_settings_fuzz_create(struct stress_run *run)
{
	struct stress_settings_fuzz *fuzz = kzalloc(sizeof(*fuzz), GFP_KERNEL);
	int err;

	if (!fuzz)
		return ERR_PTR(-ENOMEM);
	fuzz->run = run;
	stress_random_init(&fuzz->random, run, ~0U);
	err = remember_settings(fuzz) ?:
	      stress_thread_create(&fuzz->thread, run, fuzz_work,
				   fuzz, 0, -1, "fuzz");
	if (err) {
		kfree(fuzz);
		return ERR_PTR(err);
	}
	fuzz->created = true;
	return fuzz;
}

void stress_settings_fuzz_start(struct stress_settings_fuzz *fuzz)
{
	stress_thread_start(&fuzz->thread);
}

/*
 * The first kind of change that was wanted and never made, or NULL.  A run that
 * uses CPU 0 alone has no CPU to take offline.
 */
const char *stress_settings_fuzz_untested(const struct stress_settings_fuzz *fuzz)
{
	enum change change;

	for (change = 0; change < CHANGES; change++) {
		if (!is_wanted(fuzz->run, change) ||
		    READ_ONCE(fuzz->made[change]) ||
		    (change == CHANGE_CPU && num_present_cpus() < 2) ||
		    (change == CHANGE_CPU &&
		     cpumask_next(0, &fuzz->run->cpus) >= nr_cpu_ids))
			continue;
		return change_names[change];
	}
	return NULL;
}

/* Wait for the thread, which restores everything.  The run must be stopping. */
void stress_settings_fuzz_stop(struct stress_settings_fuzz *fuzz)
{
	if (!fuzz->created)
		return;
	stress_threads_destroy(&fuzz->thread, 1);
	fuzz->created = false;
}

void stress_settings_fuzz_show(struct seq_file *m,
			       const struct stress_settings_fuzz *fuzz)
{
	enum change change;

	for (change = 0; change < CHANGES; change++) {
		if (is_wanted(fuzz->run, change))
			seq_printf(m, "%s.made=%llu\n%s.refused=%llu\n",
				   change_names[change],
				   READ_ONCE(fuzz->made[change]),
				   change_names[change],
				   READ_ONCE(fuzz->refused[change]));
	}
}

void stress_settings_fuzz_destroy(struct stress_settings_fuzz *fuzz)
{
	kfree(fuzz);
}
