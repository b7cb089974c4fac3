// SPDX-License-Identifier: GPL-2.0
/*
 * vm-tcg - make code patching safe in a guest with several emulated CPUs
 *
 * Belongs to the test rig: scripts/vm builds it and has it loaded in guests
 * that run under TCG with more than one CPU.
 *
 * The kernel patches its code (static keys, static calls, ftrace, kprobes)
 * through a breakpoint that stands there for a moment.  QEMU drops what it has
 * translated of a place when the place is written, but a CPU that translates
 * it at that very moment can keep the breakpoint for ever (QEMU 7.2 and 10.0,
 * often when the host's CPUs are overcommitted).  Later somebody runs into it,
 * the kernel knows nothing of a breakpoint there, and dies of "Oops: int3", or
 * on 6.1 spins.
 *
 * After each step of patching the kernel has every CPU execute do_sync_core().
 * Here each of them also writes what stands in the patched places once more,
 * unchanged.  By then no CPU is in the middle of a translation begun before
 * the step, and the kernel still tells a breakpoint that it put there itself,
 * so no outdated translation is left when it forgets about it.
 *
 * Context: record_poke() runs in a task that holds text_mutex, rewrite_all()
 * with interrupts off, on all CPUs at once, while that task waits for them.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <asm/processor-flags.h>

/* One batch of the kernel's is at most a page full of 16-byte descriptors. */
#define MAX_POKES	(PAGE_SIZE / 16)

struct poke {
	u8 *addr;
	size_t len;
};

/* The places written since all CPUs were last synchronised. */
static struct poke pokes[MAX_POKES];
static unsigned int nr_pokes;
/* How many CPUs have rewritten them. */
static atomic_t nr_done;

/*
 * What a kprobe copies an instruction to, before anybody executes that: no step
 * follows by which we would forget it, and its page may go, or become another's.
 * Of ftrace's trampolines this leaves the bytes that are behind a breakpoint.
 */
static bool notrace is_nameless(unsigned long addr)
{
	static char name[KSYM_SYMBOL_LEN];	/* text_mutex is held */

	sprint_symbol(name, addr);
	return name[0] == '0' && name[1] == 'x';
}

/* The second and fourth arguments of __text_poke() are the place. */
static void notrace record_poke(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (!regs)
		return;
	/* All CPUs were synchronised since the last one: a new step. */
	if (atomic_read(&nr_done)) {
		atomic_set(&nr_done, 0);
		nr_pokes = 0;
	}
	if (nr_pokes == MAX_POKES || (regs->cx > 1 && is_nameless(regs->si)))
		return;
	pokes[nr_pokes].addr = (u8 *)regs->si;
	pokes[nr_pokes].len = regs->cx;
	nr_pokes++;
}

static __always_inline unsigned long read_cr0_raw(void)
{
	unsigned long cr0;

	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	return cr0;
}

/* The kernel's own accessor refuses to turn write protection off. */
static __always_inline void write_cr0_raw(unsigned long cr0)
{
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
}

static void notrace rewrite_all(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	unsigned int i, nr = nr_pokes;
	unsigned long flags, cr0;
	size_t j;

	if (!nr)
		return;

	raw_local_irq_save(flags);
	cr0 = read_cr0_raw();
	write_cr0_raw(cr0 & ~X86_CR0_WP);
	for (i = 0; i < nr; i++) {
		volatile u8 *byte = pokes[i].addr;

		for (j = 0; j < pokes[i].len; j++)
			byte[j] = byte[j];
	}
	write_cr0_raw(cr0);
	raw_local_irq_restore(flags);

	/* The places may be gone by the next time: the last one forgets. */
	if (atomic_inc_return(&nr_done) == num_online_cpus())
		nr_pokes = 0;
}

static struct ftrace_ops record_ops = {
	.func = record_poke,
	.flags = FTRACE_OPS_FL_SAVE_REGS,
};

static struct ftrace_ops rewrite_ops = { .func = rewrite_all };

static int __init hook(struct ftrace_ops *ops, char *function)
{
	int err;

	err = ftrace_set_filter(ops, function, strlen(function), 1);
	if (err)
		return err;
	return register_ftrace_function(ops);
}

/* There is no way out: without it the guest is not safe any more. */
static int __init vm_tcg_init(void)
{
	int err;

	err = hook(&rewrite_ops, "do_sync_core");
	if (err)
		return err;
	err = hook(&record_ops, "__text_poke");
	if (err)
		unregister_ftrace_function(&rewrite_ops);
	return err;
}
module_init(vm_tcg_init);

MODULE_DESCRIPTION("Makes code patching safe in a guest under QEMU's TCG");
MODULE_LICENSE("GPL");
