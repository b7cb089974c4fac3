/* SPDX-License-Identifier: GPL-2.0 */
/*
 * refill.pml - how a mark that is crossed gets the refill worker to look:
 * pool->refill_state of module/refill.c, as far as QUEUED and IDLE go, and
 * stock_settle() of stock.c
 *
 * The stores of who takes are in a store buffer, as x86 has one for each CPU: an
 * own load sees them at once, others when they are drained, in order, at any
 * time later.  The lock's acquisition and every cmpxchg wait for an empty
 * buffer.  What is in it here is count, and the unlock.  The others need none:
 * late stores of theirs would make the stock more, later.
 *
 * Checked: when nothing goes on any more, the stock is not below its mark.  The
 * source always has one.
 */

/* What can be cut out: -DMUTANT=NAME. */
#define NO_MB		1	/* refill_ask() without smp_mb() */
#define NO_SETTLE	2	/* the worker does not look again when idle */
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
bool kick;				/* the irq_work is pending */
bool work;				/* the work is */
byte at_work;				/* runs of either */

/* Of a taker's CPU: a store to count, and behind it the one that unlocks. */
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

inline refill_ask()
{
#if MUTANT != NO_MB
	smp_mb();
#endif
	if
	:: refill_state == IDLE ->
		smp_mb();
		atomic {
			if
			:: refill_state == IDLE ->
				refill_state = ASKED;
				kick = true
			:: else
			fi
		}
	:: refill_state != IDLE
	fi
}

/* low: does the processor that asks see the stock below its mark? */
inline stock_settle()
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

/* Elements that are taken stay away. */
proctype taker(byte me)
{
	byte takes;
	bool low;

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
		stock_settle()
	:: else -> break
	od
}

/* The store buffers, which drain when they like. */
proctype buffers()
{
end:	do
	:: atomic { buffered[0] -> drain(0) }
	:: atomic { buffered[1] -> drain(1) }
	od
}

/* kick_fn() */
proctype irq_work()
{
	byte me = TAKERS;
	bool low;

end:	do
	:: atomic { kick -> kick = false; at_work++ };
		atomic {
			if
			:: refill_state == ASKED ->
				refill_state = QUEUED;
				work = true
			:: else
			fi
		}
		stock_settle();
		atomic { low = false; at_work-- }
	od
}

/* refill_fn() */
proctype worker()
{
	byte me = TAKERS;
	bool low;

end:	do
	:: atomic { work -> work = false; at_work++ };
		do
		:: count < LOW ->			/* refill_fill() */
			raw_spin_lock();
			atomic { count++; locked = false }
			stock_settle()
		:: else -> break
		od;
		atomic {
			if
			:: refill_state == QUEUED -> refill_state = IDLE
			:: else
			fi
		}
#if MUTANT != NO_SETTLE
		stock_settle();
#endif
		atomic { low = false; at_work-- }
	od
}

init
{
	atomic {
		run buffers();
		run irq_work();
		run worker();
		run taker(0);
		run taker(1)
	}
	atomic {
		_nr_pr == 4 && !buffered[0] && !buffered[1] && !kick && !work &&
		at_work == 0 -> assert(count >= LOW)
	}
}
