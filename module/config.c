// SPDX-License-Identifier: GPL-2.0
/*
 * All settings of a pool as one text, a "key=value" a line.  debugfs's
 * pools/NAME/config shows this text, and accepts it, all or nothing.  A write
 * to a setting's file in sysfs is such a text of one line, so both have one
 * grammar (text.c), one range and one check.
 *
 * Keys and values are those of creation and of the files in sysfs.  Attributes
 * that are fixed at creation are not settings, and not here.  attr.c
 * (contradictions) and pool.c (ranges) check the attributes of a new pool.
 *
 * First all values are parsed and range-checked (parse_*()), then checked against
 * each other (check_all()).  Then the steps that may fail are done, and undone if a
 * later one fails: the thread's priority, the ceiling, min (apply_or_not()).  The
 * rest cannot fail (apply_rest()).  So the order of lines does not matter, and a
 * write may move "low" above the old "high" if it moves "high", too.
 *
 * Task context, under the settings mutex: a reader of "config" sees all of a
 * write, or nothing.  The files in sysfs are read without the mutex.  Code that
 * takes elements sees the watermarks change all at once, under the depot's
 * lock, after min has changed.
 */
#include <linux/cpumask.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "adapt.h"
#include "attr.h"
#include "cache_trim.h"
#include "config.h"
#include "internal.h"
#include "kick.h"
#include "registry.h"
#include "reserve.h"
#include "text.h"
#include "trace.h"
#include "watermarks.h"
#include "worker.h"

/*
 * The settings of a pool, present or new.
 *
 * @given: a bit for each key that is written, by its number in the table
 * @cpus: those of a thread
 */
struct config {
	unsigned long given;
	unsigned int reserve;
	unsigned int cache;
	unsigned int batch;
	unsigned int low;
	unsigned int high;
	unsigned int high_max;
	unsigned int policy;
	bool adaptive;
	unsigned int decay_ms;
	unsigned int stall_ms;
	bool zero;
	unsigned int refill_prio;
	cpumask_var_t cpus;
};

static void config_get(const struct rsvpool *pool, struct config *c)
{
	c->reserve = pool->reserve;
	c->cache = pool->cache_set;
	c->batch = pool->batch;
	c->low = pool->low;
	c->high = pool->high;
	c->high_max = pool->high_max;
	c->policy = pool->policy;
	c->adaptive = pool->adaptive;
	c->decay_ms = pool->decay_ms;
	c->stall_ms = pool->stall_ms;
	c->zero = READ_ONCE(pool->steps) & STEP_ZERO;
	c->refill_prio = worker_prio(pool);
	if (pool->thread)
		cpumask_copy(c->cpus, worker_cpus(pool));
}

/* A number in a range, or an errno and one line that says what is wrong. */
static int set_number(struct rsvpool *pool, const char *key, const char *value,
		      unsigned int min, unsigned int max, unsigned int *to)
{
	int err = text_uint(value, to);

	if (!err && (*to < min || *to > max))
		err = -ERANGE;
	if (err)
		pool_refuse(pool->name, key,
			    "'%*pE' is not a number in %u..%u",
			    text_shown(value), value, min, max);
	return err;
}

#define NUMBER(_name, _min, _max)					\
static int parse_##_name(struct rsvpool *pool, struct config *c,	\
			 const char *value)				\
{									\
	return set_number(pool, #_name, value, _min, _max, &c->_name);	\
}									\
									\
static void show_##_name(struct seq_file *m, const struct config *c)	\
{									\
	seq_printf(m, "%u", c->_name);					\
}

#define BOOL(_name)							\
static int parse_##_name(struct rsvpool *pool, struct config *c,	\
			 const char *value)				\
{									\
	int err = text_bool(value, &c->_name);				\
									\
	if (err)							\
		pool_refuse(pool->name, #_name,				\
			    "'%*pE' is not 0 or 1", text_shown(value),	\
			    value);					\
	return err;							\
}									\
									\
static void show_##_name(struct seq_file *m, const struct config *c)	\
{									\
	seq_printf(m, "%d", c->_name);					\
}

NUMBER(reserve, rsvpool_least_reserve(pool), pool->depot.capacity)
NUMBER(cache, 0, pool->cache_max)
NUMBER(batch, 1, RSVPOOL_BATCH_MAX)
NUMBER(low, 0, pool->depot.capacity)
NUMBER(high, 0, pool->depot.capacity)
NUMBER(high_max, 0, pool->depot.capacity)
NUMBER(decay_ms, 1, RSVPOOL_DECAY_MAX)
NUMBER(stall_ms, 0, RSVPOOL_STALL_MAX)
NUMBER(refill_prio, 0, RSVPOOL_REFILL_PRIO_MAX)
BOOL(adaptive)
BOOL(zero)

