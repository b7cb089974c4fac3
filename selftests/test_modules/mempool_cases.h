/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver that uses all of the mempool API, built twice: mempool_t is the
 * kernel's or rsvpool's, as included before.  The CHECKs hold for both.
 *
 * The cases run when the module is loaded, one after the other, in one task.
 * The parameter "results" has "ok NAME" or "not ok NAME" for each, after one
 * line for each failed check.  The parameter "keep" is how many mempools stay
 * until the module is unloaded, for others to look at.
 *
 * MEMPOOL_ALL is for mempools with the functions that were added after 6.1,
 * MEMPOOL_BULK for those with the bulk calls of 7.x.
 */
#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>

#include "mempool_check.h"

#define MIN_NR		4
#define MANY		(3 * MIN_NR)
#define BYTES		200
#define KEEP_MAX	8

/*
 * A driver's own alloc_fn and free_fn.
 *
 * @fails: every call fails
 * @left: elements until calls fail; negative is no limit
 * @live: elements that exist
 * @asker: the task whose flags are recorded
 * @gfp_first, @gfp_last: of its first and last call since it was set
 * @reclaims: calls that may reclaim
 */
struct own {
	bool fails;
	atomic_t left;
	atomic_t live;
	struct task_struct *asker;
	gfp_t gfp_first;
	gfp_t gfp_last;
	atomic_t reclaims;
};

struct own_element {
	struct own *own;
	atomic_t taken;
};

static void *own_alloc(gfp_t gfp, void *data)
{
	struct own_element *element;
	struct own *own = data;

	if (READ_ONCE(own->asker) == current) {
		if (!own->gfp_first)
			own->gfp_first = gfp;
		own->gfp_last = gfp;
	}
	if (gfpflags_allow_blocking(gfp))
		atomic_inc(&own->reclaims);
	if (READ_ONCE(own->fails))
		return NULL;
	if (atomic_read(&own->left) >= 0 &&
	    atomic_dec_if_positive(&own->left) < 0)
		return NULL;
	element = kmalloc(sizeof(*element), gfp);
	if (!element)
		return NULL;
	element->own = own;
	atomic_set(&element->taken, 0);
	atomic_inc(&own->live);
	return element;
}

static void own_free(void *element, void *data)
{
	struct own *own = data;

	atomic_dec(&own->live);
	kfree(element);
}

static void own_init(struct own *own)
{
	*own = (struct own) {
		.left = ATOMIC_INIT(-1),
	};
}

static mempool_t *own_create(struct own *own, int min_nr)
{
	own_init(own);
	return mempool_create(min_nr, own_alloc, own_free, own);
}

/* The source fails from now on; the pool hands out its reserve. */
static unsigned int take_reserve(mempool_t *pool, struct own *own,
				 void **elements, unsigned int room)
{
	unsigned int n = 0;

	WRITE_ONCE(own->fails, true);
	while (n < room && (elements[n] = mempool_alloc(pool, GFP_NOWAIT)))
		n++;
	return n;
}

static void give_back(mempool_t *pool, void **elements, unsigned int n)
{
	while (n)
		mempool_free(elements[--n], pool);
}

/*
 * The kinds.  Each gives more elements than it guarantees; all bytes of an
 * element can be written.
 */

static void use(mempool_t *pool, size_t bytes, bool pages)
{
	u8 *memory[MANY];
	void *elements[MANY];
	unsigned int i, n;

	if (!CHECK(pool) || !CHECK(mempool_initialized(pool)))
		return;
	for (n = 0; n < MANY; n++) {
		elements[n] = mempool_alloc(pool, n % 2 ? GFP_KERNEL :
						  GFP_NOIO);
		if (!CHECK(elements[n]))
			break;
		memory[n] = pages ? page_address(elements[n]) : elements[n];
		memset(memory[n], n, bytes);
	}
	for (i = 0; i < n; i++)
		CHECK(!memchr_inv(memory[i], i, bytes));
	give_back(pool, elements, n);
}

