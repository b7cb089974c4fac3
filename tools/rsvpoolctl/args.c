// SPDX-License-Identifier: GPL-2.0
/*
 * The options of a verb.  They may stand before, between and behind its arguments;
 * "--" ends them, for a pool that is called like one.  A verb that has none takes
 * every word as an argument.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static const struct {
	const char *name;
	unsigned int bit;
	size_t value;		/* where it goes; 0: it has none */
	size_t flag;
} options[] = {
	{ "--json", OPT_JSON, 0, offsetof(struct args, json) },
	{ "--modprobe", OPT_MODPROBE, 0, offsetof(struct args, modprobe) },
	{ "--load", OPT_LOAD, 0, offsetof(struct args, load) },
	{ "-d", OPT_EVERY, offsetof(struct args, every), 0 },
	{ "-n", OPT_COUNT, offsetof(struct args, count), 0 },
	{ "--csv", OPT_CSV, offsetof(struct args, csv), 0 },
	{ "--sort", OPT_SORT, offsetof(struct args, sort), 0 },
	{ "--columns", OPT_COLUMNS, offsetof(struct args, columns), 0 },
	{ "--textfile", OPT_TEXTFILE, offsetof(struct args, textfile), 0 },
};

/* The option's value, if @word is "--option=value". */
static bool is_option(const char *word, size_t i, const char **value)
{
	size_t len = strlen(options[i].name);

	*value = NULL;
	if (strncmp(word, options[i].name, len))
		return false;
	if (!word[len])
		return true;
	if (word[len] != '=' || len < 3 || !options[i].value)
		return false;
	*value = word + len + 1;
	return true;
}

/* Returns how many words it took. */
static int take_option(struct args *args, unsigned int allowed, char **words,
		       int nr)
{
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if ((allowed & options[i].bit) && is_option(words[0], i, &value))
			break;
	if (i == ARRAY_SIZE(options))
		misuse("%s: unknown option %s", args->verb, words[0]);
	if (!options[i].value) {
		*(bool *)((char *)args + options[i].flag) = true;
		return 1;
	}
	if (!value && nr < 2)
		misuse("%s: %s needs a value", args->verb, words[0]);
	*(const char **)((char *)args + options[i].value) =
		value ? value : words[1];
	return value ? 1 : 2;
}

bool args_parse(struct args *args, const char *verb, unsigned int allowed,
		int nr, char **words)
{
	int i = 0;

	memset(args, 0, sizeof(*args));
	args->verb = verb;
	args->word = allocate((nr + 1) * sizeof(*args->word));
	while (i < nr) {
		if (!strcmp(words[i], "--")) {
			i++;
			break;
		}
		if (!strcmp(words[i], "--help"))
			return false;
		if (words[i][0] == '-' && words[i][1] &&
		    !(allowed & OPT_ANY_NAME))
			i += take_option(args, allowed, words + i, nr - i);
		else
			args->word[args->nr++] = words[i++];
	}
	while (i < nr)
		args->word[args->nr++] = words[i++];
	return true;
}
