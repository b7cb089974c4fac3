// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_create - pools from text: an accepted text gives a correct pool, a
 * refused one changes nothing and logs one line
 *
 * The first byte of an input selects the separator of pools, the rest is the
 * text.
 */
#include "cache.h"
#include "fuzz.h"

#define TEXT_MOST	1024
/*
 * Memory limit: more than most inputs need, far less than a reserve of a
 * million.
 */
#define ALLOCATIONS_MOST	1500
#define BYTES_MOST		(256UL * 1024)

static unsigned int pools(void)
{
	struct rsvpool *pool, *other;
	unsigned int n = 0;

	list_for_each_entry(pool, all_pools(), node_in_registry) {
		n++;
		list_for_each_entry(other, all_pools(), node_in_registry)
			HOLDS(other == pool || strcmp(other->name, pool->name));
	}
	return n;
}

/* Pools that log at creation that their caches are off. */
static unsigned int starved(void)
{
	struct rsvpool *pool;
	unsigned int n = 0;

	list_for_each_entry(pool, all_pools(), node_in_registry)
		n += cache_starved(pool);
	return n;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_start("base,element=kmalloc,size=64,reserve=4,max=32,cache=0");
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct rsvpool *pool;
	unsigned long lines, notes;
	char name[RSVPOOL_NAME_MAX + 1];
	char *text;
	int err;

	text = fuzz_text(data, bytes, TEXT_MOST);
	if (!text)
		return 0;
	HOLDS(pools() == 1);
	native_memory = BYTES_MOST;
	native_allocations = ALLOCATIONS_MOST;
	lines = native_lines;
	notes = native_notes;
	err = rsvpool_create_from_text(text, data[0] & 1 ? "\n" : ";");
	native_memory = SIZE_MAX;
	native_allocations = ULONG_MAX;
	free(text);
	notes = native_notes - notes;
	lines = native_lines - lines - notes;

	HOLDS(err <= 0 && err >= -MAX_ERRNO);
	if (err) {
		HOLDS(pools() == 1);
		HOLDS(err == -ENOMEM || lines == 1);
	} else {
		HOLDS(pools() > 1 && !lines && notes == starved());
	}
	list_for_each_entry(pool, all_pools(), node_in_registry)
		pool_holds(pool);
	settle();

	/* The newest first, as newer ones may stand on older ones. */
	while (pools() > 1) {
		pool = list_last_entry(all_pools(), struct rsvpool,
				       node_in_registry);
		strscpy(name, pool->name);
		HOLDS(!rsvpool_destroy_by_name(name));
	}
	settle();
	return 0;
}
