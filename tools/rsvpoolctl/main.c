// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpoolctl - see, make, tune and watch rsvpool's pools
 *
 * The verbs: which there are, what each takes, and what "help" says of it.
 * Documentation/rsvpoolctl.8 says the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define TEXT_COLUMN	32	/* where the meaning stands in help */
#define GAP		3	/* blanks before it, at least */

struct verb {
	const char *name;
	const char *takes;
	const char *does;
	unsigned int options;
	enum status (*run)(struct args *args);
};

static const struct verb verbs[] = {
	{ "list", "[--json] [--sort COLUMN] [--columns LIST]",
	  "all pools, a line each\n"
	  "columns: pool,element,reserve,max,avail,cached,in-use,\n"
	  "emerg,bound, and each file of a pool",
	  OPT_JSON | OPT_SORT | OPT_COLUMNS, cmd_list },
	{ "show", "[--json] NAME", "settings, facts and statistics of a pool",
	  OPT_JSON, cmd_show },
	{ "top", "[-d SECONDS] [-n COUNT] [--json] [--sort COLUMN] [NAME]...",
	  "rates and levels, live; q quits; s sorts by the next of\n"
	  "these columns: pool, alloc, free, hit, avail, cached,\n"
	  "in-use, emerg, asleep",
	  OPT_JSON | OPT_EVERY | OPT_COUNT | OPT_SORT, cmd_top },
	{ "create", "[NAME [KEY=VALUE]...]",
	  "make a pool; without arguments: list the keys",
	  OPT_ANY_NAME, cmd_create },
	{ "set", "NAME KEY=VALUE...", "change settings, all or none of them",
	  OPT_ANY_NAME, cmd_set },
	{ "destroy", "NAME...", "destroy pools that are not in use",
	  OPT_ANY_NAME, cmd_destroy },
	{ "reset", "NAME...", "set the statistics to 0", OPT_ANY_NAME,
	  cmd_reset },
	{ "save", "[--modprobe] [FILE]",
	  "write all pools, as text that restore accepts",
	  OPT_MODPROBE, cmd_save },
	{ "restore", "[--load] [FILE]...",
	  "create pools that are missing, set what differs;\n"
	  "by default the pools of /etc/rsvpool.d/*.conf;\n"
	  "--load: load the module if there is a pool to create",
	  OPT_LOAD, cmd_restore },
	{ "state", "[--json] NAME", "a summary of a pool, from debugfs",
	  OPT_JSON, cmd_state },
	{ "percpu", "[--json] NAME", "each CPU's cache and its traffic",
	  OPT_JSON, cmd_percpu },
	{ "holders", "[--json] NAME", "the code that holds elements of a pool",
	  OPT_JSON, cmd_holders },
	{ "waiters", "[--json] NAME", "tasks that wait for elements of a pool, in order",
	  OPT_JSON, cmd_waiters },
	{ "latency", "[--json] NAME [on|off]", "how long calls of a pool took",
	  OPT_JSON, cmd_latency },
	{ "inject", "[--json] NAME [off|always|rehearse|every N|next N]",
	  "make the source of a pool fail",
	  OPT_JSON, cmd_inject },
	{ "stress", "[--json] [SCENARIO [KEY=VALUE]...]",
	  "drive a pool through a scenario;\n"
	  "without arguments: list the scenarios",
	  OPT_JSON, cmd_stress },
	{ "bench", "[--json] NAME [KEY=VALUE]...",
	  "what one allocation and one free cost",
	  OPT_JSON, cmd_bench },
	{ "watch", "NAME --csv FILE [-d SECONDS] [-n COUNT]",
	  "sample a pool into a table",
	  OPT_CSV | OPT_EVERY | OPT_COUNT, cmd_watch },
	{ "plot", "FILE [BASE]",
	  "draw a table that watch wrote: BASE.png and BASE.svg",
	  0, cmd_plot },
	{ "metrics", "[--textfile FILE]",
	  "write all pools, as OpenMetrics; --textfile: for the\n"
	  "textfile collector of node_exporter",
	  OPT_TEXTFILE, cmd_metrics },
	{ "report", "", "print what a bug report needs", 0, cmd_report },
};

static void print_verb(const struct verb *verb)
{
	int used = printf("  %s%s%s", verb->name, *verb->takes ? " " : "",
			  verb->takes);
	const char *text = verb->does;
	int len;

	if (used > TEXT_COLUMN - GAP && *text) {
		putchar('\n');
		used = 0;
	}
	while (*text) {
		len = strcspn(text, "\n");
		printf("%*s%.*s", TEXT_COLUMN - used, "", len, text);
		text += len;
		if (!*text)
			break;
		text++;
		putchar('\n');
		used = 0;
	}
	putchar('\n');
}

static void print_help(void)
{
	size_t i;

	printf("usage: rsvpoolctl COMMAND [ARGUMENT]...\n\n");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		print_verb(&verbs[i]);
	printf("  help [COMMAND]\n\n"
	       "Numbers may end in K or M, sizes in KiB or MiB.  --version prints the version.\n"
	       "Exit status: 0 done, 1 refused or failed, 2 wrong arguments, 3 no such pool,\n"
	       "4 rsvpool is not loaded, 5 debugfs cannot be used, 6 must be root,\n"
	       "7 a program is missing.\n");
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	misuse("no such command: %s", name);
}

static bool is_one_of(const char *word, const char *one, const char *other)
{
	return !strcmp(word, one) || !strcmp(word, other);
}

static enum status help(int nr, char **words)
{
	int i;

	if (!nr || is_one_of(words[0], "--help", "-h")) {
		print_help();
		return DONE;
	}
	for (i = 0; i < nr; i++) {
		const struct verb *verb;

		if (!strcmp(words[i], "help")) {
			print_help();
			continue;
		}
		verb = find_verb(words[i]);
		printf("usage: rsvpoolctl\n");
		print_verb(verb);
	}
	return DONE;
}

/* What was printed has arrived, or that is an error. */
static enum status flushed(enum status status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	say("cannot write: %s", strerror(errno));
	return status ? status : REFUSED;
}

int ctl_main(int argc, char **argv)
{
	const struct verb *verb;
	enum status status;
	struct args args;

	if (argc < 2) {
		fflush(stdout);
		say("no command is given");
		fputs("see rsvpoolctl help\n", stderr);
		return USAGE;
	}
	if (is_one_of(argv[1], "--version", "-V")) {
		printf("rsvpoolctl " VERSION "\n");
		return flushed(DONE);
	}
	if (is_one_of(argv[1], "--help", "-h"))
		return flushed(help(0, NULL));
	if (!strcmp(argv[1], "help"))
		return flushed(help(argc - 2, argv + 2));
	verb = find_verb(argv[1]);
	if (!args_parse(&args, verb->name, verb->options, argc - 2, argv + 2))
		status = help(1, argv + 1);
	else
		status = verb->run(&args);
	free(args.word);
	return flushed(status);
}

#ifndef CTL_NO_MAIN
/*
 * A file that is opened must not become standard output, nor what gnuplot takes
 * for it.  What is closed stays an error for those who use it: it is opened the
 * other way round.
 */
static void take_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
	take_standard_files();
	/* A message is one write: others may write to the same place. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	return ctl_main(argc, argv);
}
#endif
