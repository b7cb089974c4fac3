// SPDX-License-Identifier: GPL-2.0
/*
 * Pools as text: "net,element=page,order=0,reserve=256,cache=64", from debugfs
 * and from the module parameter pools=.  All pools of one text are created, or
 * none.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include "internal.h"

const char rsvpool_create_help[] =
	"NAME[,key=value]...   one pool a line\n"
	"element=page|kmalloc|pool  where elements come from (page)\n"
	"order=0..4            of element=page (0)\n"
	"size=8..65536         bytes, of element=kmalloc\n"
	"parent=NAME           of element=pool\n"
	"reserve=0..1048576    elements guaranteed (64)\n"
	"max=N                 elements that may exist; 0 is no maximum\n"
	"nmi_reserve=0..1024   part of the reserve that is kept for NMI (0)\n"
	"cache=0..cache_max    elements in a CPU's cache (64)\n"
	"cache_max=0..1024     what cache can be raised to\n"
	"batch=1..64           elements moved at once (16)\n"
	"low=N high=N          refill below low, up to high\n"
	"high_max=N            adaptation raises high no further (max)\n"
	"policy=cache|source|reclaim|reserve\n"
	"wakeup=fifo|prio      who is served first\n"
	"node=N                NUMA node\n"
	"zero=0|1              hand out zeroed elements\n"
	"opaque=0|1            never write to free elements\n"
	"adaptive=0|1          let marks follow emergencies (1)\n"
	"decay_ms=1..3600000   and fall again when quiet for so long (10000)\n"
	"stall_ms=0..3600000   report who sleeps longer; 0 does not (10000)\n"
	"debug=0|1             poison, check and track elements\n"
	"refill_thread=0|1     refill in a thread of its own, not on the workqueue\n"
	"lend=0|1              let who gives elements back go on reading them\n";

struct pool_key {
	const char *name;
	int (*parse)(struct rsvpool_attr *attr, const char *value);
};

#define KEY_UINT(_name)							\
static int parse_##_name(struct rsvpool_attr *attr, const char *value)	\
{									\
	int err = kstrtouint(value, 0, &attr->_name);			\
									\
	/* The one number that means something else. */		\
	return err ? err : attr->_name == RSVPOOL_DEFAULT ? -ERANGE : 0;	\
}

#define KEY_BOOL(_name)							\
static int parse_##_name(struct rsvpool_attr *attr, const char *value)	\
{									\
	return kstrtobool_strict(value, &attr->_name);			\
}

#define KEY_WORD(_name, _field, _words)					\
static int parse_##_name(struct rsvpool_attr *attr, const char *value)	\
{									\
	int i = match_string(_words, ARRAY_SIZE(_words), value);	\
									\
	if (i < 0)							\
		return -EINVAL;						\
	attr->_field = i;						\
	return 0;							\
}

/* "0" or "1", nothing else. */
static int kstrtobool_strict(const char *value, bool *to)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return -EINVAL;
	*to = value[0] == '1';
	return 0;
}

KEY_UINT(order)
KEY_UINT(reserve)
KEY_UINT(max)
KEY_UINT(nmi_reserve)
KEY_UINT(cache)
KEY_UINT(cache_max)
KEY_UINT(batch)
KEY_UINT(low)
KEY_UINT(high)
KEY_UINT(high_max)
KEY_UINT(decay_ms)
KEY_UINT(stall_ms)
KEY_BOOL(zero)
KEY_BOOL(opaque)
KEY_BOOL(adaptive)
KEY_BOOL(debug)
KEY_BOOL(refill_thread)
KEY_BOOL(lend)

static const char * const element_words[] = {
	[RSVPOOL_PAGES] = "page",
	[RSVPOOL_KMALLOC] = "kmalloc",
	[RSVPOOL_KMEM_CACHE] = "",	/* cannot be named */
	[RSVPOOL_POOL] = "pool",
};

static const char * const policy_words[] = {
	"cache", "source", "reclaim", "reserve",
};

static const char * const wakeup_words[] = { "fifo", "prio" };

KEY_WORD(policy, policy, policy_words)
KEY_WORD(wakeup, wakeup, wakeup_words)

static int parse_element(struct rsvpool_attr *attr, const char *value)
{
	int i = match_string(element_words, ARRAY_SIZE(element_words), value);

	if (i < 0 || !*value)
		return -EINVAL;
	attr->source = i;
	return 0;
}

static int parse_size(struct rsvpool_attr *attr, const char *value)
{
	unsigned int size;
	int err = kstrtouint(value, 0, &size);

	attr->size = size;
	return err;
}

static int parse_node(struct rsvpool_attr *attr, const char *value)
{
	int err = kstrtoint(value, 0, &attr->node);

	return err ? err : attr->node < 0 ? -ERANGE : 0;
}

/* Held until the pool has been created on it. */
static int parse_parent(struct rsvpool_attr *attr, const char *value)
{
	attr->parent = rsvpool_get(value);
	return attr->parent ? 0 : -ENOENT;
}

