// SPDX-License-Identifier: GPL-2.0
/*
 * save: all pools, as text that restore takes, or as the module parameter pools=.
 *
 * A pool comes after the one that it stands on.  A module makes its pools itself:
 * theirs are only set, and no part of pools=, nor is what stands on them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define POOLS_MAX	1024	/* characters of pools=, which the kernel limits */

struct saving {
	struct pools pools;
	char **keys;		/* that a pool can be created with */
	size_t nr_keys;
	bool modprobe;
	bool *done;
	bool *later;		/* not there yet when the module is loaded */
	char **text;		/* the lines */
	size_t nr;
};

static void add_word(char ***words, size_t *nr, const char *text, size_t len)
{
	if (!len)
		return;
	*words = reallocate(*words, *nr + 1, sizeof(**words));
	(*words)[(*nr)++] = print("%.*s", (int)len, text);
}

/* From what "create" reads as: "key=values  meaning", below a headline. */
static void keys_of_help(const char *text, char ***keys, size_t *nr)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	while ((text = strchr(text, '\n'))) {
		size_t len = strspn(++text, letters);

		if (text[len] == '=')
			add_word(keys, nr, text, len);
	}
}

/* The keys that a pool can be created with; or die. */
char **create_keys(size_t *nr)
{
	char *text = read_parameter("create_keys"), *path, *at;
	char **keys = allocate(1);

	*nr = 0;
	for (at = text; at && *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		add_word(&keys, nr, at, len);
		at += len;
	}
	free(text);
	if (*nr)
		return keys;
	path = path_of("/sys/kernel/debug/rsvpool/create");
	text = read_text(path);
	if (text)
		keys_of_help(text, &keys, nr);
	free(text);
	if (!*nr)
		die(NO_DEBUGFS, "neither rsvpool's parameter create_keys nor %s can be read",
		    path);
	free(path);
	return keys;
}

bool in_keys(char **keys, size_t nr, const char *key)
{
	while (nr)
		if (!strcmp(keys[--nr], key))
			return true;
	return false;
}

static void left_out(const char *what)
{
	say("save: left out: %s", what);
}

static bool same(const struct pool *pool, const char *name, const char *value)
{
	const char *is = pool_value(pool, name);

	return is && !strcmp(is, value);
}

/* How many times a page's size has to be doubled. */
static unsigned int order_of(uint64_t bytes)
{
	uint64_t size = sysconf(_SC_PAGESIZE);
	unsigned int order = 0;

	for (; size < bytes; size *= 2)
		order++;
	return order;
}

/* Where elements come from. */
static void add_element(struct line *line, const struct pool *pool)
{
	uint64_t bytes = pool_number(pool, "element_bytes");
	const char *element = pool_value(pool, "element");
	char number[32];

	if (!element)
		return;
	line_add(line, "element", element);
	if (!strcmp(element, "page")) {
		snprintf(number, sizeof(number), "%u", order_of(bytes));
		line_add(line, "order", number);
	} else if (!strcmp(element, "kmalloc")) {
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)bytes);
		line_add(line, "size", number);
	}
}

/* The keys of what was fixed when the pool was created. */
static void add_facts(struct line *line, const struct pool *pool,
		      const struct saving *s)
{
	size_t i;

	for (i = 0; i < pool->nr; i++) {
		const struct item *item = &pool->item[i];

		if (item->kind != FACT || !*item->value ||
		    !strcmp(item->name, "element") ||
		    (!strcmp(item->name, "node") && *item->value == '-') ||
		    !in_keys(s->keys, s->nr_keys, item->name))
			continue;
		line_add(line, item->name, item->value);
	}
}

/* Settings; what is no key of "create" only restore can set. */
static void add_settings(struct line *line, const struct pool *pool,
			 const struct saving *s)
{
	char *missing = NULL, *longer;
	size_t i;

	for (i = 0; i < pool->nr; i++) {
		const struct item *item = &pool->item[i];

		if (item->kind != SETTING || !*item->value)
			continue;
		if (!s->modprobe || in_keys(s->keys, s->nr_keys, item->name)) {
			line_add(line, item->name, item->value);
			continue;
		}
		longer = print("%s %s", missing ? missing : "", item->name);
		free(missing);
		missing = longer;
	}
	if (!missing)
		return;
	longer = print("pool %s: the settings%s, which only restore can set",
		       pool->name, missing);
	left_out(longer);
	free(longer);
	free(missing);
}

