// SPDX-License-Identifier: GPL-2.0
/*
 * Operations that interrupt rsvpool_tryalloc(), rsvpool_free() and their bulk
 * variants at each of their instructions.
 *
 * Answers for: forcing that.  An emulator takes interrupts only between blocks
 * of instructions, so waiting for one at the right place tests nothing. Here a
 * kprobe is set on one instruction after the other; its handler runs in a
 * context like an NMI's, and makes up to three nested operations.  A hardware
 * breakpoint interrupts these again, at each of their instructions, as a kprobe
 * does not hit within a kprobe.  After every outer operation the pool is
 * drained: the elements from the pool and those that are held must be exactly
 * the elements that existed before.  A request within the guarantee, outer or
 * nested, must have succeeded.
 *
 * A kprobe without an int3 would not be like an NMI: the post_handler prevents
 * its optimisation to a jump, and ftrace's location in a function is left out.
 *
 * The pool is the test's own, and full up to its maximum, so that its source
 * cannot add elements; or it is an administrator's pool, which must have 4 to
 * 64 elements, a source that neither gives ("inject") nor gets elements
 * (high=max, adaptive=0), and no other user.
 *
 * Everything runs in init, on one CPU; the result is in debugfs, in
 * rsvpool_test_nest.  Loading fails only if the test could not be run.
 *
 * Locks: none.  The state below belongs to the loading task; the handlers run
 * on top of that task and act only for it, and only while it is armed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hw_breakpoint.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/kstrtox.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <linux/rsvpool.h>

#define ELEMENTS_MIN	4
#define ELEMENTS_MAX	64
#define HELD_MAX	(2 * ELEMENTS_MAX)	/* if they come twice */
#define OPS_MAX		3	/* nested operations, both levels together */
#define FUNCTION_BYTES	4096	/* longest function */
#define PLACES_MAX	2048	/* instructions, of all functions */
#define INSTRUCTION_BYTES 4	/* of one in the mean */
#define PATH_BYTES	96
#define SETTLE_MS	100	/* for the refill worker */
#define SETTLE_ROUNDS	3000

/*
 * The test's own pool is small: a few elements are enough to get from any state
 * of cache, depot and slots to any other.
 */
#define OWN_RESERVE	5
#define OWN_NMI_RESERVE	3
#define OWN_MAX		13
#define OWN_CACHE	4
#define OWN_BATCH	2
#define OWN_BYTES	64

static char *pool_name = KBUILD_MODNAME;
module_param_named(pool, pool_name, charp, 0444);
MODULE_PARM_DESC(pool, "an existing pool (default: an own one)");

static unsigned int reserve = OWN_RESERVE;
module_param(reserve, uint, 0444);
MODULE_PARM_DESC(reserve, "the own pool's reserve, 3 to 13 (5)");

static bool opaque;
module_param(opaque, bool, 0444);
MODULE_PARM_DESC(opaque, "make the own pool's elements opaque");

static unsigned int cache = OWN_CACHE;
module_param(cache, uint, 0444);
MODULE_PARM_DESC(cache, "the own pool's cache (" __stringify(OWN_CACHE) ")");

static unsigned int most = OPS_MAX;
module_param(most, uint, 0444);
MODULE_PARM_DESC(most, "operations that nest in one at most (3)");

static unsigned int every = 1;
module_param(every, uint, 0444);
MODULE_PARM_DESC(every, "of all instructions one in about so many, of the fast path's eight times as many (1)");

static unsigned int depth = 2;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "1: only kprobes; 2: breakpoints within them, too");

static unsigned int max_errors = 16;
module_param(max_errors, uint, 0444);
MODULE_PARM_DESC(max_errors, "stop after so many (16)");

/* The first ones also nest; the others are only interrupted. */
enum op {
	OP_TRYALLOC,
	OP_FREE,
	NESTED_OPS,
	OP_TRYALLOC_BULK = NESTED_OPS,
	OP_FREE_BULK,
	OPS,
};

#define BULK		3	/* elements of a bulk operation */

