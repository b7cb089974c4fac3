// SPDX-License-Identifier: GPL-2.0
/*
 * metrics: all pools for a monitoring system, as OpenMetrics on standard output, or
 * with --textfile in the older text format, in a file for the collector of
 * node_exporter of that name.
 *
 * Statistics of the module become counters by their names: "alloc_X" is
 * rsvpool_allocations_total{by="X"}, "free_X" rsvpool_frees_total{to="X"}, another
 * one rsvpool_NAME_total.  Settings and facts that are numbers become gauges; what
 * is in milliseconds there is in seconds here.  So what a later module adds shows
 * up by itself; the table below knows what has another name, or a better help.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define PREFIX		"rsvpool_"
#define NAME_WIDTH	128

/* One sample, and what family it is of. */
struct sample {
	char *family;
	char *labels;
	char *value;
	bool counter;
	const char *unit;	/* or NULL */
	char *help;
};

struct metrics {
	struct sample *sample;
	size_t nr;
};

static const struct {
	const char *file;
	const char *family;
	const char *help;
} known[] = {
	{ "available", "available_elements",
	  "Elements that a request can get if its CPU's cache is empty." },
	{ "cached", "cached_elements", "Elements in the caches of CPUs." },
	{ "outstanding", "outstanding_elements", "Elements in use." },
	{ "sleepers", "sleepers", "Tasks that wait for an element." },
	{ "reserve", "reserve_elements", "Elements that the pool guarantees." },
	{ "max", "max_elements", "Elements that may exist at once; 0 is no maximum." },
	{ "nmi_reserve", "nmi_reserve_elements", "Part of the reserve that is kept for NMI." },
	{ "low", "low_watermark_elements", "The refill worker starts below this." },
	{ "high", "high_watermark_elements", "The refill worker stops at this." },
	{ "high_max", "high_max_elements", "Adaptation raises high at most to this." },
	{ "element_bytes", "element_size_bytes", "Size of one element." },
	{ "bound_bytes", "bound_bytes", "Memory that the pool may pin at most." },
	{ "peak", "peak_elements", "The most elements that existed at once." },
	{ "cache_retries", NULL, "Moves into or out of a cache that had to be repeated." },
	{ "refill_runs", NULL, "Runs of the refill worker." },
	{ "refill_fails", NULL, "Runs of the refill worker in which the source failed." },
	{ "source_fails", NULL, "Times the source was asked and failed." },
	{ "sleeps", NULL, "Tasks that went to sleep for an element." },
	{ "gave_up", NULL, "Sleepers that left without an element." },
};

static void add(struct metrics *m, struct sample sample)
{
	m->sample = reallocate(m->sample, m->nr + 1, sizeof(*m->sample));
	m->sample[m->nr++] = sample;
}

/* A label's value: a backslash, a quote and an end of line are escaped. */
static char *label(const char *name, const char *value)
{
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		die(REFUSED, "out of memory");
	fprintf(to, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putc('\\', to);
		if (*value == '\n')
			fputs("\\n", to);
		else
			putc(*value, to);
	}
	putc('"', to);
	if (fclose(to))
		die(REFUSED, "out of memory");
	return text;
}

static char *two_labels(const char *pool, const char *name, const char *value)
{
	char *first = label("pool", pool), *second, *both;

	if (!name)
		return first;
	second = label(name, value);
	both = print("%s,%s", first, second);
	free(first);
	free(second);
	return both;
}

static void add_counter(struct metrics *m, const char *pool,
			const struct item *item, size_t i)
{
	struct sample s = { .counter = true, .value = duplicate(item->value) };

	if (!strncmp(item->name, "alloc_", 6)) {
		s.family = duplicate(PREFIX "allocations");
		s.labels = two_labels(pool, "by", item->name + 6);
		s.help = duplicate("Requests, by what answered them; by=\"fail\": they failed.");
	} else if (!strncmp(item->name, "free_", 5)) {
		s.family = duplicate(PREFIX "frees");
		s.labels = two_labels(pool, "to", item->name + 5);
		s.help = duplicate("Elements given back, by where they went.");
	} else {
		s.family = print(PREFIX "%s", item->name);
		s.labels = two_labels(pool, NULL, NULL);
		s.help = i < ARRAY_SIZE(known) ? duplicate(known[i].help) :
			print("Statistic %s of the pool; see ABI/testing/sysfs-kernel-rsvpool.",
			      item->name);
	}
	add(m, s);
}

