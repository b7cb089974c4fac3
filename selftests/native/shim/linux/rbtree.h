/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A sorted list with the functions of the kernel's trees: there are a handful of
 * nodes in a test.
 */
#ifndef _NATIVE_RBTREE_H
#define _NATIVE_RBTREE_H

struct rb_node {
	struct rb_node *next;
};

struct rb_root_cached {
	struct rb_node *first;
};

#define RB_ROOT_CACHED		((struct rb_root_cached) { NULL })
#define rb_entry(p, type, member)	container_of(p, type, member)

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *root)
{
	return root->first;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	return node->next;
}

/* Behind those that are not more than it. */
static inline struct rb_node *
rb_add_cached(struct rb_node *node, struct rb_root_cached *root,
	      bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **at = &root->first;

	while (*at && !less(node, *at))
		at = &(*at)->next;
	node->next = *at;
	*at = node;
	return root->first == node ? node : NULL;
}

static inline struct rb_node *rb_erase_cached(struct rb_node *node,
					      struct rb_root_cached *root)
{
	struct rb_node **at = &root->first;

	while (*at && *at != node)
		at = &(*at)->next;
	BUG_ON(!*at);
	*at = node->next;
	return NULL;
}

#endif /* _NATIVE_RBTREE_H */
