// SPDX-License-Identifier: GPL-2.0
/*
 * Scenario "flood": objects freed after a grace period, as fast as possible.
 *
 * Answers for: a load like that of a program that opens and closes files in a
 * loop, on rsvpool_kvfree_rcu() and on the kernel's own kvfree_rcu(), one after
 * the other in one run: one thread a CPU allocates objects and queues each
 * under a raw spinlock with interrupts off.
 *
 * Results, for each of the two ("via"):
 *
 *	objects		objects queued, and how long that took (flood_ms);
 *			objects_per_s and ns_per_object of all CPUs together,
 *			so with one CPU and -icount instructions an object
 *	fallbacks	objects for which there was no page: rsvpool counts
 *			them; the kernel's are the objects less the sum of the
 *			sizes that a kprobe sees at kmem_cache_free_bulk()
 *			without a cache.  Other code that calls it meanwhile
 *			makes this number too low
 *	memory_kib	the highest amount by which free memory was lower than
 *			before; each thread reads it every SAMPLE_EVERY objects
 *	backlog		the highest number of objects queued and not freed yet,
 *			read every STRESS_TICK_MS.  The kprobe does not see the
 *			kernel free objects that are linked through rcu_heads,
 *			so the kernel's backlog includes its fallbacks
 *	drain_ms	time from the end of queueing until all were freed
 *	waits		how often a thread slept because it got no object, or
 *			only an eighth of the memory was free
 *
 * The functions of rsvpool_kvfree.ko are looked up when a run begins, so no other
 * scenario needs that module.
 *
 * All objects are of one kmem_cache, which is destroyed at the end: the kernel
 * warns if an object is left.
 *
 * No locks except one raw lock a thread, which no other thread takes.  Task
 * context, except the kprobe, which is hit in any context and only counts.
 */
#include "stress.h"

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/rsvpool_kvfree.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#define DEFAULT_SECONDS		5
#define DEFAULT_BYTES		192
#define MIN_BYTES		32
#define MAX_BYTES		2048
#define SAMPLE_EVERY		256
#define SPARED_PARTS		8	/* of all memory; one part is left free */
#define PARTS_PER_MILLION	1000000

enum flood_via {
	VIA_RSVPOOL,
	VIA_KERNEL,
	VIAS,
};

static const char * const via_names[] = { "rsvpool", "kernel", NULL };

struct flood_object {
	struct rcu_head rcu;
};

/* Functions of rsvpool_kvfree.ko: all of them were found, or none. */
struct flood_kvfree {
	struct rsvpool_kvfree *(*enable)(struct rsvpool *pool);
	void (*disable)(struct rsvpool_kvfree *kvfree);
	void (*flush)(struct rsvpool_kvfree *kvfree);
	void (*head)(struct rsvpool_kvfree *kvfree, void *ptr,
		     struct rcu_head *head);
	const char *(*stat)(struct rsvpool_kvfree *kvfree, unsigned int which,
			    u64 *value);
};

/* What one thread did; @least_free: the lowest number of free pages it has read. */
struct flood_thread {
	enum flood_via via;
	raw_spinlock_t lock;
	u64 objects;
	u64 waits;
	unsigned long least_free;
} ____cacheline_aligned_in_smp;

/* Counts of objects, as far as they are known. */
struct flood_counts {
	u64 objects;
	u64 freed;
	u64 fallbacks;
	u64 pages;
	u64 grace_periods;
};

/*
 * One "via", and its results.
 *
 * @over: its threads have to return
 * @done: the members after @nr may be shown (release and acquire)
 * @nr: threads that are not destroyed yet
 * @known: all of @counts is valid; otherwise only its objects
 */
struct flood_phase {
	bool over;
	bool done;
	bool known;
	struct stress_thread *threads;
	struct flood_thread *flooders;
	unsigned int nr;
	struct flood_counts counts;
	u64 backlog;
	u64 memory_kib;
	u64 flood_ns;
	u64 drain_ns;
	u64 waits;
};

/**
 * struct flood - a run
 * @cache: the slab cache of the objects
 * @call: functions of rsvpool_kvfree.ko, for via=rsvpool
 * @kvfree: the handle that enabling the pool has returned
 * @most: threads of a phase
 * @before: the pool's statistics before
 * @bulk: objects that the kprobe has seen at kmem_cache_free_bulk()
 * @probe: the kprobe there
 * @probed: the kprobe is registered
 * @phase: by enum flood_via
 */
