// SPDX-License-Identifier: GPL-2.0
/*
 * test_parse - texts for pools and for settings, each with the expected answer;
 * a refusal names pool and key, and changes nothing
 *
 * usage: test_parse FRONT-ENDS.DATA	(that the guests' test-front-ends.sh reads)
 */
#include "config.h"
#include "native_test.h"
#include "parse.h"

/* @says: part of the logged line; NULL for an accepted text. */
static const struct text {
	const char *text;
	int err;
	const char *says;
} creations[] = {
	{ "a", 0 },
	{ "a,reserve=8", 0 },
	{ " a , reserve = 8 ", 0 },
	{ "a;b;c", 0 },
	{ ";;a;", 0 },
	{ "a,reserve=0x10,max=0100", 0 },
	{ "a,reserve=0", 0 },
	{ "a,reserve=1,max=1,cache=0", 0 },
	{ "a,element=page,order=4,reserve=1,max=1", 0, "caches are off" },
	{ "a,element=kmalloc,size=8", 0 },
	{ "a,element=kmalloc,size=65536,reserve=1", 0 },
	{ "a,element=pool,parent=base,reserve=1,max=1", 0, "caches are off" },
	{ "p,element=pool,parent=base,reserve=1,max=2;q,element=pool,parent=p,reserve=0,max=1", 0 },
	{ "a,reserve=8,nmi_reserve=8", 0 },
	{ "a,cache=0,cache_max=0,batch=1", 0 },
	{ "a,cache=1024,batch=64", 0 },
	{ "a,reserve=8,max=64,low=8,high=8,high_max=8", 0 },
	{ "a,policy=cache", 0 },
	{ "a,policy=source", 0 },
	{ "a,policy=reclaim", 0 },
	{ "a,policy=reserve,wakeup=prio", 0 },
	{ "a,node=0,zero=1,opaque=0,adaptive=0", 0 },
	{ "a,decay_ms=1,stall_ms=0", 0 },
	{ "a,decay_ms=3600000,stall_ms=3600000", 0 },
	{ "a,debug=1,lend=0", 0 },
	{ "a,max=0,reserve=4", 0 },
	{ "abcdefghijklmnopqrstuvwxyz_-.9Z", 0 },
	{ "", -EINVAL, "name" },
	{ " ; ", -EINVAL, "name" },
	{ ".a", -EINVAL, "name" },
	{ "a b", -EINVAL, "name" },
	{ "a/b", -EINVAL, "name" },
	{ "a\\200", -EINVAL, "name" },
	{ ",reserve=8", -EINVAL, "name" },
	{ "abcdefghijklmnopqrstuvwxyz_-.9ZZ", -EINVAL, "name" },
	{ "a;b;a", -EEXIST, "name" },
	{ "base", -EEXIST, "name" },
	{ "a;b,nonsense=1", -EINVAL, "nonsense" },
	{ "a,nonsense=1", -EINVAL, "nonsense" },
	{ "a,,reserve=8", -EINVAL, "key" },
	{ "a,reserve", -EINVAL, "reserve" },
	{ "a,reserve=", -EINVAL, "reserve" },
	{ "a,=8", -EINVAL, "key" },
	{ "a,reserve=8,reserve=8", -EINVAL, "reserve" },
	{ "a,reserve=eight", -EINVAL, "reserve" },
	{ "a,reserve=8x", -EINVAL, "reserve" },
	{ "a,reserve=0x", -EINVAL, "reserve" },
	{ "a,reserve=-1", -EINVAL, "reserve" },
	{ "a,reserve=1048577", -ERANGE, "reserve" },
	{ "a,reserve=4294967295", -ERANGE, "reserve" },
	{ "a,reserve=4294967296", -ERANGE, "reserve" },
	{ "a,reserve=18446744073709551617", -ERANGE, "reserve" },
	{ "a,reserve=9,max=8", -ERANGE, "max" },
	{ "a,reserve=8,nmi_reserve=9", -ERANGE, "nmi_reserve" },
	{ "a,reserve=2000,nmi_reserve=1025", -ERANGE, "nmi_reserve" },
	{ "a,element=slab", -EINVAL, "element" },
	{ "a,element=page,order=5", -ERANGE, "order" },
	{ "a,element=page,size=64", -EINVAL, "size" },
	{ "a,element=kmalloc", -EINVAL, "size" },
	{ "a,element=kmalloc,size=7", -ERANGE, "size" },
	{ "a,element=kmalloc,size=65537", -ERANGE, "size" },
	{ "a,element=kmalloc,size=64,order=1", -EINVAL, "order" },
	{ "a,element=pool", -EINVAL, "parent" },
	{ "a,element=pool,parent=none", -ENOENT, "parent" },
	{ "a,parent=base", -EINVAL, "parent" },
	{ "a,cache=9,cache_max=8", -ERANGE, "cache" },
	{ "a,cache_max=1025", -ERANGE, "cache_max" },
	{ "a,batch=0", -ERANGE, "batch" },
	{ "a,batch=65", -ERANGE, "batch" },
	{ "a,low=9,high=8", -EINVAL, "low" },
	{ "a,max=64,low=65", -ERANGE, "low" },
	{ "a,max=64,high=65", -ERANGE, "high" },
	{ "a,max=64,high_max=65", -ERANGE, "high_max" },
	{ "a,max=64,high=64,high_max=63", -EINVAL, "high_max" },
	{ "a,policy=fast", -EINVAL, "policy" },
	{ "a,wakeup=lifo", -EINVAL, "wakeup" },
	{ "a,node=-1", 0 },
	{ "a,node=1", -ERANGE, "node" },
	{ "a,zero=2", -EINVAL, "zero" },
	{ "a,zero=yes", -EINVAL, "zero" },
	{ "a,zero=1,opaque=1", -EINVAL, "zero" },
	{ "a,order=1,zero=1", -EINVAL, "zero" },
	{ "a,decay_ms=0", -ERANGE, "decay_ms" },
	{ "a,decay_ms=3600001", -ERANGE, "decay_ms" },
	{ "a,stall_ms=3600001", -ERANGE, "stall_ms" },
	{ "a,debug=1,max=0", -EINVAL, "debug" },
	{ "a,lend=1,opaque=1", -EINVAL, "lend" },
	{ "a,lend=1,max=0", -EINVAL, "lend" },
}, settings[] = {
	{ "reserve=20", 0 },
	{ "reserve = 20", 0 },
	{ "\n\nreserve=20\n", 0 },
	{ "low=90\nhigh=95\n", 0 },
	{ "high=20\nlow=18\n", 0 },
	{ "low=18\nhigh=20\n", 0 },
	{ "reserve=4\ncache=0\nbatch=1\nlow=0\nhigh=0\nhigh_max=0\npolicy=source\nadaptive=0\ndecay_ms=1\nstall_ms=0\nzero=1\n", 0 },
	{ "high_max=100\nhigh=100\nlow=100\nreserve=100\n", 0 },
	{ "", -EINVAL, "config" },
	{ "\n \n", -EINVAL, "config" },
	{ "nonsense=1", -EINVAL, "nonsense" },
	{ "reserve=20\nnonsense=1", -EINVAL, "nonsense" },
	{ "reserve", -EINVAL, "reserve" },
	{ "reserve=", -EINVAL, "reserve" },
	{ "reserve=20\nreserve=20", -EINVAL, "reserve" },
	{ "reserve=0", -ERANGE, "reserve" },
	{ "reserve=3", -ERANGE, "reserve" },
	{ "reserve=101", -ERANGE, "reserve" },
	{ "cache=17", -ERANGE, "cache" },
	{ "batch=0", -ERANGE, "batch" },
	{ "batch=65", -ERANGE, "batch" },
	{ "low=50\nhigh=49", -EINVAL, "low" },
	{ "high=50\nhigh_max=49", -EINVAL, "high" },
	{ "low=101", -ERANGE, "low" },
	{ "policy=fast", -EINVAL, "policy" },
	{ "adaptive=2", -EINVAL, "adaptive" },
	{ "decay_ms=0", -ERANGE, "decay_ms" },
	{ "stall_ms=3600001", -ERANGE, "stall_ms" },
	{ "refill_prio=1", -EINVAL, "refill_prio" },
	{ "max=50", -EINVAL, "max" },
};

