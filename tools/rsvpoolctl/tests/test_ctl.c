// SPDX-License-Identifier: GPL-2.0
/*
 * test_ctl - the parts of rsvpoolctl by themselves, and its verbs with random
 * arguments
 *
 * usage: test_ctl parts COUNT [KEY]...
 *	  test_ctl verbs COUNT [VERB]...
 *
 * "parts": numbers, the format of pools, the kernel's words; and COUNT random lines,
 * of which each that is accepted must be the same once it has been written and read
 * again.  KEYs are those of the module, of which each is written and read.
 *
 * "verbs": each verb COUNT times, in the tree that RSVPOOL_ROOT names and in the
 * folder in which this runs.  It must end with one of the documented statuses; what
 * else may happen is for the sanitizers to see.  All sources are built with exit()
 * and the functions that sleep being those below, so that this is one process.
 *
 * RSVPOOL_FUZZ_SEED is of the random numbers (1): each tests something else.  Prints
 * KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../ctl.h"

#define WORDS_MAX	8
#define SLEEPS_MAX	20
#define KEPT_FDS	20	/* none of ours is above */
#define LINE_MAX_LEN	200

static jmp_buf end;
static volatile int status;
static unsigned int sleeps;
static FILE *ktap;
static unsigned int tests, failures;

/*
 * In the place of the C library's
 */

void ctl_exit(int with)
{
	status = with;
	longjmp(end, 1);
}

static int no_sleep(void)
{
	if (++sleeps > SLEEPS_MAX)
		ctl_exit(0);
	return 0;
}

int ctl_nanosleep(const struct timespec *time UNUSED,
		  struct timespec *left UNUSED)
{
	return no_sleep();
}

int ctl_clock_nanosleep(clockid_t clock UNUSED, int flags UNUSED,
			const struct timespec *time UNUSED,
			struct timespec *left UNUSED)
{
	return no_sleep();
}

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	/* What a verb that ended early has left is the process's. */
	return "detect_leaks=0";
}

static void result(bool good, const char *name)
{
	fprintf(ktap, "%sok %u %s\n", good ? "" : "not ", ++tests, name);
	fflush(ktap);
	failures += !good;
}

static void note(const char *format, const char *one, const char *two)
{
	fputs("# ", ktap);
	fprintf(ktap, format, one, two ? two : "(nothing)");
	putc('\n', ktap);
}

/*
 * Random things
 */

static unsigned int below(unsigned int n)
{
	return random() % n;
}

static const char *one_of(const char * const *list, size_t nr)
{
	return list[below(nr)];
}

/* Any bytes but NUL; mostly those that mean something. */
static void random_text(char *to, size_t most)
{
	static const char special[] = ",=?#\"'[]{}|`$\\/ \t\n-.0123456789KMiBx";
	size_t len = below(most), i;

	for (i = 0; i < len; i++)
		to[i] = below(3) ? special[below(sizeof(special) - 1)] :
			(char)(1 + below(255));
	to[len] = '\0';
}

static const char * const names[] = {
	"net", "-n", "keys", "a-log", "nothing", "..", ".", "", "a b", "net/stats",
	"net,reserve=9", "?net", "64K", "\303\244", "--json", "--help", "--",
};

static const char * const keys[] = {
	"reserve", "low", "high", "policy", "refill_cpus", "size", "order",
	"element_bytes", "parent", "Reserve", "", "no_key", "stats", "stats/reset",
};

static const char * const values[] = {
	"0", "1", "16", "64K", "4MiB", "09K", "010", "0x10", "0x", "-1", "+1",
	"4294967295", "4294967296", "18446744073709551616", "1e3", "1.5", ".5",
	"0,5", ".", "cache", "[cache]", "0-3,5", "*", "$(>ran)", "`>ran`", "|>ran",
	"", " ", "1 2", "9999999999999999999999999999999999999999",
};

static const char * const options[] = {
	"--json", "--modprobe", "--load", "-d", "-n", "--csv", "--sort",
	"--columns", "--textfile", "--sort=max", "--columns=pool,max", "--", "-x",
	"--help", "-", "-d", "0.001", "-n", "2",
};

