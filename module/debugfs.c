// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/rsvpool/: create, destroy, summary, section_walk, and
 * pools/NAME/ with state, percpu, waiters, holders, latency, inject and config.
 * For root only.  Under lockdown the writable files cannot be opened; pools are
 * then created by the module parameter pools=.
 *
 * A pool stays while one of its files is in use: debugfs_remove() waits for that.
 * If a file cannot be made, the pool is created without it.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "adapt.h"
#include "attr.h"
#include "cache.h"
#include "config.h"
#include "debugfs.h"
#include "holders.h"
#include "internal.h"
#include "kick.h"
#include "latency.h"
#include "parse.h"
#include "registry.h"
#include "reserve.h"
#include "section.h"
#include "source.h"
#include "stats.h"
#include "text.h"
#include "wait.h"
#include "worker.h"

#define WRITE_MAX	65536		/* bytes in one write */
#define WAITERS_SHOWN	64		/* the walk holds the depot's lock */

static struct dentry *debugfs_root, *debugfs_pools, *debugfs_create;
static struct dentry *debugfs_destroy;

/* Copies the text that is written to file @key; refuses NUL bytes. */
static char *get_text(const char *name, const char *key,
		      const char __user *buf, size_t count)
{
	char *text;

	if (count > WRITE_MAX) {
		pool_refuse(name, key,
			    "%zu bytes are more than the limit of %d", count,
			    WRITE_MAX);
		return ERR_PTR(-E2BIG);
	}
	text = memdup_user_nul(buf, count);
	if (!IS_ERR(text) && strlen(text) != count) {
		pool_refuse(name, key, "has a NUL byte");
		kfree(text);
		return ERR_PTR(-EINVAL);
	}
	return text;
}

static ssize_t create_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	char *text = get_text("", "create", buf, count);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = rsvpool_create_from_text(text, "\n");
	kfree(text);
	return err ? err : count;
}

static ssize_t create_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t len;

	if (!text)
		return -ENOMEM;
	len = rsvpool_create_help(text, PAGE_SIZE);
	len = simple_read_from_buffer(buf, count, ppos, text, len);
	kfree(text);
	return len;
}

static const struct file_operations create_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = create_read,
	.write = create_write,
	.llseek = default_llseek,
};

static ssize_t destroy_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	char *text = get_text("", "destroy", buf, count), *rest = text, *name;
	int err = 0;

	if (IS_ERR(text))
		return PTR_ERR(text);
	while (!err && (name = strsep(&rest, "\n"))) {
		name = strim(name);
		if (*name || name == text)
			err = rsvpool_destroy_by_name(name);
	}
	kfree(text);
	return err ? err : count;
}

static const struct file_operations destroy_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = destroy_write,
	.llseek = default_llseek,
};

static int section_walk_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", section_longest_walk());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(section_walk);

/*
 * Emergencies: elements that came from below min, from NMI slots or after
 * sleeping, and requests that failed.
 */
static u64 emergencies(struct rsvpool *pool)
{
	return stats_read(pool, STAT_ALLOC_RESERVE) +
		stats_read(pool, STAT_ALLOC_NMI) +
		stats_read(pool, STAT_ALLOC_WAIT) +
		stats_read(pool, STAT_ALLOC_FAIL);
}

/*
 * The values for "rsvpoolctl list", in one file instead of twelve for each
 * pool.  Columns have the names of files in sysfs, except pool and emergencies.
 */
