/* SPDX-License-Identifier: GPL-2.0 */
/*
 * depot.pml - how elements get from frees to requests: the depot with its min
 * watermark, the lockless read by which a free chooses its path, the NMI slots, the
 * queue and the irq_work; module/depot.c, wait.c, free.c, nmi_slots.c
 *
 * An inline has the name of the function that it follows.  An "atomic" is one
 * access to memory with the model's bookkeeping; or several accesses that only
 * the holder of the depot's lock can observe.  Elements are counted, not
 * distinguished.  Caches and the stacks of slots are counters that one
 * instruction changes, as cache.pml and slots.pml have shown.
 *
 * The source always fails, and nothing is trimmed from caches: both would only
 * add elements.  The refill worker still runs once.  Only a grant wakes a
 * sleeper: its periodic check is not modelled.
 *
 * Spin has one order of all accesses.  Where barriers matter, the order that
 * the processor may choose without them is written out: see NO_WMB, NO_RMB,
 * NO_MB, and the litmus tests beside this file.
 *
 * Checked, for every interleaving:
 *
 *  - a tryalloc fails only if RESERVE elements were outstanding, or set aside
 *    for the head of the queue, at the instant at which it found no element; in
 *    an NMI that finds the depot locked, NMI elements;
 *  - the quantity of depot.c, Q = O - D - M, never goes below zero;
 *  - no sleeper is left when no process can run (spin's "invalid end state");
 *  - at the end as many elements exist as at the beginning.
 */

/* What can be removed, or done in the wrong order: -DMUTANT=NAME. */
#define NO_WMB		1	/* depot_hand_out() without smp_wmb() */
#define NO_RMB		2	/* rsvpool_free() without smp_rmb() */
#define NO_LOOK		3	/* frees do not look at slow */
#define NO_MB		4	/* place_join() without smp_mb() */
#define NO_RECHECK	5	/* slots_put() does not look for sleepers */
#define NO_SERVE	6	/* waiter_leave() does not serve those behind */
#define FILL_FIRST	7	/* a slot is filled before slow is set */
#define LOOK_TWICE	8	/* at slow and nmi_missing one by one */
#define NO_KICK		9	/* slots_park() does not kick */
#define DROP_GRANT	10	/* a leaver does not see that it was granted */
#define NO_FILL		11	/* depot_serve() does not fill slots */
#define PARK_FIRST	12	/* an NMI parks while slots miss elements */
#ifndef MUTANT
#define MUTANT		0
#endif

/* The pool, and its users. */
#ifndef RESERVE
#define RESERVE		1
#endif
#ifndef NMI
#define NMI		0	/* nmi_reserve */
#endif
#ifndef EXTRA
#define EXTRA		1	/* elements that exist above the reserve */
#endif
#ifndef TAKERS
#define TAKERS		1
#endif
#ifndef TAKES
#define TAKES		2	/* of each taker */
#endif
#ifndef NMIS
#define NMIS		0	/* takers in NMI */
#endif
#ifndef FREERS
#define FREERS		1	/* tasks that takers may hand elements to */
#endif
#ifndef SLEEPERS
#define SLEEPERS	0
#endif
#ifndef WANT0
#define WANT0		1	/* elements that the first sleeper wants */
#endif
#ifndef IMPATIENT
#define IMPATIENT	0	/* sleepers, from the first, that may give up */
#endif
#ifndef WORKER
#define WORKER		0	/* does the refill worker run? */
#endif
#ifndef IRQ_WORKS
#define IRQ_WORKS	1	/* CPUs on which the irq_work may run at once */
#endif
#define BATCH		1
#define MOST		(BATCH > WANT0 -> BATCH : WANT0) /* elements a hold of the lock */
#define CACHE		1	/* entries of a CPU's cache */

#define LINE		(RESERVE - NMI)
#define TOTAL		(RESERVE + EXTRA)
/* Each process has its own CPU: the interleavings include those on one CPU. */
#define CPUS		(TAKERS + NMIS + FREERS + SLEEPERS)

/* struct rsvpool_depot */
bool locked;
byte count;
byte waiting;
bool more;
byte queue[2];				/* sleepers, the first one first */
byte granted;				/* on the list of those, which is: */
bool listed[2];

