// SPDX-License-Identifier: GPL-2.0
/*
 * No CPU delays another: one CPU asks for a wake-up, or for a refill, and then
 * keeps its interrupts off; requests of another CPU are carried out meanwhile.
 * And requests of a CPU that is not online are carried out later.
 *
 * The proof is an order of events: the CPU with interrupts off waits for the
 * event that it must not delay.  If that does not come, a timeout ends the
 * wait, so that the test fails and the guest does not hang.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "wait.h"

#define BOUND_NS	(8 * NSEC_PER_SEC)	/* with interrupts off, at most */
#define BACKED_OFF	7	/* failures after which the back-off is long */

/* The source is called at most so often while it fails. */
#define FEW_FAILURES	20

/*
 * A CPU that keeps its interrupts off.
 *
 * @prepare: what it does before, or NULL
 * @act: what it does first, with interrupts off
 * @met: the condition that ends the wait; called with interrupts off, too
 * @let_go: for is_let_go()
 * @spinning: it has acted, and waits
 * @in_time: the wait was ended by @met, not by the timeout
 */
struct astray {
	struct rsvpool *pool;
	void (*prepare)(struct astray *astray);
	void (*act)(struct astray *astray);
	bool (*met)(const struct astray *astray);
	void *elements[ROOM];
	unsigned int nr;
	const struct counted *source;
	unsigned int before;
	bool let_go;
	bool spinning;
	bool in_time;
	struct task_struct *task;
};

/* This task's CPU, and the one that keeps its interrupts off. */
static unsigned int here, there;

static bool two_cpus(void)
{
	here = cpumask_first(cpu_online_mask);
	there = cpumask_next(here, cpu_online_mask);
	if (!CHECK(there < nr_cpu_ids))
		return false;
	return CHECK_EQ(set_cpus_allowed_ptr(current, cpumask_of(here)), 0);
}

static void any_cpu(void)
{
	CHECK_EQ(set_cpus_allowed_ptr(current, cpu_possible_mask), 0);
}

