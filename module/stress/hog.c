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
 * struct stress_hog - the hog
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
struct stress_hog {
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
		struct stress_hog *hog;
		u64 taken;
		u64 topped_up;
		bool dry;
	} feeders[];
};

static bool hog_may_take(const struct stress_hog *hog)
{
	struct sysinfo info;

	if (READ_ONCE(hog->resting))
		return false;
	if (time_before(jiffies, READ_ONCE(hog->relief_until)))
		return false;
	if (!hog->run->params.spare)
		return true;
	si_meminfo(&info);
	return info.freeram > hog->run->params.spare;
}

static int hog_relieve(struct notifier_block *notifier, unsigned long unused,
		       void *data)
{
	struct stress_hog *hog = container_of(notifier, struct stress_hog,
					      notifier);
	unsigned long *freed = data;
	struct llist_node *node;
	unsigned int i;

	WRITE_ONCE(hog->relief_until, jiffies + msecs_to_jiffies(RELIEF_MS));
	WRITE_ONCE(hog->relieved, hog->relieved + 1);
	for (i = 0; i < RELIEF_PAGES; i++) {
		node = llist_del_first(&hog->pages);
		if (!node)
			break;
		free_page((unsigned long)node);
		(*freed)++;
	}
	return NOTIFY_OK;
}

static bool hog_take(struct feeder *feeder)
{
	struct stress_hog *hog = feeder->hog;
	struct page *page;

	if (!hog_may_take(hog))
		return false;
	page = alloc_page(HOG_GFP) ?: alloc_page(HOG_GFP_ATOMIC);
	if (!page)
		return false;
	llist_add(page_address(page), &hog->pages);
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
			if (!READ_ONCE(feeder->hog->resting))
				WRITE_ONCE(feeder->dry, true);
			usleep_range(PAUSE_US, 2 * PAUSE_US);
		}
	}
}

/* Make a hog that holds nothing yet. */
struct stress_hog *stress_hog_create(struct stress_run *run)
{
	unsigned int most = num_possible_cpus();
	struct stress_hog *hog;
	int cpu, err = -ENOMEM;

	hog = kzalloc(struct_size(hog, feeders, most), GFP_KERNEL);
	if (!hog)
		return ERR_PTR(-ENOMEM);
	hog->run = run;
	hog->relief_until = jiffies;
	hog->notifier.notifier_call = hog_relieve;
	init_llist_head(&hog->pages);
	hog->threads = kcalloc(most, sizeof(*hog->threads), GFP_KERNEL);
	if (!hog->threads)
		goto free_hog;

	for_each_possible_cpu(cpu) {
		hog->feeders[hog->nr].hog = hog;
		err = stress_thread_create(&hog->threads[hog->nr], run,
					   hog_feed, &hog->feeders[hog->nr],
					   hog->nr, cpu, "hog");
		if (err)
			goto stop_hog;
		hog->nr++;
	}
	return hog;

stop_hog:
	stress_hog_stop(hog);
free_hog:
	stress_hog_destroy(hog);
	return ERR_PTR(err);
}

static int wait_until_full(struct stress_hog *hog)
{
	unsigned int i;
	int err;

	for (i = 0; i < hog->nr; i++) {
		while (!READ_ONCE(hog->feeders[i].dry) &&
		       !stress_stopping(hog->run)) {
			err = stress_tick(hog->run);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Eat from now on: only then has the OOM killer anything to ask for. */
static int start_eating(struct stress_hog *hog)
{
	int err = register_oom_notifier(&hog->notifier);

	hog->fed = !err;
	return err;
}

static void stop_eating(struct stress_hog *hog)
{
	struct llist_node *node, *next;

	if (hog->fed)
		unregister_oom_notifier(&hog->notifier);
	hog->fed = false;
	for (node = llist_del_all(&hog->pages); node; node = next) {
		next = node->next;
		free_page((unsigned long)node);
		cond_resched();
	}
}

/*
 * Start eating, and wait until there is nothing left.
 * Return: 0, or -EINTR if a signal came first.
 */
int stress_hog_fill(struct stress_hog *hog)
{
	unsigned int i;
	int err;

	err = start_eating(hog);
	if (err)
		return err;
	for (i = 0; i < hog->nr; i++)
		stress_thread_start(&hog->threads[i]);
	return wait_until_full(hog);
}

/* Give everything back, for a while. */
void stress_hog_release(struct stress_hog *hog)
{
	WRITE_ONCE(hog->resting, true);
	stop_eating(hog);
	WRITE_ONCE(hog->meals, hog->meals + 1);
}

/* And eat again.  Return: as stress_hog_fill(). */
int stress_hog_resume(struct stress_hog *hog)
{
	unsigned int i;
	int err = start_eating(hog);

	if (err)
		return err;
	for (i = 0; i < hog->nr; i++)
		WRITE_ONCE(hog->feeders[i].dry, false);
	WRITE_ONCE(hog->resting, false);
	return wait_until_full(hog);
}

/* Where others may put pages for the hog to keep: llist_add(), any context. */
struct llist_head *stress_hog_pages(struct stress_hog *hog)
{
	return &hog->pages;
}

/* Give everything back.  The run must be stopping. */
void stress_hog_stop(struct stress_hog *hog)
{
	stress_threads_destroy(hog->threads, hog->nr);
	stop_eating(hog);
}

void stress_hog_show(struct seq_file *m, const struct stress_hog *hog)
{
	u64 taken = 0, topped_up = 0;
	unsigned int i;

	for (i = 0; i < hog->nr; i++) {
		taken += READ_ONCE(hog->feeders[i].taken);
		topped_up += READ_ONCE(hog->feeders[i].topped_up);
	}
	seq_printf(m, "hog.pages=%llu\nhog.topped_up=%llu\nhog.relieved=%u\n",
		   taken, topped_up, READ_ONCE(hog->relieved));
	if (hog->run->params.cycle_ms)
		seq_printf(m, "hog.cycles=%u\n", READ_ONCE(hog->meals));
}

void stress_hog_destroy(struct stress_hog *hog)
{
	kfree(hog->threads);
	kfree(hog);
}
