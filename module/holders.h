/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports in debugfs and in the log about code that holds elements, and about tasks
 * that wait for them: see holders.c.
 */
#ifndef _RSVPOOL_HOLDERS_H
#define _RSVPOOL_HOLDERS_H

#include <linux/sched.h>

struct rsvpool;
struct seq_file;

/* What a report says about one sleeper. */
struct queue_sleeper {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned int ms;
	unsigned int nr;
	unsigned int pools;
	int prio;
};

unsigned int queue_list(struct rsvpool *pool, struct queue_sleeper *sleeper,
			unsigned int most, unsigned int skip);

int holders_seq_show(struct seq_file *m, struct rsvpool *pool);
void holders_print(struct rsvpool *pool);
void holders_report_stall(struct rsvpool *pool);

#endif /* _RSVPOOL_HOLDERS_H */
