/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of rsvpoolctl share.  Each concept has a file of its own, which
 * is named beside the functions below.
 *
 * The program ends in die() or misuse() wherever it cannot go on; what a verb has
 * allocated until then goes with the process.  Its output is the same in every
 * locale: LC_NUMERIC is never set.
 */
#ifndef RSVPOOLCTL_CTL_H
#define RSVPOOLCTL_CTL_H

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifndef VERSION
#define VERSION			"of no version"
#endif
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define PRINTF(_format, _first)	__attribute__((format(printf, _format, _first)))
#define NORETURN		__attribute__((noreturn))
#define UNUSED			__attribute__((unused))

/* Exit statuses, which rsvpoolctl(8) documents. */
enum status {
	DONE,
	REFUSED,	/* the kernel did, or something else went wrong */
	USAGE,
	NO_POOL,
	NOT_LOADED,
	NO_DEBUGFS,
	NOT_ROOT,
	NO_PROGRAM,
};

/* say.c: messages, the end, and memory, of which there is enough or none */

void say(const char *format, ...) PRINTF(1, 2);
void die(enum status status, const char *format, ...) PRINTF(2, 3) NORETURN;
void misuse(const char *format, ...) PRINTF(1, 2) NORETURN;
void *allocate(size_t size);
void *reallocate(void *old, size_t nr, size_t size);
char *duplicate(const char *text);
char *vprint(const char *format, va_list list) PRINTF(1, 0);
char *print(const char *format, ...) PRINTF(1, 2);

/* args.c: the options of a verb, and what is left */

enum {
	OPT_JSON = 1 << 0,
	OPT_EVERY = 1 << 1,	/* -d SECONDS */
	OPT_COUNT = 1 << 2,	/* -n COUNT */
	OPT_CSV = 1 << 3,
	OPT_MODPROBE = 1 << 4,
	OPT_SORT = 1 << 5,
	OPT_COLUMNS = 1 << 6,
	OPT_TEXTFILE = 1 << 7,
	OPT_ANY_NAME = 1 << 8,	/* has no options: all are arguments */
	OPT_LOAD = 1 << 9,
};

struct args {
	const char *verb;
	bool json;
	bool modprobe;
	bool load;
	const char *every;
	const char *count;
	const char *csv;
	const char *sort;
	const char *columns;
	const char *textfile;
	char **word;		/* the arguments, with a NULL behind them */
	int nr;
};

/* False: help was asked for. */
bool args_parse(struct args *args, const char *verb, unsigned int allowed,
		int nr, char **words);

/* numbers.c: numbers as people write them, and as the kernel does */

#define NUMBER_MAX	UINT32_MAX

bool number_is_plain(const char *text, uint64_t *to);
bool number_is_json(const char *text);
int number_parse(const char *text, uint64_t *to);
char *number_expand(const char *text, const char **why);
bool seconds_parse(const char *text, unsigned int *ms);
bool count_parse(const char *text, unsigned int *to);
char *size_text(uint64_t bytes);
char *rate_text(double rate);

/* sysfs.c: what is there */

enum kind { SETTING, FACT, STAT, NR_KINDS };

struct item {
	enum kind kind;
	char *name;
	char *file;		/* in the pool's folder */
	char *value;
};

struct pool {
	char *name;
	struct item *item;	/* by kind, then by name */
	size_t nr;
	bool in_part;		/* a file could not be read */
};

struct pools {
	struct pool *pool;
	size_t nr;
};

char *path_of(const char *format, ...) PRINTF(1, 2);	/* below RSVPOOL_ROOT */
bool path_is_test(void);
char *read_text(const char *path);	/* NULL, with errno */
char *read_pool_file(const char *pool, const char *file);
uint64_t read_pool_number(const char *pool, const char *file);
char *read_parameter(const char *file);
char *debug_path(const char *pool, const char *file);
bool is_setting(const char *pool, const char *key);
bool is_pool_file(const char *pool, const char *key);
bool watermarks_in_effect(const char *pool, unsigned int *low,
			  unsigned int *high);
DIR *folder_open(const char *path);
size_t pool_names(char ***names);
void names_free(char **names, size_t nr);
bool pool_is_there(const char *name);
bool module_is_loaded(void);
void need_module(void);
void need_pool(const char *name);
ino_t pool_begin(const char *name);
bool pool_was_whole(const char *name, ino_t folder);
bool pool_is_whole(const char *name);
bool pool_read(struct pool *pool, const char *name);
const char *pool_value(const struct pool *pool, const char *name);
uint64_t pool_number(const struct pool *pool, const char *name);
void pool_free(struct pool *pool);
void pools_read(struct pools *pools);
void pools_free(struct pools *pools);
uint64_t emergencies(const char *pool);
extern const char * const emergency_stats[];
char *trim(char *text);

/* summary.c: a line a pool, where root can read it */

void summary_read(void);
void summary_forget(void);
const char *summary_value(const char *pool, const char *file);

/* kernel.c: writing, and what the kernel says to it */

bool put(const char *path, const char *text, const char *pool);
void refused(const char *format, ...) PRINTF(1, 2);
const char *put_reason(void);
bool reason_of(const char *record, const char *pool, char *to, size_t size);
void need_root(const char *verb);
const char *why_no_debugfs(void);
void need_debugfs(const char *verb);

