/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_TYPES_H
#define _NATIVE_TYPES_H

/* __u32 and the like, which the C library's headers may expect of this file. */
#include <asm/types.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef unsigned short umode_t;
typedef unsigned int gfp_t;
typedef int clockid_t;

#define __percpu
#define __rcu
#define __user
#define __bitwise
#define __force

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

struct list_head {
	struct list_head *next, *prev;
};

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#endif /* _NATIVE_TYPES_H */
