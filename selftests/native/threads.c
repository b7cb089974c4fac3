// SPDX-License-Identifier: GPL-2.0
/*
 * A machine whose CPUs are threads: see threads.h.
 */
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "native_test.h"
#include "refill.h"
#include "threads.h"
#include "worker.h"

/* From <linux/futex.h>, which needs the kernel's own types. */
#define FUTEX_WAIT_PRIVATE	128
#define FUTEX_WAKE_PRIVATE	129

#define TRAP_FLAG	0x100UL
/* Jiffies are shorter than the kernel's, so that back-offs are, too. */
#define JIFFY_NS	100000UL
/* How long a sleeper sleeps before it checks for work of its CPU. */
#define NAP_NS		1000000L
#define TURN_US		50
/*
 * A lock that a thread tries to take for so long, of its own CPU time, is a
 * deadlock: on a busy host the thread that holds it waits for a CPU, too.
 */
#define SPIN_SECONDS	3
#define SPINS		200
#define WORKERS		8
#define CRASH_STACK	32768
#ifdef NATIVE_TSAN
#define SIGNALS		false
#else
#define SIGNALS		true
#endif

__thread struct native native;
__thread struct machine_counts machine_counts;
__thread const raw_spinlock_t *machine_watched;
static __thread bool watched_held;
static __thread struct task_struct thread_task;
static __thread unsigned int steps_left;
static __thread bool working;
__thread bool machine_blocks;
bool machine_has_blocks;

int native_cpus;
unsigned char native_online[NATIVE_CPUS];
struct workqueue_struct native_wq;

/*
 * @tid: of its thread; 0 if it has none
 * @rcu: odd while it may be a reader
 */
static struct machine_cpu {
	pid_t tid;
	unsigned long rcu;
	struct llist_head irq_works;
	struct list_head works;
	unsigned int nr_works;
} ____cacheline_aligned_in_smp machine[NATIVE_CPUS];

static struct machine_cpu *own(void)
{
	return &machine[native.cpu];
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

u64 native_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

unsigned long native_jiffies(void)
{
	return native_ns() / JIFFY_NS;
}

static int futex(unsigned int *word, int op, unsigned int value,
		 const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout,
		       NULL, 0);
}

/*
 * Readers
 */

static void rcu_step(void)
{
	__atomic_add_fetch(&own()->rcu, 1, __ATOMIC_SEQ_CST);
}

void native_quiescent(void)
{
	if (native.rcu || native.preempt || !in_task())
		return;
	__atomic_add_fetch(&own()->rcu, 2, __ATOMIC_SEQ_CST);
}

/* An interrupt of an idle CPU makes it a reader. */
static bool rcu_irq_enter(void)
{
	bool idle = !(READ_ONCE(own()->rcu) & 1);

	if (idle)
		rcu_step();
	return idle;
}

void machine_idle(unsigned int us)
{
	const struct timespec pause = { .tv_nsec = us * 1000L };

	rcu_step();
	nanosleep(&pause, NULL);
	rcu_step();
}

void native_wait_turn(void)
{
	might_sleep();
	NEVER(native.rcu);
	machine_idle(TURN_US);
	native_work();
}

void native_synchronize_rcu(void)
{
	unsigned long seen;
	int cpu;

	for (cpu = 0; cpu < native_cpus; cpu++) {
		if (cpu == native.cpu)
			continue;
		seen = __atomic_load_n(&machine[cpu].rcu, __ATOMIC_SEQ_CST);
		while ((seen & 1) &&
		       __atomic_load_n(&machine[cpu].rcu, __ATOMIC_SEQ_CST) ==
		       seen)
			machine_idle(TURN_US);
	}
}

/*
 * Locks
 */

void native_yield(void)
{
	sched_yield();
}

void native_spin(raw_spinlock_t *lock)
{
	u64 until = 0;
	unsigned int i;

	if (READ_ONCE(lock->owner) == native.cpu + 1)
		native_bug(__FILE__, __LINE__,
			   "a CPU waits for a lock that it holds");
	while (!native_take(lock)) {
		for (i = 0; i < SPINS && READ_ONCE(lock->owner); i++)
			__builtin_ia32_pause();
		if (i < SPINS)
			continue;
		sched_yield();
		if (!until)
			until = clock_ns(CLOCK_THREAD_CPUTIME_ID) +
				SPIN_SECONDS * 1000000000ULL;
		else if (clock_ns(CLOCK_THREAD_CPUTIME_ID) > until)
			native_bug(__FILE__, __LINE__,
				   "a lock is waited for in vain");
	}
}

