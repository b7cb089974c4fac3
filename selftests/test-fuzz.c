// SPDX-License-Identifier: GPL-2.0
/*
 * test-fuzz - random and malformed writes to every file of rsvpool's
 *
 * Writes what a pool's files take, spoilt in many ways, and what they never
 * take, to debugfs, sysfs and the module's parameters; reads everything now and
 * then.  A write that is refused must leave the setting as it was.  All the
 * while rsvpool_stress.ko takes and gives elements of one of the pools.  In the
 * end every pool can be destroyed, the module unloads, and the memory is back.
 *
 * RSVPOOL_KO_DIR	where rsvpool.ko is, if it is not installed
 * RSVPOOL_FUZZ_SEED	of the random numbers (1): each does something else
 * RSVPOOL_FUZZ_WRITES	how many (2000)
 *
 * The kernel's console is told to be quiet meanwhile, since most writes earn a
 * warning; reports in the log are looked for afterwards, and said again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"

#define DEBUG		"/sys/kernel/debug/rsvpool"
#define SYSFS		"/sys/kernel/rsvpool"
#define MODULE		"/sys/module/rsvpool"
#define PARAMETERS	MODULE "/parameters"

#define WRITES		2000
#define READ_EVERY	100	/* writes between two looks at everything */
#define RELOAD_EVERY	300	/* writes between two loads with pools= */
#define POOLS_MAX	12
#define USUAL_PERCENT	25
#define TEXT_MAX	(70 * 1024)
#define VALUE_MAX	4096

/* The pool that is in use meanwhile, what uses it, and for how long at a time. */
#define BUSY		"busy"
#define BUSY_POOL	BUSY ",reserve=64,max=128"
#define BUSY_RUN	"churn pool=" BUSY " seconds=600 hold=24 threads=1"
#define NOISE_KB	16384
#define MEMORY_LOOKS	1200	/* a tenth of a second apart, until it is back */
#define QUARANTINE	32	/* KASAN keeps a 32nd of memory that was freed */

#define CONSOLE_LEVEL	8	/* syslog(2): set the console's level */
#define CONSOLE_QUIET	1	/* only panics */
#define CONSOLE_USUAL	7

/*
 * Random numbers, that a seed repeats.
 */

static uint64_t state;

static uint32_t random32(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL) >> 32;
}

static unsigned int below(unsigned int limit)
{
	return ((uint64_t)random32() * limit) >> 32;
}

static bool one_in(unsigned int n)
{
	return !below(n);
}

#define ONE_OF(array) ((array)[below(ARRAY_SIZE(array))])

/*
 * A text under construction.
 */

struct text {
	size_t len;
	char bytes[TEXT_MAX];
};

static struct text text;

static void put_bytes(const void *bytes, size_t len)
{
	if (len > TEXT_MAX - text.len)
		len = TEXT_MAX - text.len;
	memcpy(text.bytes + text.len, bytes, len);
	text.len += len;
}

