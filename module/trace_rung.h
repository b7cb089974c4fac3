/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracing requests: which rung answered, and whether that was an emergency.
 * For any-context code: while a tracepoint is off, each place costs one
 * instruction.  Events are written out of line, after the depot's lock was
 * dropped.
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

/* If @rung is a constant, only the tracepoints of that rung are checked. */
static __always_inline bool rung_traced(unsigned int rung)
{
	return trace_rsvpool_alloc_enabled() ||
	       (rung_is_emergency(rung) && trace_rsvpool_emergency_enabled());
}

/**
 * trace_rung - trace that a rung (or RUNG_NONE: none) has answered a request
 * @pool: the pool
 * @rung: the rung
 * @nr: how many elements it gave; for RUNG_NONE, how many were wanted
 * @element: the first of them, or NULL
 *
 * A sleeper has events of its own, at the beginning and at the end of its wait.
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
 * request_failed - count and trace that no rung has answered a request
 * @pool: the pool
 * @nr: how many elements were wanted
 *
 * The only place that counts alloc_fail and traces "none": once for each
 * request that was on the ladder, or in a tryalloc, and failed.  Not counted
 * are a call that is refused before it tries a rung (-EINVAL, -E2BIG,
 * __GFP_ZERO that is not allowed, or NMI where RSVPOOL_NMI_USABLE is false), a
 * section that has handed out all its elements, mempool_alloc_noreserve(), and
 * the attempts that a pool makes at its parent.
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
