// SPDX-License-Identifier: GPL-2.0
/*
 * rsvpool_test_attr - makes the attributes of the C interface from text, so
 * that a script can test this front end as it tests the others.
 *
 * Write "NAME,key=value..." to /sys/kernel/debug/rsvpool_test_attr/create: a
 * struct rsvpool_attr is made of it, unchecked, the pool is created, and
 * destroyed if there is one.  The write returns rsvpool_create()'s error, or
 * -EDOM for text that cannot be expressed in C: a value that does not fit into
 * the member, or has another meaning there.  Keys are the members of the
 * structure ("element" is "source"); "ops", "data" and "kmem_cache" are 1 for a
 * valid pointer.
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

/* Members, and how their value is parsed; a WORD's is its index in a list. */
enum kind {
	UINT,
	INT,
	SIZE,
	BOOL,
	WORD,
	SOMETHING,
	PARENT,
};

#define MEMBER(_name, _kind, ...)					\
	{ #_name, offsetof(struct rsvpool_attr, _name), _kind, __VA_ARGS__ }

static const struct member {
	const char *name;
	size_t offset;
	enum kind kind;
	const char * const *words;
	unsigned int nr;
	const void *something;
} members[] = {
	MEMBER(order, UINT),
	MEMBER(reserve, UINT),
	MEMBER(max, UINT),
	MEMBER(nmi_reserve, UINT),
	MEMBER(cache, UINT),
	MEMBER(cache_max, UINT),
	MEMBER(batch, UINT),
	MEMBER(low, UINT),
	MEMBER(high, UINT),
	MEMBER(high_max, UINT),
	MEMBER(decay_ms, UINT),
	MEMBER(stall_ms, UINT),
	MEMBER(zero, BOOL),
	MEMBER(opaque, BOOL),
	MEMBER(adaptive, BOOL),
	MEMBER(debug, BOOL),
	MEMBER(refill_thread, BOOL),
	MEMBER(lend, BOOL),
	MEMBER(source_sleeps, BOOL),
	MEMBER(size, SIZE),
	MEMBER(node, INT),
	{ "element", offsetof(struct rsvpool_attr, source), WORD, sources,
	  ARRAY_SIZE(sources) },
	MEMBER(policy, WORD, policies, ARRAY_SIZE(policies)),
	MEMBER(wakeup, WORD, wakeups, ARRAY_SIZE(wakeups)),
	MEMBER(kmem_cache, SOMETHING),
	MEMBER(ops, SOMETHING, .something = &attr_ops),
	MEMBER(data, SOMETHING, .something = &attr_ops),
	MEMBER(parent, PARENT),
};

static int set_member(void *at, const struct member *m, const char *value)
{
	int i;

	switch (m->kind) {
	case UINT:
		return kstrtouint(value, 0, at) ||
			*(unsigned int *)at == RSVPOOL_DEFAULT ? -EDOM : 0;
	case INT:
		return kstrtoint(value, 0, at) ? -EDOM : 0;
	case SIZE:
		return kstrtoul(value, 0, at) ? -EDOM : 0;
	case BOOL:
		*(bool *)at = !strcmp(value, "1");
		return *(bool *)at || !strcmp(value, "0") ? 0 : -EDOM;
	case WORD:
		i = match_string(m->words, m->nr, value);
		*(int *)at = i;
		return i < 0 ? -EDOM : 0;
	case SOMETHING:
		*(const void **)at = m->something ?: cache;
		return strcmp(value, "1") ? -EDOM : 0;
	case PARENT:
		*(struct rsvpool **)at = rsvpool_get(value);
		return *(struct rsvpool **)at ? 0 : -EDOM;
	}
	return -EDOM;
}

static int set(struct rsvpool_attr *attr, const char *key, const char *value)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (!strcmp(members[i].name, key))
			return set_member((char *)attr + members[i].offset,
					  &members[i], value);
	return -EDOM;
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
