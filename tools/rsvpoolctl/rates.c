// SPDX-License-Identifier: GPL-2.0
/*
 * What pools did between two looks at their statistics, and how full they are.
 *
 * A look reads each statistic that begins with "alloc_" or "free_", whatever the
 * module calls the rest; only those that count as an emergency, and the hits of
 * the CPUs' own caches, are known by name.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"

#define HITS	"alloc_cache"
#define FAILED	"alloc_fail"

struct seen {
	char *name;
	ino_t folder;		/* another pool of that name has another */
	uint64_t allocs;
	uint64_t frees;
	uint64_t hits;
	uint64_t emergencies;
	struct rate level;
};

struct look {
	struct timespec when;
	struct seen *pool;
	size_t nr;
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_emergency(const char *name)
{
	size_t i;

	for (i = 0; emergency_stats[i]; i++)
		if (!strcmp(emergency_stats[i], name))
			return true;
	return false;
}

static void count(struct seen *seen, const char *name, uint64_t value)
{
	if (begins(name, "alloc_") && strcmp(name, FAILED))
		seen->allocs += value;
	if (begins(name, "free_"))
		seen->frees += value;
	if (!strcmp(name, HITS))
		seen->hits += value;
	if (is_emergency(name))
		seen->emergencies += value;
}

/* False for a pool that is made or removed meanwhile: half of it would be wrong. */
static bool see(struct seen *seen, const char *name)
{
	char *path = path_of("/sys/kernel/rsvpool/%s/stats", name), *file;
	ino_t folder = pool_begin(name);
	DIR *dir = folder_open(path);
	struct dirent *entry;

	free(path);
	memset(seen, 0, sizeof(*seen));
	seen->name = duplicate(name);
	seen->folder = folder;
	while (dir && (entry = readdir(dir))) {
		if (!begins(entry->d_name, "alloc_") &&
		    !begins(entry->d_name, "free_"))
			continue;
		file = print("stats/%s", entry->d_name);
		count(seen, entry->d_name, read_pool_number(name, file));
		free(file);
	}
	if (dir)
		closedir(dir);
	seen->level.reserve = read_pool_number(name, "reserve");
	seen->level.max = read_pool_number(name, "max");
	seen->level.available = read_pool_number(name, "available");
	seen->level.cached = read_pool_number(name, "cached");
	seen->level.outstanding = read_pool_number(name, "outstanding");
	seen->level.sleepers = read_pool_number(name, "sleepers");
	if (pool_was_whole(name, folder))
		return true;
	free(seen->name);
	return false;
}

static bool is_wanted(const char *name, char **only, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(only[i], name))
			return true;
	return !nr;
}

struct look *look_take(char **only, size_t nr)
{
	struct look *look = allocate(sizeof(*look));
	char **names;
	size_t n = pool_names(&names), i;

	clock_gettime(CLOCK_MONOTONIC, &look->when);
	look->pool = allocate(n * sizeof(*look->pool));
	for (i = 0; i < n; i++)
		if (is_wanted(names[i], only, nr) &&
		    see(&look->pool[look->nr], names[i]))
			look->nr++;
	names_free(names, n);
	return look;
}

void look_free(struct look *look)
{
	if (!look)
		return;
	while (look->nr)
		free(look->pool[--look->nr].name);
	free(look->pool);
	free(look);
}

static const struct seen *before(const struct look *look, const struct seen *now)
{
	size_t i;

	for (i = 0; look && i < look->nr; i++)
		if (look->pool[i].folder == now->folder &&
		    !strcmp(look->pool[i].name, now->name))
			return &look->pool[i];
	return NULL;
}

/* Counters that were reset begin anew. */
static double since(uint64_t now, uint64_t then)
{
	return now < then ? now : now - then;
}

double look_rates(const struct look *older, const struct look *newer,
		  struct rate **rates, size_t *nr)
{
	double seconds = 0, per;
	size_t i;

	if (older)
		seconds = newer->when.tv_sec - older->when.tv_sec +
			(newer->when.tv_nsec - older->when.tv_nsec) / 1e9;
	per = seconds > 0 ? seconds : 1;
	*rates = allocate(newer->nr * sizeof(**rates));
	*nr = newer->nr;
	for (i = 0; i < newer->nr; i++) {
		const struct seen *now = &newer->pool[i];
		const struct seen *then = before(older, now);
		struct rate *rate = &(*rates)[i];
		double allocs;

		*rate = now->level;
		rate->name = duplicate(now->name);
		rate->hits = -1;
		rate->fresh = !then;
		/* What a new one did before is not of this time. */
		if (!then)
			continue;
		allocs = since(now->allocs, then->allocs);
		rate->allocs = allocs / per;
		rate->frees = since(now->frees, then->frees) / per;
		rate->emergencies = since(now->emergencies,
					  then->emergencies) / per;
		if (allocs > 0)
			rate->hits = since(now->hits, then->hits) * 100 / allocs;
		if (rate->hits > 100)
			rate->hits = 100;
	}
	return seconds;
}

void rates_free(struct rate *rates, size_t nr)
{
	while (nr)
		free(rates[--nr].name);
	free(rates);
}

/*
 * The orders: by name, or by a figure, the largest first
 */

#define BY(_figure)							\
static int by_##_figure(const void *a, const void *b)			\
{									\
	const struct rate *x = a, *y = b;				\
									\
	if (x->_figure != y->_figure)					\
		return x->_figure < y->_figure ? 1 : -1;		\
	return strcmp(x->name, y->name);				\
}

static int by_name(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;

	return strcmp(x->name, y->name);
}

BY(allocs)
BY(frees)
BY(hits)
BY(available)
BY(cached)
BY(outstanding)
BY(emergencies)
BY(sleepers)

static const struct {
	const char *name;
	int (*compare)(const void *a, const void *b);
} orders[] = {
	{ "pool", by_name },
	{ "alloc", by_allocs },
	{ "free", by_frees },
	{ "hit", by_hits },
	{ "avail", by_available },
	{ "cached", by_cached },
	{ "in-use", by_outstanding },
	{ "emerg", by_emergencies },
	{ "asleep", by_sleepers },
};

static size_t find_order(const char *by)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		if (!strcasecmp(orders[i].name, by))
			break;
	return i;
}

bool rates_sort_is_known(const char *by)
{
	return find_order(by) < ARRAY_SIZE(orders);
}

const char *rates_sort_next(const char *by)
{
	return orders[(find_order(by) + 1) % ARRAY_SIZE(orders)].name;
}

void rates_sort(struct rate *rates, size_t nr, const char *by)
{
	qsort(rates, nr, sizeof(*rates), orders[find_order(by)].compare);
}
