// SPDX-License-Identifier: GPL-2.0
/*
 * plot: draw a table of watch's, by gnuplot.
 *
 * gnuplot would run what stands in a name that it is to write to, after "|".  So it
 * is given no name at all: it writes to its standard output, which is a file that
 * was opened here, and its program comes on standard input.  What stands in a title
 * is letters, digits and a few harmless marks.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"

#define NOT_FOUND	127	/* of exec */
#define COLUMNS_MAX	512
#define TAIL		64	/* bytes at a picture's end */

struct table_file {
	char *header;		/* in which the names are */
	char *name[COLUMNS_MAX];
	size_t nr;
};

/* The picture that is not ready yet, for a signal to take away. */
static char *volatile unfinished;

static size_t column(const struct table_file *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (!strcmp(t->name[i], name))
			break;
	return i;
}

static size_t split(char *line, char **field)
{
	size_t nr = 0;
	char *one;

	line[strcspn(line, "\r\n")] = '\0';
	while ((one = strsep(&line, ",")) && nr < COLUMNS_MAX)
		field[nr++] = one;
	return nr;
}

static double get(const struct table_file *t, char **field, size_t nr,
		  const char *name)
{
	size_t i = column(t, name);
	double value;

	if (i >= t->nr || i >= nr)
		return 0;
	value = strtod(field[i], NULL);
	return isfinite(value) ? value : 0;
}

/* All requests that were answered. */
static double allocations(const struct table_file *t, char **field, size_t nr)
{
	static const char prefix[] = "stats/alloc_";
	double sum = 0;
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (!strncmp(t->name[i], prefix, sizeof(prefix) - 1) &&
		    strcmp(t->name[i], "stats/alloc_fail"))
			sum += get(t, field, nr, t->name[i]);
	return sum;
}

static double emergency_sum(const struct table_file *t, char **field, size_t nr)
{
	double sum = 0;
	char name[64];
	size_t i;

	for (i = 0; emergency_stats[i]; i++) {
		snprintf(name, sizeof(name), "stats/%s", emergency_stats[i]);
		sum += get(t, field, nr, name);
	}
	return sum;
}

static double since(double now, double then)
{
	return now < then ? now : now - then;
}

/*
 * Lines for gnuplot: seconds, in use, available, cached, reserve, low, high,
 * emergencies a second, allocations a second.  Returns how many there are.
 */
static size_t data(FILE *from, const struct table_file *t, FILE *to)
{
	const char *low = column(t, "low_now") < t->nr ? "low_now" : "low";
	const char *high = column(t, "high_now") < t->nr ? "high_now" : "high";
	double time = 0, bad_before = 0, all_before = 0;
	char *line = NULL, *field[COLUMNS_MAX];
	size_t room = 0, nr, row, rows = 0;

	for (row = 0; getline(&line, &room, from) >= 0; row++) {
		double now, bad, all, dt;

		nr = split(line, field);
		now = get(t, field, nr, "seconds");
		bad = emergency_sum(t, field, nr);
		all = allocations(t, field, nr);
		dt = now - time;
		if (row && dt > 0) {
			fprintf(to, "%g %.0f %.0f %.0f %.0f %.0f %.0f %g %g\n",
				now, get(t, field, nr, "outstanding"),
				get(t, field, nr, "available"),
				get(t, field, nr, "cached"),
				get(t, field, nr, "reserve"),
				get(t, field, nr, low), get(t, field, nr, high),
				since(bad, bad_before) / dt,
				since(all, all_before) / dt);
			rows++;
		}
		time = now;
		bad_before = bad;
		all_before = all;
	}
	free(line);
	return rows;
}

static bool read_header(FILE *from, struct table_file *t)
{
	char *line = NULL;
	size_t room = 0;

	t->nr = 0;
	if (getline(&line, &room, from) < 0)
		return false;
	t->header = line;
	t->nr = split(line, t->name);
	return column(t, "seconds") < t->nr &&
		column(t, "outstanding") < t->nr &&
		column(t, "available") < t->nr;
}

