/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instructions that run while the depot's lock is held: counted by single
 * steps, for each way in which elements cross it.  For bench and test_holds.
 */
#ifndef _NATIVE_HOLDS_H
#define _NATIVE_HOLDS_H

/* At most so many for an element, where elements cross by the batch. */
#define HELD_MOST	8

/*
 * @batch: the bar is for this one
 * @elements: that cross, in one hold
 * @held: instructions in that hold, less those of an empty one
 * @all: instructions of the whole call
 */
struct hold {
	const char *name;
	bool batch;
	unsigned int elements;
	unsigned long held;
	unsigned long all;
};

/* NULL after the last.  The thread is CPU 0, and CPU 1 is free. */
const struct hold *hold_measured(unsigned int i);
void holds_measure(void);

#endif /* _NATIVE_HOLDS_H */