static __attribute__((format(printf, 1, 2))) void put(const char *fmt, ...)
{
	char part[VALUE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(part, sizeof(part), fmt, args);
	va_end(args);
	put_bytes(part, strlen(part));
}

static const char * const names[] = {
	"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "a.b", "_", "-x",
};

static const char * const bad_names[] = {
	"", ".", "..", ".hidden", "a/b", "../../x", "/", " ", "a b", "\t",
	"%s%n", "12345678901234567890123456789012", "\xff\xfe", "\x1b[2J",
	"create", "net;", "a'b", "a\"b", "\\",
};

static const char * const numbers[] = {
	"0", "1", "2", "7", "8", "16", "64", "65", "100", "255", "1024",
	"1025", "0x20", "010", "65536", "1048576", "1048577", "4294967295",
	"4294967296", "2147483648", "-1", "-2147483649", "+3",
	"9223372036854775808", "18446744073709551616",
	"99999999999999999999999999999999999999", "1e3", "4.5", "0x", "", " ",
	"NaN", "many", "1 2", "1,2", "0b1", "٣", "1\n2",
};

/* So that not everything is wrong. */
static const char * const small_numbers[] = {
	"0", "1", "2", "3", "4", "8", "16", "32",
};

static const char * const words[] = {
	"cache", "source", "reclaim", "reserve", "fifo", "prio", "page",
	"kmalloc", "pool", "off", "always", "every 2", "next 5", "every 0",
	"next -1", "next", "every 99999999999", "0", "1", "y", "[cache]",
	"CACHE", "kmem_cache", "ops", "",
};

static const char * const keys[] = {
	"element", "order", "size", "parent", "reserve", "max", "nmi_reserve",
	"cache", "cache_max", "batch", "low", "high", "high_max", "policy",
	"wakeup", "node", "zero", "opaque", "adaptive", "decay_ms",
	"refill_thread",
};

static void put_junk(unsigned int len)
{
	unsigned char byte;

	while (len--) {
		byte = random32();
		put_bytes(&byte, 1);
	}
}

static void put_name(void)
{
	put("%s", one_in(8) ? ONE_OF(bad_names) : ONE_OF(names));
}

static void put_value(void)
{
	switch (below(16)) {
	case 0 ... 8:
		put("%s", ONE_OF(small_numbers));
		break;
	case 9 ... 11:
		put("%s", ONE_OF(numbers));
		break;
	case 12 ... 13:
		put("%s", ONE_OF(words));
		break;
	case 14:
		put_name();
		break;
	default:
		put_junk(below(12));
		break;
	}
}

/* A key with a value that suits it, mostly. */
static void put_pair(void)
{
	const char *key = ONE_OF(keys);

	if (one_in(20)) {
		put_junk(below(10));
		return;
	}
	put(one_in(30) ? "%s" : "%s=", key);
	if (one_in(6))
		put_value();
	else if (!strcmp(key, "element"))
		put("%s", one_in(2) ? "page" : one_in(2) ? "kmalloc" : "pool");
	else if (!strcmp(key, "parent"))
		put_name();
	else if (!strcmp(key, "policy"))
		put("%s", words[below(4)]);
	else if (!strcmp(key, "wakeup"))
		put("%s", words[4 + below(2)]);
	else if (!strcmp(key, "size"))
		put("%u", 8 + below(9000));
	else if (!strcmp(key, "zero") || !strcmp(key, "opaque") ||
		 !strcmp(key, "adaptive"))
		put("%u", below(2));
	else
		put("%s", ONE_OF(small_numbers));
}

static void put_pool(void)
{
	unsigned int n = below(5);

	put_name();
	if (one_in(2))
		put(",reserve=%u", below(40));
	if (one_in(4))
		put(",element=kmalloc,size=%u", 8 + below(300));
	while (n--) {
		put(",");
		put_pair();
	}
}

static void put_pools(const char *separator)
{
	unsigned int n = one_in(4) ? 1 + below(3) : 1;

	while (n--) {
		put_pool();
		if (n || one_in(3))
			put("%s", separator);
	}
}

static void put_destroy(void)
{
	unsigned int n = one_in(4) ? below(4) : 1;

	while (n--) {
		put_name();
		if (n || one_in(3))
			put("\n");
	}
}

/* Something is wrong with it, or too much of it. */
static void spoil(void)
{
	unsigned int n;

	switch (below(6)) {
	case 0:
		text.len = below(text.len + 1);
		break;
	case 1:
		for (n = 1 + below(3); n && text.len; n--)
			text.bytes[below(text.len)] = random32();
		break;
	case 2:
		put_bytes("", 1);
		put_value();
		break;
	case 3:
		n = 1 + below(one_in(8) ? TEXT_MAX : 300);
		while (n--)
			put_bytes(",", 1);
		break;
	case 4:
		put_junk(below(one_in(8) ? TEXT_MAX : 300));
		break;
	default:
		put_bytes(text.bytes, text.len);
		break;
	}
}

/*
 * Files.
 */

static ssize_t read_file(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read(fd, to, size - 1);
	close(fd);
	to[len > 0 ? len : 0] = '\0';
	return len;
}

static unsigned long done, refused, not_there;

/* Returns 0 or an errno.  Now and then in an unusual way. */
static int write_file(const char *path)
{
	int fd = open(path, O_WRONLY | (one_in(40) ? O_APPEND : 0));
	off_t offset = one_in(40) ? (off_t)below(100000) : 0;
	ssize_t len;
	int err;

	if (fd < 0) {
		not_there++;
		return errno;
	}
	len = pwrite(fd, text.bytes, text.len, offset);
	err = len < 0 ? errno : 0;
	close(fd);
	if (err)
		refused++;
	else
		done++;
	return err;
}

/* Call @fn for the files below @path. */
static void for_each_file(const char *path, void (*fn)(const char *path))
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char below_it[PATH_MAX];
	struct stat st;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' &&
		    (!entry->d_name[1] || !strcmp(entry->d_name, "..")))
			continue;
		snprintf(below_it, sizeof(below_it), "%s/%s", path,
			 entry->d_name);
		if (lstat(below_it, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			for_each_file(below_it, fn);
		else if (S_ISREG(st.st_mode))
			fn(below_it);
	}
	closedir(dir);
}