struct flood {
	struct kmem_cache *cache;
	struct flood_kvfree call;
	struct rsvpool_kvfree *kvfree;
	unsigned int most;
	struct flood_counts before;
	atomic64_t bulk;
	struct kprobe probe;
	bool probed;
	struct flood_phase phase[VIAS];
};

static bool has_via(const struct stress_run *run, enum flood_via via)
{
	return run->params.via & BIT(via);
}

static unsigned long free_pages_now(void)
{
	return global_zone_page_state(NR_FREE_PAGES);
}

/*
 * The threads.
 */

static void queue_object(struct flood *flood, struct flood_thread *flooder,
			 struct flood_object *object)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&flooder->lock, flags);
	if (flooder->via == VIA_RSVPOOL)
		flood->call.head(flood->kvfree, object, &object->rcu);
	else
		kvfree_rcu(object, rcu);
	raw_spin_unlock_irqrestore(&flooder->lock, flags);
	stress_count(&flooder->objects, 1);
}

/* Sample free memory, every SAMPLE_EVERY objects. */
static bool enough_memory(struct flood_thread *flooder)
{
	unsigned long now;

	if (flooder->objects % SAMPLE_EVERY)
		return true;
	now = free_pages_now();
	flooder->least_free = min(flooder->least_free, now);
	return now > totalram_pages() / SPARED_PARTS;
}

static void flood_work(struct stress_thread *thread)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	struct flood_thread *flooder = thread->data;
	struct stress_run *run = thread->run;
	struct flood *flood = run->priv;
	struct flood_object *object;

	while (!stress_stopping(run) &&
	       !READ_ONCE(flood->phase[flooder->via].over)) {
		/* Does not call the OOM killer: queued objects will be freed. */
		object = enough_memory(flooder) ?
			 kmem_cache_alloc(flood->cache, gfp) : NULL;
		if (object) {
			queue_object(flood, flooder, object);
		} else {
			stress_count(&flooder->waits, 1);
			schedule_timeout_uninterruptible(1);
		}
		cond_resched();
	}
}

/*
 * Counts of objects.
 */

static int count_freed_bulk(struct kprobe *probe, struct pt_regs *regs)
{
	struct flood *flood = container_of(probe, struct flood, probe);

	if (!regs_get_kernel_argument(regs, 0))
		atomic64_add(regs_get_kernel_argument(regs, 1), &flood->bulk);
	return 0;
}

static u64 kvfree_stat(const struct flood *flood, const char *wanted)
{
	const char *name;
	unsigned int i;
	u64 value;

	for (i = 0; (name = flood->call.stat(flood->kvfree, i, &value)); i++)
		if (!strcmp(name, wanted))
			return value;
	return 0;
}

static void kvfree_counts(const struct flood *flood,
			  struct flood_counts *counts)
{
	counts->freed = kvfree_stat(flood, "freed");
	counts->objects = kvfree_stat(flood, "queued");
	counts->fallbacks = kvfree_stat(flood, "fallbacks");
	counts->pages = kvfree_stat(flood, "pages");
	counts->grace_periods = kvfree_stat(flood, "grace_periods");
}

static u64 phase_objects(const struct flood_phase *phase)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < phase->nr; i++)
		sum += READ_ONCE(phase->flooders[i].objects);
	return sum;
}

static void update_backlog(struct stress_run *run, enum flood_via via)
{
	struct flood *flood = run->priv;
	struct flood_phase *phase = &flood->phase[via];
	u64 freed, objects;

	if (via == VIA_RSVPOOL)
		freed = kvfree_stat(flood, "freed") - flood->before.freed;
	else
		freed = atomic64_read(&flood->bulk);
	/* Read after @freed, so @objects includes every object counted there. */
	objects = phase_objects(phase);
	if (objects > freed && phase->known)
		phase->backlog = max(phase->backlog, objects - freed);
}

