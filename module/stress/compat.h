/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions.
 *
 * The only file of rsvpool_stress.ko that knows kernel versions.  Each entry
 * provides what the newest kernel has, or a stub and a STRESS_HAS_* that is
 * false.
 */
#ifndef RSVPOOL_STRESS_COMPAT_H
#define RSVPOOL_STRESS_COMPAT_H

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/mempool.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/version.h>

/* 6.13 sets up a timer with its function in one call. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

/* The name of alloc_pages_bulk_node() before 6.14. */
#ifndef alloc_pages_bulk_node
#define alloc_pages_bulk_node	alloc_pages_bulk_array_node
#endif

/* From 6.7 on, a mempool can be asked for its preallocated elements only. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define STRESS_HAS_MEMPOOL_PREALLOCATED	false
static inline void *mempool_alloc_preallocated(mempool_t *pool)
{
	return NULL;
}
#else
#define STRESS_HAS_MEMPOOL_PREALLOCATED	true
#endif

/*
 * 6.12 has a barrier for kvfree_rcu(), which 7.3 does not export: Kbuild checks
 * that.  Without it, the last objects of a flood may stay queued for five
 * seconds, or ten if earlier ones are not freed yet.  A kernel with sheaves
 * keeps objects in a partly filled sheaf for longer: kmem_cache_destroy() frees
 * those.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0) || \
	defined(STRESS_NO_KVFREE_RCU_BARRIER)
#define STRESS_KVFREE_REST_MS	6000
static inline void stress_kvfree_rcu_barrier(void)
{
	msleep(STRESS_KVFREE_REST_MS);
	rcu_barrier();
	msleep(STRESS_KVFREE_REST_MS);
	rcu_barrier();
}
#else
static inline void stress_kvfree_rcu_barrier(void)
{
	kvfree_rcu_barrier();
}
#endif

/* On some architectures a kprobe cannot read the function's arguments. */
#if IS_ENABLED(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)
#define STRESS_HAS_ARGUMENTS	true
#else
#define STRESS_HAS_ARGUMENTS	false
static inline unsigned long regs_get_kernel_argument(struct pt_regs *regs,
						     unsigned int n)
{
	return 0;
}
#endif

/* objpool exists from 6.7 on. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define STRESS_HAS_OBJPOOL	false
struct objpool_head {
};

static inline int objpool_init(struct objpool_head *objpool, int nr, int bytes,
			       gfp_t gfp, void *context, void *init,
			       void *release)
{
	return -EOPNOTSUPP;
}

static inline void objpool_fini(struct objpool_head *objpool)
{
}

static inline void *objpool_pop(struct objpool_head *objpool)
{
	return NULL;
}

static inline int objpool_push(void *object, struct objpool_head *objpool)
{
	return -EOPNOTSUPP;
}
#else
#define STRESS_HAS_OBJPOOL	true
#include <linux/objpool.h>
#endif

/*
 * Kbuild detects the following.  The version does not decide, as distributions
 * backport functions, and a kernel may have one before it exports it.
 *
 * 6.18 has kmalloc_nolock(); later kernels export it.
 */
#ifndef STRESS_EXPORTS_KMALLOC_NOLOCK
#define STRESS_HAS_KMALLOC_NOLOCK	false
#define kmalloc_nolock(size, gfp, node)	NULL
#define kfree_nolock(object)		((void)(object))
#else
#define STRESS_HAS_KMALLOC_NOLOCK	true
#endif

/* 6.15 has alloc_pages_nolock(), from 6.18 on with flags. */
#ifndef STRESS_EXPORTS_ALLOC_PAGES_NOLOCK
#define STRESS_HAS_ALLOC_PAGES_NOLOCK	false
#define alloc_pages_nolock(gfp, node, order)	((struct page *)NULL)
#else
#define STRESS_HAS_ALLOC_PAGES_NOLOCK	true
#endif

/* 6.19 has bulk calls for a mempool; later kernels have one argument fewer. */
#ifndef STRESS_EXPORTS_MEMPOOL_BULK
#define STRESS_HAS_MEMPOOL_BULK		false
static inline int mempool_alloc_bulk(mempool_t *pool, void **elements,
				     unsigned int count)
{
	return -EOPNOTSUPP;
}

static inline unsigned int mempool_free_bulk(mempool_t *pool, void **elements,
					     unsigned int count)
{
	return 0;
}
#else
#define STRESS_HAS_MEMPOOL_BULK		true
#endif

/* From 6.18 on, a slab cache can be created with sheaves. */
#ifndef STRESS_HAS_SHEAF_CAPACITY
#define STRESS_HAS_SHEAVES		false
static inline struct kmem_cache *
stress_sheaves_create(const char *name, unsigned int bytes,
		      unsigned int objects)
{
	return NULL;
}
#else
#define STRESS_HAS_SHEAVES		true
static inline struct kmem_cache *
stress_sheaves_create(const char *name, unsigned int bytes,
		      unsigned int objects)
{
	struct kmem_cache_args args = { .sheaf_capacity = objects };

	return kmem_cache_create(name, bytes, &args, 0);
}
#endif

#endif /* RSVPOOL_STRESS_COMPAT_H */