static int hotplug_busy;

/* Readers are counted; the writer of hotplug takes all of them. */
#define HOTPLUG_WRITER	0x100000

bool native_cpus_read_trylock(void)
{
	if (__atomic_add_fetch(&hotplug_busy, 1, __ATOMIC_ACQUIRE) <
	    HOTPLUG_WRITER)
		return true;
	__atomic_sub_fetch(&hotplug_busy, 1, __ATOMIC_RELEASE);
	return false;
}

void native_cpus_read_unlock(void)
{
	__atomic_sub_fetch(&hotplug_busy, 1, __ATOMIC_RELEASE);
}

void machine_hotplug_begin(void)
{
	__atomic_add_fetch(&hotplug_busy, HOTPLUG_WRITER, __ATOMIC_ACQUIRE);
	while (__atomic_load_n(&hotplug_busy, __ATOMIC_ACQUIRE) !=
	       HOTPLUG_WRITER)
		native_wait_turn();
}

void machine_hotplug_end(void)
{
	__atomic_sub_fetch(&hotplug_busy, HOTPLUG_WRITER, __ATOMIC_RELEASE);
}

/*
 * Interrupts
 */

static void irq_works_run(void)
{
	struct llist_node *node = llist_del_all(&own()->irq_works), *next;
	struct llist_node *first = NULL;

	/* The oldest first. */
	for (; node; node = next) {
		next = node->next;
		node->next = first;
		first = node;
	}
	for (node = first; node; node = next) {
		struct irq_work *work = container_of(node, struct irq_work,
						     node);

		next = node->next;
		xchg(&work->pending, 0);
		work->func(work);
		__atomic_sub_fetch(&work->busy, 1, __ATOMIC_RELEASE);
	}
}

unsigned int native_irq_work(void)
{
	native_deliver();
	return 0;
}

static void leave(const struct native *before)
{
	if (native.locks != before->locks ||
	    native.preempt != before->preempt || native.rcu != before->rcu)
		native_bug(__FILE__, __LINE__,
			   "an interrupt leaves a lock, or preemption off");
	native.in_nmi = before->in_nmi;
	native.in_irq = before->in_irq;
	barrier();
	native.irqs_off = before->irqs_off;
	barrier();
}

/* Interrupts are on. */
static void interrupt_once(void)
{
	struct native before = native;
	bool idle;

	native.irqs_off = true;
	native.in_irq = true;
	barrier();
	native.pending = false;
	idle = rcu_irq_enter();
	machine_counts.interrupts++;
	if (native_online[native.cpu]) {
		irq_works_run();
		machine_interrupt();
	}
	if (idle)
		rcu_step();
	leave(&before);
}

/* One after the other, not one within the other: there is one stack. */
static void interrupt(void)
{
	do
		interrupt_once();
	while (native.pending);
}

void native_deliver(void)
{
	if (native.pending && !native.irqs_off)
		interrupt();
}

static void nmi(void)
{
	struct native before = native;
	bool idle;

	/* They do not nest in each other. */
	if (before.in_nmi)
		return;
	native.irqs_off = true;
	native.in_nmi = true;
	barrier();
	idle = rcu_irq_enter();
	machine_counts.nmis++;
	machine_nmi();
	if (idle)
		rcu_step();
	leave(&before);
	native_deliver();
}

bool irq_work_queue(struct irq_work *work)
{
	NEVER(!native_online[native.cpu]);
	if (xchg(&work->pending, 1))
		return false;
	__atomic_add_fetch(&work->busy, 1, __ATOMIC_RELAXED);
	llist_add(&work->node, &own()->irq_works);
	if (native.irqs_off)
		native.pending = true;
	else
		machine_send(native.cpu, false);
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	might_sleep();
	while (load_acquire(&work->busy))
		native_wait_turn();
}

static void signalled(int number, siginfo_t *info, void *context)
{
	int was = errno;

	if (number == SIGUSR2)
		nmi();
	else if (native.irqs_off)
		native.pending = true;
	else
		interrupt();
	errno = was;
}

