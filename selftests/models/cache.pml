/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cache.pml - a CPU's cache, with interrupts between any two instructions:
 * module/cache.h
 *
 * An inline has the name of the function that it follows, one statement an
 * access to memory.  An "atomic" is this_cpu_cmpxchg() with the model's own
 * bookkeeping, or bookkeeping alone.  depot_pull() of depot.c is a
 * cache_push_many(), depot_flush() a cache_pop_many(), of elements that are
 * outside before or after; so both are covered.
 *
 * One CPU: a process for each depth of nesting, of which only the deepest runs.
 * At any instant another operation may nest, up to NESTED of them and up to
 * DEPTH deep; two that come one after the other also stand for two in one
 * interrupt.  All operations are tried in all places, which is more than the
 * hardware allows: an NMI does not nest in an NMI.
 *
 * Checked after every commit: the entries below the count are the elements in
 * the cache, each once; no element is popped that is not in the cache, and none
 * is lost.
 */

/* What can be removed, or done in the wrong order: -DMUTANT=NAME. */
#define NO_PUSHING	1	/* no flag: selftests/mutants/no_pushing.patch */
#define NO_SEQUENCE	2	/* a commit that compares the count alone */
#define FLAG_LATE	3	/* no barrier() in cache_push_begin() */
#define FLAG_EARLY	4	/* no barrier() in cache_push_end() */
#ifndef MUTANT
#define MUTANT		0
#endif

#ifndef DEPTH
#define DEPTH		3
#endif
#ifndef NESTED
#define NESTED		3
#endif
#ifndef OPERATIONS
#define OPERATIONS	1	/* of the interrupted level */
#endif
#define ENTRIES		2	/* cache_max */
#define ELEMENTS	3
#define MANY		2	/* elements that a bulk moves */

/* struct rsvpool_cpu: {sequence, count} is one word. */
byte sequence, count;
bool pushing;
byte entries[ENTRIES];

/* The hardware: the level that runs, and how many interrupts may still come. */
byte level;
byte to_come = NESTED;
bool ended;

/* Bookkeeping: where each element is. */
#define OUTSIDE		0
#define ON_THE_WAY	1	/* being pushed */
#define CACHED		2
byte where[ELEMENTS];

inline check()
{
	seen = 0;
	i = 0;
	do
	:: i < count ->
		assert(where[entries[i]] == CACHED);
		assert(!(seen & (1 << entries[i])));
		seen = seen | (1 << entries[i]);
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < ELEMENTS ->
		assert((where[i] == CACHED) == ((seen >> i) & 1));
		i++
	:: else -> break
	od;
	seen = 0;
	i = 0
}

#if MUTANT == NO_SEQUENCE
#define UNCHANGED	(count == n)
#else
#define UNCHANGED	(count == n && sequence == s)
#endif

/* s and n: the word that was read, or the current one.  k elements moved. */
inline cache_commit(up)
{
	atomic {
		if
		:: UNCHANGED ->
			sequence = sequence + k;
			i = 0;
			do
			:: i < k && up ->
				assert(where[element[i]] == ON_THE_WAY);
				where[element[i]] = CACHED;
				i++
			:: i < k && !up ->
				assert(where[element[i]] == CACHED);
				where[element[i]] = OUTSIDE;
				i++
			:: else -> break
			od;
			count = (up -> n + k : n - k);
			check();
			done = true
		:: else ->
			s = sequence;
			n = count;
			done = false
		fi
	}
}

inline read_word()
{
	atomic { s = sequence; n = count }
}

/*
 * Other CPUs may set the limit to 0 and back at any time: so it may be either.
 */
inline read_limit()
{
	if
	:: most = 0
	:: most = ENTRIES
	fi
}

