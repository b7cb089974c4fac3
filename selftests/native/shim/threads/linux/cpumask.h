/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that come and go, as many of NATIVE_CPUS as the test wants: see threads.h.
 */
#ifndef _NATIVE_CPUMASK_H
#define _NATIVE_CPUMASK_H

struct cpumask {
	unsigned long bits;
};

typedef struct cpumask cpumask_var_t[1];

extern int native_cpus;
extern unsigned char native_online[NATIVE_CPUS];

#define nr_cpu_ids		((unsigned int)native_cpus)
#define num_possible_cpus()	((unsigned int)native_cpus)
#define num_online_cpus()	((unsigned int)native_cpus)
#define cpu_online(cpu)		(READ_ONCE(native_online[cpu]) != 0)
#define cpu_possible(cpu)	((cpu) < native_cpus)
#define for_each_possible_cpu(cpu)	\
	for ((cpu) = 0; (int)(cpu) < native_cpus; (cpu)++)
#define for_each_online_cpu(cpu)	\
	for_each_possible_cpu(cpu) if (cpu_online(cpu))
#define for_each_present_cpu(cpu)	for_each_possible_cpu(cpu)
bool native_cpus_read_trylock(void);
void native_cpus_read_unlock(void);
#define cpus_read_trylock()	native_cpus_read_trylock()
#define cpus_read_unlock()	native_cpus_read_unlock()
#define cpus_read_lock() do {						\
	while (!native_cpus_read_trylock())				\
		native_wait_turn();					\
} while (0)
#define alloc_cpumask_var(m, gfp)	(true)
#define zalloc_cpumask_var(m, gfp)	((*(m))->bits = 0, true)
#define free_cpumask_var(m)	((void)(m))
#define cpumask_copy(to, from)	((void)((to)->bits = (from)->bits))
#define cpumask_clear(m)	((void)((m)->bits = 0))
#define cpumask_set_cpu(cpu, m)	((void)((m)->bits |= BIT(cpu)))
#define cpumask_test_cpu(cpu, m)	((m)->bits & BIT(cpu))
#define cpumask_empty(m)	(!(m)->bits)
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