static const struct pool_key keys[] = {
	{ "element", parse_element },
	{ "order", parse_order },
	{ "size", parse_size },
	{ "parent", parse_parent },
	{ "reserve", parse_reserve },
	{ "max", parse_max },
	{ "nmi_reserve", parse_nmi_reserve },
	{ "cache", parse_cache },
	{ "cache_max", parse_cache_max },
	{ "batch", parse_batch },
	{ "low", parse_low },
	{ "high", parse_high },
	{ "high_max", parse_high_max },
	{ "policy", parse_policy },
	{ "wakeup", parse_wakeup },
	{ "node", parse_node },
	{ "zero", parse_zero },
	{ "opaque", parse_opaque },
	{ "adaptive", parse_adaptive },
	{ "decay_ms", parse_decay_ms },
	{ "stall_ms", parse_stall_ms },
	{ "debug", parse_debug },
	{ "refill_thread", parse_refill_thread },
	{ "lend", parse_lend },
};

static int find_key(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return i;
	return -1;
}

static bool seen(u32 mask, const char *name)
{
	return mask & BIT(find_key(name));
}

/* A key that belongs to another source would be read and ignored. */
static int check_keys(const struct rsvpool_attr *attr, u32 mask)
{
	static const struct {
		const char *key;
		enum rsvpool_source source;
		bool needed;
	} rules[] = {
		{ "order", RSVPOOL_PAGES, false },
		{ "size", RSVPOOL_KMALLOC, true },
		{ "parent", RSVPOOL_POOL, true },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		bool given = seen(mask, rules[i].key);

		if (given && attr->source != rules[i].source) {
			pool_refuse(attr->name, rules[i].key,
				    "is for element=%s",
				    element_words[rules[i].source]);
			return -EINVAL;
		}
		if (!given && rules[i].needed &&
		    attr->source == rules[i].source) {
			pool_refuse(attr->name, rules[i].key,
				    "missing, element=%s needs it",
				    element_words[rules[i].source]);
			return -EINVAL;
		}
	}
	return 0;
}

static int parse_pair(struct rsvpool_attr *attr, char *pair, u32 *mask)
{
	char *value = pair;
	int i, err;

	strsep(&value, "=");
	i = find_key(pair);
	if (i < 0) {
		pool_refuse(attr->name, *pair ? pair : "''", "unknown key");
		return -EINVAL;
	}
	if (*mask & BIT(i)) {
		pool_refuse(attr->name, pair, "given twice");
		return -EINVAL;
	}
	*mask |= BIT(i);
	if (!value || !*value) {
		pool_refuse(attr->name, pair, "has no value");
		return -EINVAL;
	}
	err = keys[i].parse(attr, value);
	if (err)
		pool_refuse(attr->name, pair, "'%*pE' %s",
			    (int)strnlen(value, 32), value,
			    err == -ERANGE ? "is out of range" :
			    err == -ENOENT ? "is no pool" : "is not valid");
	return err;
}

static struct rsvpool *create_one(char *text)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	char *pair;
	u32 mask = 0;
	int err = 0;

	rsvpool_attr_init(&attr, strsep(&text, ","));
	while (!err && (pair = strsep(&text, ",")))
		err = parse_pair(&attr, strim(pair), &mask);
	if (!err)
		err = check_keys(&attr, mask);
	pool = err ? ERR_PTR(err) : rsvpool_create_for(&attr, 0);
	if (attr.parent)
		rsvpool_put(attr.parent);
	return pool;
}

/**
 * rsvpool_create_from_text - create pools
 * @text: one or more, taken apart in the process
 * @separators: characters between two
 *
 * Context: Task, may sleep.
 * Return: 0, or an errno as rsvpool_create() and nothing created.
 */
int rsvpool_create_from_text(char *text, const char *separators)
{
	LIST_HEAD(created);
	struct created {
		struct list_head list;
		char name[RSVPOOL_NAME_MAX + 1];
	} *c, *next;
	struct rsvpool *pool;
	unsigned int nr = 0;
	int err = 0;
	char *one;

	while (!err && (one = strsep(&text, separators))) {
		one = strim(one);
		if (!*one)
			continue;
		err = -ENOMEM;
		c = kzalloc(sizeof(*c), GFP_KERNEL);
		if (!c)
			break;
		list_add(&c->list, &created);
		pool = create_one(one);
		err = PTR_ERR_OR_ZERO(pool);
		if (err)
			break;
		/* Nobody else destroys a pool by a name he does not know. */
		strscpy(c->name, one, sizeof(c->name));
		nr++;
	}
	if (!err && !nr) {
		pool_refuse("", "name", "missing");
		err = -EINVAL;
	}
	list_for_each_entry_safe(c, next, &created, list) {
		if (err && c->name[0])
			rsvpool_destroy_by_name(c->name);
		kfree(c);
	}
	return err;
}