/* cache_pop() and cache_pop_below(). */
inline cache_pop()
{
	atomic { read_limit(); k = 1 };
	read_word();
	do
	:: n == 0 || n - 1 >= most -> break
	:: atomic { n != 0 && n - 1 < most -> element[0] = entries[n - 1] };
		cache_commit(false);
		if
		:: done -> break
		:: !done
		fi
	od
}

inline cache_pop_many()
{
	read_limit();
	read_word();
	do
	:: n == 0 || n > most -> break
	:: atomic { n != 0 && n <= most ->
			k = (n < MANY -> n : MANY);
			element[0] = entries[n - 1]
		};
		if
		:: k == 1
		:: k == 2 -> element[1] = entries[n - 2]
		fi;
		cache_commit(false);
		if
		:: done -> break
		:: !done
		fi
	od
}

#if MUTANT == NO_PUSHING
#define cache_push_begin()	begun = true
#else
#define cache_push_begin()	begun = !pushing
#endif
#define cache_push_end()	pushing = false

/* element[] has nr.  cache_push() is the same with nr = 1. */
inline cache_push_many()
{
#if MUTANT == FLAG_LATE
	read_word();
#endif
	cache_push_begin();
	if
	:: !begun
	:: begun ->
		pushing = true;
		read_limit();
#if MUTANT != FLAG_LATE
		read_word();
#endif
		do
		:: n >= most -> break
		:: atomic { n < most ->
				k = (most - n < nr -> most - n : nr);
				entries[n] = element[0]
			};
			if
			:: k == 1
			:: k == 2 -> entries[n + 1] = element[1]
			fi;
#if MUTANT == FLAG_EARLY
			cache_push_end();
#endif
			cache_commit(true);
			if
			:: done -> break
			:: !done
			fi
		od;
		cache_push_end()
	fi
}

/* An element from outside into element[nr]. */
inline choose()
{
	if
	:: where[0] == OUTSIDE -> element[nr] = 0
	:: where[1] == OUTSIDE -> element[nr] = 1
	:: where[2] == OUTSIDE -> element[nr] = 2
	fi;
	where[element[nr]] = ON_THE_WAY;
	nr++
}

#define SOME_OUTSIDE	(where[0] == OUTSIDE || where[1] == OUTSIDE ||	\
			 where[2] == OUTSIDE)

inline operation()
{
	if
	:: cache_pop()
	:: cache_pop_many()
	:: atomic { SOME_OUTSIDE -> choose() };
		if
		:: atomic { SOME_OUTSIDE -> choose() }
		:: true
		fi;
		cache_push_many();
		/* Elements without room go to the depot. */
		atomic {
			do
			:: nr > 0 ->
				nr--;
				if
				:: where[element[nr]] == ON_THE_WAY ->
					where[element[nr]] = OUTSIDE
				:: else
				fi
			:: else -> break
			od
		}
	fi;
	atomic {
		s = 0;
		n = 0;
		k = 0;
		most = 0;
		element[0] = 0;
		element[1] = 0;
		done = false;
		begun = false
	}
}

#define LOCALS								\
	byte s, n, k, most, nr, i, seen;				\
	byte element[MANY];						\
	bool done, begun

/* Processes have the number of their level plus one. */
proctype interrupted() provided (level == _pid - 1)
{
	LOCALS;
	byte operations;

	do
	:: operations < OPERATIONS -> operations++; operation()
	:: else -> break
	od;
	ended = true
}

proctype nested() provided (level == _pid - 1)
{
	LOCALS;

end:	do
	:: operation();
		level--
	od
}

proctype hardware()
{
	do
	:: atomic { to_come > 0 && level < DEPTH && !ended ->
			to_come--;
			level++
		}
	:: ended && level == 0 -> break
	od
}

init
{
	byte i;

	atomic {
		do
		:: count < ENTRIES ->
			entries[count] = count;
			where[count] = CACHED;
			count++
		:: break
		od;
		run interrupted();
		do
		:: i < DEPTH -> run nested(); i++
		:: else -> break
		od;
		run hardware()
	}
}