static unsigned int pools(void)
{
	struct rsvpool *pool;
	unsigned int n = 0;

	list_for_each_entry(pool, all_pools(), node_in_registry)
		n++;
	return n;
}

static int create(const char *text)
{
	char *copy = strdup(text);
	int err = rsvpool_create_from_text(copy, ";");

	free(copy);
	return err;
}

/* Is the answer as expected, with one line for a refusal? */
static bool answered(const struct text *t, int err, unsigned long lines)
{
	bool good = err == t->err && native_lines == lines + !!t->says &&
		(!t->says || strstr(native_line, t->says));

	if (!good)
		comment("'%s': %d, not %d; %lu lines, the last '%s'", t->text,
			err, t->err, native_lines - lines, native_line);
	return good;
}

static bool test_creations(bool refused)
{
	unsigned int i, before;
	unsigned long lines;
	bool good = true;

	for (i = 0; i < ARRAY_SIZE(creations); i++) {
		const struct text *t = &creations[i];
		int err;

		if (!t->err == refused)
			continue;
		before = pools();
		lines = native_lines;
		err = create(t->text);
		good &= answered(t, err, lines);
		if (err && pools() != before) {
			comment("'%s' leaves a pool behind", t->text);
			good = false;
		}
		settle();
		while (pools() > 1) {
			char name[RSVPOOL_NAME_MAX + 1];

			strscpy(name, list_last_entry(all_pools(),
						      struct rsvpool,
						      node_in_registry)->name);
			MUST(!rsvpool_destroy_by_name(name), "%s stays", name);
		}
	}
	return good;
}

