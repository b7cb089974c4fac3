// SPDX-License-Identifier: GPL-2.0
/*
 * vm-tcg - make code patching safe in a guest with several emulated CPUs
 *
 * Belongs to the test rig: scripts/vm builds it and has it loaded in guests
 * that run under TCG with more than one CPU.
 *
 * The kernel patches its code (static keys, static calls, ftrace, kprobes) by
 * writing a breakpoint there for a moment.  QEMU drops its translation of code
 * that is written, but a CPU that translates the code at that very moment can
 * keep the breakpoint for ever (QEMU 7.2 and 10.0, often when the host's CPUs
 * are overcommitted).  Later a CPU executes it, the kernel finds no breakpoint
 * of its own there, and crashes with "Oops: int3", or on 6.1 spins.
 *
 * After each step of patching the kernel has every CPU execute do_sync_core().
 * Here each of them also rewrites the patched bytes with the same content.  By
 * then no CPU is in a translation that began before the step, and the kernel
 * still knows its own breakpoint, so no outdated translation is left when it
 * forgets the breakpoint.
 *
 * The code's own mappings are read-only.  Writing through them would make them
 * dirty, which newer kernels interpret as a shadow stack, with a warning.  So
 * the bytes are written through other addresses, windows: pages of address
 * space that are mapped to the pages of code when needed.
 *
 * Context: record_poke() runs in a task that holds text_mutex, rewrite_all()
 * with interrupts off, on all CPUs at once, while that task waits for them.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

/* One batch of the kernel's is at most a page full of 16-byte descriptors. */
#define MAX_POKES	(PAGE_SIZE / 16)

/* Bytes to try a window with. */
#define SAMPLE	16

/* A place may go on in the next page. */
#define POKE_PAGES	2

struct poke {
	size_t len;
	unsigned int offset;	/* in its window */
};

/* The places written since all CPUs were last synchronised. */
static struct poke pokes[MAX_POKES];
static unsigned int nr_pokes;
/* How many CPUs have rewritten them. */
static atomic_t nr_done;

/*
 * One window a poke.  Its entries are written in record_poke(), when all CPUs
 * are done with what they were before; each CPU forgets that for itself.
 */
static u8 *windows;
static pte_t *entries[MAX_POKES * POKE_PAGES];
/* What an entry is besides the number of a page. */
static pteval_t entry_bits;

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

static u8 *window(unsigned int poke)
{
	return windows + poke * POKE_PAGES * PAGE_SIZE;
}

static void notrace set_window(unsigned int poke, unsigned long addr,
			       size_t len)
{
	unsigned int page;
	phys_addr_t phys;

	for (page = 0; page < POKE_PAGES; page++) {
		phys = slow_virt_to_phys((void *)addr) & PAGE_MASK;
		WRITE_ONCE(entries[poke * POKE_PAGES + page]->pte,
			   phys | entry_bits);
		if (page == (offset_in_page(addr) + len - 1) >> PAGE_SHIFT)
			break;
		addr += PAGE_SIZE;
	}
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
	set_window(nr_pokes, regs->si, regs->cx);
	pokes[nr_pokes].offset = offset_in_page(regs->si);
	pokes[nr_pokes].len = regs->cx;
	nr_pokes++;
}

static __always_inline void forget_entry(const u8 *addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

static void notrace rewrite_all(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	unsigned int i, nr = nr_pokes;
	unsigned long flags;
	volatile u8 *byte;
	size_t j;

	if (!nr)
		return;

	raw_local_irq_save(flags);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < POKE_PAGES; j++)
			forget_entry(window(i) + j * PAGE_SIZE);
		byte = window(i) + pokes[i].offset;
		for (j = 0; j < pokes[i].len; j++)
			byte[j] = byte[j];
	}
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

/* All address spaces have the kernel's part in common. */
static pte_t * __init find_entry(unsigned long addr)
{
	pgd_t *pgd = pgd_offset(current->active_mm, addr);
	p4d_t *p4d = p4d_offset(pgd, addr);

	return pte_offset_kernel(pmd_offset(pud_offset(p4d, addr), addr), addr);
}

/* Is that what one sees through a window? */
static bool __init shows(const u8 *code)
{
	set_window(0, (unsigned long)code, SAMPLE);
	forget_entry(window(0));
	forget_entry(window(0) + PAGE_SIZE);
	return !memcmp(window(0) + offset_in_page(code), code, SAMPLE);
}

/* Any page stands in the windows until they are used. */
static int __init open_windows(void)
{
	unsigned int i, nr = ARRAY_SIZE(entries);
	struct page **pages, *page;

	pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);
	page = alloc_page(GFP_KERNEL);
	if (!pages || !page)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		pages[i] = page;
	windows = vmap(pages, nr, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	if (!windows)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		entries[i] = find_entry((unsigned long)windows + i * PAGE_SIZE);
	entry_bits = pte_flags(*entries[0]);
	return shows((u8 *)open_windows) && shows((u8 *)vmap) ? 0 : -EIO;
}

/* There is no way out: without it the guest is not safe any more. */
static int __init vm_tcg_init(void)
{
	int err;

	err = open_windows();
	if (err)
		return err;
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
