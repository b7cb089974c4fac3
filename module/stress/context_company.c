// SPDX-License-Identifier: GPL-2.0
/*
 * What runs in addition to the actors of scenarios "exhaust", "lend", "storm" and
 * "soak": a memhog, a borrower, a settings fuzz.
 *
 * Answers for: which scenario has which of these, and starting, stopping,
 * showing and destroying them, and finding those that did nothing.  No locks;
 * task context, by the writer of "run", except company_show().
 */
#include "contexts.h"

#include <linux/err.h>

int company_create(struct contexts *contexts)
{
	const struct stress_scenario *scenario = contexts->run->scenario;
	struct stress_borrower *borrower;
	struct stress_settings_fuzz *fuzz;
	struct stress_memhog *memhog;

	if (scenario == &stress_exhaust_scenario) {
		memhog = stress_memhog_create(contexts->run);
		if (IS_ERR(memhog))
			return PTR_ERR(memhog);
		contexts->memhog = memhog;
	}
	if (scenario == &stress_lend_scenario) {
		borrower = stress_borrower_create(contexts->run);
		if (IS_ERR(borrower))
			return PTR_ERR(borrower);
		contexts->borrower = borrower;
	}
	if (scenario == &stress_storm_scenario ||
	    scenario == &stress_soak_scenario) {
		fuzz = stress_settings_fuzz_create(contexts->run);
		if (IS_ERR(fuzz))
			return PTR_ERR(fuzz);
		contexts->fuzz = fuzz;
	}
	return 0;
}

/*
 * Let the memhog take the machine's memory.  Code that allocates when a run starts
 * must do so before this.
 */
int company_fill(struct contexts *contexts)
{
	return contexts->memhog ? stress_memhog_fill(contexts->memhog) : 0;
}

void company_start(struct contexts *contexts)
{
	if (contexts->borrower)
		stress_borrower_start(contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_start(contexts->fuzz);
}

/* With cycle_ms, the memhog holds the memory and frees it in turns. */
int company_cycle_memhog(struct contexts *contexts)
{
	struct stress_run *run = contexts->run;
	int err = 0;

	if (!contexts->memhog || !run->params.cycle_ms)
		return 0;
	if (!contexts->memhog_until)
		contexts->memhog_until = stress_elapsed_ms(run) +
				      run->params.cycle_ms;
	if (stress_elapsed_ms(run) < contexts->memhog_until)
		return 0;
	contexts->memhog_rests = !contexts->memhog_rests;
	if (contexts->memhog_rests)
		stress_memhog_release(contexts->memhog);
	else
		err = stress_memhog_resume(contexts->memhog);
	contexts->memhog_until = 0;
	return err;
}

/* The name of something that was not tested, or NULL. */
const char *company_untested(const struct contexts *contexts)
{
	if (contexts->borrower)
		return stress_borrower_untested(contexts->borrower);
	return contexts->fuzz ? stress_settings_fuzz_untested(contexts->fuzz) :
				NULL;
}

void company_show(struct seq_file *m, const struct contexts *contexts)
{
	if (contexts->memhog)
		stress_memhog_show(m, contexts->memhog);
	if (contexts->borrower)
		stress_borrower_show(m, contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_show(m, contexts->fuzz);
}

/* The memhog first, which frees its memory: the others may allocate. */
void company_stop(struct contexts *contexts)
{
	if (contexts->memhog)
		stress_memhog_stop(contexts->memhog);
	if (contexts->borrower)
		stress_borrower_stop(contexts->borrower);
	if (contexts->fuzz)
		stress_settings_fuzz_stop(contexts->fuzz);
}

void company_destroy(struct contexts *contexts)
{
	if (contexts->fuzz)
		stress_settings_fuzz_destroy(contexts->fuzz);
	if (contexts->borrower)
		stress_borrower_destroy(contexts->borrower);
	if (contexts->memhog)
		stress_memhog_destroy(contexts->memhog);
}