/* struct rsvpool: fields that are read without the lock. */
bool slow;
short nmi_missing;
byte waiting_seen;			/* depot.waiting in other CPUs' view */
byte slots_full, slots_empty;
byte parked;
bool kick;				/* the irq_work is pending */

byte cached[CPUS];

/* struct rsvpool_waiter, and its task's state */
#define QUEUED		0
#define GRANTED		1
byte state[2];
bool running[2];

/* Elements that a taker has passed to a freer. */
chan hand = [2] of { bit };
byte takers_left;
byte at_work;				/* irq_works that are running */

/* Bookkeeping: O, D, slots to which an element moves, elements set aside. */
byte outstanding, decided, filling;
bool unwaiting;				/* the last one is just leaving */

#define head		queue[0]
#define want(w)		(w == 0 -> WANT0 : 1)
#define min(a, b)	(a < b -> a : b)
#define MISSING		((count + parked < LINE -> LINE - count - parked : 0) + \
			 (NMI - slots_full - filling))
#define SET_ASIDE	(unwaiting -> count : \
			 (waiting -> min(count, want(head)) : 0))
#define Q_HOLDS		(outstanding + SET_ASIDE >= decided + MISSING)

inline raw_spin_lock()
{
	atomic { !locked -> locked = true };
	have_lock = true
}

inline raw_spin_unlock()
{
	locked = false
}

/* In NMI the lock is only tried. */
inline depot_lock(in_nmi)
{
	if
	:: in_nmi -> atomic { have_lock = !locked; locked = true }
	:: else -> raw_spin_lock()
	fi
}

/* Remove the sleeper from the queue; the other one is first then. */
inline rb_erase(w)
{
	if
	:: queue[0] == w -> queue[0] = queue[1]
	:: else
	fi;
	queue[1] = 0;
	waiting--;
	waiting_seen = waiting;
	unwaiting = (waiting == 0)
}

inline slow_update()
{
	slow = (waiting || count < LINE)
}

/* got: an element, outstanding. */
inline slots_take()
{
#if NMI
	atomic {
		if
		:: slots_full -> slots_full--; outstanding++; got = true
		:: else -> then = outstanding + SET_ASIDE; got = false
		fi
	}
	if
	:: got -> nmi_missing++; slots_empty++
	:: else
	fi
#else
	got = false
#endif
}

/*
 * put: is it in a slot now?  @locked: this is slots_fill(), with the depot's
 * lock held; the holder serves sleepers itself.
 */
inline slots_put(locked)
{
	put = nmi_missing > 0;
	if
	:: put ->
		atomic {
			if
			:: slots_empty -> slots_empty--; filling++
			:: else -> put = false
			fi
		}
	:: else
	fi;
	if
	:: put ->
		nmi_missing--;
		atomic {
			slots_full++;
			filling--;
			outstanding--;
			decided = decided - mine;
			mine = 0;
			assert(Q_HOLDS)
		}
#if MUTANT != NO_RECHECK
		if
		:: !(locked) && waiting_seen -> kick = true
		:: else
		fi
#endif
	:: else
	fi
}

inline slots_park()
{
	atomic { parked++; outstanding--; decided = decided - mine; mine = 0 };
#if MUTANT != NO_KICK
	kick = true
#endif
}

inline depot_unpark()
{
	atomic {
		if
		:: parked -> parked--; count++
		:: else
		fi
	}
}

/* has: are there nr, by a racy read? */
inline depot_has(nr)
{
	has = count + (nmi_missing >= NMI -> 0 : NMI - nmi_missing) >= nr
}

/* has: they are in the depot now */
inline depot_gather(nr)
{
	do
	:: count >= nr -> has = true; break
	:: else ->
		slots_take();
		if
		:: got -> atomic { count++; outstanding-- }
		:: else -> has = false; break
		fi
	od
}

/* As a take, and a free to the slot. */
inline depot_fill_slots(keep)
{
	do
	:: count > keep && nmi_missing > 0 ->
#if MUTANT == FILL_FIRST
		outstanding++;
		slots_put(true);
		if
		:: put -> atomic { count--; assert(Q_HOLDS) }
		:: else -> outstanding--; break
		fi
#else
		atomic { count--; outstanding++ };
		slow_update();
		slots_put(true);
		if
		:: put
		:: else -> atomic { count++; outstanding-- }; break
		fi
#endif
	:: else -> break
	od
}

