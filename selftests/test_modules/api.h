/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of rsvpool_test_api.ko share: how a test reports its findings,
 * and a source that counts.
 */
#ifndef _RSVPOOL_TEST_API_H
#define _RSVPOOL_TEST_API_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/rsvpool.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/*
 * A test is a function that runs in a task which may sleep, creates its own
 * pools, destroys them, and CHECKs what it sees.
 */
struct api_test {
	const char *name;
	void (*run)(void);
};

#define API_TEST(name) { #name, test_##name }

extern const struct api_test create_tests[];
extern const struct api_test source_tests[];
extern const struct api_test alloc_tests[];
extern const struct api_test context_tests[];

/* From any task of a test; true if the condition holds. */
__printf(4, 5) bool api_check(bool ok, const char *file, int line,
			      const char *fmt, ...);

/* Its value is the condition's where a static checker can see it. */
#define CHECK(condition)						\
({									\
	bool __is_true = !!(condition);					\
	api_check(__is_true, __FILE__, __LINE__, "%s", #condition);	\
	__is_true;							\
})

#define CHECK_EQ(is, expected)						\
({									\
	long long __is = (__force long long)(is);			\
	long long __expected = (__force long long)(expected);		\
	api_check(__is == __expected, __FILE__, __LINE__,		\
		  "%s is %lld, not %lld", #is, __is, __expected);	\
})

/* Timeout for events that must come; then a test reports a hang. */
#define HANG_MS	(200 * MSEC_PER_SEC)

/* @condition is evaluated until it is true, and then no more. */
#define WAIT_UNTIL(condition)						\
({									\
	unsigned int __ms = 0;						\
	bool __met;							\
	while (!(__met = !!(condition)) && __ms++ < HANG_MS)		\
		msleep(1);						\
	api_check(__met, __FILE__, __LINE__,				\
		  "%s: waited in vain", #condition);			\
})

/*
 * A source that counts, and that checks its callers.  An element consists of
 * two allocations: the element points to a second piece of memory.
 *
 * @fails: every call fails
 * @left: elements until calls fail; negative is no limit
 * @sleeps: it sleeps whatever the gfp says
 * @live: elements that exist, and @peak: the most that ever existed
 * @allocs, @frees: calls
 * @misplaced: calls from contexts that are not allowed
 * @bad_gfp: calls with flags that must not reach a source
 * @gfp_seen: all flags seen, or'ed
 */
struct counted {
	bool fails;
	int left;
	bool sleeps;
	spinlock_t lock;	/* for all of it */
	struct list_head elements;
	unsigned int live;
	unsigned int peak;
	unsigned int allocs;
	unsigned int frees;
	unsigned int misplaced;
	unsigned int bad_gfp;
	gfp_t gfp_seen;
};

struct counted_element {
	struct list_head list;
	struct counted *source;
	u8 *second;
	unsigned long owner;
};

#define SECOND_SIZE	64

extern const struct rsvpool_ops counted_ops;
void counted_init(struct counted *source);
void counted_attr(struct rsvpool_attr *attr, const char *name,
		  struct counted *source);

/*
 * A pool of the counted source, without elements in caches, whose worker is
 * idle until an element is taken.
 */
struct rsvpool *counted_pool(const char *name, struct counted *source,
			     unsigned int reserve, unsigned int max);
/* Destroy it, and check that the source got every element back. */
void counted_end(struct rsvpool *pool, struct counted *source);

/* One of the pool's statistics, by its name in stats/. */
u64 stat(struct rsvpool *pool, const char *wanted);

/* Create a pool, or fail the test. */
struct rsvpool *api_pool(const struct rsvpool_attr *attr, const char *file,
			 int line);
#define MAKE_POOL(attr) api_pool(attr, __FILE__, __LINE__)

bool all_different(void **elements, unsigned int nr);

/* Take one by one, until there is none, or no room; and free them. */
unsigned int take_all(struct rsvpool *pool, void **elements, unsigned int room);
void give_all(struct rsvpool *pool, void **elements, unsigned int nr);

#endif /* _RSVPOOL_TEST_API_H */