static bool ends_in_ms(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && !strcmp(name + len - 3, "_ms");
}

static bool ends_in_bytes(const char *name)
{
	size_t len = strlen(name);

	return len > 6 && !strcmp(name + len - 6, "_bytes");
}

static void add_gauge(struct metrics *m, const char *pool,
		      const struct item *item, size_t i)
{
	struct sample s = { .labels = two_labels(pool, NULL, NULL) };
	uint64_t ms = 0;

	if (i < ARRAY_SIZE(known)) {
		s.family = print(PREFIX "%s", known[i].family);
		s.help = duplicate(known[i].help);
	} else {
		s.help = print("%s %s of the pool; see ABI/testing/sysfs-kernel-rsvpool.",
			       item->kind == SETTING ? "Setting" : "Fact",
			       item->name);
	}
	if (ends_in_ms(item->name) && number_is_plain(item->value, &ms)) {
		s.family = print(PREFIX "%.*s_seconds",
				 (int)strlen(item->name) - 3, item->name);
		s.unit = "seconds";
		s.value = print("%llu.%03llu", (unsigned long long)ms / 1000,
				(unsigned long long)ms % 1000);
	} else {
		if (!s.family)
			s.family = print(PREFIX "%s", item->name);
		s.value = duplicate(item->value);
		s.unit = ends_in_bytes(s.family) ? "bytes" : NULL;
	}
	add(m, s);
}

static void add_item(struct metrics *m, const char *pool,
		     const struct item *item)
{
	size_t i;

	/* A list of CPUs may look like a number. */
	if (!number_is_json(item->value) || strstr(item->name, "_cpus"))
		return;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].file, item->name))
			break;
	if (item->kind == STAT && (i == ARRAY_SIZE(known) || !known[i].family))
		add_counter(m, pool, item, i);
	else
		add_gauge(m, pool, item, i);
}

static void add_number(struct metrics *m, const char *pool, const char *family,
		       bool counter, const char *unit, const char *help,
		       char *value)
{
	struct sample s = {
		.family = print(PREFIX "%s", family),
		.labels = two_labels(pool, NULL, NULL),
		.value = value,
		.counter = counter,
		.unit = unit,
		.help = duplicate(help),
	};

	add(m, s);
}

/* Words, as labels of a gauge that is always 1. */
static void add_info(struct metrics *m, const struct pool *pool)
{
	char *labels = label("pool", pool->name), *one, *longer;
	struct sample s = { .value = duplicate("1") };
	size_t i;

	for (i = 0; i < pool->nr; i++) {
		const struct item *item = &pool->item[i];

		if (item->kind == STAT || (number_is_json(item->value) &&
					   !strstr(item->name, "_cpus")))
			continue;
		one = label(item->name, item->value);
		longer = print("%s,%s", labels, one);
		free(one);
		free(labels);
		labels = longer;
	}
	s.family = duplicate(PREFIX "pool_properties");
	s.labels = labels;
	s.help = duplicate("Settings and facts of the pool that are words.");
	add(m, s);
}

/* Milliseconds that the one who came first has waited: the first row. */
static void add_oldest(struct metrics *m, const char *pool)
{
	char *path = debug_path(pool, "waiters"), *text = read_text(path);
	unsigned long long age, oldest = 0;
	char *line, *rest = text, *end;
	int back;

	free(path);
	if (!text)
		return;
	strsep(&rest, "\n");
	while (rest && (line = strsep(&rest, "\n"))) {
		/* The fourth field from behind: a command may have blanks. */
		end = line + strlen(line);
		for (back = 0; back < 4 && end > line; back++)
			for (end--; end > line && *end != ' ';)
				end--;
		age = strtoull(end, NULL, 10);
		if (back == 4 && age > oldest)
			oldest = age;
	}
	free(text);
	add_number(m, pool, "oldest_sleeper_seconds", false, "seconds",
		   "How long the task that waits longest has waited.",
		   print("%llu.%03llu", oldest / 1000, oldest % 1000));
}