static void test_slab(void)
{
	struct kmem_cache *cache = kmem_cache_create("mempool_cases", BYTES, 0,
						     0, NULL);
	mempool_t embedded = {};
	mempool_t *pool;

	if (!CHECK(cache))
		return;
	if (CHECK_EQ(mempool_init_slab_pool(&embedded, MIN_NR, cache), 0)) {
		use(&embedded, BYTES, false);
		mempool_exit(&embedded);
	}
	pool = mempool_create_slab_pool(MIN_NR, cache);
	use(pool, BYTES, false);
	mempool_destroy(pool);
	kmem_cache_destroy(cache);
}

static void test_kmalloc(void)
{
	mempool_t embedded = {};
	mempool_t *pool;

	if (CHECK_EQ(mempool_init_kmalloc_pool(&embedded, MIN_NR, BYTES), 0)) {
		use(&embedded, BYTES, false);
		mempool_exit(&embedded);
	}
	pool = mempool_create_kmalloc_pool(MIN_NR, BYTES);
	use(pool, BYTES, false);
	mempool_destroy(pool);
	/* Smaller and larger than rsvpool's own kind has them. */
	pool = mempool_create_kmalloc_pool(MIN_NR, 1);
	use(pool, 1, false);
	mempool_destroy(pool);
	pool = mempool_create_kmalloc_pool(MIN_NR, 2 * SZ_64K);
	use(pool, 2 * SZ_64K, false);
	mempool_destroy(pool);
}

static void test_page(void)
{
	mempool_t embedded = {};
	mempool_t *pool;

	if (CHECK_EQ(mempool_init_page_pool(&embedded, MIN_NR, 0), 0)) {
		use(&embedded, PAGE_SIZE, true);
		mempool_exit(&embedded);
	}
	pool = mempool_create_page_pool(MIN_NR, 1);
	use(pool, PAGE_SIZE << 1, true);
	mempool_destroy(pool);
}

static void test_own(void)
{
	mempool_t embedded = {};
	struct own own;
	mempool_t *pool = own_create(&own, MIN_NR);

	CHECK_EQ(atomic_read(&own.live), MIN_NR);
	use(pool, 0, false);
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);

	WRITE_ONCE(own.asker, current);
	pool = mempool_create_node(MIN_NR, own_alloc, own_free, &own, GFP_NOIO,
				   numa_node_id());
	WRITE_ONCE(own.asker, NULL);
	CHECK(!(own.gfp_last & (__GFP_IO | __GFP_FS)));
	use(pool, 0, false);
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);

	if (CHECK_EQ(mempool_init(&embedded, MIN_NR, own_alloc, own_free, &own),
		     0)) {
		use(&embedded, 0, false);
		mempool_exit(&embedded);
	}
	CHECK_EQ(atomic_read(&own.live), 0);
	if (CHECK_EQ(mempool_init_node(&embedded, MIN_NR, own_alloc, own_free,
				       &own, GFP_NOFS, NUMA_NO_NODE), 0)) {
		CHECK_EQ(MIN_NR_OF(&embedded), MIN_NR);
		use(&embedded, 0, false);
		mempool_exit(&embedded);
	}
	CHECK_EQ(atomic_read(&own.live), 0);
}

/* The callbacks, called by the driver's own callbacks. */
static void test_callbacks(void)
{
	struct kmem_cache *cache = kmem_cache_create("mempool_cases", BYTES, 0,
						     0, NULL);
	void *element;

	if (!CHECK(cache))
		return;
	element = mempool_alloc_slab(GFP_KERNEL, cache);
	if (CHECK(element))
		mempool_free_slab(element, cache);
	element = mempool_kmalloc(GFP_KERNEL, (void *)BYTES);
	if (CHECK(element))
		mempool_kfree(element, (void *)BYTES);
	element = mempool_alloc_pages(GFP_KERNEL, (void *)1L);
	if (CHECK(element))
		mempool_free_pages(element, (void *)1L);
	kmem_cache_destroy(cache);
}

/*
 * The guarantee.
 */

