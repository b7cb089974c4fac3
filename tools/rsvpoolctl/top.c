// SPDX-License-Identifier: GPL-2.0
/*
 * top: rates and levels, live on a terminal, or as frames one after the other.
 */
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

#define MS_PER_S	1000
#define COLUMNS		80	/* of what is no terminal */

struct top {
	char **only;
	size_t nr_only;
	unsigned int interval;	/* ms */
	unsigned int count;	/* of frames; 0: no end */
	bool json;
	struct frame frame;
	struct look *older;
	struct look *newer;
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

static void sleep_ms(unsigned int ms)
{
	struct timespec rest = { ms / MS_PER_S, ms % MS_PER_S * 1000000L };

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}

static void look_again(struct top *top)
{
	look_free(top->older);
	top->older = top->newer;
	top->newer = look_take(top->only, top->nr_only);
}

static struct json_object *rate_json(const struct rate *rate)
{
	struct json_object *one = json_object_new_object();

	json_object_object_add(one, "name", json_object_new_string(rate->name));
	json_object_object_add(one, "alloc_per_s",
			       json_real(rate->allocs, "%.1f"));
	json_object_object_add(one, "free_per_s",
			       json_real(rate->frees, "%.1f"));
	json_object_object_add(one, "hit_percent", rate->hits < 0 ? NULL :
			       json_real(rate->hits, "%.1f"));
	json_object_object_add(one, "available",
			       json_object_new_uint64(rate->available));
	json_object_object_add(one, "cached",
			       json_object_new_uint64(rate->cached));
	json_object_object_add(one, "outstanding",
			       json_object_new_uint64(rate->outstanding));
	json_object_object_add(one, "emergencies_per_s",
			       json_real(rate->emergencies, "%.1f"));
	json_object_object_add(one, "sleepers",
			       json_object_new_uint64(rate->sleepers));
	return one;
}

static void print_json(double seconds, const struct rate *rates, size_t nr)
{
	struct json_object *whole = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_array_add(list, rate_json(&rates[i]));
	json_object_object_add(whole, "seconds", json_real(seconds, "%.2f"));
	json_object_object_add(whole, "pools", list);
	json_print(whole, true);
}

static void draw(struct top *top, bool on_screen)
{
	struct rate *rates;
	double seconds;
	char *text;
	size_t nr;

	seconds = look_rates(top->older, top->newer, &rates, &nr);
	rates_sort(rates, nr, top->frame.sort);
	if (top->json) {
		print_json(seconds, rates, nr);
	} else {
		top->frame.has_rates = top->older;
		text = frame_text(&top->frame, rates, nr);
		if (on_screen)
			screen_draw(text);
		else
			fputs(text, stdout);
		free(text);
	}
	fflush(stdout);
	rates_free(rates, nr);
}

static enum status in_frames(struct top *top)
{
	unsigned int shown, rows;

	if (isatty(STDOUT_FILENO))
		screen_size(&top->frame.columns, &rows);
	top->newer = look_take(top->only, top->nr_only);
	for (shown = 0; !top->count || shown < top->count; shown++) {
		sleep_ms(top->interval);
		look_again(top);
		if (!top->json && shown)
			putchar('\n');
		draw(top, false);
		/* Nobody reads it any more. */
		if (ferror(stdout))
			die(REFUSED, "top: cannot write: %s", strerror(errno));
	}
	return DONE;
}

/* Until it is time for the next look; false: that was the end. */
static bool wait_for_keys(struct top *top)
{
	long long due = now_ms() + top->interval, left;
	int key;

	while ((left = due - now_ms()) > 0) {
		key = screen_key(left > MS_PER_S ? MS_PER_S : left);
		if (key == -1 || key == 'q' || key == 'Q')
			return false;
		if (key == 's')
			top->frame.sort = rates_sort_next(top->frame.sort);
		if (key == 's' || key == -2) {
			screen_size(&top->frame.columns, &top->frame.rows);
			draw(top, true);
		}
	}
	return true;
}

static enum status on_terminal(struct top *top)
{
	int signal;

	top->frame.keys = true;
	screen_begin();
	top->newer = look_take(top->only, top->nr_only);
	for (;;) {
		screen_size(&top->frame.columns, &top->frame.rows);
		draw(top, true);
		if (!wait_for_keys(top))
			break;
		look_again(top);
	}
	screen_end();
	signal = screen_signal();
	if (signal)
		exit(128 + signal);
	return DONE;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

enum status cmd_top(struct args *args)
{
	struct top top = {
		.only = args->word,
		.nr_only = args->nr,
		.json = args->json,
		.frame = {
			.columns = COLUMNS,
			.every = args->every ? args->every : "1",
			.sort = args->sort ? args->sort : "pool",
		},
	};
	enum status status;
	int i;

	if (!seconds_parse(top.frame.every, &top.interval))
		misuse("top: not a number of seconds: %s", top.frame.every);
	if (!top.interval)
		misuse("top: -d needs at least 0.001 seconds");
	if (args->count && !count_parse(args->count, &top.count))
		misuse("top: not a number: %s", args->count);
	if (!rates_sort_is_known(top.frame.sort))
		misuse("top: no column '%s'", top.frame.sort);
	for (i = 0; i < args->nr; i++)
		need_pool(args->word[i]);
	need_module();
	if (args->count && !top.count)
		return DONE;
	top.frame.utf8 = screen_is_utf8();
	if (args->count || args->json || is_dumb() || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO))
		status = in_frames(&top);
	else
		status = on_terminal(&top);
	look_free(top.older);
	look_free(top.newer);
	return status;
}