static unsigned long unreadable;

static void look_at(const char *path)
{
	char value[VALUE_MAX];
	struct stat st;

	if (stat(path, &st) || !(st.st_mode & 0444))
		return;
	if (read_file(path, value, sizeof(value)) < 0) {
		ksft_print_msg("%s: %s\n", path, strerror(errno));
		unreadable++;
	}
}

static void look_at_everything(void)
{
	for_each_file(SYSFS, look_at);
	for_each_file(DEBUG, look_at);
	for_each_file(PARAMETERS, look_at);
}

/* One of the files that can be written to, of one of the pools there are. */
static unsigned int nr_targets;
static char target[PATH_MAX];

static void consider(const char *path)
{
	struct stat st;

	/* With which nobody could count on the reserve. */
	if (!strcmp(path, SYSFS "/" BUSY "/reserve"))
		return;
	if (!stat(path, &st) && (st.st_mode & 0222) && one_in(++nr_targets))
		snprintf(target, sizeof(target), "%s", path);
}

static unsigned int count_pools(void)
{
	DIR *dir = opendir(SYSFS);
	struct dirent *entry;
	unsigned int n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/*
 * One write.
 */

static unsigned long changed;

static void write_setting(const char *tree)
{
	char before[VALUE_MAX], after[VALUE_MAX];

	nr_targets = 0;
	for_each_file(tree, consider);
	if (!nr_targets)
		return;
	text.len = 0;
	put_value();
	if (one_in(3))
		put("\n");
	if (one_in(10))
		spoil();

	if (read_file(target, before, sizeof(before)) < 0)
		before[0] = '\0';
	if (!write_file(target))
		return;
	if (read_file(target, after, sizeof(after)) < 0)
		after[0] = '\0';
	/* What inject has injected goes on counting. */
	if (!strstr(target, "/inject") && !strstr(target, "/latency") &&
	    strcmp(before, after)) {
		ksft_print_msg("%s: refused, but changed: %s -> %s\n", target,
			       before, after);
		changed++;
	}
}

static void write_create(void)
{
	text.len = 0;
	put_pools("\n");
	if (one_in(6))
		spoil();
	write_file(DEBUG "/create");
}

static void write_destroy(void)
{
	text.len = 0;
	put_destroy();
	if (one_in(8))
		spoil();
	write_file(DEBUG "/destroy");
}

static void write_something(void)
{
	switch (below(10)) {
	case 0 ... 2:
		if (count_pools() < POOLS_MAX) {
			write_create();
			break;
		}
		/* fall through */
	case 3 ... 4:
		write_destroy();
		break;
	case 5 ... 8:
		write_setting(SYSFS);
		break;
	default:
		write_setting(DEBUG "/pools");
		break;
	}
	if (one_in(100)) {
		write_setting(PARAMETERS);
		/* Pools must not take all of the memory in earnest. */
		text.len = 0;
		put("%u", USUAL_PERCENT);
		write_file(PARAMETERS "/max_percent");
	}
}

/*
 * The module.
 */

static char ko[PATH_MAX];

static char stress_ko[PATH_MAX];

static bool find_module(const char *name, char *path)
{
	const char *dir = getenv("RSVPOOL_KO_DIR");
	char command[64];
	FILE *modinfo;
	bool found;

	if (dir) {
		snprintf(path, PATH_MAX, "%s/%s.ko", dir, name);
		return !access(path, R_OK);
	}
	snprintf(command, sizeof(command), "modinfo -n %s 2>/dev/null", name);
	modinfo = popen(command, "r");
	if (!modinfo)
		return false;
	found = fgets(path, PATH_MAX, modinfo);
	pclose(modinfo);
	path[strcspn(path, "\n")] = '\0';
	return found && !access(path, R_OK);
}

static int load_file(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, parameters, 0))
		err = errno;
	close(fd);
	return err;
}

