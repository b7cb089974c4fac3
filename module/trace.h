/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in trace/events/rsvpool of tracefs.  No code calls them while it
 * holds a spinlock of rsvpool.  trace_rung.h has the wrappers for any-context
 * code.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rsvpool

#if !defined(_RSVPOOL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _RSVPOOL_TRACE_H

#include <linux/preempt.h>
#include <linux/tracepoint.h>

#include "compat.h"

/* The rung of the ladder that an element came from. */
#define RUNG_CACHE	0
#define RUNG_DEPOT	1	/* above min */
#define RUNG_SOURCE	2
#define RUNG_RESERVE	3	/* below min */
#define RUNG_RECLAIM	4
#define RUNG_NMI	5
#define RUNG_WAIT	6
#define RUNG_NONE	7

#define show_rung(rung)							\
	__print_symbolic(rung, { 0, "cache" }, { 1, "depot" },		\
			 { 2, "source" }, { 3, "reserve" },		\
			 { 4, "reclaim" }, { 5, "nmi" }, { 6, "wait" },	\
			 { 7, "none" })

/* Where the call was made. */
#define IN_TASK		0
#define IN_SOFTIRQ	1
#define IN_HARDIRQ	2
#define IN_NMI		3

#define show_context(context)						\
	__print_symbolic(context, { 0, "task" }, { 1, "softirq" },	\
			 { 2, "hardirq" }, { 3, "nmi" })

#define rsvpool_context()						\
	(in_nmi() ? IN_NMI : in_hardirq() ? IN_HARDIRQ :		\
	 in_serving_softirq() ? IN_SOFTIRQ : IN_TASK)

TRACE_EVENT(rsvpool_refill_begin,
	TP_PROTO(const char *pool, unsigned int depot, unsigned int low,
		 unsigned int high, unsigned int sleepers),
	TP_ARGS(pool, depot, low, high, sleepers),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, depot)
		__field(unsigned int, low)
		__field(unsigned int, high)
		__field(unsigned int, sleepers)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->depot = depot;
		__entry->low = low;
		__entry->high = high;
		__entry->sleepers = sleepers;
	),
	TP_printk("pool=%s depot=%u low=%u high=%u sleepers=%u",
		  __get_str(pool), __entry->depot, __entry->low,
		  __entry->high, __entry->sleepers)
);

TRACE_EVENT(rsvpool_refill_end,
	TP_PROTO(const char *pool, unsigned int depot, int end),
	TP_ARGS(pool, depot, end),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, depot)
		__field(int, end)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->depot = depot;
		__entry->end = end;
	),
	TP_printk("pool=%s depot=%u end=%s", __get_str(pool), __entry->depot,
		  __print_symbolic(__entry->end, { 0, "done" }, { 1, "short" },
				   { 2, "full" }))
);

TRACE_EVENT(rsvpool_resize,
	TP_PROTO(const char *pool, unsigned int from, unsigned int to, int err),
	TP_ARGS(pool, from, to, err),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, from)
		__field(unsigned int, to)
		__field(int, err)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->from = from;
		__entry->to = to;
		__entry->err = err;
	),
	TP_printk("pool=%s from=%u to=%u err=%d", __get_str(pool),
		  __entry->from, __entry->to, __entry->err)
);

TRACE_EVENT(rsvpool_watermarks,
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
	TP_PROTO(const char *pool, unsigned int nr, int err, u64 wait_ns),
	TP_ARGS(pool, nr, err, wait_ns),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, nr)
		__field(int, err)
		__field(u64, wait_ns)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->nr = nr;
		__entry->err = err;
		__entry->wait_ns = wait_ns;
	),
	TP_printk("pool=%s nr=%u err=%d wait_ns=%llu", __get_str(pool),
		  __entry->nr, __entry->err, __entry->wait_ns)
);

TRACE_EVENT(rsvpool_claim,
	TP_PROTO(const char *pool, unsigned int nr, unsigned int pools,
		 int err),
	TP_ARGS(pool, nr, pools, err),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned int, nr)
		__field(unsigned int, pools)
		__field(int, err)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->nr = nr;
		__entry->pools = pools;
		__entry->err = err;
	),
	TP_printk("pool=%s nr=%u pools=%u err=%d", __get_str(pool),
		  __entry->nr, __entry->pools, __entry->err)
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

/* While a probe is registered, STEP_TRACE has caches' answers traced, too. */
int pools_trace(void);
void pools_untrace(void);

TRACE_EVENT_FN(rsvpool_alloc,
	TP_PROTO(const char *pool, unsigned int rung, unsigned int nr,
		 const void *element, u64 wait_ns),
	TP_ARGS(pool, rung, nr, element, wait_ns),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned char, rung)
		__field(unsigned char, context)
		__field(unsigned int, nr)
		__field(const void *, element)
		__field(u64, wait_ns)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->rung = rung;
		__entry->context = rsvpool_context();
		__entry->nr = nr;
		__entry->element = element;
		__entry->wait_ns = wait_ns;
	),
	TP_printk("pool=%s rung=%s context=%s nr=%u element=%p wait_ns=%llu",
		  __get_str(pool), show_rung(__entry->rung),
		  show_context(__entry->context), __entry->nr,
		  __entry->element, __entry->wait_ns),
	pools_trace, pools_untrace
);

TRACE_EVENT(rsvpool_free,
	TP_PROTO(const char *pool, unsigned int nr, const void *element),
	TP_ARGS(pool, nr, element),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned char, context)
		__field(unsigned int, nr)
		__field(const void *, element)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->context = rsvpool_context();
		__entry->nr = nr;
		__entry->element = element;
	),
	TP_printk("pool=%s context=%s nr=%u element=%p", __get_str(pool),
		  show_context(__entry->context), __entry->nr,
		  __entry->element)
);

TRACE_EVENT(rsvpool_emergency,
	TP_PROTO(const char *pool, unsigned int rung, unsigned int nr),
	TP_ARGS(pool, rung, nr),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(unsigned char, rung)
		__field(unsigned char, context)
		__field(unsigned int, nr)
	),
	TP_fast_assign(
		rsvpool_assign_str(pool, pool);
		__entry->rung = rung;
		__entry->context = rsvpool_context();
		__entry->nr = nr;
	),
	TP_printk("pool=%s rung=%s context=%s nr=%u", __get_str(pool),
		  show_rung(__entry->rung), show_context(__entry->context),
		  __entry->nr)
);

#endif /* _RSVPOOL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