/* How an operation is written in results. */
static const char op_letters[] = { 'a', 'f', 'A', 'F' };

/**
 * struct plan - what happens during one outer operation
 * @outer: the outer operation
 * @given: elements in the pool before it
 * @nr: nested operations of the first level
 * @ops: the operations
 * @spread: make one each time the outer operation reaches the instruction; else
 *	all of them at the first time
 * @inner_nr: operations of the second level
 * @inner_at: the operation of the first level that they interrupt
 * @inner_ops: these
 */
struct plan {
	enum op outer;
	unsigned int given;
	unsigned int nr;
	enum op ops[OPS_MAX];
	bool spread;
	unsigned int inner_nr;
	unsigned int inner_at;
	enum op inner_ops[OPS_MAX];
};

/**
 * struct function - a function to interrupt
 * @name: its symbol in rsvpool.ko
 * @outers: bit mask of the operations that may reach it
 * @nested: operations that nest in it at most
 * @optional: the compiler may have inlined it
 */
struct function {
	const char *name;
	unsigned int outers;
	unsigned int nested;
	bool optional;
};

#define TAKES	(BIT(OP_TRYALLOC) | BIT(OP_TRYALLOC_BULK))
#define GIVES	(BIT(OP_FREE) | BIT(OP_FREE_BULK))

/* The first two are the fast path, in which every plan is tried. */
#define FAST_FUNCTIONS	2

static const struct function functions[] = {
	{ "rsvpool_tryalloc", BIT(OP_TRYALLOC), OPS_MAX, false },
	{ "rsvpool_free", BIT(OP_FREE), OPS_MAX, false },
	{ "tryalloc_touched", BIT(OP_TRYALLOC), 2, true },
	{ "tryalloc_depot", BIT(OP_TRYALLOC), 2, true },
	{ "tryalloc_locked", BIT(OP_TRYALLOC), 2, true },
	{ "free_slowpath", BIT(OP_FREE), 2, true },
	{ "free_depot", BIT(OP_FREE), 2, true },
	{ "free_locked", BIT(OP_FREE), 2, true },
	{ "free_parked", GIVES, 2, true },
	{ "depot_take_slowpath", TAKES, 2, true },
	{ "depot_put_slowpath", GIVES, 2, true },
	{ "slots_take", TAKES, 2, true },
	{ "slots_put", TAKES | GIVES, 2, true },
	{ "slots_park", TAKES | GIVES, 2, true },
	{ "slots_unpark", TAKES | GIVES, 2, true },
	{ "rsvpool_tryalloc_bulk", BIT(OP_TRYALLOC_BULK), 2, false },
	{ "depot_take_bulk", BIT(OP_TRYALLOC_BULK), 2, true },
	{ "depot_take_allowed", BIT(OP_TRYALLOC_BULK), 2, true },
	{ "rsvpool_free_bulk", BIT(OP_FREE_BULK), 2, false },
	{ "free_bulk_slowpath", BIT(OP_FREE_BULK), 2, true },
	{ "depot_put_bulk", BIT(OP_FREE_BULK), 2, true },
};

/* An instruction, and whether an outer operation has ever reached it. */
struct place {
	const struct function *function;
	unsigned long addr;
	bool reached;
};

static struct {
	struct task_struct *task;
	struct rsvpool *pool;
	unsigned int reserve;		/* 0: not known */
	unsigned int nmi_reserve;

	/* All elements, sorted, and those that are not in the pool. */
	unsigned int nr;
	void *all[ELEMENTS_MAX];
	unsigned int held;
	void *elements[HELD_MAX + BULK];

	struct place places[PLACES_MAX];
	unsigned int nr_places;
	unsigned int nr_fast;	/* these come first */

	/* The current experiment; the handlers read and write this. */
	bool armed;
	bool inner_armed;
	unsigned int level;
	unsigned int passes;
	unsigned int inner_hits;
	unsigned int most;	/* elements outstanding at once */
	bool unanswered;
	struct plan plan;

