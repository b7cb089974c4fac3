/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lending: a reserve that is idle holds clean data meanwhile.
 *
 * A borrower takes an element, fills it, and gives it back with rsvpool_lend(),
 * a free that remembers the content.  From then on he only reads, until the
 * pool needs the element: then it is handed out, without a wait and without
 * asking, and the next read is a miss.
 *
 *	element = rsvpool_tryalloc(pool);
 *	fill(element);
 *	if (rsvpool_lend(pool, element, &loan))
 *		publish(&loan);
 *	...
 *	if (!rsvpool_loan_read(&loan, to, offset, len))
 *		it has gone: compute the data again
 *
 * So it is for data that can be computed or read again at any time: a cache.
 * A loan needs no end, a borrower may forget it.
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

bool rsvpool_lend(struct rsvpool *pool, void *element,
		  struct rsvpool_loan *loan);
bool rsvpool_loan_live(const struct rsvpool_loan *loan);
bool rsvpool_loan_read(const struct rsvpool_loan *loan, void *to,
		       size_t offset, size_t len);

#endif /* _LINUX_RSVPOOL_LEND_H */
