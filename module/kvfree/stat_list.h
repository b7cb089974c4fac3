/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The statistics of an enabled pool, counted per CPU: STAT(NAME, file), as in
 * ../stat_list.h.  The files are in kvfree/ of the pool's folder in sysfs.
 */
STAT(QUEUED, queued)		/* objects given to rsvpool_kvfree_rcu() */
STAT(FREED, freed)		/* objects that are freed */
STAT(FALLBACKS, fallbacks)	/* objects for which there was no page */
STAT(PAGES, pages)		/* elements taken to collect them in */
STAT(GRACE_PERIODS, grace_periods) /* after which a CPU's objects were freed */
#undef STAT