	struct kprobe probe;
	struct perf_event *breakpoint;
	struct perf_event_attr breakpoint_attr;
} nest;

/* The result; of the first failure the place and the plan. */
static struct {
	unsigned int functions;
	unsigned int unprobed;
	u64 experiments;
	u64 reached;
	u64 repassed;
	u64 inner_landed;
	u64 lost;
	u64 doubled;
	u64 alien;
	u64 unanswered;
	u64 bad;
	long retries;
	s64 elapsed_ms;
	int depth2;
	struct plan first;
	unsigned long first_addr;
	unsigned long first_inner_addr;
} result;

static struct dentry *result_file;

/*
 * Operations
 */

/*
 * Upper limit of the elements outstanding when a nested operation begins: those
 * that are held, and one for each operation that it interrupts, which is being
 * freed or not yet returned.
 */
static unsigned int outstanding(void)
{
	return nest.held + nest.level;
}

static void nested_op(enum op op)
{
	bool guaranteed = outstanding() < nest.nmi_reserve;
	void *element;

	if (op == OP_TRYALLOC) {
		element = rsvpool_tryalloc(nest.pool);
		if (!element)
			nest.unanswered |= guaranteed;
		else if (nest.held < HELD_MAX)
			nest.elements[nest.held++] = element;
		/* The outer request does not count against itself. */
		nest.most = max(nest.most, outstanding() - 1);
	} else if (nest.held) {
		/*
		 * Remove it from the array first: an operation may nest in this
		 * one.
		 */
		element = nest.elements[--nest.held];
		rsvpool_free(nest.pool, element);
	}
}

static void first_level_op(unsigned int i)
{
	WRITE_ONCE(nest.inner_armed,
		   nest.plan.inner_nr && nest.plan.inner_at == i);
	nested_op(nest.plan.ops[i]);
	WRITE_ONCE(nest.inner_armed, false);
}

/* As in NMI; only the outermost of nested probes gets here. */
static int probe_hit(struct kprobe *probe, struct pt_regs *regs)
{
	const struct plan *plan = &nest.plan;
	unsigned int pass, i;

	if (current != nest.task || !READ_ONCE(nest.armed) || nest.level)
		return 0;
	pass = nest.passes++;
	nest.level = 1;
	if (plan->spread) {
		if (pass < plan->nr)
			first_level_op(pass);
	} else if (!pass) {
		for (i = 0; i < plan->nr; i++)
			first_level_op(i);
	}
	nest.level = 0;
	return 0;
}

NOKPROBE_SYMBOL(probe_hit);

/* A post_handler keeps the kprobe an int3. */
static void probe_passed(struct kprobe *probe, struct pt_regs *regs,
			 unsigned long flags)
{
}

NOKPROBE_SYMBOL(probe_passed);

/* As in NMI, with breakpoints off: nothing nests in here. */
static void breakpoint_hit(struct perf_event *event,
			   struct perf_sample_data *data, struct pt_regs *regs)
{
	const struct plan *plan = &nest.plan;
	unsigned int i;

	if (current != nest.task || !READ_ONCE(nest.inner_armed) ||
	    nest.level != 1)
		return;
	WRITE_ONCE(nest.inner_armed, false);
	nest.level = 2;
	nest.inner_hits++;
	for (i = 0; i < plan->inner_nr; i++)
		nested_op(plan->inner_ops[i]);
	nest.level = 1;
}

NOKPROBE_SYMBOL(breakpoint_hit);

/*
 * One experiment
 */

static int compare_pointers(const void *a, const void *b)
{
	unsigned long left = *(const unsigned long *)a;
	unsigned long right = *(const unsigned long *)b;

	return left < right ? -1 : left > right;
}