static int summary_show(struct seq_file *m, void *v)
{
	struct rsvpool *pool;

	seq_puts(m, "pool element element_bytes reserve max available cached");
	seq_puts(m, " outstanding emergencies bound_bytes\n");
	rsvpool_for_each(pool)
		seq_printf(m, "%s %s %zu %u %u %u %u %u %llu %llu\n",
			   pool->name, rsvpool_source_names[pool->source],
			   pool->size, READ_ONCE(pool->reserve), pool->max,
			   stats_available(pool), stats_cached(pool),
			   stats_outstanding(pool), emergencies(pool),
			   rsvpool_bound_bytes(pool));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(summary);

static const char * const refill_names[] = {
	[REFILL_IDLE] = "idle",
	[REFILL_ASKED] = "asked",
	[REFILL_QUEUED] = "queued",
	[REFILL_AT_MAX] = "at max",
	[REFILL_STOPPED] = "stopped",
};

static int show_worker(struct seq_file *m, struct rsvpool *pool)
{
	cpumask_var_t cpus;

	if (!pool->thread) {
		seq_puts(m, "refilled by   workqueue\n");
		return 0;
	}
	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	worker_copy_cpus(pool, cpus);
	seq_printf(m, "refilled by   thread %d, prio %u, CPUs %*pbl\n",
		   worker_pid(pool), worker_prio(pool), cpumask_pr_args(cpus));
	free_cpumask_var(cpus);
	return 0;
}

static int state_show(struct seq_file *m, void *v)
{
	struct rsvpool *pool = m->private;
	unsigned int count, min, rising, low, high, extra, waiting, lent;
	struct rsvpool_depot *s = &pool->depot;
	int err;

	seq_printf(m, "pool          %s\n", pool->name);
	seq_printf(m, "element       %s, %zu bytes\n",
		   rsvpool_source_names[pool->source], pool->size);
	seq_printf(m, "exist         %d of %u\n", atomic_read(&pool->total),
		   pool->max);
	seq_printf(m, "reserve       %u (%u of them for NMI)\n",
		   READ_ONCE(pool->reserve), pool->nmi_reserve);
	/* Formatted after unlock: formatting takes long. */
	raw_spin_lock_irq(&s->lock);
	count = s->count;
	min = s->min;
	rising = s->rising;
	low = s->low;
	high = s->high;
	extra = pool->adapt.extra;
	waiting = s->waiting;
	lent = s->lent;
	raw_spin_unlock_irq(&s->lock);
	seq_printf(m, "depot         %u, min %u, rising to %u\n", count, min,
		   rising);
	seq_printf(m, "watermarks    low %u, high %u, adaptation adds %u\n",
		   low, high, extra);
	seq_printf(m, "sleepers      %u\n", waiting);
	seq_printf(m, "lent          %u, of what is in the depot\n", lent);
	seq_printf(m, "nmi slots     %u full\n", slots_full(pool));
	seq_printf(m, "parked        %d\n", atomic_read(&pool->parked_nr));
	seq_printf(m, "cached        %u%s\n", stats_cached(pool),
		   cache_starved(pool) ?
		   ", caches are off: max is not above reserve" : "");
	seq_printf(m, "outstanding   %u\n", stats_outstanding(pool));
	seq_printf(m, "going back    %u\n", stats_deferred(pool));
	seq_printf(m, "slow          %u\n", READ_ONCE(pool->slow));
	seq_printf(m, "refill        %s, back-off %u ms\n",
		   refill_names[atomic_read(&pool->refill_state)],
		   jiffies_to_msecs(hint(pool->backoff)));
	err = show_worker(m, pool);
	if (err)
		return err;
	seq_printf(m, "sections      %d\n", atomic_read(&pool->sections));
	seq_printf(m, "pools on it   %u\n", hint(pool->children));
	seq_printf(m, "users         %u%s%s\n", hint(pool->users),
		   READ_ONCE(pool->orphan) ? ", orphaned" : "",
		   hint(pool->pinned) ? ", rsvpool stays" : "");
	seq_printf(m, "metadata      %zu bytes\n",
		   pool->metadata_bytes + latency_bytes(pool));
	adapt_show(m, pool);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int percpu_show(struct seq_file *m, void *v)
{
	struct rsvpool *pool = m->private;
	int cpu;

	seq_puts(m, "cpu cached pops pushes pulled flushed retries limit\n");
	for_each_possible_cpu(cpu) {
		struct rsvpool_cpu *c = per_cpu_ptr(pool->cpu, cpu);
		u64 word = READ_ONCE(c->word);

		seq_printf(m, "%d %u %llu %llu %lu %lu %lu %u\n", cpu,
			   cache_count(pool, cpu), stats_pops(c, word),
			   stats_pushes(c, word), hint(c->stat[STAT_PULLED]),
			   hint(c->stat[STAT_FLUSHED]),
			   hint(c->stat[STAT_CACHE_RETRIES]),
			   READ_ONCE(c->limit));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(percpu);

static int waiters_show(struct seq_file *m, void *v)
{
	struct queue_sleeper sleeper[8];
	unsigned int i, n, skip = 0;

	seq_puts(m, "pid comm age_ms wants pools prio\n");
	do {
		n = queue_list(m->private, sleeper, ARRAY_SIZE(sleeper), skip);
		for (i = 0; i < n; i++)
			seq_printf(m, "%d %s %u %u %u %d\n", sleeper[i].pid,
				   sleeper[i].comm, sleeper[i].ms,
				   sleeper[i].nr, sleeper[i].pools,
				   sleeper[i].prio);
		skip += n;
	} while (n == ARRAY_SIZE(sleeper) && skip < WAITERS_SHOWN);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(waiters);

static int holders_show(struct seq_file *m, void *v)
{
	return holders_seq_show(m, m->private);
}
DEFINE_SHOW_ATTRIBUTE(holders);

static int latency_file_show(struct seq_file *m, void *v)
{
	struct rsvpool *pool = m->private;

	mutex_lock(&pool->settings);
	latency_show(m, pool);
	mutex_unlock(&pool->settings);
	return 0;
}

static int latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, latency_file_show, inode->i_private);
}

static struct rsvpool *file_pool(struct file *file)
{
	return ((struct seq_file *)file->private_data)->private;
}

/* Calls @set with the text that is written; holds the settings mutex. */
static ssize_t write_settings(struct file *file, const char *key,
			      const char __user *buf, size_t count,
			      int (*set)(struct rsvpool *pool, char *text))
{
	struct rsvpool *pool = file_pool(file);
	char *text = get_text(pool->name, key, buf, count);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&pool->settings);
	err = set(pool, text);
	mutex_unlock(&pool->settings);
	kfree(text);
	return err ? err : count;
}

static int latency_set(struct rsvpool *pool, char *text)
{
	char *word = strim(text);
	bool on;
	int err = text_bool(word, &on);

	if (err) {
		pool_refuse(pool->name, "latency", "'%*pE' is not 0 or 1",
			    text_shown(word), word);
		return err;
	}
	return latency_switch(pool, on);
}

static ssize_t latency_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	return write_settings(file, "latency", buf, count, latency_set);
}

static const struct file_operations latency_fops = {
	.owner = THIS_MODULE,
	.open = latency_open,
	.read = seq_read,
	.write = latency_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const char * const inject_words[] = {
	[INJECT_OFF] = "off",
	[INJECT_ALWAYS] = "always",
	[INJECT_REHEARSE] = "rehearse",
	[INJECT_EVERY] = "every",
	[INJECT_NEXT] = "next",
};

static int inject_show(struct seq_file *m, void *v)
{
	struct rsvpool *pool = m->private;
	enum rsvpool_inject inject = READ_ONCE(pool->inject);

	seq_puts(m, inject_words[inject]);
	if (inject == INJECT_EVERY)
		seq_printf(m, " %u", READ_ONCE(pool->inject_every));
	else if (inject == INJECT_NEXT)
		seq_printf(m, " %d", atomic_read(&pool->inject_n));
	seq_printf(m, "\ninjected %d\n", atomic_read(&pool->injected));
	return 0;
}

static int inject_open(struct inode *inode, struct file *file)
{
	return single_open(file, inject_show, inode->i_private);
}

/* A word of the list, and a number if the word takes one, else NULL. */
static int inject_parse(const char *word, const char *number, unsigned int *n)
{
	int err, inject = text_word(inject_words, ARRAY_SIZE(inject_words),
				    word);

	if (inject < 0)
		return inject;
	if ((inject == INJECT_EVERY || inject == INJECT_NEXT) != !!number)
		return -EINVAL;
	if (number) {
		err = text_uint(number, n);
		if (err)
			return err;
		if (!*n || *n > INT_MAX)
			return -ERANGE;
	}
	return inject;
}

static int inject_set(struct rsvpool *pool, char *text)
{
	char *number, *word = text_first(strim(text), &number);
	unsigned int n = 0;
	int inject = inject_parse(word, number, &n);

	if (inject < 0) {
		pool_refuse(pool->name, "inject",
			    "'%*pE%s%*pE' is not off, always, rehearse, every N or next N",
			    text_shown(word), word, number ? " " : "",
			    text_shown(number ?: ""), number ?: "");
		return inject;
	}
	/* Off while the numbers change; a call in progress may use either. */
	WRITE_ONCE(pool->inject, INJECT_OFF);
	atomic_set(&pool->inject_n, inject == INJECT_NEXT ? n : 0);
	if (inject == INJECT_EVERY)
		WRITE_ONCE(pool->inject_every, n);
	/* The numbers before the word; pairs with inject_fails(). */
	smp_store_release(&pool->inject, inject);
	/* After the switch: by now the source must fail, or work again. */
	adapt_rehearse(pool, inject == INJECT_REHEARSE);
	return 0;
}

static ssize_t inject_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	return write_settings(file, "inject", buf, count, inject_set);
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.open = inject_open,
	.read = seq_read,
	.write = inject_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int config_file_show(struct seq_file *m, void *v)
{
	struct rsvpool *pool = m->private;
	int err;

	mutex_lock(&pool->settings);
	err = config_show(m, pool);
	mutex_unlock(&pool->settings);
	return err;
}

static int config_open(struct inode *inode, struct file *file)
{
	return single_open(file, config_file_show, inode->i_private);
}

static ssize_t config_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	return write_settings(file, "config", buf, count, config_set);
}

static const struct file_operations config_fops = {
	.owner = THIS_MODULE,
	.open = config_open,
	.read = seq_read,
	.write = config_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void debugfs_add(struct rsvpool *pool)
{
	struct dentry *dir = debugfs_create_dir(pool->name, debugfs_pools);

	debugfs_create_file("state", 0400, dir, pool, &state_fops);
	debugfs_create_file("percpu", 0400, dir, pool, &percpu_fops);
	debugfs_create_file("waiters", 0400, dir, pool, &waiters_fops);
	debugfs_create_file("holders", 0400, dir, pool, &holders_fops);
	debugfs_create_file("latency", 0600, dir, pool, &latency_fops);
	debugfs_create_file("inject", 0600, dir, pool, &inject_fops);
	debugfs_create_file("config", 0600, dir, pool, &config_fops);
	pool->debugfs = dir;
}

void debugfs_remove_pool(struct rsvpool *pool)
{
	debugfs_remove_recursive(pool->debugfs);
}

void debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("rsvpool", NULL);
	debugfs_pools = debugfs_create_dir("pools", debugfs_root);
	debugfs_create = debugfs_create_file("create", 0600, debugfs_root,
					     NULL, &create_fops);
	debugfs_destroy = debugfs_create_file("destroy", 0200, debugfs_root,
					      NULL, &destroy_fops);
	debugfs_create_file("summary", 0400, debugfs_root, NULL,
			    &summary_fops);
	debugfs_create_file("section_walk", 0400, debugfs_root, NULL,
			    &section_walk_fops);
}

/* Once this returns, no task creates or destroys pools through debugfs. */
void debugfs_close(void)
{
	debugfs_remove(debugfs_create);
	debugfs_remove(debugfs_destroy);
}

void debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_root);
}