/* After each instruction. */
static void watch(void)
{
	bool held = READ_ONCE(machine_watched->owner) == native.cpu + 1;

	machine_counts.held += held;
	machine_counts.holds += held && !watched_held;
	watched_held = held;
}

static void trapped(int number, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	int was = errno;

	machine_counts.steps++;
	if (machine_watched)
		watch();
	if (steps_left && --steps_left)
		return;
	regs[REG_EFL] &= ~TRAP_FLAG;
	machine_counts.stepped++;
	/* Also decides by the count: interrupts, if they are on. */
	if (native.irqs_off || (machine_counts.steps & 1))
		nmi();
	else
		interrupt();
	errno = was;
}

/*
 * A build with -fsanitize-coverage=trace-pc calls this at each basic block of the
 * module's code: a nesting for the price of a function call, though not at every
 * instruction.
 */
#define BLOCKS_MOST	64

static __thread unsigned int blocks_left = 1;
static __thread struct random blocks_random;

void __sanitizer_cov_trace_pc(void)
{
	if (!SIGNALS && unlikely(native.pending))
		native_deliver();
	if (likely(--blocks_left))
		return;
	blocks_left = 1 + random_below(&blocks_random, BLOCKS_MOST);
	WRITE_ONCE(machine_has_blocks, true);
	if (native.in_nmi || !machine_blocks)
		return;
	machine_counts.stepped++;
	if (native.irqs_off || (blocks_left & 1))
		nmi();
	else
		interrupt();
}

static __always_inline void trap_flag(bool on)
{
	if (on)
		__asm__ __volatile__("pushfq; orq %0, (%%rsp); popfq"
				     : : "i" (TRAP_FLAG) : "memory", "cc");
	else
		__asm__ __volatile__("pushfq; andq %0, (%%rsp); popfq"
				     : : "i" (~TRAP_FLAG) : "memory", "cc");
}

bool machine_step_begin(unsigned int steps)
{
	if (steps_left || native.in_nmi)
		return false;
	steps_left = steps;
	trap_flag(true);
	return true;
}

void machine_step_end(void)
{
	trap_flag(false);
	steps_left = 0;
}

void machine_send(int cpu, bool is_nmi)
{
	pid_t tid = READ_ONCE(machine[cpu].tid);

	if (!SIGNALS && cpu == native.cpu && !is_nmi)
		native.pending = true;
	else if (SIGNALS && tid)
		syscall(SYS_tgkill, getpid(), tid, is_nmi ? SIGUSR2 : SIGUSR1);
}

/* AddressSanitizer has a stack for signals of its own, and SIGSEGV is ours. */
const char *__asan_default_options(void)
{
	return "use_sigaltstack=0:handle_segv=0:detect_leaks=0";
}

const char *__tsan_default_options(void)
{
	return "halt_on_error=1:report_signal_unsafe=0:report_thread_leaks=0";
}

/* Print the address, so that the code can be found. */
static void crashed(int number, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	printf("Bail out! signal %d at %#llx, of address %p, stack %#llx, CPU %d\n",
	       number, (unsigned long long)regs[REG_RIP], info->si_addr,
	       (unsigned long long)regs[REG_RSP], native.cpu);
	fflush(stdout);
	_exit(1);
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *),
		   int flags)
{
	struct sigaction action = {
		.sa_sigaction = handler,
		.sa_flags = SA_SIGINFO | SA_RESTART | flags,
	};

	sigemptyset(&action.sa_mask);
	if (number != SIGUSR1)
		sigaddset(&action.sa_mask, SIGUSR1);
	if (number == SIGTRAP)
		sigaddset(&action.sa_mask, SIGUSR2);
	NEVER(sigaction(number, &action, NULL));
}

void machine_init(int cpus)
{
	int cpu;

	NEVER(cpus > NATIVE_CPUS);
	native_cpus = cpus;
	for (cpu = 0; cpu < cpus; cpu++) {
		INIT_LIST_HEAD(&machine[cpu].works);
		init_llist_head(&machine[cpu].irq_works);
	}
	handle(SIGUSR1, signalled, 0);
	handle(SIGUSR2, signalled, 0);
	handle(SIGTRAP, trapped, SA_NODEFER);
	handle(SIGSEGV, crashed, SA_ONSTACK);
	handle(SIGBUS, crashed, SA_ONSTACK);
}