static const char * const files[] = {
	"f", "table.csv", "broken.csv", "pools.conf", "missing/f", "link", "folder",
	"fifo", "-", "/dev/full", "|>ran", "pool,max", "emerg", "all", "on", "off",
	"every", "next", "always", "pair", "pool=net",
};

#define ANY(_list)	one_of(_list, ARRAY_SIZE(_list))

/* A pipe that is read would be waited for. */
static bool reads_files;

static const char *random_file(void)
{
	const char *file = ANY(files);

	return reads_files && !strcmp(file, "fifo") ? "folder" : file;
}

static char *random_word(void)
{
	char text[LINE_MAX_LEN];

	switch (below(8)) {
	case 0:
	case 1:
		return duplicate(ANY(names));
	case 2:
	case 3:
		return print("%s=%s", ANY(keys), ANY(values));
	case 4:
		return duplicate(ANY(options));
	case 5:
		return duplicate(ANY(values));
	case 6:
		return duplicate(random_file());
	default:
		/* Not a name of a file elsewhere. */
		random_text(text, 12);
		for (char *c = text; *c; c++)
			if (*c == '/')
				*c = '_';
		return duplicate(text);
	}
}

/*
 * verbs
 */

static int run(char **words, int nr)
{
	status = -1;
	sleeps = 0;
	if (!setjmp(end))
		status = ctl_main(nr, words);
	fflush(stdout);
	clearerr(stdout);
	close_range(KEPT_FDS, ~0U, 0);
	return status;
}

static bool verb_is_sound(const char *verb, unsigned int count)
{
	char *words[WORDS_MAX + 3];
	unsigned int i;
	int nr, w;

	reads_files = !strcmp(verb, "restore") || !strcmp(verb, "plot");
	for (i = 0; i < count; i++) {
		nr = 0;
		words[nr++] = "rsvpoolctl";
		words[nr++] = (char *)verb;
		/* Often a pool that is there, so that it gets far. */
		if (below(2))
			words[nr++] = duplicate(names[below(4)]);
		for (w = below(WORDS_MAX - 1); w; w--)
			words[nr++] = random_word();
		words[nr] = NULL;
		run(words, nr);
		if (status < DONE || status > NO_PROGRAM) {
			note("%s: its status is none", verb, NULL);
			for (w = 2; w < nr; w++)
				note("    '%s'%s", words[w], "");
			return false;
		}
		for (w = 2; w < nr; w++)
			free(words[w]);
	}
	return true;
}

static const char * const all_verbs[] = {
	"list", "show", "top", "create", "set", "destroy", "reset", "save",
	"restore", "state", "percpu", "holders", "waiters", "latency", "inject",
	"stress", "bench", "watch", "plot", "metrics", "report", "help", "nonsense",
};

static void test_verbs(unsigned int count, char **verbs, int nr)
{
	size_t i;
	char *name;

	for (i = 0; i < ARRAY_SIZE(all_verbs); i++) {
		if (nr && strcmp(all_verbs[i], verbs[0]))
			continue;
		name = print("%s: %u random arguments", all_verbs[i], count);
		result(verb_is_sound(all_verbs[i], count), name);
		free(name);
	}
	result(access("ran", F_OK), "nothing was run");
}

/*
 * parts
 */

static bool same_line(const struct line *a, const struct line *b)
{
	size_t i;

	if (a->optional != b->optional || strcmp(a->name, b->name) ||
	    a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i++)
		if (strcmp(a->pair[i].key, b->pair[i].key) ||
		    strcmp(a->pair[i].value, b->pair[i].value))
			return false;
	return true;
}

/* What is written is read as the same. */
static bool comes_back(const struct line *line)
{
	char *text = line_text(line), *why = NULL;
	struct line again;
	bool good;

	good = line_parse(&again, text, false, &why);
	if (good) {
		good = same_line(line, &again);
		line_free(&again);
	}
	if (!good)
		note("'%s': %s", text, why ? why : "is another one then");
	free(why);
	free(text);
	return good;
}

