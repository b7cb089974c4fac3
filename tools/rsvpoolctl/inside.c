// SPDX-License-Identifier: GPL-2.0
/*
 * state, percpu, holders, waiters, latency, inject: a pool's files in debugfs.
 *
 * As text they are printed as the kernel has them.  As JSON each is what its shape
 * is: "key  value" lines an object, a table a list of objects.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define FIELDS_MAX	16

/* The folder in debugfs comes after the one in sysfs, and goes before it. */
static char *read_inside(const char *pool, const char *file)
{
	char *folder = debug_path(pool, ""), *path = debug_path(pool, file);
	char *text = read_text(path);
	int err = errno;

	if (!text && access(folder, F_OK) && errno == ENOENT)
		die(NO_POOL, "pool '%s' has gone", pool);
	if (!text)
		die(REFUSED, "%s: cannot read %s: %s", file, path,
		    strerror(err));
	free(path);
	free(folder);
	return text;
}

static const char *need_inside(const struct args *args, int most)
{
	if (!args->nr)
		misuse("%s: no pool is given", args->verb);
	if (args->nr > most)
		misuse("%s: unexpected argument '%s'", args->verb,
		       args->word[most]);
	need_pool(args->word[0]);
	need_root(args->verb);
	need_debugfs(args->verb);
	return args->word[0];
}

/* "key   value" lines; lines that are indented belong to the last one. */
static struct json_object *pairs_json(char *text)
{
	struct json_object *whole = json_object_new_object();
	struct json_object *list = NULL, *one;
	char *line, *value, *key = NULL;

	while ((line = strsep(&text, "\n"))) {
		if (*line == ' ' && key) {
			if (!list) {
				list = json_object_new_array();
				value = print("%s_list", key);
				json_object_object_add(whole, value, list);
				free(value);
			}
			one = json_object_new_string(trim(line));
			json_object_array_add(list, one);
			continue;
		}
		value = strstr(line, "  ");
		if (!value)
			value = strchr(line, ' ');
		if (!value)
			continue;
		*value++ = '\0';
		for (key = line; strchr(key, ' ');)
			*strchr(key, ' ') = '_';
		list = NULL;
		json_object_object_add(whole, key, json_value(trim(value)));
	}
	return whole;
}

static size_t split(char *line, char **field)
{
	size_t nr = 0;
	char *one;

	while (nr < FIELDS_MAX && (one = strsep(&line, " ")))
		if (*one)
			field[nr++] = one;
	return nr;
}

/*
 * A table with names of columns above it.  A command may have blanks in it: of a
 * row that has more fields than there are columns the second takes the others.
 */
static struct json_object *table_json(char *text)
{
	struct json_object *list = json_object_new_array(), *row;
	char *name[FIELDS_MAX], *value[FIELDS_MAX], *line, *end;
	size_t columns, i;

	columns = split(strsep(&text, "\n"), name);
	while (columns > 1 && (line = strsep(&text, "\n"))) {
		if (!*line)
			continue;
		row = json_object_new_object();
		memset(value, 0, sizeof(value));
		end = line + strlen(line);
		for (i = columns - 1; i > 1; i--) {
			while (end > line && *end != ' ')
				end--;
			if (end == line)
				break;
			*end = '\0';
			value[i] = end + 1;
		}
		end = line + strcspn(line, " ");
		if (*end)
			*end++ = '\0';
		value[0] = line;
		value[1] = end;
		for (i = 0; i < columns; i++)
			if (value[i])
				json_object_object_add(row, name[i],
						       json_value(value[i]));
		json_object_array_add(list, row);
	}
	return list;
}

static enum status show_inside(struct args *args,
			       struct json_object *(*as_json)(char *text))
{
	const char *pool = need_inside(args, 1);
	char *text = read_inside(pool, args->verb);

	if (args->json)
		json_print(as_json(text), false);
	else
		fputs(text, stdout);
	free(text);
	return DONE;
}

enum status cmd_state(struct args *args)
{
	return show_inside(args, pairs_json);
}