static void test_reserve(void)
{
	void *elements[MANY];
	struct own own;
	mempool_t *pool = own_create(&own, MIN_NR);
	unsigned int n;

	if (!CHECK(pool))
		return;
	n = take_reserve(pool, &own, elements, MANY);
	CHECK_EQ(n, MIN_NR);
	if (n) {
		mempool_free(elements[--n], pool);
		elements[n] = mempool_alloc(pool, GFP_ATOMIC);
		if (CHECK(elements[n]))
			n++;
	}
	CHECK(!mempool_alloc(pool, GFP_NOWAIT));
	give_back(pool, elements, n);
	CHECK_EQ(atomic_read(&own.live), MIN_NR);
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

/* Elements beyond the reserve go back to the source at once. */
static void test_no_more_than_the_reserve(void)
{
	void *elements[MANY];
	struct own own;
	mempool_t *pool = own_create(&own, MIN_NR);
	unsigned int n;

	if (!CHECK(pool))
		return;
	for (n = 0; n < MANY; n++) {
		elements[n] = mempool_alloc(pool, GFP_NOWAIT);
		if (!CHECK(elements[n]))
			break;
	}
	CHECK_EQ(atomic_read(&own.live), MIN_NR + MANY);
	give_back(pool, elements, n);
	CHECK_EQ(atomic_read(&own.live), MIN_NR);
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

static void test_create_fails(void)
{
	mempool_t embedded = {};
	struct own own;
	int i;

	for (i = 0; i < MIN_NR; i++) {
		own_init(&own);
		atomic_set(&own.left, i);
		CHECK(!mempool_create(MIN_NR, own_alloc, own_free, &own));
		CHECK_EQ(atomic_read(&own.live), 0);
		atomic_set(&own.left, i);
		CHECK_EQ(mempool_init(&embedded, MIN_NR, own_alloc, own_free,
				      &own), -ENOMEM);
		CHECK(!mempool_initialized(&embedded));
		CHECK_EQ(atomic_read(&own.live), 0);
	}
	CHECK(!mempool_create(-1, own_alloc, own_free, &own));
	CHECK_EQ(atomic_read(&own.live), 0);
}

static void test_min_nr_of_none(void)
{
	struct own own;
	mempool_t *pool = own_create(&own, 0);

	use(pool, 0, false);
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

static void test_nothing_to_do(void)
{
	mempool_t embedded = {};
	struct own own;

	mempool_destroy(NULL);
	mempool_exit(&embedded);
	CHECK(!mempool_initialized(&embedded));
	own_init(&own);
	if (!CHECK_EQ(mempool_init(&embedded, 1, own_alloc, own_free, &own), 0))
		return;
	mempool_free(NULL, &embedded);
	mempool_exit(&embedded);
	CHECK(!mempool_initialized(&embedded));
	mempool_exit(&embedded);
	CHECK_EQ(atomic_read(&own.live), 0);
}

static void test_resize(void)
{
	static const int sizes[] = { MIN_NR + 1, 2 * MIN_NR, MIN_NR, MIN_NR, 1 };
	void *elements[MANY];
	struct own own;
	mempool_t *pool = own_create(&own, MIN_NR);
	unsigned int i, n;

	for (i = 0; pool && i < ARRAY_SIZE(sizes); i++) {
		CHECK_EQ(mempool_resize(pool, sizes[i]), 0);
		CHECK_EQ(MIN_NR_OF(pool), sizes[i]);
		/* Surplus may be freed by a worker. */
		WAIT_UNTIL(atomic_read(&own.live) == sizes[i]);
		/* Not yet: once the source has failed, it keeps failing. */
		if (!i)
			continue;
		n = take_reserve(pool, &own, elements, MANY);
		CHECK(n >= sizes[i]);
		give_back(pool, elements, n);
		/*
		 * Nor does the pool keep elements that a worker was bringing.
		 */
		WAIT_UNTIL(atomic_read(&own.live) == sizes[i]);
	}
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

/*
 * The flags that reach alloc_fn.
 */

static void test_gfp(void)
{
	const gfp_t always = __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	struct own own;
	mempool_t *pool;
	void *element;

	own_init(&own);
	WRITE_ONCE(own.asker, current);
	pool = mempool_create(1, own_alloc, own_free, &own);
	CHECK((own.gfp_first & GFP_KERNEL) == GFP_KERNEL);
	CHECK(!(own.gfp_first & __GFP_NORETRY));
	if (!CHECK(pool))
		return;

	/* First without reclaim; then, if that fails, with it. */
	own.gfp_first = 0;
	element = mempool_alloc(pool, GFP_NOIO);
	CHECK((own.gfp_first & always) == always);
	CHECK(!(own.gfp_first & (__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS)));
	CHECK(own.gfp_first == own.gfp_last);
	if (element)
		mempool_free(element, pool);

	WRITE_ONCE(own.fails, true);
	element = mempool_alloc(pool, GFP_NOWAIT);
	CHECK(!(own.gfp_last & __GFP_DIRECT_RECLAIM));
	own.gfp_first = 0;
	CHECK(!mempool_alloc(pool, GFP_NOWAIT));
	CHECK(own.gfp_first && !(own.gfp_last & __GFP_DIRECT_RECLAIM));
	WRITE_ONCE(own.asker, NULL);
	if (element)
		mempool_free(element, pool);
	mempool_destroy(pool);
}

/*
 * Sleeping.
 */

struct sleeper {
	mempool_t *pool;
	void *element;
	struct completion done;
};

static int sleep_for_one(void *data)
{
	struct sleeper *sleeper = data;

	sleeper->element = mempool_alloc(sleeper->pool, GFP_NOIO);
	/* The module may be unloaded as soon as this is seen. */
	kthread_complete_and_exit(&sleeper->done, 0);
}

/* The sleeper gets the freed element; no other exists. */
static void test_sleeper(void)
{
	struct sleeper sleeper = {};
	struct task_struct *task;
	void *element;
	struct own own;

	sleeper.pool = own_create(&own, 1);
	if (!CHECK(sleeper.pool))
		return;
	init_completion(&sleeper.done);
	CHECK_EQ(take_reserve(sleeper.pool, &own, &element, 1), 1);
	atomic_set(&own.reclaims, 0);
	task = kthread_run(sleep_for_one, &sleeper, "mempool_sleeper");
	if (!CHECK(!IS_ERR(task))) {
		give_back(sleeper.pool, &element, 1);
		mempool_destroy(sleeper.pool);
		return;
	}
	/* It sleeps, or is about to. */
	WAIT_UNTIL(atomic_read(&own.reclaims));
	CHECK(!completion_done(&sleeper.done));
	give_back(sleeper.pool, &element, 1);
	wait_for_completion(&sleeper.done);
	CHECK(sleeper.element == element);
	mempool_free(sleeper.element, sleeper.pool);
	mempool_destroy(sleeper.pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

#define CROWD		8
#define CROWD_ROUNDS	500

struct crowd {
	mempool_t *pool;
	atomic_t wrong;
	struct completion done;
};

static int crowd_fn(void *data)
{
	struct crowd *crowd = data;
	struct own_element *element;
	unsigned int i;

	for (i = 0; i < CROWD_ROUNDS; i++) {
		element = mempool_alloc(crowd->pool, GFP_KERNEL);
		if (!element || atomic_xchg(&element->taken, 1))
			atomic_inc(&crowd->wrong);
		cond_resched();
		if (element) {
			atomic_set(&element->taken, 0);
			mempool_free(element, crowd->pool);
		}
	}
	kthread_complete_and_exit(&crowd->done, 0);
}

/* More tasks than elements, and a failing source: all make progress. */
static void test_crowd(void)
{
	struct crowd crowd = {};
	struct task_struct *task;
	struct own own;
	unsigned int i, nr = 0;

	crowd.pool = own_create(&own, MIN_NR);
	if (!CHECK(crowd.pool))
		return;
	init_completion(&crowd.done);
	WRITE_ONCE(own.fails, true);
	for (i = 0; i < CROWD; i++) {
		task = kthread_run(crowd_fn, &crowd, "mempool_crowd/%u", i);
		nr += CHECK(!IS_ERR(task));
	}
	while (nr--)
		wait_for_completion(&crowd.done);
	CHECK_EQ(atomic_read(&crowd.wrong), 0);
	CHECK_EQ(atomic_read(&own.live), MIN_NR);
	mempool_destroy(crowd.pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

/*
 * From softirq, where mempools may be used on PREEMPT_RT, too.
 */

static struct ticker {
	struct timer_list timer;
	mempool_t *pool;
	void *element;
	struct completion done;
} ticker;

static void tick_alloc(struct timer_list *timer)
{
	ticker.element = mempool_alloc(ticker.pool, GFP_ATOMIC);
	complete(&ticker.done);
}

static void tick_free(struct timer_list *timer)
{
	mempool_free(ticker.element, ticker.pool);
	complete(&ticker.done);
}

static void tick(void (*fn)(struct timer_list *timer))
{
	init_completion(&ticker.done);
	timer_setup(&ticker.timer, fn, 0);
	mod_timer(&ticker.timer, jiffies + 1);
	wait_for_completion(&ticker.done);
	/* It may still be on its way out of the function. */
	timer_delete_sync(&ticker.timer);
}

static void test_softirq(void)
{
	struct own own;
	unsigned int i;

	ticker.pool = own_create(&own, 1);
	if (!CHECK(ticker.pool))
		return;
	/* From the source first, then from the reserve. */
	for (i = 0; i < 2; i++) {
		tick(tick_alloc);
		if (CHECK(ticker.element))
			tick(tick_free);
		CHECK_EQ(atomic_read(&own.live), 1);
		WRITE_ONCE(own.fails, true);
	}
	mempool_destroy(ticker.pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

/*
 * Ways in which drivers use the API.
 */

/* A structure of the kernel's with mempools in it, between two of ours. */
static void test_bio_set_keeps_its_shape(void)
{
	struct driver {
		mempool_t before;
		struct bio_set bios;
		mempool_t after;
	} *driver;
	struct bio *bio;

	if (!IS_ENABLED(CONFIG_BLOCK))
		return;
	driver = kzalloc(sizeof(*driver), GFP_KERNEL);
	if (!CHECK(driver))
		return;
	if (!CHECK_EQ(mempool_init_kmalloc_pool(&driver->before, 1, BYTES), 0))
		goto free_driver;
	if (!CHECK_EQ(bioset_init(&driver->bios, MIN_NR, 0, BIOSET_NEED_BVECS),
		      0))
		goto exit_before;
	if (!CHECK_EQ(mempool_init_kmalloc_pool(&driver->after, 1, BYTES), 0))
		goto exit_bios;
	bio = bio_alloc_bioset(NULL, BIO_MAX_VECS, 0, GFP_NOIO, &driver->bios);
	use(&driver->before, BYTES, false);
	use(&driver->after, BYTES, false);
	if (CHECK(bio))
		bio_put(bio);
	mempool_exit(&driver->after);
exit_bios:
	bioset_exit(&driver->bios);
exit_before:
	mempool_exit(&driver->before);
free_driver:
	kfree(driver);
}

static void test_pointers_to_functions(void)
{
	void (*free_fn)(void *element, mempool_t *pool) = mempool_free;
	void (*destroy_fn)(mempool_t *pool) = mempool_destroy;
	int (*resize_fn)(mempool_t *pool, int min_nr) = mempool_resize;
	void (*exit_fn)(mempool_t *pool) = mempool_exit;
	mempool_t embedded = {};
	struct own own;
	mempool_t *pool = own_create(&own, MIN_NR);

	if (!CHECK(pool))
		return;
	CHECK_EQ(resize_fn(pool, 2), 0);
	free_fn(mempool_alloc(pool, GFP_KERNEL), pool);
	destroy_fn(pool);
	exit_fn(&embedded);
	CHECK_EQ(atomic_read(&own.live), 0);
}

#ifdef MEMPOOL_BULK
static void test_bulk(void)
{
	void *elements[MANY] = {};
	struct own own;
	mempool_t *pool = own_create(&own, MANY);
	unsigned int i, kept;

	if (!CHECK(pool))
		return;
	CHECK_EQ(mempool_alloc_bulk(pool, elements, MIN_NR), 0);
	for (i = 0; i < MIN_NR; i++)
		CHECK(elements[i]);
	kept = mempool_free_bulk(pool, elements, MIN_NR);
	CHECK(kept <= MIN_NR);
	for (i = kept; i < MIN_NR; i++)
		own_free(elements[i], &own);

	/* All guaranteed elements, while the source fails. */
	WRITE_ONCE(own.fails, true);
	CHECK_EQ(mempool_alloc_bulk(pool, elements, MANY), 0);
	for (i = 0; i < MANY; i++)
		CHECK(elements[i]);
	CHECK(!mempool_alloc(pool, GFP_NOWAIT));
	CHECK_EQ(mempool_free_bulk(pool, elements, MANY), MANY);
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

/* Elements of the two bulk requests, and those that this task has first. */
#define BULK_PARTS	100
#define BULK_ONE	64
#define BULK_HELD	50
#define BULK_FIRST	20	/* are given back before the others */
#define BULK_TIMEOUT	(60 * HZ)	/* only a deadlock takes so long */

struct bulk_asker {
	mempool_t *pool;
	struct own *own;
	unsigned int nr;
	int err;
	void *elements[BULK_PARTS];
	struct completion done;
};

static int bulk_ask(void *data)
{
	struct bulk_asker *asker = data;
	unsigned int kept;

	asker->err = mempool_alloc_bulk(asker->pool, asker->elements, asker->nr);
	if (!asker->err)
		for (kept = mempool_free_bulk(asker->pool, asker->elements,
					      asker->nr);
		     kept < asker->nr; kept++)
			own_free(asker->elements[kept], asker->own);
	kthread_complete_and_exit(&asker->done, 0);
}

/* A thread that asks for @nr elements, which are not there: it sleeps. */
static bool bulk_start(struct bulk_asker *asker, mempool_t *pool,
		       struct own *own, unsigned int nr)
{
	struct task_struct *task;

	*asker = (struct bulk_asker) { .pool = pool, .own = own, .nr = nr };
	init_completion(&asker->done);
	task = kthread_create(bulk_ask, asker, "mempool_bulk/%u", nr);
	if (!CHECK(!IS_ERR(task)))
		return false;
	get_task_struct(task);
	wake_up_process(task);
	while (READ_ONCE(task->__state) != TASK_UNINTERRUPTIBLE &&
	       !completion_done(&asker->done))
		msleep(10);
	put_task_struct(task);
	return true;
}

/*
 * One bulk request that is larger than what one call gives, and another one
 * after it.  The first gets the first part of its elements; what is there then
 * is enough for the rest of it, and not for the second.  Both must end.
 */
static void test_bulk_in_parts(void)
{
	static struct bulk_asker parts, one;
	void *held[BULK_HELD];
	struct own own;
	mempool_t *pool = own_create(&own, BULK_PARTS);
	bool started;

	if (!CHECK(pool))
		return;
	if (CHECK_EQ(take_reserve(pool, &own, held, BULK_HELD), BULK_HELD) &&
	    bulk_start(&parts, pool, &own, BULK_PARTS)) {
		started = bulk_start(&one, pool, &own, BULK_ONE);
		give_back(pool, held + BULK_HELD - BULK_FIRST, BULK_FIRST);
		/* A wrong one asks for its second part now. */
		msleep(200);
		give_back(pool, held, BULK_HELD - BULK_FIRST);
		if (!CHECK(wait_for_completion_timeout(&parts.done,
						       BULK_TIMEOUT))) {
			WRITE_ONCE(own.fails, false);
			wait_for_completion(&parts.done);
		}
		CHECK_EQ(parts.err, 0);
		if (started) {
			wait_for_completion(&one.done);
			CHECK_EQ(one.err, 0);
		}
	} else {
		give_back(pool, held, BULK_HELD);
	}
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}
#endif

#ifdef MEMPOOL_ALL
static void test_kvmalloc(void)
{
	mempool_t embedded = {};
	mempool_t *pool;
	void *element;

	if (CHECK_EQ(mempool_init_kvmalloc_pool(&embedded, 1, SZ_64K), 0)) {
		use(&embedded, SZ_64K, false);
		mempool_exit(&embedded);
	}
	pool = mempool_create_kvmalloc_pool(1, BYTES);
	use(pool, BYTES, false);
	mempool_destroy(pool);
	element = mempool_kvmalloc(GFP_KERNEL, (void *)BYTES);
	if (CHECK(element))
		mempool_kvfree(element, (void *)BYTES);
}

static void test_preallocated(void)
{
	void *elements[MIN_NR];
	struct own own;
	mempool_t *pool = own_create(&own, MIN_NR);
	unsigned int n = 0;

	if (!CHECK(pool))
		return;
	CHECK(mempool_is_saturated(pool));
	WRITE_ONCE(own.fails, true);
	WRITE_ONCE(own.asker, current);
	own.gfp_first = 0;
	while (n < MIN_NR && (elements[n] = mempool_alloc_preallocated(pool)))
		n++;
	CHECK_EQ(n, MIN_NR);
	CHECK(!mempool_alloc_preallocated(pool));
	CHECK(!own.gfp_first);
	WRITE_ONCE(own.asker, NULL);
	CHECK(!mempool_is_saturated(pool));
	if (n)
		mempool_free(elements[--n], pool);
	CHECK(!mempool_is_saturated(pool));
	give_back(pool, elements, n);
	CHECK(mempool_is_saturated(pool));
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}

static void test_noreserve(void)
{
	struct own own;
	mempool_t *pool = own_create(&own, 1);
	void *element;

	if (!CHECK(pool))
		return;
	element = mempool_alloc_noreserve(pool, GFP_KERNEL);
	CHECK_EQ(atomic_read(&own.live), 2);
	if (CHECK(element))
		mempool_free(element, pool);
	CHECK_EQ(atomic_read(&own.live), 1);
	WRITE_ONCE(own.fails, true);
	CHECK(!mempool_alloc_noreserve(pool, GFP_KERNEL));
	CHECK(!mempool_alloc_noreserve(pool, GFP_NOWAIT));
	CHECK(mempool_is_saturated(pool));
	mempool_destroy(pool);
	CHECK_EQ(atomic_read(&own.live), 0);
}
#endif

#define CASE(name) { #name, test_##name }

static const struct mempool_case {
	const char *name;
	void (*run)(void);
} cases[] = {
	CASE(slab),
	CASE(kmalloc),
	CASE(page),
	CASE(own),
	CASE(callbacks),
	CASE(reserve),
	CASE(no_more_than_the_reserve),
	CASE(create_fails),
	CASE(min_nr_of_none),
	CASE(nothing_to_do),
	CASE(resize),
	CASE(gfp),
	CASE(sleeper),
	CASE(crowd),
	CASE(softirq),
	CASE(bio_set_keeps_its_shape),
	CASE(pointers_to_functions),
#ifdef MEMPOOL_BULK
	CASE(bulk),
	CASE(bulk_in_parts),
#endif
#ifdef MEMPOOL_ALL
	CASE(kvmalloc),
	CASE(preallocated),
	CASE(noreserve),
#endif
};

static unsigned int keep;
module_param(keep, uint, 0444);
MODULE_PARM_DESC(keep, "mempools that stay until the module is unloaded");

static mempool_t *kept[KEEP_MAX];

static void drop_kept(void)
{
	unsigned int i;

	for (i = 0; i < KEEP_MAX; i++)
		mempool_destroy(kept[i]);
}

static int __init mempool_cases_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		run_case(cases[i].name, cases[i].run);
	for (i = 0; i < min_t(unsigned int, keep, KEEP_MAX); i++) {
		kept[i] = mempool_create_kmalloc_pool(MIN_NR, BYTES);
		if (!kept[i]) {
			drop_kept();
			return -ENOMEM;
		}
	}
	return 0;
}
module_init(mempool_cases_init);

static void __exit mempool_cases_exit(void)
{
	drop_kept();
}
module_exit(mempool_cases_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Uses all of the mempool API");
