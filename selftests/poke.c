// SPDX-License-Identifier: GPL-2.0
/*
 * poke - one system call that a shell cannot make, or whose errno it hides
 *
 * usage: poke write FILE TEXT		one write(2) of TEXT
 *	  poke load FILE PARAMETERS	finit_module(2)
 *	  poke unload NAME		delete_module(2)
 *	  poke fifo PRIORITY PID	sched_setscheduler(2); priority 0 is
 *					SCHED_OTHER
 *	  poke deadline RUNTIME PERIOD PID	sched_setattr(2), nanoseconds
 *	  poke nice NICE PID		setpriority(2)
 *	  poke as ID COMMAND...		run a command as this user and group
 *	  poke failing N ...		the same, while the N-th allocation that
 *					this system call makes fails (needs
 *					CONFIG_FAULT_INJECTION)
 *	  poke realtime ...	the same, as a real-time task, which ordinary
 *				ones on its CPU have to wait for
 *	  poke each PATH write FILE TEXT write FILE TEXT
 *	  poke each PATH unload NAME load FILE PARAMETERS
 *					the second one, while the first of its
 *					allocations fails, then the second, until
 *					it makes no more; what is done the first
 *					one undoes.  PATH is there when it is
 *					done, and not when it is not.  In one
 *					process, as there are hundreds
 *	  poke timed N write FILE TEXT	the nanoseconds that the fastest of N
 *	  poke timed N read FILE	takes, and nothing else
 *
 * The first line of output is "ok" or the name of the errno.  The lines that
 * follow are what rsvpool had to say in the kernel's log meanwhile, but for mere
 * information, each with its level in front: "4 rsvpool: pool ...".  Exit status
 * 0 if it was done, 1 if it was refused, 2 if it was not even tried; 3 if it was
 * done and made fewer than N allocations.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOG		"/dev/kmsg"
#define LOG_LEVELS	8
#define LOG_LEVEL_INFO	6
#define LOG_RECORD	8192
#define OURS		"rsvpool"

/* From linux/module.h; older user space headers do not have it. */
#define COMPRESSED	4

/* From linux/sched.h, which does not go with the C library's. */
#define RESET_ON_FORK	1

#define FAIL_NTH	"/proc/self/fail-nth"

/* The file that says which allocation is to fail, or -1; and which. */
static int fail_nth = -1;
static const char *nth;

/* From here to unset_failing() is the system call that is meant. */
static void set_failing(void)
{
	if (fail_nth >= 0 && pwrite(fail_nth, nth, strlen(nth), 0) < 0) {
		perror(FAIL_NTH);
		exit(2);
	}
}

/* None has failed if the file still says a number. */
static bool unset_failing(void)
{
	char left[16] = "0";
	int err = errno;

	if (fail_nth < 0)
		return true;
	if (pread(fail_nth, left, sizeof(left) - 1, 0) < 0 ||
	    pwrite(fail_nth, "0", 1, 0) < 0) {
		perror(FAIL_NTH);
		exit(2);
	}
	errno = err;
	return !atoi(left);
}

static bool failed_one = true;

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd >= 0)
		return fd;
	/* That a file cannot be opened is an answer too. */
	printf("%s\n", strerrorname_np(errno));
	exit(1);
}

static int do_write(const char *path, const char *text)
{
	int fd = open_or_die(path, O_WRONLY);
	size_t len = strlen(text);
	ssize_t done;
	int err;

	set_failing();
	done = write(fd, text, len);
	failed_one = unset_failing();
	err = done < 0 ? errno : 0;
	if (done >= 0 && (size_t)done != len)
		printf("short ");
	close(fd);
	return err;
}

static int do_load(const char *path, const char *parameters)
{
	int fd = open_or_die(path, O_RDONLY | O_CLOEXEC);
	const char *end = strrchr(path, '.');
	int flags = end && strcmp(end, ".ko") ? COMPRESSED : 0;
	int err = 0;

	set_failing();
	if (syscall(SYS_finit_module, fd, parameters, flags))
		err = errno;
	failed_one = unset_failing();
	close(fd);
	return err;
}

static int do_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

static int do_fifo(const char *priority, const char *pid)
{
	struct sched_param param = { .sched_priority = atoi(priority) };
	int policy = param.sched_priority ? SCHED_FIFO : SCHED_OTHER;

	return sched_setscheduler(atoi(pid), policy, &param) ? errno : 0;
}

/* As the kernel has it; the C library's headers have no such struct before 2.41. */
struct deadline_attr {
	unsigned int size, policy;
	unsigned long long flags;
	int nice;
	unsigned int priority;
	unsigned long long runtime, deadline, period;
};

static int do_deadline(const char *runtime, const char *period, const char *pid)
{
	struct deadline_attr attr = {
		.size = sizeof(attr),
		.policy = SCHED_DEADLINE,
		.flags = RESET_ON_FORK,
		.runtime = strtoull(runtime, NULL, 10),
		.deadline = strtoull(period, NULL, 10),
		.period = strtoull(period, NULL, 10),
	};

	return syscall(SYS_sched_setattr, atoi(pid), &attr, 0) ? errno : 0;
}

static int do_nice(const char *nice, const char *pid)
{
	return setpriority(PRIO_PROCESS, atoi(pid), atoi(nice)) ? errno : 0;
}

/* A record is "level,number,time,flags[,...];text\n" and perhaps more. */
static void show_record(char *record)
{
	char *text = strchr(record, ';');
	unsigned long level = strtoul(record, NULL, 10) % LOG_LEVELS;

	if (!text++ || level >= LOG_LEVEL_INFO ||
	    strncmp(text, OURS, strlen(OURS)))
		return;
	text[strcspn(text, "\n")] = '\0';
	printf("%lu %s\n", level, text);
}

