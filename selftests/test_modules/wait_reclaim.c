// SPDX-License-Identifier: GPL-2.0
/*
 * The deadlock of 1999: memory is asked for while a lock is held that reclaim
 * needs.
 *
 * The lock is a mutex, and reclaim needs it because of a shrinker that keeps
 * pages under it.  Where the task that reclaims is the one that has the mutex,
 * the shrinker does not hang: it counts that it would have, and gives its pages
 * without the lock, so that the test comes to an end.  As a file system's
 * shrinker would, it does not take the mutex where FS or I/O is not allowed,
 * and counts that, too.
 *
 * The machine's memory is used up for a moment.  What other tasks need
 * meanwhile they get from the shrinker, or, before the OOM killer kills, from
 * what the test has taken.
 */
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/slab.h>

#include "compat.h"
#include "wait.h"

#define KEPT_PAGES	1024	/* what the shrinker has */
#define RELIEF_PAGES	1024	/* for the OOM killer */
#define TRIES		512	/* allocations until one has to reclaim */
#define SECTION_NR	8

static DEFINE_MUTEX(lock);		/* what the shrinker needs */
static struct task_struct *owner;	/* of the lock */
static atomic_t would_deadlock;
static atomic_t kept_away;		/* the owner's reclaim; no lock taken */
static atomic_t given_back;		/* pages, since the OOM killer last called */

/* Pages, linked through themselves; any context, no lock. */
static LLIST_HEAD(kept);
static LLIST_HEAD(hogged);

static unsigned int drop(struct llist_head *pages, unsigned int nr)
{
	struct llist_node *page;
	unsigned int n;

	/* llist_del_first() is for one taker at a time. */
	static DEFINE_RAW_SPINLOCK(taker);

	for (n = 0; n < nr; n++) {
		raw_spin_lock(&taker);
		page = llist_del_first(pages);
		raw_spin_unlock(&taker);
		if (!page)
			break;
		free_page((unsigned long)page);
	}
	return n;
}

/* Without touching what the test is about: no reclaim, no reserves. */
static bool take_page(struct llist_head *pages)
{
	struct page *page = alloc_page(__GFP_NOWARN | __GFP_NOMEMALLOC);

	if (page)
		llist_add(page_address(page), pages);
	return page;
}

/*
 * The shrinker.
 */

static unsigned long kept_count(struct shrinker *shrinker,
				struct shrink_control *sc)
{
	return KEPT_PAGES;
}

static unsigned long kept_scan(struct shrinker *shrinker,
			       struct shrink_control *sc)
{
	const gfp_t needed = __GFP_FS | __GFP_IO;
	bool ours = READ_ONCE(owner) == current;
	unsigned int dropped;

	if ((sc->gfp_mask & needed) != needed) {
		if (ours)
			atomic_inc(&kept_away);
		return SHRINK_STOP;
	}
	if (ours) {
		atomic_inc(&would_deadlock);
		return drop(&kept, sc->nr_to_scan);
	}
	if (!mutex_trylock(&lock))
		return SHRINK_STOP;
	dropped = drop(&kept, sc->nr_to_scan);
	mutex_unlock(&lock);
	return dropped ? dropped : SHRINK_STOP;
}

static struct shrinker *kept_shrinker(void)
{
	struct shrinker *shrinker = rsvpool_shrinker_alloc();

	if (!CHECK(shrinker))
		return NULL;
	shrinker->count_objects = kept_count;
	shrinker->scan_objects = kept_scan;
	shrinker->seeks = 0;
	if (!CHECK_EQ(rsvpool_shrinker_register(shrinker), 0))
		return NULL;
	return shrinker;
}

/*
 * Called before the OOM killer looks for a victim.  Its caller may have looked for a
 * page just before give_memory_back(): those pages count, too, once.
 */
static int relieve(struct notifier_block *notifier, unsigned long unused,
		   void *freed)
{
	*(unsigned long *)freed += atomic_xchg(&given_back, 0) +
				   drop(&hogged, RELIEF_PAGES);
	return NOTIFY_OK;
}

static struct notifier_block relief = { .notifier_call = relieve };

/*
 * Under the lock, with no memory left.
 */

static void lock_it(void)
{
	mutex_lock(&lock);
	WRITE_ONCE(owner, current);
}

static void unlock_it(void)
{
	WRITE_ONCE(owner, NULL);
	mutex_unlock(&lock);
}

static void use_memory_up(void)
{
	while (take_page(&hogged))
		cond_resched();
}

static void give_memory_back(void)
{
	atomic_add(drop(&hogged, UINT_MAX), &given_back);
}

static bool has_reclaimed(void)
{
	return atomic_read(&would_deadlock) || atomic_read(&kept_away);
}

/* Until one of these has to reclaim, and is seen by the shrinker. */
static void allocate_pages(gfp_t gfp)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < TRIES && !has_reclaimed(); i++) {
		use_memory_up();
		page = alloc_page(gfp);
		if (page)
			llist_add(page_address(page), &hogged);
	}
}

/*
 * What is done under the lock.
 *
 * @allocate: it
 * @flags: of the section around it, or 0 for none
 * @deadlocks: is it expected to?
 */
struct attempt {
	void (*allocate)(struct rsvpool_section *section,
			 struct rsvpool *pool);
	unsigned int flags;
	bool deadlocks;
};