static int load(const char *parameters)
{
	return load_file(ko, parameters);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "rsvpool", O_NONBLOCK) ? errno : 0;
}

/*
 * The load: a process that writes to stress/run, and so is in there for as long
 * as the run goes on.
 */

static pid_t busy;
static unsigned long busy_failed;

static void busy_start(void)
{
	int err = load_file(stress_ko, "");

	if (err)
		ksft_exit_fail_msg("%s: %s\n", stress_ko, strerror(err));
	text.len = 0;
	put("%s", BUSY_POOL);
	write_file(DEBUG "/create");
	fflush(stdout);
	busy = fork();
	if (busy < 0)
		ksft_exit_fail_perror("fork");
	if (busy)
		return;
	text.len = 0;
	put("%s", BUSY_RUN);
	while (!write_file(DEBUG "/stress/run"))
		;
	_exit(1);
}

/* It is still at work, unless a run has failed. */
static void busy_stop(void)
{
	char result[VALUE_MAX];
	int err, status = 0;

	kill(busy, SIGKILL);
	if (waitpid(busy, &status, 0) != busy || !WIFSIGNALED(status)) {
		read_file(DEBUG "/stress/result", result, sizeof(result));
		ksft_print_msg("busy: %s\n", result);
		busy_failed++;
	}
	err = syscall(SYS_delete_module, "rsvpool_stress", O_NONBLOCK) ?
		errno : 0;
	if (err) {
		ksft_print_msg("unload of rsvpool_stress: %s\n", strerror(err));
		busy_failed++;
	}
}

static unsigned long loads, loads_refused, stuck;

/* With parameters as bad as the rest; and if they are too bad, without. */
static void reload(void)
{
	char parameters[VALUE_MAX];
	size_t i;
	int err;

	busy_stop();
	err = unload();
	if (err) {
		ksft_print_msg("unload: %s\n", strerror(err));
		stuck++;
		busy_start();
		return;
	}
	text.len = 0;
	put_pools(";");
	if (one_in(4))
		spoil();
	snprintf(parameters, sizeof(parameters), "pools=%.*s",
		 (int)(text.len < 2000 ? text.len : 2000), text.bytes);
	/* A space would begin the next parameter. */
	for (i = 0; parameters[i]; i++)
		if (parameters[i] == ' ')
			parameters[i] = '_';
	loads++;
	err = load(parameters);
	if (!err) {
		busy_start();
		return;
	}
	loads_refused++;
	if (!access(MODULE, F_OK)) {
		ksft_print_msg("refused, but loaded: %s\n", parameters);
		stuck++;
	}
	err = load("");
	if (err)
		ksft_exit_fail_msg("load: %s\n", strerror(err));
	busy_start();
}

/* All of them; those below others only go once the others have. */
static bool destroy_all(void)
{
	unsigned int round;
	struct dirent *entry;
	DIR *dir;

	for (round = 0; round < POOLS_MAX + 8 && count_pools(); round++) {
		dir = opendir(SYSFS);
		if (!dir)
			return false;
		while ((entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			text.len = 0;
			put("%s", entry->d_name);
			write_file(DEBUG "/destroy");
		}
		closedir(dir);
	}
	return !count_pools();
}

/*
 * The kernel's log, and its memory.
 */

static int kernel_log;

static const char * const reports[] = {
	"BUG", "WARNING:", "Oops", "INFO: ", "KASAN", "UBSAN", "stall",
	"lockup", "page allocation failure", "oom-kill", "refcount_t",
	"general protection", "Call Trace",
};

/* Say it again where the console shows it. */
static void say_again(const char *line)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "<1>test-fuzz: in the log: %s\n", line);
	close(fd);
}