/* Text that may be a line, or nearly. */
static char *random_line(void)
{
	char junk[LINE_MAX_LEN], *text, *longer;
	int n;

	if (!below(4)) {
		random_text(junk, sizeof(junk));
		return duplicate(junk);
	}
	text = print("%s%s", below(4) ? "" : "?", ANY(names));
	for (n = below(6); n; n--) {
		if (!below(10)) {
			random_text(junk, 8);
			longer = print("%s,%s", text, junk);
		} else {
			longer = print("%s%s%s%s=%s%s", text, below(8) ? "," : ", ",
				       below(20) ? "" : "z", ANY(keys),
				       below(8) ? "" : "\t", ANY(values));
		}
		free(text);
		text = longer;
	}
	return text;
}

static bool random_lines(unsigned int count)
{
	unsigned int i, taken = 0;
	struct line line;
	bool good = true;
	char *text, *why;

	for (i = 0; good && i < count; i++) {
		text = random_line();
		if (line_parse(&line, text, false, &why)) {
			taken++;
			good = comes_back(&line);
			line_free(&line);
		} else {
			free(why);
		}
		free(text);
	}
	fprintf(ktap, "# %u of %u lines were taken\n", taken, count);
	return good && taken > count / 20;
}

/* Every key of the module, with each kind of value that it may have. */
static bool every_key(char **key, int nr)
{
	static const char * const kinds[] = {
		"0", "1", "4294967295", "0x10", "cache", "0-3,5,7", "64K-pool",
	};
	struct line line = { .name = "p" };
	size_t i;
	int k;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct line all = { .name = duplicate(line.name) };
		bool good;

		for (k = 0; k < nr; k++)
			line_add(&all, key[k], kinds[i]);
		good = comes_back(&all);
		line_free(&all);
		if (!good)
			return false;
	}
	return nr > 0;
}

static bool numbers(void)
{
	static const struct {
		const char *text;
		int err;
		uint64_t value;
	} parsed[] = {
		{ "0", 0, 0 }, { "16", 0, 16 }, { "0x10", 0, 16 },
		{ "010", 0, 8 }, { "4294967295", 0, 4294967295 },
		{ "4294967296", -ERANGE, 0 }, { "0xffffffff", 0, 4294967295 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 }, { "-1", -EINVAL, 0 }, { "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 }, { "1 ", -EINVAL, 0 }, { "08", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 }, { "1K", -EINVAL, 0 }, { "1e3", -EINVAL, 0 },
	};
	static const char * const expanded[][2] = {
		{ "1K", "1024" }, { "0K", "0" }, { "4M", "4194304" },
		{ "4194303K", "4294966272" }, { "4194304K", NULL },
		{ "4096M", NULL }, { "09K", NULL }, { "00K", NULL },
		{ "99999999999999999999K", NULL }, { "K", "K" }, { "x1K", "x1K" },
		{ "1k", "1k" }, { "16", "16" }, { "", "" },
	};
	const char *why;
	uint64_t value;
	bool good = true;
	char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parsed); i++) {
		int err = number_parse(parsed[i].text, &value);

		if (err == parsed[i].err && (err || value == parsed[i].value))
			continue;
		note("number '%s'%s", parsed[i].text, "");
		good = false;
	}
	for (i = 0; i < ARRAY_SIZE(expanded); i++) {
		text = number_expand(expanded[i][0], &why);
		if (text && expanded[i][1] ? strcmp(text, expanded[i][1]) :
		    text || expanded[i][1]) {
			note("'%s' becomes '%s'", expanded[i][0], text);
			good = false;
		}
		free(text);
	}
	return good;
}

