// SPDX-License-Identifier: GPL-2.0
/*
 * The borrower: a small cache of blocks in lent elements.
 *
 * Answers for: threads that look up blocks by key, read them from lent
 * elements, and check each block that they read.  If a block's loan was revoked,
 * a thread allocates an element, makes the block again in it, and lends it.  The
 * actors of contexts.c take elements meanwhile, in every context, and so revoke
 * loans.
 *
 * A block's first word is its key, the second is random, and each other word is
 * computed from these two and its position.  So a block that is partly
 * overwritten by another block, or by an actor's marks, has at least one wrong
 * word.
 *
 * "unchecked" reads without checking whether the loan was revoked.  It is the
 * control: such a run must find wrong blocks, which are counted but are no
 * failure.  The memory must not go back to its source meanwhile, so the pool must
 * have no surplus: max must be the reserve.
 *
 * A block's lock protects its loan; nothing is called under it.  Task context.
 */
#include "stress.h"

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <linux/rsvpool_lend.h>

#define HEAD_WORDS	2	/* key, random */
#define LEAST_WORDS	4

struct block {
	spinlock_t lock;	/* for the loan */
	struct rsvpool_loan loan;
};

/**
 * struct reader - one thread
 * @borrower: the borrower
 * @copy: the block that it has read
 * @random: its random number generator
 * @reads: lookups
 * @hits: lookups that found the block in a lent element
 * @wrong: hits whose content was wrong
 * @lent: blocks that were made and lent
 * @dead: blocks that were made, and whose loan was revoked at once
 * @none: blocks that were not made, as no element was free
 */
struct reader {
	struct stress_borrower *borrower;
	u64 *copy;
	u64 random;
	u64 reads;
	u64 hits;
	u64 wrong;
	u64 lent;
	u64 dead;
	u64 none;
} ____cacheline_aligned_in_smp;

struct stress_borrower {
	struct stress_run *run;
	unsigned int words;
	struct block *blocks;
	struct reader *readers;
	struct stress_thread *threads;
	unsigned int nr_readers;
	unsigned int nr_threads;
	u64 revoked_before;
	u64 revoked;
};

static u64 word_of(u64 key, u64 salt, unsigned int place)
{
	return (key + place) * 0x9e3779b97f4a7c15ULL ^ salt;
}

static void block_make(const struct stress_borrower *borrower, u64 *words,
		       u64 key, u64 salt)
{
	unsigned int i;

	words[0] = key;
	words[1] = salt;
	for (i = HEAD_WORDS; i < borrower->words; i++)
		words[i] = word_of(key, salt, i);
}

static bool block_right(const struct stress_borrower *borrower,
			const u64 *words, u64 key)
{
	unsigned int i;

	if (words[0] != key)
		return false;
	for (i = HEAD_WORDS; i < borrower->words; i++)
		if (words[i] != word_of(key, words[1], i))
			return false;
	return true;
}

static bool block_read(const struct reader *reader,
		       const struct rsvpool_loan *loan)
{
	const struct stress_borrower *borrower = reader->borrower;
	size_t bytes = borrower->words * sizeof(u64);

	if (!borrower->run->params.unchecked)
		return rsvpool_loan_read(loan, reader->copy, 0, bytes);
	if (!loan->sequence)
		return false;
	/* Deliberately without the check that rsvpool_loan_read() makes. */
	data_race(memcpy(reader->copy, loan->element, bytes));
	return true;
}

static void lookup(struct reader *reader, unsigned int key)
{
	const struct stress_borrower *borrower = reader->borrower;
	struct block *block = &borrower->blocks[key];
	struct stress_run *run = borrower->run;
	struct rsvpool_loan loan;
	u64 *element;

	spin_lock(&block->lock);
	loan = block->loan;
	spin_unlock(&block->lock);
	stress_count(&reader->reads, 1);
	if (loan.pool && block_read(reader, &loan)) {
		stress_count(&reader->hits, 1);
		if (block_right(borrower, reader->copy, key))
			return;
		stress_count(&reader->wrong, 1);
		if (!run->params.unchecked)
			stress_fail(run, "wrong-block", "borrower",
				    loan.element, reader->copy[0], key);
		return;
	}
	element = rsvpool_tryalloc(run->pool);
	if (!element) {
		stress_count(&reader->none, 1);
		return;
	}
	block_make(borrower, element, key, stress_random(&reader->random));
	if (rsvpool_lend(run->pool, element, &loan))
		stress_count(&reader->lent, 1);
	else
		stress_count(&reader->dead, 1);
	spin_lock(&block->lock);
	block->loan = loan;
	spin_unlock(&block->lock);
}

static void reader_work(struct stress_thread *thread)
{
	struct reader *reader = thread->data;
	unsigned int blocks = thread->run->params.blocks;

	while (!stress_stopping(thread->run)) {
		lookup(reader, stress_random_below(&reader->random, blocks));
		cond_resched();
	}
}

static u64 revoked(const struct stress_run *run)
{
	const char *name;
	unsigned int i;
	u64 value;

	for (i = 0; (name = rsvpool_stat(run->pool, i, &value)); i++)
		if (!strcmp(name, "revoked"))
			return value;
	return 0;
}

static void borrower_free(struct stress_borrower *borrower)
{
	unsigned int i;

	for (i = 0; borrower->readers && i < borrower->nr_readers; i++)
		kvfree(borrower->readers[i].copy);
	kvfree(borrower->threads);
	kvfree(borrower->readers);
	kvfree(borrower->blocks);
	kfree(borrower);
}

