// SPDX-License-Identifier: GPL-2.0
/*
 * vm-tsc - print how many kHz the host's time stamp counter has
 *
 * Belongs to the test rig: under TCG a guest's counter is the host's.  A kernel
 * without ACPI has nothing but the emulated PIT to measure it with, whose ticks
 * come late where the host's CPUs are overcommitted: its seconds were found to
 * last a twentieth of one.  So scripts/vm tells it.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define TRIES		1000	/* for a look that nothing has interrupted */
#define INTERVAL_NS	100000000
#define NS_PER_S	1000000000
#define NS_PER_MS	1000000

struct moment {
	uint64_t ns;
	uint64_t ticks;
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Both clocks at once, as nearly as possible. */
static struct moment look(void)
{
	struct moment best = { 0 };
	uint64_t before, after, ticks, shortest = UINT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = clock_ns();
		ticks = __rdtsc();
		after = clock_ns();
		if (after - before < shortest) {
			shortest = after - before;
			best.ns = before + shortest / 2;
			best.ticks = ticks;
		}
	}
	return best;
}

int main(void)
{
	struct timespec interval = { .tv_nsec = INTERVAL_NS };
	struct moment first, last;

	first = look();
	nanosleep(&interval, NULL);
	last = look();
	printf("%.0f\n", (double)(last.ticks - first.ticks) * NS_PER_MS /
	       (last.ns - first.ns));
	return 0;
}
