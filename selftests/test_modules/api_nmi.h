/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An NMI on this CPU, at once, if the architecture has a way to send one.
 */
#ifndef _RSVPOOL_TEST_API_NMI_H
#define _RSVPOOL_TEST_API_NMI_H

#include <linux/types.h>

#ifdef CONFIG_X86_LOCAL_APIC

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#define API_HAS_NMI	true
#define API_NMI_SPINS	1000000000U	/* a lost NMI is not to hang the test */

struct api_nmi {
	void (*fn)(void *data);
	void *data;
	int cpu;
};

static struct api_nmi *api_nmi_due;

static int api_nmi_handler(unsigned int type, struct pt_regs *regs)
{
	struct api_nmi *nmi = READ_ONCE(api_nmi_due);

	if (!nmi || nmi->cpu != smp_processor_id())
		return NMI_DONE;
	nmi->fn(nmi->data);
	smp_store_release(&api_nmi_due, NULL);	/* after all that fn did */
	return NMI_HANDLED;
}

static inline int api_nmi_start(void)
{
	return register_nmi_handler(NMI_LOCAL, api_nmi_handler, 0,
				    "rsvpool_test_api");
}

static inline void api_nmi_stop(void)
{
	unregister_nmi_handler(NMI_LOCAL, "rsvpool_test_api");
}

/* Run @fn in an NMI on this CPU; false if none came. */
static inline bool api_nmi_run(void (*fn)(void *data), void *data)
{
	struct api_nmi nmi = { .fn = fn, .data = data };
	unsigned int spins;

	preempt_disable();
	nmi.cpu = smp_processor_id();
	/* After all fields of @nmi, which the handler reads through it. */
	smp_store_release(&api_nmi_due, &nmi);
	apic->send_IPI_mask(cpumask_of(nmi.cpu), NMI_VECTOR);
	for (spins = 0; spins < API_NMI_SPINS; spins++) {
		/* Pairs with the release in api_nmi_handler(). */
		if (!smp_load_acquire(&api_nmi_due))
			break;
		cpu_relax();
	}
	preempt_enable();
	return cmpxchg(&api_nmi_due, &nmi, NULL) != &nmi;
}

#else

#define API_HAS_NMI	false

static inline int api_nmi_start(void)
{
	return 0;
}

static inline void api_nmi_stop(void)
{
}

static inline bool api_nmi_run(void (*fn)(void *data), void *data)
{
	return false;
}

#endif

#endif /* _RSVPOOL_TEST_API_NMI_H */