static void save_line(struct saving *s, const struct pool *pool, bool of_module)
{
	struct line line = { .optional = of_module };

	line.name = duplicate(pool->name);
	if (!of_module) {
		add_element(&line, pool);
		add_facts(&line, pool, s);
	}
	add_settings(&line, pool, s);
	s->text = reallocate(s->text, s->nr + 1, sizeof(*s->text));
	s->text[s->nr++] = line_text(&line);
	line_free(&line);
}

/* The number of a pool; that of all if there is none. */
static size_t find(const struct saving *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->pools.nr; i++)
		if (name && !strcmp(s->pools.pool[i].name, name))
			break;
	return i;
}

/* The recursion ends: a stack of pools has no circle, and "done" has. */
static void save_pool(struct saving *s, size_t i)
{
	const struct pool *pool = &s->pools.pool[i];
	size_t parent = find(s, pool_value(pool, "parent"));
	bool of_module = same(pool, "creator", "module");
	char *what;

	if (s->done[i])
		return;
	s->done[i] = true;
	if (parent < s->pools.nr)
		save_pool(s, parent);
	if (!s->modprobe || (!of_module &&
			     (parent == s->pools.nr || !s->later[parent]))) {
		save_line(s, pool, of_module);
		return;
	}
	s->later[i] = true;
	if (of_module)
		return;
	what = print("pool %s, as its parent %s does not exist yet when rsvpool is loaded",
		     pool->name,
		     s->pools.pool[parent].name);
	left_out(what);
	free(what);
}

static char *joined(const struct saving *s, const char *between)
{
	char *text;
	size_t len, i;
	FILE *to = open_memstream(&text, &len);

	for (i = 0; to && i < s->nr; i++)
		fprintf(to, "%s%s", i ? between : "", s->text[i]);
	if (!to || fclose(to))
		die(REFUSED, "out of memory");
	return text;
}

static char *as_parameter(const struct saving *s)
{
	char *pools = joined(s, ";"), *text;

	if (strlen(pools) > POOLS_MAX)
		die(REFUSED, "save: pools= takes %d characters, but these pools need %zu",
		    POOLS_MAX, strlen(pools));
	if (*pools)
		text = print("options rsvpool pools=\"%s\"\n", pools);
	else
		text = print("# No pools for rsvpool to make when it is loaded.\n");
	free(pools);
	return text;
}

static char *as_file(const struct saving *s)
{
	char *pools = joined(s, "\n");
	char *text = print("# Pools, as rsvpoolctl save has found them; see rsvpoolctl(8).\n%s%s",
			   pools, *pools ? "\n" : "");

	free(pools);
	return text;
}

static void saving_end(struct saving *s)
{
	names_free(s->keys, s->nr_keys);
	names_free(s->text, s->nr);
	pools_free(&s->pools);
	free(s->done);
	free(s->later);
}

enum status cmd_save(struct args *args)
{
	struct saving s = { .modprobe = args->modprobe };
	char *text;
	size_t i;

	if (args->nr > 1)
		misuse("save: more than one file is given");
	need_module();
	s.keys = create_keys(&s.nr_keys);
	pools_read(&s.pools);
	for (i = 0; i < s.pools.nr; i++)
		if (s.pools.pool[i].in_part)
			die(REFUSED, "save: nothing saved: a file of pool '%s' cannot be read",
			    s.pools.pool[i].name);
	s.done = allocate(s.pools.nr);
	s.later = allocate(s.pools.nr);
	for (i = 0; i < s.pools.nr; i++)
		save_pool(&s, i);
	text = s.modprobe ? as_parameter(&s) : as_file(&s);
	saving_end(&s);
	if (!args->nr || !strcmp(args->word[0], "-"))
		fputs(text, stdout);
	else
		file_replace(args->word[0], text);
	free(text);
	return DONE;
}
