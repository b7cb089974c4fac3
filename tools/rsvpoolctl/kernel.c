// SPDX-License-Identifier: GPL-2.0
/*
 * Writing to the kernel: one write(2), its errno, and the line that rsvpool has
 * logged about it.
 *
 * The log is opened, at its end, before the write: what is read there afterwards
 * is newer.  A record's text is "PRIORITY,SEQUENCE,TIME,FLAGS;MESSAGE".
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

#define RECORD_MAX	8192	/* of /dev/kmsg, which gives one a read */
#define NAME_SHOWN	32	/* characters of a name that rsvpool logs */

static char reason[RECORD_MAX];
static int put_errno;

/* All of it letters and marks that the log has as they are. */
static bool name_is_plain(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
			return false;
	return true;
}

/* What rsvpool says of a pool begins so; without one, what rsvpool_stress does. */
static char *said_of(const char *pool)
{
	if (!pool)
		return print("rsvpool_stress: ");
	/* Such a name is logged in another way. */
	if (!name_is_plain(pool))
		return print("rsvpool: pool '");
	return print("rsvpool: pool '%.*s': ", NAME_SHOWN, pool);
}

/* Is the record about that?  Then @to is what it says. */
bool reason_of(const char *record, const char *pool, char *to, size_t size)
{
	const char *message = strchr(record, ';');
	char *said = said_of(pool);
	bool is_it;

	message = message ? message + 1 : record;
	is_it = !strncmp(message, said, strlen(said));
	free(said);
	if (!is_it)
		return false;
	message = strchr(message, ' ') + 1;
	snprintf(to, size, "%.*s", (int)strcspn(message, "\n"), message);
	return true;
}

static int log_open(void)
{
	char *path = path_of("/dev/kmsg");
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	free(path);
	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static void log_read(int fd, const char *pool)
{
	static char record[RECORD_MAX];
	ssize_t n;

	/* EPIPE: some were overwritten. */
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && (errno == EPIPE || errno == EINTR))) {
		if (n < 0)
			continue;
		record[n] = '\0';
		reason_of(record, pool, reason, sizeof(reason));
	}
}

static int write_once(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return errno;
	n = write(fd, text, len);
	if (n < 0)
		err = errno;
	else if ((size_t)n < len)
		err = EIO;
	if (close(fd) && !err)
		err = errno;
	return err;
}

/* @pool: that the kernel's words will be about; NULL: rsvpool_stress's. */
bool put(const char *path, const char *text, const char *pool)
{
	int log = log_open();

	reason[0] = '\0';
	put_errno = write_once(path, text);
	if (log >= 0) {
		if (put_errno)
			log_read(log, pool);
		close(log);
	}
	return !put_errno;
}

/* What the kernel said to the last put(), or "". */
const char *put_reason(void)
{
	return reason;
}

/* After a put() that failed. */
void refused(const char *format, ...)
{
	va_list list;
	char *what;

	va_start(list, format);
	what = vprint(format, list);
	va_end(list);
	say("%s: %s", what, strerror(put_errno));
	free(what);
	if (*reason)
		fprintf(stderr, "the kernel says: %s\n", reason);
}

void need_root(const char *verb)
{
	if (!path_is_test() && geteuid())
		die(NOT_ROOT, "%s: must be root", verb);
}

static bool locked_down(void)
{
	char *path = path_of("/sys/kernel/security/lockdown");
	char *text = read_text(path);
	bool locked = text && (strstr(text, "[integrity]") ||
			       strstr(text, "[confidentiality]"));

	free(text);
	free(path);
	return locked;
}

/* NULL if it is there, and can be used. */
const char *why_no_debugfs(void)
{
	struct stat st;
	char *path;
	int err;

	if (locked_down())
		return "the kernel is locked down, which closes debugfs";
	path = path_of("/sys/kernel/debug/rsvpool");
	err = stat(path, &st) ? errno : 0;
	free(path);
	if (err == EACCES)
		return "only root can read debugfs";
	if (err)
		return "debugfs is not there: mount -t debugfs debugfs /sys/kernel/debug";
	return NULL;
}

void need_debugfs(const char *verb)
{
	const char *why = why_no_debugfs();

	if (why)
		die(NO_DEBUGFS, "%s: %s", verb, why);
}
