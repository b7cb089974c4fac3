// SPDX-License-Identifier: GPL-2.0
/*
 * Not tests of their own, but scenes that stay, for a script to look at:
 * sections, claims and holders on the administrator's pools "stage-a" and
 * "stage-b".  Each begins with the pools it finds, and "stage_end" ends it.
 */
#include <linux/slab.h>

#include "wait.h"

static struct rsvpool *stage[2];
static void *held[2][ROOM];
static unsigned int nr_held[2];

static struct asker actor;
static struct rsvpool_want wants[2];
static void *claimed[2][ROOM];
static bool curtain;

static bool stage_pools(unsigned int nr)
{
	static const char * const names[] = { "stage-a", "stage-b" };
	unsigned int i;

	WRITE_ONCE(curtain, false);
	actor = (struct asker) { };
	for (i = 0; i < nr; i++) {
		nr_held[i] = 0;
		stage[i] = rsvpool_get(names[i]);
		if (!CHECK(stage[i]))
			return false;
	}
	return true;
}

/* A section that is open, in a pool that has no user any more. */
static void ask_and_stay(struct asker *asker)
{
	struct rsvpool_section section;

	asker->err = rsvpool_section_begin(&section, asker->pool, 2, asker->nr);
	if (asker->err)
		return;
	WRITE_ONCE(asker->nr, 0);
	while (!READ_ONCE(curtain))
		schedule_timeout_idle(1);
	rsvpool_section_end(&section);
}

static void stage_section(unsigned int flags)
{
	if (!stage_pools(1))
		return;
	actor.pool = stage[0];
	actor.ask = ask_and_stay;
	actor.nr = flags;
	if (asker_start(&actor))
		SOON(!READ_ONCE(actor.nr) || asker_answered(&actor));
	CHECK_EQ(actor.err, 0);
	rsvpool_put(stage[0]);
	stage[0] = NULL;
}

static void test_stage_private_section(void)
{
	stage_section(RSVPOOL_SECTION_PRIVATE);
}

static void test_stage_shared_section(void)
{
	stage_section(RSVPOOL_SECTION_SHARED);
}

/* Two callers that hold some. */

static noinline void *stage_first_holder(void)
{
	void *element = rsvpool_tryalloc(stage[0]);

	barrier();	/* no tail call: the caller is to be seen */
	return element;
}

static noinline void *stage_second_holder(void)
{
	void *element = rsvpool_alloc(stage[0], GFP_KERNEL);

	barrier();
	return element;
}

static void test_stage_holders(void)
{
	unsigned int i;

	if (!stage_pools(1))
		return;
	for (i = 0; i < 3; i++)
		held[0][nr_held[0]++] = stage_first_holder();
	held[0][nr_held[0]++] = stage_second_holder();
	for (i = 0; i < nr_held[0]; i++)
		CHECK(held[0][i]);
}

/* One sleeps for a claim on two pools, of which the second has nothing left. */
static void test_stage_claim(void)
{
	unsigned int i;

	if (!stage_pools(2))
		return;
	nr_held[1] = take_all(stage[1], held[1], ROOM);
	actor.ask = ask_claim;
	actor.wants = wants;
	actor.nr = 2;
	for (i = 0; i < 2; i++)
		wants[i] = (struct rsvpool_want) {
			stage[i], 2 - i, claimed[i],
		};
	asker_queue(&actor);
}

/* One sleeps for a pool of which another has all. */
static void test_stage_sleeper(void)
{
	void *element;

	if (!stage_pools(1))
		return;
	while (nr_held[0] < ROOM && (element = stage_first_holder()))
		held[0][nr_held[0]++] = element;
	actor.pool = stage[0];
	actor.ask = ask_plain;
	asker_queue(&actor);
}

static void test_stage_end(void)
{
	unsigned int i;

	WRITE_ONCE(curtain, true);
	for (i = 0; i < 2; i++)
		if (nr_held[i])
			give_all(stage[i], held[i], nr_held[i]);
	if (actor.task) {
		SOON(asker_answered(&actor));
		CHECK_EQ(actor.err, 0);
		asker_stop(&actor);
		if (actor.ask == ask_plain && actor.elements[0])
			rsvpool_free(actor.pool, actor.elements[0]);
		if (actor.ask == ask_claim && !actor.err)
			for (i = 0; i < 2; i++)
				rsvpool_free_bulk(wants[i].pool, wants[i].nr,
						  wants[i].elements);
	}
	for (i = 0; i < 2; i++) {
		if (stage[i])
			rsvpool_put(stage[i]);
		stage[i] = NULL;
	}
}

const struct api_test stage_tests[] = {
	API_TEST(stage_private_section),
	API_TEST(stage_shared_section),
	API_TEST(stage_holders),
	API_TEST(stage_claim),
	API_TEST(stage_sleeper),
	API_TEST(stage_end),
	{ }
};
