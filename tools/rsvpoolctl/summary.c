// SPDX-License-Identifier: GPL-2.0
/*
 * The file "summary" of debugfs: a line a pool, whose columns are called as the
 * files in sysfs that have the same values.  A thousand pools are one file instead
 * of twelve thousand.  What is not in it, and everything where it cannot be read,
 * is read from the files.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define BLANKS	" \t"

static struct {
	char *text;
	char **word;		/* @columns of them for each pool, by its name */
	size_t columns;
	size_t pools;
	char **title;
} summary;

static size_t split(char *line, char **word, size_t most)
{
	char *at, *rest = NULL;
	size_t n = 0;

	for (at = strtok_r(line, BLANKS, &rest); at;
	     at = strtok_r(NULL, BLANKS, &rest)) {
		if (n < most)
			word[n] = at;
		n++;
	}
	return n;
}

static int by_pool(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

void summary_forget(void)
{
	free(summary.text);
	free(summary.word);
	free(summary.title);
	memset(&summary, 0, sizeof(summary));
}

/* A line of another length is not of this file: nothing is taken from it then. */
void summary_read(void)
{
	char *path = path_of("/sys/kernel/debug/rsvpool/summary");
	char *line, *rest, *copy;

	summary_forget();
	summary.text = read_text(path);
	free(path);
	rest = summary.text;
	line = rest ? strsep(&rest, "\n") : NULL;
	if (!line)
		return;
	copy = duplicate(line);
	summary.columns = split(copy, NULL, 0);
	free(copy);
	summary.title = allocate((summary.columns + 1) * sizeof(char *));
	split(line, summary.title, summary.columns);
	while (summary.columns && rest && *(line = strsep(&rest, "\n"))) {
		summary.word = reallocate(summary.word, (summary.pools + 1) *
					  summary.columns, sizeof(char *));
		if (split(line, summary.word + summary.pools * summary.columns,
			  summary.columns) != summary.columns) {
			summary_forget();
			return;
		}
		summary.pools++;
	}
	if (summary.pools)
		qsort(summary.word, summary.pools,
		      summary.columns * sizeof(char *), by_pool);
}

/* NULL: it is not in there. */
const char *summary_value(const char *pool, const char *file)
{
	char **found;
	size_t c;

	for (c = 1; c < summary.columns; c++)
		if (!strcmp(summary.title[c], file))
			break;
	if (c >= summary.columns || !summary.pools)
		return NULL;
	found = bsearch(&pool, summary.word, summary.pools,
			summary.columns * sizeof(char *), by_pool);
	return found ? found[c] : NULL;
}
