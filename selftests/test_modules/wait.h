/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of rsvpool_test_wait.ko share, beyond api.h: threads that make
 * one request and may have to sleep, crowds of threads, entering a context, and
 * a source that records its calls.
 */
#ifndef _RSVPOOL_TEST_WAIT_H
#define _RSVPOOL_TEST_WAIT_H

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "api.h"

extern const struct api_test queue_tests[];
extern const struct api_test ask_tests[];
extern const struct api_test prio_tests[];
extern const struct api_test fair_tests[];
extern const struct api_test policy_tests[];
extern const struct api_test gfp_tests[];
extern const struct api_test claim_tests[];
extern const struct api_test deadlock_tests[];
extern const struct api_test carry_tests[];
extern const struct api_test section_tests[];
extern const struct api_test section_end_tests[];
extern const struct api_test shared_tests[];
extern const struct api_test reclaim_tests[];
extern const struct api_test stack_tests[];
extern const struct api_test debug_tests[];
extern const struct api_test stage_tests[];
extern const struct api_test kvfree_tests[];
extern const struct api_test lend_tests[];
extern const struct api_test delay_tests[];
extern const struct api_test account_tests[];
extern const struct api_test wrap_tests[];

/* As WAIT_UNTIL(), for events that come soon, and often. */
#define SOON(condition)							\
({									\
	unsigned long __until = jiffies + msecs_to_jiffies(HANG_MS);	\
	bool __met;							\
	while (!(__met = !!(condition)) && time_before(jiffies, __until)) \
		usleep_range(20, 40);					\
	api_check(__met, __FILE__, __LINE__,				\
		  "%s: waited in vain", #condition);			\
})

#define ROOM	16	/* elements that a test, or an asker, has room for */

/*
 * A pool of the counted source, with all its elements taken: they are in
 * @elements.
 */
struct rsvpool *drained_pool(const char *name, struct counted *source,
			     unsigned int reserve, void **elements);
/* Can exactly @nr elements be taken? */
bool holds(struct rsvpool *pool, unsigned int nr);

/*
 * A thread that makes one request, and says when that has returned.
 *
 * @ask: the request: one of ask_...(), or a test's own function
 * @cpu: where; for asker_start_on()
 * @set_policy: sets the thread's scheduling policy, or NULL
 */
struct asker {
	struct rsvpool *pool;
	void (*ask)(struct asker *asker);
	gfp_t gfp;
	unsigned long timeout;
	unsigned int nr;
	struct rsvpool_want *wants;
	void (*set_policy)(struct task_struct *task);
	struct task_struct *task;
	bool asking;
	bool answered;
	int err;
	void *elements[ROOM];
};

void ask_plain(struct asker *asker);
void ask_killable(struct asker *asker);
void ask_timeout(struct asker *asker);
void ask_bulk(struct asker *asker);
void ask_claim(struct asker *asker);

/* Start its request; on one CPU; and wait until it sleeps in the queue. */
bool asker_start(struct asker *asker);
bool asker_start_on(struct asker *asker, unsigned int cpu);
bool asker_queue(struct asker *asker);
bool asker_sleeps(const struct asker *asker);
bool asker_answered(const struct asker *asker);
/* End the thread, once its request has returned; its elements are kept. */
void asker_stop(struct asker *asker);
/* And free its one element, if it has one. */
void asker_end(struct asker *asker);

static inline bool task_sleeps(const struct task_struct *task)
{
	return READ_ONCE(task->__state) & TASK_UNINTERRUPTIBLE;
}

/*
 * Threads that all do the same.
 */

#define CROWD_MAX	24

struct crowd {
	void (*work)(void *data, unsigned int index);
	void *data;
	atomic_t working;
	unsigned int nr;
	struct crowd_member {
		struct crowd *crowd;
		unsigned int index;
		struct task_struct *task;
	} member[CROWD_MAX];
};

bool crowd_start(struct crowd *crowd, unsigned int nr,
		 void (*work)(void *data, unsigned int index), void *data);
bool crowd_is_done(struct crowd *crowd);
/* Wait for all of them; false if they hang. */
bool crowd_join(struct crowd *crowd);
bool crowd_run(unsigned int nr, void (*work)(void *data, unsigned int index),
	       void *data);

/*
 * Contexts: run @fn there, on this CPU; hardirq and NMI interrupt this task.
 * False if it could not be done.
 */
struct context {
	const char *name;
	bool (*go)(void (*fn)(void *data), void *data);
};

extern const struct context contexts[];	/* ended by one without a name */

bool go_task(void (*fn)(void *data), void *data);
bool go_preempt_off(void (*fn)(void *data), void *data);
bool go_irqs_off(void (*fn)(void *data), void *data);
bool go_bh_off(void (*fn)(void *data), void *data);
bool go_raw_lock(void (*fn)(void *data), void *data);
bool go_softirq(void (*fn)(void *data), void *data);
bool go_hardirq(void (*fn)(void *data), void *data);
bool go_nmi(void (*fn)(void *data), void *data);

/* Can an NMI be sent here? */
bool has_nmi(void);

/*
 * Before the first and after the last visit: sets up and removes the NMI
 * handler.
 */
bool contexts_start(void);
void contexts_stop(void);

/*
 * A counted source that records the calls of one task.
 *
 * @counted: first, since its functions are given this struct
 * @who: the task
 * @only_who: calls of other tasks fail, those of the refill worker, too
 * @needs_reclaim: calls without reclaim fail
 * @nr: calls by @who
 * @call: their gfp; what an allocator would make of it; and the task's flags
 */
#define CALLS_MAX	8

struct recorded {
	struct counted counted;
	struct task_struct *who;
	bool only_who;
	bool needs_reclaim;
	unsigned int nr;
	struct {
		gfp_t gfp;
		gfp_t effective;
		unsigned int flags;
	} call[CALLS_MAX];
};

/* Attributes for a pool of 8 on it, without elements in caches. */
#define RECORDED_RESERVE	8
void recorded_attr(struct rsvpool_attr *attr, struct recorded *source);
/* Forget the calls so far; record those of the current task. */
void recorded_start(struct recorded *source);

#endif /* _RSVPOOL_TEST_WAIT_H */
