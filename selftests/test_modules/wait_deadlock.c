// SPDX-License-Identifier: GPL-2.0
/*
 * Taking from several pools one by one deadlocks, with mempool and with plain
 * rsvpool_alloc(); taking by claim does not.
 *
 * Two threads take from two pools in opposite order, and sixteen from four at
 * random.  A deadlock is not judged by a timeout: there is one if every thread
 * sleeps for an element, and all elements of the pool for which it sleeps are
 * held by threads that sleep.  Then the test resolves it with additional
 * elements: the source recovers, or the test frees a foreign element to the
 * mempool.
 */
#include <linux/mempool.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "wait.h"

#define POOLS_MAX	4
#define TAKERS_MAX	16
#define CLAIM_ROUNDS	200	/* a taker; without claims, none gets so far */

struct ring;

/* A way of taking from several pools. */
struct way {
	bool (*open)(struct ring *ring, unsigned int pool);
	void *(*take)(struct ring *ring, unsigned int pool);
	void (*give)(struct ring *ring, unsigned int pool, void *element);
	void (*rescue)(struct ring *ring, unsigned int pool);
	void (*close)(struct ring *ring, unsigned int pool);
};

/*
 * Pools of one element each, and the threads that take from them.
 *
 * @way: how
 * @in_order: of two takers the first takes the first pool first, the second the
 *	second one, and they wait for each other in between
 * @stop: no further round
 * @progress: elements taken so far
 * @failed: claims refused, and elements that had another owner
 * @taker: what each has, and what it sleeps for
 * @source_open: the mempool's source succeeds, which it does only at creation
 */
struct ring {
	const struct way *way;
	unsigned int pools;
	unsigned int takers;
	bool in_order;
	bool stop;
	atomic_t progress;
	atomic_t failed;
	struct taker {
		void *held[POOLS_MAX];
		unsigned int wants;
		bool asking;
	} taker[TAKERS_MAX];
	struct counted source[POOLS_MAX];
	struct rsvpool *pool[POOLS_MAX];
	bool source_open[POOLS_MAX];
	mempool_t *mempool[POOLS_MAX];
	char name[POOLS_MAX][8];
	struct crowd crowd;
};

/*
 * With mempool.
 */

#define MEMPOOL_BYTES	64

static void *mempool_source(gfp_t gfp, void *open)
{
	return READ_ONCE(*(bool *)open) ? kmalloc(MEMPOOL_BYTES, gfp) : NULL;
}

static void mempool_sink(void *element, void *open)
{
	kfree(element);
}

static bool mempool_open(struct ring *ring, unsigned int pool)
{
	ring->source_open[pool] = true;
	ring->mempool[pool] = mempool_create(1, mempool_source, mempool_sink,
					     &ring->source_open[pool]);
	ring->source_open[pool] = false;
	return CHECK(ring->mempool[pool]);
}

static void *mempool_take(struct ring *ring, unsigned int pool)
{
	return mempool_alloc(ring->mempool[pool], GFP_KERNEL);
}

static void mempool_give(struct ring *ring, unsigned int pool, void *element)
{
	mempool_free(element, ring->mempool[pool]);
}

/* A mempool keeps elements that it lacks, even foreign ones. */
static void mempool_rescue(struct ring *ring, unsigned int pool)
{
	void *element = kmalloc(MEMPOOL_BYTES, GFP_KERNEL);

	if (element)
		mempool_free(element, ring->mempool[pool]);
}

static void mempool_close(struct ring *ring, unsigned int pool)
{
	mempool_destroy(ring->mempool[pool]);
}

static const struct way by_mempool = {
	mempool_open, mempool_take, mempool_give, mempool_rescue,
	mempool_close,
};

/*
 * With rsvpool.
 */

static bool ring_open_pool(struct ring *ring, unsigned int pool,
			   unsigned int max)
{
	snprintf(ring->name[pool], sizeof(ring->name[pool]), "ring%u", pool);
	ring->pool[pool] = counted_pool(ring->name[pool], &ring->source[pool],
					1, max);
	ring->source[pool].fails = true;
	return ring->pool[pool];
}

