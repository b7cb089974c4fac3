/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The statistics, counted per CPU and always on: STAT(NAME, file).  The list
 * generates the enum and the files in stats/.  Traffic of the caches is not
 * here: stats.c computes it from their words (struct rsvpool_cpu).  Code that
 * generates something from the list defines STAT() and then includes this file,
 * which undefines it at its end.  So there is no include guard.
 *
 * To add one: a line here, stat_inc() or stat_add() where it happens, and an entry
 * in Documentation/ABI/testing/sysfs-kernel-rsvpool.  scripts/check.d/test-lists, which
 * "make check" runs, fails without the entry; "scripts/check.d/test-lists --skeleton"
 * prints the form of it.  The file in sysfs and rsvpoolctl need nothing else.
 */
STAT(ALLOC_DEPOT, alloc_depot) /* answered from above the min watermark */
STAT(ALLOC_SOURCE, alloc_source)	/* by the source, without reclaim */
STAT(ALLOC_RECLAIM, alloc_reclaim)	/* by the source, with reclaim */
STAT(ALLOC_RESERVE, alloc_reserve)	/* from below the min watermark */
STAT(ALLOC_NMI, alloc_nmi)		/* from the NMI slots */
STAT(ALLOC_WAIT, alloc_wait)		/* after sleeping */
STAT(ALLOC_FAIL, alloc_fail)		/* not answered */
STAT(FREE_DEPOT, free_depot)		/* taken back by the depot */
STAT(FREE_NMI, free_nmi)		/* taken back by the NMI slots */
STAT(FREE_PARKED, free_parked)		/* parked by an NMI */
STAT(FREE_SOURCE, free_source)		/* taken back by the source (max=0) */
STAT(PULLED, pulled)			/* moved from depot to cache */
STAT(FLUSHED, flushed)			/* moved from cache to depot */
STAT(REFILLED, refilled) /* brought from the source by the worker */
STAT(RELEASED, released)		/* given back to the source */
STAT(REFILL_RUNS, refill_runs)		/* runs of the refill worker */
STAT(REFILL_FAILS, refill_fails)	/* runs in which the source failed */
STAT(SOURCE_FAILS, source_fails) /* the source was asked and had nothing */
STAT(CACHE_RETRIES, cache_retries) /* commits that failed, after an interrupt */
STAT(NODE_HIT, node_hit) /* from the source, of the node wanted */
STAT(NODE_MISS, node_miss)		/* from the source, of another node */
STAT(NODE_REMOTE, node_remote)		/* pulled by a CPU of another node */
STAT(SLEEPS, sleeps)			/* tasks that began to sleep */
STAT(WAKEUPS, wakeups)			/* tasks that were woken */
STAT(GAVE_UP, gave_up) /* sleepers that were killed or timed out */
STAT(WATERMARKS_GROWN, watermarks_grown)		/* adaptation raised the watermarks */
STAT(WATERMARKS_CAPPED, watermarks_capped) /* adaptation wanted them above high_max */
STAT(WATERMARKS_HELD, watermarks_held) /* not raised, or lowered again: memory is short */
STAT(WATERMARKS_DECAYED, watermarks_decayed)	/* adaptation lowered them */
STAT(UNDER_PRESSURE, under_pressure) /* the shrinker took elements; the depot keeps min */
STAT(RELIEVED, relieved)		/* the end of under_pressure */
STAT(SHRUNK, shrunk)			/* elements that the shrinker took */
STAT(LENT, lent)			/* lent by the code that freed them */
STAT(REVOKED, revoked)			/* loans revoked */
#undef STAT
