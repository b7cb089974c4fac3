// SPDX-License-Identifier: GPL-2.0
/*
 * All settings of a pool as one text, a "key=value" a line: what debugfs's
 * pools/NAME/config reads as, and takes back, all or nothing.
 *
 * Keys and values are those of creation and of the files in sysfs; what was
 * fixed at creation is no setting and not here.  Everything is read and checked
 * against everything else first; then comes what may fail, each step undone if a
 * later one does: the thread's priority, the ceiling, the line.  The rest cannot
 * fail.  So the order of lines does not matter, and "low" and "high" may pass
 * each other.
 *
 * Task context, under the settings mutex: who reads sees all of a write, or
 * nothing.  What takes elements sees the marks change at once, under the stock's
 * lock, after the line has moved.
 */
#include <linux/cpumask.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "config.h"
#include "internal.h"
#include "worker.h"

/* The settings, as they are or as they are to be; @cpus: of a thread. */
struct config {
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
	c->zero = pool->touch & TOUCH_ZERO;
	c->refill_prio = worker_prio(pool);
	if (pool->thread)
		cpumask_copy(c->cpus, worker_cpus(pool));
}

#define NUMBER(_name, _min, _max)					\
static int parse_##_name(struct rsvpool *pool, struct config *c,	\
			 const char *value)				\
{									\
	return setting_number(pool, #_name, value, _min, _max,		\
			      &c->_name);				\
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
	return setting_bool(pool, #_name, value, &c->_name);		\
}									\
									\
static void show_##_name(struct seq_file *m, const struct config *c)	\
{									\
	seq_printf(m, "%d", c->_name);					\
}

/* Pools that were created without a reserve keep none. */
NUMBER(reserve, pool->reserve ? 1 : 0, pool->stock.capacity)
NUMBER(cache, 0, pool->cache_max)
NUMBER(batch, 1, RSVPOOL_BATCH_MAX)
NUMBER(low, 0, pool->stock.capacity)
NUMBER(high, 0, pool->stock.capacity)
NUMBER(high_max, 0, pool->stock.capacity)
NUMBER(decay_ms, 1, RSVPOOL_DECAY_MAX)
NUMBER(stall_ms, 0, RSVPOOL_STALL_MAX)
NUMBER(refill_prio, 0, RSVPOOL_REFILL_PRIO_MAX)
BOOL(adaptive)
BOOL(zero)

static int parse_policy(struct rsvpool *pool, struct config *c,
			const char *value)
{
	return setting_policy(pool, value, &c->policy);
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

#define KEY(_name)	{ #_name, parse_##_name, show_##_name, false }
#define THREAD_KEY(_name) { #_name, parse_##_name, show_##_name, true }

static const struct config_key {
	const char *name;
	int (*parse)(struct rsvpool *pool, struct config *c,
		     const char *value);
	void (*show)(struct seq_file *m, const struct config *c);
	bool of_thread;
} keys[] = {
	KEY(reserve),
	KEY(cache),
	KEY(batch),
	KEY(low),
	KEY(high),
	KEY(high_max),
	KEY(policy),
	KEY(adaptive),
	KEY(decay_ms),
	KEY(stall_ms),
	KEY(zero),
	THREAD_KEY(refill_prio),
	THREAD_KEY(refill_cpus),
};

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

/* One "key=value"; @given has the keys that there have been. */
static int parse_line(struct rsvpool *pool, struct config *c, char *line,
		      unsigned long *given)
{
	char *value = line, *key;
	unsigned int i;

	key = strim(strsep(&value, "="));
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, key))
			break;
	if (i == ARRAY_SIZE(keys)) {
		pool_refuse(pool->name, *key ? key : "''", "unknown key");
		return -EINVAL;
	}
	if (*given & BIT(i)) {
		pool_refuse(pool->name, key, "given twice");
		return -EINVAL;
	}
	*given |= BIT(i);
	if (value)
		value = strim(value);
	if (!value || !*value) {
		pool_refuse(pool->name, key, "has no value");
		return -EINVAL;
	}
	if (keys[i].of_thread && !pool->thread) {
		pool_refuse(pool->name, key,
			    "needs a pool created with refill_thread=1");
		return -EINVAL;
	}
	return keys[i].parse(pool, c, value);
}

