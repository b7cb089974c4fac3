/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The results of mempool cases: lines of the parameter "results", "ok NAME" or
 * "not ok NAME" for each, after one line for each failed check.
 */
#ifndef _MEMPOOL_CHECK_H
#define _MEMPOOL_CHECK_H

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#define RESULTS_SIZE	PAGE_SIZE

/* Timeout for events that must come; then a case reports a hang. */
#define HANG_MS		(200 * MSEC_PER_SEC)

static char results[RESULTS_SIZE];
static size_t results_len;
static unsigned int failures;	/* of the present case */
static DEFINE_SPINLOCK(results_lock);	/* for all three */

static __printf(1, 2) void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	results_len += vscnprintf(results + results_len,
				  sizeof(results) - results_len, fmt, args);
	va_end(args);
}

static bool check(bool ok, int line, const char *what, long long is)
{
	if (ok)
		return true;
	spin_lock(&results_lock);
	failures++;
	say("# line %d: %s: %lld\n", line, what, is);
	spin_unlock(&results_lock);
	return false;
}

/* Its value is the condition's where a static checker can see it. */
#define CHECK(condition)						\
({									\
	bool __is_true = !!(condition);					\
	check(__is_true, __LINE__, #condition, __is_true);		\
	__is_true;							\
})

#define CHECK_EQ(is, expected)						\
({									\
	long long __is = (is);						\
	check(__is == (expected), __LINE__, #is " is not " #expected,	\
	      __is);							\
})

#define WAIT_UNTIL(condition)						\
({									\
	unsigned int __ms = 0;						\
	bool __met;							\
	while (!(__met = !!(condition)) && __ms++ < HANG_MS)		\
		msleep(1);						\
	check(__met, __LINE__, "in vain: " #condition, 0);		\
})

static int results_get(char *buffer, const struct kernel_param *param)
{
	return scnprintf(buffer, PAGE_SIZE, "%s", results);
}

static const struct kernel_param_ops results_ops = { .get = results_get };
module_param_cb(results, &results_ops, NULL, 0444);
MODULE_PARM_DESC(results, "what the cases have found");

/* Run one case, and report its result. */
static void run_case(const char *name, void (*run)(void))
{
	failures = 0;
	run();
	say("%sok %s\n", failures ? "not " : "", name);
}

#endif /* _MEMPOOL_CHECK_H */
