// SPDX-License-Identifier: GPL-2.0
/*
 * A pool's files in sysfs.
 *
 * Answers for: reading a pool's state and changing its settings through sysfs, as
 * an administrator does, as the API has no calls for it.  A fact is a file with
 * one number.  The writer of "run" looks up the pool's folder: from 7.0 on,
 * kernel threads see no file system.  If sysfs is not mounted at /sys, reads fail
 * with -ENODATA.  No locks; task context.
 */
#include "stress.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/string.h>

#define PAUSE_US	2000
#define GOOD_READS	4
#define PATH_BYTES	96	/* "/sys/kernel/rsvpool/NAME" */
#define VALUE_BYTES	32

/* Called by the writer of "run"; undone by stress_facts_close(). */
void stress_facts_open(struct stress_run *run)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/sys/kernel/rsvpool/%s",
		 run->params.pool);
	if (kern_path(path, LOOKUP_DIRECTORY, &run->dir))
		run->dir = (struct path) {};
}

void stress_facts_close(struct stress_run *run)
{
	path_put(&run->dir);
	run->dir = (struct path) {};
}

static struct file *open_fact(const struct stress_run *run, const char *fact,
			      int flags)
{
	if (!run->dir.mnt)
		return ERR_PTR(-ENODATA);
	return file_open_root(&run->dir, fact, flags, 0);
}

/* Read the text of a file, without the newline at its end; 0 or -errno. */
int stress_setting_read(const struct stress_run *run, const char *setting,
			char *text, size_t bytes)
{
	struct file *file = open_fact(run, setting, O_RDONLY);
	loff_t pos = 0;
	ssize_t len;

	if (IS_ERR(file))
		return PTR_ERR(file);
	len = kernel_read(file, text, bytes - 1, &pos);
	filp_close(file, NULL);
	if (len < 0)
		return len;
	text[len] = '\0';
	strim(text);
	return 0;
}

/* Same as "echo TEXT >FILE"; 0 or -errno. */
int stress_setting_write(const struct stress_run *run, const char *setting,
			 const char *text)
{
	struct file *file = open_fact(run, setting, O_WRONLY);
	loff_t pos = 0;
	ssize_t len;

	if (IS_ERR(file))
		return PTR_ERR(file);
	len = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return len < 0 ? len : 0;
}

/* Read a file's number; or -errno. */
int stress_fact(const struct stress_run *run, const char *fact)
{
	char text[VALUE_BYTES];
	int value, err = stress_setting_read(run, fact, text, sizeof(text));

	return err ?: kstrtoint(text, 10, &value) ?: value;
}

/*
 * Read the file until GOOD_READS reads in a row give at most @most, or until a
 * timeout or a signal; returns the last number, or -errno.
 *
 * One read is not enough.  It counts the elements that the worker is moving, for
 * a long time if the worker does not run meanwhile, and it may miss an element
 * that moves.  An element that is held, or lost, is counted by every read.
 */
int stress_fact_settled(const struct stress_run *run, const char *fact,
			int most, unsigned int patience_ms)
{
	unsigned long until = jiffies + msecs_to_jiffies(patience_ms);
	unsigned int good = 0;
	int now;

	for (;;) {
		now = stress_fact(run, fact);
		good = now >= 0 && now <= most ? good + 1 : 0;
		if (good == GOOD_READS || !run->pool ||
		    time_after(jiffies, until) || stress_interrupted())
			return now;
		fsleep(PAUSE_US);
	}
}