static unsigned int count_reports(void)
{
	char record[8192], *line;
	unsigned int n = 0;
	ssize_t len;
	size_t i;

	for (;;) {
		len = read(kernel_log, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return n;
		record[len] = '\0';
		line = strchr(record, ';');
		/* What rsvpool refuses it quotes, whatever is in there. */
		if (!line || !strncmp(++line, "rsvpool: pool '", 15))
			continue;
		line[strcspn(line, "\n")] = '\0';
		/* A race of which neither side is a module's: the kernel's own. */
		if (strstr(line, "KCSAN: ") && !strchr(line, '['))
			continue;
		for (i = 0; i < ARRAY_SIZE(reports); i++) {
			if (!strstr(line, reports[i]))
				continue;
			ksft_print_msg("%s\n", line);
			say_again(line);
			n++;
			break;
		}
	}
}

static long free_kb(void)
{
	static char info[VALUE_MAX];
	const char *line;
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		dprintf(fd, "3\n");
		close(fd);
	}
	if (read_file("/proc/meminfo", info, sizeof(info)) < 0)
		return 0;
	line = strstr(info, "MemFree:");
	return line ? atol(line + strlen("MemFree:")) : 0;
}

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

int main(void)
{
	unsigned long i, writes, seed, slow;
	unsigned int found = 0;
	long before, after, noise = NOISE_KB;
	int err;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("must be run as root\n");
	ksft_set_plan(9);
	seed = from_environment("RSVPOOL_FUZZ_SEED", 1);
	slow = from_environment("RSVPOOL_TEST_SLOW", 1);
	writes = from_environment("RSVPOOL_FUZZ_WRITES", WRITES / slow);
	ksft_print_msg("RSVPOOL_FUZZ_SEED=%lu RSVPOOL_FUZZ_WRITES=%lu\n", seed,
		       writes);
	state = seed * 2 + 1;

	if (!find_module("rsvpool", ko) ||
	    !find_module("rsvpool_stress", stress_ko))
		ksft_exit_fail_msg("there is no rsvpool.ko, or rsvpool_stress.ko\n");
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel_log < 0)
		ksft_exit_fail_perror("/dev/kmsg");
	lseek(kernel_log, 0, SEEK_END);
	if (!access(MODULE, F_OK) && unload())
		ksft_exit_fail_msg("rsvpool is in use here\n");
	if (slow > 1)
		noise += sysconf(_SC_PHYS_PAGES) *
			 (sysconf(_SC_PAGESIZE) / 1024) / QUARANTINE;
	before = free_kb();
	err = load("");
	if (err)
		ksft_exit_fail_msg("%s: %s\n", ko, strerror(err));
	if (access(DEBUG, F_OK))
		ksft_exit_fail_msg("there is no " DEBUG "\n");
	klogctl(CONSOLE_LEVEL, NULL, CONSOLE_QUIET);
	busy_start();

	for (i = 0; i < writes; i++) {
		write_something();
		if (i % READ_EVERY == READ_EVERY - 1) {
			look_at_everything();
			found += count_reports();
		}
		if (i % (RELOAD_EVERY / slow) == RELOAD_EVERY / slow - 1)
			reload();
	}

	busy_stop();
	klogctl(CONSOLE_LEVEL, NULL, CONSOLE_USUAL);
	ksft_print_msg("%lu accepted, %lu refused, %lu without a file\n", done,
		       refused, not_there);
	ksft_print_msg("%lu loads, %lu of them refused\n", loads,
		       loads_refused);
	ksft_test_result(done && refused, "some writes are accepted, some refused\n");
	ksft_test_result(!changed, "a refused write changes nothing\n");
	ksft_test_result(!unreadable, "every file can be read\n");
	ksft_test_result(!stuck, "the module loads and unloads in between\n");
	ksft_test_result(!busy_failed, "a pool is in use all the while\n");
	ksft_test_result(destroy_all(), "all pools can be destroyed\n");
	err = unload();
	if (err)
		ksft_print_msg("unload: %s\n", strerror(err));
	ksft_test_result(!err, "rsvpool unloads\n");
	found += count_reports();
	ksft_test_result(!found, "no report in the kernel's log\n");
	for (i = 0; i < MEMORY_LOOKS; i++) {
		after = free_kb();
		if (after >= before - noise)
			break;
		usleep(100000);
	}
	ksft_print_msg("%ld kB were free, %ld are\n", before, after);
	ksft_test_result(after >= before - noise, "the memory is back\n");
	ksft_finished();
}
