// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/rsvpool/NAME/: settings, facts and stats/, one value a file.
 * What each file means is in Documentation/ABI/testing/sysfs-kernel-rsvpool.
 *
 * Settings are written under the pool's settings mutex, and take effect under full
 * load; config.c says what a value may be.  A pool stays while one of its files is
 * being read or written: kobject_del() waits for that.
 */
#include <linux/cpumask.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "attr.h"
#include "config.h"
#include "internal.h"
#include "reserve.h"
#include "stats.h"
#include "sysfs.h"
#include "worker.h"

/* A kset, because a kobject without one sends no uevents. */
static struct kset *rsvpool_kset;

struct pool_attribute {
	struct attribute attr;
	ssize_t (*show)(struct rsvpool *pool, char *buf);
	int (*store)(struct rsvpool *pool, char *text);
};

static struct rsvpool *to_pool(struct kobject *kobj)
{
	return container_of(kobj, struct rsvpool, kobj);
}

/* stats/: a file for each statistic, made from rsvpool_stat_names[] at init. */
static struct pool_attribute stat_attr[NR_STAT_FILES];
static struct attribute *stat_attrs[NR_STAT_FILES + 2];

static ssize_t pool_attr_show(struct kobject *kobj, struct attribute *attr,
			      char *buf)
{
	struct rsvpool *pool = to_pool(kobj);
	struct pool_attribute *a;

	a = container_of(attr, struct pool_attribute, attr);
	if (a->show)
		return a->show(pool, buf);
	return sysfs_emit(buf, "%llu\n", stats_read(pool, a - stat_attr));
}

