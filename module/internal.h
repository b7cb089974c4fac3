/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all files of the module share, with the map of the files and the order
 * of locks.  The pool is in pool.h.  A file's functions are declared in the
 * header of the same name.
 *
 * One way down.  A request walks these layers in this order, and none of them
 * calls back up:
 *
 *	section.c	a guaranteed number for a stretch of code
 *	alloc.c		the ladder; claim.c for several, all or nothing
 *	tryalloc.c	its rungs for any context, and rsvpool_tryalloc()
 *	free.c		all paths of frees; lend.c, frees whose content can
 *			still be read
 *	  wait.c	sleeping, when the layers below have no element
 *	  cache.h	per-CPU, lockless, no shared line
 *	  depot.h	one raw spinlock; depot_inline.h its common moves
 *	  nmi_slots.h	outside the lock, for NMI
 *	  source.c	may sleep; never called by tryalloc, and by a free only
 *			in a pool with max=0
 *	refill.c	the worker that moves elements from source to depot;
 *			worker.c, which runs it
 *	irq_work.c	wakes the worker and sleepers, for code in any context
 *	kick.h		requests of any context: the irq_work
 *	trace_rung.h	requests as events of tracepoints (trace.h)
 *
 * The map of all files, and the calls that run upwards, are in
 * scripts/lint.d/layers.  The main one: a pool's source may be another pool
 * (source.c), which makes a circle.  kvfree/ and stress/ are modules of their
 * own, which call exported functions only.
 *
 * Locks, outermost first:
 *
 *	pool->stack_lock (mutex)	of a stack's lowest pool: one check at a
 *					time of whether a pool of it is in use
 *	pool->settings (mutex)		one change of a pool's settings at a
 *					time; under stack_lock several, the
 *					lower pool's first
 *	thread->lock (mutex)		where a refill thread runs
 *	rsvpool_registry (spin)		the list of pools, and the life of each
 *	charge_lock (spin)		the sum of all reserves, in reserve.c
 *	pool->open.lock (raw)		its open sections
 *	rsvpool_claims (raw)		claims over several pools
 *	pool->depot.lock (raw)		a leaf; a claim nests several
 *
 * Locks of one file, under which no other lock is taken: the trees' and
 * aside_lock in section.c, the table's in debug.c, all_lock in mempool.c.  A
 * mempool's "bulk" (rwsem) is outermost: it is held while its caller waits for
 * elements, and while the driver's alloc_fn runs.
 *
 * The registry's lock is not a leaf: pool_go_live() takes a depot's lock under
 * it.
 *
 * A pool's stack_lock and settings are held while its source is called, and
 * while code waits for its worker or for a grace period: that blocks only this
 * pool, or its stack.  So code that does something to all pools never takes
 * them: hotplug, shrinker, tracepoints, refill_recall().  (pool_quiesce() walks
 * over all pools to find those of one stack, and takes their settings only.)
 * Walkers hold the registry only from one pool to the next, and in between a
 * reference on one pool, which keeps it in the list (rsvpool_for_each()).
 * Nothing is allocated, called or waited for under the registry's lock: it is a
 * spinlock, so that the kernel reports violations.
 *
 * Under a depot's lock nothing is woken, queued, printed, called back or freed.
 * One hold is for at most a batch or one bulk of elements, for SERVE_MOST
 * sleepers, and for one bulk of slots, in the irq_work, too.  A claim holds the
 * locks of up to RSVPOOL_CLAIM_MAX pools, and fills slots of each.
 */
#ifndef _RSVPOOL_INTERNAL_H
#define _RSVPOOL_INTERNAL_H

#include <linux/printk.h>
#include <linux/string.h>

#include "compat.h"
#include "pool.h"

#undef pr_fmt
#define pr_fmt(fmt) "rsvpool: " fmt

/*
 * Racy read: informational, or rechecked under the lock, or the code that
 * changes the value acts on it afterwards.  Such a reader may see an old value.
 * Each store writes one aligned word, and no compiler moves it out of the hold
 * of the lock.  A load that is torn or repeated gives a worse hint and does no
 * other harm.  Where an old value would matter, a barrier comes before the
 * read: in refill_ask(), refill_room() and refill_run().
 */
#define hint(value)	data_race(value)

/* Logs a refusal: one line, which names the pool and the key. */
#define pool_refuse(name, key, fmt, ...) do {				\
	const char *__name = (name), *__key = (key);			\
									\
	pr_warn("pool '%*pE': %*pE: " fmt "\n",				\
		(int)min_t(size_t, strlen(__name), RSVPOOL_NAME_MAX + 1), \
		__name,							\
		(int)min_t(size_t, strlen(__key), RSVPOOL_NAME_MAX + 1), \
		__key, ##__VA_ARGS__);					\
} while (0)

/* The same, as an expression with the value @err, to be returned. */
#define refuse(pool, err, key, fmt, ...) ({			\
	pool_refuse((pool)->name, key, fmt, ##__VA_ARGS__);	\
	err; })

#endif /* _RSVPOOL_INTERNAL_H */
