// SPDX-License-Identifier: GPL-2.0
/*
 * restore: create the pools that are missing, set what differs.  What one line
 * cannot do is said, and the others are done; the status is the last error's.
 *
 * By default it reads *.conf of three folders, as systemd does: a file in /etc is
 * read instead of the one of the same name in /run, and that instead of the one in
 * /usr/lib; all in the order of their names.  A link to /dev/null in one of them
 * stands for an empty file.  With nothing to do nothing is needed, not even the
 * module.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"

#define ORDER_MAX	9	/* one digit */

/* The first that has a file of a name has the last word about it. */
static const char * const folders[] = {
	"/etc/rsvpool.d", "/run/rsvpool.d", "/usr/lib/rsvpool.d",
};

/* What the pool has now, in the words of a key; NULL if it has no such key. */
static char *present(const char *pool, const char *key)
{
	if (!strcmp(key, "order") || !strcmp(key, "size"))
		return read_pool_file(pool, "element_bytes");
	return is_pool_file(pool, key) ? read_pool_file(pool, key) : NULL;
}

/* A number is the same in every base. */
static bool differs(const char *is, const struct pair *pair)
{
	uint64_t now, wanted;

	if (!number_is_plain(is, &now) || number_parse(pair->value, &wanted))
		return strcmp(is, pair->value);
	if (!strcmp(pair->key, "order") && wanted <= ORDER_MAX)
		wanted = (uint64_t)sysconf(_SC_PAGESIZE) << wanted;
	return now != wanted;
}

/* Of a pool that exists; one that is made or removed meanwhile has gone. */
static enum status restore_settings(const struct line *line, const char *where)
{
	const char *pool = line->name;
	struct line changes = { };
	enum status status = DONE, set;
	size_t i;

	for (i = 0; i < line->nr; i++) {
		const struct pair *pair = &line->pair[i];
		char *is = present(pool, pair->key);
		bool fixed = is && differs(is, pair) &&
			!is_setting(pool, pair->key);

		if ((!is || fixed) && !pool_is_whole(pool)) {
			say("%s: pool '%s' has gone", where, pool);
			free(is);
			line_free(&changes);
			return NO_POOL;
		}
		if (!is) {
			say("%s: pool '%s' has no %s", where, pool, pair->key);
			status = REFUSED;
		} else if (fixed) {
			say("%s: %s of pool '%s' is fixed at creation: destroy the pool first",
			    where, pair->key, pool);
			status = REFUSED;
		} else if (differs(is, pair)) {
			line_add(&changes, pair->key, pair->value);
		}
		free(is);
	}
	if (changes.nr) {
		char *prefix = print("%s: ", where);

		set = change_settings(pool, changes.pair, changes.nr, prefix,
				      true);
		if (set)
			status = set;
		free(prefix);
	}
	line_free(&changes);
	return status;
}

/* What "create" does not take is a setting, or nothing at all. */
static enum status restore_new(const struct line *line, const char *where,
			       char **keys, size_t nr_keys)
{
	struct line now = { .name = duplicate(line->name) };
	struct line later = { .name = duplicate(line->name) };
	char *path = path_of("/sys/kernel/debug/rsvpool/create"), *text;
	enum status status = DONE;
	size_t i;

	for (i = 0; i < line->nr; i++)
		line_add(in_keys(keys, nr_keys, line->pair[i].key) ?
			 &now : &later, line->pair[i].key, line->pair[i].value);
	text = line_text(&now);
	if (!put(path, text, line->name)) {
		refused("%s: cannot create pool '%s'", where, line->name);
		status = REFUSED;
	} else {
		printf("%s: created\n", line->name);
		status = restore_settings(&later, where);
	}
	free(text);
	free(path);
	line_free(&now);
	line_free(&later);
	return status;
}

