/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share: their first pool, inputs as texts, and the checks for
 * every pool.
 */
#ifndef _NATIVE_FUZZ_H
#define _NATIVE_FUZZ_H

#include "attr.h"
#include "native_test.h"
#include "parse.h"
#include "stats.h"

/* Report a fault to the fuzzer, which writes the input to a file. */
#define HOLDS(ok) do {							\
	if (!(ok))							\
		native_bug(__FILE__, __LINE__, #ok);			\
} while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

/* The settings do not contradict each other, and the name is valid. */
static inline void pool_holds(const struct rsvpool *pool)
{
	const struct rsvpool_depot *s = &pool->depot;
	size_t length = strnlen(pool->name, sizeof(pool->name)), i;

	HOLDS(length && length <= RSVPOOL_NAME_MAX && pool->name[0] != '.');
	for (i = 0; i < length; i++)
		HOLDS(isalnum((unsigned char)pool->name[i]) ||
		      strchr("_-.", pool->name[i]));
	HOLDS(pool->reserve <= s->capacity);
	HOLDS(s->capacity && s->capacity <= RSVPOOL_MAX_ELEMENTS);
	HOLDS(!pool->max || pool->max == s->capacity);
	HOLDS(pool->nmi_reserve <= pool->reserve);
	HOLDS(pool->nmi_reserve <= RSVPOOL_NMI_MAX);
	HOLDS(pool->low <= pool->high && pool->high <= pool->high_max);
	HOLDS(pool->high_max <= s->capacity);
	HOLDS(pool->cache_set <= pool->cache_max);
	HOLDS(pool->cache <= pool->cache_max);
	HOLDS(pool->cache_max <= RSVPOOL_CACHE_MAX);
	HOLDS(pool->batch && pool->batch <= RSVPOOL_BATCH_MAX);
	HOLDS(pool->policy <= RSVPOOL_POLICY_RESERVE);
	HOLDS(pool->wakeup <= RSVPOOL_WAKEUP_PRIO);
	HOLDS(pool->node == NUMA_NO_NODE || pool->node == 0);
	HOLDS(pool->decay_ms && pool->decay_ms <= RSVPOOL_DECAY_MAX);
	HOLDS(pool->stall_ms <= RSVPOOL_STALL_MAX);
	HOLDS(!(pool->steps & STEP_ZERO) || pool_zeroable(pool));
	HOLDS(!pool->lend || (!pool->opaque && pool->max));
	HOLDS(!pool->debug || pool->max);
	HOLDS(!pool->parent == (pool->source != RSVPOOL_POOL));
	HOLDS(pool->source != RSVPOOL_KMEM_CACHE &&
	      pool->source != RSVPOOL_OPS);
	HOLDS(pool->size >= RSVPOOL_MIN_SIZE);
	HOLDS(pool->size <= PAGE_SIZE << RSVPOOL_MAX_ORDER);
	/* And the pool has its reserve, if no other pool stands on it. */
	HOLDS(stats_available(pool) + stats_cached(pool) >= pool->reserve ||
	      pool->children);
	HOLDS(!native.locks && !native.preempt && !native.irqs_off);
}

/* The one pool there is at first. */
static inline struct rsvpool *fuzz_start(const char *text)
{
	char *copy = strdup(text);

	native_set_cpu(0);
	HOLDS(!rsvpool_create_from_text(copy, ";"));
	free(copy);
	settle();
	return list_first_entry(all_pools(), struct rsvpool, node_in_registry);
}

/*
 * An input without its first byte as a text, allocated in its exact size so
 * that a read beyond its end is detected.  NULL if it is empty or has more than
 * @most bytes.
 */
static inline char *fuzz_text(const u8 *data, size_t bytes, size_t most)
{
	char *text;

	if (bytes < 1 || bytes > most)
		return NULL;
	text = malloc(bytes);
	memcpy(text, data + 1, bytes - 1);
	text[bytes - 1] = 0;
	return text;
}

#endif /* _NATIVE_FUZZ_H */
