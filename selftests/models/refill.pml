/* SPDX-License-Identifier: GPL-2.0 */
/*
 * refill.pml - how a watermark that is crossed makes the refill worker run:
 * pool->refill_state of module/kick.c, irq_work.c and refill.c, as far as QUEUED and
 * IDLE go, and depot_kick() of depot.c
 *
 * The takers' stores go to a store buffer, as each CPU has on x86: the CPU's
 * own loads see them at once, other CPUs when they are drained, in order, at
 * any later time.  Taking the lock and every cmpxchg wait for an empty buffer.
 * The buffer here holds the store to count, and the unlock.  The other
 * processes need no buffer: their late stores would only add elements later.
 *
 * Each CPU has its own irq_work.  The last taker's CPU has its interrupts off
 * until no other process can run: its irq_work does not run before.
 *
 * Checked: elements that another CPU has asked for come while that CPU still
 * has its interrupts off; and at the end the depot is not below low.  The
 * source always succeeds.
 */

/* What can be removed: -DMUTANT=NAME. */
#define NO_MB		1	/* refill_ask() without smp_mb() */
#define NO_SETTLE	2	/* the worker does not check again when idle */
#define ONE_KICK	3	/* one irq_work for all CPUs */
#define ASKED_ENOUGH	4	/* a CPU that finds ASKED does not kick */
#ifndef MUTANT
#define MUTANT		0
#endif

#define LOW		2	/* and high */
#define TAKERS		2
#define TAKES		2	/* of each taker */

mtype = { IDLE, ASKED, QUEUED };
mtype refill_state = IDLE;
bool locked;
byte count = LOW + 1;
bool kick[TAKERS + 1];			/* a CPU's irq_work is pending; the last is
					 * the worker's CPU */
bool irqs_off = true;			/* of the last taker's CPU */
bool wanted;				/* another CPU has asked, and waits */
#define ASTRAY		(TAKERS - 1)
bool work;				/* the work is pending */
byte at_work;				/* runs of either */

/* A taker's store buffer: a store to count, then the one that unlocks. */
bool buffered[TAKERS];
byte stored[TAKERS];

inline drain(cpu)
{
	count = stored[cpu];
	stored[cpu] = 0;
	buffered[cpu] = false;
	locked = false
}

/* What a locked instruction does, too. */
inline smp_mb()
{
	atomic {
		if
		:: me < TAKERS && buffered[me % TAKERS] -> drain(me % TAKERS)
		:: else
		fi
	}
}

inline raw_spin_lock()
{
	smp_mb();
	atomic { !locked -> locked = true }
}

/* irq_work_queue(): pending on this CPU, unless it is pending. */
inline pool_kick()
{
	atomic {
		if
#if MUTANT == ONE_KICK
		:: kick[0] || kick[1] || kick[2]
#endif
		:: else -> kick[cpu] = true
		fi
	}
}

inline refill_ask()
{
#if MUTANT != NO_MB
	smp_mb();
#endif
	atomic {
		if
		:: cpu != ASTRAY && count < LOW -> wanted = true
		:: else
		fi;
		state = refill_state
	}
	if
	:: state == IDLE ->
		smp_mb();
		atomic {
			state = refill_state;
			if
			:: refill_state == IDLE -> refill_state = ASKED;
#if MUTANT == ASKED_ENOUGH
				pool_kick();
#endif
				state = ASKED
			:: else
			fi
		}
	:: else
	fi;
#if MUTANT != ASKED_ENOUGH
	if
	:: state == ASKED -> pool_kick()
	:: else
	fi;
#endif
	state = QUEUED
}

/* low: does the asking CPU see the depot below low? */
inline depot_kick()
{
	atomic {
		if
		:: me < TAKERS && buffered[me % TAKERS] ->
			low = stored[me % TAKERS] < LOW
		:: else -> low = count < LOW
		fi
	}
	if
	:: low -> refill_ask()
	:: else
	fi
}

/* Elements that are taken are not freed. */
proctype taker(byte me)
{
	byte takes, cpu = me;
	bool low;
	mtype state = QUEUED;

	do
	:: takes < TAKES ->
		takes++;
		raw_spin_lock();
		atomic {
			if
			:: count > 0 ->
				stored[me] = count - 1;
				buffered[me] = true
			:: else -> locked = false
			fi
		}
		depot_kick()
	:: else -> break
	od
}

/* The store buffers, which drain at any time. */
proctype buffers()
{
end:	do
	:: atomic { buffered[0] -> drain(0) }
	:: atomic { buffered[1] -> drain(1) }
	od
}

/* kick_fn() */
proctype irq_work(byte cpu)
{
	byte me = TAKERS;
	bool low;
	mtype state = QUEUED;

end:	do
	:: atomic {
		kick[cpu] && (cpu != ASTRAY || !irqs_off) ->
		kick[cpu] = false;
		at_work++
	   };
		atomic {
			if
			:: refill_state == ASKED ->
				refill_state = QUEUED;
				work = true
			:: else
			fi
		}
		depot_kick();
		atomic { low = false; at_work-- }
	od
}

/* refill_fn() */
proctype worker()
{
	byte me = TAKERS, cpu = TAKERS;
	bool low;
	mtype state = QUEUED;

end:	do
	:: atomic { work -> work = false; at_work++ };
		do
		:: count < LOW ->			/* refill_fill() */
			raw_spin_lock();
			atomic { count++; locked = false }
			depot_kick()
		:: atomic { else -> wanted = false }; break
		od;
		atomic {
			if
			:: refill_state == QUEUED -> refill_state = IDLE
			:: else
			fi
		}
#if MUTANT != NO_SETTLE
		depot_kick();
#endif
		atomic { low = false; at_work-- }
	od
}

#define QUIET	(_nr_pr == 6 && !buffered[0] && !buffered[1] && !work && \
		 at_work == 0)

init
{
	atomic {
		run buffers();
		run irq_work(0);
		run irq_work(1);
		run irq_work(2);
		run worker();
		run taker(0);
		run taker(1)
	}
	atomic {
		QUIET && !kick[0] && !kick[2] ->
		assert(!wanted || count >= LOW);
		irqs_off = false
	}
	atomic {
		QUIET && !kick[0] && !kick[1] && !kick[2] -> assert(count >= LOW)
	}
}
