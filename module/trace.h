/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in trace/events/rsvpool of tracefs.  None is under a lock.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rsvpool

#if !defined(_RSVPOOL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _RSVPOOL_TRACE_H

#include <linux/tracepoint.h>

#include "compat.h"

/* The rung of the ladder that an element came from. */
#define RUNG_CACHE	0
#define RUNG_STOCK	1	/* above the line */
#define RUNG_SOURCE	2
#define RUNG_RESERVE	3	/* below the line */
#define RUNG_RECLAIM	4
#define RUNG_NMI	5
#define RUNG_WAIT	6
#define RUNG_NONE	7

TRACE_EVENT(rsvpool_refill,
	TP_PROTO(const char *pool, unsigned int stock, int end),
	TP_ARGS(pool, stock, end),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, stock)
		__field(int, end)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->stock = stock;
		__entry->end = end;
	),
	TP_printk("pool=%s stock=%u end=%s", __get_str(pool), __entry->stock,
		  __print_symbolic(__entry->end, { 0, "done" }, { 1, "short" },
				   { 2, "full" }))
);

TRACE_EVENT(rsvpool_marks,
	TP_PROTO(const char *pool, unsigned int low, unsigned int high,
		 unsigned int extra, unsigned int demand, const char *reason),
	TP_ARGS(pool, low, high, extra, demand, reason),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, low)
		__field(unsigned int, high)
		__field(unsigned int, extra)
		__field(unsigned int, demand)
		__string(reason, reason)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->low = low;
		__entry->high = high;
		__entry->extra = extra;
		__entry->demand = demand;
		rsvpool_assign_str(reason, reason);
	),
	TP_printk("pool=%s reason=%s low=%u high=%u extra=%u demand=%u",
		  __get_str(pool), __get_str(reason), __entry->low,
		  __entry->high, __entry->extra, __entry->demand)
);

TRACE_EVENT(rsvpool_wait_begin,
	TP_PROTO(const char *pool, unsigned int nr),
	TP_ARGS(pool, nr),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, nr)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->nr = nr;
	),
	TP_printk("pool=%s nr=%u", __get_str(pool), __entry->nr)
);

TRACE_EVENT(rsvpool_wait_end,
	TP_PROTO(const char *pool, unsigned int nr, int err),
	TP_ARGS(pool, nr, err),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, nr)
		__field(int, err)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->nr = nr;
		__entry->err = err;
	),
	TP_printk("pool=%s nr=%u err=%d", __get_str(pool), __entry->nr,
		  __entry->err)
);

TRACE_EVENT(rsvpool_section,
	TP_PROTO(const char *pool, unsigned int nr, unsigned int flags,
		 bool begin),
	TP_ARGS(pool, nr, flags, begin),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, nr)
		__field(unsigned int, flags)
		__field(bool, begin)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->nr = nr;
		__entry->flags = flags;
		__entry->begin = begin;
	),
	TP_printk("pool=%s %s %s=%u flags=%#x", __get_str(pool),
		  __entry->begin ? "begin" : "end",
		  __entry->begin ? "nr" : "unused", __entry->nr,
		  __entry->flags)
);

TRACE_EVENT(rsvpool_alloc,
	TP_PROTO(const char *pool, unsigned int rung, const void *element),
	TP_ARGS(pool, rung, element),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, rung)
		__field(const void *, element)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->rung = rung;
		__entry->element = element;
	),
	TP_printk("pool=%s rung=%s element=%p", __get_str(pool),
		  __print_symbolic(__entry->rung, { 0, "cache" },
				   { 1, "stock" }, { 2, "source" },
				   { 3, "reserve" }, { 4, "reclaim" },
				   { 5, "nmi" }, { 6, "wait" }, { 7, "none" }),
		  __entry->element)
);

#endif /* _RSVPOOL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
