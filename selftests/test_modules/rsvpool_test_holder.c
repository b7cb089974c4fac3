// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_holder - a pool's user, controlled by a script.
 *
 * The parameter "pool" names a pool that an administrator created.  While the
 * module is loaded it is that pool's user.  Commands are written to
 * /sys/kernel/debug/rsvpool_test_holder/do:
 *
 *	alloc N		rsvpool_alloc(GFP_KERNEL), N times
 *	nowait N	rsvpool_alloc(GFP_NOWAIT)
 *	try N		rsvpool_tryalloc()
 *	bulk N		rsvpool_alloc_bulk(GFP_KERNEL) of N
 *	nmi N		rsvpool_tryalloc() in NMI
 *	all		rsvpool_tryalloc() on every CPU until it fails
 *	free N		rsvpool_free() of those held longest
 *	sleep N		start N threads, one after the other, that call
 *			rsvpool_alloc(GFP_KERNEL) once each and keep the
 *			element; does not wait for them
 *	join		wait until all of those threads have their elements
 *
 * The write fails with -ENOMEM if it got fewer, and then keeps none. "held" is
 * how many elements it has, "asleep" how many threads still wait.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/seq_file.h>
#include <linux/smp.h>

#include "api_nmi.h"
#include "do.h"

#define ROOM		4096
#define SLEEPERS_MAX	64

static char *pool_name;
module_param_named(pool, pool_name, charp, 0444);
MODULE_PARM_DESC(pool, "name of the pool to use");

static struct rsvpool *pool;
static struct dentry *folder;

/* Under the mutex doing. */
static void *held[ROOM];
static unsigned int nr_held;

static struct sleeper {
	struct task_struct *task;
	void *element;
	bool asking;
	bool answered;
} sleepers[SLEEPERS_MAX];
static unsigned int nr_sleepers;

static void nmi_tryalloc(void *element)
{
	*(void **)element = rsvpool_tryalloc(pool);
}

static void *take_one(const char *how)
{
	void *element = NULL;

	if (!strcmp(how, "alloc"))
		return rsvpool_alloc(pool, GFP_KERNEL);
	if (!strcmp(how, "nowait"))
		return rsvpool_alloc(pool, GFP_NOWAIT);
	if (!strcmp(how, "nmi"))
		api_nmi_run(nmi_tryalloc, &element);
	else
		element = rsvpool_tryalloc(pool);
	return element;
}

static int take(const char *how, unsigned int nr)
{
	unsigned int got;
	int err = 0;

	if (nr > ROOM - nr_held)
		return -E2BIG;
	if (!strcmp(how, "bulk")) {
		err = rsvpool_alloc_bulk(pool, GFP_KERNEL, nr, held + nr_held);
		if (!err)
			nr_held += nr;
		return err;
	}
	for (got = 0; got < nr; got++) {
		held[nr_held + got] = take_one(how);
		if (!held[nr_held + got])
			break;
	}
	if (got == nr) {
		nr_held += nr;
		return 0;
	}
	while (got)
		rsvpool_free(pool, held[nr_held + --got]);
	return -ENOMEM;
}

/*
 * Take all of the depot and of this CPU's cache.  Called by smp_call_on_cpu().
 */
static int take_all_here(void *unused)
{
	while (nr_held < ROOM) {
		held[nr_held] = rsvpool_tryalloc(pool);
		if (!held[nr_held])
			return 0;
		nr_held++;
	}
	return -E2BIG;
}

static int take_all(void)
{
	unsigned int cpu;
	int err = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		err = err ?: smp_call_on_cpu(cpu, take_all_here, NULL, false);
	cpus_read_unlock();
	return err;
}

static int give(unsigned int nr)
{
	unsigned int i;

	if (nr > nr_held)
		return -EINVAL;
	for (i = 0; i < nr; i++)
		rsvpool_free(pool, held[i]);
	nr_held -= nr;
	memmove(held, held + nr, nr_held * sizeof(*held));
	return 0;
}

static int sleeper_thread(void *data)
{
	struct sleeper *s = data;

	WRITE_ONCE(s->asking, true);
	s->element = rsvpool_alloc(pool, GFP_KERNEL);
	smp_store_release(&s->answered, true);	/* after the element */
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static bool sleeper_answered(struct sleeper *s)
{
	return smp_load_acquire(&s->answered);	/* see sleeper_thread() */
}

/* Each thread is in the queue, or was served, before the next one starts. */
static int put_to_sleep(unsigned int nr)
{
	if (nr > SLEEPERS_MAX - nr_sleepers)
		return -E2BIG;
	while (nr--) {
		struct sleeper *s = &sleepers[nr_sleepers];

		*s = (struct sleeper) { };
		s->task = kthread_run(sleeper_thread, s, "rsvpool_sleeper");
		if (IS_ERR(s->task))
			return PTR_ERR(s->task);
		nr_sleepers++;
		while (!sleeper_answered(s) &&
		       !(READ_ONCE(s->asking) &&
			 READ_ONCE(s->task->__state) & TASK_UNINTERRUPTIBLE))
			msleep(1);
	}
	return 0;
}

static void join(void)
{
	while (nr_sleepers) {
		struct sleeper *s = &sleepers[--nr_sleepers];

		while (!sleeper_answered(s))
			msleep(1);
		kthread_stop(s->task);
		if (s->element && nr_held < ROOM)
			held[nr_held++] = s->element;
		else if (s->element)
			rsvpool_free(pool, s->element);
	}
}

static int do_word(const char *word, unsigned int nr)
{
	static const char * const ways[] = {
		"alloc", "nowait", "try", "bulk", "nmi",
	};

	if (match_string(ways, ARRAY_SIZE(ways), word) >= 0)
		return take(word, nr);
	if (!strcmp(word, "all"))
		return take_all();
	if (!strcmp(word, "free"))
		return give(nr);
	if (!strcmp(word, "sleep"))
		return put_to_sleep(nr);
	if (strcmp(word, "join"))
		return -EINVAL;
	join();
	return 0;
}

static int held_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u\n", READ_ONCE(nr_held));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(held);

static int asleep_show(struct seq_file *m, void *unused)
{
	unsigned int i, n = 0;

	for (i = 0; i < READ_ONCE(nr_sleepers); i++)
		n += !sleeper_answered(&sleepers[i]);
	seq_printf(m, "%u\n", n);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(asleep);

static int __init holder_init(void)
{
	int err;

	pool = rsvpool_get(pool_name ?: "");
	if (!pool)
		return -ENOENT;
	err = api_nmi_start();
	if (err) {
		rsvpool_put(pool);
		return err;
	}
	folder = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("do", 0200, folder, NULL, &do_fops);
	debugfs_create_file("held", 0400, folder, NULL, &held_fops);
	debugfs_create_file("asleep", 0400, folder, NULL, &asleep_fops);
	return 0;
}
module_init(holder_init);

static void __exit holder_exit(void)
{
	debugfs_remove_recursive(folder);
	/* Sleepers get elements that we hold, or that other users free. */
	give(nr_held);
	join();
	give(nr_held);
	api_nmi_stop();
	rsvpool_put(pool);
}
module_exit(holder_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Holds elements of a pool of rsvpool");
