// SPDX-License-Identifier: GPL-2.0
/*
 * Pools as text: "net,element=page,order=0,reserve=256,cache=64", from debugfs
 * and from the module parameter pools=.  All pools of one text are created, or
 * none.
 *
 * The keys are the FIXED() and SETTING() ones of setting_list.h, as are the
 * help that debugfs's "create" prints and the parameter create_keys.  This file
 * only parses values.  rsvpool_create() checks their ranges and how they fit
 * together, so text and C code get the same answers.
 *
 * Task context; no lock.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "attr.h"
#include "internal.h"
#include "parse.h"
#include "text.h"

#define HELP_WIDTH	26		/* of "key=values" */

struct create_key {
	const char *name;
	const char *values;
	const char *meaning;
	int (*parse)(struct rsvpool_attr *attr, const char *value);
};

#define KEY_UINT(_name)							\
static int parse_##_name(struct rsvpool_attr *attr, const char *value)	\
{									\
	int err = text_uint(value, &attr->_name);			\
									\
	/* RSVPOOL_DEFAULT is no number for users. */		\
	return err ? err : attr->_name == RSVPOOL_DEFAULT ? -ERANGE : 0;	\
}

#define KEY_BOOL(_name)							\
static int parse_##_name(struct rsvpool_attr *attr, const char *value)	\
{									\
	return text_bool(value, &attr->_name);				\
}

#define KEY_WORD(_name, _field, _words)					\
static int parse_##_name(struct rsvpool_attr *attr, const char *value)	\
{									\
	int i = text_word(_words, ARRAY_SIZE(_words), value);		\
									\
	if (i < 0)							\
		return i;						\
	attr->_field = i;						\
	return 0;							\
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

static const char * const wakeup_words[] = { "fifo", "prio" };

KEY_WORD(element, source, element_words)
KEY_WORD(policy, policy, rsvpool_policy_names)
KEY_WORD(wakeup, wakeup, wakeup_words)

static int parse_size(struct rsvpool_attr *attr, const char *value)
{
	unsigned int size;
	int err = text_uint(value, &size);

	if (!err)
		attr->size = size;
	return err;
}

/* -1 is any node, as in the pool's file. */
static int parse_node(struct rsvpool_attr *attr, const char *value)
{
	return text_int(value, &attr->node);
}

/* create_one() puts the parent again; a new pool keeps it. */
static int parse_parent(struct rsvpool_attr *attr, const char *value)
{
	attr->parent = rsvpool_get(value);
	return attr->parent ? 0 : -ENOENT;
}

#define KEY(_name, _values, _meaning)					\
	{ #_name, _values, _meaning, parse_##_name }

static const struct create_key keys[] = {
#define FIXED(_name, _values, _meaning)		KEY(_name, _values, _meaning),
#define SETTING(_name, _values, _meaning)	KEY(_name, _values, _meaning),
#include "setting_list.h"
};

/**
 * rsvpool_create_help - the help that "create" prints
 * @buf: where to write it
 * @size: bytes there; a page is enough
 *
 * Context: Any.
 * Return: bytes written.
 */
int rsvpool_create_help(char *buf, size_t size)
{
	int i, len;

	len = scnprintf(buf, size, "NAME[,key=value]...   one pool a line\n");
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		len += scnprintf(buf + len, size - len, "%s=%-*s %s\n",
				 keys[i].name,
				 HELP_WIDTH - 1 - (int)strlen(keys[i].name),
				 keys[i].values, keys[i].meaning);
	return len;
}

/**
 * rsvpool_create_keys - the names of all keys, in one line
 * @buf: where to write them
 * @size: bytes there
 *
 * Context: Any.
 * Return: bytes written.
 */
int rsvpool_create_keys(char *buf, size_t size)
{
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		len += scnprintf(buf + len, size - len, "%s%s", i ? " " : "",
				 keys[i].name);
	return len + scnprintf(buf + len, size - len, "\n");
}

static int find_key(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return i;
	return -1;
}

static int parse_pair(struct rsvpool_attr *attr, char *pair, u32 *mask)
{
	char *value, *key = text_pair(pair, &value);
	int i = find_key(key), err;

	BUILD_BUG_ON(ARRAY_SIZE(keys) > 32);	/* bits of @mask */
	if (i < 0) {
		pool_refuse(attr->name, *key ? key : "''", "unknown key");
		return -EINVAL;
	}
	if (*mask & BIT(i)) {
		pool_refuse(attr->name, key, "given twice");
		return -EINVAL;
	}
	*mask |= BIT(i);
	if (!value || !*value) {
		pool_refuse(attr->name, key, "has no value");
		return -EINVAL;
	}
	err = keys[i].parse(attr, value);
	if (err)
		pool_refuse(attr->name, key, "'%*pE' %s",
			    text_shown(value), value,
			    err == -ERANGE ? "is out of range" :
			    err == -ENOENT ? "is not a pool" : "is not valid");
	return err;
}

static int create_one(char *text, u64 *serial)
{
	struct rsvpool_attr attr;
	struct rsvpool *pool;
	char *pair;
	u32 mask = 0;
	int err = 0;

	rsvpool_attr_init(&attr, strim(strsep(&text, ",")));
	while (!err && (pair = strsep(&text, ",")))
		err = parse_pair(&attr, pair, &mask);
	if (!err) {
		pool = rsvpool_create_for(&attr, 0, serial);
		err = PTR_ERR_OR_ZERO(pool);
	}
	if (attr.parent)
		rsvpool_put(attr.parent);
	return err;
}

/**
 * rsvpool_create_from_text - create pools
 * @text: one or more pools; overwritten by the parser
 * @separators: the characters that separate two pools
 *
 * Context: Task, may sleep.
 * Return: 0, or an errno as from rsvpool_create(), and -ENOENT for a parent
 * that does not exist.  On error the pools of this text are destroyed again,
 * except one that other code already uses.
 */
int rsvpool_create_from_text(char *text, const char *separators)
{
	LIST_HEAD(created);
	struct created {
		struct list_head list;
		u64 serial;	/* 0 if it was not created */
	} *c, *next;
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
		err = create_one(one, &c->serial);
		if (err)
			break;
		nr++;
	}
	if (!err && !nr) {
		pool_refuse("", "name", "missing");
		err = -EINVAL;
	}
	list_for_each_entry_safe(c, next, &created, list) {
		if (err && c->serial)
			rsvpool_undo(c->serial);
		kfree(c);
	}
	return err;
}
