// SPDX-License-Identifier: GPL-2.0
/*
 * The memhog: holds the machine's memory.
 *
 * Answers for: a machine in which even GFP_ATOMIC finds no page, during a whole
 * run or in turns with free memory; at the end all pages are freed.  A thread on
 * each CPU takes single pages, first with a plain gfp, then from the atomic
 * reserves; it never reclaims.  Each CPU has a thread, as the page allocator
 * keeps free pages for each CPU.
 *
 * Other tasks that may reclaim, such as one that creates a kworker, would find
 * no page and call the OOM killer.  Before that kills a task, it calls its
 * notifiers: the hog then frees some pages, and takes none for RELIEF_MS.  The
 * notifier stays until the hog is destroyed: a task that finds no page while the
 * hog frees them all is not to be killed either.
 *
 * The pages are on a lock-free list linked through themselves, to which other
 * code may add in any context.  Pages are removed under "freeing".  All else is
 * task context.
 */
#include "stress.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define PAUSE_US	200	/* after an attempt that got no page */
#define RELIEF_PAGES	2048	/* pages freed by one call of the notifier */
#define RELIEF_MS	20	/* for how long no page is taken after that */

#define HOG_GFP		(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC)
#define HOG_GFP_ATOMIC	(GFP_ATOMIC | __GFP_NOWARN | __GFP_NOMEMALLOC)

/**
 * struct stress_memhog - the hog
 * @run: its run
 * @pages: the pages
 * @freeing: held while pages are removed from @pages and freed
 * @freed: pages that free_all_pages() freed since the notifier's last call; under
 *	@freeing
 * @notifier: called by the OOM killer
 * @registered: the notifier is registered
 * @resting: it has freed its pages, and takes none
 * @cycles: how often it held all memory and then freed it
 * @relief_until: in jiffies, when to take pages again
 * @relieved: calls of the notifier
 * @nr: how many takers it has
 * @threads: the threads of the takers
 * @takers: the counts of each taker; @dry: it got no page once since the hog
 *	began to take pages
 */
struct stress_memhog {
	struct stress_run *run;
	struct llist_head pages;
	struct mutex freeing;	/* for removing pages */
	unsigned long freed;
	struct notifier_block notifier;
	bool registered;
	bool resting;
	unsigned int cycles;
	unsigned long relief_until;
	unsigned int relieved;
	unsigned int nr;
	struct stress_thread *threads;
	struct taker {
		struct stress_memhog *memhog;
		u64 taken;
		u64 topped_up;
		bool dry;
	} takers[];
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

/*
 * The OOM killer kills no task if a notifier reports freed pages.  Its caller may
 * have looked for a page just before free_all_pages().  The list is then empty, so
 * the pages that free_all_pages() freed are reported, once.
 */
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
	mutex_lock(&memhog->freeing);
	*freed += memhog->freed;
	memhog->freed = 0;
	for (i = 0; i < RELIEF_PAGES; i++) {
		node = llist_del_first(&memhog->pages);
		if (!node)
			break;
		free_page((unsigned long)node);
		(*freed)++;
	}
	mutex_unlock(&memhog->freeing);
	return NOTIFY_OK;
}

static bool memhog_take(struct taker *taker)
{
	struct stress_memhog *memhog = taker->memhog;
	struct page *page;

	if (!hog_may_take(memhog))
		return false;
	page = alloc_page(HOG_GFP) ?: alloc_page(HOG_GFP_ATOMIC);
	if (!page)
		return false;
	llist_add(page_address(page), &memhog->pages);
	return true;
}

static void memhog_work(struct stress_thread *thread)
{
	struct taker *taker = thread->data;

	while (!stress_stopping(thread->run)) {
		if (memhog_take(taker)) {
			stress_count(taker->dry ? &taker->topped_up :
						   &taker->taken, 1);
			cond_resched();
		} else {
			if (!READ_ONCE(taker->memhog->resting))
				WRITE_ONCE(taker->dry, true);
			usleep_range(PAUSE_US, 2 * PAUSE_US);
		}
	}
}

