/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name of a task, for the log and for debugfs.
 *
 * A task may give itself any name.  A newline in it would look like another
 * line of the log, and bytes that are not ASCII could break the JSON of a
 * program that reads it.
 */
#ifndef _RSVPOOL_COMM_H
#define _RSVPOOL_COMM_H

#include <linux/ctype.h>
#include <linux/sched.h>

/**
 * comm_copy - copy the name of a task, with "?" for what cannot be printed
 * @comm: where to put it
 * @task: the task, which exists while this runs
 *
 * The name may change meanwhile; its last byte is always 0.
 *
 * Context: Any.
 */
static inline void comm_copy(char comm[TASK_COMM_LEN],
			     const struct task_struct *task)
{
	unsigned int i;
	char c;

	for (i = 0; i < TASK_COMM_LEN - 1; i++) {
		c = READ_ONCE(task->comm[i]);
		if (!c)
			break;
		comm[i] = isascii(c) && isprint(c) ? c : '?';
	}
	comm[i] = '\0';
}

#endif /* _RSVPOOL_COMM_H */
