// SPDX-License-Identifier: GPL-2.0
/*
 * Sends NMIs.
 *
 * Answers for: NMIs sent to a given CPU, each of which calls that CPU's actor,
 * and a handler that claims only these.  At most one is pending on a CPU: a sender
 * sets the CPU's @pending, and sends only if that was 0; the handler claims an NMI
 * only if it finds @pending set, and clears it.  So NMIs of other senders are left
 * to their handlers, and each of ours is claimed.
 *
 * Only the current run uses this state.
 */
#include "stress.h"

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <asm/apic.h>
#include <asm/nmi.h>

#define NMI_NAME	"rsvpool_stress"
#define WAIT_NS		(NSEC_PER_MSEC)	/* for an NMI to arrive */

struct nmi_cpu {
	atomic_t pending;
	u64 claimed;
};

static DEFINE_PER_CPU(struct nmi_cpu, nmi_cpus);
static struct stress_actor *nmi_actors;	/* by CPU; set while registered */
static atomic_long_t nmi_sent;
static unsigned int nmi_lost;

static int nmi_handle(unsigned int type, struct pt_regs *regs)
{
	struct nmi_cpu *nmi = this_cpu_ptr(&nmi_cpus);

	if (!atomic_xchg(&nmi->pending, 0))
		return NMI_DONE;
	stress_count(&nmi->claimed, 1);
	stress_actor_act(&nmi_actors[smp_processor_id()]);
	return NMI_HANDLED;
}

/* Register the handler.  @actors: the actors of NMI, by CPU.  Task context. */
int stress_nmi_start(struct stress_actor *actors)
{
	int cpu;

	nmi_actors = actors;
	atomic_long_set(&nmi_sent, 0);
	nmi_lost = 0;
	for_each_possible_cpu(cpu)
		per_cpu(nmi_cpus, cpu) = (struct nmi_cpu){};
	return register_nmi_handler(NMI_LOCAL, nmi_handle, 0, NMI_NAME);
}

/*
 * Wait until no NMI is pending, then unregister the handler.  All senders have
 * stopped.  Task context.
 */
void stress_nmi_stop(void)
{
	unsigned int waited = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		while (atomic_read(&per_cpu(nmi_cpus, cpu).pending)) {
			if (waited++ > STRESS_PATIENCE_MS) {
				nmi_lost++;
				break;
			}
			usleep_range(1000, 2000);
		}
	}
	/* Waits until the handler runs on no CPU. */
	unregister_nmi_handler(NMI_LOCAL, NMI_NAME);
}

/*
 * Send an NMI to a CPU, and wait until it is claimed, for WAIT_NS at most.  The
 * CPU cannot go offline meanwhile.  Context: Task.  Return: whether it was sent;
 * it is not if the CPU is offline, or an NMI is pending there.
 */
bool stress_nmi_send(int cpu)
{
	atomic_t *pending = &per_cpu(nmi_cpus, cpu).pending;
	bool sent = false;
	u64 until;

	cpus_read_lock();
	if (!cpu_online(cpu) || atomic_cmpxchg(pending, 0, 1))
		goto unlock;
	sent = true;
	atomic_long_inc(&nmi_sent);
	apic->send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
	until = ktime_get_ns() + WAIT_NS;
	while (atomic_read(pending) && ktime_get_ns() < until)
		cpu_relax();
unlock:
	cpus_read_unlock();
	return sent;
}

void stress_nmi_show(struct seq_file *m)
{
	u64 claimed = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		claimed += READ_ONCE(per_cpu(nmi_cpus, cpu).claimed);
	seq_printf(m, "nmi.sent=%ld\nnmi.claimed=%llu\nnmi.lost=%u\n",
		   atomic_long_read(&nmi_sent), claimed, nmi_lost);
}
