// SPDX-License-Identifier: GPL-2.0
/*
 * watch: sample a pool into a table, a column for each of its numbers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"

#define MS_PER_S	1000

/* Files of the pool that have a number, as they are named in sysfs. */
static char **number_files(const char *name, size_t *nr)
{
	char **files = allocate(1);
	struct pool pool;
	size_t i;

	*nr = 0;
	if (!pool_read(&pool, name))
		die(NO_POOL, "pool '%s' has gone", name);
	for (i = 0; i < pool.nr; i++) {
		if (!number_is_json(pool.item[i].value))
			continue;
		files = reallocate(files, *nr + 1, sizeof(*files));
		files[(*nr)++] = duplicate(pool.item[i].file);
	}
	pool_free(&pool);
	return files;
}

/*
 * One line; or nothing of it, and false, if the pool has gone, which another one of
 * that name does not change.
 */
static bool put_row(FILE *to, const char *name, ino_t folder, char **files,
		    size_t nr, double seconds, bool watermarks)
{
	unsigned int low, high;
	char *value, *text;
	size_t size, i;
	bool whole;
	FILE *row = open_memstream(&text, &size);

	if (!row)
		die(REFUSED, "out of memory");
	fprintf(row, "%.2f", seconds);
	for (i = 0; i < nr; i++) {
		value = read_pool_file(name, files[i]);
		fprintf(row, ",%s", value ? value : "");
		free(value);
	}
	if (watermarks && watermarks_in_effect(name, &low, &high))
		fprintf(row, ",%u,%u", low, high);
	else if (watermarks)
		fputs(",,", row);
	if (fclose(row))
		die(REFUSED, "out of memory");
	whole = pool_was_whole(name, folder);
	if (whole)
		fprintf(to, "%s\n", text);
	free(text);
	return whole;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec +
		(now.tv_nsec - start->tv_nsec) / 1e9;
}

static enum status watch(FILE *to, const char *name, unsigned int ms,
			 unsigned int count)
{
	unsigned int low, high, i;
	struct timespec start, due;
	ino_t folder = pool_begin(name);
	bool watermarks = watermarks_in_effect(name, &low, &high);
	char **files;
	size_t nr, n;

	if (!watermarks)
		say("watch: left out: low_now and high_now: %s",
		    why_no_debugfs() ? why_no_debugfs() : "they cannot be read");
	files = number_files(name, &nr);
	fputs("seconds", to);
	for (n = 0; n < nr; n++)
		fprintf(to, ",%s", files[n]);
	fprintf(to, "%s\n", watermarks ? ",low_now,high_now" : "");
	clock_gettime(CLOCK_MONOTONIC, &start);
	due = start;
	for (i = 0; !count || i < count; i++) {
		if (i) {
			due.tv_sec += ms / MS_PER_S;
			due.tv_nsec += ms % MS_PER_S * 1000000L;
			if (due.tv_nsec >= 1000000000L) {
				due.tv_nsec -= 1000000000L;
				due.tv_sec++;
			}
			while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
					       &due, NULL) == EINTR)
				;
		}
		if (!put_row(to, name, folder, files, nr,
			     i ? seconds_since(&start) : 0, watermarks)) {
			say("watch: pool '%s' has gone", name);
			break;
		}
		if (fflush(to) || ferror(to))
			die(REFUSED, "watch: cannot write: %s", strerror(errno));
	}
	names_free(files, nr);
	return DONE;
}

enum status cmd_watch(struct args *args)
{
	unsigned int ms = MS_PER_S, count = 0;
	enum status status;
	FILE *to;

	if (args->nr > 1)
		misuse("watch: more than one pool is given");
	if (!args->nr || !args->csv)
		misuse("watch: NAME --csv FILE");
	if (args->count && !count_parse(args->count, &count))
		misuse("watch: not a number: %s", args->count);
	if (args->every && !seconds_parse(args->every, &ms))
		misuse("watch: not a number of seconds: %s", args->every);
	if (!ms)
		misuse("watch: -d needs at least 0.001 seconds");
	/* As for top: none, and not those without an end. */
	if (args->count && !count)
		return DONE;
	need_pool(args->word[0]);
	to = file_open_table(args->csv);
	status = watch(to, args->word[0], ms, count);
	if (to != stdout && fclose(to))
		die(REFUSED, "watch: cannot write: %s", strerror(errno));
	return status;
}
