// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_gate - the owner of a pool, "gated", whose source blocks until a
 * script opens a gate.
 *
 * /sys/kernel/debug/rsvpool_test_gate/do takes a line:
 *
 *	create	let a thread, on CPU "cpu", create the pool
 *	alloc	let a thread take an element, which policy=source takes from the
 *	source
 *	free	let a thread free it: to the source, as the pool has no maximum
 *	destroy	let a thread destroy the pool
 *	shut N	from now on calls of the source wait at a gate: alloc if N is 1,
 *		free if N is 2
 *	slow N	from now on calls take N milliseconds
 *	open	end the waiting of all calls
 *	join	wait for the threads
 *
 * "state" says how many calls wait at the gate, how many were ever made, how
 * many were made after the pool was destroyed, how many threads run, and the
 * result of the last thread that ended.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rsvpool.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "do.h"

#define THREADS_MAX	8
#define SIZE		64
#define RESERVE		10

enum { SHUT_ALLOC = 1, SHUT_FREE = 2 };

static unsigned int cpu = 1;
module_param(cpu, uint, 0444);
MODULE_PARM_DESC(cpu, "where the pool is created");

static struct rsvpool *pool;
static void *element;
static struct dentry *folder;
static unsigned int shut, slow_ms;
static bool destroyed;
static atomic_t at_gate, calls, late, under_way;
static int last_err;
static DECLARE_WAIT_QUEUE_HEAD(gate);

/* Under the mutex doing. */
static struct task_struct *threads[THREADS_MAX];
static unsigned int nr_threads;

static void called(unsigned int which)
{
	atomic_inc(&calls);
	/* Ends by this CPU's timer, or when the gate opens. */
	if (READ_ONCE(slow_ms))
		wait_event_idle_timeout(gate, !READ_ONCE(slow_ms),
					msecs_to_jiffies(READ_ONCE(slow_ms)));
	if (READ_ONCE(shut) & which) {
		atomic_inc(&at_gate);
		wait_event_idle(gate, !(READ_ONCE(shut) & which));
		atomic_dec(&at_gate);
	}
	/* Had rsvpool_destroy() returned, after which there must be no call? */
	if (READ_ONCE(destroyed))
		atomic_inc(&late);
}

static void *gate_alloc(gfp_t gfp, int node, void *data)
{
	called(SHUT_ALLOC);
	return kmalloc_node(SIZE, GFP_KERNEL, node);
}

static void gate_free(void *data_element, void *data)
{
	called(SHUT_FREE);
	kfree(data_element);
}

static const struct rsvpool_ops gate_ops = {
	.alloc = gate_alloc,
	.free = gate_free,
};

static int do_create(void)
{
	struct rsvpool_attr attr;
	struct rsvpool *p;

	WRITE_ONCE(destroyed, false);
	rsvpool_attr_init(&attr, "gated");
	attr.source = RSVPOOL_OPS;
	attr.ops = &gate_ops;
	attr.size = SIZE;
	attr.source_sleeps = true;
	attr.reserve = RESERVE;
	attr.max = 0;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.low = 0;
	attr.high = 0;
	attr.adaptive = false;
	attr.policy = RSVPOOL_POLICY_SOURCE;
	p = rsvpool_create(&attr);
	if (IS_ERR(p))
		return PTR_ERR(p);
	pool = p;
	return 0;
}

static int do_alloc(void)
{
	element = rsvpool_alloc(pool, GFP_KERNEL);
	return element ? 0 : -ENOMEM;
}

static int do_free(void)
{
	rsvpool_free(pool, element);
	element = NULL;
	return 0;
}

static int do_destroy(void)
{
	rsvpool_destroy(pool);
	WRITE_ONCE(destroyed, true);
	return 0;
}

static int thread_fn(void *data)
{
	int (*fn)(void) = data;

	WRITE_ONCE(last_err, fn());
	atomic_dec(&under_way);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static int start(int (*fn)(void), bool there)
{
	struct task_struct *task;

	if (nr_threads == THREADS_MAX)
		return -E2BIG;
	task = kthread_create(thread_fn, fn, "rsvpool_gate");
	if (IS_ERR(task))
		return PTR_ERR(task);
	if (there)
		kthread_bind(task, cpu_online(cpu) ? cpu : 0);
	get_task_struct(task);
	threads[nr_threads++] = task;
	atomic_inc(&under_way);
	wake_up_process(task);
	return 0;
}

static void join(void)
{
	while (nr_threads) {
		struct task_struct *task = threads[--nr_threads];

		kthread_stop(task);
		put_task_struct(task);
	}
}

static void open_gate(void)
{
	WRITE_ONCE(slow_ms, 0);
	WRITE_ONCE(shut, 0);
	wake_up_all(&gate);
}

static int do_word(const char *word, unsigned int nr)
{
	if (!strcmp(word, "create"))
		return start(do_create, true);
	if (!strcmp(word, "alloc"))
		return start(do_alloc, false);
	if (!strcmp(word, "free"))
		return start(do_free, false);
	if (!strcmp(word, "destroy"))
		return start(do_destroy, false);
	if (!strcmp(word, "shut"))
		WRITE_ONCE(shut, nr);
	else if (!strcmp(word, "slow"))
		WRITE_ONCE(slow_ms, nr);
	else if (!strcmp(word, "open"))
		open_gate();
	else if (!strcmp(word, "join"))
		join();
	else
		return -EINVAL;
	return 0;
}

static int state_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "at_gate %d\ncalls %d\nlate %d\nunder_way %d\nerr %d\n",
		   atomic_read(&at_gate), atomic_read(&calls),
		   atomic_read(&late), atomic_read(&under_way),
		   READ_ONCE(last_err));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int __init gate_init(void)
{
	folder = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("do", 0200, folder, NULL, &do_fops);
	debugfs_create_file("state", 0400, folder, NULL, &state_fops);
	return 0;
}
module_init(gate_init);

static void __exit gate_exit(void)
{
	debugfs_remove_recursive(folder);
	open_gate();
	join();
}
module_exit(gate_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A pool whose source does not answer, for the selftests");
