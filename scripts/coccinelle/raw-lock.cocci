// SPDX-License-Identifier: GPL-2.0
/// Under a raw spinlock nothing is allocated, slept on or woken; on PREEMPT_RT
/// the allocators and spin_lock() sleep.
//
// Within one function; what is called from there is any-context.cocci's matter.

// The expressions are Python's: those of spatch itself are of another grammar
// where it was built without PCRE, as Debian 13's is.
@initialize:python@
@@
import re

NEVER = re.compile(
    r"^(k[mzc]alloc(_[a-z]+)?|kv[mzc]alloc(_[a-z]+)?|vmalloc|k?vfree|"
    r"kfree(_sensitive)?|kmem_cache_(alloc|free)(_bulk)?|alloc_pages?|"
    r"__alloc_pages?|__get_free_pages?|get_zeroed_page|free_pages?|"
    r"__free_pages?|mempool_(alloc|free)|mutex_lock(_[a-z]+)?|"
    r"down(_[a-z]+)?|spin_lock(_irq|_irqsave|_bh)?|read_lock|write_lock|"
    r"schedule(_timeout[a-z_]*)?|m?sleep|usleep_range|wait_event[a-z_]*|"
    r"wait_for_completion[a-z_]*|might_sleep|cond_resched|"
    r"wake_up[a-z_]*|complete(_all)?|"
    r"rsvpool_(alloc|alloc_killable|alloc_timeout|alloc_bulk|claim|create|"
    r"destroy|resize|section_begin|section_end))$")

@held exists@
expression l, f;
identifier never : script:python() { bool(NEVER.match(never)) };
position p;
@@
(
raw_spin_lock(l)
|
raw_spin_lock_irq(l)
|
raw_spin_lock_irqsave(l, f)
|
raw_spin_lock_nested(l, f)
)
... when != raw_spin_unlock(l)
    when != raw_spin_unlock_irq(l)
    when != raw_spin_unlock_irqrestore(l, f)
never@p(...)

@script:python@
p << held.p;
l << held.l;
never << held.never;
@@
print(f"{p[0].file}:{p[0].line}: raw-lock: {never}() under {l}".replace("& ", "&"))
