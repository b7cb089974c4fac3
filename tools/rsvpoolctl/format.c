// SPDX-License-Identifier: GPL-2.0
/*
 * Pools as text, "NAME,key=value,key=value": the one reader and the one writer of
 * it, for files of pools, for "create" and "set", and for what the kernel is given.
 *
 * What the writer has written the reader reads as the same: the tests hold it to
 * that for every setting, and for random ones.
 *
 * White space around names, keys and values does not count, and is wrong inside of
 * them.  A comma before a digit is a value's: no key begins with one, but a list
 * of CPUs goes on so.  "?" in front says that the pool may be missing.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static bool all_graph(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

/* What the module accepts as one. */
bool line_name_is_good(const char *name)
{
	const char *c;

	if (!*name || *name == '.')
		return false;
	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			return false;
	return true;
}

/* As the kernel wants it; NULL and a reason. */
static char *value_of(const char *key, char *text, const char **why)
{
	if (!strcmp(key, "parent"))	/* which may be called 64K */
		return duplicate(text);
	if ((!strcmp(key, "size") || ends_with(key, "_bytes")) &&
	    ends_with(text, "iB"))
		text[strlen(text) - 2] = '\0';
	return number_expand(text, why);
}

bool pair_parse(struct pair *pair, const char *text, char **why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	char *copy = duplicate(text), *value = copy, *key;
	const char *wrong = NULL;

	key = trim(strsep(&value, "="));
	if (value)
		value = trim(value);
	pair->value = NULL;
	if (!value || !*key || key[strspn(key, letters)] || !*value)
		wrong = "not KEY=VALUE";
	else if (!all_graph(value))
		wrong = "a value must not have spaces";
	else
		pair->value = value_of(key, value, &wrong);
	if (pair->value)
		pair->key = duplicate(key);
	else
		*why = print("%s: %s", wrong, *text ? text : "''");
	free(copy);
	return pair->value;
}

void pair_free(struct pair *pair)
{
	free(pair->key);
	free(pair->value);
}

const struct pair *line_pair(const struct line *line, const char *key)
{
	size_t i;

	for (i = 0; i < line->nr; i++)
		if (!strcmp(line->pair[i].key, key))
			return &line->pair[i];
	return NULL;
}

static void take_pair(struct line *line, const struct pair *pair)
{
	line->pair = reallocate(line->pair, line->nr + 1, sizeof(*line->pair));
	line->pair[line->nr++] = *pair;
}

void line_add(struct line *line, const char *key, const char *value)
{
	struct pair pair = { duplicate(key), duplicate(value) };

	take_pair(line, &pair);
}

static bool add_text(struct line *line, const char *text, char **why)
{
	struct pair pair;

	if (!pair_parse(&pair, text, why))
		return false;
	if (line_pair(line, pair.key)) {
		*why = print("given twice: %s", pair.key);
		pair_free(&pair);
		return false;
	}
	take_pair(line, &pair);
	return true;
}

/* "key=value,key=value": not the last comma ends a pair, but one before a key. */
static bool parse_pairs(struct line *line, char *text, char **why)
{
	char *one = NULL, *part;
	bool good = true;

	while (good && (part = strsep(&text, ","))) {
		part = trim(part);
		if (isdigit((unsigned char)*part) && one) {
			char *longer = print("%s,%s", one, part);

			free(one);
			one = longer;
			continue;
		}
		if (one)
			good = add_text(line, one, why);
		free(one);
		one = duplicate(part);
	}
	if (good)
		good = add_text(line, one, why);
	free(one);
	return good;
}

bool line_parse(struct line *line, const char *text, bool for_create, char **why)
{
	char *copy = duplicate(text), *rest = trim(copy);
	bool good;

	memset(line, 0, sizeof(*line));
	if (*rest == '?' && !for_create) {
		line->optional = true;
		rest++;
	}
	line->name = duplicate(trim(strsep(&rest, ",")));
	/* What else is wrong with a new one is the kernel's to say. */
	good = for_create ? *line->name && all_graph(line->name) :
		line_name_is_good(line->name);
	if (!good)
		*why = print("not a pool's name: '%s'", line->name);
	else if (rest)
		good = parse_pairs(line, rest, why);
	free(copy);
	if (!good)
		line_free(line);
	return good;
}

char *line_text(const struct line *line)
{
	size_t len, i;
	char *text;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		die(REFUSED, "out of memory");
	fprintf(to, "%s%s", line->optional ? "?" : "", line->name);
	for (i = 0; i < line->nr; i++)
		fprintf(to, ",%s=%s", line->pair[i].key, line->pair[i].value);
	if (fclose(to))
		die(REFUSED, "out of memory");
	return text;
}

void line_free(struct line *line)
{
	while (line->nr)
		pair_free(&line->pair[--line->nr]);
	free(line->pair);
	free(line->name);
	memset(line, 0, sizeof(*line));
}
