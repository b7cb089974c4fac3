// SPDX-License-Identifier: GPL-2.0
/// What a function locks or switches off it unlocks or switches on again, on
/// every way out of it.
//
// The kernel's locks/mini_lock.cocci does not know raw locks, preemption and
// this project's own pairs, nor a function's end without a return.  "taker" and
// HANDS_ON are functions that end, or leave to their callers, what others
// begin, as their comments say; of locks sparse checks that, by annotations.
//
// spatch 1.1.1 does not match raw_spin_lock_irqsave() in some functions of a long
// file, depending on the numbers of its lines: such a finding goes if a line is added.

// Python's expression, not spatch's: see raw-lock.cocci.
@initialize:python@
@@
import re

LOCKS = re.compile(
    r"^(raw_spin_lock(_irq|_irqsave|_nested)?|depot_lock|mutex_lock|queue_lock|"
    r"spin_lock(_irq|_irqsave)?|preempt_disable(_notrace)?|"
    r"local_irq_(save|disable)|rcu_read_lock)$")

@initialize:python@
@@
HANDS_ON = {
    "queue_lock", "place_lock", "depot_lock", "lock_it",
    "timing_begin",
}

@raw forall@
expression l, f;
identifier taker = {free_locked, free_locked_slowpath, take_locked,
		    tryalloc_locked};
position p;
@@
(
raw_spin_lock@p(l)
|
raw_spin_lock_irq@p(l)
|
raw_spin_lock_irqsave@p(l, f)
|
raw_spin_lock_nested@p(l, f)
)
... when strict
(
raw_spin_unlock(l)
|
raw_spin_unlock_irq(l)
|
raw_spin_unlock_irqrestore(l, f)
|
taker(...)
)

@tried forall@
expression l, f;
statement S;
identifier taker = {free_locked, free_locked_slowpath, take_locked,
		    tryalloc_locked};
position p;
@@
(
if (!depot_lock@p(l, f)) S
|
if (unlikely(!depot_lock@p(l, f))) S
)
... when strict
(
raw_spin_unlock(&l->lock)
|
raw_spin_unlock_irqrestore(&l->lock, ...)
|
taker(...)
)

@kept forall@
expression l, f;
statement S;
identifier taker = {free_locked, free_locked_slowpath, take_locked,
		    tryalloc_locked};
position p;
@@
if (likely(depot_lock@p(l, f))) {
... when strict
\(raw_spin_unlock(&l->lock);\|raw_spin_unlock_irqrestore(&l->lock, ...);\|taker(...);\)
...
} else S

@sleeping forall@
expression l, f;
position p;
@@
(
spin_lock@p(l)
|
spin_lock_irq@p(l)
|
spin_lock_irqsave@p(l, f)
|
mutex_lock@p(l)
)
... when strict
(
spin_unlock(l)
|
spin_unlock_irq(l)
|
spin_unlock_irqrestore(l, f)
|
mutex_unlock(l)
)

@queues forall@
expression l, n, f;
position p;
@@
(
queue_lock@p(l, n, &f)
)
... when strict
(
queue_unlock(l, n, f)
)

@preemption forall@
identifier taker = {free_slowpath};
position p;
@@
(
preempt_disable@p()
|
preempt_disable_notrace@p()
)
... when strict
(
preempt_enable()
|
preempt_enable_notrace()
|
rsvpool_preempt_enable()
|
taker(...)
)

@interrupts forall@
expression f;
position p;
@@
(
local_irq_save@p(f)
|
local_irq_disable@p()
)
... when strict
(
local_irq_restore(f)
|
local_irq_enable()
)

@rcu forall@
position p;
@@
(
rcu_read_lock@p()
)
... when strict
(
rcu_read_unlock()
)

@unpaired@
expression list args;
identifier lock : script:python() { bool(LOCKS.match(lock)) };
position p != { raw.p, tried.p, kept.p,
	sleeping.p, queues.p, preemption.p, interrupts.p, rcu.p };
@@
lock@p(args)

@script:python@
p << unpaired.p;
lock << unpaired.lock;
@@
function = p[0].current_element
if function not in HANDS_ON:
    print(f"{p[0].file}:{p[0].line}: unlock: {lock}() is not undone on every "
          f"way out of {function}()")
