// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_settings - settings from text, all at once or one by its file: an
 * accepted text gives correct settings, and writing back what is read changes
 * nothing; a refused text changes nothing and logs one line
 *
 * The first byte of an input selects the file to which the rest is written.
 */
#include "config.h"
#include "fuzz.h"

#define TEXT_MOST	512

static struct rsvpool *pool;
static char initial[sizeof(((struct seq_file *)NULL)->buf)];

static void settings(char *to)
{
	static struct seq_file m;

	m.count = 0;
	mutex_lock(&pool->settings);
	HOLDS(!config_show(&m, pool));
	mutex_unlock(&pool->settings);
	memcpy(to, m.buf, m.count + 1);
}

static int settings_write(const char *text)
{
	char *copy = strdup(text);
	int err;

	mutex_lock(&pool->settings);
	err = config_set(pool, copy);
	mutex_unlock(&pool->settings);
	free(copy);
	return err;
}

static bool writable(const struct attribute_group *group, unsigned int i)
{
	umode_t mode = group->is_visible ?
		group->is_visible(&pool->kobj, group->attrs[i], i) :
		group->attrs[i]->mode;

	return mode & 0200;
}

/* Files that can be written, by number. */
static struct attribute *file(unsigned int n)
{
	const struct attribute_group *group =
		*pool->kobj.ktype->default_groups;
	unsigned int nr = 0, i;

	for (i = 0; group->attrs[i]; i++)
		nr += writable(group, i);
	n %= nr;
	for (i = 0; group->attrs[i]; i++)
		if (writable(group, i) && !n--)
			return group->attrs[i];
	return NULL;
}

/*
 * "NAME = TEXT" written to config must have the same result as TEXT written to
 * the file.  Texts of more than one line are left out.
 */
static void same_by_config(const char *name, const char *text,
			   const char *before, const char *after, int err)
{
	static char now[sizeof(initial)];
	char line[TEXT_MOST + 64];
	unsigned long lines = native_lines;

	if (strchr(text, '\n') && text[strcspn(text, "\n") + 1])
		return;
	HOLDS(!settings_write(before));
	snprintf(line, sizeof(line), "%s=%s", name, text);
	HOLDS(settings_write(line) == err);
	settings(now);
	HOLDS(!strcmp(now, after));
	native_lines = lines;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pool = fuzz_start("settings,element=kmalloc,size=64,reserve=16,nmi_reserve=4,max=100,cache=8,cache_max=16");
	settings(initial);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static char before[sizeof(initial)], after[sizeof(initial)];
	const struct sysfs_ops *ops = pool->kobj.ktype->sysfs_ops;
	unsigned long lines;
	char *text;
	int err;

	text = fuzz_text(data, bytes, TEXT_MOST);
	if (!text)
		return 0;
	settings(before);
	lines = native_lines;
	if (data[0] & 1) {
		mutex_lock(&pool->settings);
		err = config_set(pool, text);
		mutex_unlock(&pool->settings);
	} else {
		ssize_t n = ops->store(&pool->kobj, file(data[0] / 2), text,
				       bytes - 1);

		HOLDS(n < 0 || n == (ssize_t)bytes - 1);
		err = min(n, 0L);
	}
	settings(after);
	pool_holds(pool);
	/* A NUL byte ends the one text, and is refused in the other. */
	if (!(data[0] & 1) && strlen(text) == bytes - 1)
		same_by_config(file(data[0] / 2)->name, text, before, after,
			       err);
	free(text);
	if (err) {
		HOLDS(!strcmp(before, after));
		HOLDS(native_lines == lines + 1);
	} else {
		HOLDS(native_lines == lines);
		HOLDS(!settings_write(after));
		settings(before);
		HOLDS(!strcmp(before, after));
	}
	settle();
	HOLDS(!settings_write(initial));
	settle();
	return 0;
}