static int parse_policy(struct rsvpool *pool, struct config *c,
			const char *value)
{
	int i = text_word(rsvpool_policy_names, RSVPOOL_POLICIES, value);

	if (i < 0) {
		pool_refuse(pool->name, "policy",
			    "'%*pE' is not cache, source, reclaim or reserve",
			    text_shown(value), value);
		return i;
	}
	c->policy = i;
	return 0;
}

static void show_policy(struct seq_file *m, const struct config *c)
{
	seq_puts(m, rsvpool_policy_names[c->policy]);
}

static int parse_refill_cpus(struct rsvpool *pool, struct config *c,
			     const char *value)
{
	return worker_parse_cpus(pool, value, c->cpus);
}

static void show_refill_cpus(struct seq_file *m, const struct config *c)
{
	seq_printf(m, "%*pbl", cpumask_pr_args(c->cpus));
}

/* The keys' numbers in the table, and in config.given. */
enum config_key_nr {
#define SETTING(_name, _values, _meaning)		NR_##_name,
#define THREAD_SETTING(_name, _values, _meaning)	NR_##_name,
#include "setting_list.h"
	NR_CONFIG_KEYS,
};

#define KEY(_name, _of_thread)						\
	[NR_##_name] = { #_name, parse_##_name, show_##_name, _of_thread }

static const struct config_key {
	const char *name;
	int (*parse)(struct rsvpool *pool, struct config *c,
		     const char *value);
	void (*show)(struct seq_file *m, const struct config *c);
	bool of_thread;
} keys[NR_CONFIG_KEYS] = {
#define SETTING(_name, _values, _meaning)		KEY(_name, false),
#define THREAD_SETTING(_name, _values, _meaning)	KEY(_name, true),
#include "setting_list.h"
};

/* Settings that the refill worker acts on. */
#define FOR_REFILL	(BIT(NR_reserve) | BIT(NR_low) | BIT(NR_high) |	\
			 BIT(NR_high_max) | BIT(NR_adaptive) |		\
			 BIT(NR_decay_ms))

static int config_alloc(struct config *c)
{
	return zalloc_cpumask_var(&c->cpus, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void config_free(struct config *c)
{
	free_cpumask_var(c->cpus);
}

/**
 * config_show - all settings of a pool
 * @m: where to
 * @pool: the pool; settings mutex held
 *
 * Context: Task, may sleep.
 * Return: 0 or -ENOMEM.
 */
int config_show(struct seq_file *m, struct rsvpool *pool)
{
	struct config c;
	unsigned int i;
	int err = config_alloc(&c);

	if (err)
		return err;
	config_get(pool, &c);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].of_thread && !pool->thread)
			continue;
		seq_printf(m, "%s=", keys[i].name);
		keys[i].show(m, &c);
		seq_putc(m, '\n');
	}
	config_free(&c);
	return 0;
}

/* Parses the value of a key; both have no white space around them. */
static int parse_value(struct rsvpool *pool, struct config *c, const char *key,
		       const char *value)
{
	unsigned int i;

	for (i = 0; i < NR_CONFIG_KEYS; i++)
		if (!strcmp(keys[i].name, key))
			break;
	if (i == NR_CONFIG_KEYS) {
		pool_refuse(pool->name, *key ? key : "''", "unknown key");
		return -EINVAL;
	}
	if (c->given & BIT(i)) {
		pool_refuse(pool->name, key, "given twice");
		return -EINVAL;
	}
	c->given |= BIT(i);
	if (!value || !*value) {
		pool_refuse(pool->name, key, "has no value");
		return -EINVAL;
	}
	if (keys[i].of_thread && !pool->thread) {
		pool_refuse(pool->name, key,
			    "'%*pE' needs a pool created with refill_thread=1",
			    text_shown(value), value);
		return -EINVAL;
	}
	return keys[i].parse(pool, c, value);
}

static int parse_all(struct rsvpool *pool, struct config *c, char *text)
{
	char *line, *key, *value;
	int err;

	BUILD_BUG_ON(NR_CONFIG_KEYS > BITS_PER_LONG);
	while ((line = strsep(&text, "\n"))) {
		line = strim(line);
		if (!*line)
			continue;
		key = text_pair(line, &value);
		err = parse_value(pool, c, key, value);
		if (err)
			return err;
	}
	if (c->given)
		return 0;
	pool_refuse(pool->name, "config", "has no key=value");
	return -EINVAL;
}

/*
 * Checks that one setting is not above another.  A refusal names the one that
 * is written.
 */
static int check_order(struct rsvpool *pool, const struct config *c,
		       unsigned int lower, unsigned int low,
		       unsigned int upper, unsigned int high)
{
	if (low <= high)
		return 0;
	if (c->given & BIT(lower))
		pool_refuse(pool->name, keys[lower].name, "%u is above %s, %u",
			    low, keys[upper].name, high);
	else
		pool_refuse(pool->name, keys[upper].name, "%u is below %s, %u",
			    high, keys[lower].name, low);
	return -EINVAL;
}