static int element_index(const void *element)
{
	unsigned int low = 0, high = nest.nr, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (nest.all[middle] == element)
			return middle;
		if (nest.all[middle] < element)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* Take everything out of the pool. */
static void drain(void)
{
	void *element;

	while (nest.held < HELD_MAX &&
	       (element = rsvpool_tryalloc(nest.pool)))
		nest.elements[nest.held++] = element;
}

/* All must be held now, each once.  Sets that up for the next experiment. */
static bool check_held(void)
{
	DECLARE_BITMAP(seen, ELEMENTS_MAX);
	bool whole = true;
	unsigned int i;
	int index;

	bitmap_zero(seen, ELEMENTS_MAX);
	for (i = 0; i < nest.held; i++) {
		index = element_index(nest.elements[i]);
		if (index < 0) {
			result.alien++;
			whole = false;
		} else if (__test_and_set_bit(index, seen)) {
			result.doubled++;
			whole = false;
		}
	}
	for (i = 0; i < nest.nr; i++) {
		if (!test_bit(i, seen)) {
			result.lost++;
			whole = false;
		}
	}
	memcpy(nest.elements, nest.all, nest.nr * sizeof(*nest.all));
	nest.held = nest.nr;
	return whole;
}

static void give(unsigned int nr)
{
	while (nr-- && nest.held)
		rsvpool_free(nest.pool, nest.elements[--nest.held]);
}

/* Make an operation with @elements; false if it could not be made. */
static bool make_op(enum op op, void **elements)
{
	switch (op) {
	case OP_TRYALLOC:
		elements[0] = rsvpool_tryalloc(nest.pool);
		return elements[0];
	case OP_FREE:
		rsvpool_free(nest.pool, elements[0]);
		return true;
	case OP_TRYALLOC_BULK:
		return !rsvpool_tryalloc_bulk(nest.pool, BULK, elements);
	default:
		rsvpool_free_bulk(nest.pool, BULK, elements);
		return true;
	}
}

static unsigned int op_elements(enum op op)
{
	return op == OP_TRYALLOC_BULK || op == OP_FREE_BULK ? BULK : 1;
}

static bool op_takes(enum op op)
{
	return op == OP_TRYALLOC || op == OP_TRYALLOC_BULK;
}

static void outer_op(enum op op)
{
	unsigned int nr = op_elements(op);
	void *elements[BULK];
	bool made;

	if (!op_takes(op)) {
		nest.held -= nr;
		memcpy(elements, &nest.elements[nest.held],
		       nr * sizeof(*elements));
	}
	WRITE_ONCE(nest.armed, true);
	made = make_op(op, elements);
	WRITE_ONCE(nest.armed, false);
	if (!made) {
		nest.unanswered |= nest.most + nr <= nest.reserve;
	} else if (op_takes(op)) {
		memcpy(&nest.elements[nest.held], elements,
		       nr * sizeof(*elements));
		nest.held += nr;
	}
}

static void record_failure(const struct plan *plan)
{
	if (result.bad++)
		return;
	result.first = *plan;
	result.first_addr = (unsigned long)nest.probe.addr;
	if (plan->inner_nr)
		result.first_inner_addr = nest.breakpoint_attr.bp_addr;
}

/*
 * Carry out a plan; was the instruction reached?  Afterwards all elements are
 * held.
 */
static bool experiment(const struct plan *plan)
{
	give(plan->given);
	nest.plan = *plan;
	nest.passes = 0;
	nest.inner_hits = 0;
	nest.most = nest.held;
	nest.unanswered = false;
	outer_op(plan->outer);
	drain();
	result.unanswered += nest.unanswered;
	if (!check_held() || nest.unanswered)
		record_failure(plan);

	result.experiments++;
	result.reached += nest.passes ? 1 : 0;
	result.repassed += nest.passes > 1 ? 1 : 0;
	result.inner_landed += nest.inner_hits ? 1 : 0;
	return nest.passes;
}

static bool stopping(void)
{
	cond_resched();
	return result.bad >= max_errors || fatal_signal_pending(current);
}

/*
 * All plans at one instruction
 */

/* Decode a plan's number into operations. */
static void set_ops(enum op *ops, unsigned int nr, unsigned int code)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ops[i] = code & BIT(i) ? OP_FREE : OP_TRYALLOC;
}

