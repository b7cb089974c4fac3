// SPDX-License-Identifier: GPL-2.0
/*
 * report: what a bug report should have.  It has no name of the machine, and of the
 * kernel's arguments only those that bear on this, as the others may be secret.
 */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

#define KLOG_READ_ALL		3
#define KLOG_SIZE_BUFFER	10

/* Arguments of the kernel that begin so. */
static const char * const arguments[] = {
	"isolcpus", "nohz", "rcu_nocb", "irqaffinity", "threadirqs", "preempt",
	"lockdown", "nosmt", "maxcpus", "mem", "init_on_", "slub_debug",
	"rsvpool.",
};

static void heading(const char *format, const char *name)
{
	fputs("\n== ", stdout);
	printf(format, name);
	putchar('\n');
}

static bool begins_with_one(const char *text, const char * const *list,
			    size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strncmp(text, list[i], strlen(list[i])))
			return true;
	return false;
}

/* A file, with its name; nothing if it is not there. */
static void contents(const char *path)
{
	char *real = path_of("%s", path), *text;

	if (!access(real, F_OK)) {
		text = read_text(real);
		printf("%s: %s", path, text ? text : "cannot be read");
		if (text && (!*text || text[strlen(text) - 1] != '\n'))
			putchar('\n');
		free(text);
	}
	free(real);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
		entry->d_type != DT_LNK;
}

static void contents_of_folder(const char *folder)
{
	char *real = path_of("%s", folder), *path;
	struct dirent **entry;
	int nr = scandir(real, &entry, is_visible, by_name), i;

	for (i = 0; i < nr; i++) {
		path = print("%s/%s", folder, entry[i]->d_name);
		/* Not what can only be written, nor what is no setting. */
		if (strcmp(entry[i]->d_name, "uevent"))
			contents(path);
		free(path);
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
	free(real);
}

static void report_kernel(void)
{
	char *text = read_text("/proc/cmdline"), *rest = text, *word;
	struct utsname kernel;

	heading("%s", "kernel");
	if (!uname(&kernel))
		printf("%s %s %s %s\n", kernel.sysname, kernel.release,
		       kernel.version, kernel.machine);
	contents("/sys/kernel/realtime");
	contents("/proc/sys/kernel/tainted");
	contents("/sys/kernel/security/lockdown");
	printf("arguments:");
	while (rest && (word = strsep(&rest, "\n ")))
		if (begins_with_one(word, arguments, ARRAY_SIZE(arguments)))
			printf(" %s", word);
	putchar('\n');
	free(text);
}

/* Lines of a file that begin so. */
static void lines(const char *path, const char * const *list, size_t nr,
		  bool once)
{
	char *text = read_text(path), *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n")))
		if (begins_with_one(line, list, nr)) {
			puts(line);
			if (once)
				break;
		}
	free(text);
}

static void report_machine(void)
{
	static const char * const files[] = {
		"/sys/devices/system/cpu/possible",
		"/sys/devices/system/cpu/online",
		"/sys/devices/system/cpu/isolated",
		"/sys/devices/system/cpu/nohz_full",
		"/sys/devices/system/node/online",
	};
	static const char * const memory[] = {
		"MemTotal:", "MemFree:", "MemAvailable:", "SwapTotal:", "Slab:",
	};
	static const char * const cpu[] = { "model name" };
	size_t i;

	heading("%s", "machine");
	lines("/proc/cpuinfo", cpu, ARRAY_SIZE(cpu), true);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		contents(files[i]);
	lines("/proc/meminfo", memory, ARRAY_SIZE(memory), false);
}

static void report_modules(void)
{
	static const char * const modules[] = {
		"rsvpool", "rsvpool_kvfree", "rsvpool_stress",
	};
	static const char * const files[] = {
		"version", "srcversion", "taint", "refcnt",
	};
	size_t i, j;

	heading("%s", "module");
	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		char *folder = print("/sys/module/%s", modules[i]), *path;
		char *real = path_of("%s", folder);

		if (access(real, F_OK)) {
			printf("%s is not loaded\n", modules[i]);
		} else {
			for (j = 0; j < ARRAY_SIZE(files); j++) {
				path = print("%s/%s", folder, files[j]);
				contents(path);
				free(path);
			}
			path = print("%s/parameters", folder);
			contents_of_folder(path);
			free(path);
		}
		free(real);
		free(folder);
	}
	if (why_no_debugfs())
		puts(why_no_debugfs());
	heading("%s", "workqueue");
	contents("/sys/devices/virtual/workqueue/cpumask");
	contents_of_folder("/sys/devices/virtual/workqueue/rsvpool");
}

static void report_pool(const char *name)
{
	static const char * const files[] = {
		"config", "state", "percpu", "waiters", "holders", "inject",
	};
	struct pool pool;
	size_t i;

	heading("pool %s", name);
	if (!pool_read(&pool, name)) {
		puts("has gone");
		return;
	}
	show_print(&pool, false);
	pool_free(&pool);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = debug_path(name, files[i]);
		char *text = read_text(path), *rest = text, *line;

		free(path);
		if (!text)
			continue;
		printf("\n%s\n", files[i]);
		while ((line = strsep(&rest, "\n")))
			if (*line)
				printf("  %s\n", line);
		free(text);
	}
}

static void report_log(void)
{
	int size = klogctl(KLOG_SIZE_BUFFER, NULL, 0), len;
	char *text, *rest, *line;
	bool any = false;

	heading("%s", "kernel log, lines of rsvpool");
	if (size < 0)
		size = 1 << 20;
	text = allocate(size + 1);
	len = klogctl(KLOG_READ_ALL, text, size);
	if (len < 0) {
		puts("cannot be read: must be root");
		free(text);
		return;
	}
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (strstr(line, "rsvpool")) {
			puts(line);
			any = true;
		}
	if (!any)
		puts("none");
	free(text);
}

enum status cmd_report(struct args *args)
{
	time_t now = time(NULL);
	char date[32] = "";
	char **names;
	struct tm tm;
	size_t nr, i;

	if (args->nr)
		misuse("report: unexpected argument '%s'", args->word[0]);
	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	printf("rsvpool report, %s UTC, by rsvpoolctl " VERSION "\n", date);
	if (geteuid())
		puts("not made by root: debugfs and maybe the log are missing");
	report_kernel();
	report_machine();
	report_modules();
	nr = pool_names(&names);
	for (i = 0; i < nr; i++)
		report_pool(names[i]);
	names_free(names, nr);
	report_log();
	return DONE;
}