/*
 * Give the head its elements, which are there, and remove it from the queue;
 * with depot_remove_place() and its part of watermarks_update().
 */
inline depot_grant()
{
	atomic {
		count = count - want(head);
		outstanding = outstanding + want(head);
		first = head;
		rb_erase(first)
	}
	slow_update();
	atomic { listed[first] = true; granted++; state[first] = GRANTED }
}

inline depot_serve()
{
	atomic { more = false; served = 0 };
	do
	:: waiting == 0 -> break
	:: else ->
		depot_has(want(head));
		if
		:: !has -> break
		:: has && served + want(head) > MOST ->
			more = true;
			break
		:: else ->
			served = served + want(head);
			depot_gather(want(head));
			if
			:: has -> depot_grant()
			:: else -> depot_fill_slots(0); break
			fi
		fi
	od;
#if NMI && MUTANT != NO_FILL
	if
	:: !waiting -> depot_fill_slots(0)
	:: else -> depot_fill_slots(want(head))
	fi;
#endif
	atomic {
		slow_update();
		outstanding = outstanding - back;
		decided = decided - mine;
		back = 0;
		mine = 0;
		unwaiting = false;
		first = 0;
		served = 0;
		has = false;
		assert(Q_HOLDS)
	}
}

/* Before the lock is dropped: no sleeper waits for elements that are there. */
#define SERVED	assert(!waiting || count < want(head) || more)

inline depot_kick()
{
	if
	:: granted || more -> kick = true
	:: else
	fi
}

/*
 * Elements were taken from below min.  Without the barrier the store that
 * passes the element on may become visible before the one to slow.
 */
inline depot_hand_out()
{
#if MUTANT == NO_WMB
	if
	:: hand!0 -> handed = true
	:: true
	fi;
#endif
	slow_update()
}

/* Of depot_take(), depot_take_slowpath(), depot_allowance(), for a tryalloc. */
inline depot_take()
{
	if
	:: !waiting && count > LINE
	:: else ->
		if
		:: count <= LINE -> depot_unpark()
		:: else
		fi
	fi;
	if
	:: count > (waiting -> want(head) : 0) ->
		atomic { count--; outstanding++; got = true; assert(Q_HOLDS) };
		if
		:: count < LINE -> depot_hand_out()
		:: else
		fi
	:: else -> got = false
	fi
}

inline depot_pull(cpu)
{
	atomic {
		if
		:: !waiting && count > LINE && cached[cpu] < CACHE ->
			count--;
			cached[cpu]++
		:: else
		fi
	}
}

inline depot_take_last()
{
	slots_take();
	if
	:: !got ->
		atomic {
			if
			:: parked -> parked--; outstanding++; got = true
#if NMI
			:: else
#else
			:: else -> then = outstanding + SET_ASIDE
#endif
			fi
		}
		if
		:: got -> depot_hand_out()
		:: else
		fi
	:: else
	fi
}

/* got: an element, outstanding.  Of tryalloc_from_depot(), take_behind_cache(). */
inline rsvpool_tryalloc(cpu, in_nmi)
{
	if
	:: atomic { cached[cpu] > 0 -> cached[cpu]--; outstanding++; got = true }
	:: cached[cpu] == 0 ->
		depot_lock(in_nmi);
		if
		:: !have_lock ->			/* take_slot() */
			slots_take();
			assert(got || then >= NMI)
		:: else ->
			depot_take();
			depot_pull(cpu);
			if
			:: !got -> depot_take_last()
			:: else
			fi;
			left = count;
			raw_spin_unlock();
			if
			:: left < LINE -> depot_kick()
			:: else
			fi;
			assert(got || then >= RESERVE)
		fi;
		atomic { left = 0; then = 0; have_lock = false }
	fi
}

/* One load of 64 bits. */
inline pool_slow_state()
{
#if MUTANT == NO_LOOK
	seen = (nmi_missing != 0)
#elif MUTANT == LOOK_TWICE
	seen = slow;
	seen = seen || nmi_missing != 0
#else
	seen = (slow || nmi_missing != 0)
#endif
}

/* A free that saw slow == 0 and no missing slot is decided: for a cache. */
inline decide()
{
	if
	:: !seen -> decided++; mine = 1; assert(Q_HOLDS)
	:: else
	fi
}

