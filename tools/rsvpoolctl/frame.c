// SPDX-License-Identifier: GPL-2.0
/*
 * A picture of all pools as lines of text, for a screen of any size: a headline, a
 * table, and for each pool a bar that is as long as its maximum.
 *
 * A line never is longer than the screen is wide.  Where it is narrow, columns go
 * in the order of "drops", the last ones being those that say that something is
 * wrong.  Bars stand below their pools, or, where there are few lines, beside them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

#define NAME_MIN	8	/* columns of a name, "POOL" included */
#define NAME_LEAST	5	/* where columns had to go for it */
#define BAR_BESIDE_MIN	8
#define BAR_BESIDE_MAX	60
#define BAR_ROOM	20	/* that columns leave for one */
#define LEGEND_WIDTH	67
#define LEGEND_ROWS	10

enum { ALLOC, FREE, HIT, AVAIL, CACHED, IN_USE, EMERG, ASLEEP, NR_COLUMNS };

struct column {
	const char *title;
	unsigned int width;
};

static const struct column columns[NR_COLUMNS] = {
	[ALLOC] = { "ALLOC/s", 8 },
	[FREE] = { "FREE/s", 9 },
	[HIT] = { "HIT%", 7 },
	[AVAIL] = { "AVAIL", 8 },
	[CACHED] = { "CACHED", 8 },
	[IN_USE] = { "IN USE", 8 },
	[EMERG] = { "EMERG/s", 9 },
	[ASLEEP] = { "ASLEEP", 8 },
};

/* The least important one first. */
static const int drops[] = { CACHED, FREE, HIT, ALLOC, AVAIL, ASLEEP, IN_USE };

#define MARKS	5

static const char * const marks_utf8[MARKS] = {
	"\342\226\210", "\342\226\223", "\342\226\222", "\342\226\221", "\302\267"
};

static const char * const marks_ascii[MARKS] = { "#", "+", "=", "-", "." };

struct layout {
	bool shown[NR_COLUMNS];
	unsigned int name;	/* columns of the name */
	unsigned int table;	/* of all the others */
	bool tall;		/* bars below the pools */
	bool airy;		/* and an empty line below each */
	bool legend;
	unsigned int beside;	/* columns of a bar beside its pool, or 0 */
	size_t fit;		/* pools that are shown */
};

static char *figure(const struct rate *rate, int which, bool has_rates)
{
	bool known = has_rates && !rate->fresh;

	switch (which) {
	case ALLOC:
		return known ? rate_text(rate->allocs) : duplicate("-");
	case FREE:
		return known ? rate_text(rate->frees) : duplicate("-");
	case HIT:
		return rate->hits < 0 ? duplicate("-") :
			print("%.1f", rate->hits);
	case AVAIL:
		return rate_text(rate->available);
	case CACHED:
		return rate_text(rate->cached);
	case IN_USE:
		return rate_text(rate->outstanding);
	case EMERG:
		return known ? rate_text(rate->emergencies) : duplicate("-");
	default:
		return rate_text(rate->sleepers);
	}
}

static unsigned int table_width(const struct layout *layout)
{
	unsigned int width = 0;
	int i;

	for (i = 0; i < NR_COLUMNS; i++)
		if (layout->shown[i])
			width += columns[i].width;
	return width;
}

static void lay_out(struct layout *layout, const struct frame *frame,
		    const struct rate *rates, size_t nr)
{
	unsigned int around, room, longest = NAME_MIN;
	size_t i;

	memset(layout->shown, true, sizeof(layout->shown));
	for (i = 0; i < nr; i++)
		if (strlen(rates[i].name) > longest)
			longest = strlen(rates[i].name);
	layout->legend = frame->columns >= LEGEND_WIDTH &&
		(!frame->rows || frame->rows >= LEGEND_ROWS);
	around = layout->legend ? 5 : 3;
	layout->tall = !frame->rows || around + 2 * nr <= frame->rows;
	layout->airy = frame->rows && around + 3 * nr <= frame->rows;

	/* What a bar beside them needs. */
	room = layout->tall ? 0 : BAR_ROOM;
	if (!layout->tall) {
		layout->shown[FREE] = false;
		layout->shown[CACHED] = false;
	}
	for (i = 0; i < ARRAY_SIZE(drops); i++) {
		if (table_width(layout) + NAME_LEAST + room <= frame->columns)
			break;
		layout->shown[drops[i]] = false;
	}
	layout->table = table_width(layout);
	layout->name = longest;
	if (layout->name + layout->table + room > frame->columns)
		layout->name = frame->columns > layout->table + room + NAME_LEAST ?
			frame->columns - layout->table - room : NAME_LEAST;

	layout->beside = 0;
	room = layout->name + layout->table + 2;
	if (!layout->tall && frame->columns >= room + BAR_BESIDE_MIN)
		layout->beside = frame->columns - room;
	if (layout->beside > BAR_BESIDE_MAX)
		layout->beside = BAR_BESIDE_MAX;

	layout->fit = nr;
	if (!layout->tall && frame->rows < around + nr)
		layout->fit = frame->rows > around + 1 ?
			frame->rows - around - 1 : 0;
}