static ssize_t pool_attr_store(struct kobject *kobj, struct attribute *attr,
			       const char *buf, size_t count)
{
	struct pool_attribute *a;
	struct rsvpool *pool = to_pool(kobj);
	char *text;
	int err;

	if (strnlen(buf, count) != count) {
		pool_refuse(pool->name, attr->name, "has a NUL byte");
		return -EINVAL;
	}
	text = kstrdup(buf, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	a = container_of(attr, struct pool_attribute, attr);
	mutex_lock(&pool->settings);
	err = a->store ? a->store(pool, text) :
		config_set_one(pool, attr->name, text);
	mutex_unlock(&pool->settings);
	kfree(text);
	return err ? err : count;
}

static const struct sysfs_ops pool_sysfs_ops = {
	.show = pool_attr_show,
	.store = pool_attr_store,
};

static ssize_t refill_cpus_show(struct rsvpool *pool, char *buf)
{
	cpumask_var_t cpus;
	ssize_t len;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	worker_copy_cpus(pool, cpus);
	len = sysfs_emit(buf, "%*pbl\n", cpumask_pr_args(cpus));
	free_cpumask_var(cpus);
	return len;
}

static ssize_t policy_show(struct rsvpool *pool, char *buf)
{
	unsigned int policy = READ_ONCE(pool->policy), i;
	ssize_t len = 0;

	for (i = 0; i < ARRAY_SIZE(rsvpool_policy_names); i++)
		len += sysfs_emit_at(buf, len, i == policy ? "%s[%s]" : "%s%s",
				     i ? " " : "", rsvpool_policy_names[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

#define SHOW(_name, _fmt, _value)					\
static ssize_t _name##_show(struct rsvpool *pool, char *buf)		\
{									\
	return sysfs_emit(buf, _fmt "\n", _value);			\
}

#define FACT(_name, _fmt, _value)					\
SHOW(_name, _fmt, _value)						\
static struct pool_attribute _name##_attr = {				\
	.attr = { .name = #_name, .mode = 0444 },			\
	.show = _name##_show,						\
}

SHOW(reserve, "%u", READ_ONCE(pool->reserve))
SHOW(cache, "%u", READ_ONCE(pool->cache_set))
SHOW(batch, "%u", READ_ONCE(pool->batch))
SHOW(low, "%u", READ_ONCE(pool->low))
SHOW(high, "%u", READ_ONCE(pool->high))
SHOW(high_max, "%u", READ_ONCE(pool->high_max))
SHOW(adaptive, "%d", READ_ONCE(pool->adaptive))
SHOW(decay_ms, "%u", READ_ONCE(pool->decay_ms))
SHOW(stall_ms, "%u", READ_ONCE(pool->stall_ms))
SHOW(refill_prio, "%u", worker_prio(pool))
SHOW(zero, "%d", !!(READ_ONCE(pool->steps) & STEP_ZERO))

#define SETTING(_name, _values, _meaning)				\
static struct pool_attribute _name##_attr = {				\
	.attr = { .name = #_name, .mode = 0644 },			\
	.show = _name##_show,						\
};
#define THREAD_SETTING(...)	SETTING(__VA_ARGS__)
#include "setting_list.h"

FACT(element, "%s", rsvpool_source_names[pool->source]);
FACT(element_bytes, "%zu", pool->size);
FACT(max, "%u", pool->max);
FACT(nmi_reserve, "%u", pool->nmi_reserve);
FACT(cache_max, "%u", pool->cache_max);
FACT(node, "%d", pool->node);
FACT(opaque, "%u", pool->opaque);
FACT(debug, "%u", pool->debug);
FACT(lend, "%u", pool->lend);
FACT(wakeup, "%s", rsvpool_wakeup_names[pool->wakeup]);
FACT(refill_thread, "%d", !!pool->thread);
FACT(creator, "%s", pool->owned ? "module" : "administrator");
FACT(parent, "%s", pool->parent ? pool->parent->name : "");
FACT(bound_bytes, "%llu", rsvpool_bound_bytes(pool));
FACT(available, "%u", stats_available(pool));
FACT(cached, "%u", stats_cached(pool));
FACT(outstanding, "%u", stats_outstanding(pool));
FACT(sleepers, "%u", hint(pool->depot.waiting));

static struct attribute *pool_attrs[] = {
#define SETTING(_name, _values, _meaning)		&_name##_attr.attr,
#define THREAD_SETTING(_name, _values, _meaning)	&_name##_attr.attr,
#include "setting_list.h"
	&element_attr.attr,
	&element_bytes_attr.attr,
	&max_attr.attr,
	&nmi_reserve_attr.attr,
	&cache_max_attr.attr,
	&node_attr.attr,
	&opaque_attr.attr,
	&debug_attr.attr,
	&lend_attr.attr,
	&wakeup_attr.attr,
	&refill_thread_attr.attr,
	&creator_attr.attr,
	&parent_attr.attr,
	&bound_bytes_attr.attr,
	&available_attr.attr,
	&cached_attr.attr,
	&outstanding_attr.attr,
	&sleepers_attr.attr,
	NULL,
};

/* Only a pool with a thread has the settings of a thread. */
static umode_t pool_visible(struct kobject *kobj, struct attribute *attr,
			    int n)
{
	if ((attr == &refill_prio_attr.attr || attr == &refill_cpus_attr.attr) &&
	    !to_pool(kobj)->thread)
		return 0;
	return attr->mode;
}

static const struct attribute_group pool_group = {
	.attrs = pool_attrs,
	.is_visible = pool_visible,
};

static int reset_store(struct rsvpool *pool, char *text)
{
	stats_reset(pool);
	return 0;
}

static struct pool_attribute reset_attr = {
	.attr = { .name = "reset", .mode = 0200 },
	.store = reset_store,
};

static const struct attribute_group stat_group = {
	.name = "stats",
	.attrs = stat_attrs,
};

static void pool_release(struct kobject *kobj)
{
	complete(&to_pool(kobj)->released);
}

static const struct attribute_group *pool_groups[] = {
	&pool_group,
	&stat_group,
	NULL,
};

static const struct kobj_type pool_ktype = {
	.sysfs_ops = &pool_sysfs_ops,
	.release = pool_release,
	.default_groups = pool_groups,
};

/**
 * sysfs_add - publish a pool in sysfs
 * @pool: the pool, complete
 *
 * Context: Task, may sleep.
 * Return: 0 or a negative errno.
 */
int sysfs_add(struct rsvpool *pool)
{
	int err;

	pool->kobj.kset = rsvpool_kset;
	err = kobject_init_and_add(&pool->kobj, &pool_ktype, NULL, "%s",
				   pool->name);
	if (err) {
		pool_refuse(pool->name, "name", "not accepted by sysfs (%d)",
			    err);
		kobject_put(&pool->kobj);
		wait_for_completion(&pool->released);
	}
	return err;
}

/* When it returns, no task uses one of the pool's files, and none can. */
void sysfs_remove(struct rsvpool *pool)
{
	kobject_del(&pool->kobj);
	kobject_put(&pool->kobj);
	wait_for_completion(&pool->released);
}

int sysfs_init(void)
{
	unsigned int i;

	for (i = 0; i < NR_STAT_FILES; i++) {
		sysfs_attr_init(&stat_attr[i].attr);
		stat_attr[i].attr.name = rsvpool_stat_names[i];
		stat_attr[i].attr.mode = 0444;
		stat_attrs[i] = &stat_attr[i].attr;
	}
	stat_attrs[i] = &reset_attr.attr;

	rsvpool_kset = kset_create_and_add("rsvpool", NULL, kernel_kobj);
	return rsvpool_kset ? 0 : -ENOMEM;
}

void sysfs_exit(void)
{
	kset_unregister(rsvpool_kset);
}