static int readers_create(struct stress_borrower *borrower)
{
	struct stress_run *run = borrower->run;
	struct reader *reader;
	unsigned int i;
	int err;

	for (i = 0; i < run->params.blocks; i++)
		spin_lock_init(&borrower->blocks[i].lock);
	for (i = 0; i < borrower->nr_readers; i++) {
		reader = &borrower->readers[i];
		reader->borrower = borrower;
		reader->copy = kvcalloc(borrower->words, sizeof(u64),
					GFP_KERNEL);
		if (!reader->copy)
			return -ENOMEM;
		/* A stream that neither actors nor NMI senders use. */
		stress_random_init(&reader->random, run, i | BIT(30));
		err = stress_thread_create(&borrower->threads[i], run,
					   reader_work, reader, i,
					   stress_spread(run, i), "borrower");
		if (err)
			return err;
		borrower->nr_threads++;
	}
	return 0;
}

/* Can this pool lend as the parameters require? */
static int borrower_check(const struct stress_borrower *borrower)
{
	struct stress_run *run = borrower->run;
	const char *key = NULL, *why;

	if (stress_fact(run, "lend") != 1) {
		key = "pool";
		why = "the pool was not created with lend=1";
	} else if (borrower->words < LEAST_WORDS) {
		key = "pool";
		why = "its elements are too small";
	} else if (run->params.unchecked &&
		   stress_fact(run, "max") != stress_fact(run, "reserve")) {
		key = "unchecked";
		why = "needs a pool whose max equals its reserve";
	}
	if (!key)
		return 0;
	pr_warn("lend: %s: %s\n", key, why);
	return -EINVAL;
}

/**
 * stress_borrower_create - prepare a borrower
 * @run: the run
 *
 * Context: Task.
 * Return: the borrower, or an ERR_PTR.
 */
struct stress_borrower *stress_borrower_create(struct stress_run *run)
{
	struct stress_borrower *borrower;
	int err;

	borrower = kzalloc(sizeof(*borrower), GFP_KERNEL);
	if (!borrower)
		return ERR_PTR(-ENOMEM);
	borrower->run = run;
	borrower->words = rsvpool_element_bytes(run->pool) / sizeof(u64);
	err = borrower_check(borrower);
	if (err)
		goto free;
	err = -ENOMEM;
	borrower->nr_readers = run->params.readers ?: stress_nr_cpus(run);
	borrower->blocks = kvcalloc(run->params.blocks,
				    sizeof(*borrower->blocks), GFP_KERNEL);
	borrower->readers = kvcalloc(borrower->nr_readers,
				     sizeof(*borrower->readers), GFP_KERNEL);
	borrower->threads = kvcalloc(borrower->nr_readers,
				     sizeof(*borrower->threads), GFP_KERNEL);
	if (borrower->blocks && borrower->readers && borrower->threads)
		err = readers_create(borrower);
	if (!err)
		return borrower;
	WRITE_ONCE(run->stop, true);
	stress_threads_destroy(borrower->threads, borrower->nr_threads);
free:
	borrower_free(borrower);
	return ERR_PTR(err);
}

void stress_borrower_start(struct stress_borrower *borrower)
{
	unsigned int i;

	borrower->revoked_before = revoked(borrower->run);
	for (i = 0; i < borrower->nr_threads; i++)
		stress_thread_start(&borrower->threads[i]);
}

/* Wait for the readers, which use the pool.  The run must be stopping. */
void stress_borrower_stop(struct stress_borrower *borrower)
{
	stress_threads_destroy(borrower->threads, borrower->nr_threads);
	borrower->nr_threads = 0;
	borrower->revoked = revoked(borrower->run) - borrower->revoked_before;
}

static struct reader sum_readers(const struct stress_borrower *borrower)
{
	struct reader sum = {}, *reader;
	unsigned int i;

	for (i = 0; i < borrower->nr_readers; i++) {
		reader = &borrower->readers[i];
		sum.reads += READ_ONCE(reader->reads);
		sum.hits += READ_ONCE(reader->hits);
		sum.wrong += READ_ONCE(reader->wrong);
		sum.lent += READ_ONCE(reader->lent);
		sum.dead += READ_ONCE(reader->dead);
		sum.none += READ_ONCE(reader->none);
	}
	return sum;
}

/* A kind of event that has not happened yet, or NULL. */
const char *stress_borrower_untested(const struct stress_borrower *borrower)
{
	const struct stress_run *run = borrower->run;
	struct reader sum = sum_readers(borrower);

	if (!sum.hits)
		return "hits";
	if (revoked(run) == borrower->revoked_before)
		return "revoked";
	if (run->params.unchecked && !sum.wrong)
		return "wrong";
	return NULL;
}

void stress_borrower_show(struct seq_file *m,
			  const struct stress_borrower *borrower)
{
	struct reader sum = sum_readers(borrower);

	seq_printf(m, "borrower.reads=%llu\nborrower.hits=%llu\n", sum.reads,
		   sum.hits);
	seq_printf(m, "borrower.hits_percent=%llu\n",
		   sum.reads ? div64_u64(sum.hits * 100, sum.reads) : 0);
	seq_printf(m, "borrower.lent=%llu\nborrower.dead=%llu\nborrower.none=%llu\n",
		   sum.lent, sum.dead, sum.none);
	seq_printf(m, "borrower.revoked=%llu\nborrower.wrong=%llu\n",
		   borrower->revoked, sum.wrong);
}

void stress_borrower_destroy(struct stress_borrower *borrower)
{
	borrower_free(borrower);
}
