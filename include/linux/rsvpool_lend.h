/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lending: an idle reserve holds clean data meanwhile.
 *
 * A borrower takes an element, fills it, and gives it back with rsvpool_lend(),
 * a free that remembers the content.  From then on the borrower only reads,
 * until the pool needs the element: then it is handed out, without a wait or a
 * notice, and the next read is a miss.
 *
 *	element = rsvpool_tryalloc(pool);
 *	fill(element);
 *	if (rsvpool_lend(pool, element, &loan))
 *		publish(&loan);
 *	...
 *	if (!rsvpool_loan_read(&loan, to, offset, len))
 *		the loan is dead: compute the data again
 *
 * So it is for data that can be computed or read again at any time: a cache. A
 * loan need not be ended; a borrower may forget it.
 *
 * Limits:
 *	- pools that were created with lend; in others a loan is dead at once;
 *	- at most as many loans as the reserve, less nmi_reserve; one more ends
 *	  an old one.
 */
#ifndef _LINUX_RSVPOOL_LEND_H
#define _LINUX_RSVPOOL_LEND_H

#include <linux/rsvpool.h>

/**
 * struct rsvpool_loan - what may still be read of an element that was given back
 * @pool: the pool
 * @element: the element
 * @index: rsvpool's own
 * @sequence: rsvpool's own; 0 is a loan that is dead
 *
 * Plain data, which may be copied.  Code that shares it between CPUs must keep
 * readers from seeing half of one, as with any shared data.
 */
struct rsvpool_loan {
	struct rsvpool *pool;
	const void *element;
	unsigned int index;
	unsigned long sequence;
};

/**
 * rsvpool_lend - give an element back and go on reading it
 * @pool: the pool that it came from
 * @element: the element, with content; NULL does nothing
 * @loan: what to read it with
 *
 * As rsvpool_free(): the element is the pool's, and must not be written to any
 * more.  If the element is wanted at once (a task sleeps, an NMI slot misses
 * its element, an NMI finds the depot locked), and in pools that were not
 * created with lend, this is a plain free, and the loan is dead.
 *
 * With as many loans as min has elements another is revoked, more or less
 * the oldest.
 *
 * From the idea of transcendent memory (Magenheimer and others, 2009), whose
 * "ephemeral" pages the owner of the memory may take at any time.
 *
 * Context: Any, as rsvpool_free().
 * Return: whether the loan is alive.
 */
bool rsvpool_lend(struct rsvpool *pool, void *element,
		  struct rsvpool_loan *loan);

/**
 * rsvpool_loan_live - is a loan still alive?
 * @loan: from rsvpool_lend()
 *
 * For looking at an element in its place: as one RCU reader, from
 * before the first call to after the last, ask; if it is alive, look at the
 * element, with data_race() or READ_ONCE(); ask again.  If it still is, what was
 * seen is right.  If not, it may be anything, and must not have been acted on.
 * Otherwise the answer may be old as soon as it is there.
 *
 * Context: Any.  The caller holds the pool.
 * Return: whether it is.
 */
bool rsvpool_loan_live(const struct rsvpool_loan *loan);

/**
 * rsvpool_loan_read - copy from an element that was lent
 * @loan: from rsvpool_lend()
 * @to: where to
 * @offset: from where in the element, in bytes
 * @len: how many bytes; @offset + @len is at most the element's size
 *
 * Context: Any.  The caller holds the pool.
 * Return: true if @to has what was lent; false if the loan is dead, and @to is
 * undefined.
 */
bool rsvpool_loan_read(const struct rsvpool_loan *loan, void *to,
		       size_t offset, size_t len);

#endif /* _LINUX_RSVPOOL_LEND_H */
