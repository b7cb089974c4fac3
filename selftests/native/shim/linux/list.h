/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_LIST_H
#define _NATIVE_LIST_H

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	list->prev = list;
}

static inline void __native_list_put(struct list_head *node,
				     struct list_head *before,
				     struct list_head *behind)
{
	node->prev = before;
	node->next = behind;
	WRITE_ONCE(before->next, node);
	behind->prev = node;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	__native_list_put(node, head, head->next);
}

static inline void list_add_tail(struct list_head *node,
				 struct list_head *head)
{
	__native_list_put(node, head->prev, head);
}

static inline void list_del_init(struct list_head *node)
{
	WRITE_ONCE(node->prev->next, node->next);
	node->next->prev = node->prev;
	INIT_LIST_HEAD(node);
}

/* Whoever follows a link of a node that was removed goes astray. */
static inline void list_del(struct list_head *node)
{
	list_del_init(node);
	node->next = NULL;
	node->prev = NULL;
}

static inline void list_move(struct list_head *node, struct list_head *head)
{
	list_del(node);
	list_add(node, head);
}

static inline void list_move_tail(struct list_head *node,
				  struct list_head *head)
{
	list_del(node);
	list_add_tail(node, head);
}

static inline void list_splice_tail(struct list_head *from,
				    struct list_head *head)
{
	if (from->next == from)
		return;
	from->next->prev = head->prev;
	head->prev->next = from->next;
	from->prev->next = head;
	head->prev = from->prev;
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

#define list_empty_careful(head)	list_empty(head)

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry(head, type, member)	\
	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	\
	list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member)	\
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define __native_list_step(pos, member, way)	\
	list_entry((pos)->member.way, __typeof__(*(pos)), member)
#define __native_list_for(pos, head, member, way)			\
	for (pos = list_entry((head)->way, __typeof__(*pos), member);	\
	     &pos->member != (head);					\
	     pos = __native_list_step(pos, member, way))
#define __native_list_for_safe(pos, n, head, member, way)		\
	for (pos = list_entry((head)->way, __typeof__(*pos), member),	\
	     n = __native_list_step(pos, member, way);			\
	     &pos->member != (head);					\
	     pos = n, n = __native_list_step(n, member, way))
#define list_for_each_entry(pos, head, member)	\
	__native_list_for(pos, head, member, next)
#define list_prepare_entry(pos, head, member)	\
	((pos) ?: list_entry(head, __typeof__(*(pos)), member))
#define list_entry_is_head(pos, head, member)	(&(pos)->member == (head))
#define list_for_each_entry_continue(pos, head, member)			\
	for (pos = __native_list_step(pos, member, next);		\
	     !list_entry_is_head(pos, head, member);			\
	     pos = __native_list_step(pos, member, next))
#define list_for_each_entry_reverse(pos, head, member)	\
	__native_list_for(pos, head, member, prev)
#define list_for_each_entry_safe(pos, n, head, member)	\
	__native_list_for_safe(pos, n, head, member, next)
#define list_for_each_entry_safe_reverse(pos, n, head, member)	\
	__native_list_for_safe(pos, n, head, member, prev)

#endif /* _NATIVE_LIST_H */
