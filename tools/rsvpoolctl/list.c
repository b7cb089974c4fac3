// SPDX-License-Identifier: GPL-2.0
/*
 * list: a line a pool.  A machine may have a thousand: one file has what the usual
 * columns need, and otherwise only the files of the columns are read.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define USUAL	"pool,element,reserve,max,avail,cached,in-use,emerg,bound"

struct column {
	const char *name;
	const char *title;
	bool left;
	/* The text, and for sorting a number if it is one. */
	char *(*text)(const char *pool, const char *name, uint64_t *number);
};

static char *value(const char *pool, const char *file)
{
	const char *text = summary_value(pool, file);

	return text ? duplicate(text) : read_pool_file(pool, file);
}

static uint64_t number_of(const char *pool, const char *file)
{
	const char *text = summary_value(pool, file);
	uint64_t number;

	return text && number_is_plain(text, &number) ? number :
		read_pool_number(pool, file);
}

static char *text_pool(const char *pool, const char *name UNUSED,
		       uint64_t *number UNUSED)
{
	return duplicate(pool);
}

static char *text_element(const char *pool, const char *name UNUSED,
			  uint64_t *number)
{
	char *element = value(pool, "element"), *size, *text;

	*number = number_of(pool, "element_bytes");
	size = size_text(*number);
	text = print("%s %s", element ? element : "-", size);
	free(size);
	free(element);
	return text;
}

static char *text_count(const char *pool, const char *name, uint64_t *number)
{
	*number = number_of(pool, name);
	return print("%llu", (unsigned long long)*number);
}

static char *text_max(const char *pool, const char *name UNUSED,
		      uint64_t *number)
{
	char *text = text_count(pool, "max", number);

	if (*number)
		return text;
	free(text);
	*number = UINT64_MAX;
	return duplicate("none");
}

static char *text_available(const char *pool, const char *name UNUSED,
			    uint64_t *number)
{
	return text_count(pool, "available", number);
}

static char *text_outstanding(const char *pool, const char *name UNUSED,
			      uint64_t *number)
{
	return text_count(pool, "outstanding", number);
}

static char *text_emergencies(const char *pool, const char *name UNUSED,
			      uint64_t *number)
{
	const char *text = summary_value(pool, "emergencies");

	if (!text || !number_is_plain(text, number))
		*number = emergencies(pool);
	return print("%llu", (unsigned long long)*number);
}

static char *text_bound(const char *pool, const char *name UNUSED,
			uint64_t *number)
{
	*number = number_of(pool, "bound_bytes");
	if (*number)
		return size_text(*number);
	*number = UINT64_MAX;	/* max=0 */
	return duplicate("none");
}

/* Any other file of a pool, or of its stats/; NULL if there is none. */
static char *read_any(const char *pool, const char *name)
{
	char *text = read_pool_file(pool, name), *path;

	if (!text) {
		path = print("stats/%s", name);
		text = read_pool_file(pool, path);
		free(path);
	}
	return text;
}

static char *text_file(const char *pool, const char *name, uint64_t *number)
{
	char *text = read_any(pool, name);

	if (!text || !*text) {
		free(text);
		return duplicate("-");
	}
	number_is_plain(text, number);
	return text;
}

static const struct column columns[] = {
	{ "pool", "POOL", true, text_pool },
	{ "element", "ELEMENT", true, text_element },
	{ "reserve", "RESERVE", false, text_count },
	{ "max", "MAX", false, text_max },
	{ "avail", "AVAIL", false, text_available },
	{ "cached", "CACHED", false, text_count },
	{ "in-use", "IN-USE", false, text_outstanding },
	{ "emerg", "EMERG", false, text_emergencies },
	{ "bound", "BOUND", false, text_bound },
};

static bool has_file(const char *pool, const char *name)
{
	char *text = read_any(pool, name);
	bool has = text;

	free(text);
	return has;
}

/*
 * A column of these pools: if it is a file, at least one of them has it, or none of
 * them is whole.
 */
