// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the machine's memory.
 *
 * Answers for: a machine in which even GFP_ATOMIC finds no page, kept so while
 * a run goes on, or in turns with one that has memory; and all given back.  A
 * thread on each CPU takes single pages, first as anybody may, then out of the
 * atomic reserves; it never reclaims.  One a CPU, because the page allocator
 * keeps free pages by CPU.
 *
 * Others who may reclaim, such as whoever makes a new kworker, would find
 * nothing and call the OOM killer.  Before that kills it asks its notifiers:
 * the hog then gives some pages back, and leaves them alone for a moment.
 *
 * The pages are on a lock-free list linked through themselves, to which
 * others may add in any context.  Only the notifier takes single pages off it,
 * under the OOM killer's lock, as long as the hog eats.  The rest is task
 * context.
 */
#include "stress.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define PAUSE_US	200	/* between two looks for new pages */
#define RELIEF_PAGES	2048	/* what the OOM killer gets, above the marks */
#define RELIEF_MS	20	/* for how long these are left alone */

#define HOG_GFP		(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC)
#define HOG_GFP_ATOMIC	(GFP_ATOMIC | __GFP_NOWARN | __GFP_NOMEMALLOC)

/**
 * struct stress_memhog - the hog
 * @run: its run
 * @pages: the pages
 * @notifier: the OOM killer's call
 * @fed: the notifier is registered
 * @resting: holds nothing, and takes nothing, for a while
 * @meals: how often it was full and gave everything back
 * @relief_until: in jiffies, when to eat again
 * @relieved: calls of the notifier
 * @nr: how many feeders it has
 * @threads: their threads
 * @feeders: what each of them did
 */
struct stress_memhog {
	struct stress_run *run;
	struct llist_head pages;
	struct notifier_block notifier;
	bool fed;
	bool resting;
	unsigned int meals;
	unsigned long relief_until;
	unsigned int relieved;
	unsigned int nr;
	struct stress_thread *threads;
	struct feeder {
		struct stress_memhog *memhog;
		u64 taken;
		u64 topped_up;
		bool dry;
	} feeders[];
};

static bool hog_may_take(const struct stress_memhog *memhog)
{
	struct sysinfo info;

	if (READ_ONCE(memhog->resting))
		return false;
	if (time_before(jiffies, READ_ONCE(memhog->relief_until)))
		return false;
	if (!memhog->run->params.spare)
		return true;
	si_meminfo(&info);
	return info.freeram > memhog->run->params.spare;
}

static int hog_relieve(struct notifier_block *notifier, unsigned long unused,
		       void *data)
{
	struct stress_memhog *memhog = container_of(notifier, struct stress_memhog,
					      notifier);
	unsigned long *freed = data;
	struct llist_node *node;
	unsigned int i;

	WRITE_ONCE(memhog->relief_until, jiffies + msecs_to_jiffies(RELIEF_MS));
	WRITE_ONCE(memhog->relieved, memhog->relieved + 1);
	for (i = 0; i < RELIEF_PAGES; i++) {
		node = llist_del_first(&memhog->pages);
		if (!node)
			break;
		free_page((unsigned long)node);
		(*freed)++;
	}
	return NOTIFY_OK;
}

static bool hog_take(struct feeder *feeder)
{
	struct stress_memhog *memhog = feeder->memhog;
	struct page *page;

	if (!hog_may_take(memhog))
		return false;
	page = alloc_page(HOG_GFP) ?: alloc_page(HOG_GFP_ATOMIC);
	if (!page)
		return false;
	llist_add(page_address(page), &memhog->pages);
	return true;
}

static void hog_feed(struct stress_thread *thread)
{
	struct feeder *feeder = thread->data;

	while (!stress_stopping(thread->run)) {
		if (hog_take(feeder)) {
			stress_count(feeder->dry ? &feeder->topped_up :
						   &feeder->taken, 1);
			cond_resched();
		} else {
			if (!READ_ONCE(feeder->memhog->resting))
				WRITE_ONCE(feeder->dry, true);
			usleep_range(PAUSE_US, 2 * PAUSE_US);
		}
	}
}

/* Make a hog that holds nothing yet. */
struct stress_memhog *stress_memhog_create(struct stress_run *run)
{
	unsigned int most = num_possible_cpus();
	struct stress_memhog *memhog;
	int cpu, err = -ENOMEM;