static void show_log(int log)
{
	char record[LOG_RECORD + 1];
	ssize_t len;

	for (;;) {
		len = read(log, record, LOG_RECORD);
		if (len < 0 && errno == EPIPE)
			continue;	/* overwritten: go on with the next */
		if (len <= 0)
			return;
		record[len] = '\0';
		show_record(record);
	}
}

/* Allocations that one system call might make; far more than any does. */
#define MOST	5000

static int do_it(char **args)
{
	if (!strcmp(args[0], "write"))
		return do_write(args[1], args[2]);
	if (!strcmp(args[0], "load"))
		return do_load(args[1], args[2]);
	return do_unload(args[1]);
}

/* Without anything failing. */
static int undo_it(char **args)
{
	int fd = fail_nth, err;

	fail_nth = -1;
	err = do_it(args);
	fail_nth = fd;
	return err;
}

/* Refused for want of memory, or done: and so it looks.  Undo what was done. */
static bool right(const char *path, char **undo, int err)
{
	bool there = !access(path, F_OK);

	if (err && err != ENOMEM) {
		printf("number %s: %s\n", nth, strerrorname_np(err));
		return false;
	}
	if (there != !err) {
		printf("number %s: %s, but %s is %s\n", nth,
		       err ? "refused" : "done", path,
		       there ? "there" : "not there");
		return false;
	}
	if (err)
		return true;
	err = undo_it(undo);
	if (err || !access(path, F_OK)) {
		printf("number %s: not undone: %s\n", nth,
		       err ? strerrorname_np(err) : path);
		return false;
	}
	return true;
}

static int each(const char *path, char **undo, char **args)
{
	unsigned int n, needed = 0;
	char number[16];
	bool failed;
	int err;

	nth = number;
	for (n = 1; n <= MOST; n++) {
		snprintf(number, sizeof(number), "%u", n);
		err = do_it(args);
		failed = failed_one;
		if (!right(path, undo, err))
			return 1;
		needed += !!err;
		if (!failed)
			break;
	}
	printf("%u allocations, %u of them needed\n", n, needed);
	return n <= MOST && needed ? 0 : 1;
}

static void open_fail_nth(void)
{
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		perror(FAIL_NTH);
		exit(2);
	}
}

static void be_realtime(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &param)) {
		perror("SCHED_FIFO");
		exit(2);
	}
}

static unsigned long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* The system call alone; opening a file is the kernel's matter. */
static int timed(unsigned int times, const char *path, const char *text)
{
	int fd = open_or_die(path, text ? O_WRONLY : O_RDONLY);
	unsigned long long start, ns, best = -1ULL;
	static char content[65536];
	ssize_t done;

	while (times--) {
		start = now_ns();
		done = text ? pwrite(fd, text, strlen(text), 0) :
			      pread(fd, content, sizeof(content), 0);
		ns = now_ns() - start;
		if (done < 0) {
			printf("%s\n", strerrorname_np(errno));
			return 1;
		}
		if (ns < best)
			best = ns;
	}
	printf("%llu\n", best);
	return 0;
}

/* Does not return, if all goes well: the exit status is the command's. */
static int run_as(int id, char **command)
{
	if (setgroups(0, NULL) || setgid(id) || setuid(id))
		perror("poke as");
	else if (execvp(command[0], command))
		perror(command[0]);
	return 2;
}

int main(int argc, char **argv)
{
	int log = open(LOG, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (log >= 0)
		lseek(log, 0, SEEK_END);

	if (argc > 3 && !strcmp(argv[1], "as"))
		return run_as(atoi(argv[2]), argv + 3);
	if (argc > 2 && !strcmp(argv[1], "realtime")) {
		be_realtime();
		argv++;
		argc--;
	}
	if (argc > 3 && !strcmp(argv[1], "failing")) {
		nth = argv[2];
		open_fail_nth();
		argv += 2;
		argc -= 2;
	}
	if (argc == 9 && !strcmp(argv[1], "each")) {
		open_fail_nth();
		return each(argv[2], argv + 3, argv + 6);
	}
	if (argc == 8 && !strcmp(argv[1], "each")) {
		open_fail_nth();
		return each(argv[2], argv + 3, argv + 5);
	}
	if (argc == 6 && !strcmp(argv[1], "timed") && !strcmp(argv[3], "write"))
		return timed(atoi(argv[2]), argv[4], argv[5]);
	if (argc == 5 && !strcmp(argv[1], "timed") && !strcmp(argv[3], "read"))
		return timed(atoi(argv[2]), argv[4], NULL);
	if (argc == 4 && !strcmp(argv[1], "write")) {
		err = do_write(argv[2], argv[3]);
	} else if (argc == 4 && !strcmp(argv[1], "load")) {
		err = do_load(argv[2], argv[3]);
	} else if (argc == 3 && !strcmp(argv[1], "unload")) {
		err = do_unload(argv[2]);
	} else if (argc == 4 && !strcmp(argv[1], "fifo")) {
		err = do_fifo(argv[2], argv[3]);
	} else if (argc == 5 && !strcmp(argv[1], "deadline")) {
		err = do_deadline(argv[2], argv[3], argv[4]);
	} else if (argc == 4 && !strcmp(argv[1], "nice")) {
		err = do_nice(argv[2], argv[3]);
	} else {
		fprintf(stderr, "poke: see the comment at its top\n");
		return 2;
	}
	printf("%s\n", err ? strerrorname_np(err) : "ok");
	if (log >= 0)
		show_log(log);
	if (err)
		return 1;
	return failed_one ? 0 : 3;
}
