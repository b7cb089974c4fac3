// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_api - every function of rsvpool's C interface, every errno,
 * every context, called as any other module would.
 *
 * /sys/kernel/debug/rsvpool_test_api/
 *	tests	the tests' names, one a line
 *	run	write a name to run that test; -ENOENT if there is none
 *	results	what the last one found: a KTAP line, after one line for each
 *		failed check
 *
 * One test at a time, under the mutex running.  The spinlock results_lock
 * protects the text, to which the threads of a test add lines.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hardirq.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "api.h"

#define RESULTS_SIZE	8192
#define TEST_NAME_MAX	63

static const struct api_test * const groups[] = {
	create_tests, source_tests, alloc_tests, context_tests,
};

static DEFINE_MUTEX(running);
static DEFINE_SPINLOCK(results_lock);
static char results[RESULTS_SIZE];
static size_t results_len;
static unsigned int failures;
static struct dentry *folder;

/*
 * Output of a test.
 */

bool api_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	if (ok)
		return true;

	spin_lock(&results_lock);
	failures++;
	results_len += scnprintf(results + results_len,
				 RESULTS_SIZE - results_len, "# %s:%d: ",
				 kbasename(file), line);
	va_start(args, fmt);
	results_len += vscnprintf(results + results_len,
				  RESULTS_SIZE - results_len, fmt, args);
	va_end(args);
	results_len += scnprintf(results + results_len,
				 RESULTS_SIZE - results_len, "\n");
	spin_unlock(&results_lock);
	return false;
}

u64 stat(struct rsvpool *pool, const char *wanted)
{
	const char *name;
	unsigned int i;
	u64 value;

	for (i = 0; (name = rsvpool_stat(pool, i, &value)); i++)
		if (!strcmp(name, wanted))
			return value;
	CHECK(false);
	return 0;
}

struct rsvpool *api_pool(const struct rsvpool_attr *attr, const char *file,
			 int line)
{
	struct rsvpool *pool = rsvpool_create(attr);

	if (!api_check(!IS_ERR_OR_NULL(pool), file, line,
		       "rsvpool_create() gave %ld", PTR_ERR(pool)))
		return NULL;
	return pool;
}

bool all_different(void **elements, unsigned int nr)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < i; j++)
			if (elements[i] == elements[j])
				return false;
	return true;
}

unsigned int take_all(struct rsvpool *pool, void **elements, unsigned int room)
{
	unsigned int n = 0;

	while (n < room) {
		elements[n] = rsvpool_tryalloc(pool);
		if (!elements[n])
			break;
		n++;
	}
	return n;
}

void give_all(struct rsvpool *pool, void **elements, unsigned int nr)
{
	while (nr)
		rsvpool_free(pool, elements[--nr]);
}

/*
 * The source that counts.
 */

#define SOURCE_NEVER	__GFP_HIGH
#define SOURCE_ALWAYS	(__GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN)

static bool may_allocate(gfp_t gfp, bool sleeps)
{
	if (in_nmi() || in_hardirq())
		return false;
	if (sleeps || gfpflags_allow_blocking(gfp) ||
	    IS_ENABLED(CONFIG_PREEMPT_RT))
		return in_task() && preemptible();
	return true;
}

static void *counted_alloc(gfp_t gfp, int node, void *data)
{
	struct counted *source = data;
	struct counted_element *element;
	bool misplaced = !may_allocate(gfp, source->sleeps);
	unsigned long flags;
	bool refused;

	spin_lock_irqsave(&source->lock, flags);
	source->allocs++;
	source->gfp_seen |= gfp;
	source->misplaced += misplaced;
	if ((gfp & SOURCE_NEVER) || (gfp & SOURCE_ALWAYS) != SOURCE_ALWAYS)
		source->bad_gfp++;
	/* Tests write both without the lock. */
	refused = data_race(source->fails || !source->left);
	if (!refused && source->left > 0)
		source->left--;
	spin_unlock_irqrestore(&source->lock, flags);

	if (source->sleeps)
		msleep(1);
	if (refused)
		return NULL;

	element = kmalloc_node(sizeof(*element), gfp, node);
	if (!element)
		return NULL;
	element->second = kmalloc_node(SECOND_SIZE, gfp, node);
	if (!element->second) {
		kfree(element);
		return NULL;
	}
	element->source = source;
	element->owner = 0;

	spin_lock_irqsave(&source->lock, flags);
	list_add(&element->list, &source->elements);
	source->live++;
	source->peak = max(source->peak, source->live);
	spin_unlock_irqrestore(&source->lock, flags);
	return element;
}

