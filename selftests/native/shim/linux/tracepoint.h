/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: none of the module's is ever enabled.
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

/* The kernel's own: the one that a task comes by when it exits. */
struct tracepoint {
	const char *name;
	void (*probe)(void *data, struct task_struct *task);
};

extern struct tracepoint native_exit;

#define for_each_kernel_tracepoint(fn, data)	(fn)(&native_exit, data)
#define tracepoint_probe_register(tp, fn, data)		\
	((tp)->probe = (fn), 0)
#define tracepoint_probe_unregister(tp, fn, data)	\
	((void)((tp)->probe = NULL))
#define tracepoint_synchronize_unregister()	synchronize_rcu()

#endif /* _NATIVE_TRACEPOINT_H */