static void under_lock(const struct attempt *attempt, struct rsvpool *pool)
{
	struct rsvpool_section section = { };

	lock_it();
	if (attempt->flags)
		CHECK_EQ(rsvpool_section_begin(&section, pool, SECTION_NR,
					       attempt->flags), 0);
	use_memory_up();
	attempt->allocate(&section, pool);
	if (attempt->flags)
		rsvpool_section_end(&section);
	give_memory_back();
	unlock_it();
}

static void try_under_lock(const struct attempt *attempt)
{
	struct rsvpool_attr attr;
	struct shrinker *shrinker;
	struct rsvpool *pool;
	unsigned int i;

	rsvpool_attr_init(&attr, "reclaim");
	attr.reserve = SECTION_NR;
	attr.max = 2 * SECTION_NR;
	attr.cache = 0;
	attr.low = 0;
	attr.high = SECTION_NR;
	attr.adaptive = false;
	pool = MAKE_POOL(&attr);
	shrinker = kept_shrinker();
	if (!pool || !shrinker)
		goto out;
	for (i = 0; i < KEPT_PAGES; i++)
		take_page(&kept);
	atomic_set(&would_deadlock, 0);
	atomic_set(&kept_away, 0);
	if (CHECK_EQ(register_oom_notifier(&relief), 0)) {
		/* Again, if others freed enough for all of it. */
		for (i = 0; i < TRIES && !has_reclaimed(); i++)
			under_lock(attempt, pool);
		unregister_oom_notifier(&relief);
	}
	/* It did come to reclaim: else nothing has been tested. */
	if (attempt->deadlocks)
		CHECK(atomic_read(&would_deadlock));
	else
		CHECK(atomic_read(&kept_away));
	if (!attempt->deadlocks)
		CHECK_EQ(atomic_read(&would_deadlock), 0);
out:
	if (shrinker)
		rsvpool_shrinker_free(shrinker);
	drop(&kept, UINT_MAX);
	if (pool)
		rsvpool_destroy(pool);
}

static void plain_page(struct rsvpool_section *section, struct rsvpool *pool)
{
	allocate_pages(GFP_KERNEL | __GFP_NOWARN);
}

/* With no FS the page allocator would try for ever, but for NORETRY. */
static void one_page(struct rsvpool_section *section, struct rsvpool *pool)
{
	allocate_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
}

/* All that the section guarantees; its ladder asks the source first. */
static void section_elements(struct rsvpool_section *section,
			     struct rsvpool *pool)
{
	void *elements[SECTION_NR];
	unsigned int i;

	for (i = 0; i < SECTION_NR; i++) {
		use_memory_up();
		elements[i] = rsvpool_section_alloc(section);
		if (!CHECK(elements[i]))
			break;
	}
	CHECK(all_different(elements, i));
	give_all(pool, elements, i);
}

static void elements_and_page(struct rsvpool_section *section,
			      struct rsvpool *pool)
{
	section_elements(section, pool);
	one_page(section, pool);
}

/* As plain_page(), but the pool's own ladder comes to reclaim. */
static void pool_elements(struct rsvpool_section *section, struct rsvpool *pool)
{
	void *elements[2 * SECTION_NR];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(elements) && !has_reclaimed(); i++) {
		use_memory_up();
		elements[i] = rsvpool_alloc_timeout(pool, GFP_KERNEL, 1);
		if (!elements[i])
			break;
	}
	give_all(pool, elements, i);
}

static void test_reclaim_plain_allocation_deadlocks(void)
{
	static const struct attempt attempt = { plain_page, 0, true };

	try_under_lock(&attempt);
}

static void test_reclaim_plain_element_deadlocks(void)
{
	static const struct attempt attempt = { pool_elements, 0, true };

	try_under_lock(&attempt);
}

static void test_reclaim_section_without_scope_deadlocks(void)
{
	static const struct attempt attempt = {
		section_elements, RSVPOOL_SECTION_SHARED, true,
	};

	try_under_lock(&attempt);
}

static void test_reclaim_nofs_section_does_not(void)
{
	static const struct attempt shared = {
		section_elements,
		RSVPOOL_SECTION_SHARED | RSVPOOL_SECTION_NOFS, false,
	}, private = {
		elements_and_page,
		RSVPOOL_SECTION_PRIVATE | RSVPOOL_SECTION_NOFS, false,
	};

	try_under_lock(&shared);
	try_under_lock(&private);
}

static void test_reclaim_noio_section_does_not(void)
{
	static const struct attempt shared = {
		section_elements,
		RSVPOOL_SECTION_SHARED | RSVPOOL_SECTION_NOIO, false,
	}, private = {
		elements_and_page,
		RSVPOOL_SECTION_PRIVATE | RSVPOOL_SECTION_NOIO, false,
	};

	try_under_lock(&shared);
	try_under_lock(&private);
}

const struct api_test reclaim_tests[] = {
	API_TEST(reclaim_plain_allocation_deadlocks),
	API_TEST(reclaim_plain_element_deadlocks),
	API_TEST(reclaim_section_without_scope_deadlocks),
	API_TEST(reclaim_nofs_section_does_not),
	API_TEST(reclaim_noio_section_does_not),
	{ }
};
