// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_attr - the attributes of C code, from text: so that a script can
 * ask the same of this front end as of the others.
 *
 * Write "NAME,key=value..." to /sys/kernel/debug/rsvpool_test_attr/create: a
 * struct rsvpool_attr is made of it, unchecked, the pool is created, and
 * destroyed if there is one.  The answer is rsvpool_create()'s, or -EDOM for what
 * cannot be said in C: a value that its member does not hold, or that has another
 * meaning there.  Keys are the members of the structure; "ops", "data" and
 * "kmem_cache" are 0 or 1, for NULL and for something.
 *
 * One write at a time, under the mutex running.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rsvpool.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define TEXT_MAX	1024

static DEFINE_MUTEX(running);
static struct dentry *folder;
static struct kmem_cache *cache;

static void *attr_alloc(gfp_t gfp, int node, void *data)
{
	return kmalloc_node(64, gfp, node);
}

static void attr_free(void *element, void *data)
{
	kfree(element);
}

static const struct rsvpool_ops attr_ops = {
	.alloc = attr_alloc,
	.free = attr_free,
};

static const char * const sources[] = {
	"page", "kmalloc", "kmem_cache", "pool", "ops",
};

static const char * const policies[] = {
	"cache", "source", "reclaim", "reserve",
};

static const char * const wakeups[] = { "fifo", "prio" };

static int word(const char * const *words, size_t nr, const char *value)
{
	int i = match_string(words, nr, value);

	return i < 0 ? -EDOM : i;
}

#define UINT(_key)							\
	do {								\
		if (!strcmp(key, #_key)) {				\
			err = kstrtouint(value, 0, &attr->_key);	\
			return err || attr->_key == RSVPOOL_DEFAULT ?	\
				-EDOM : 0;				\
		}							\
	} while (0)

#define BOOL(_key)							\
	do {								\
		if (!strcmp(key, #_key)) {				\
			attr->_key = !strcmp(value, "1");		\
			return strcmp(value, "0") &&			\
				strcmp(value, "1") ? -EDOM : 0;		\
		}							\
	} while (0)

#define SOMETHING(_key, _what)						\
	do {								\
		if (!strcmp(key, #_key)) {				\
			attr->_key = strcmp(value, "1") ? NULL : (_what); \
			return 0;					\
		}							\
	} while (0)

static int set(struct rsvpool_attr *attr, const char *key, const char *value)
{
	int err;

	UINT(order);
	UINT(reserve);
	UINT(max);
	UINT(nmi_reserve);
	UINT(cache);
	UINT(cache_max);
	UINT(batch);
	UINT(low);
	UINT(high);
	UINT(high_max);
	UINT(decay_ms);
	UINT(stall_ms);
	BOOL(zero);
	BOOL(opaque);
	BOOL(adaptive);
	BOOL(debug);
	BOOL(refill_thread);
	BOOL(lend);
	BOOL(source_sleeps);
	SOMETHING(kmem_cache, cache);
	SOMETHING(ops, &attr_ops);
	SOMETHING(data, &running);
	if (!strcmp(key, "size"))
		return kstrtoul(value, 0, &attr->size) ? -EDOM : 0;
	if (!strcmp(key, "node"))
		return kstrtoint(value, 0, &attr->node) ? -EDOM : 0;
	if (!strcmp(key, "parent")) {
		attr->parent = rsvpool_get(value);
		return attr->parent ? 0 : -EDOM;
	}
	if (!strcmp(key, "element"))
		err = word(sources, ARRAY_SIZE(sources), value);
	else if (!strcmp(key, "policy"))
		err = word(policies, ARRAY_SIZE(policies), value);
	else if (!strcmp(key, "wakeup"))
		err = word(wakeups, ARRAY_SIZE(wakeups), value);
	else
		return -EDOM;
	if (err < 0)
		return err;
	switch (key[0]) {
	case 'e':
		attr->source = err;
		break;
	case 'p':
		attr->policy = err;
		break;
	default:
		attr->wakeup = err;
	}
	return 0;
}

static int create(char *text)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	char *value;
	int err = 0;

	rsvpool_attr_init(&attr, strsep(&text, ","));
	while (!err && (value = strsep(&text, ","))) {
		char *key = strsep(&value, "=");

		err = value ? set(&attr, key, value) : -EDOM;
	}
	if (!err) {
		pool = rsvpool_create(&attr);
		err = PTR_ERR_OR_ZERO(pool);
		if (!err)
			rsvpool_destroy(pool);
	}
	if (attr.parent)
		rsvpool_put(attr.parent);
	return err;
}

static ssize_t create_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	char *text;
	int err;

	if (count > TEXT_MAX)
		return -E2BIG;
	text = memdup_user_nul(buf, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&running);
	err = create(text);
	mutex_unlock(&running);
	kfree(text);
	return err ? err : count;
}

static const struct file_operations create_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = create_write,
};

static int __init attr_init(void)
{
	cache = kmem_cache_create(KBUILD_MODNAME, 64, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	folder = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("create", 0200, folder, NULL, &create_fops);
	return 0;
}
module_init(attr_init);

static void __exit attr_exit(void)
{
	debugfs_remove_recursive(folder);
	kmem_cache_destroy(cache);
}
module_exit(attr_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Attributes of C code for pools of rsvpool, from text");
