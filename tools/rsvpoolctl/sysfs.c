// SPDX-License-Identifier: GPL-2.0
/*
 * What is there: pools, their files, and what these say.
 *
 * A file of a pool that can be written is a setting, another one a fact, one in
 * stats/ or kvfree/ a statistic, the latter's with "kvfree_" before its name; so what
 * a later module adds shows up by itself.  Names of
 * files that this program knows the meaning of stand in this file and in rates.c
 * and metrics.c alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

#define CHUNK		4096	/* the least that a page has */
#define TEXT_MAX	(16 << 20)	/* of a file that is no file of the kernel's */

/* Requests that the pool could not answer from above its watermark "min". */
const char * const emergency_stats[] = {
	"alloc_reserve", "alloc_nmi", "alloc_wait", "alloc_fail", NULL
};

/* A folder with a sys and an etc of its own, for tests. */
static const char *root(void)
{
	const char *root = getenv("RSVPOOL_ROOT");

	return root ? root : "";
}

bool path_is_test(void)
{
	return *root();
}

char *path_of(const char *format, ...)
{
	va_list list;
	char *rest, *path;

	va_start(list, format);
	rest = vprint(format, list);
	va_end(list);
	path = print("%s%s", root(), rest);
	free(rest);
	return path;
}

static char *read_all(int fd)
{
	size_t len = 0, room = CHUNK;
	char *text = allocate(room);
	ssize_t n;

	while ((n = read(fd, text + len, room - len - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || len > TEXT_MAX) {
			if (n > 0)
				errno = EFBIG;
			free(text);
			return NULL;
		}
		len += n;
		if (room - len - 1 < CHUNK / 2) {
			room *= 2;
			text = reallocate(text, room, 1);
		}
	}
	text[len] = '\0';
	return text;
}

/* One read gives all of a file in sysfs, which has no more than a page. */
static char *read_page(int fd)
{
	char page[CHUNK + 1];
	ssize_t n;

	do
		n = read(fd, page, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return NULL;
	page[n] = '\0';
	return duplicate(page);
}

static char *read_at(int dir, const char *name, char *(*reader)(int fd))
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC), err;
	char *text;

	if (fd < 0)
		return NULL;
	text = reader(fd);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

char *read_text(const char *path)
{
	return read_at(AT_FDCWD, path, read_all);
}

/* The first line; of what can be chosen, what is. */
static char *present(char *text)
{
	char *open, *close;

	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	open = strrchr(text, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close) {
		memmove(text, open + 1, close - open - 1);
		text[close - open - 1] = '\0';
	}
	return text;
}

/*
 * The folder of the pool whose files were read last: a verb reads them pool by
 * pool, and the way to a file is then one step.  It is looked up again in each
 * list of pools, and if there is nothing in it, as a pool that has gone may have
 * come again.
 */
static struct {
	char *pool;
	int dir;
} at_pool = { .dir = -1 };

static void leave_pool(void)
{
	if (at_pool.dir >= 0)
		close(at_pool.dir);
	free(at_pool.pool);
	at_pool.pool = NULL;
	at_pool.dir = -1;
}

static void enter_pool(const char *pool)
{
	char *path = path_of("/sys/kernel/rsvpool/%s", pool);

	leave_pool();
	at_pool.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	at_pool.pool = duplicate(pool);
	free(path);
}

char *read_pool_file(const char *pool, const char *file)
{
	bool entered = at_pool.pool && !strcmp(at_pool.pool, pool);
	char *text = NULL;

	if (entered)
		text = read_at(at_pool.dir, file, read_page);
	if (!text) {
		enter_pool(pool);
		text = at_pool.dir < 0 ? NULL : read_at(at_pool.dir, file, read_page);
	}
	return present(text);
}

uint64_t read_pool_number(const char *pool, const char *file)
{
	char *text = read_pool_file(pool, file);
	uint64_t value = 0;

	if (text && !number_is_plain(text, &value))
		value = 0;
	free(text);
	return value;
}

char *read_parameter(const char *file)
{
	char *path = path_of("/sys/module/rsvpool/parameters/%s", file);
	char *text = present(read_text(path));

	free(path);
	return text;
}

char *debug_path(const char *pool, const char *file)
{
	return path_of("/sys/kernel/debug/rsvpool/pools/%s/%s", pool, file);
}

static bool file_mode(const char *pool, const char *key, mode_t *mode)
{
	struct stat st;
	char *path;
	bool there;

	if (!*key || *key == '.' || strchr(key, '/'))
		return false;
	path = path_of("/sys/kernel/rsvpool/%s/%s", pool, key);
	there = !stat(path, &st) && S_ISREG(st.st_mode);
	free(path);
	if (there)
		*mode = st.st_mode;
	return there;
}

/* Not access(2): root may write anything. */
bool is_setting(const char *pool, const char *key)
{
	mode_t mode;

	return file_mode(pool, key, &mode) && (mode & 0200);
}

bool is_pool_file(const char *pool, const char *key)
{
	mode_t mode;

	return file_mode(pool, key, &mode);
}

/*
 * The watermarks in effect, which adaptation moves: they are in debugfs alone, in
 * the line of "state" that is set to the left and has them.
 */
bool watermarks_in_effect(const char *pool, unsigned int *low,
			  unsigned int *high)
{
	char *path = debug_path(pool, "state"), *text = read_text(path);
	char *line, *rest = text, *at;
	bool found = false;

	free(path);
	while (!found && rest && (line = strsep(&rest, "\n"))) {
		at = strstr(line, " low ");
		found = *line != ' ' && at &&
			sscanf(at, " low %u, high %u", low, high) == 2;
	}
	free(text);
	return found;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

/* NULL if it is not there; another error must not look like an empty one. */
DIR *folder_open(const char *path)
{
	DIR *dir = opendir(path);

	if (!dir && errno != ENOENT)
		die(REFUSED, "cannot read %s: %s", path, strerror(errno));
	return dir;
}

/* In order; the caller frees them. */
size_t pool_names(char ***names)
{
	char *path = path_of("/sys/kernel/rsvpool"), **list = allocate(1);
	DIR *dir = folder_open(path);
	struct dirent *entry;
	struct stat st;
	size_t nr = 0;

	free(path);
	leave_pool();
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type != DT_DIR &&
		    (entry->d_type != DT_UNKNOWN ||
		     fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		     !S_ISDIR(st.st_mode)))
			continue;
		list = reallocate(list, nr + 1, sizeof(*list));
		list[nr++] = duplicate(entry->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(list, nr, sizeof(*list), by_text);
	*names = list;
	return nr;
}

void names_free(char **names, size_t nr)
{
	while (nr)
		free(names[--nr]);
	free(names);
}

bool pool_is_there(const char *name)
{
	struct stat st;
	char *path;
	bool there;

	if (!*name || *name == '.' || strchr(name, '/'))
		return false;
	path = path_of("/sys/kernel/rsvpool/%s", name);
	there = !stat(path, &st) && S_ISDIR(st.st_mode);
	free(path);
	return there;
}

bool module_is_loaded(void)
{
	char *path = path_of("/sys/kernel/rsvpool");
	bool loaded = !access(path, F_OK);

	free(path);
	return loaded;
}

void need_module(void)
{
	if (!module_is_loaded())
		die(NOT_LOADED, "rsvpool is not loaded: modprobe rsvpool");
}

void need_pool(const char *name)
{
	need_module();
	if (!pool_is_there(name))
		die(NO_POOL, "no pool '%s'", name);
}

static int by_kind_and_name(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind :
		strcmp(x->name, y->name);
}

/*
 * Files of one folder of a pool, "" for its own; a file that is gone meanwhile, or
 * secret, is left out.
 */
static void read_folder(struct pool *pool, const char *folder, const char *prefix)
{
	char *path = path_of("/sys/kernel/rsvpool/%s/%s", pool->name, folder);
	DIR *dir = folder_open(path);
	struct dirent *entry;
	struct item *item;
	struct stat st;
	char *value;

	free(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    !S_ISREG(st.st_mode) || !(st.st_mode & 0444))
			continue;
		value = present(read_at(dirfd(dir), entry->d_name,
					read_page));
		/* One that is gone meanwhile needs no word. */
		if (!value && errno != ENOENT && errno != ENODEV) {
			say("left out: %s/%s: %s", pool->name, entry->d_name,
			    strerror(errno));
			pool->in_part = true;
		}
		if (!value)
			continue;
		pool->item = reallocate(pool->item, pool->nr + 1,
					sizeof(*pool->item));
		item = &pool->item[pool->nr++];
		item->kind = *folder ? STAT :
			st.st_mode & 0200 ? SETTING : FACT;
		item->name = print("%s%s", prefix, entry->d_name);
		item->file = print("%s%s", folder, entry->d_name);
		item->value = value;
	}
	if (dir)
		closedir(dir);
}

/*
 * The files of a pool come, and go, in the same order: this is the first of them,
 * and this the last.
 */
#define FIRST_FILE	"reserve"
#define LAST_FILE	"stats/reset"

/* The folder's inode, which another pool of that name does not have; 0: no file. */
static ino_t folder_with(const char *name, const char *file)
{
	char *folder = path_of("/sys/kernel/rsvpool/%s", name);
	char *path = print("%s/%s", folder, file);
	struct stat st;
	ino_t inode = access(path, F_OK) || stat(folder, &st) ? 0 : st.st_ino;

	free(path);
	free(folder);
	return inode;
}

/*
 * Files of a pool are read between these two: what was read is of one pool, with
 * all its files, if its last file was there before, and its first one is
 * afterwards.
 */
ino_t pool_begin(const char *name)
{
	return folder_with(name, LAST_FILE);
}

bool pool_was_whole(const char *name, ino_t folder)
{
	return folder && folder == folder_with(name, FIRST_FILE);
}

/* False while it is made or removed, and if there is none. */
bool pool_is_whole(const char *name)
{
	return pool_was_whole(name, pool_begin(name));
}

/*
 * False if the pool has gone, or is not there yet; then there is nothing to be
 * freed.
 */
bool pool_read(struct pool *pool, const char *name)
{
	ino_t folder = pool_begin(name);

	memset(pool, 0, sizeof(*pool));
	pool->name = duplicate(name);
	read_folder(pool, "", "");
	read_folder(pool, "stats/", "");
	read_folder(pool, "kvfree/", "kvfree_");
	if (pool->nr)
		qsort(pool->item, pool->nr, sizeof(*pool->item),
		      by_kind_and_name);
	if (pool->nr && pool_was_whole(name, folder))
		return true;
	pool_free(pool);
	return false;
}

/* NULL if there is none. */
const char *pool_value(const struct pool *pool, const char *name)
{
	size_t i;

	for (i = 0; i < pool->nr; i++)
		if (!strcmp(pool->item[i].name, name))
			return pool->item[i].value;
	return NULL;
}

uint64_t pool_number(const struct pool *pool, const char *name)
{
	const char *text = pool_value(pool, name);
	uint64_t value;

	return text && number_is_plain(text, &value) ? value : 0;
}

void pool_free(struct pool *pool)
{
	while (pool->nr) {
		pool->nr--;
		free(pool->item[pool->nr].name);
		free(pool->item[pool->nr].file);
		free(pool->item[pool->nr].value);
	}
	free(pool->item);
	free(pool->name);
}

/* A pool that goes while it is read is left out: half of it would be wrong. */
void pools_read(struct pools *pools)
{
	char **names;
	size_t nr = pool_names(&names), i;

	pools->pool = allocate(nr * sizeof(*pools->pool));
	pools->nr = 0;
	for (i = 0; i < nr; i++)
		if (pool_read(&pools->pool[pools->nr], names[i]))
			pools->nr++;
	names_free(names, nr);
}

void pools_free(struct pools *pools)
{
	while (pools->nr)
		pool_free(&pools->pool[--pools->nr]);
	free(pools->pool);
}

uint64_t emergencies(const char *pool)
{
	uint64_t sum = 0;
	char file[64];
	size_t i;

	for (i = 0; emergency_stats[i]; i++) {
		snprintf(file, sizeof(file), "stats/%s", emergency_stats[i]);
		sum += read_pool_number(pool, file);
	}
	return sum;
}

/* Without blanks, tabs and ends of lines around; in place. */
char *trim(char *text)
{
	static const char white[] = " \t\n\v\f\r";
	size_t len;

	text += strspn(text, white);
	len = strlen(text);
	while (len && strchr(white, text[len - 1]))
		text[--len] = '\0';
	return text;
}
