/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rsvpool - kvfree() after a grace period, by pages of a pool.
 *
 * rsvpool_kvfree_rcu(kvfree, ptr, rhf) does what kvfree_rcu(ptr, rhf) does: once
 * all RCU readers of now have ended, kvfree(ptr) is called.  Pointers are not
 * linked through the objects, they are collected in elements of a pool, about
 * five hundred a page, so that objects are freed in bulk and no cache line of
 * theirs is touched meanwhile.  The kernel keeps five pages a CPU for that; how
 * many there are here is the pool's reserve and max, which the user has chosen
 * and an administrator can change.
 *
 *	kvfree = rsvpool_kvfree_enable(pool)	once, from a task
 *	rsvpool_kvfree_rcu(kvfree, ptr, rhf)	from nearly anywhere
 *	rsvpool_kvfree_rcu(kvfree, ptr)		where one may sleep
 *	rsvpool_kvfree_rcu_barrier(kvfree)	before what the objects depend on goes
 *	rsvpool_kvfree_disable(kvfree)		once, from a task
 *
 * Why to enable: collecting needs state for every CPU.  That cannot be
 * allocated where a pool's elements can be taken, and is not wanted in pools
 * that are not used so.
 *
 * All of this is in a module of its own, rsvpool_kvfree.ko, built on the functions of
 * rsvpool.h: a module that calls none of it does not need that one.
 *
 * What if there is no page: the pool's elements are all outstanding, or other
 * contexts hold those below its min watermark.  Then an object with an rcu_head is linked through
 * that, and the caller of the form without one waits for the grace period
 * itself.  Nothing is lost, it is only slower; kvfree/fallbacks, in the pool's folder in
 * sysfs, counts.
 *
 * Memory: the pages are elements of the pool, outstanding while they are in
 * use, so there are never more than its max.  What the objects take is theirs.
 *
 * The idea, and the form of the call, are those of kvfree_rcu() and its page
 * cache, and of the discussion of 2020 about memory for it under a raw
 * spinlock.
 */
#ifndef _LINUX_RSVPOOL_KVFREE_H
#define _LINUX_RSVPOOL_KVFREE_H

#include <linux/rsvpool.h>
#include <linux/types.h>

struct rcu_head;
struct rsvpool_kvfree;

/* Smallest elements that are of use, bytes. */
#define RSVPOOL_KVFREE_MIN_BYTES	512U

/**
 * rsvpool_kvfree_enable - let a pool be used with rsvpool_kvfree_rcu()
 * @pool: a pool that the caller holds, of pages or other memory, of at least
 *	RSVPOOL_KVFREE_MIN_BYTES an element
 *
 * The pool is held, as by rsvpool_get(), until rsvpool_kvfree_disable(): it is
 * not destroyed, nor rsvpool unloaded, while anything may be queued.  Several
 * users of one pool may each enable it: they share what is returned, and each ends
 * its own use.  The state for each CPU is not in the pool's bound_bytes.
 *
 * What a flood needs of the pool, in the reserve: pages for as many objects as
 * are freed in some 30 milliseconds; and, as each CPU has pages of its own, four
 * for each that frees, twice that if vmalloc areas come, too.
 *
 * Context: Task, may sleep.
 * Return: what the other calls are given; ERR_PTR(-EINVAL) if the elements are opaque
 * or too small, which one line in the kernel's log says; -ENOMEM if there is no
 * memory for the state; -ENODEV if the pool was destroyed and is there only because
 * that was too early.
 */
struct rsvpool_kvfree *rsvpool_kvfree_enable(struct rsvpool *pool);

/**
 * rsvpool_kvfree_disable - the end of what rsvpool_kvfree_enable() began
 * @kvfree: what that returned; NULL or an ERR_PTR() does nothing
 *
 * The caller queues nothing any more.  Waits until all that was queued is
 * freed, whatever code queued it.  Before rsvpool_destroy() or rsvpool_put().
 *
 * Context: Task, may sleep; not in an RCU read-side critical section.
 */
void rsvpool_kvfree_disable(struct rsvpool_kvfree *kvfree);

/**
 * rsvpool_kvfree_rcu_barrier - wait until all that was queued is freed
 * @kvfree: what rsvpool_kvfree_enable() returned; NULL or an ERR_PTR() does nothing
 *
 * All that was given to rsvpool_kvfree_rcu() before, on any CPU; a call without
 * an rcu_head must have returned, as it may be waiting itself.  To be called
 * before what the objects depend on goes away: the kmem_cache that they are
 * from, or the reserve of the pool that other code counts on.
 *
 * Context: Task, may sleep; not in an RCU read-side critical section.
 */
void rsvpool_kvfree_rcu_barrier(struct rsvpool_kvfree *kvfree);

/**
 * rsvpool_kvfree_stat - one of the statistics, by number
 * @kvfree: what rsvpool_kvfree_enable() returned, or NULL if only the name matters
 * @which: its number, from 0 on, without gaps
 * @value: where to put what the file would say; 0 without @kvfree
 *
 * Numbers may mean something else in another version; names do not.
 *
 * Context: Any.
 * Return: its name in kvfree/ of the pool's folder in sysfs, or NULL if there are not
 * so many.
 */
const char *rsvpool_kvfree_stat(struct rsvpool_kvfree *kvfree,
				unsigned int which, u64 *value);

/* What rsvpool_kvfree_rcu() is made of. */

/**
 * rsvpool_kvfree_head - rsvpool_kvfree_rcu() with an rcu_head
 * @kvfree: what rsvpool_kvfree_enable() returned
 * @ptr: the object
 * @head: in it
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
 * If there is no page, waits for a grace period and frees the object itself.
 *
 * Context: Task, may sleep; not in an RCU read-side critical section.
 */
void rsvpool_kvfree_bare(struct rsvpool_kvfree *kvfree, void *ptr);

/**
 * rsvpool_kvfree_rcu - kvfree() an object after a grace period
 * @kvfree: what rsvpool_kvfree_enable() returned for a pool
 * @ptr: the object: from kmalloc(), vmalloc(), kvmalloc() or, as far as the
 *	kernel's kfree() takes those, kmem_cache_alloc(); NULL is nothing to do
 * @rhf: the name of the struct rcu_head in it; left out if it has none
 *
 * The object is the caller's no more, except for what readers may do.  Its
 * rcu_head is used only if the pool has no page.
 *
 * A bounded amount of work: one element at most is taken from the pool.
 *
 * Context: With an rcu_head: any but NMI; also with raw spinlocks held, the run
 * queue's included, and with interrupts off, on PREEMPT_RT too; but not from a
 * probe of what it calls itself: rsvpool's tracepoints, lock contention,
 * ipi_send_cpu, kprobes there.  RCU must be watching.  On a kernel with kmemleak
 * objects of a cache that it is not told of (SLAB_NOLEAKTRACE) make it print.
 * Without: task, may sleep, not in an RCU read-side critical section.
 */
#define rsvpool_kvfree_rcu(kvfree, ptr, rhf...)			\
	__rsvpool_kvfree_form(kvfree, ##rhf, __rsvpool_kvfree_with,	\
			      __rsvpool_kvfree_without)(kvfree, ptr, ##rhf)

/* What stands behind the arguments moves up by one if there is no rhf. */
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