static void count_rsvpool(struct stress_run *run, struct flood_phase *phase)
{
	struct flood *flood = run->priv;
	struct flood_counts *counts = &phase->counts, now;
	u64 objects = counts->objects;

	kvfree_counts(flood, &now);
	counts->freed = now.freed - flood->before.freed;
	counts->fallbacks = now.fallbacks - flood->before.fallbacks;
	counts->pages = now.pages - flood->before.pages;
	counts->grace_periods = now.grace_periods -
				flood->before.grace_periods;
	if (counts->freed != objects)
		stress_fail(run, "lost", "rsvpool", NULL, counts->freed,
			    objects);
}

static void count_kernel(struct flood *flood, struct flood_phase *phase)
{
	u64 bulk = atomic64_read(&flood->bulk);

	phase->counts.fallbacks = phase->counts.objects -
				  min(phase->counts.objects, bulk);
}

/*
 * The phases, one after the other.
 */

static void phase_begin(struct stress_run *run, enum flood_via via)
{
	struct flood *flood = run->priv;
	struct flood_phase *phase = &flood->phase[via];
	unsigned int i;

	phase->known = true;
	if (via == VIA_RSVPOOL) {
		kvfree_counts(flood, &flood->before);
	} else {
		flood->probe.symbol_name = "kmem_cache_free_bulk";
		flood->probe.pre_handler = count_freed_bulk;
		flood->probed = !register_kprobe(&flood->probe);
		phase->known = flood->probed && STRESS_HAS_ARGUMENTS;
	}
	for (i = 0; i < phase->nr; i++)
		stress_thread_start(&phase->threads[i]);
}

/* Also after a signal: no object may be left when the cache is destroyed. */
static void phase_end(struct stress_run *run, enum flood_via via,
		      unsigned long free_before, ktime_t began, bool stopped)
{
	struct flood *flood = run->priv;
	struct flood_phase *phase = &flood->phase[via];
	unsigned long least = free_before;
	unsigned int i, nr = phase->nr;
	ktime_t ended;

	WRITE_ONCE(phase->over, true);
	ended = ktime_get();
	phase->flood_ns = ktime_to_ns(ktime_sub(ended, began));
	stress_threads_destroy(phase->threads, nr);
	if (via == VIA_RSVPOOL)
		flood->call.flush(flood->kvfree);
	else
		stress_kvfree_rcu_barrier();
	phase->drain_ns = ktime_to_ns(ktime_sub(ktime_get(), ended));

	phase->counts.objects = phase_objects(phase);
	phase->nr = 0;
	for (i = 0; i < nr; i++) {
		least = min(least, phase->flooders[i].least_free);
		phase->waits += phase->flooders[i].waits;
	}
	phase->memory_kib = (u64)(free_before - least) << (PAGE_SHIFT - 10);
	if (via == VIA_RSVPOOL)
		count_rsvpool(run, phase);
	else
		count_kernel(flood, phase);
	if (flood->probed)
		unregister_kprobe(&flood->probe);
	flood->probed = false;
	if (!phase->counts.objects && !stopped)
		stress_fail(run, "untested", via_names[via], NULL, 0, 1);
	/* Pairs with the acquire in flood_show(). */
	smp_store_release(&phase->done, true);
}

/* If no object was queued yet, the phase goes on, for STRESS_PATIENCE_MS more. */
static bool phase_time_is_up(struct stress_run *run, enum flood_via via, s64 ms)
{
	struct flood *flood = run->priv;
	s64 length = (run->params.seconds ?: DEFAULT_SECONDS) * MSEC_PER_SEC;

	return ms >= length && (phase_objects(&flood->phase[via]) ||
				ms >= length + STRESS_PATIENCE_MS);
}

static int phase_run(struct stress_run *run, enum flood_via via)
{
	unsigned long free_before = free_pages_now();
	ktime_t began = ktime_get();
	int err;

	phase_begin(run, via);
	do {
		err = stress_tick(run);
		update_backlog(run, via);
	} while (!err && !stress_stopping(run) &&
		 !phase_time_is_up(run, via, ktime_ms_delta(ktime_get(), began)));
	phase_end(run, via, free_before, began, err || READ_ONCE(run->cancelled));
	return err;
}

static int flood_execute(struct stress_run *run)
{
	enum flood_via via;
	int err = 0;

	for (via = 0; via < VIAS && !err && !stress_stopping(run); via++)
		if (has_via(run, via))
			err = phase_run(run, via);
	return err;
}

