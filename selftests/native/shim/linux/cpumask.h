/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs and nodes: NATIVE_CPUS of the one, all of them on a single one of the other.
 */
#ifndef _NATIVE_CPUMASK_H
#define _NATIVE_CPUMASK_H

struct cpumask {
	unsigned long bits;
};

typedef struct cpumask cpumask_var_t[1];

#define nr_cpu_ids		((unsigned int)NATIVE_CPUS)
#define num_possible_cpus()	((unsigned int)NATIVE_CPUS)
#define num_online_cpus()	((unsigned int)NATIVE_CPUS)
#define cpu_online(cpu)		((void)(cpu), true)
#define cpu_possible(cpu)	((cpu) < NATIVE_CPUS)
#define for_each_possible_cpu(cpu)	\
	for ((cpu) = 0; (cpu) < NATIVE_CPUS; (cpu)++)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu)
#define for_each_present_cpu(cpu)	for_each_possible_cpu(cpu)
#define cpus_read_lock()	((void)0)
#define cpus_read_trylock()	(true)
#define cpus_read_unlock()	((void)0)
#define alloc_cpumask_var(m, gfp)	(true)
#define zalloc_cpumask_var(m, gfp)	((*(m))->bits = 0, true)
#define free_cpumask_var(m)	((void)(m))
#define cpumask_copy(to, from)	((void)((to)->bits = (from)->bits))
#define cpumask_clear(m)	((void)((m)->bits = 0))
#define cpumask_set_cpu(cpu, m)	((void)((m)->bits |= BIT(cpu)))
#define cpumask_test_cpu(cpu, m)	((m)->bits & BIT(cpu))
#define cpumask_empty(m)	(!(m)->bits)
/* For "%*pbl", which is printed as a mask here. */
#define cpumask_pr_args(m)	NATIVE_CPUS, (m)

#define HK_TYPE_DOMAIN		0
#define HK_TYPE_TICK		1
#define HK_TYPE_KTHREAD		2
#define housekeeping_cpu(cpu, type)	((void)(cpu), true)

#define cpu_is_isolated(cpu)	((void)(cpu), false)

#define NUMA_NO_NODE		(-1)
#define MAX_NUMNODES		1
#define numa_mem_id()		(0)
#define numa_node_id()		(0)
#define node_online(node)	((node) == 0)
#define node_possible(node)	((node) == 0)
#define node_state(node, state)	((node) == 0)
enum node_states { N_POSSIBLE, N_ONLINE, N_MEMORY };

#endif /* _NATIVE_CPUMASK_H */
