// SPDX-License-Identifier: GPL-2.0
/*
 * stress, bench: scenarios of rsvpool_stress.ko.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define BENCH		"pair"

static char *stress_path(const char *file)
{
	return path_of("/sys/kernel/debug/rsvpool/stress/%s", file);
}

static char *read_stress(const char *file)
{
	char *path = stress_path(file), *text = read_text(path);

	if (!text)
		die(REFUSED, "stress: cannot read %s: %s", path,
		    strerror(errno));
	free(path);
	return text;
}

static void need_stress(const char *verb)
{
	char *path;

	need_module();
	need_root(verb);
	need_debugfs(verb);
	path = stress_path("run");
	if (access(path, F_OK))
		die(NOT_LOADED, "%s: rsvpool_stress is not loaded: modprobe rsvpool_stress",
		    verb);
	free(path);
}

/* "KEY=DEFAULT KEY=DEFAULT" */
static struct json_object *defaults_json(char *text)
{
	struct json_object *keys = json_object_new_object();
	char *word, *value;

	while (text && (word = strsep(&text, " "))) {
		value = strchr(word, '=');
		if (!value)
			continue;
		*value++ = '\0';
		json_object_object_add(keys, word, json_value(value));
	}
	return keys;
}

/* "NAME KEY=DEFAULT..."; below it "\t# what it does" and "\t# KEY: meaning" */
static struct json_object *scenarios_json(char *text)
{
	struct json_object *list = json_object_new_array(), *one = NULL;
	struct json_object *meanings = NULL, *value;
	char *line, *name, *meaning;

	while ((line = strsep(&text, "\n"))) {
		if (*line && *line != '\t') {
			name = strsep(&line, " ");
			one = json_object_new_object();
			json_object_object_add(one, "name",
					       json_object_new_string(name));
			json_object_object_add(one, "defaults",
					       defaults_json(line));
			meanings = json_object_new_object();
			json_object_object_add(one, "keys", meanings);
			json_object_array_add(list, one);
			continue;
		}
		if (!one || strncmp(line, "\t# ", 3))
			continue;
		line += 3;
		meaning = strstr(line, ": ");
		if (meaning) {
			*meaning = '\0';
			value = json_object_new_string(meaning + 2);
			json_object_object_add(meanings, line, value);
		} else {
			json_object_object_add(one, "does",
					       json_object_new_string(line));
		}
	}
	return list;
}

/* "key=value" lines */
static struct json_object *result_json(char *text)
{
	struct json_object *whole = json_object_new_object();
	char *line, *value;

	while ((line = strsep(&text, "\n"))) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = '\0';
		json_object_object_add(whole, line, json_value(value));
	}
	return whole;
}

static enum status run(const char *verb, const char *scenario, const char *line,
		       bool json)
{
	char *path = stress_path("run"), *result;
	bool done;

	fflush(stdout);
	done = put(path, line, NULL);
	/* What an earlier run had to say is not this one's. */
	if (done || !*put_reason()) {
		result = read_stress("result");
		if (json)
			json_print(result_json(result), false);
		else
			fputs(result, stdout);
		free(result);
	}
	if (!done)
		refused("%s %s", verb, scenario);
	free(path);
	return done ? DONE : REFUSED;
}

static char *joined(char **word, int nr, const char *first)
{
	char *text = duplicate(first);
	int i;

	for (i = 0; i < nr; i++) {
		char *longer = print("%s%s%s", text, *text ? " " : "", word[i]);

		free(text);
		text = longer;
	}
	return text;
}

enum status cmd_stress(struct args *args)
{
	enum status status;
	char *text;

	need_stress("stress");
	if (!args->nr) {
		text = read_stress("scenarios");
		if (args->json)
			json_print(scenarios_json(text), false);
		else
			fputs(text, stdout);
		free(text);
		return DONE;
	}
	text = joined(args->word, args->nr, "");
	status = run("stress", args->word[0], text, args->json);
	free(text);
	return status;
}

/* What one allocation and one free of a pool cost. */
enum status cmd_bench(struct args *args)
{
	enum status status;
	char *first, *text;

	if (!args->nr)
		misuse("bench: no pool is given");
	need_pool(args->word[0]);
	need_stress("bench");
	first = print(BENCH " pool=%s", args->word[0]);
	text = joined(args->word + 1, args->nr - 1, first);
	status = run("bench", args->word[0], text, args->json);
	free(first);
	free(text);
	return status;
}