static struct seq_file now, then;

static void show(struct rsvpool *pool, struct seq_file *m)
{
	m->count = 0;
	mutex_lock(&pool->settings);
	MUST(!config_show(m, pool), "config_show");
	mutex_unlock(&pool->settings);
}

static int set(struct rsvpool *pool, const char *text)
{
	char *copy = strdup(text);
	int err;

	mutex_lock(&pool->settings);
	err = config_set(pool, copy);
	mutex_unlock(&pool->settings);
	free(copy);
	settle();
	return err;
}

static bool test_settings(struct rsvpool *pool, bool refused)
{
	bool good = true;
	unsigned int i;

	show(pool, &then);
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct text *t = &settings[i];
		unsigned long lines = native_lines;

		if (!t->err == refused)
			continue;
		good &= answered(t, set(pool, t->text), lines);
		show(pool, &now);
		if (refused && strcmp(now.buf, then.buf)) {
			comment("'%s' has changed something", t->text);
			good = false;
		}
		MUST(!set(pool, then.buf), "the settings are not taken back");
		show(pool, &now);
		MUST(!strcmp(now.buf, then.buf), "nor are they the same");
	}
	return good;
}

/*
 * The table of all front ends: KEY | VALUE | ANSWER | ... | MORE
 */

#define LINE_MOST	256

static unsigned int rows, asked_of_files;

/* "\n", "\r" and "\t" in it. */
static void unescape(char *s)
{
	static const char from[] = "nrt", to[] = "\n\r\t";
	const char *at;
	char *d = s;

	for (; *s; s++) {
		at = s[0] == '\\' && s[1] ? strchr(from, s[1]) : NULL;
		*d++ = at ? to[at - from] : *s;
		s += !!at;
	}
	*d = 0;
}

static bool is_answer(const char *answer, int err)
{
	static const struct {
		const char *name;
		int err;
	} names[] = {
		{ "ok", 0 },
		{ "EINVAL", -EINVAL },
		{ "ERANGE", -ERANGE },
		{ "ENOENT", -ENOENT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, answer))
			return names[i].err == err;
	return false;
}

/* A pool "t" with these keys, except those in the row. */
static int create_row(const char *key, const char *value, const char *more)
{
	static const char * const base[][2] = {
		{ "reserve", "16" }, { "max", "64" }, { "nmi_reserve", "2" },
		{ "cache", "8" }, { "cache_max", "32" }, { "low", "20" },
		{ "high", "40" },
	};
	char text[2 * LINE_MOST] = "t", given[2 * LINE_MOST], name[LINE_MOST];
	size_t n = 1;
	unsigned int i;
	int err;

	snprintf(given, sizeof(given), ",%s=,%s,", key, more);
	for (i = 0; i < ARRAY_SIZE(base); i++) {
		snprintf(name, sizeof(name), ",%s=", base[i][0]);
		if (!strstr(given, name))
			n += snprintf(text + n, sizeof(text) - n, "%s%s", name,
				      base[i][1]);
	}
	snprintf(text + n, sizeof(text) - n, "%s%s,%s=%s", *more ? "," : "",
		 more, key, value);
	err = create(text);
	if (!err)
		MUST(!rsvpool_destroy_by_name("t"), "t stays");
	settle();
	return err;
}