/* format.c: the one reader and the one writer of pools as text */

struct pair {
	char *key;
	char *value;
};

struct line {
	bool optional;		/* "?": the pool may be missing */
	char *name;
	struct pair *pair;
	size_t nr;
};

/* False, and @why says what is wrong; then there is nothing to be freed. */
bool line_parse(struct line *line, const char *text, bool for_create, char **why);
bool line_name_is_good(const char *name);
void line_add(struct line *line, const char *key, const char *value);
char *line_text(const struct line *line);
void line_free(struct line *line);
bool pair_parse(struct pair *pair, const char *text, char **why);
void pair_free(struct pair *pair);
const struct pair *line_pair(const struct line *line, const char *key);

/* change.c */

enum status change_settings(const char *pool, const struct pair *pair, size_t nr,
			    const char *where, bool tell);

/* save.c */

char **create_keys(size_t *nr);
bool in_keys(char **keys, size_t nr, const char *key);

/* file.c: replacing files, and never anything else */

void file_replace(const char *path, const char *text);
FILE *file_open_input(const char *path);
FILE *file_open_table(const char *path);

/* json.c: values of json-c, as they are printed */

struct json_object;
struct json_object *json_value(const char *text);
struct json_object *json_real(double value, const char *format);
struct json_object *json_pool(const struct pool *pool);
void json_print(struct json_object *value, bool on_one_line);

/* table.c: columns that are as wide as they must be */

struct table {
	size_t columns;
	size_t rows;
	char **cell;		/* the first row is the header */
	bool *left;
};

void table_begin(struct table *table, size_t columns);
void table_cell(struct table *table, size_t row, size_t column, char *text);
void table_drop(struct table *table);
void table_print(const struct table *table);
void table_free(struct table *table);

/* rates.c: what pools did between two looks */

enum { MOST_MARKS = 5 };

struct rate {
	char *name;
	bool fresh;		/* was not there at the first look */
	double allocs;		/* a second, as the others */
	double frees;
	double emergencies;
	double hits;		/* per cent of the allocations, or below 0 */
	uint64_t reserve;
	uint64_t max;
	uint64_t available;
	uint64_t cached;
	uint64_t outstanding;
	uint64_t sleepers;
};

struct look;
struct look *look_take(char **only, size_t nr);
void look_free(struct look *look);
/* @older may be NULL: no rates then.  Returns seconds between the two. */
double look_rates(const struct look *older, const struct look *newer,
		  struct rate **rates, size_t *nr);
void rates_free(struct rate *rates, size_t nr);
void rates_sort(struct rate *rates, size_t nr, const char *by);
const char *rates_sort_next(const char *by);
bool rates_sort_is_known(const char *by);

/* frame.c: rates as lines of text */

struct frame {
	unsigned int columns;
	unsigned int rows;	/* 0: any number */
	bool utf8;
	bool keys;		/* can be typed */
	bool has_rates;
	const char *every;
	const char *sort;
};

char *frame_text(const struct frame *frame, const struct rate *rates, size_t nr);

/* screen.c: a terminal */

void screen_begin(void);
void screen_end(void);
void screen_size(unsigned int *columns, unsigned int *rows);
void screen_draw(const char *text);
/* A key; 0 if there was none; -1: the end; -2: the size has changed. */
int screen_key(unsigned int ms);
int screen_signal(void);
bool screen_is_utf8(void);

/* screen_curses.c, or nothing of that */
#ifdef HAVE_NCURSES
bool curses_begin(void);
void curses_end(void);
void curses_size(unsigned int *columns, unsigned int *rows);
void curses_draw(const char *text);
int curses_key(unsigned int ms);
#else
static inline bool curses_begin(void) { return false; }
static inline void curses_end(void) { }
static inline void curses_size(unsigned int *columns UNUSED,
			       unsigned int *rows UNUSED) { }
static inline void curses_draw(const char *text UNUSED) { }
static inline int curses_key(unsigned int ms UNUSED) { return -1; }
#endif

/* The verbs, each in the file of its name or with those that are like it */

enum status cmd_list(struct args *args);
enum status cmd_show(struct args *args);
enum status cmd_top(struct args *args);
enum status cmd_create(struct args *args);
enum status cmd_set(struct args *args);
enum status cmd_destroy(struct args *args);
enum status cmd_reset(struct args *args);
enum status cmd_save(struct args *args);
enum status cmd_restore(struct args *args);
enum status cmd_state(struct args *args);
enum status cmd_percpu(struct args *args);
enum status cmd_holders(struct args *args);
enum status cmd_waiters(struct args *args);
enum status cmd_latency(struct args *args);
enum status cmd_inject(struct args *args);
enum status cmd_stress(struct args *args);
enum status cmd_bench(struct args *args);
enum status cmd_watch(struct args *args);
enum status cmd_plot(struct args *args);
enum status cmd_metrics(struct args *args);
enum status cmd_report(struct args *args);

void show_print(const struct pool *pool, bool heading);

int ctl_main(int argc, char **argv);

#endif /* RSVPOOLCTL_CTL_H */