/* Create a hog that holds no pages yet. */
struct stress_memhog *stress_memhog_create(struct stress_run *run)
{
	unsigned int most = num_possible_cpus();
	struct stress_memhog *memhog;
	int cpu, err = -ENOMEM;

	memhog = kzalloc(struct_size(memhog, takers, most), GFP_KERNEL);
	if (!memhog)
		return ERR_PTR(-ENOMEM);
	memhog->run = run;
	memhog->relief_until = jiffies;
	memhog->notifier.notifier_call = hog_relieve;
	init_llist_head(&memhog->pages);
	mutex_init(&memhog->freeing);
	memhog->threads = kcalloc(most, sizeof(*memhog->threads), GFP_KERNEL);
	if (!memhog->threads)
		goto free_hog;

	for_each_possible_cpu(cpu) {
		memhog->takers[memhog->nr].memhog = memhog;
		err = stress_thread_create(&memhog->threads[memhog->nr], run,
					   memhog_work,
					   &memhog->takers[memhog->nr],
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
		while (!READ_ONCE(memhog->takers[i].dry) &&
		       !stress_stopping(memhog->run)) {
			err = stress_tick(memhog->run);
			if (err)
				return err;
		}
	}
	return 0;
}

static void free_all_pages(struct stress_memhog *memhog)
{
	struct llist_node *node, *next;

	mutex_lock(&memhog->freeing);
	for (node = llist_del_all(&memhog->pages); node; node = next) {
		next = node->next;
		free_page((unsigned long)node);
		memhog->freed++;
		cond_resched();
	}
	mutex_unlock(&memhog->freeing);
}

/*
 * Start taking pages, and wait until every thread has found no page.
 * Return: 0, or -EINTR if a signal came first.
 */
int stress_memhog_fill(struct stress_memhog *memhog)
{
	unsigned int i;
	int err = register_oom_notifier(&memhog->notifier);

	if (err)
		return err;
	memhog->registered = true;
	for (i = 0; i < memhog->nr; i++)
		stress_thread_start(&memhog->threads[i]);
	return wait_until_full(memhog);
}

/* Free all pages, and rest. */
void stress_memhog_release(struct stress_memhog *memhog)
{
	WRITE_ONCE(memhog->resting, true);
	free_all_pages(memhog);
	WRITE_ONCE(memhog->cycles, memhog->cycles + 1);
}

/* End the rest.  Return: as stress_memhog_fill(). */
int stress_memhog_resume(struct stress_memhog *memhog)
{
	unsigned int i;

	for (i = 0; i < memhog->nr; i++)
		WRITE_ONCE(memhog->takers[i].dry, false);
	WRITE_ONCE(memhog->resting, false);
	return wait_until_full(memhog);
}

/* The list to which other code may add pages: llist_add(), any context. */
struct llist_head *stress_memhog_pages(struct stress_memhog *memhog)
{
	return &memhog->pages;
}

/* Free all pages.  The run must be stopping. */
void stress_memhog_stop(struct stress_memhog *memhog)
{
	stress_threads_destroy(memhog->threads, memhog->nr);
	free_all_pages(memhog);
}

void stress_memhog_show(struct seq_file *m, const struct stress_memhog *memhog)
{
	u64 taken = 0, topped_up = 0;
	unsigned int i;

	for (i = 0; i < memhog->nr; i++) {
		taken += READ_ONCE(memhog->takers[i].taken);
		topped_up += READ_ONCE(memhog->takers[i].topped_up);
	}
	seq_printf(m, "hog.pages=%llu\nhog.topped_up=%llu\nhog.relieved=%u\n",
		   taken, topped_up, READ_ONCE(memhog->relieved));
	if (memhog->run->params.cycle_ms)
		seq_printf(m, "hog.cycles=%u\n", READ_ONCE(memhog->cycles));
}

void stress_memhog_destroy(struct stress_memhog *memhog)
{
	if (memhog->registered)
		unregister_oom_notifier(&memhog->notifier);
	kfree(memhog->threads);
	kfree(memhog);
}
