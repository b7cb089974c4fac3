/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histogram of the times of calls: see histogram.c.
 */
#ifndef RSVPOOL_STRESS_HISTOGRAM_H
#define RSVPOOL_STRESS_HISTOGRAM_H

#include <linux/bits.h>
#include <linux/seq_file.h>
#include <linux/types.h>

/* One bucket a nanosecond below STRESS_EXACT, STRESS_SUB an octave above. */
#define STRESS_EXACT_BITS	10
#define STRESS_EXACT		BIT(STRESS_EXACT_BITS)
#define STRESS_SUB_BITS		4
#define STRESS_SUB		BIT(STRESS_SUB_BITS)
#define STRESS_OCTAVES		(32 - STRESS_EXACT_BITS)
#define STRESS_BUCKETS		(STRESS_EXACT + STRESS_OCTAVES * STRESS_SUB)

/**
 * struct stress_histogram - times of calls
 * @calls: how many calls
 * @max_ns: the longest time
 * @buckets: how many calls belong to each bucket; see bucket_of()
 */
struct stress_histogram {
	u64 calls;
	u64 max_ns;
	u64 buckets[STRESS_BUCKETS];
};

void stress_histogram_add(struct stress_histogram *histogram, u64 ns);
void stress_histogram_show(struct seq_file *m, const char *name,
			   const struct stress_histogram *histogram);

#endif /* RSVPOOL_STRESS_HISTOGRAM_H */
