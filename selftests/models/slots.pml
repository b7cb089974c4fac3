/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slots.pml - the NMI slots of module/nmi_slots.c: the two tagged stacks, and
 * the counter that frees read
 *
 * An inline has the name of the function that it follows, one statement for
 * each access to memory, between which others may run; an "atomic" is one
 * instruction (a 64-bit load, a cmpxchg, an atomic operation), with the model's
 * bookkeeping.
 *
 * Users stand for CPUs, and for contexts that nest on them: an NMI that runs to
 * its end before the interrupted code goes on is one of the interleavings. Each
 * user may start with an element from elsewhere, takes from the slots, and
 * frees.  A free that finds no slot missing an element goes to a cache, one
 * that gets no slot goes to the depot.  Both are "elsewhere" here, and nothing
 * comes back from there, as for an NMI that finds the depot locked.
 *
 * A take requests one element or two at once, and frees both at once if it got
 * two: then two linked places are popped and pushed by one exchange.
 *
 * Checked: no element is taken that is not in a slot, none is lost, and a take
 * fails only if as many elements were outstanding at that instant as there are
 * slots.
 */

/* What can be removed: -DMUTANT=NAME. */
#define NO_TAG		1	/* a head without its tag */
#define CLAIM_FIRST	2	/* slots_put_many() lowers before it has places */
#define WALK_LATE	3	/* the second place is read after the pop */
#ifndef MUTANT
#define MUTANT		0
#endif

#ifndef PLACES
#define PLACES		2	/* nmi_reserve */
#endif
#ifndef USERS
#define USERS		3
#endif
#ifndef GUESTS
#define GUESTS		1	/* users that start with an element */
#endif
#ifndef TAKES
#define TAKES		2	/* of each user */
#endif

#define ELEMENTS	(PLACES + GUESTS)
#define NONE		ELEMENTS

/* struct rsvpool_slots: heads of {tag, place + 1}. */
#define FULL		0
#define EMPTY		1
byte tag[2];
byte top[2];
byte next[PLACES + 1];
byte element[PLACES + 1];
short nmi_missing;

/* Bookkeeping: where each element is, and how many are outstanding. */
#define OUT		0
#define SLOT		1
#define ELSEWHERE	2
byte where[ELEMENTS];
byte outstanding;

/*
 * READ_ONCE(*head); a take notes how many elements are outstanding at that
 * time.
 */
inline read_head(stack)
{
	atomic {
		old_tag = tag[stack];
		old_top = top[stack];
		then = outstanding
	}
}

#if MUTANT == NO_TAG
#define UNCHANGED(stack)	(top[stack] == old_top)
#else
#define UNCHANGED(stack)	(top[stack] == old_top && tag[stack] == old_tag)
#endif

inline try_cmpxchg64(stack, to)
{
	atomic {
		if
		:: UNCHANGED(stack) ->
			tag[stack] = old_tag + 1;
			top[stack] = to;
			done = true
		:: else ->
			old_tag = tag[stack];
			old_top = top[stack];
			then = outstanding;
			done = false
		fi
	}
}

/* More than one place in hand? */
#define BOTH		(second -> 2 : 1)

/*
 * slot_pop_many(): one place, or, with two, also the next one.  place = 0:
 * there was none; second = 0: only one.
 */
inline slot_pop(stack, two)
{
	read_head(stack);
	do
	:: old_top == 0 ->
		place = 0;
		break
	:: else ->
		link = next[old_top];
		place = old_top;
		second = 0;
#if MUTANT != WALK_LATE
		if
		:: two && link != 0 ->
			second = link;
			link = next[second]
		:: else
		fi;
#endif
		atomic {
			try_cmpxchg64(stack, link);
			if
			:: done && stack == FULL ->
				outstanding = outstanding + BOTH
			:: else
			fi
		}
#if MUTANT == WALK_LATE
		if
		:: done && two && link != 0 ->
			second = link;
			atomic {
				top[stack] = next[second];
				tag[stack]++;
				if
				:: stack == FULL -> outstanding++
				:: else
				fi
			}
		:: else
		fi;
#endif
		if
		:: done -> break
		:: else
		fi
	od
}