enum status cmd_percpu(struct args *args)
{
	return show_inside(args, table_json);
}

enum status cmd_waiters(struct args *args)
{
	return show_inside(args, table_json);
}

/* "section LEFT CALLER TASK", "held NUMBER oldest_ms AGE CALLER", "wrong ..." */
static struct json_object *holders_json(char *text)
{
	struct json_object *list = json_object_new_array(), *one;
	char *line, *kind, *word;

	while ((line = strsep(&text, "\n"))) {
		if (!*line)
			continue;
		one = json_object_new_object();
		kind = strsep(&line, " ");
		json_object_object_add(one, "kind",
				       json_object_new_string(kind));
		word = strsep(&line, " ");
		/* "outstanding 3; only debug=1 records which code took them" */
		if (word) {
			word[strcspn(word, ";")] = '\0';
			json_object_object_add(one, "number", json_value(word));
		}
		if (line && !strcmp(kind, "held") &&
		    !strncmp(line, "oldest_ms ", 10)) {
			line += 10;
			word = strsep(&line, " ");
			json_object_object_add(one, "oldest_ms",
					       json_value(word));
		}
		if (line)
			json_object_object_add(one, "what",
					       json_object_new_string(line));
		json_object_array_add(list, one);
	}
	return list;
}

enum status cmd_holders(struct args *args)
{
	return show_inside(args, holders_json);
}

/* "on", then "KIND >=NANOSECONDS ns CALLS" */
static struct json_object *latency_json(char *text)
{
	struct json_object *whole = json_object_new_object();
	struct json_object *list = json_object_new_array(), *row;
	char *line = strsep(&text, "\n"), *field[FIELDS_MAX];

	json_object_object_add(whole, "on",
			       json_object_new_boolean(!strcmp(line, "on")));
	json_object_object_add(whole, "calls", list);
	while ((line = strsep(&text, "\n"))) {
		if (split(line, field) != 4 || strncmp(field[1], ">=", 2))
			continue;
		row = json_object_new_object();
		json_object_object_add(row, "kind",
				       json_object_new_string(field[0]));
		json_object_object_add(row, "from_ns", json_value(field[1] + 2));
		json_object_object_add(row, "calls", json_value(field[3]));
		json_object_array_add(list, row);
	}
	return whole;
}

static enum status write_inside(const char *pool, const char *file,
				const char *text)
{
	char *path = debug_path(pool, file);
	enum status status = DONE;

	if (!put(path, text, pool)) {
		refused("cannot set %s of pool '%s' to %s", file, pool, text);
		status = REFUSED;
	}
	free(path);
	return status;
}

enum status cmd_latency(struct args *args)
{
	const char *pool, *text;

	if (args->nr < 2)
		return show_inside(args, latency_json);
	text = args->word[1];
	if (!strcmp(text, "on"))
		text = "1";
	else if (!strcmp(text, "off"))
		text = "0";
	else
		misuse("latency: NAME [on|off], not %s", text);
	pool = need_inside(args, 2);
	return write_inside(pool, "latency", text);
}

/* "always", then "injected NUMBER" */
static struct json_object *inject_json(char *text)
{
	struct json_object *whole = json_object_new_object();
	char *line = strsep(&text, "\n");

	json_object_object_add(whole, "inject", json_object_new_string(line));
	while ((line = strsep(&text, "\n")))
		if (!strncmp(line, "injected ", 9))
			json_object_object_add(whole, "injected",
					       json_value(line + 9));
	return whole;
}

enum status cmd_inject(struct args *args)
{
	const char *pool;
	enum status status;
	uint64_t value;
	char *text;

	if (args->nr < 2)
		return show_inside(args, inject_json);
	if (args->nr > 2 && number_parse(args->word[2], &value))
		misuse("inject: not a number: %s", args->word[2]);
	pool = need_inside(args, 3);
	text = print("%s%s%s", args->word[1], args->nr > 2 ? " " : "",
		     args->nr > 2 ? args->word[2] : "");
	status = write_inside(pool, "inject", text);
	free(text);
	return status;
}
