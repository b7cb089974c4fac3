/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A sorted list with the functions of the kernel's trees: there are a handful of
 * nodes in a test.  As a tree, no node has a left child.
 */
#ifndef _NATIVE_RBTREE_H
#define _NATIVE_RBTREE_H

struct rb_node {
	struct rb_node *rb_left;
	struct rb_node *rb_right;
	struct rb_node *before;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

#define RB_ROOT			((struct rb_root) { NULL })
#define RB_ROOT_CACHED		((struct rb_root_cached) { RB_ROOT })
#define RB_CLEAR_NODE(node)	((node)->before = (node))
#define rb_entry(p, type, member)	container_of(p, type, member)

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *root)
{
	return root->rb_root.rb_node;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	return node->rb_right;
}

static inline struct rb_node *rb_prev(const struct rb_node *node)
{
	return node->before;
}

/* Behind those that are not more than it. */
static inline void rb_add(struct rb_node *node, struct rb_root *root,
			  bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **at = &root->rb_node, *before = NULL;

	while (*at && !less(node, *at)) {
		before = *at;
		at = &before->rb_right;
	}
	*node = (struct rb_node) { .rb_right = *at, .before = before };
	if (*at)
		(*at)->before = node;
	*at = node;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node **at = &root->rb_node;

	while (*at && *at != node)
		at = &(*at)->rb_right;
	BUG_ON(!*at);
	*at = node->rb_right;
	if (*at)
		(*at)->before = node->before;
}

static inline struct rb_node *
rb_add_cached(struct rb_node *node, struct rb_root_cached *root,
	      bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	rb_add(node, &root->rb_root, less);
	return node->before ? NULL : node;
}

static inline struct rb_node *rb_erase_cached(struct rb_node *node,
					      struct rb_root_cached *root)
{
	rb_erase(node, &root->rb_root);
	return NULL;
}

#endif /* _NATIVE_RBTREE_H */