static void counted_free(void *data_element, void *data)
{
	struct counted_element *element = data_element;
	struct counted *source = data;
	unsigned long flags;

	spin_lock_irqsave(&source->lock, flags);
	source->frees++;
	if (!in_task() || element->source != source || element->owner)
		source->misplaced++;
	list_del(&element->list);
	source->live--;
	spin_unlock_irqrestore(&source->lock, flags);

	kfree(element->second);
	kfree(element);
}

const struct rsvpool_ops counted_ops = {
	.alloc = counted_alloc,
	.free = counted_free,
};

void counted_init(struct counted *source)
{
	*source = (struct counted) { .left = -1 };
	spin_lock_init(&source->lock);
	INIT_LIST_HEAD(&source->elements);
}

void counted_attr(struct rsvpool_attr *attr, const char *name,
		  struct counted *source)
{
	rsvpool_attr_init(attr, name);
	attr->source = RSVPOOL_OPS;
	attr->ops = &counted_ops;
	attr->data = source;
	attr->size = sizeof(struct counted_element) + SECOND_SIZE;
}

struct rsvpool *counted_pool(const char *name, struct counted *source,
			     unsigned int reserve, unsigned int max)
{
	struct rsvpool_attr attr;

	counted_init(source);
	counted_attr(&attr, name, source);
	attr.reserve = reserve;
	attr.max = max;
	attr.cache = 0;
	attr.cache_max = 0;
	attr.low = reserve;
	attr.high = reserve;
	attr.adaptive = false;
	return MAKE_POOL(&attr);
}

void counted_end(struct rsvpool *pool, struct counted *source)
{
	if (pool)
		rsvpool_destroy(pool);
	CHECK_EQ(source->live, 0);
	CHECK_EQ(source->misplaced, 0);
	CHECK_EQ(source->bad_gfp, 0);
}

/*
 * debugfs
 */

static const struct api_test *find_test(const char *name)
{
	const struct api_test *test;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (test = groups[i]; test->name; test++)
			if (!strcmp(test->name, name))
				return test;
	return NULL;
}

static ssize_t run_write(struct file *file, const char __user *text,
			 size_t count, loff_t *pos)
{
	const struct api_test *test;
	char name[TEST_NAME_MAX + 1];

	if (count > TEST_NAME_MAX)
		return -EINVAL;
	if (copy_from_user(name, text, count))
		return -EFAULT;
	name[count] = '\0';
	test = find_test(strim(name));
	if (!test)
		return -ENOENT;

	mutex_lock(&running);
	spin_lock(&results_lock);
	failures = 0;
	results_len = 0;
	spin_unlock(&results_lock);

	test->run();

	spin_lock(&results_lock);
	/* Too much output is cut at its end, without losing this line. */
	results_len = min_t(size_t, results_len,
			    RESULTS_SIZE - TEST_NAME_MAX - 16);
	results_len += scnprintf(results + results_len,
				 RESULTS_SIZE - results_len, "%s %s\n",
				 failures ? "not ok" : "ok", test->name);
	spin_unlock(&results_lock);
	mutex_unlock(&running);
	return count;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
	.llseek = noop_llseek,
};

static int tests_show(struct seq_file *m, void *unused)
{
	const struct api_test *test;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (test = groups[i]; test->name; test++)
			seq_printf(m, "%s\n", test->name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tests);

static int results_show(struct seq_file *m, void *unused)
{
	mutex_lock(&running);
	seq_write(m, results, results_len);
	mutex_unlock(&running);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

static int __init api_init(void)
{
	folder = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("tests", 0400, folder, NULL, &tests_fops);
	debugfs_create_file("run", 0200, folder, NULL, &run_fops);
	debugfs_create_file("results", 0400, folder, NULL, &results_fops);
	return 0;
}
module_init(api_init);

static void __exit api_exit(void)
{
	debugfs_remove_recursive(folder);
}
module_exit(api_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tests of rsvpool's C interface");
