/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: none of them is ever enabled.
 */
#ifndef _NATIVE_TRACEPOINT_H
#define _NATIVE_TRACEPOINT_H

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)
#define TP_STRUCT__entry(...)
#define TP_fast_assign(...)
#define TP_printk(...)

#define TRACE_EVENT_FN(name, proto, args, fields, assign, print, on, off) \
static inline void trace_##name(proto)					\
{									\
}									\
static inline bool trace_##name##_enabled(void)				\
{									\
	return false;							\
}

#define TRACE_EVENT(name, proto, args, fields, assign, print)		\
	TRACE_EVENT_FN(name, TP_PROTO(proto), args, fields, assign, print,  \
		       NULL, NULL)
#define DECLARE_EVENT_CLASS(...)
#define DEFINE_EVENT(class, name, proto, args)				\
	TRACE_EVENT(name, TP_PROTO(proto), args, , , )

#endif /* _NATIVE_TRACEPOINT_H */