void machine_enter(int cpu)
{
	static __thread char stack[CRASH_STACK];
	const stack_t crash_stack = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&crash_stack, NULL);
	thread_task = (struct task_struct) {
		.prio = DEFAULT_PRIO,
		.pid = 100 + cpu,
	};
	native = (struct native) { .task = &thread_task };
	native_set_cpu(cpu);
	rcu_step();
	WRITE_ONCE(native_online[cpu], 1);
	WRITE_ONCE(machine[cpu].tid, syscall(SYS_gettid));
}

/*
 * As a CPU that goes offline: first not online, then it runs its list once
 * more.
 */
void machine_offline(void)
{
	struct native before = native;

	native.irqs_off = true;
	native.in_irq = true;
	barrier();
	WRITE_ONCE(native_online[native.cpu], 0);
	irq_works_run();
	native.pending = false;
	leave(&before);
}

void machine_online(void)
{
	WRITE_ONCE(native_online[native.cpu], 1);
}

void machine_leave(void)
{
	WRITE_ONCE(own()->tid, 0);
	rcu_step();
}

/*
 * Sleeping
 */

int wake_up_process(struct task_struct *task)
{
	unsigned int was = xchg(&task->state, TASK_RUNNING);

	if (was != TASK_RUNNING)
		futex(&task->state, FUTEX_WAKE_PRIVATE, 1, NULL);
	return was != TASK_RUNNING;
}

long schedule_timeout(long timeout)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct task_struct *task = current;
	unsigned long begun = jiffies, gone = 0;
	unsigned int state;

	might_sleep();
	while ((state = READ_ONCE(task->state)) != TASK_RUNNING &&
	       !(READ_ONCE(task->killed) &&
		 (state & (TASK_KILLABLE | TASK_INTERRUPTIBLE)))) {
		gone = jiffies - begun;
		if (gone >= (unsigned long)timeout)
			break;
		rcu_step();
		futex(&task->state, FUTEX_WAIT_PRIVATE, state, &nap);
		rcu_step();
		native_work();
	}
	WRITE_ONCE(task->state, TASK_RUNNING);
	if (timeout == MAX_SCHEDULE_TIMEOUT)
		return timeout;
	return gone < (unsigned long)timeout ? timeout - gone : 0;
}

/*
 * Work items
 */

static spinlock_t works_lock;

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	bool queued = false;

	if (cpu >= native_cpus)
		cpu = native_cpus - 1;
	while (__atomic_exchange_n(&works_lock.held, 1, __ATOMIC_ACQUIRE))
		native_yield();
	if (work->state == WORK_IDLE) {
		work->state = WORK_PENDING;
		work->cpu = cpu;
		list_add_tail(&work->list, &machine[cpu].works);
		WRITE_ONCE(machine[cpu].nr_works, machine[cpu].nr_works + 1);
		queued = true;
	} else if (work->state == WORK_RUNS) {
		work->state = WORK_RUNS_AGAIN;
		queued = true;
	}
	__atomic_store_n(&works_lock.held, 0, __ATOMIC_RELEASE);
	return queued;
}

/* Off its list.  Lock held. */
static void work_take(struct work_struct *work, enum native_work_state state)
{
	list_del(&work->list);
	WRITE_ONCE(machine[work->cpu].nr_works,
		   machine[work->cpu].nr_works - 1);
	work->state = state;
}

static void works_run(int cpu)
{
	struct task_struct *task = native.task;
	static __thread struct task_struct kworker;
	struct work_struct *work;
	bool again;

	if (working || !READ_ONCE(machine[cpu].nr_works))
		return;
	working = true;
	kworker = (struct task_struct) { .prio = DEFAULT_PRIO };
	native.task = &kworker;
	spin_lock(&works_lock);
	while (!list_empty(&machine[cpu].works)) {
		work = list_first_entry(&machine[cpu].works, struct work_struct,
					list);
		work_take(work, WORK_RUNS);
		spin_unlock(&works_lock);
		if (work->grace)
			synchronize_rcu();
		work->func(work);
		might_sleep();
		spin_lock(&works_lock);
		again = work->state == WORK_RUNS_AGAIN;
		work->state = WORK_IDLE;
		if (again) {
			spin_unlock(&works_lock);
			queue_work_on(work->cpu, &native_wq, work);
			spin_lock(&works_lock);
			break;
		}
	}
	spin_unlock(&works_lock);
	native.task = task;
	working = false;
}