/* The pool's file of that name; NULL if there is none, or it is read-only. */
static struct attribute *setting_file(struct rsvpool *pool, const char *key)
{
	const struct attribute_group *group =
		*pool->kobj.ktype->default_groups;
	unsigned int i;

	for (i = 0; group->attrs[i]; i++)
		if (!strcmp(group->attrs[i]->name, key) &&
		    (group->attrs[i]->mode & 0200))
			return group->attrs[i];
	return NULL;
}

static int file_write(struct rsvpool *pool, struct attribute *file,
		      const char *value)
{
	ssize_t n = pool->kobj.ktype->sysfs_ops->store(&pool->kobj, file,
						       value, strlen(value));

	settle();
	return n < 0 ? n : 0;
}

static bool test_row(struct rsvpool *pool, char *line)
{
	const char *key = strsep(&line, "|");
	char *value = strsep(&line, "|");
	const char *answer = strsep(&line, "|");
	const char *more;
	char text[2 * LINE_MOST];
	struct attribute *file;
	bool good;
	int err;

	/* What the file shows then is tested in guests. */
	strsep(&line, "|");
	more = line ? line : "";
	/*
	 * Not a key of pools: it is about threads, which are tested in guests,
	 * too.
	 */
	if (!strcmp(more, "-"))
		return true;
	unescape(value);
	err = create_row(key, value, more);
	good = is_answer(answer, err);
	if (!good)
		comment("create: %s='%s' %s: %d, not %s", key, value, more,
			err, answer);
	rows++;
	file = *more ? NULL : setting_file(pool, key);
	if (file) {
		asked_of_files++;
		err = file_write(pool, file, value);
		if (!is_answer(answer, err)) {
			comment("sysfs: %s='%s': %d, not %s", key, value, err,
				answer);
			good = false;
		}
		MUST(!set(pool, then.buf), "the settings are not taken back");
		snprintf(text, sizeof(text), "%s=%s", key, value);
		err = set(pool, text);
		if (!is_answer(answer, err)) {
			comment("config: %s='%s': %d, not %s", key, value, err,
				answer);
			good = false;
		}
		MUST(!set(pool, then.buf), "the settings are not taken back");
	}
	return good;
}

static bool test_table(const char *name)
{
	FILE *table = fopen(name, "r");
	char line[LINE_MOST];
	struct rsvpool *pool;
	bool good = true;

	MUST(table, "no %s", name);
	MUST(!create("p,reserve=16,max=64,nmi_reserve=2,cache=8,cache_max=32,low=20,high=40"),
	     "no pool: %s", native_line);
	settle();
	pool = rsvpool_get("p");
	show(pool, &then);
	while (fgets(line, sizeof(line), table)) {
		line[strcspn(line, "\n")] = 0;
		if (*line && *line != '#')
			good &= test_row(pool, line);
	}
	fclose(table);
	rsvpool_put(pool);
	MUST(!rsvpool_destroy_by_name("p"), "p stays");
	return good;
}

int main(int argc, char **argv)
{
	struct rsvpool *pool;

	plan(argc > 1 ? 6 : 4);
	if (argc > 1) {
		result(test_table(argv[1]),
		       "create, config and files answer as the table says");
		result(rows > 100 && asked_of_files > 50,
		       "%u rows, %u of them settings", rows, asked_of_files);
	}
	MUST(!create("base,element=kmalloc,size=64,reserve=16,nmi_reserve=4,max=100,cache=8,cache_max=16"),
	     "no pool: %s", native_line);
	settle();
	result(test_creations(false), "pools that can be created");
	result(test_creations(true), "pools that are refused");
	pool = rsvpool_get("base");
	MUST(pool, "no base");
	result(test_settings(pool, false),
	       "settings that are taken, and read back as what can be written");
	result(test_settings(pool, true), "settings that are refused");
	rsvpool_put(pool);
	settle();
	MUST(!rsvpool_destroy_by_name("base"), "base stays");
	return finish();
}
