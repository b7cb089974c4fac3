// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of the tests: askers and crowds.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "wait.h"

struct rsvpool *drained_pool(const char *name, struct counted *source,
			     unsigned int reserve, void **elements)
{
	struct rsvpool *pool = counted_pool(name, source, reserve, reserve);

	if (pool)
		CHECK_EQ(take_all(pool, elements, ROOM), reserve);
	return pool;
}

bool holds(struct rsvpool *pool, unsigned int nr)
{
	void *elements[64];
	unsigned int n = take_all(pool, elements, ARRAY_SIZE(elements));
	bool different = all_different(elements, n);

	give_all(pool, elements, n);
	return n == nr && different;
}

/*
 * Askers.
 */

void ask_plain(struct asker *asker)
{
	asker->elements[0] = rsvpool_alloc(asker->pool, asker->gfp);
}

void ask_killable(struct asker *asker)
{
	asker->elements[0] = rsvpool_alloc_killable(asker->pool, asker->gfp);
}

void ask_timeout(struct asker *asker)
{
	asker->elements[0] = rsvpool_alloc_timeout(asker->pool, asker->gfp,
						   asker->timeout);
}

void ask_bulk(struct asker *asker)
{
	asker->err = rsvpool_alloc_bulk(asker->pool, asker->gfp, asker->nr,
					asker->elements);
}

void ask_claim(struct asker *asker)
{
	asker->err = rsvpool_claim(asker->wants, asker->nr, asker->gfp);
}

static int asker_thread(void *data)
{
	struct asker *asker = data;

	allow_signal(SIGKILL);
	if (asker->set_policy)
		asker->set_policy(current);
	WRITE_ONCE(asker->asking, true);
	asker->ask(asker);
	/* The answer before the word of it: see asker_answered(). */
	smp_store_release(&asker->answered, true);

	flush_signals(current);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static bool asker_create(struct asker *asker)
{
	if (!asker->gfp)
		asker->gfp = GFP_KERNEL;
	asker->task = kthread_create(asker_thread, asker, "rsvpool_asker");
	return CHECK(!IS_ERR(asker->task));
}

bool asker_start(struct asker *asker)
{
	if (!asker_create(asker))
		return false;
	wake_up_process(asker->task);
	return true;
}

bool asker_start_on(struct asker *asker, unsigned int cpu)
{
	if (!asker_create(asker))
		return false;
	kthread_bind(asker->task, cpu);
	wake_up_process(asker->task);
	return true;
}

bool asker_answered(const struct asker *asker)
{
	/* Pairs with the release in asker_thread(). */
	return smp_load_acquire(&asker->answered);
}

/* Nothing else than the queue has it sleep like this. */
bool asker_sleeps(const struct asker *asker)
{
	return READ_ONCE(asker->asking) && !asker_answered(asker) &&
	       task_sleeps(asker->task);
}

bool asker_queue(struct asker *asker)
{
	return asker_start(asker) && SOON(asker_sleeps(asker));
}

void asker_stop(struct asker *asker)
{
	if (!IS_ERR_OR_NULL(asker->task))
		kthread_stop(asker->task);
	asker->task = NULL;
}

void asker_end(struct asker *asker)
{
	asker_stop(asker);
	if (asker->elements[0])
		rsvpool_free(asker->pool, asker->elements[0]);
	asker->elements[0] = NULL;
}

/*
 * Crowds.
 */

static int crowd_thread(void *data)
{
	struct crowd_member *member = data;
	struct crowd *crowd = member->crowd;

	crowd->work(crowd->data, member->index);
	/* What it did is done: see crowd_is_done(). */
	atomic_dec_return_release(&crowd->working);
	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

bool crowd_start(struct crowd *crowd, unsigned int nr,
		 void (*work)(void *data, unsigned int index), void *data)
{
	crowd->work = work;
	crowd->data = data;
	crowd->nr = 0;
	atomic_set(&crowd->working, nr);
	while (crowd->nr < nr) {
		struct crowd_member *member = &crowd->member[crowd->nr];

		member->crowd = crowd;
		member->index = crowd->nr;
		member->task = kthread_create(crowd_thread, member,
					      "rsvpool_crowd/%u", crowd->nr);
		if (!CHECK(!IS_ERR(member->task)))
			break;
		crowd->nr++;
	}
	if (crowd->nr < nr) {
		/* None has begun, so none begins. */
		while (crowd->nr)
			kthread_stop(crowd->member[--crowd->nr].task);
		return false;
	}
	while (nr)
		wake_up_process(crowd->member[--nr].task);
	return true;
}

bool crowd_is_done(struct crowd *crowd)
{
	/* Pairs with the release in crowd_thread(). */
	return !atomic_read_acquire(&crowd->working);
}

bool crowd_join(struct crowd *crowd)
{
	bool done = SOON(crowd_is_done(crowd));

	while (crowd->nr)
		kthread_stop(crowd->member[--crowd->nr].task);
	return done;
}

bool crowd_run(unsigned int nr, void (*work)(void *data, unsigned int index),
	       void *data)
{
	struct crowd crowd;

	return crowd_start(&crowd, nr, work, data) && crowd_join(&crowd);
}