unsigned int native_work(void)
{
	native_deliver();
	works_run(native.cpu);
	return 0;
}

void machine_adopt(int cpu)
{
	works_run(cpu);
}

static enum native_work_state work_state(struct work_struct *work)
{
	enum native_work_state state;

	spin_lock(&works_lock);
	state = work->state;
	spin_unlock(&works_lock);
	return state;
}

bool flush_work(struct work_struct *work)
{
	bool waited = false;

	might_sleep();
	while (work_state(work) != WORK_IDLE) {
		waited = true;
		native_wait_turn();
	}
	return waited;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was = false;

	might_sleep();
	spin_lock(&works_lock);
	if (work->state == WORK_PENDING) {
		work_take(work, WORK_IDLE);
		was = true;
	} else if (work->state == WORK_RUNS_AGAIN) {
		work->state = WORK_RUNS;
		was = true;
	}
	spin_unlock(&works_lock);
	flush_work(work);
	return was;
}

/*
 * The refill worker: the last CPU's thread
 */

/*
 * @asked: to be run; @due: at that time, or 0
 * @runs: just now
 */
static struct worker_of {
	struct rsvpool *pool;
	int asked;
	u64 due;
	int runs;
} worker_of[WORKERS];

static struct worker_of *worker_find(const struct rsvpool *pool)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (READ_ONCE(worker_of[i].pool) == pool)
			return &worker_of[i];
	return NULL;
}

void worker_setup(struct rsvpool *pool)
{
	struct worker_of *w = worker_find(NULL);

	NEVER(!w);
	WRITE_ONCE(w->asked, 0);
	WRITE_ONCE(w->due, 0);
	store_release(&w->pool, pool);
}

void worker_thread_destroy(struct rsvpool *pool)
{
	struct worker_of *w = worker_find(pool);

	if (w)
		WRITE_ONCE(w->pool, NULL);
}

void worker_wake(struct rsvpool *pool)
{
	xchg(&worker_find(pool)->asked, 1);
}

void worker_wake_after(struct rsvpool *pool, unsigned long delay)
{
	WRITE_ONCE(worker_find(pool)->due, native_ns() + delay * JIFFY_NS);
}

bool worker_runs(struct rsvpool *pool)
{
	return READ_ONCE(worker_find(pool)->runs);
}

void worker_cancel_sync(struct rsvpool *pool)
{
	struct worker_of *w = worker_find(pool);

	do {
		xchg(&w->asked, 0);
		WRITE_ONCE(w->due, 0);
		while (load_acquire(&w->runs))
			native_wait_turn();
	} while (READ_ONCE(w->asked) || READ_ONCE(w->due));
}

bool machine_refill(void)
{
	struct worker_of *w;
	bool ran = false;
	u64 due;

	for (w = worker_of; w < worker_of + WORKERS; w++) {
		if (!READ_ONCE(w->pool))
			continue;
		due = READ_ONCE(w->due);
		if (!READ_ONCE(w->asked) && !(due && native_ns() >= due))
			continue;
		/* Set @runs before @asked is cleared: see the cancelling. */
		xchg(&w->runs, 1);
		if (xchg(&w->asked, 0) || READ_ONCE(w->due)) {
			WRITE_ONCE(w->due, 0);
			refill_run(w->pool);
			ran = true;
		}
		store_release(&w->runs, 0);
	}
	return ran;
}

bool machine_is_still(void)
{
	unsigned int i;
	int cpu;

	for (cpu = 0; cpu < native_cpus; cpu++)
		if (READ_ONCE(machine[cpu].nr_works) ||
		    !llist_empty(&machine[cpu].irq_works))
			return false;
	for (i = 0; i < WORKERS; i++)
		if (READ_ONCE(worker_of[i].asked) ||
		    READ_ONCE(worker_of[i].runs))
			return false;
	return true;
}
