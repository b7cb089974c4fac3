/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the native tests share: KTAP, random numbers, and the refill worker,
 * which the test runs.
 */
#ifndef _NATIVE_TEST_H
#define _NATIVE_TEST_H

#include "internal.h"
#include "kick.h"
#include "registry.h"
#include "watermarks.h"

/* One result for each call; a failed one prints @why, if given. */
void plan(unsigned int results);
bool result(bool ok, const char *what, ...) __printf(2, 3);
void comment(const char *what, ...) __printf(1, 2);
void skip(const char *why, const char *what, ...) __printf(2, 3);
/* Of main(). */
int finish(void);

/* Stop at the first fault: later ones would be consequences. */
#define MUST(ok, what, ...) do {					\
	if (!(ok)) {							\
		printf("# %s:%d: " what "\n", __FILE__, __LINE__,	\
		       ##__VA_ARGS__);					\
		test_failed();						\
	}								\
} while (0)
__noreturn void test_failed(void);

/* CPU time, so that rates do not depend on the machine's other load. */
double seconds(void);

/* The same numbers from the same seed, on every machine. */
struct random {
	u64 state;
};

unsigned int random_below(struct random *r, unsigned int n);

/*
 * The list of all pools, also of those that walkers skip; first called when the
 * only pool is complete.
 */
struct list_head *all_pools(void);

/* Run all pending irq_works and the worker, until none is pending. */
void settle(void);

/* Elements of the pools of a test: numbers from 1 on, as pointers. */
extern const struct rsvpool_ops number_ops;
struct numbers {
	unsigned int made;
	unsigned int alive;
	bool dry;		/* it fails */
};

/* A pool of them that rests with its reserve: no caches, and no adaptation. */
void numbers_attr(struct rsvpool_attr *attr, const char *name,
		  struct numbers *numbers, unsigned int reserve);

#endif /* _NATIVE_TEST_H */