inline slot_push(stack)
{
	read_head(stack);
	do
	:: true ->
		next[(second -> second : place)] = old_top;
		atomic {
			try_cmpxchg64(stack, place);
			if
			:: done && stack == FULL ->
				outstanding = outstanding - BOTH
			:: else
			fi
		}
		if
		:: done -> break
		:: else
		fi
	od
}

/* mine = NONE: there was none; other = NONE: only one. */
inline slots_take()
{
	if
	:: PLACES > 1 -> two = true
	:: two = false
	fi;
#if MUTANT == CLAIM_FIRST
	two = false;
	nmi_missing++;
#endif
	slot_pop(FULL, two);
	if
	:: place == 0 ->
		assert(then >= PLACES);		/* the guarantee */
#if MUTANT == CLAIM_FIRST
		nmi_missing--;
#endif
		mine = NONE
	:: else ->
		atomic {
			mine = element[place];
			assert(where[mine] == SLOT);	/* not twice */
			where[mine] = OUT
		}
		if
		:: second -> atomic {
			other = element[second];
			assert(where[other] == SLOT);
			where[other] = OUT
		   }
		:: else
		fi;
#if MUTANT != CLAIM_FIRST
		nmi_missing = nmi_missing + BOTH;
#endif
		slot_push(EMPTY)
	fi
}

/* put: is it in a slot now, and the other one, too, if there was room? */
inline slots_put()
{
#if MUTANT == CLAIM_FIRST
	atomic {
		put = nmi_missing > 0;
		if
		:: put -> nmi_missing--
		:: else
		fi
	}
#else
	put = nmi_missing > 0;
#endif
	if
	:: put ->
		slot_pop(EMPTY, (other != NONE));
		if
		:: place == 0 ->
#if MUTANT == CLAIM_FIRST
			nmi_missing++;
#endif
			put = false
		:: else ->
#if MUTANT != CLAIM_FIRST
			nmi_missing = nmi_missing - BOTH;
#endif
			atomic {
				element[place] = mine;
				where[mine] = SLOT
			}
			if
			:: second -> atomic {
				element[second] = other;
				where[other] = SLOT;
				other = NONE
			   }
			:: else
			fi;
			slot_push(FULL)
		fi
	:: else
	fi
}

/* rsvpool_free() of free.c, with the depot at min or above, and no task waiting. */
inline rsvpool_free()
{
	put = nmi_missing != 0;			/* pool_slow_state() */
	if
	:: put -> slots_put()
	:: else
	fi;
	if
	:: !put -> atomic { where[mine] = ELSEWHERE; outstanding-- }
	:: else
	fi;
	atomic { mine = other; other = NONE }
}

proctype user(byte mine)
{
	byte old_tag, old_top, link, place, second, then, takes, other = NONE;
	bool done, put, two;

	do
	:: mine != NONE -> rsvpool_free()
	:: mine == NONE && takes < TAKES ->
		takes++;
		slots_take()
	:: mine == NONE -> break
	od
}

init
{
	byte i, seen;

	atomic {
		i = 1;
		do
		:: i <= PLACES ->		/* slots_init(), and filled */
			next[i] = i - 1;
			element[i] = i - 1;
			where[i - 1] = SLOT;
			top[FULL] = i;
			i++
		:: else -> break
		od;
		outstanding = GUESTS;
		i = 0;
		do
		:: i < USERS ->
			if
			:: i < GUESTS -> run user(PLACES + i)
			:: else -> run user(NONE)
			fi;
			i++
		:: else -> break
		od
	}
	_nr_pr == 1;
	/*
	 * Every element is where the bookkeeping says, and the counter is
	 * right.
	 */
	d_step {
		i = top[FULL];
		do
		:: i != 0 ->
			assert(where[element[i]] == SLOT);
			where[element[i]] = OUT;
			seen++;
			i = next[i]
		:: else -> break
		od;
		assert(nmi_missing == PLACES - seen);
		i = top[EMPTY];
		do
		:: i != 0 ->
			seen++;
			i = next[i]
		:: else -> break
		od;
		assert(seen == PLACES);
		i = 0;
		do
		:: i < ELEMENTS ->
			assert(where[i] != SLOT);
			i++
		:: else -> break
		od;
		assert(outstanding == 0)
	}
}
