// SPDX-License-Identifier: GPL-2.0
/*
 * Files that this program writes: a regular file is replaced as a whole, or made;
 * nothing is written through a link, onto a device or into a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"

/* A name that is not known beforehand, and that restore does not look for. */
static char *temporary(const char *path)
{
	const char *slash = strrchr(path, '/');

	return print("%.*s.rsvpoolctl.XXXXXX",
		     slash ? (int)(slash + 1 - path) : 0, path);
}

/* The mode, and where it may be the owner, of what it replaces; or the umask's. */
static int take_over(int fd, const char *path)
{
	mode_t mask = umask(022);
	struct stat st;

	umask(mask);
	if (lstat(path, &st))
		return errno == ENOENT ? fchmod(fd, 0666 & ~mask) : -1;
	/* The owner first, as that takes away bits of the mode. */
	if (fchown(fd, st.st_uid, st.st_gid) && errno != EPERM)
		return -1;
	return fchmod(fd, st.st_mode & 07777);
}

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		text += n;
		len -= n;
	}
	return 0;
}

static void refuse_others(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return;
	if (S_ISLNK(st.st_mode))
		die(REFUSED, "%s is a symbolic link", path);
	if (!S_ISREG(st.st_mode))
		die(REFUSED, "%s is not a regular file; for standard output use -", path);
}

/* Whole, or not at all: or die.  A signal waits, so that nothing is left behind. */
void file_replace(const char *path, const char *text)
{
	char *new = temporary(path);
	sigset_t all, before;
	int fd, err;

	refuse_others(path);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	fd = mkstemp(new);
	if (fd < 0)
		die(REFUSED, "cannot write %s: %s", path, strerror(errno));
	if (take_over(fd, path) || write_all(fd, text) || fsync(fd) ||
	    rename(new, path)) {
		err = errno;
		unlink(new);
		die(REFUSED, "cannot write %s: %s", path, strerror(err));
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fd);
	free(new);
}

/* A file or a pipe; not a device, of which some never end.  NULL, with errno. */
FILE *file_open_input(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return NULL;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	return fopen(path, "re");
}

/* For what comes line by line, and is looked at meanwhile. */
FILE *file_open_table(const char *path)
{
	struct stat st;
	FILE *file;
	int fd;

	if (!strcmp(path, "-"))
		return stdout;
	refuse_others(path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
		  O_CLOEXEC, 0666);
	if (fd < 0 || fstat(fd, &st))
		die(REFUSED, "cannot write %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(REFUSED, "%s is not a regular file; for standard output use -", path);
	file = ftruncate(fd, 0) ? NULL : fdopen(fd, "w");
	if (!file)
		die(REFUSED, "cannot write %s: %s", path, strerror(errno));
	return file;
}
