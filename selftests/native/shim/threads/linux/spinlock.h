/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks between threads that are CPUs: see threads.h.  What the single-threaded
 * ones look at is looked at here, too: raw locks are taken with interrupts off,
 * and never by the CPU that has them.
 */
#ifndef _NATIVE_SPINLOCK_H
#define _NATIVE_SPINLOCK_H

/* @owner: the CPU that holds it, plus one. */
typedef struct {
	int owner;
} raw_spinlock_t;

#define DEFINE_RAW_SPINLOCK(name)	raw_spinlock_t name
#define raw_spin_lock_init(lock)	((void)((lock)->owner = 0))
#define raw_spin_is_locked(lock)	(READ_ONCE((lock)->owner) != 0)
#define lockdep_assert_held(lock)	((void)(lock))

/* It is held: until it is not. */
void native_spin(raw_spinlock_t *lock);

/* A file that forgets its locks: for the mutant of that. */
#ifdef NATIVE_MUTANT_NO_LOCK
#define NATIVE_NO_LOCK	true
#else
#define NATIVE_NO_LOCK	false
#endif

static __always_inline bool native_take(raw_spinlock_t *lock)
{
	int none = 0;

	if (NATIVE_NO_LOCK)
		return true;

	return __atomic_compare_exchange_n(&lock->owner, &none, native.cpu + 1,
					   false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* To measure: the lock alone. */
#ifdef NATIVE_BENCH
static __always_inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	if (!native_take(lock))
		return false;
	native.preempt++;
	return true;
}

static __always_inline void raw_spin_lock(raw_spinlock_t *lock)
{
	native.preempt++;
	if (unlikely(!native_take(lock)))
		native_spin(lock);
}

static __always_inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
	native.preempt--;
}
#else
static __always_inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	if (!native_take(lock))
		return false;
	native.locks++;
	native.preempt++;
	barrier();
	return true;
}

static __always_inline void raw_spin_lock(raw_spinlock_t *lock)
{
	/* An interrupt could find it taken. */
	BUG_ON(!native.irqs_off && !native.in_irq && !native.in_nmi);
	if (unlikely(!native_take(lock)))
		native_spin(lock);
	native.locks++;
	native.preempt++;
	barrier();
}

static __always_inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	BUG_ON(READ_ONCE(lock->owner) != native.cpu + 1 && !NATIVE_NO_LOCK);
	barrier();
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
	native.locks--;
	native.preempt--;
}
#endif

#define raw_spin_lock_nested(lock, subclass)	raw_spin_lock(lock)
#define raw_spin_lock_irqsave(lock, flags) do {				\
	local_irq_save(flags);						\
	raw_spin_lock(lock);						\
} while (0)
#define raw_spin_unlock_irqrestore(lock, flags) do {			\
	raw_spin_unlock(lock);						\
	local_irq_restore(flags);					\
} while (0)
#define raw_spin_lock_irq(lock) do {					\
	BUG_ON(native.irqs_off);					\
	local_irq_disable();						\
	raw_spin_lock(lock);						\
} while (0)
#define raw_spin_unlock_irq(lock) do {					\
	raw_spin_unlock(lock);						\
	local_irq_enable();						\
} while (0)
#define raw_spin_trylock_irqsave(lock, flags) ({			\
	bool __taken;							\
	local_irq_save(flags);						\
	__taken = raw_spin_trylock(lock);				\
	if (!__taken)							\
		local_irq_restore(flags);				\
	__taken; })

/* What a thread does that waits for another one: its CPU goes on meanwhile. */
void native_wait_turn(void);

/* Taken by tasks alone, and nobody sleeps who has one. */
typedef struct {
	int held;
} spinlock_t;

#define DEFINE_SPINLOCK(name)		spinlock_t name
#define spin_lock_init(lock)		((void)((lock)->held = 0))

void native_yield(void);

static inline void spin_lock(spinlock_t *lock)
{
	BUG_ON(!in_task() || native.preempt || native.irqs_off);
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		native_yield();
	native.locks++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	BUG_ON(!READ_ONCE(lock->held));
	native.locks--;
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

struct mutex {
	int held;
};

#define DEFINE_MUTEX(name)	struct mutex name
#define mutex_init(m)		((void)((m)->held = 0))
#define mutex_destroy(m)	((void)(m))
#define mutex_is_locked(m)	READ_ONCE((m)->held)

static inline bool mutex_trylock(struct mutex *m)
{
	return !__atomic_exchange_n(&m->held, 1, __ATOMIC_ACQUIRE);
}

static inline void mutex_lock(struct mutex *m)
{
	might_sleep();
	while (!mutex_trylock(m))
		native_wait_turn();
}

static inline int mutex_lock_killable(struct mutex *m)
{
	mutex_lock(m);
	return 0;
}

#define mutex_lock_interruptible(m)	mutex_lock_killable(m)
#define mutex_lock_nested(m, subclass)	mutex_lock(m)
#define mutex_lock_nest_lock(m, outer)	mutex_lock(m)

static inline void mutex_unlock(struct mutex *m)
{
	BUG_ON(!READ_ONCE(m->held));
	__atomic_store_n(&m->held, 0, __ATOMIC_RELEASE);
}

struct completion {
	unsigned int done;
};

#define init_completion(c)	((void)((c)->done = 0))
#define reinit_completion(c)	init_completion(c)
#define complete(c)		\
	((void)__atomic_add_fetch(&(c)->done, 1, __ATOMIC_RELEASE))
#define complete_all(c)		complete(c)
#define wait_for_completion(c)	wait_event(c, smp_load_acquire(&(c)->done))

typedef struct {
	unsigned int wakeups;
} wait_queue_head_t;

/* Whoever waits looks again by himself. */
#define DECLARE_WAIT_QUEUE_HEAD(name)	__maybe_unused wait_queue_head_t name
#define init_waitqueue_head(q)		((void)((q)->wakeups = 0))
#define wake_up_all(q)			((void)(q))
#define wake_up(q)			wake_up_all(q)
#define wait_event(q, condition) do {					\
	might_sleep();							\
	while (!(condition))						\
		native_wait_turn();					\
} while (0)

#endif /* _NATIVE_SPINLOCK_H */
