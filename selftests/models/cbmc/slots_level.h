/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slots_level.h - the NMI slots for one depth of nesting (see slots.c)
 *
 * LEVEL is the depth, whose functions get its number; NESTING is what comes before
 * each access.  Included once for each depth.
 */
#undef INTERRUPT
#define INTERRUPT		NESTING

#define slot_bases		JOIN(slot_bases, LEVEL)
#define slot_element		JOIN(slot_element, LEVEL)
#define slot_next		JOIN(slot_next, LEVEL)
#define slot_read		JOIN(slot_read, LEVEL)
#define slot_pop_many		JOIN(slot_pop_many, LEVEL)
#define slot_push_many		JOIN(slot_push_many, LEVEL)
#define slot_set_two		JOIN(slot_set_two, LEVEL)
#define slot_set_elements	JOIN(slot_set_elements, LEVEL)
#define slots_filling		JOIN(slots_filling, LEVEL)
#define slots_init		JOIN(slots_init, LEVEL)
#define slots_exit		JOIN(slots_exit, LEVEL)
#define slots_take_many		JOIN(slots_take_many, LEVEL)
#define slots_take		JOIN(slots_take, LEVEL)
#define slots_fill		JOIN(slots_fill, LEVEL)
#define slots_put_many		JOIN(slots_put_many, LEVEL)
#define slots_put		JOIN(slots_put, LEVEL)
#define slots_empty_to_filling	JOIN(slots_empty_to_filling, LEVEL)
#define slots_fill_from_depot	JOIN(slots_fill_from_depot, LEVEL)
#define slots_take_back		JOIN(slots_take_back, LEVEL)
#define park_overfull		JOIN(park_overfull, LEVEL)
#define park_linked		JOIN(park_linked, LEVEL)
#define park_placed		JOIN(park_placed, LEVEL)
#define slots_park		JOIN(slots_park, LEVEL)
#define unpark_linked		JOIN(unpark_linked, LEVEL)
#define unpark_placed		JOIN(unpark_placed, LEVEL)
#define slots_unpark_many	JOIN(slots_unpark_many, LEVEL)
#define slots_unpark		JOIN(slots_unpark, LEVEL)

#include "nmi_slots.c"

/* Elements from the slots: fewer only if too many were out at an instant of it. */
static void JOIN(take, LEVEL)(unsigned int nr)
{
	void *elements[MANY];
	unsigned int got, before = peak;

	peak = out;
	want(nr);
	got = slots_take_many(&pool, elements, nr);
	move(elements, got, SLOT, OUT);
	assert(got == nr || peak > PLACES);
	out -= nr - got;
	if (peak < before)
		peak = before;
}

/* A free, which keeps for the depot or a cache what no slot misses. */
static void JOIN(put, LEVEL)(unsigned int nr)
{
	void *elements[MANY];
	unsigned int put;

	choose(elements, nr, OUT, SLOT);
	put = slots_put_many(&pool, elements, nr);
	assert(put <= nr);
	move(elements, nr - put, SLOT, DEPOT);
	out -= nr;
}

/* As depot_fill_slots_slowpath(). */
static void JOIN(fill, LEVEL)(unsigned int nr)
{
	int missing = atomic_read(&pool.nmi_missing);
	void *elements[MANY];
	unsigned int put;

	locked = true;
	if (missing > 0) {
		nr = min(nr, (unsigned int)missing);
		choose(elements, nr, DEPOT, SLOT);
		put = slots_fill_from_depot(&pool, elements, nr);
		assert(put <= nr);
		move(elements, nr - put, SLOT, DEPOT);
		missing = atomic_read(&pool.nmi_missing);
	}
	if (missing < 0) {
		put = slots_take_back(&pool, elements, MANY);
		move(elements, put, SLOT, DEPOT);
	}
	locked = false;
}

static void JOIN(park, LEVEL)(unsigned int nr)
{
	void *elements[MANY];

	choose(elements, nr, OUT, PARKED);
	slots_park(&pool, elements, nr);
	out -= nr;
}

static void JOIN(unpark, LEVEL)(unsigned int nr)
{
	void *elements[MANY];

	locked = true;
	nr = slots_unpark_many(&pool, elements, nr);
	move(elements, nr, PARKED, DEPOT);
	locked = false;
}

/* One call. */
static void JOIN(operation, LEVEL)(void)
{
	if (MAY(TAKE) && nondet_bool())
		JOIN(take, LEVEL)(1);
	else if (MAY(TAKE2) && nondet_bool())
		JOIN(take, LEVEL)(2);
	else if (MAY(PUT) && how_many(OUT) >= 1 && nondet_bool())
		JOIN(put, LEVEL)(1);
	else if (MAY(PUT2) && how_many(OUT) >= 2 && nondet_bool())
		JOIN(put, LEVEL)(2);
	else if (MAY(FILL) && !locked && how_many(DEPOT) >= 1 && nondet_bool())
		JOIN(fill, LEVEL)(1);
	else if (MAY(FILL2) && !locked && how_many(DEPOT) >= 2 && nondet_bool())
		JOIN(fill, LEVEL)(2);
	else if (MAY(PARK) && how_many(OUT) >= 2 && nondet_bool())
		JOIN(park, LEVEL)(2);
	else if (MAY(UNPARK) && !locked && nondet_bool())
		JOIN(unpark, LEVEL)(2);
}

static void JOIN(interrupt, LEVEL)(void)
{
	if (interrupts < INTERRUPTS && nondet_bool()) {
		interrupts++;
		JOIN(operation, LEVEL)();
	}
}

#undef slot_bases
#undef slot_element
#undef slot_next
#undef slot_read
#undef slot_pop_many
#undef slot_push_many
#undef slot_set_two
#undef slot_set_elements
#undef slots_filling
#undef slots_init
#undef slots_exit
#undef slots_take_many
#undef slots_take
#undef slots_fill
#undef slots_put_many
#undef slots_put
#undef slots_empty_to_filling
#undef slots_fill_from_depot
#undef slots_take_back
#undef park_overfull
#undef park_linked
#undef park_placed
#undef slots_park
#undef unpark_linked
#undef unpark_placed
#undef slots_unpark_many
#undef slots_unpark
#undef LEVEL
#undef NESTING