	memhog = kzalloc(struct_size(memhog, feeders, most), GFP_KERNEL);
	if (!memhog)
		return ERR_PTR(-ENOMEM);
	memhog->run = run;
	memhog->relief_until = jiffies;
	memhog->notifier.notifier_call = hog_relieve;
	init_llist_head(&memhog->pages);
	memhog->threads = kcalloc(most, sizeof(*memhog->threads), GFP_KERNEL);
	if (!memhog->threads)
		goto free_hog;

	for_each_possible_cpu(cpu) {
		memhog->feeders[memhog->nr].memhog = memhog;
		err = stress_thread_create(&memhog->threads[memhog->nr], run,
					   hog_feed, &memhog->feeders[memhog->nr],
					   memhog->nr, cpu, "hog");
		if (err)
			goto stop_hog;
		memhog->nr++;
	}
	return memhog;

stop_hog:
	stress_memhog_stop(memhog);
free_hog:
	stress_memhog_destroy(memhog);
	return ERR_PTR(err);
}

static int wait_until_full(struct stress_memhog *memhog)
{
	unsigned int i;
	int err;

	for (i = 0; i < memhog->nr; i++) {
		while (!READ_ONCE(memhog->feeders[i].dry) &&
		       !stress_stopping(memhog->run)) {
			err = stress_tick(memhog->run);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Eat from now on: only then has the OOM killer anything to ask for. */
static int start_eating(struct stress_memhog *memhog)
{
	int err = register_oom_notifier(&memhog->notifier);

	memhog->fed = !err;
	return err;
}

static void stop_eating(struct stress_memhog *memhog)
{
	struct llist_node *node, *next;

	if (memhog->fed)
		unregister_oom_notifier(&memhog->notifier);
	memhog->fed = false;
	for (node = llist_del_all(&memhog->pages); node; node = next) {
		next = node->next;
		free_page((unsigned long)node);
		cond_resched();
	}
}

/*
 * Start eating, and wait until there is nothing left.
 * Return: 0, or -EINTR if a signal came first.
 */
int stress_memhog_fill(struct stress_memhog *memhog)
{
	unsigned int i;
	int err;

	err = start_eating(memhog);
	if (err)
		return err;
	for (i = 0; i < memhog->nr; i++)
		stress_thread_start(&memhog->threads[i]);
	return wait_until_full(memhog);
}

/* Give everything back, for a while. */
void stress_memhog_release(struct stress_memhog *memhog)
{
	WRITE_ONCE(memhog->resting, true);
	stop_eating(memhog);
	WRITE_ONCE(memhog->meals, memhog->meals + 1);
}

/* And eat again.  Return: as stress_memhog_fill(). */
int stress_memhog_resume(struct stress_memhog *memhog)
{
	unsigned int i;
	int err = start_eating(memhog);

	if (err)
		return err;
	for (i = 0; i < memhog->nr; i++)
		WRITE_ONCE(memhog->feeders[i].dry, false);
	WRITE_ONCE(memhog->resting, false);
	return wait_until_full(memhog);
}

/* Where others may put pages for the hog to keep: llist_add(), any context. */
struct llist_head *stress_memhog_pages(struct stress_memhog *memhog)
{
	return &memhog->pages;
}

/* Give everything back.  The run must be stopping. */
void stress_memhog_stop(struct stress_memhog *memhog)
{
	stress_threads_destroy(memhog->threads, memhog->nr);
	stop_eating(memhog);
}

void stress_memhog_show(struct seq_file *m, const struct stress_memhog *memhog)
{
	u64 taken = 0, topped_up = 0;
	unsigned int i;

	for (i = 0; i < memhog->nr; i++) {
		taken += READ_ONCE(memhog->feeders[i].taken);
		topped_up += READ_ONCE(memhog->feeders[i].topped_up);
	}
	seq_printf(m, "hog.pages=%llu\nhog.topped_up=%llu\nhog.relieved=%u\n",
		   taken, topped_up, READ_ONCE(memhog->relieved));
	if (memhog->run->params.cycle_ms)
		seq_printf(m, "hog.cycles=%u\n", READ_ONCE(memhog->meals));
}

void stress_memhog_destroy(struct stress_memhog *memhog)
{
	kfree(memhog->threads);
	kfree(memhog);
}