/* One cell at least for what is not zero; the last part takes what is left. */
static void put_bar(FILE *to, const struct frame *frame,
		    const struct rate *rate, unsigned int width)
{
	const char * const *marks = frame->utf8 ? marks_utf8 : marks_ascii;
	uint64_t low = rate->available < rate->reserve ? rate->available :
		rate->reserve;
	uint64_t part[MARKS - 1] = {
		rate->outstanding, rate->cached, low, rate->available - low,
	};
	uint64_t sum = rate->outstanding + rate->cached + rate->available;
	uint64_t scale = rate->max < sum ? sum : rate->max;
	unsigned int cells[MARKS], used = 0, most, i;

	for (i = 0; i < MARKS - 1; i++) {
		cells[i] = scale ? (double)part[i] / scale * width + 0.5 : 0;
		if (part[i] && !cells[i])
			cells[i] = 1;
		used += cells[i];
	}
	for (; used > width; used--) {
		for (most = 0, i = 1; i < MARKS - 1; i++)
			if (cells[i] > cells[most])
				most = i;
		cells[most]--;
	}
	cells[MARKS - 1] = width - used;
	for (i = 0; i < MARKS; i++)
		while (cells[i]--)
			fputs(marks[i], to);
}

/* Of a longer one both ends, as names of one kind often differ in the last. */
static void put_name(FILE *to, const char *name, unsigned int width)
{
	size_t len = strlen(name), end = (width - 1) / 2;

	if (len <= width)
		fprintf(to, "%-*s", (int)width, name);
	else
		fprintf(to, "%.*s~%s", (int)(width - 1 - end), name,
			name + len - end);
}

static void put_title(FILE *to, const struct frame *frame, size_t nr)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	time_t now = time(NULL);
	bool by_name = !strcmp(frame->sort, "pool");
	char clock[16] = "", *left, *right;
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	left = print("rsvpool  %s  %zu pool%s, %ld CPUs", clock, nr,
		     nr == 1 ? "" : "s", cpus);
	right = print("%s%s%severy %s s%s", by_name ? "" : "by ",
		      by_name ? "" : frame->sort, by_name ? "" : ", ",
		      frame->every, frame->keys ? "   q quits" : "");
	if (strlen(left) + strlen(right) + 2 <= frame->columns)
		fprintf(to, "%s%*s\n", left,
			(int)(frame->columns - strlen(left)), right);
	else
		fprintf(to, "%.*s\n", (int)frame->columns, left);
	free(left);
	free(right);
}

static void put_pool(FILE *to, const struct frame *frame,
		     const struct layout *layout, const struct rate *rate)
{
	char *text;
	int i;

	put_name(to, rate->name, layout->name);
	for (i = 0; i < NR_COLUMNS; i++) {
		if (!layout->shown[i])
			continue;
		text = figure(rate, i, frame->has_rates);
		fprintf(to, "%*s", (int)columns[i].width, text);
		free(text);
	}
	if (layout->beside) {
		fputs("  ", to);
		put_bar(to, frame, rate, layout->beside);
	}
	if (layout->tall) {
		putc('\n', to);
		put_bar(to, frame, rate, frame->columns);
	}
	putc('\n', to);
}

static void put_legend(FILE *to, const struct frame *frame)
{
	static const char * const meaning[MARKS] = {
		"in use", "in caches", "reserve", "above min", "may still come",
	};
	const char * const *marks = frame->utf8 ? marks_utf8 : marks_ascii;
	int i;

	putc('\n', to);
	for (i = 0; i < MARKS; i++)
		fprintf(to, "%s%s %s", i ? "  " : "", marks[i], meaning[i]);
	putc('\n', to);
}

char *frame_text(const struct frame *frame, const struct rate *rates, size_t nr)
{
	struct layout layout;
	size_t size, i;
	char *text, *more;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		die(REFUSED, "out of memory");
	lay_out(&layout, frame, rates, nr);
	put_title(to, frame, nr);
	putc('\n', to);
	put_name(to, "POOL", layout.name);
	for (i = 0; i < NR_COLUMNS; i++)
		if (layout.shown[i])
			fprintf(to, "%*s", (int)columns[i].width,
				columns[i].title);
	putc('\n', to);
	for (i = 0; i < layout.fit; i++) {
		put_pool(to, frame, &layout, &rates[i]);
		if (layout.airy && i + 1 < layout.fit)
			putc('\n', to);
	}
	if (layout.fit < nr) {
		more = print("... and %zu more", nr - layout.fit);
		fprintf(to, "%.*s\n", (int)frame->columns, more);
		free(more);
	}
	if (layout.legend)
		put_legend(to, frame);
	if (fclose(to))
		die(REFUSED, "out of memory");
	return text;
}