/* Can the outer operation be made, with so many elements in the pool? */
static bool outer_possible(enum op outer, unsigned int given)
{
	return op_takes(outer) || given + op_elements(outer) <= nest.nr;
}

/* All sequences of nested operations; of several, each in both ways. */
static void first_level_plans(struct plan *plan, struct place *place)
{
	unsigned int code;

	for (plan->nr = 1; plan->nr <= min(place->function->nested, most);
	     plan->nr++) {
		for (code = 0; code < BIT(plan->nr); code++) {
			set_ops(plan->ops, plan->nr, code);
			plan->spread = false;
			/*
			 * If the first plan does not reach the instruction,
			 * none does.
			 */
			if (stopping() || !experiment(plan))
				return;
			place->reached = true;
			plan->spread = true;
			if (plan->nr > 1 && !stopping())
				experiment(plan);
		}
	}
}

static void first_level_at(struct place *place)
{
	struct plan plan = {};

	for (plan.outer = 0; plan.outer < OPS; plan.outer++) {
		if (!(place->function->outers & BIT(plan.outer)))
			continue;
		for (plan.given = 0; plan.given <= nest.nr; plan.given++) {
			if (outer_possible(plan.outer, plan.given))
				first_level_plans(&plan, place);
		}
	}
}

static int probe_place(unsigned long addr)
{
	nest.probe = (struct kprobe) {
		.addr = (kprobe_opcode_t *)addr,
		.pre_handler = probe_hit,
		.post_handler = probe_passed,
	};
	return register_kprobe(&nest.probe);
}

static void first_level(void)
{
	unsigned int i;

	for (i = 0; i < nest.nr_places && !stopping(); i++) {
		if (probe_place(nest.places[i].addr)) {
			result.unprobed++;
			continue;
		}
		first_level_at(&nest.places[i]);
		unregister_kprobe(&nest.probe);
	}
}

/* All sequences of the second level that interrupt one operation. */
static void inner_plans(struct plan *plan)
{
	unsigned int code;

	for (plan->inner_nr = 1;
	     plan->inner_nr + plan->nr <= min_t(unsigned int, most, OPS_MAX);
	     plan->inner_nr++) {
		for (code = 0; code < BIT(plan->inner_nr); code++) {
			set_ops(plan->inner_ops, plan->inner_nr, code);
			/*
			 * If the first sequence does not reach it, none does.
			 */
			if (stopping() || !experiment(plan) ||
			    !nest.inner_hits)
				return;
		}
	}
}

static void second_level_at(const struct place *place, unsigned int given)
{
	struct plan plan = { .given = given };
	unsigned int code;

	for (plan.outer = 0; plan.outer < NESTED_OPS; plan.outer++) {
		if (!(place->function->outers & BIT(plan.outer)) ||
		    !outer_possible(plan.outer, given))
			continue;
		for (plan.nr = 1; plan.nr < min_t(unsigned int, most, OPS_MAX);
		     plan.nr++) {
			for (code = 0; code < BIT(plan.nr); code++) {
				set_ops(plan.ops, plan.nr, code);
				for (plan.inner_at = 0;
				     plan.inner_at < plan.nr; plan.inner_at++)
					inner_plans(&plan);
			}
		}
	}
}

static bool breakpoint_move(unsigned long addr)
{
	nest.breakpoint_attr.bp_addr = addr;
	return !modify_user_hw_breakpoint(nest.breakpoint,
					  &nest.breakpoint_attr);
}

/* A probe and a breakpoint, on every pair of the fast path's instructions. */
static void second_level(void)
{
	const unsigned int given[] = { nest.nr / 2, nest.nr - 2 };
	unsigned int outer, inner, i;

	for (outer = 0; outer < nest.nr_fast && !stopping(); outer++) {
		if (!nest.places[outer].reached ||
		    probe_place(nest.places[outer].addr))
			continue;
		for (inner = 0; inner < nest.nr_fast && !stopping(); inner++) {
			if (!nest.places[inner].reached ||
			    !breakpoint_move(nest.places[inner].addr))
				continue;
			for (i = 0; i < ARRAY_SIZE(given); i++)
				second_level_at(&nest.places[outer], given[i]);
		}
		unregister_kprobe(&nest.probe);
	}
}