#if MUTANT == LOOK_TWICE
#define LOOK_AND_DECIDE	pool_slow_state(); decide()
#else
#define LOOK_AND_DECIDE	atomic { pool_slow_state(); decide() }
#endif

/*
 * depot_put_slowpath(), or a part of it.  If it is special, the free is not
 * complete before depot_serve() is: until then the element stays outstanding.
 */
inline depot_put()
{
	atomic {
		special = (missing || count < LINE || waiting);
		count++;
		if
		:: special -> back = 1
		:: else ->
			outstanding--;
			decided = decided - mine;
			mine = 0
		fi;
		assert(Q_HOLDS)
	}
}

/* Of depot_flush(): a full cache makes room. */
inline depot_flush(cpu)
{
	atomic {
		if
		:: cached[cpu] > 0 -> cached[cpu]--; count++
		:: else
		fi
	}
}

/* And free_missing(). */
inline free_needed(cpu, in_nmi)
{
	put = false;
#if NMI
	missing = nmi_missing > 0;
	if
	:: missing ->
		if
		:: !waiting_seen -> slots_put(false)
		:: else
		fi
	:: else
	fi;
#endif
	if
	:: put
	:: else ->
		depot_lock(in_nmi);
		if
		:: !have_lock ->
#if NMI && MUTANT != PARK_FIRST
			if
			:: missing -> slots_put(false)
			:: else
			fi;
#endif
			if
			:: !put -> slots_park()
			:: else
			fi
		:: else ->
			depot_put();
			if
			:: special ->			/* free_locked_slowpath() */
				depot_unpark();
				depot_serve();
				SERVED;
				raw_spin_unlock();
				depot_kick()
			:: else ->
				depot_flush(cpu);
				raw_spin_unlock()
			fi
		fi
	fi;
	atomic { put = false; have_lock = false; special = false; missing = false }
}

/*
 * After the decision.  A cache that is being pushed on this CPU counts as full.
 */
inline free_seen(cpu, in_nmi)
{
	if
	:: seen -> free_needed(cpu, in_nmi)
	:: !seen -> free_needed(cpu, in_nmi)
	:: atomic {
		!seen && cached[cpu] < CACHE ->
		cached[cpu]++;
		outstanding--;
		decided--;
		mine = 0
	   }
	fi;
	seen = false
}

inline rsvpool_free(cpu, in_nmi)
{
	LOOK_AND_DECIDE;
	free_seen(cpu, in_nmi)
}

/* Variables of the inlines. */
#define LOCALS								\
	bool have_lock, got, put, has, seen, missing, special, handed;	\
	byte mine, back, then, first, served, left

/* Takes elements, and frees them, itself or through another task. */
proctype taker(byte cpu; bool in_nmi)
{
	LOCALS;
	byte takes, held;

	do
	:: takes < TAKES ->
		takes++;
		rsvpool_tryalloc(cpu, in_nmi);
		atomic {
			if
			:: got && !handed -> held++
			:: else
			fi;
			got = false;
			handed = false
		}
	:: held > 0 ->
		held--;
		if
		:: rsvpool_free(cpu, in_nmi)
#if FREERS
		:: !in_nmi -> hand!0
#endif
		fi
	:: takes == TAKES && held == 0 -> break
	od;
	takers_left--
}

#if FREERS
proctype freer(byte cpu)
{
	LOCALS;

	do
	:: true ->
#if MUTANT == NO_RMB
		pool_slow_state();
#endif
		if
		:: hand?_ ->
#if MUTANT == NO_RMB
			atomic { decide() };
			free_seen(cpu, false)
#else
			rsvpool_free(cpu, false)
#endif
		:: takers_left == 0 && empty(hand) -> break
		fi
	od
}
#endif

#if SLEEPERS
/* Of place_join() and waiter_join(). */
inline waiter_join(me)
{
	raw_spin_lock();
	atomic {
		queue[waiting] = me;
		waiting++;
		slow_update()
	}
#if MUTANT == NO_MB
	/*
	 * Without the barrier other CPUs may see the store to waiting this
	 * late.
	 */
	if
	:: waiting_seen = waiting
	:: true
	fi;
#else
	waiting_seen = waiting;
#endif
	depot_unpark();
	depot_serve();
	waiting_seen = waiting;
	SERVED;
	raw_spin_unlock();
	depot_kick()
}

