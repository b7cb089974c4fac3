// SPDX-License-Identifier: GPL-2.0
/*
 * Marks in elements: they show that an element has one owner, and that no other
 * code has written to it.
 *
 * Answers for: detecting an element with two owners, and a write to an element
 * by code that does not own it.  The code that takes an element writes a mark
 * over its first word, its last, and up to three between.  Before the element
 * is freed, the marks must be unchanged.
 *
 * The first word names the owner:
 *
 *	63                                          16 15            0
 *	| key of the run ^ hash of address and number | owner's number |
 *
 * and the other words are computed from it and their position.  A new element
 * that has such a word has an owner already: only stress_unmark() removes a
 * mark.  Memory that the kernel used in between is not cleared, and may hold an
 * old mark of which a byte or two are overwritten, such as the owner's number by
 * a pipe's "3\n".  That is no mark any more, as all bits of the word depend on
 * the number.  The first word is changed by cmpxchg, so that of two owners that
 * mark at the same time one sees the other.  No locks, any context.
 */
#include "stress.h"

#include <linux/hash.h>
#include <linux/random.h>

#define OWNER_BITS	16
#define OWNER_MASK	((1ULL << OWNER_BITS) - 1)
#define FREED		0xf3eeULL	/* no actor has this number */

/*
 * Prepare to mark elements of @bytes.  False if that is too small.  Task
 * context.
 */
bool stress_marks_init(struct stress_run *run, size_t bytes)
{
	struct stress_marks *marks = &run->marks;
	size_t words = bytes / sizeof(u64), last = words - 1;
	const size_t places[STRESS_MARKS] = {
		0, last / 4, last / 2, last - last / 4, last,
	};
	unsigned int i;

	marks->key = get_random_u64();
	marks->expect = run->params.expect;
	marks->nr = 0;
	for (i = 0; words && i < STRESS_MARKS; i++) {
		if (!marks->nr || places[i] > marks->words[marks->nr - 1])
			marks->words[marks->nr++] = places[i];
	}
	return marks->nr;
}

static u64 first_mark(const struct stress_marks *marks, const void *element,
		      u64 owner)
{
	u64 base = ((unsigned long)element + owner) * GOLDEN_RATIO_64;

	return ((marks->key ^ base) & ~OWNER_MASK) | owner;
}

static u64 other_mark(u64 first, unsigned int word)
{
	return ~first ^ word;
}

static bool has_owner(const struct stress_marks *marks, const void *element,
		      u64 got)
{
	u64 owner = got & OWNER_MASK;

	return owner != FREED && got == first_mark(marks, element, owner);
}

/* Does a new element have the content that the run expects? */
static void check_expected(struct stress_run *run, const u64 *words, u64 first,
			   u64 freed, const char *where)
{
	const struct stress_marks *marks = &run->marks;
	bool zero = marks->expect == STRESS_EXPECT_ZERO;
	unsigned int i;
	u64 got, want;

	if (marks->expect == STRESS_EXPECT_ANY)
		return;
	/* An element that was never freed in this run may hold anything. */
	if (!zero && first != freed)
		return;
	for (i = 0; i < marks->nr; i++) {
		got = i ? READ_ONCE(words[marks->words[i]]) : first;
		want = i ? other_mark(freed, marks->words[i]) : freed;
		if (got != (zero ? 0 : want))
			stress_fail(run, zero ? "not-zero" : "not-kept", where,
				    words, got, zero ? 0 : want);
	}
}

/**
 * stress_mark - mark an element as owned
 * @run: the run
 * @element: the element, just taken
 * @owner: the owner's number
 * @where: the context's name
 *
 * Context: Any.
 * Return: false if it has an owner already.
 */
bool stress_mark(struct stress_run *run, void *element, unsigned int owner,
		 const char *where)
{
	const struct stress_marks *marks = &run->marks;
	u64 *words = element, mine = first_mark(marks, element, owner);
	u64 got = READ_ONCE(words[0]);
	unsigned int i;

	if (has_owner(marks, element, got)) {
		stress_fail(run, "handed-out-twice", where, element, got, mine);
		return false;
	}
	check_expected(run, words, got, first_mark(marks, element, FREED),
		       where);
	if (cmpxchg64(&words[0], got, mine) != got) {
		stress_fail(run, "handed-out-twice", where, element,
			    READ_ONCE(words[0]), mine);
		return false;
	}
	for (i = 1; i < marks->nr; i++)
		WRITE_ONCE(words[marks->words[i]],
			   other_mark(mine, marks->words[i]));
	return true;
}

/**
 * stress_unmark - check an element's marks, and mark it as freed
 * @run: the run
 * @element: the element, about to be freed
 * @where: the context's name
 *
 * The caller need not be the owner that the mark names: elements pass through
 * the exchange.
 *
 * Context: Any.
 * Return: false if its marks were overwritten; do not free it then.
 */
bool stress_unmark(struct stress_run *run, void *element, const char *where)
{
	const struct stress_marks *marks = &run->marks;
	u64 *words = element, first = READ_ONCE(words[0]);
	u64 freed = first_mark(marks, element, FREED);
	unsigned int i, word;
	u64 got, want;

	if (!has_owner(marks, element, first)) {
		stress_fail(run, "overwritten", where, element, first, freed);
		return false;
	}
	for (i = 1; i < marks->nr; i++) {
		word = marks->words[i];
		got = READ_ONCE(words[word]);
		want = other_mark(first, word);
		if (got != want) {
			stress_fail(run, "overwritten", where, element, got,
				    want);
			return false;
		}
		if (marks->expect == STRESS_EXPECT_KEPT)
			WRITE_ONCE(words[word], other_mark(freed, word));
	}
	if (cmpxchg64(&words[0], first, freed) != first) {
		stress_fail(run, "overwritten", where, element,
			    READ_ONCE(words[0]), first);
		return false;
	}
	return true;
}
