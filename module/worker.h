/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs the refill, on a workqueue or in a thread: see worker.c.  refill.c
 * decides when.  Code that creates pools and changes settings also calls these
 * functions.
 */
#ifndef _RSVPOOL_WORKER_H
#define _RSVPOOL_WORKER_H

#include <linux/types.h>

#define RSVPOOL_REFILL_PRIO_MAX	99U	/* MAX_RT_PRIO - 1 */

struct cpumask;
struct rcu_work;
struct rsvpool;
struct work_struct;

int worker_init(void);
void worker_exit(void);
void worker_setup(struct rsvpool *pool);
int worker_thread_create(struct rsvpool *pool);
void worker_thread_destroy(struct rsvpool *pool);
void worker_wake(struct rsvpool *pool);
void worker_wake_after(struct rsvpool *pool, unsigned long delay);
void worker_cancel_sync(struct rsvpool *pool);
bool worker_runs(struct rsvpool *pool);
void worker_queue(struct work_struct *work);
void worker_queue_rcu(struct rcu_work *work);
void worker_rebind(struct rsvpool *pool);
int worker_set_prio(struct rsvpool *pool, unsigned int prio);
int worker_parse_cpus(struct rsvpool *pool, const char *list,
		      struct cpumask *cpus);
void worker_set_cpus(struct rsvpool *pool, const struct cpumask *cpus);
unsigned int worker_prio(const struct rsvpool *pool);
const struct cpumask *worker_cpus(const struct rsvpool *pool);
void worker_copy_cpus(struct rsvpool *pool, struct cpumask *to);
pid_t worker_pid(const struct rsvpool *pool);

#endif /* _RSVPOOL_WORKER_H */
