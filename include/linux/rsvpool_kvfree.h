/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rsvpool - kvfree() after a grace period, by pages of a pool.
 *
 * rsvpool_kvfree_rcu(kvfree, ptr, rhf) does what kvfree_rcu(ptr, rhf) does: it
 * calls kvfree(ptr) once all present RCU readers have ended.  It does not link
 * objects.  It collects their pointers in elements of a pool, about five hundred in
 * a page.  So objects are freed in bulk, and their cache lines are not touched
 * before.  The kernel keeps five pages for each CPU.  Here the pool's reserve and
 * max say how many pages there are: the user chooses both, and an administrator can
 * change the reserve.
 *
 *	kvfree = rsvpool_kvfree_enable(pool)	once, from a task
 *	rsvpool_kvfree_rcu(kvfree, ptr, rhf)	from nearly any context
 *	rsvpool_kvfree_rcu(kvfree, ptr)		from code that may sleep
 *	rsvpool_kvfree_rcu_barrier(kvfree)	before the objects' kmem_cache goes
 *	rsvpool_kvfree_disable(kvfree)		once, from a task
 *
 * A pool must be enabled first, because collecting needs state for each CPU.  That
 * state cannot be allocated in all contexts of the call, and other pools do not
 * need it.
 *
 * The functions are in a module of their own, rsvpool_kvfree.ko, which uses only
 * those of rsvpool.h.  A module that does not call them does not need it.
 *
 * If the pool has no page left, an object with an rcu_head is linked through that.
 * In the form without an rcu_head the caller itself waits for a grace period.  This
 * is slower, but no object is lost.  kvfree/fallbacks in the pool's folder in sysfs
 * counts such objects.
 *
 * Memory: the pages are elements of the pool, and outstanding while in use, so
 * there are never more than its max.  The objects themselves are not counted.
 *
 * The idea and the form of the call come from kvfree_rcu() and its page cache, and
 * from the discussion of 2020 about memory for it under a raw spinlock.
 */
#ifndef _LINUX_RSVPOOL_KVFREE_H
#define _LINUX_RSVPOOL_KVFREE_H

#include <linux/rsvpool.h>
#include <linux/types.h>

struct rcu_head;
struct rsvpool_kvfree;

/* The smallest usable elements, in bytes. */
#define RSVPOOL_KVFREE_MIN_BYTES	512U

/**
 * rsvpool_kvfree_enable - let a pool be used with rsvpool_kvfree_rcu()
 * @pool: a pool that the caller holds, of pages or other memory, with elements of
 *	at least RSVPOOL_KVFREE_MIN_BYTES
 *
 * Holds the pool, as rsvpool_get() does, until rsvpool_kvfree_disable(): the pool
 * is not destroyed, nor rsvpool unloaded, while an object may be queued.  Several
 * users of one pool may each enable it: they share the returned pointer, and each
 * disables it.  The state for each CPU is not in the pool's bound_bytes.
 *
 * To absorb a flood of frees, the reserve needs pages for all objects that are
 * freed in some 30 milliseconds, and four pages more for each CPU that frees,
 * as each CPU has pages of its own; twice that if there are vmalloc areas, too.
 *
 * Context: Task, may sleep.
 * Return: the argument of the other calls; ERR_PTR(-EINVAL), with a line in the
 * kernel's log, if the elements are opaque or too small; -ENOMEM if there is no
 * memory for the state; -ENODEV if the pool was destroyed too early, and so
 * still exists; another errno if sysfs cannot add the folder.
 */
struct rsvpool_kvfree *rsvpool_kvfree_enable(struct rsvpool *pool);

/**
 * rsvpool_kvfree_disable - end one use that rsvpool_kvfree_enable() began
 * @kvfree: what that returned; NULL or an ERR_PTR() does nothing
 *
 * The caller must queue no object any more.  Waits until all queued objects are
 * freed, those of other users, too.  Call it before rsvpool_destroy() or
 * rsvpool_put().
 *
 * Context: Task, may sleep; not in an RCU read-side critical section.
 */
void rsvpool_kvfree_disable(struct rsvpool_kvfree *kvfree);