/*
 * Preparation and release.
 */

static void phase_free(struct flood_phase *phase)
{
	stress_threads_destroy(phase->threads, phase->nr);
	phase->nr = 0;
}

static int phase_prepare(struct stress_run *run, enum flood_via via)
{
	struct flood *flood = run->priv;
	struct flood_phase *phase = &flood->phase[via];
	unsigned int i;
	int err;

	phase->threads = kvcalloc(flood->most, sizeof(*phase->threads),
				  GFP_KERNEL);
	phase->flooders = kvcalloc(flood->most, sizeof(*phase->flooders),
				   GFP_KERNEL);
	if (!phase->threads || !phase->flooders)
		return -ENOMEM;
	for (i = 0; i < flood->most; i++) {
		phase->flooders[i].via = via;
		phase->flooders[i].least_free = ULONG_MAX;
		raw_spin_lock_init(&phase->flooders[i].lock);
		err = stress_thread_create(&phase->threads[i], run, flood_work,
					   &phase->flooders[i], i,
					   stress_spread(run, i), "flood");
		if (err)
			return err;
		phase->nr++;
	}
	return 0;
}

static void kvfree_forget(struct flood_kvfree *call)
{
	if (call->enable)
		symbol_put(rsvpool_kvfree_enable);
	if (call->disable)
		symbol_put(rsvpool_kvfree_disable);
	if (call->flush)
		symbol_put(rsvpool_kvfree_rcu_barrier);
	if (call->head)
		symbol_put(rsvpool_kvfree_head);
	if (call->stat)
		symbol_put(rsvpool_kvfree_stat);
}

static int kvfree_look_up(struct flood_kvfree *call)
{
	call->enable = symbol_get(rsvpool_kvfree_enable);
	call->disable = symbol_get(rsvpool_kvfree_disable);
	call->flush = symbol_get(rsvpool_kvfree_rcu_barrier);
	call->head = symbol_get(rsvpool_kvfree_head);
	call->stat = symbol_get(rsvpool_kvfree_stat);
	if (call->enable && call->disable && call->flush && call->head &&
	    call->stat)
		return 0;
	kvfree_forget(call);
	pr_warn("flood: via: rsvpool needs rsvpool_kvfree, which is not loaded\n");
	return -ENOENT;
}

static int kvfree_begin(struct flood *flood, struct rsvpool *pool)
{
	int err = kvfree_look_up(&flood->call);

	if (err)
		return err;
	flood->kvfree = flood->call.enable(pool);
	if (!IS_ERR(flood->kvfree))
		return 0;
	kvfree_forget(&flood->call);
	return PTR_ERR(flood->kvfree);
}

static void kvfree_end(struct flood *flood)
{
	flood->call.disable(flood->kvfree);
	kvfree_forget(&flood->call);
}

static void flood_release(struct stress_run *run)
{
	struct flood *flood = run->priv;
	enum flood_via via;

	for (via = 0; via < VIAS; via++) {
		kvfree(flood->phase[via].flooders);
		kvfree(flood->phase[via].threads);
	}
	kfree(flood);
}

static void flood_finish(struct stress_run *run)
{
	struct flood *flood = run->priv;
	enum flood_via via;

	for (via = 0; via < VIAS; via++)
		phase_free(&flood->phase[via]);
	if (has_via(run, VIA_RSVPOOL))
		kvfree_end(flood);
	kmem_cache_destroy(flood->cache);
}

static int flood_prepare(struct stress_run *run)
{
	struct flood *flood = kzalloc(sizeof(*flood), GFP_KERNEL);
	unsigned int bytes = run->params.bytes;
	enum flood_via via;
	int err = -ENOMEM;

	if (!flood)
		return -ENOMEM;
	run->priv = flood;
	flood->most = run->params.threads ?: stress_nr_cpus(run);
	/* The usercopy region keeps the cache from being merged. */
	flood->cache = kmem_cache_create_usercopy("rsvpool_flood", bytes, 0,
						  SLAB_HWCACHE_ALIGN, 0, bytes,
						  NULL);
	if (!flood->cache)
		goto free_flood;
	if (has_via(run, VIA_RSVPOOL)) {
		err = kvfree_begin(flood, run->pool);
		if (err)
			goto destroy_cache;
	}
	for (via = 0; via < VIAS; via++) {
		if (!has_via(run, via))
			continue;
		err = phase_prepare(run, via);
		if (err)
			goto finish;
	}
	return 0;

finish:
	flood_finish(run);
	goto free_flood;
destroy_cache:
	kmem_cache_destroy(flood->cache);
free_flood:
	flood_release(run);
	return err;
}