static int breakpoint_create(int cpu)
{
	struct perf_event *event;

	hw_breakpoint_init(&nest.breakpoint_attr);
	nest.breakpoint_attr.bp_addr = nest.places[0].addr;
	nest.breakpoint_attr.bp_len = sizeof(long);
	nest.breakpoint_attr.bp_type = HW_BREAKPOINT_X;
	event = perf_event_create_kernel_counter(&nest.breakpoint_attr, cpu,
						 NULL, breakpoint_hit, NULL);
	if (IS_ERR(event))
		return PTR_ERR(event);
	nest.breakpoint = event;
	return 0;
}

static void breakpoint_destroy(void)
{
	if (nest.breakpoint)
		unregister_hw_breakpoint(nest.breakpoint);
	nest.breakpoint = NULL;
}

/*
 * Setting up
 */

/*
 * Distance in bytes of the instructions that are tried, if not all are.  The
 * kernel decodes a function from its beginning to tell whether a kprobe may
 * stand at a byte, which would take longer on a slow kernel than all
 * experiments.
 */
static unsigned long stride(const struct function *function)
{
	unsigned int one_in = every;

	if (function < functions + FAST_FUNCTIONS)
		one_in /= 8;
	return one_in > 1 ? one_in * INSTRUCTION_BYTES : 1;
}

/*
 * The addresses at which a kprobe can be set, among so many bytes.  All are set
 * and removed together, as removing takes a grace period.
 */
static int add_places(const struct function *function, unsigned long base,
		      unsigned long size)
{
	struct kprobe *probes, **standing, *probe;
	unsigned long offset;
	int nr = 0, err = 0;

	probes = kvcalloc(size, sizeof(*probes), GFP_KERNEL);
	standing = kvcalloc(size, sizeof(*standing), GFP_KERNEL);
	for (offset = 0; probes && standing && offset < size;
	     offset += err ? 1 : stride(function)) {
		probe = &probes[offset];
		probe->addr = (kprobe_opcode_t *)(base + offset);
		probe->pre_handler = probe_hit;
		probe->post_handler = probe_passed;
		probe->flags = KPROBE_FLAG_DISABLED;
		err = register_kprobe(probe);
		if (err == -EILSEQ)
			continue;
		if (err) {
			result.unprobed++;
			continue;
		}
		standing[nr++] = probe;
		if (!(probe->flags & KPROBE_FLAG_FTRACE) &&
		    nest.nr_places < PLACES_MAX)
			nest.places[nest.nr_places++] = (struct place) {
				.function = function,
				.addr = base + offset,
			};
	}
	err = probes && standing ? 0 : -ENOMEM;
	if (nr)
		unregister_kprobes(standing, nr);
	kvfree(standing);
	kvfree(probes);
	return err;
}

/* The instructions of a function. */
static int add_function(const struct function *function)
{
	char symbol[KSYM_NAME_LEN], text[KSYM_SYMBOL_LEN];
	unsigned long base, offset, size;
	char *plus;
	int err;

	snprintf(symbol, sizeof(symbol), "rsvpool:%s", function->name);
	nest.probe = (struct kprobe) {
		.symbol_name = symbol,
		.pre_handler = probe_hit,
		.flags = KPROBE_FLAG_DISABLED,
	};
	err = register_kprobe(&nest.probe);
	if (err)
		return err;
	base = (unsigned long)nest.probe.addr;
	unregister_kprobe(&nest.probe);

	/* "name+0xoffset/0xsize [module]" */
	sprint_symbol(text, base);
	plus = strrchr(text, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, &size) != 2 ||
	    size > FUNCTION_BYTES)
		return -EINVAL;
	return add_places(function, base - offset, size);
}