/**
 * rsvpool_kvfree_rcu_barrier - wait until all queued objects are freed
 * @kvfree: what rsvpool_kvfree_enable() returned; NULL or an ERR_PTR() does nothing
 *
 * Waits for all objects given to rsvpool_kvfree_rcu() before, on any CPU.  It does
 * not wait for a call without an rcu_head that has not returned, as that one may
 * wait itself.  Call it before the objects' kmem_cache is destroyed, or before
 * other code relies on the pool's reserve.
 *
 * Context: Task, may sleep; not in an RCU read-side critical section.
 */
void rsvpool_kvfree_rcu_barrier(struct rsvpool_kvfree *kvfree);

/**
 * rsvpool_kvfree_stat - one of the statistics, by number
 * @kvfree: what rsvpool_kvfree_enable() returned, or NULL if only the name matters
 * @which: its number, from 0 on, without gaps
 * @value: where to put the statistic's value; 0 without @kvfree
 *
 * Numbers may mean something else in another version; names do not.
 *
 * Context: Any.
 * Return: its name in kvfree/ of the pool's folder in sysfs, or NULL if there are
 * not so many.
 */
const char *rsvpool_kvfree_stat(struct rsvpool_kvfree *kvfree,
				unsigned int which, u64 *value);

/* The parts of rsvpool_kvfree_rcu(). */

/**
 * rsvpool_kvfree_head - rsvpool_kvfree_rcu() with an rcu_head
 * @kvfree: what rsvpool_kvfree_enable() returned
 * @ptr: the object
 * @head: the rcu_head in it
 *
 * Context: Any but NMI, as rsvpool_kvfree_rcu().
 */
void rsvpool_kvfree_head(struct rsvpool_kvfree *kvfree, void *ptr,
			 struct rcu_head *head);

/**
 * rsvpool_kvfree_bare - rsvpool_kvfree_rcu() without an rcu_head
 * @kvfree: what rsvpool_kvfree_enable() returned
 * @ptr: the object, or NULL
 *
 * If there is no page, the call waits for a grace period and frees the object
 * itself.
 *
 * Context: Task, may sleep; not in an RCU read-side critical section.
 */
void rsvpool_kvfree_bare(struct rsvpool_kvfree *kvfree, void *ptr);

/**
 * rsvpool_kvfree_rcu - kvfree() an object after a grace period
 * @kvfree: what rsvpool_kvfree_enable() returned for a pool
 * @ptr: the object: from kmalloc(), vmalloc() or kvmalloc(); or from
 *	kmem_cache_alloc(), if the kernel's kfree() accepts that; NULL does nothing
 * @rhf: the name of the struct rcu_head in it; left out if it has none
 *
 * After the call only RCU readers may use the object.  Its rcu_head is written only
 * if the pool has no page.
 *
 * Bounded work: the call takes at most one element from the pool.
 *
 * Context: With an rcu_head: any but NMI; also with raw spinlocks held, the run
 * queue's included, and with interrupts off, on PREEMPT_RT too.  Not from a probe
 * of code that the call runs: rsvpool's tracepoints, lock contention, ipi_send_cpu,
 * or kprobes there.  RCU must be watching.  On a kernel with kmemleak the call
 * prints a warning for objects of a cache with SLAB_NOLEAKTRACE.  Without an
 * rcu_head: task, may sleep, not in an RCU read-side critical section.
 */
#define rsvpool_kvfree_rcu(kvfree, ptr, rhf...)			\
	__rsvpool_kvfree_form(kvfree, ##rhf, __rsvpool_kvfree_with,	\
			      __rsvpool_kvfree_without)(kvfree, ptr, ##rhf)

/* Selects the macro after the arguments; without rhf these move by one. */
#define __rsvpool_kvfree_form(kvfree, rhf, form, ...)	form

#define __rsvpool_kvfree_with(kvfree, ptr, rhf)			\
do {									\
	typeof(ptr) __kvfree_ptr = (ptr);				\
									\
	if (__kvfree_ptr)						\
		rsvpool_kvfree_head(kvfree, (void *)__kvfree_ptr,	\
				    &__kvfree_ptr->rhf);		\
} while (0)

#define __rsvpool_kvfree_without(kvfree, ptr)				\
	rsvpool_kvfree_bare(kvfree, (void *)(ptr))

#endif /* _LINUX_RSVPOOL_KVFREE_H */
