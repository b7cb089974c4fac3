/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_LLIST_H
#define _NATIVE_LLIST_H

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD(name)	struct llist_head name = { NULL }

static inline void init_llist_head(struct llist_head *head)
{
	head->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

/* From @node to @last; was it empty? */
static inline bool llist_add_batch(struct llist_node *node,
				   struct llist_node *last,
				   struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do
		last->next = first;
	while (!try_cmpxchg(&head->first, &first, node));
	return !first;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, NULL);
}

/* One caller at a time, as in the kernel. */
static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	while (first && !try_cmpxchg(&head->first, &first,
				     READ_ONCE(first->next)))
		;
	return first;
}

#endif /* _NATIVE_LLIST_H */