static struct column find_column(const char *name, char **names, size_t nr)
{
	struct column other = { name, name, false, text_file };
	bool good = *name && !name[strspn(name,
				"abcdefghijklmnopqrstuvwxyz0123456789_")];
	bool lacks = false, found = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (!strcasecmp(columns[i].name, name))
			return columns[i];
	for (i = 0; good && i < nr && !found; i++) {
		ino_t folder = pool_begin(names[i]);

		found = has_file(names[i], name);
		lacks = lacks || (!found && pool_was_whole(names[i], folder));
	}
	if (!good || (lacks && !found))
		misuse("list: no column '%s'; there are " USUAL
		       ", and the files of a pool", name);
	return other;
}

/* A pool's place in the order: by number, the largest first, then by text. */
struct place {
	uint64_t number;
	char *text;
	char *pool;
	bool is_text;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = 0;

	if (x->is_text != y->is_text)
		order = x->is_text ? 1 : -1;
	else if (x->is_text)
		order = strcmp(x->text, y->text);
	else if (x->number != y->number)
		order = x->number < y->number ? 1 : -1;
	return order ? order : strcmp(x->pool, y->pool);
}

/* A pool that is half there has no place.  Returns how many names are left. */
static size_t sort_names(char **names, size_t nr, const char *by)
{
	struct column column = find_column(by, names, nr);
	struct place *place, *to;
	size_t n = 0, i;

	place = allocate(nr * sizeof(*place));
	for (i = 0; i < nr; i++) {
		ino_t folder = pool_begin(names[i]);

		to = &place[n];
		memset(to, 0, sizeof(*to));
		to->pool = names[i];
		to->text = column.text(to->pool, column.name, &to->number);
		to->is_text = column.left || (column.text == text_file &&
			!number_is_plain(to->text, NULL));
		if (pool_was_whole(to->pool, folder)) {
			n++;
		} else {
			free(to->text);
			free(to->pool);
		}
	}
	qsort(place, n, sizeof(*place), by_place);
	for (i = 0; i < n; i++) {
		names[i] = place[i].pool;
		free(place[i].text);
	}
	free(place);
	return n;
}

static void list_table(char **names, size_t nr, const char *wanted)
{
	char *list = duplicate(wanted), *rest = list, *name;
	struct column *column = NULL;
	struct table table;
	uint64_t number;
	size_t n = 0, row = 1, i, c;

	while ((name = strsep(&rest, ","))) {
		column = reallocate(column, n + 1, sizeof(*column));
		column[n++] = find_column(trim(name), names, nr);
	}
	table_begin(&table, n);
	for (c = 0; c < n; c++) {
		table.left[c] = column[c].left;
		table_cell(&table, 0, c, duplicate(column[c].title));
	}
	for (i = 0; i < nr; i++) {
		ino_t folder = pool_begin(names[i]);

		for (c = 0; c < n; c++)
			table_cell(&table, row, c,
				   column[c].text(names[i], column[c].name,
						  &number));
		/* One that is made or removed meanwhile has no line. */
		if (pool_was_whole(names[i], folder))
			row++;
		else
			table_drop(&table);
	}
	if (row > 1)
		table_print(&table);
	else
		puts("no pools");
	table_free(&table);
	free(column);
	free(list);
}

static void list_json(char **names, size_t nr)
{
	struct json_object *list = json_object_new_array();
	struct pool pool;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!pool_read(&pool, names[i]))
			continue;
		json_object_array_add(list, json_pool(&pool));
		pool_free(&pool);
	}
	json_print(list, false);
}

enum status cmd_list(struct args *args)
{
	char **names;
	size_t nr;

	if (args->nr)
		misuse("list: unexpected argument '%s'", args->word[0]);
	if (args->json && args->columns)
		misuse("list: --json prints all columns: do not give --columns");
	need_module();
	nr = pool_names(&names);
	if (!args->json)
		summary_read();
	if (args->sort)
		nr = sort_names(names, nr, args->sort);
	if (args->json)
		list_json(names, nr);
	else if (nr)
		list_table(names, nr, args->columns ? args->columns : USUAL);
	else
		puts("no pools");
	summary_forget();
	names_free(names, nr);
	return DONE;
}
