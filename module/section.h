/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sections: see section.c.
 */
#ifndef _RSVPOOL_SECTION_H
#define _RSVPOOL_SECTION_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rsvpool.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/*
 * A pool's open sections (section.c).  @lock protects all fields but the last two.
 * The depot's lock nests inside it.
 *
 * @list: the records, oldest first
 * @sizes: bit n - 1 is set while @shared[n - 1] is not 0
 * @shared: at n - 1: how many admitted shared sections of size n have not set their
 *	elements aside yet
 * @record: the pool's own, set aside for a section; NULL while one has it
 * @forgotten: sections whose task has exited, and which the pool still counts
 * @in_leaving: in the list of pools that have such sections
 */
struct rsvpool_open {
	raw_spinlock_t lock;
	struct list_head list;
	u64 sizes;
	unsigned int shared[RSVPOOL_SECTION_MAX];
	struct rsvpool_section_record *record;
	atomic_t forgotten;
	struct llist_node in_leaving;
};

#define SECTIONS_SHOWN	16
int section_init(void);
void section_exit(void);
void section_setup(struct rsvpool *pool);
int section_allocate(struct rsvpool *pool);
void section_deallocate(struct rsvpool *pool);
unsigned int section_longest_walk(void);
int section_lower_reserve(struct rsvpool *pool, unsigned int reserve,
			  void (*lower)(struct rsvpool *pool,
					unsigned int reserve));
void section_show(struct rsvpool *pool,
		  void (*show)(void *data, const char *comm, pid_t pid,
			       unsigned long caller, unsigned int left),
		  void *data);

#endif /* _RSVPOOL_SECTION_H */
