// SPDX-License-Identifier: GPL-2.0
/*
 * create, set, destroy, reset: what changes pools.
 *
 * Several settings are changed by one write to debugfs's "config", all or none.
 * Where debugfs is closed they are written one by one to sysfs, "low" and "high" in
 * the order in which neither is refused; the first refusal ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define LOW	"low"
#define HIGH	"high"

static bool is_list(const char *key)
{
	size_t len = strlen(key);

	return len > 5 && !strcmp(key + len - 5, "_cpus");
}

/* A setting that is a number takes numbers. */
static bool value_is_good(const char *pool, const struct pair *pair)
{
	char *now = read_pool_file(pool, pair->key);
	bool good = true;
	uint64_t value;

	if (now && number_is_plain(now, &value) && !is_list(pair->key))
		good = !number_parse(pair->value, &value);
	free(now);
	return good;
}

/* Where "high" rises, "low" comes after it; where it falls, before it. */
static bool swaps(const char *pool, const struct pair *first,
		  const struct pair *second)
{
	const struct pair *high = !strcmp(first->key, HIGH) ? first : second;
	const struct pair *low = high == first ? second : first;
	bool rises;
	uint64_t value;

	if (strcmp(high->key, HIGH) || strcmp(low->key, LOW) ||
	    number_parse(high->value, &value))
		return false;
	rises = value >= read_pool_number(pool, HIGH);
	return rises ? first == low : first == high;
}

/* The pairs in order: what is written i-th. */
static const struct pair **in_order(const char *pool, const struct pair *pair,
				    size_t nr)
{
	const struct pair **order = allocate(nr * sizeof(*order));
	size_t i, j;

	for (i = 0; i < nr; i++)
		order[i] = &pair[i];
	for (i = 0; i < nr; i++)
		for (j = i + 1; j < nr; j++)
			if (swaps(pool, order[i], order[j])) {
				const struct pair *other = order[i];

				order[i] = order[j];
				order[j] = other;
				return order;
			}
	return order;
}

static void tell_change(const char *pool, const struct pair *pair)
{
	printf("%s: %s=%s\n", pool, pair->key, pair->value);
}

/* "batch=8 reserve=9", or for "config" a line each. */
static char *joined(const struct pair *pair, size_t nr, char between)
{
	char *text = duplicate("");
	size_t i;

	for (i = 0; i < nr; i++) {
		char *longer = print("%s%.*s%s=%s", text, !!i, &between,
				     pair[i].key, pair[i].value);

		free(text);
		text = longer;
	}
	return text;
}

static enum status at_once(const char *config, const char *pool,
			   const struct pair *pair, size_t nr,
			   const char *where, bool tell)
{
	char *text = joined(pair, nr, '\n'), *shown;
	bool done = put(config, text, pool);
	size_t i;

	free(text);
	if (!done) {
		shown = joined(pair, nr, ' ');
		refused("%scannot set %s of pool '%s'", where, shown, pool);
		free(shown);
		return REFUSED;
	}
	for (i = 0; tell && i < nr; i++)
		tell_change(pool, &pair[i]);
	return DONE;
}

static enum status one_by_one(const char *pool, const struct pair *pair,
			      size_t nr, const char *where, bool tell)
{
	const struct pair **order = in_order(pool, pair, nr);
	enum status status = DONE;
	size_t i;

	for (i = 0; !status && i < nr; i++) {
		char *path = path_of("/sys/kernel/rsvpool/%s/%s", pool,
				     order[i]->key);

		if (!put(path, order[i]->value, pool)) {
			refused("%scannot set %s of pool '%s' to %s", where,
				order[i]->key, pool, order[i]->value);
			status = REFUSED;
		} else if (tell) {
			tell_change(pool, order[i]);
		}
		free(path);
	}
	free(order);
	return status;
}

/* @where: "" or what stands before a message. */
enum status change_settings(const char *pool, const struct pair *pair, size_t nr,
			    const char *where, bool tell)
{
	char *config = debug_path(pool, "config");
	enum status status;

	if (nr > 1 && !why_no_debugfs() && !access(config, W_OK))
		status = at_once(config, pool, pair, nr, where, tell);
	else
		status = one_by_one(pool, pair, nr, where, tell);
	free(config);
	return status;
}

