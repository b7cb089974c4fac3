/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A debugfs file "do", by which a script controls a module: each write is one
 * line, a word and a number.  The including module implements the words in
 * do_word().
 */
#ifndef _RSVPOOL_TEST_DO_H
#define _RSVPOOL_TEST_DO_H

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define DO_LINE_MAX	32

/* One line at a time. */
static DEFINE_MUTEX(doing);

/* @nr is 0 if there was none.  Returns 0, or the errno of the write. */
static int do_word(const char *word, unsigned int nr);

static int do_line(char *line)
{
	char *number = strim(line), *word = strsep(&number, " ");
	unsigned int nr = 0;

	if (number && kstrtouint(number, 10, &nr))
		return -EINVAL;
	return do_word(word, nr);
}

static ssize_t do_write(struct file *file, const char __user *text,
			size_t count, loff_t *pos)
{
	char line[DO_LINE_MAX + 1];
	int err;

	if (count > DO_LINE_MAX)
		return -EINVAL;
	if (copy_from_user(line, text, count))
		return -EFAULT;
	line[count] = '\0';

	mutex_lock(&doing);
	err = do_line(line);
	mutex_unlock(&doing);
	return err ?: count;
}

static const struct file_operations do_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = do_write,
	.llseek = noop_llseek,
};

#endif /* _RSVPOOL_TEST_DO_H */
