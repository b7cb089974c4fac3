/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of a pool's attributes and settings: for each its name, its values,
 * and its meaning, with the default in brackets.
 *
 *	FIXED()			given at creation, and fixed from then on
 *	SETTING()		given at creation, and may be changed at any
 *				time
 *	THREAD_SETTING()	may be changed at any time, with refill_thread=1
 *
 * The list generates debugfs's "create" and the parameters pools= and
 * create_keys (parse.c), debugfs's "config" (config.c), and the settings' files
 * in sysfs (sysfs.c).  Each of these defines the macros that it needs and then
 * includes this file, which undefines all three at its end.  So there is no
 * include guard.  It includes nothing itself: programs may include it, too.
 */
#ifndef FIXED
#define FIXED(_name, _values, _meaning)
#endif
#ifndef SETTING
#define SETTING(_name, _values, _meaning)
#endif
#ifndef THREAD_SETTING
#define THREAD_SETTING(_name, _values, _meaning)
#endif
FIXED(element, "page|kmalloc|pool", "where elements come from (page)")
FIXED(order, "0..4", "for element=page: 2^order pages an element (0)")
FIXED(size, "8..65536", "for element=kmalloc: bytes of an element")
FIXED(parent, "NAME", "for element=pool: the pool below")
SETTING(reserve, "0..1048576", "elements guaranteed (64)")
FIXED(max, "N", "elements that may exist at once; 0 is no maximum")
FIXED(nmi_reserve, "0..1024", "part of the reserve that is kept for NMI (0)")
SETTING(cache, "0..cache_max", "elements that a CPU's cache may hold (64)")
FIXED(cache_max, "0..1024", "the largest value that cache can be set to")
SETTING(batch, "1..64", "elements moved between cache and depot at once (16)")
SETTING(low, "N", "low watermark: the refill worker starts below it")
SETTING(high, "N", "high watermark: the refill worker stops at it")
SETTING(high_max, "N", "adaptation raises high at most to this (max)")
SETTING(policy, "WORD", "cache, source, reclaim or reserve (cache)")
FIXED(wakeup, "fifo|prio", "which sleeper is served first (fifo)")
FIXED(node, "N", "NUMA node of the elements; -1 is any (-1)")
SETTING(zero, "0|1", "hand out zeroed elements (0)")
FIXED(opaque, "0|1", "never write to free elements (0)")
SETTING(adaptive, "0|1", "watermarks follow demand (1)")
SETTING(decay_ms, "1..3600000", "they fall after this time without emergencies (10000)")
SETTING(stall_ms, "0..3600000",
	"report a task that sleeps longer; 0 is never (10000)")
FIXED(debug, "0|1", "poison, check and track elements (0)")
FIXED(refill_thread, "0|1", "refill in a thread of its own, not a workqueue (0)")
FIXED(lend, "0|1", "modules may read elements that they freed until these are needed (0)")
THREAD_SETTING(refill_prio, "0..99", "SCHED_FIFO priority; 0 is SCHED_NORMAL (0)")
THREAD_SETTING(refill_cpus, "LIST", "CPUs on which the thread may run")
#undef FIXED
#undef SETTING
#undef THREAD_SETTING
