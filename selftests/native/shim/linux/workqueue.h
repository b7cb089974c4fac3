/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What runs later: irq_work and work items are noted, and run when the test says
 * so (native_irq_work(), native_work()) or when somebody waits for them.
 */
#ifndef _NATIVE_WORKQUEUE_H
#define _NATIVE_WORKQUEUE_H

struct irq_work {
	void (*func)(struct irq_work *work);
	struct list_head list;
	bool pending;
	int cpu;
};

#define IRQ_WORK_INIT_HARD(fn)	((struct irq_work) { .func = (fn) })
#define IRQ_WORK_INIT(fn)	IRQ_WORK_INIT_HARD(fn)
#define init_irq_work(w, fn)	(*(w) = IRQ_WORK_INIT(fn))

bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);
#define irq_work_is_pending(w)	((w)->pending)
#define irq_work_is_busy(w)	((w)->pending)

/* All that are pending, each on its CPU; how many there were. */
unsigned int native_irq_work(void);
bool native_irq_work_pending(void);
/* Whatever is pending, work items too, never was: the test undoes all else. */
void native_forget(void);

struct workqueue_struct {
	unsigned int flags;
};

struct work_struct {
	void (*func)(struct work_struct *work);
	struct list_head list;
	bool pending;
	int cpu;
};

struct delayed_work {
	struct work_struct work;
};

struct rcu_work {
	struct work_struct work;
};

#define WQ_UNBOUND		1
#define WQ_MEM_RECLAIM		2
#define WQ_HIGHPRI		4
#define WQ_SYSFS		8
#define WQ_PERCPU		16
#define WQ_FREEZABLE		32
#define WORK_CPU_UNBOUND	NATIVE_CPUS

#define INIT_WORK(w, fn)	\
	(*(w) = (struct work_struct) { .func = (fn) })
#define DECLARE_WORK(w, fn)	struct work_struct w = { .func = (fn) }
#define INIT_DELAYED_WORK(w, fn)	INIT_WORK(&(w)->work, fn)
#define INIT_RCU_WORK(w, fn)	INIT_WORK(&(w)->work, fn)
#define to_rcu_work(w)		container_of(w, struct rcu_work, work)
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)

extern struct workqueue_struct native_wq;

#define alloc_workqueue(name, f, max_active, ...)	(&native_wq)
#define destroy_workqueue(wq)	((void)(wq))

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work);
bool flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
unsigned int native_work(void);

#define queue_work(wq, w)	queue_work_on(native.cpu, wq, w)
#define queue_rcu_work(wq, w)	queue_work(wq, &(w)->work)
#define flush_rcu_work(w)	flush_work(&(w)->work)
#define schedule_work(w)	queue_work(&native_wq, w)

#endif /* _NATIVE_WORKQUEUE_H */