static int astray_thread(void *data)
{
	struct astray *astray = data;
	unsigned long flags;
	u64 until;

	if (astray->prepare)
		astray->prepare(astray);
	local_irq_save(flags);
	astray->act(astray);
	until = ktime_get_mono_fast_ns() + BOUND_NS;
	WRITE_ONCE(astray->spinning, true);
	while (!(astray->in_time = astray->met(astray)) &&
	       ktime_get_mono_fast_ns() < until)
		cpu_relax();
	WRITE_ONCE(astray->spinning, false);
	local_irq_restore(flags);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static bool astray_start(struct astray *astray)
{
	astray->task = kthread_create(astray_thread, astray, "rsvpool_astray");
	if (!CHECK(!IS_ERR(astray->task)))
		return false;
	kthread_bind(astray->task, there);
	wake_up_process(astray->task);
	if (SOON(READ_ONCE(astray->spinning)))
		return true;
	kthread_stop(astray->task);
	return false;
}

/* The verdict. */
static void astray_end(struct astray *astray)
{
	SOON(!READ_ONCE(astray->spinning));
	kthread_stop(astray->task);
	CHECK(astray->in_time);
}

static void free_one(struct astray *astray)
{
	rsvpool_free(astray->pool, astray->elements[--astray->nr]);
}

static void take_one(struct astray *astray)
{
	void *element = rsvpool_tryalloc(astray->pool);

	if (element)
		astray->elements[astray->nr++] = element;
}

static bool is_let_go(const struct astray *astray)
{
	return READ_ONCE(astray->let_go);
}

static bool source_is_asked(const struct astray *astray)
{
	return READ_ONCE(astray->source->live) > astray->before;
}

/*
 * Two tasks sleep; one is served there, one here: both are woken, in order,
 * while the other CPU still has interrupts off.  The test counts wake-ups, as
 * sleepers also run a periodic check of their own.
 */
static void test_delay_wakeup(void)
{
	struct asker first = { .ask = ask_plain }, second = first;
	struct astray astray = {
		.act = free_one, .met = is_let_go,
	};
	void *elements[ROOM];
	struct counted source;
	u64 woken;

	if (!two_cpus())
		goto out;
	astray.pool = drained_pool("delay", &source, 2, elements);
	if (!astray.pool)
		goto out;
	astray.elements[astray.nr++] = elements[0];
	first.pool = astray.pool;
	second.pool = astray.pool;
	if (!CHECK(asker_start_on(&first, here)) ||
	    !SOON(asker_sleeps(&first)) ||
	    !CHECK(asker_start_on(&second, here)) ||
	    !SOON(asker_sleeps(&second)))
		goto out;
	woken = stat(astray.pool, "wakeups");
	if (astray_start(&astray)) {
		rsvpool_free(astray.pool, elements[1]);
		SOON(stat(astray.pool, "wakeups") == woken + 2 ||
		     !READ_ONCE(astray.spinning));
		WRITE_ONCE(astray.let_go, true);
		astray_end(&astray);
		SOON(asker_answered(&first));
		SOON(asker_answered(&second));
	}
	asker_end(&first);
	asker_end(&second);
	counted_end(astray.pool, &source);
out:
	any_cpu();
}

/* A pool without caches that is refilled as soon as one element is gone. */
static bool delay_pool(struct astray *astray, struct counted *source,
		       bool thread)
{
	struct rsvpool_attr attr;

	counted_init(source);
	counted_attr(&attr, "delay", source);
	attr.reserve = 8;
	attr.max = 64;
	attr.cache = 0;
	attr.low = 8;
	attr.high = 8;
	attr.adaptive = false;
	attr.refill_thread = thread;
	astray->pool = MAKE_POOL(&attr);
	astray->source = source;
	astray->before = source->live;
	return astray->pool;
}

/*
 * The depot falls below low there, and again here: the worker refills while the
 * other CPU still has interrupts off.
 *
 * The scheduler may have put the worker's task on that CPU.  Then this one pulls it
 * when it becomes idle, unless it is idle for some microseconds only, as in SOON().
 */
static void delayed_refill(bool thread)
{
	struct astray astray = { .act = take_one, .met = source_is_asked };
	struct counted source;
	void *element;

	if (!two_cpus())
		goto out;
	if (!delay_pool(&astray, &source, thread))
		goto out;
	if (astray_start(&astray)) {
		element = rsvpool_tryalloc(astray.pool);
		WAIT_UNTIL(READ_ONCE(source.live) > astray.before);
		astray_end(&astray);
		if (element)
			rsvpool_free(astray.pool, element);
	}
	give_all(astray.pool, astray.elements, astray.nr);
	counted_end(astray.pool, &source);
out:
	any_cpu();
}

static void test_delay_refill(void)
{
	delayed_refill(false);
}

static void test_delay_refill_thread(void)
{
	delayed_refill(true);
}

/*
 * The worker backs off, by a timer on a CPU that then has interrupts off.  Where it
 * runs is written from a kernel thread, too, which from 7.0 on finds no file by its
 * path: so the file is opened before.
 */
static struct file *thread_cpus;

static bool thread_cpus_open(void)
{
	thread_cpus = filp_open("/sys/kernel/rsvpool/delay/refill_cpus",
				O_WRONLY, 0);
	return CHECK(!IS_ERR(thread_cpus));
}

static bool set_thread_cpu(unsigned int cpu)
{
	char text[16];
	loff_t pos = 0;
	int len = snprintf(text, sizeof(text), "%u", cpu);

	return CHECK_EQ(kernel_write(thread_cpus, text, len, &pos), len);
}

/*
 * It has just failed again, so its timer is pending; from now on it runs here.
 */
static void see_it_fail(struct astray *astray)
{
	u64 fails = max_t(u64, stat(astray->pool, "refill_fails"), BACKED_OFF);

	SOON(stat(astray->pool, "refill_fails") > fails);
	usleep_range(2000, 4000);
	set_thread_cpu(here);
}

static void do_nothing(struct astray *astray)
{
}

static void test_delay_backoff(void)
{
	struct astray astray = {
		.prepare = see_it_fail, .act = do_nothing,
		.met = source_is_asked,
	};
	struct counted source;
	unsigned int i;
	u64 fails;

	if (!two_cpus())
		goto out;
	if (!delay_pool(&astray, &source, true))
		goto out;
	WRITE_ONCE(source.fails, true);
	if (!thread_cpus_open())
		goto end;
	if (!set_thread_cpu(there))
		goto close;
	for (i = 0; i < 4; i++)
		take_one(&astray);
	if (astray_start(&astray)) {
		fails = stat(astray.pool, "refill_fails");
		WRITE_ONCE(source.fails, false);
		/* Requests before the back-off ends do not call the source. */
		while (READ_ONCE(source.live) <= astray.before &&
		       READ_ONCE(astray.spinning)) {
			take_one(&astray);
			give_all(astray.pool, astray.elements + 4,
				 astray.nr - 4);
			astray.nr = 4;
			usleep_range(1000, 2000);
		}
		astray_end(&astray);
		/* Nor do they make the worker run more often. */
		CHECK_EQ(stat(astray.pool, "refill_fails"), fails);
		CHECK(fails < FEW_FAILURES);
	}
close:
	filp_close(thread_cpus, NULL);
end:
	give_all(astray.pool, astray.elements, astray.nr);
	counted_end(astray.pool, &source);
out:
	any_cpu();
}

/*
 * A CPU asks while it comes up, or after it has run its irq_works for the last
 * time.  No other CPU asks.
 */
static struct astray *comes, *goes;

static int cpu_comes(unsigned int cpu)
{
	if (comes)
		comes->act(comes);
	return 0;
}

static int cpu_goes(unsigned int cpu)
{
	if (goes)
		goes->act(goes);
	return 0;
}

/*
 * Interrupts are off in these callbacks, and the CPU is not online.  The
 * hotplug state is one of a device that our machines do not have.
 */
#define STATE	CPUHP_AP_ARM_GLOBAL_TIMER_STARTING

static void turn_a_cpu(struct astray *on_coming, struct astray *on_going)
{
	struct astray *any = on_coming ?: on_going;
	struct counted source;
	void *elements[ROOM];
	unsigned int nr = 0;

	if (!two_cpus())
		goto out;
	any->pool = counted_pool("delay", &source, 8, 64);
	if (!any->pool)
		goto out;
	if (!CHECK_EQ(cpuhp_setup_state_nocalls(STATE, "rsvpool_test:delay",
						cpu_comes, cpu_goes), 0))
		goto end;
	any->before = source.live;
	goes = on_going;
	if (CHECK_EQ(remove_cpu(there), 0)) {
		goes = NULL;
		if (on_going)
			SOON(READ_ONCE(source.live) > any->before);
		any->before = source.live;
		comes = on_coming;
		CHECK_EQ(add_cpu(there), 0);
		comes = NULL;
		if (on_coming)
			SOON(READ_ONCE(source.live) > any->before);
	}
	goes = NULL;
	cpuhp_remove_state_nocalls(STATE);
	CHECK_EQ(any->nr, 1);
	nr = take_all(any->pool, elements, 8);
	CHECK_EQ(nr, 8);
	give_all(any->pool, elements, nr);
end:
	give_all(any->pool, any->elements, any->nr);
	counted_end(any->pool, &source);
out:
	any_cpu();
}

static void test_delay_cpu_coming(void)
{
	struct astray astray = { .act = take_one };

	turn_a_cpu(&astray, NULL);
}

static void test_delay_cpu_going(void)
{
	struct astray astray = { .act = take_one };

	turn_a_cpu(NULL, &astray);
}

const struct api_test delay_tests[] = {
	API_TEST(delay_wakeup),
	API_TEST(delay_refill),
	API_TEST(delay_refill_thread),
	API_TEST(delay_backoff),
	API_TEST(delay_cpu_coming),
	API_TEST(delay_cpu_going),
	{}
};
