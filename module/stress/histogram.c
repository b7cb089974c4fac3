// SPDX-License-Identifier: GPL-2.0
/*
 * Histogram of the times of calls.
 *
 * Answers for: recording times at little cost, and their percentiles: exact up
 * to about a microsecond, to six per cent above.  One writer; the percentiles are
 * read when it has ended.  No locks, any context.
 */
#include "stress.h"
#include "histogram.h"

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>

/* In hundredths of a per cent. */
static const struct {
	const char *name;
	unsigned int share;
} percentiles[] = {
	{ "p50", 5000 }, { "p90", 9000 }, { "p99", 9900 }, { "p99.9", 9990 },
	{ "p99.99", 9999 },
};

#define WHOLE	10000

static unsigned int bucket_of(u64 ns)
{
	unsigned int octave, value = min_t(u64, ns, U32_MAX);

	if (value < STRESS_EXACT)
		return value;
	octave = ilog2(value);
	return STRESS_EXACT + (octave - STRESS_EXACT_BITS) * STRESS_SUB +
	       ((value >> (octave - STRESS_SUB_BITS)) & (STRESS_SUB - 1));
}

/* The longest time that belongs to a bucket. */
static u64 bucket_top(unsigned int bucket)
{
	unsigned int octave, sub;

	if (bucket < STRESS_EXACT)
		return bucket;
	octave = STRESS_EXACT_BITS + (bucket - STRESS_EXACT) / STRESS_SUB;
	sub = (bucket - STRESS_EXACT) % STRESS_SUB;
	return ((u64)(STRESS_SUB + sub + 1) << (octave - STRESS_SUB_BITS)) - 1;
}

void stress_histogram_add(struct stress_histogram *histogram, u64 ns)
{
	stress_count(&histogram->calls, 1);
	stress_count(&histogram->buckets[bucket_of(ns)], 1);
	if (ns > histogram->max_ns)
		WRITE_ONCE(histogram->max_ns, ns);
}

static u64 percentile(const struct stress_histogram *histogram,
		      unsigned int share)
{
	u64 sum = 0, wanted = histogram->calls * share;
	unsigned int bucket;

	for (bucket = 0; bucket < STRESS_BUCKETS - 1; bucket++) {
		sum += READ_ONCE(histogram->buckets[bucket]);
		if (sum * WHOLE >= wanted)
			break;
	}
	/* The longest time is known exactly. */
	return min(bucket_top(bucket), histogram->max_ns);
}

/* Print "NAME.p50=...", and so on, a line each. */
void stress_histogram_show(struct seq_file *m, const char *name,
			   const struct stress_histogram *histogram)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(percentiles); i++)
		seq_printf(m, "%s.%s=%llu\n", name, percentiles[i].name,
			   percentile(histogram, percentiles[i].share));
}