enum status cmd_set(struct args *args)
{
	struct line line = { };
	const char *pool;
	enum status status;
	int i;

	if (args->nr < 2)
		misuse("set: NAME KEY=VALUE...");
	pool = args->word[0];
	need_pool(pool);
	for (i = 1; i < args->nr; i++) {
		struct pair pair;
		char *why;

		if (!pair_parse(&pair, args->word[i], &why))
			misuse("%s", why);
		if (!is_setting(pool, pair.key) && is_pool_file(pool, pair.key))
			misuse("%s was fixed when '%s' was created", pair.key,
			       pool);
		if (!is_setting(pool, pair.key) && !pool_is_whole(pool))
			die(NO_POOL, "pool '%s' has gone", pool);
		if (!is_setting(pool, pair.key))
			misuse("no such setting: %s", pair.key);
		if (line_pair(&line, pair.key))
			misuse("given twice: %s", pair.key);
		if (!value_is_good(pool, &pair))
			misuse("not a number: %s", args->word[i]);
		line_add(&line, pair.key, pair.value);
		pair_free(&pair);
	}
	need_root("set");
	status = change_settings(pool, line.pair, line.nr, "", false);
	line_free(&line);
	return status;
}

static enum status print_keys(void)
{
	char *path, *text;

	need_root("create");
	need_debugfs("create");
	path = path_of("/sys/kernel/debug/rsvpool/create");
	text = read_text(path);
	if (!text)
		die(REFUSED, "create: cannot read %s", path);
	fputs(text, stdout);
	free(text);
	free(path);
	return DONE;
}

/* "net,reserve=64" is as good as "net reserve=64". */
static char *one_text(const struct args *args)
{
	char *text = duplicate(args->word[0]);
	int i;

	for (i = 1; i < args->nr; i++) {
		char *longer = print("%s,%s", text, args->word[i]);

		free(text);
		text = longer;
	}
	return text;
}

enum status cmd_create(struct args *args)
{
	char *text, *path, *why;
	struct line line;

	need_module();
	if (!args->nr)
		return print_keys();
	text = one_text(args);
	if (!line_parse(&line, text, true, &why))
		misuse("%s", why);
	free(text);
	text = line_text(&line);
	need_root("create");
	if (why_no_debugfs()) {
		say("create: %s", why_no_debugfs());
		fprintf(stderr,
			"Instead, put this line into /etc/modprobe.d/rsvpool.conf, for the next load:\n"
			"options rsvpool pools=\"%s\"\n", text);
		return NO_DEBUGFS;
	}
	path = path_of("/sys/kernel/debug/rsvpool/create");
	if (!put(path, text, line.name)) {
		refused("cannot create pool '%s'", line.name);
		return REFUSED;
	}
	free(path);
	free(text);
	line_free(&line);
	return DONE;
}

/* Pools that are named, and there. */
static void need_pools(const struct args *args)
{
	int i;

	if (!args->nr)
		misuse("%s: no pool is given", args->verb);
	for (i = 0; i < args->nr; i++)
		need_pool(args->word[i]);
	need_root(args->verb);
}

enum status cmd_destroy(struct args *args)
{
	char *path = path_of("/sys/kernel/debug/rsvpool/destroy");
	int i;

	need_pools(args);
	need_debugfs("destroy");
	for (i = 0; i < args->nr; i++)
		if (!put(path, args->word[i], args->word[i])) {
			refused("cannot destroy pool '%s'", args->word[i]);
			return REFUSED;
		}
	free(path);
	return DONE;
}

enum status cmd_reset(struct args *args)
{
	int i;

	need_pools(args);
	for (i = 0; i < args->nr; i++) {
		char *path = path_of("/sys/kernel/rsvpool/%s/stats/reset",
				     args->word[i]);

		if (!put(path, "1", args->word[i])) {
			refused("cannot reset pool '%s'", args->word[i]);
			return REFUSED;
		}
		free(path);
	}
	return DONE;
}
