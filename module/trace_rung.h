/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of a request: which rung answered it, and whether that was an
 * emergency.  For the paths of any context: each place is one instruction while
 * nobody listens, and what is told is told out of line, after the depot's lock
 * has been dropped.
 */
#ifndef _RSVPOOL_TRACE_RUNG_H
#define _RSVPOOL_TRACE_RUNG_H

#include "internal.h"
#include "stats.h"
#include "trace.h"

static __always_inline bool rung_is_emergency(unsigned int rung)
{
	return rung == RUNG_RESERVE || rung == RUNG_NMI || rung == RUNG_WAIT ||
	       rung == RUNG_NONE;
}

/* With a constant @rung, no more than is needed for that. */
static __always_inline bool rung_traced(unsigned int rung)
{
	return trace_rsvpool_alloc_enabled() ||
	       (rung_is_emergency(rung) && trace_rsvpool_emergency_enabled());
}

/**
 * trace_rung - a rung has answered a request, or (RUNG_NONE) none has
 * @pool: the pool
 * @rung: the rung
 * @nr: how many elements it gave; of RUNG_NONE, how many were wanted
 * @element: the first of them, or NULL
 *
 * Who has waited tells by himself, once it began and once it is over.
 *
 * Context: Any in which RCU is watching; no lock of ours held.
 */
static inline void trace_rung(const struct rsvpool *pool, unsigned int rung,
			      unsigned int nr, const void *element)
{
	trace_rsvpool_alloc(pool->name, rung, nr, element, 0);
	if (rung_is_emergency(rung))
		trace_rsvpool_emergency(pool->name, rung, nr);
}

/**
 * request_failed - a request has not been answered at all
 * @pool: the pool
 * @nr: how many elements were wanted
 *
 * The only place that counts alloc_fail and traces "none": once each for a
 * request, whatever call it was and why it failed.  A call that is refused
 * before it asks anything (-EINVAL, -E2BIG) is no request.
 *
 * Context: As trace_rung().
 */
static inline void request_failed(struct rsvpool *pool, unsigned int nr)
{
	WRITE_ONCE(pool->emergency, true);
	stat_inc(pool, STAT_ALLOC_FAIL);
	if (rung_traced(RUNG_NONE))
		trace_rung(pool, RUNG_NONE, nr, NULL);
}

#endif /* _RSVPOOL_TRACE_RUNG_H */