static bool times(void)
{
	static const struct {
		const char *text;
		int ms;		/* -1: none */
	} parsed[] = {
		{ "1", 1000 }, { "0.1", 100 }, { ".5", 500 }, { "08.5", 8500 },
		{ "2.", 2000 }, { "0.0001", 0 }, { "0,5", -1 }, { ".", -1 },
		{ "", -1 }, { "1s", -1 }, { "-1", -1 }, { "1e3", -1 },
		{ "99999999999999999999", -1 },
	};
	bool good = true;
	unsigned int ms;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parsed); i++)
		if (seconds_parse(parsed[i].text, &ms) ?
		    (int)ms != parsed[i].ms : parsed[i].ms >= 0) {
			note("'%s' seconds%s", parsed[i].text, "");
			good = false;
		}
	return good;
}

/* The line that is about this refusal, and no other. */
static bool reasons(void)
{
	static const struct {
		const char *record;
		const char *pool;	/* NULL: of rsvpool_stress */
		const char *says;	/* NULL: not about it */
	} known[] = {
		{ "4,7,9,-;rsvpool: pool 'a': reserve: no\n DEVICE=x\n", "a",
		  "pool 'a': reserve: no" },
		{ "4,7,9,-;rsvpool: pool 'b': reserve: no\n", "a", NULL },
		{ "4,7,9,-;rsvpool: pool 'ab': reserve: no\n", "a", NULL },
		{ "4,7,9,-;other: rsvpool: pool 'a': no\n", "a", NULL },
		{ "4,7,9,-;rsvpool: pool 'a2345678901234567890123456789012': name\n",
		  "a23456789012345678901234567890123456789",
		  "pool 'a2345678901234567890123456789012': name" },
		{ "4,7,9,-;rsvpool: pool '\\303\\244': name\n", "\303\244",
		  "pool '\\303\\244': name" },
		{ "4,7,9,-;rsvpool_stress: pair: no\n", NULL, "pair: no" },
		{ "4,7,9,-;rsvpool: pool 'a': no\n", NULL, NULL },
		{ "", "a", NULL }, { ";", "a", NULL },
		{ "rsvpool: pool '", "a b", "pool '" },
	};
	bool good = true, is;
	char said[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		is = reason_of(known[i].record, known[i].pool, said,
			       sizeof(said));
		if (is == !!known[i].says &&
		    (!is || !strcmp(said, known[i].says)))
			continue;
		note("'%s' is said to say '%s'", known[i].record,
		     is ? said : NULL);
		good = false;
	}
	return good;
}

static void test_parts(unsigned int count, char **key, int nr)
{
	char *name;

	result(numbers(), "numbers, units and what is none");
	result(times(), "seconds");
	result(reasons(), "the reason is the refusal's own");
	name = print("each of %d keys is written and read as the same", nr);
	result(every_key(key, nr), name);
	free(name);
	name = print("%u random lines are the same, written and read again",
		     count);
	result(random_lines(count), name);
	free(name);
}

int main(int argc, char **argv)
{
	const char *seed = getenv("RSVPOOL_FUZZ_SEED");
	unsigned int number = seed ? strtoul(seed, NULL, 10) : 1;
	bool verbs = argc > 1 && !strcmp(argv[1], "verbs");
	unsigned int count;

	if (argc < 3 || !count_parse(argv[2], &count)) {
		fprintf(stderr, "usage: test_ctl parts|verbs COUNT [WORD]...\n");
		return 2;
	}
	ktap = fdopen(dup(STDOUT_FILENO), "w");
	if (!ktap)
		return 2;
	fprintf(ktap, "# RSVPOOL_FUZZ_SEED=%u\n", number);
	fflush(ktap);
	srandom(number);
	if (!verbs) {
		test_parts(count, argv + 3, argc - 3);
	} else {
		/* The sanitizers' words go there, too: to be seen, not kept. */
		if (!getenv("RSVPOOL_ROOT") || !freopen("/dev/null", "w", stdout) ||
		    !freopen("/dev/null", "r", stdin))
			return 2;
		signal(SIGPIPE, SIG_IGN);
		test_verbs(count, argv + 3, argc - 3);
	}
	fprintf(ktap, "1..%u\n", tests);
	return failures ? 1 : 0;
}