static int parse_all(struct rsvpool *pool, struct config *c, char *text)
{
	unsigned long given = 0;
	char *line;
	int err;

	BUILD_BUG_ON(ARRAY_SIZE(keys) > BITS_PER_LONG);
	while ((line = strsep(&text, "\n"))) {
		line = strim(line);
		if (!*line)
			continue;
		err = parse_line(pool, c, line, &given);
		if (err)
			return err;
	}
	if (given)
		return 0;
	pool_refuse(pool->name, "config", "has no key=value");
	return -EINVAL;
}

/* What one key says about another. */
static int check_all(struct rsvpool *pool, const struct config *c)
{
	if (c->reserve != pool->reserve && c->reserve < pool->nmi_reserve) {
		pool_refuse(pool->name, "reserve",
			    "%u is less than nmi_reserve, %u", c->reserve,
			    pool->nmi_reserve);
		return -EINVAL;
	}
	if (c->low > c->high) {
		pool_refuse(pool->name, "low", "%u is above high, %u", c->low,
			    c->high);
		return -EINVAL;
	}
	if (c->high > c->high_max) {
		pool_refuse(pool->name, "high", "%u is above high_max, %u",
			    c->high, c->high_max);
		return -EINVAL;
	}
	return c->zero ? setting_zero_allowed(pool) : 0;
}

/* What may fail; nothing has changed then. */
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
	if (err)
		goto out_prio;
	err = rsvpool_move_line(pool, c->reserve);
	if (err)
		goto out_charge;
	return 0;

out_charge:	/* Downwards, which cannot fail. */
	if (more)
		rsvpool_recharge(pool, pool->reserve, pool->high);
out_prio:	/* What was accepted once. */
	if (c->refill_prio != prio)
		worker_set_prio(pool, prio);
	return err;
}

static void apply_rest(struct rsvpool *pool, const struct config *c)
{
	unsigned int old;

	raw_spin_lock_irq(&pool->stock.lock);
	WRITE_ONCE(pool->batch, c->batch);
	WRITE_ONCE(pool->low, c->low);
	WRITE_ONCE(pool->high, c->high);
	WRITE_ONCE(pool->high_max, c->high_max);
	WRITE_ONCE(pool->cache_set, c->cache);
	if (c->cache)
		pool->caches = true;
	stock_recompute(pool);
	old = adapt_cache(pool);
	raw_spin_unlock_irq(&pool->stock.lock);
	/* As much as before, or less. */
	rsvpool_recharge(pool, c->reserve, c->high);
	cache_resized(pool, old);
	WRITE_ONCE(pool->policy, c->policy);
	WRITE_ONCE(pool->adaptive, c->adaptive);
	WRITE_ONCE(pool->decay_ms, c->decay_ms);
	WRITE_ONCE(pool->stall_ms, c->stall_ms);
	pool_touch_set(pool, TOUCH_ZERO, c->zero);
	if (pool->thread)
		worker_set_cpus(pool, c->cpus);
	refill_now(pool);
}

/**
 * config_set - change settings of a pool, all that are named or none
 * @pool: the pool; settings mutex held
 * @text: a "key=value" a line, in any order; taken apart in the process.  A key
 *	that is not there stays what it is
 *
 * Context: Task, may sleep.
 * Return: 0; -EINVAL for a key that is unknown, given twice or without a value,
 * for a value that is none, for low above high or high above high_max, a reserve
 * below nmi_reserve, keys of a thread without one, or no key at all; -ERANGE for
 * a number out of range; -ENOMEM, -EBUSY, -EINTR as rsvpool_resize().  Nothing
 * has changed then.
 */
int config_set(struct rsvpool *pool, char *text)
{
	struct config c;
	int err = config_alloc(&c);

	if (err)
		return err;
	config_get(pool, &c);
	err = parse_all(pool, &c, text);
	if (!err)
		err = check_all(pool, &c);
	if (!err)
		err = apply_or_not(pool, &c);
	if (!err)
		apply_rest(pool, &c);
	config_free(&c);
	return err;
}
