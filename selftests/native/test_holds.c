// SPDX-License-Identifier: GPL-2.0
/*
 * test_holds - instructions under the depot's lock, for each element that crosses
 * it by the batch: see holds.h
 */
#include "holds.h"
#include "native_test.h"
#include "threads.h"

void machine_interrupt(void)
{
}

void machine_nmi(void)
{
}

int main(void)
{
	const struct hold *h;
	unsigned int i, bars = 0;

	machine_init(3);
	machine_enter(0);
	holds_measure();
	for (i = 0; (h = hold_measured(i)); i++) {
		bars += h->batch;
		comment("%s: %lu instructions in a hold for %u elements, %.1f for each",
			h->name, h->held, h->elements,
			(double)h->held / h->elements);
	}
	plan(bars);
	for (i = 0; (h = hold_measured(i)); i++)
		if (h->batch)
			result(h->held <= HELD_MOST * h->elements,
			       "%s: at most %u instructions under the depot's lock for an element",
			       h->name, HELD_MOST);
	return finish();
}
