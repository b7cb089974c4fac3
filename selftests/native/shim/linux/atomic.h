/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic operations, by the compiler's builtins: on x86 the instructions that the
 * kernel has for them, too.
 */
#ifndef _NATIVE_ATOMIC_H
#define _NATIVE_ATOMIC_H

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

#define __NATIVE_ATOMIC(prefix, type, value)				\
static __always_inline value prefix##_read(const type *v)		\
{									\
	return READ_ONCE(v->counter);					\
}									\
static __always_inline value prefix##_read_acquire(const type *v)	\
{									\
	return smp_load_acquire(&v->counter);				\
}									\
static __always_inline void prefix##_set(type *v, value i)		\
{									\
	WRITE_ONCE(v->counter, i);					\
}									\
static __always_inline value prefix##_add_return(value i, type *v)	\
{									\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static __always_inline value prefix##_sub_return(value i, type *v)	\
{									\
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static __always_inline value prefix##_fetch_add(value i, type *v)	\
{									\
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static __always_inline value prefix##_fetch_or(value i, type *v)	\
{									\
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static __always_inline value prefix##_fetch_andnot(value i, type *v)	\
{									\
	return __atomic_fetch_and(&v->counter, ~i, __ATOMIC_SEQ_CST);	\
}									\
static __always_inline void prefix##_add(value i, type *v)		\
{									\
	(void)prefix##_add_return(i, v);				\
}									\
static __always_inline void prefix##_sub(value i, type *v)		\
{									\
	(void)prefix##_sub_return(i, v);				\
}									\
static __always_inline void prefix##_inc(type *v)			\
{									\
	(void)prefix##_add_return(1, v);				\
}									\
static __always_inline void prefix##_dec(type *v)			\
{									\
	(void)prefix##_sub_return(1, v);				\
}									\
static __always_inline value prefix##_inc_return(type *v)		\
{									\
	return prefix##_add_return(1, v);				\
}									\
static __always_inline value prefix##_dec_return(type *v)		\
{									\
	return prefix##_sub_return(1, v);				\
}									\
static __always_inline bool prefix##_dec_and_test(type *v)		\
{									\
	return !prefix##_sub_return(1, v);				\
}									\
static __always_inline value prefix##_xchg(type *v, value i)		\
{									\
	return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static __always_inline bool prefix##_try_cmpxchg(type *v, value *old,	\
						 value to)		\
{									\
	return __atomic_compare_exchange_n(&v->counter, old, to, false,	\
					   __ATOMIC_SEQ_CST,		\
					   __ATOMIC_SEQ_CST);		\
}									\
static __always_inline value prefix##_cmpxchg(type *v, value old,	\
					      value to)			\
{									\
	(void)prefix##_try_cmpxchg(v, &old, to);			\
	return old;							\
}									\
static __always_inline bool prefix##_add_unless(type *v, value i,	\
						value unless)		\
{									\
	value old = prefix##_read(v);					\
									\
	do								\
		if (old == unless)					\
			return false;					\
	while (!prefix##_try_cmpxchg(v, &old, old + i));		\
	return true;							\
}									\
static __always_inline bool prefix##_inc_not_zero(type *v)		\
{									\
	return prefix##_add_unless(v, 1, 0);				\
}									\
static __always_inline value prefix##_dec_if_positive(type *v)		\
{									\
	value old = prefix##_read(v);					\
									\
	do								\
		if (old <= 0)						\
			return old - 1;					\
	while (!prefix##_try_cmpxchg(v, &old, old - 1));		\
	return old - 1;							\
}

__NATIVE_ATOMIC(atomic, atomic_t, int)
__NATIVE_ATOMIC(atomic64, atomic64_t, s64)

#define xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define try_cmpxchg(p, old, to)						\
	__atomic_compare_exchange_n(p, old, to, false, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST)
#define try_cmpxchg64(p, old, to)	try_cmpxchg(p, old, to)
#define cmpxchg(p, old, to) ({						\
	__typeof__(*(p)) __was = (old);					\
	try_cmpxchg(p, &__was, to);					\
	__was; })

#endif /* _NATIVE_ATOMIC_H */
