/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lending: an idle reserve holds clean data.
 *
 * A borrower takes an element, fills it, and gives it back with rsvpool_lend(), a
 * free that keeps the content.  From then on the borrower may only read.  When the
 * pool needs the element, it hands the element out at once, without a notice.  The
 * borrower's next read is a miss.
 *
 *	element = rsvpool_tryalloc(pool);
 *	fill(element);
 *	if (rsvpool_lend(pool, element, &loan))
 *		publish(&loan);
 *	...
 *	if (!rsvpool_loan_read(&loan, to, offset, len))
 *		the loan is dead: compute the data again
 *
 * So lending is for data that can be computed or read again at any time: a cache.
 * A loan need not be ended; a borrower may forget it.
 *
 * Limits:
 *	- only pools created with lend, which needs a 64-bit kernel; in other
 *	  pools a loan is dead at once;
 *	- at most as many loans as the reserve, less nmi_reserve; one more ends
 *	  an old one.
 */
#ifndef _LINUX_RSVPOOL_LEND_H
#define _LINUX_RSVPOOL_LEND_H

#include <linux/rsvpool.h>

/**
 * struct rsvpool_loan - the right to read an element that was given back
 * @pool: the pool
 * @element: the element
 * @index: for rsvpool only
 * @sequence: for rsvpool only; 0 if the loan never was alive
 *
 * Plain data, which may be copied.  Code that shares a loan between CPUs must take
 * care that no reader sees a half-written one, as with any shared data.
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
 * @loan: where to put the loan
 *
 * As after rsvpool_free(), the element belongs to the pool and must not be
 * written to.  The call is a plain free, and the loan is dead, if the pool
 * needs the element at once (a sleeper or an NMI slot gets it, or an NMI finds
 * the depot locked), if the whole reserve is for NMI, or if the pool was not
 * created with lend.
 *
 * If there are as many loans as the min watermark, the call revokes one of the
 * oldest.
 *
 * The idea is that of transcendent memory (Magenheimer and others, 2009), whose
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
 * To read an element in place, do all of this in one RCU read-side critical
 * section: call this; if the loan is alive, read the element, with data_race() or
 * READ_ONCE(); call this again.  If the loan is still alive, what was read is
 * right.  If not, it may be anything, and the caller must not use it.  Outside of
 * such a sequence the answer may be outdated when the call returns.
 *
 * Context: Any.  The caller holds the pool.
 * Return: whether the loan is alive.
 */
bool rsvpool_loan_live(const struct rsvpool_loan *loan);

/**
 * rsvpool_loan_read - copy from an element that was lent
 * @loan: from rsvpool_lend()
 * @to: where to put the copy
 * @offset: where in the element to begin, in bytes
 * @len: how many bytes; @offset + @len is at most the element's size
 *
 * Context: Any.  The caller holds the pool.
 * Return: true if @to has the lent content; false if the loan is dead, and @to is
 * undefined.
 */
bool rsvpool_loan_read(const struct rsvpool_loan *loan, void *to,
		       size_t offset, size_t len);

#endif /* _LINUX_RSVPOOL_LEND_H */