static int add_functions(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		if (i == FAST_FUNCTIONS)
			nest.nr_fast = nest.nr_places;
		err = add_function(&functions[i]);
		if (!err)
			result.functions++;
		else if (!functions[i].optional)
			goto refuse;
	}
	return 0;

refuse:
	pr_err("cannot probe %s: %d\n", functions[i].name, err);
	return err;
}

static bool is_own(void)
{
	return !strcmp(pool_name, KBUILD_MODNAME);
}

/*
 * Wait until the refill worker has filled the pool and is idle.  The test's own
 * pool then has a known number of elements; without that check, the worker
 * might be idle as it has not begun.
 */
static int find_elements(void)
{
	unsigned int i;

	for (i = 0; i < SETTLE_ROUNDS; i++) {
		drain();
		if (nest.held && nest.held == nest.nr &&
		    (!is_own() || nest.held == OWN_MAX))
			break;
		nest.nr = nest.held;
		msleep(SETTLE_MS);
	}
	if (i == SETTLE_ROUNDS || nest.nr < ELEMENTS_MIN ||
	    nest.nr > ELEMENTS_MAX) {
		pr_err("pool '%s' gave %u elements: want %d to %d, and no more\n",
		       pool_name, nest.held, ELEMENTS_MIN, ELEMENTS_MAX);
		return -EINVAL;
	}
	memcpy(nest.all, nest.elements, nest.nr * sizeof(*nest.all));
	sort(nest.all, nest.nr, sizeof(*nest.all), compare_pointers, NULL);
	return 0;
}

static long read_retries(void)
{
	char text[PATH_BYTES];
	struct file *file;
	loff_t pos = 0;
	ssize_t len;
	long value;

	snprintf(text, sizeof(text),
		 "/sys/kernel/rsvpool/%s/stats/cache_retries", pool_name);
	file = filp_open(text, O_RDONLY, 0);
	if (IS_ERR(file))
		return 0;
	len = kernel_read(file, text, sizeof(text) - 1, &pos);
	filp_close(file, NULL);
	if (len < 0)
		return 0;
	text[len] = '\0';
	return kstrtol(strim(text), 10, &value) ? 0 : value;
}

/*
 * The result
 */

static void show_ops(struct seq_file *m, const char *name, const enum op *ops,
		     unsigned int nr)
{
	unsigned int i;

	seq_printf(m, "first.%s=", name);
	for (i = 0; i < nr; i++)
		seq_putc(m, op_letters[ops[i]]);
	seq_putc(m, '\n');
}

static void show_first(struct seq_file *m)
{
	const struct plan *plan = &result.first;

	seq_printf(m, "first.at=%pS\nfirst.given=%u\n",
		   (void *)result.first_addr, plan->given);
	show_ops(m, "outer", &plan->outer, 1);
	show_ops(m, "nested", plan->ops, plan->nr);
	seq_printf(m, "first.spread=%d\n", plan->spread);
	if (!plan->inner_nr)
		return;
	seq_printf(m, "first.inner_at=%pS\nfirst.inner_in=%u\n",
		   (void *)result.first_inner_addr, plan->inner_at);
	show_ops(m, "inner", plan->inner_ops, plan->inner_nr);
}

static const char *verdict(void)
{
	if (result.lost || result.doubled || result.alien)
		return "elements";
	if (result.unanswered)
		return "guarantee";
	if (!result.reached)
		return "not-reached";
	/* Without elements above min the caches stay empty. */
	if (RSVPOOL_NMI_USABLE && cache && result.retries <= 0 && nest.reserve < nest.nr)
		return "no-retries";
	if (depth > 1 && most > 1 && !result.depth2 && !result.inner_landed)
		return "breakpoints-not-reached";
	return NULL;
}

