// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios "storm" and "soak" with check_s: all elements are freed once in that
 * time, and the pool's counts are checked.
 *
 * Answers for: setting the limit to 0, so that actors get no token and free what
 * they hold; and the check, once all tokens are returned.  No locks; task
 * context, by the writer of "run".
 */
#include "contexts.h"

static u64 all_requests(const struct contexts *contexts)
{
	struct stress_counts sum;
	enum stress_context context;
	u64 requests = 0;

	for (context = 0; context < STRESS_CONTEXTS; context++) {
		contexts_sum(contexts, context, &sum);
		requests += sum.requests;
	}
	return requests;
}

/*
 * The run holds no element.  Are no more outstanding than before the run, did the
 * pool stay within its max, and were requests made since the last check?
 */
static void self_check(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	int outstanding = stress_outstanding(run);
	int peak = stress_fact(run, "stats/peak");
	int most = stress_fact(run, "max");
	u64 requests = all_requests(contexts);

	if (stress_lost(run, outstanding))
		stress_fail(run, "outstanding", "check", NULL, outstanding,
			    run->outstanding_before);
	if (most > 0 && peak > most)
		stress_fail(run, "peak", "check", NULL, peak, most);
	if (requests != contexts->requests)
		contexts->progress_at = stress_elapsed_ms(run);
	else if (stress_elapsed_ms(run) >
		 contexts->progress_at + STRESS_PATIENCE_MS)
		stress_fail(run, "no-progress", "check", NULL, 0, 1);
	contexts->requests = requests;
	WRITE_ONCE(contexts->checks, contexts->checks + 1);
}

/* When a check is due, let the actors free all elements, then check. */
void contexts_check_if_due(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	s64 now = stress_elapsed_ms(run);
	s64 period = (s64)run->params.check_s * MSEC_PER_SEC;

	if (!period)
		return;
	if (!contexts->check_at)
		contexts->check_at = now + period;
	if (now < contexts->check_at)
		return;
	if (!contexts->draining) {
		contexts->draining = true;
		WRITE_ONCE(run->limit, 0);
	}
	if (atomic_read(&run->tokens)) {
		if (now > contexts->check_at + STRESS_PATIENCE_MS)
			stress_fail(run, "not-given-back", "check", NULL,
				    atomic_read(&run->tokens), 0);
		return;
	}
	self_check(contexts);
	contexts->draining = false;
	WRITE_ONCE(run->limit, run->params.hold);
	contexts->check_at = stress_elapsed_ms(run) + period;
}
