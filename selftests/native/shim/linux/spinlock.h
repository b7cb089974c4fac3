/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks.  There is one thread, so a lock that is found taken is a deadlock, but for
 * a trylock; what is looked at is that locks are taken with interrupts off,
 * dropped by the CPU that took them, and mutexes only where a task may sleep.
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

static __always_inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	if (READ_ONCE(lock->owner))
		return false;
	WRITE_ONCE(lock->owner, native.cpu + 1);
	native.locks++;
	native.preempt++;
	barrier();
	return true;
}

static __always_inline void raw_spin_lock(raw_spinlock_t *lock)
{
	/* An interrupt could find it taken. */
	BUG_ON(!native.irqs_off && !native.in_irq && !native.in_nmi);
	if (!raw_spin_trylock(lock))
		native_bug(__FILE__, __LINE__, "a lock that is held is taken");
}

static __always_inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	BUG_ON(READ_ONCE(lock->owner) != native.cpu + 1);
	barrier();
	WRITE_ONCE(lock->owner, 0);
	native.locks--;
	native.preempt--;
}

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

/*
 * As both kinds of kernel have it: it may be slept for, on PREEMPT_RT, so it is not
 * taken under a raw lock or with interrupts off; and who holds it may not sleep.
 */
typedef struct {
	bool held;
} spinlock_t;

#define DEFINE_SPINLOCK(name)		spinlock_t name
#define spin_lock_init(lock)		((void)((lock)->held = false))

static inline void spin_lock(spinlock_t *lock)
{
	BUG_ON(!in_task() || native.preempt || native.irqs_off);
	if (lock->held)
		native_bug(__FILE__, __LINE__, "a lock that is held is taken");
	lock->held = true;
	native.locks++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	BUG_ON(!lock->held);
	lock->held = false;
	native.locks--;
}

struct mutex {
	bool held;
};

#define DEFINE_MUTEX(name)	struct mutex name
#define mutex_init(m)		((void)((m)->held = false))
#define mutex_destroy(m)	((void)(m))
#define mutex_is_locked(m)	((m)->held)

static inline bool mutex_trylock(struct mutex *m)
{
	if (m->held)
		return false;
	m->held = true;
	return true;
}

static inline void mutex_lock(struct mutex *m)
{
	might_sleep();
	BUG_ON(!mutex_trylock(m));
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
	BUG_ON(!m->held);
	m->held = false;
}

struct completion {
	unsigned int done;
};

static inline void init_completion(struct completion *c)
{
	c->done = 0;
}

static inline void reinit_completion(struct completion *c)
{
	c->done = 0;
}

static inline void complete(struct completion *c)
{
	c->done++;
}

static inline void complete_all(struct completion *c)
{
	c->done = UINT_MAX;
}

/* What is not complete now will never be. */
static inline void wait_for_completion(struct completion *c)
{
	might_sleep();
	BUG_ON(!c->done);
}

/* Waiting for a condition that nothing changes meanwhile: it must be true. */
typedef struct {
} wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name
#define init_waitqueue_head(q)		((void)(q))
/* How often any was woken. */
extern unsigned int native_wakes;
#define wake_up_all(q)			((void)(q), (void)native_wakes++)
#define wake_up(q)			wake_up_all(q)
#define wait_event(q, condition) do {					\
	might_sleep();							\
	BUG_ON(!(condition));						\
} while (0)
/* Sleeps once, as native.sleep says; then time is up. */
#define wait_event_timeout(q, condition, timeout) ({			\
	bool __is = (condition);					\
									\
	might_sleep();							\
	if (!__is) {							\
		schedule_timeout(timeout);				\
		__is = (condition);					\
	}								\
	(void)&(q);							\
	__is; })

#endif /* _NATIVE_SPINLOCK_H */