static void add_pool(struct metrics *m, const struct pool *pool)
{
	unsigned int low, high;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < pool->nr; i++)
		add_item(m, pool->name, &pool->item[i]);
	for (i = 0; emergency_stats[i]; i++)
		sum += pool_number(pool, emergency_stats[i]);
	add_number(m, pool->name, "emergencies", true, NULL,
		   "Requests answered from below min, from NMI slots or by sleeping, or not at all.",
		   print("%llu", (unsigned long long)sum));
	add_info(m, pool);
	if (watermarks_in_effect(pool->name, &low, &high)) {
		add_number(m, pool->name, "low_watermark_now_elements", false,
			   NULL, "The low watermark in effect, which adaptation changes.",
			   print("%u", low));
		add_number(m, pool->name, "high_watermark_now_elements", false,
			   NULL, "The high watermark in effect, which adaptation changes.",
			   print("%u", high));
	}
	add_oldest(m, pool->name);
}

static int by_family(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int order = strcmp(x->family, y->family);

	return order ? order : strcmp(x->labels, y->labels);
}

static void print_metrics(FILE *to, const struct metrics *m, bool open)
{
	const struct sample *last = NULL, *s;
	char name[NAME_WIDTH];

	for (s = m->sample; s < m->sample + m->nr; s++) {
		const char *total = s->counter ? "_total" : "";

		snprintf(name, sizeof(name), "%s%s", s->family,
			 open ? "" : total);
		if (!last || strcmp(last->family, s->family)) {
			fprintf(to, "# HELP %s ", name);
			for (const char *c = s->help; *c; c++) {
				if (open && *c == '"')
					putc('\\', to);
				putc(*c, to);
			}
			fprintf(to, "\n# TYPE %s %s\n", name,
				s->counter ? "counter" : "gauge");
			if (open && s->unit)
				fprintf(to, "# UNIT %s %s\n", name, s->unit);
		}
		fprintf(to, "%s%s{%s} %s\n", s->family, total, s->labels,
			s->value);
		last = s;
	}
	if (open)
		fputs("# EOF\n", to);
}

static void metrics_free(struct metrics *m)
{
	while (m->nr) {
		struct sample *s = &m->sample[--m->nr];

		free(s->family);
		free(s->labels);
		free(s->value);
		free(s->help);
	}
	free(m->sample);
}

enum status cmd_metrics(struct args *args)
{
	struct metrics m = { };
	struct pools pools;
	size_t len, i;
	char *text;
	FILE *to;

	if (args->nr)
		misuse("metrics: unexpected argument '%s'", args->word[0]);
	/* For a machine whose module is not loaded now that is no error. */
	if (!args->textfile)
		need_module();
	/* The timer's runs would say it each time. */
	if (!args->textfile && why_no_debugfs())
		say("metrics: left out: watermarks in force, oldest sleepers: %s",
		    why_no_debugfs());
	pools_read(&pools);
	for (i = 0; i < pools.nr; i++)
		add_pool(&m, &pools.pool[i]);
	pools_free(&pools);
	if (m.nr)
		qsort(m.sample, m.nr, sizeof(*m.sample), by_family);
	to = open_memstream(&text, &len);
	if (!to)
		die(REFUSED, "out of memory");
	print_metrics(to, &m, !args->textfile);
	if (fclose(to))
		die(REFUSED, "out of memory");
	if (args->textfile && strcmp(args->textfile, "-"))
		file_replace(args->textfile, text);
	else
		fputs(text, stdout);
	free(text);
	metrics_free(&m);
	return DONE;
}