static void flood_show_phase(struct seq_file *m, const char *name,
			     const struct flood_phase *phase)
{
	const struct flood_counts *counts = &phase->counts;
	u64 ppm;

	seq_printf(m, "%s.objects=%llu\n", name, counts->objects);
	seq_printf(m, "%s.flood_ms=%llu\n%s.drain_ms=%llu\n", name,
		   div_u64(phase->flood_ns, NSEC_PER_MSEC), name,
		   div_u64(phase->drain_ns, NSEC_PER_MSEC));
	seq_printf(m, "%s.objects_per_s=%llu\n%s.ns_per_object=%llu\n", name,
		   mul_u64_u64_div_u64(counts->objects, NSEC_PER_SEC,
				       phase->flood_ns ?: 1), name,
		   div64_u64(phase->flood_ns, counts->objects ?: 1));
	seq_printf(m, "%s.memory_kib=%llu\n%s.waits=%llu\n", name,
		   phase->memory_kib, name, phase->waits);
	if (!phase->known) {
		seq_printf(m, "%s.fallbacks=unknown\n", name);
		return;
	}
	ppm = div64_u64(counts->fallbacks * PARTS_PER_MILLION,
			counts->objects ?: 1);
	seq_printf(m, "%s.fallbacks=%llu\n%s.fallbacks_ppm=%llu\n", name,
		   counts->fallbacks, name, ppm);
	seq_printf(m, "%s.backlog=%llu\n", name, phase->backlog);
	if (counts->freed)
		seq_printf(m, "%s.freed=%llu\n%s.pages=%llu\n%s.grace_periods=%llu\n",
			   name, counts->freed, name, counts->pages, name,
			   counts->grace_periods);
}

static void flood_show(struct seq_file *m, struct stress_run *run)
{
	const struct flood *flood = run->priv;
	enum flood_via via;

	for (via = 0; via < VIAS; via++)
		/* Pairs with the release in phase_end(). */
		if (smp_load_acquire(&flood->phase[via].done))
			flood_show_phase(m, via_names[via],
					 &flood->phase[via]);
}

static int flood_check(const struct stress_params *params)
{
	bool pool_needed = params->via & BIT(VIA_RSVPOOL);

	if (pool_needed && !*params->pool) {
		pr_warn("flood: pool: missing\n");
		return -EINVAL;
	}
	if (!pool_needed && *params->pool) {
		pr_warn("flood: pool: '%s' is given, but via=kernel uses no pool\n",
			params->pool);
		return -EINVAL;
	}
	return 0;
}

static const struct stress_param flood_params[] = {
	STRESS_PARAM(pool, STRESS_NAME,
		     .help = "for via=rsvpool: the pool of pages that collect freed objects"),
	STRESS_PARAM(via, STRESS_SET, .choices = via_names,
		     .def = BIT(VIA_RSVPOOL) | BIT(VIA_KERNEL),
		     .help = "the kvfree_rcu() to measure; if several, one after the other"),
	STRESS_PARAM_NUMBER(threads, 0, STRESS_THREADS_MAX, 0,
			    "threads; 0 is one a CPU"),
	STRESS_PARAM_NUMBER(seconds, 0, STRESS_SECONDS_MAX, DEFAULT_SECONDS,
			    "length of the flood by each via"),
	STRESS_PARAM_NUMBER(bytes, MIN_BYTES, MAX_BYTES, DEFAULT_BYTES,
			    "size of an object"),
	{}
};

const struct stress_scenario stress_flood_scenario = {
	.name = "flood",
	.help = "objects freed after a grace period, by rsvpool and the kernel",
	.params = flood_params,
	.check = flood_check,
	.prepare = flood_prepare,
	.execute = flood_execute,
	.finish = flood_finish,
	.show = flood_show,
	.release = flood_release,
};