/* Room for the elements that may be needed to resolve the deadlock. */
static bool plain_open(struct ring *ring, unsigned int pool)
{
	return ring_open_pool(ring, pool, 1 + TAKERS_MAX);
}

static void *plain_take(struct ring *ring, unsigned int pool)
{
	return rsvpool_alloc(ring->pool[pool], GFP_KERNEL);
}

static void pool_give(struct ring *ring, unsigned int pool, void *element)
{
	rsvpool_free(ring->pool[pool], element);
}

static void plain_rescue(struct ring *ring, unsigned int pool)
{
	ring->source[pool].fails = false;
}

static void pool_close(struct ring *ring, unsigned int pool)
{
	counted_end(ring->pool[pool], &ring->source[pool]);
}

static const struct way one_by_one = {
	plain_open, plain_take, pool_give, plain_rescue, pool_close,
};

static bool claim_open(struct ring *ring, unsigned int pool)
{
	return ring_open_pool(ring, pool, 1);
}

static const struct way by_claim = {
	claim_open, NULL, pool_give, NULL, pool_close,
};

/*
 * What the takers do.
 */

static void take_one(struct ring *ring, struct taker *taker, unsigned int pool)
{
	void *element;

	taker->wants = pool;
	/* Write what is wanted before "sleeping": see is_stuck(). */
	smp_store_release(&taker->asking, true);
	element = ring->way->take(ring, pool);
	WRITE_ONCE(taker->asking, false);
	WRITE_ONCE(taker->held[pool], element);
	atomic_inc(&ring->progress);
}

static void give_held(struct ring *ring, struct taker *taker)
{
	unsigned int pool;
	void *element;

	for (pool = 0; pool < ring->pools; pool++) {
		element = taker->held[pool];
		WRITE_ONCE(taker->held[pool], NULL);
		if (element)
			ring->way->give(ring, pool, element);
	}
}

/* Two different pools of those there are. */
static void choose(const struct ring *ring, unsigned int index,
		   unsigned int *chosen)
{
	unsigned int random = get_random_u32();

	chosen[0] = ring->in_order ? index : random % ring->pools;
	random /= ring->pools;
	chosen[1] = ring->in_order ? !index :
		    (chosen[0] + 1 + random % (ring->pools - 1)) % ring->pools;
}

static void take_one_by_one(void *data, unsigned int index)
{
	struct ring *ring = data;
	struct taker *taker = &ring->taker[index];
	unsigned int chosen[2];

	while (!READ_ONCE(ring->stop)) {
		choose(ring, index, chosen);
		take_one(ring, taker, chosen[0]);
		if (ring->in_order)
			SOON(READ_ONCE(ring->taker[!index].held[chosen[1]]));
		else
			usleep_range(10, 50);
		take_one(ring, taker, chosen[1]);
		give_held(ring, taker);
	}
}

/* Everything the other thread did is ordered before its free of the element. */
static void use(struct ring *ring, struct taker *taker, unsigned int pool)
{
	struct counted_element *element = taker->held[pool];

	if (xchg(&element->owner, 1))
		atomic_inc(&ring->failed);
	cond_resched();
	if (xchg(&element->owner, 0) != 1)
		atomic_inc(&ring->failed);
}

static void take_by_claim(void *data, unsigned int index)
{
	struct ring *ring = data;
	struct taker *taker = &ring->taker[index];
	struct rsvpool_want wants[2] = { };
	unsigned int round, chosen[2], i;

	for (round = 0; round < CLAIM_ROUNDS; round++) {
		choose(ring, index, chosen);
		for (i = 0; i < 2; i++) {
			wants[i].pool = ring->pool[chosen[i]];
			wants[i].nr = 1;
			wants[i].elements = &taker->held[chosen[i]];
		}
		if (rsvpool_claim(wants, 2, GFP_KERNEL)) {
			atomic_inc(&ring->failed);
			return;
		}
		atomic_add(2, &ring->progress);
		for (i = 0; i < 2; i++)
			use(ring, taker, chosen[i]);
		give_held(ring, taker);
	}
}