/* As the unit wants it, which cannot know whether there is anything to do. */
static void load_module(void)
{
	struct utsname kernel;
	int status = 0;
	pid_t pid = -1;

	fflush(stdout);
	if (!path_is_test())
		pid = fork();
	if (!pid) {
		execlp("modprobe", "modprobe", "rsvpool", NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (module_is_loaded())
		return;
	if (uname(&kernel))
		kernel.release[0] = '\0';
	say("rsvpool does not load; is it built for this kernel, %s, and its key enrolled?",
	    kernel.release);
	die(NOT_LOADED, "see \"dkms status rsvpool\", and the kernel's log");
}

static enum status restore_line(const char *text, const char *where, bool load)
{
	enum status status = DONE;
	struct line line;
	char *why, **keys;
	size_t nr_keys;

	if (!line_parse(&line, text, false, &why)) {
		say("%s: %s", where, why);
		free(why);
		return USAGE;
	}
	if (!line.optional && load && !module_is_loaded())
		load_module();
	if (!line.optional)
		need_module();
	if (pool_is_there(line.name)) {
		status = restore_settings(&line, where);
	} else if (!line.optional && why_no_debugfs()) {
		say("%s: cannot create pool '%s': %s", where, line.name,
		    why_no_debugfs());
		status = NO_DEBUGFS;
	} else if (!line.optional) {
		keys = create_keys(&nr_keys);
		status = restore_new(&line, where, keys, nr_keys);
		names_free(keys, nr_keys);
	}
	line_free(&line);
	return status;
}

static enum status restore_lines(FILE *from, const char *name, bool load)
{
	enum status status = DONE, one;
	unsigned int number = 0;
	char *text = NULL, *where;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&text, &room, from)) >= 0) {
		where = print("%s:%u", name, ++number);
		one = DONE;
		if (strlen(text) != (size_t)len) {
			say("%s: has a NUL byte", where);
			one = USAGE;
		} else {
			text[strcspn(text, "#")] = '\0';
			if (*trim(text))
				one = restore_line(trim(text), where, load);
		}
		if (one)
			status = one;
		free(where);
	}
	if (ferror(from)) {
		say("cannot read %s: %s", name, strerror(errno));
		status = REFUSED;
	}
	free(text);
	return status;
}

static enum status restore_file(const char *name, bool load)
{
	enum status status;
	FILE *from;

	if (!strcmp(name, "-"))
		return restore_lines(stdin, "-", load);
	from = file_open_input(name);
	if (!from) {
		say("cannot read %s: %s", name, strerror(errno));
		return REFUSED;
	}
	status = restore_lines(from, name, load);
	fclose(from);
	return status;
}

struct conf {
	char *name;
	char *path;
};

static int by_name(const void *a, const void *b)
{
	const struct conf *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool is_conf(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && len > 5 && !strcmp(name + len - 5, ".conf");
}

/* What hides a file of its name in the folders that come later. */
static bool is_mask(const char *path)
{
	struct stat null, st;

	return !stat("/dev/null", &null) && !stat(path, &st) &&
		S_ISCHR(null.st_mode) && S_ISCHR(st.st_mode) &&
		st.st_rdev == null.st_rdev;
}

/* Adds what no folder before it has.  A link to nowhere is an error, not nothing. */
static size_t add_folder(struct conf **list, size_t nr, const char *folder,
			 enum status *status)
{
	char *path = path_of("%s", folder);
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t before = nr, i;

	if (!dir && errno != ENOENT) {
		say("cannot read %s: %s", path, strerror(errno));
		*status = REFUSED;
	}
	while (dir && (entry = readdir(dir))) {
		if (!is_conf(entry->d_name))
			continue;
		for (i = 0; i < before; i++)
			if (!strcmp((*list)[i].name, entry->d_name))
				break;
		if (i < before)
			continue;
		*list = reallocate(*list, nr + 1, sizeof(**list));
		(*list)[nr].name = duplicate(entry->d_name);
		(*list)[nr++].path = print("%s/%s", path, entry->d_name);
	}
	if (dir)
		closedir(dir);
	free(path);
	return nr;
}

static enum status restore_folders(bool load)
{
	struct conf *list = allocate(1);
	enum status status = DONE, one;
	size_t nr = 0, i;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		nr = add_folder(&list, nr, folders[i], &status);
	if (!nr && !status)
		printf("nothing in %s, %s or %s\n", folders[0], folders[1],
		       folders[2]);
	qsort(list, nr, sizeof(*list), by_name);
	for (i = 0; i < nr; i++) {
		one = is_mask(list[i].path) ? DONE :
			restore_file(list[i].path, load);
		if (one)
			status = one;
		free(list[i].name);
		free(list[i].path);
	}
	free(list);
	return status;
}

enum status cmd_restore(struct args *args)
{
	enum status status = DONE, one;
	int i;

	need_root("restore");
	if (!args->nr)
		return restore_folders(args->load);
	for (i = 0; i < args->nr; i++) {
		one = restore_file(args->word[i], args->load);
		if (one)
			status = one;
	}
	return status;
}