/* ours: are the elements? */
inline waiter_leave(me)
{
	raw_spin_lock();
	ours = (state[me] == GRANTED);
#if MUTANT == DROP_GRANT
	ours = ours && !gave_up;
#endif
	if
	:: state[me] == GRANTED ->
		if
		:: listed[me] -> atomic { listed[me] = false; granted-- }
		:: else
		fi
	:: else ->
		atomic { rb_erase(me) };
		slow_update();
#if MUTANT != NO_SERVE
		depot_serve()
#endif
	fi;
	SERVED;
	raw_spin_unlock();
	depot_kick()
}

/*
 * rsvpool_alloc() and the bulk form, from queue_wait() on: joining also serves
 * requests that the ladder would have answered from the depot.
 */
proctype sleeper(byte me, cpu)
{
	LOCALS;
	bool ours, gave_up;
	byte held;

	waiter_join(me);
	/* waiter_sleep(), as long as the scheduler's is. */
	do
	:: true ->
		running[me] = false;		/* set_current_state() */
		if
		:: state[me] == GRANTED -> break
		:: else
		fi;
		if
		:: running[me]
		:: me < IMPATIENT -> gave_up = true; break	/* signal, timeout */
		fi
	od;
	running[me] = true;
	waiter_leave(me);
	if
	:: ours ->
		held = want(me);
		do
		:: held > 0 -> held--; rsvpool_free(cpu, false)
		:: else -> break
		od
	:: else
	fi
}
#endif

/* kick_fn() as far as queue_wake(), on whichever CPU it was queued. */
#if IRQ_WORKS
proctype irq_work()
{
	LOCALS;
	byte woken, w;

end:	do
	:: atomic { kick -> kick = false; at_work++ };
		raw_spin_lock();
		depot_unpark();
		depot_serve();
		SERVED;
		woken = 0;
		do
		:: woken < BATCH && granted ->
			atomic {
				if
				:: listed[0] -> w = 0
				:: listed[1] -> w = 1
				fi;
				listed[w] = false;
				granted--;
				woken++
			}
			raw_spin_unlock();
			running[w] = true;	/* wake_up_process() */
			raw_spin_lock()
		:: else -> break
		od;
		raw_spin_unlock();
		if
		:: granted || parked -> kick = true
		:: else
		fi;
		depot_kick();
		atomic { woken = 0; w = 0; have_lock = false; at_work-- }
	od
}
#endif

/* refill_fn() with a source that has nothing: depot_put_many() of none. */
#if WORKER
proctype worker()
{
	LOCALS;

	raw_spin_lock();
	depot_unpark();
	depot_serve();
	SERVED;
	raw_spin_unlock();
	depot_kick()
}
#endif

init
{
	byte i, cpu;

	atomic {
		count = TOTAL - NMI;
		slots_full = NMI;
		takers_left = TAKERS + NMIS;
#if IRQ_WORKS
		/* First: spin ends processes in the reverse order. */
		i = 0;
		do
		:: i < IRQ_WORKS -> run irq_work(); i++
		:: else -> break
		od;
#endif
		i = 0;
		do
		:: i < TAKERS + NMIS -> run taker(cpu, i >= TAKERS); cpu++; i++
		:: else -> break
		od;
#if FREERS
		run freer(cpu);
		cpu++;
#endif
#if WORKER
		run worker();
#endif
#if SLEEPERS
		i = 0;
		do
		:: i < SLEEPERS -> run sleeper(i, cpu); cpu++; i++
		:: else -> break
		od
#endif
	}
	/*
	 * All processes but irq_work have ended, and irq_work has nothing to
	 * do.
	 */
	atomic {
		_nr_pr == 1 + IRQ_WORKS && at_work == 0 && !kick ->
		i = 0;
		cpu = 0;
		do
		:: cpu < CPUS -> i = i + cached[cpu]; cpu++
		:: else -> break
		od;
		assert(i + count + slots_full == TOTAL && parked == 0);
		assert(outstanding == 0 && decided == 0 && filling == 0);
		assert(nmi_missing == NMI - slots_full);
		assert(!granted && !waiting && slow == (count < LINE))
	}
}