/* Checks settings that depend on each other, or on fixed attributes. */
static int check_all(struct rsvpool *pool, const struct config *c)
{
	int err;

	err = check_order(pool, c, NR_low, c->low, NR_high, c->high);
	if (!err)
		err = check_order(pool, c, NR_high, c->high, NR_high_max,
				  c->high_max);
	if (!err && c->zero && !pool_zeroable(pool)) {
		pool_refuse(pool->name, "zero",
			    "1 is not allowed for elements that are opaque or larger than a page");
		err = -EINVAL;
	}
	return err;
}

/* Does the steps that may fail.  If one does, nothing has changed. */
static int apply_or_not(struct rsvpool *pool, const struct config *c)
{
	unsigned int prio = worker_prio(pool);
	bool more = max(c->reserve, c->high) > max(pool->reserve, pool->high);
	int err = 0;

	if (c->refill_prio != prio)
		err = worker_set_prio(pool, c->refill_prio);
	if (err)
		return err;
	if (more)
		err = rsvpool_recharge(pool, c->reserve, c->high);
	if (err) {
		if (c->reserve != pool->reserve)
			trace_rsvpool_resize(pool->name, pool->reserve,
					     c->reserve, err);
		goto out_prio;
	}
	err = rsvpool_move_min(pool, c->reserve);
	if (err)
		goto out_charge;
	return 0;

out_charge:	/* Charge what was charged before: it is less, so it cannot fail. */
	if (more)
		rsvpool_recharge(pool, pool->reserve, pool->high);
out_prio:	/* The scheduler has accepted this one before. */
	if (c->refill_prio != prio)
		worker_set_prio(pool, prio);
	return err;
}

static void apply_rest(struct rsvpool *pool, const struct config *c)
{
	unsigned int old;

	raw_spin_lock_irq(&pool->depot.lock);
	WRITE_ONCE(pool->batch, c->batch);
	WRITE_ONCE(pool->low, c->low);
	WRITE_ONCE(pool->high, c->high);
	WRITE_ONCE(pool->high_max, c->high_max);
	WRITE_ONCE(pool->cache_set, c->cache);
	if (c->cache)
		pool->caches = true;
	watermarks_update(pool);
	old = adapt_cache(pool);
	raw_spin_unlock_irq(&pool->depot.lock);
	/* Not more than is charged now, so this cannot fail. */
	rsvpool_recharge(pool, c->reserve, c->high);
	cache_resized(pool, old);
	WRITE_ONCE(pool->policy, c->policy);
	WRITE_ONCE(pool->adaptive, c->adaptive);
	WRITE_ONCE(pool->decay_ms, c->decay_ms);
	WRITE_ONCE(pool->stall_ms, c->stall_ms);
	pool_steps_set(pool, STEP_ZERO, c->zero);
	if (c->given & BIT(NR_refill_cpus))
		worker_set_cpus(pool, c->cpus);
	if (c->given & FOR_REFILL)
		refill_now(pool);
}

/* @key: the key that @text is a value of; or NULL, if @text has the keys. */
static int set(struct rsvpool *pool, const char *key, char *text)
{
	struct config c = { };
	int err = config_alloc(&c);

	if (err)
		return err;
	config_get(pool, &c);
	err = key ? parse_value(pool, &c, key, strim(text)) :
		parse_all(pool, &c, text);
	if (!err)
		err = check_all(pool, &c);
	if (!err)
		err = apply_or_not(pool, &c);
	if (!err)
		apply_rest(pool, &c);
	config_free(&c);
	return err;
}

/**
 * config_set - change settings of a pool, all that are named or none
 * @pool: the pool; settings mutex held
 * @text: a "key=value" a line, in any order; overwritten by the parser.  A
 *	setting that is not in it stays what it is
 *
 * Context: Task, may sleep.
 * Return: 0; -EINVAL for a key that is unknown, given twice or without a value,
 * for a value that is not valid, for low above high or high above high_max,
 * zero=1 for elements that must not be cleared or are larger than a page, CPUs
 * of which none is online, keys of a thread for a pool without one, or no key
 * at all; -ERANGE for a number or a CPU out of range; -ENOMEM, -EBUSY, -EINTR
 * as rsvpool_resize(); or the scheduler's errno for refill_prio.  On error
 * nothing has changed.
 */
int config_set(struct rsvpool *pool, char *text)
{
	return set(pool, NULL, text);
}

/**
 * config_set_one - change one setting of a pool
 * @pool: the pool; settings mutex held
 * @key: the setting
 * @value: the new value, as text; white space at its end is overwritten
 *
 * Context: Task, may sleep.
 * Return: as config_set().
 */
int config_set_one(struct rsvpool *pool, const char *key, char *value)
{
	return set(pool, key, value);
}
