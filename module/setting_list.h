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
FIXED(order, "0..4", "of element=page (0)")
FIXED(size, "8..65536", "bytes, of element=kmalloc")
FIXED(parent, "NAME", "of element=pool")
SETTING(reserve, "0..1048576", "elements guaranteed (64)")
FIXED(max, "N", "elements that may exist; 0 is no maximum")
FIXED(nmi_reserve, "0..1024", "part of the reserve that is kept for NMI (0)")
SETTING(cache, "0..cache_max", "elements in a CPU's cache (64)")
FIXED(cache_max, "0..1024", "what cache can be raised to")
SETTING(batch, "1..64", "elements moved at once (16)")
SETTING(low, "N", "refill below this")
SETTING(high, "N", "and then up to this")
SETTING(high_max, "N", "adaptation raises high no further (max)")
SETTING(policy, "WORD", "cache, source, reclaim or reserve (cache)")
FIXED(wakeup, "fifo|prio", "which sleeper is served first (fifo)")
FIXED(node, "N", "NUMA node; -1 is any (-1)")
SETTING(zero, "0|1", "hand out zeroed elements (0)")
FIXED(opaque, "0|1", "never write to free elements (0)")
SETTING(adaptive, "0|1", "let watermarks follow emergencies (1)")
SETTING(decay_ms, "1..3600000", "and fall again when quiet for so long (10000)")
SETTING(stall_ms, "0..3600000",
	"report a sleep that is longer; 0 does not (10000)")
FIXED(debug, "0|1", "poison, check and track elements (0)")
FIXED(refill_thread, "0|1", "refill in a thread of its own, not a workqueue (0)")
FIXED(lend, "0|1", "freed elements may still be read until they are needed (0)")
THREAD_SETTING(refill_prio, "0..99", "SCHED_FIFO priority; 0 is SCHED_NORMAL (0)")
THREAD_SETTING(refill_cpus, "LIST", "CPUs to run on")
#undef FIXED
#undef SETTING
#undef THREAD_SETTING