/*
 * Is it a deadlock?
 */

/* Which taker has the one element of this pool?  None while it moves. */
static bool held_by_taker(const struct ring *ring, unsigned int pool)
{
	unsigned int i;

	for (i = 0; i < ring->takers; i++)
		if (READ_ONCE(ring->taker[i].held[pool]))
			return true;
	return false;
}

static bool is_stuck(const struct ring *ring, unsigned int index)
{
	const struct taker *taker = &ring->taker[index];

	/* Pairs with the release in take_one(). */
	return smp_load_acquire(&taker->asking) &&
	       task_sleeps(ring->crowd.member[index].task) &&
	       held_by_taker(ring, READ_ONCE(taker->wants));
}

static bool all_stuck(const struct ring *ring)
{
	int progress = atomic_read(&ring->progress);
	unsigned int i;

	for (i = 0; i < ring->takers; i++)
		if (!is_stuck(ring, i))
			return false;
	/* And no thread made progress during these checks. */
	return atomic_read(&ring->progress) == progress;
}

static bool rescued(struct ring *ring)
{
	unsigned int pool;

	for (pool = 0; pool < ring->pools; pool++)
		ring->way->rescue(ring, pool);
	return crowd_is_done(&ring->crowd);
}

static void run_until_stuck(struct ring *ring)
{
	if (!crowd_start(&ring->crowd, ring->takers, take_one_by_one, ring))
		return;
	/* They deadlock.  If they do not, there is nothing to resolve. */
	SOON(all_stuck(ring));
	WRITE_ONCE(ring->stop, true);
	SOON(rescued(ring));
	crowd_join(&ring->crowd);
}

static void run_to_the_end(struct ring *ring)
{
	if (!crowd_start(&ring->crowd, ring->takers, take_by_claim, ring))
		return;
	crowd_join(&ring->crowd);
	CHECK_EQ(atomic_read(&ring->failed), 0);
	CHECK_EQ(atomic_read(&ring->progress),
		 2 * CLAIM_ROUNDS * ring->takers);
}

static void run_ring(const struct way *way, unsigned int pools,
		     unsigned int takers, void (*run)(struct ring *ring))
{
	struct ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	unsigned int pool;

	if (!CHECK(ring))
		return;
	ring->way = way;
	ring->pools = pools;
	ring->takers = takers;
	ring->in_order = takers == 2;
	for (pool = 0; pool < pools; pool++)
		if (!way->open(ring, pool))
			break;
	if (pool == pools)
		run(ring);
	while (pool)
		way->close(ring, --pool);
	kfree(ring);
}

static void test_deadlock_two_by_mempool(void)
{
	run_ring(&by_mempool, 2, 2, run_until_stuck);
}

static void test_deadlock_two_one_by_one(void)
{
	run_ring(&one_by_one, 2, 2, run_until_stuck);
}

static void test_deadlock_not_of_two_claims(void)
{
	run_ring(&by_claim, 2, 2, run_to_the_end);
}

static void test_deadlock_many_by_mempool(void)
{
	run_ring(&by_mempool, POOLS_MAX, TAKERS_MAX, run_until_stuck);
}

static void test_deadlock_many_one_by_one(void)
{
	run_ring(&one_by_one, POOLS_MAX, TAKERS_MAX, run_until_stuck);
}

static void test_deadlock_not_of_many_claims(void)
{
	run_ring(&by_claim, POOLS_MAX, TAKERS_MAX, run_to_the_end);
}

const struct api_test deadlock_tests[] = {
	API_TEST(deadlock_two_by_mempool),
	API_TEST(deadlock_two_one_by_one),
	API_TEST(deadlock_not_of_two_claims),
	API_TEST(deadlock_many_by_mempool),
	API_TEST(deadlock_many_one_by_one),
	API_TEST(deadlock_not_of_many_claims),
	{ }
};