static int result_show(struct seq_file *m, void *unused)
{
	const char *error = verdict();

	if (error)
		seq_printf(m, "ok=0\nerror=%s\n", error);
	else
		seq_puts(m, "ok=1\n");
	seq_printf(m, "elements=%u\nfunctions=%u\nplaces=%u\nunprobed=%u\n",
		   nest.nr, result.functions, nest.nr_places, result.unprobed);
	seq_printf(m, "experiments=%llu\nreached=%llu\nrepassed=%llu\n",
		   result.experiments, result.reached, result.repassed);
	seq_printf(m, "retries=%ld\n", result.retries);
	seq_printf(m, "nmi_usable=%d\n", RSVPOOL_NMI_USABLE);
	if (depth < 2)
		seq_puts(m, "second_level=off\n");
	else if (result.depth2)
		seq_printf(m, "second_level=unavailable (%d)\n", result.depth2);
	else
		seq_printf(m, "second_level=%llu\n", result.inner_landed);
	seq_printf(m, "bad=%llu\nlost=%llu\ndoubled=%llu\nalien=%llu\n",
		   result.bad, result.lost, result.doubled, result.alien);
	seq_printf(m, "unanswered=%llu\n", result.unanswered);
	seq_printf(m, "elapsed_ms=%lld\n", result.elapsed_ms);
	if (result.bad)
		show_first(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

/* The test, on one CPU. */
static int run(void)
{
	ktime_t start = ktime_get();
	long retries;
	int err;

	err = find_elements();
	if (err)
		return err;
	err = add_functions();
	if (err)
		return err;

	retries = read_retries();
	first_level();
	if (depth > 1) {
		result.depth2 = breakpoint_create(raw_smp_processor_id());
		if (!result.depth2)
			second_level();
		breakpoint_destroy();
	}
	result.retries = read_retries() - retries;
	result.elapsed_ms = ktime_ms_delta(ktime_get(), start);
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static struct rsvpool *create_own(void)
{
	struct rsvpool_attr attr;

	rsvpool_attr_init(&attr, pool_name);
	attr.source = RSVPOOL_KMALLOC;
	attr.size = OWN_BYTES;
	attr.reserve = reserve;
	attr.nmi_reserve = RSVPOOL_NMI_USABLE ? OWN_NMI_RESERVE : 0;
	attr.max = OWN_MAX;
	attr.low = OWN_MAX;
	attr.high = OWN_MAX;
	attr.cache = cache;
	attr.batch = OWN_BATCH;
	attr.adaptive = false;
	attr.opaque = opaque;
	nest.reserve = attr.reserve;
	nest.nmi_reserve = attr.nmi_reserve;
	return rsvpool_create(&attr);
}

static int get_pool(void)
{
	nest.pool = is_own() ? create_own() : rsvpool_get(pool_name);
	if (!IS_ERR_OR_NULL(nest.pool))
		return 0;
	pr_err("no pool '%s'\n", pool_name);
	return nest.pool ? PTR_ERR(nest.pool) : -ENOENT;
}

static void put_pool(void)
{
	if (is_own())
		rsvpool_destroy(nest.pool);
	else
		rsvpool_put(nest.pool);
}

/* On this CPU from here to the end. */
static int run_here(void)
{
	cpumask_var_t allowed;
	int err;

	if (!alloc_cpumask_var(&allowed, GFP_KERNEL))
		return -ENOMEM;
	nest.task = current;
	cpumask_copy(allowed, current->cpus_ptr);
	err = set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	if (!err) {
		err = run();
		set_cpus_allowed_ptr(current, allowed);
	}
	free_cpumask_var(allowed);
	return err;
}

static int __init nest_init(void)
{
	int err;

	err = get_pool();
	if (err)
		return err;
	err = run_here();
	give(nest.held);
	if (err)
		put_pool();
	else
		result_file = debugfs_create_file(KBUILD_MODNAME, 0400, NULL,
						  NULL, &result_fops);
	return err;
}
module_init(nest_init);

static void __exit nest_exit(void)
{
	debugfs_remove(result_file);
	put_pool();
}
module_exit(nest_exit);

MODULE_DESCRIPTION("Forced nesting in rsvpool's fast path");
MODULE_LICENSE("GPL");