/* What can be shown of a name without harm. */
static char *title_of(const char *base)
{
	const char *name = strrchr(base, '/');
	char *title = duplicate(name ? name + 1 : base), *c;

	for (c = title; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.- ", *c))
			*c = '_';
	return title;
}

static const char program[] =
	"set multiplot\n"
	"set grid back linetype 1 linewidth 0.5 linecolor '#d0d0d0'\n"
	"set border 3\n"
	"set tics nomirror\n"
	"set lmargin 10\n"
	"set rmargin 18\n"
	"set key outside right top vertical Left reverse\n"
	"set yrange [0:*]\n"
	"stats $data using 1 nooutput\n"
	"set xrange [0:STATS_max]\n"
	"set size 1,0.62\n"
	"set origin 0,0.38\n"
	"set ylabel 'elements'\n"
	"set format x ''\n"
	"set title title_text noenhanced\n"
	"plot $data using 1:2 with filledcurves y1=0 linecolor '#c6dbef' title 'in use', "
	"'' using 1:2 with lines linewidth 1.5 linecolor '#2171b5' notitle, "
	"'' using 1:3 with lines linewidth 2 linecolor '#238b45' title 'available', "
	"'' using 1:4 with lines linewidth 1 linecolor '#88419d' title 'in caches', "
	"'' using 1:7 with steps linewidth 1.5 dashtype 3 linecolor '#636363' title 'high', "
	"'' using 1:6 with steps linewidth 1.5 dashtype 2 linecolor '#636363' title 'low', "
	"'' using 1:5 with steps linewidth 1.5 linecolor '#cb181d' title 'reserve'\n"
	"unset title\n"
	"set size 1,0.38\n"
	"set origin 0,0\n"
	"set format x '%g'\n"
	"set xlabel 'seconds'\n"
	"set ylabel 'a second'\n"
	"plot $data using 1:9 with lines linewidth 1.5 linecolor '#2171b5' title 'allocations', "
	"'' using 1:8 with impulses linewidth 2 linecolor '#cb181d' title 'emergencies'\n"
	"unset multiplot\n";

/* A gnuplot whose program comes from the pipe, and whose picture goes to @out. */
static pid_t start(int out, int *in)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die(REFUSED, "plot: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die(REFUSED, "plot: %s", strerror(errno));
	if (!pid) {
		if (dup2(ends[0], STDIN_FILENO) < 0 ||
		    dup2(out, STDOUT_FILENO) < 0)
			_exit(1);
		/* Without the user's own settings, which could spoil it. */
		execlp("gnuplot", "gnuplot", "-d", NULL);
		_exit(errno == ENOENT ? NOT_FOUND : 1);
	}
	close(ends[0]);
	*in = ends[1];
	return pid;
}

static void on_signal(int nr)
{
	if (unfinished)
		unlink(unfinished);
	signal(nr, SIG_DFL);
	raise(nr);
}

/* What ends the program takes an unfinished picture with it. */
static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (signal(signals[i], on_signal) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

/* gnuplot says nothing where there was no room for all of it. */
static bool ends_with(int fd, const char *end)
{
	char tail[TAIL];
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n = pread(fd, tail, TAIL, size > TAIL ? size - TAIL : 0);

	return n > 0 && memmem(tail, n, end, strlen(end));
}

/* One picture, beside its place first; whole, it has @end at its end. */
static void draw(const char *path, const char *terminal, const char *end,
		 const char *title, const char *rows)
{
	char *new = print("%s.XXXXXX", path);
	int out = mkostemp(new, O_CLOEXEC), in, status;
	mode_t mask = umask(022);
	pid_t pid;
	FILE *to;

	umask(mask);
	if (out < 0)
		die(REFUSED, "cannot write %s: %s", path, strerror(errno));
	unfinished = new;
	catch_signals();
	if (fchmod(out, 0666 & ~mask)) {
		unlink(new);
		die(REFUSED, "cannot write %s: %s", path, strerror(errno));
	}
	pid = start(out, &in);
	to = fdopen(in, "w");
	if (to) {
		fprintf(to, "set terminal %s\n$data << EOD\n%sEOD\ntitle_text = '%s'\n%s",
			terminal, rows, title, program);
		fclose(to);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status && !ends_with(out, end)) {
		unlink(new);
		die(REFUSED, "cannot write %s: gnuplot ended before the file was complete",
		    path);
	}
	close(out);
	if (!status && rename(new, path)) {
		status = errno;
		unlink(new);
		die(REFUSED, "cannot write %s: %s", path, strerror(status));
	}
	if (status) {
		unlink(new);
		if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
			die(NO_PROGRAM, "plot: gnuplot is missing: apt-get install gnuplot-nox");
		die(REFUSED, "plot: gnuplot failed");
	}
	unfinished = NULL;
	free(new);
}

static char *base_of(const struct args *args)
{
	size_t len = strlen(args->word[0]);

	if (args->nr > 1)
		return duplicate(args->word[1]);
	if (len > 4 && !strcmp(args->word[0] + len - 4, ".csv"))
		len -= 4;
	return print("%.*s", (int)len, args->word[0]);
}

enum status cmd_plot(struct args *args)
{
	static const char * const kinds[][3] = {
		{ "png", "pngcairo size 1200,800 font 'sans,11'", "IEND" },
		{ "svg", "svg size 1200,800 dynamic font 'sans,14'", "</svg>" },
	};
	char *base, *title, *rows, *path;
	struct table_file table;
	size_t size, nr, i;
	FILE *from, *to;

	if (args->nr != 1 && args->nr != 2)
		misuse("plot: FILE [BASE]");
	from = file_open_input(args->word[0]);
	if (!from)
		die(REFUSED, "cannot read %s: %s", args->word[0],
		    strerror(errno));
	if (!read_header(from, &table) && !ferror(from))
		die(REFUSED, "plot: %s is not a table that watch has written",
		    args->word[0]);
	to = open_memstream(&rows, &size);
	if (!to)
		die(REFUSED, "out of memory");
	nr = data(from, &table, to);
	if (ferror(from))
		die(REFUSED, "cannot read %s: %s", args->word[0],
		    strerror(errno));
	fclose(from);
	if (fclose(to))
		die(REFUSED, "out of memory");
	if (nr < 2)
		die(REFUSED, "plot: %s has too few samples", args->word[0]);
	base = base_of(args);
	title = title_of(base);
	/* A gnuplot that is not there reads nothing. */
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		path = print("%s.%s", base, kinds[i][0]);
		draw(path, kinds[i][1], kinds[i][2], title, rows);
		free(path);
	}
	printf("%s.png %s.svg\n", base, base);
	free(table.header);
	free(title);
	free(base);
	free(rows);
	return DONE;
}
