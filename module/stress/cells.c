// SPDX-License-Identifier: GPL-2.0
/*
 * Peers one after the other, each with threads of its own.
 *
 * Answers for: what the scenarios have in common that measure many peers in
 * one run: a cell for each, with threads spread over the CPUs, that begin
 * together and end when their time is up or all of them have done their count.
 * A peer that cannot be measured has a cell without threads, that says why.
 *
 * Threads exist before the run begins.  No locks; task context.
 */
#include "cells.h"

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define DEFAULT_SECONDS	1

static void cell_free(struct stress_cell *cell)
{
	unsigned int i;

	for (i = 0; cell->lanes && i < cell->nr; i++)
		kvfree(cell->lanes[i].data);
	kvfree(cell->lanes);
}

static void cells_free(struct stress_cells *cells)
{
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++)
		cell_free(&cells->cells[id]);
	kvfree(cells);
}

static void cell_stop(struct stress_cell *cell)
{
	WRITE_ONCE(cell->over, true);
	if (cell->threads)
		stress_threads_destroy(cell->threads, cell->nr);
	kvfree(cell->threads);
	cell->threads = NULL;
	stress_supply_close(&cell->supply);
}

static int cell_open(struct stress_run *run, struct stress_cell *cell,
		     enum stress_peer_id id,
		     const struct stress_cells_plan *plan)
{
	const struct stress_peer *peer = stress_peers[id];
	struct stress_lane *lane;
	unsigned int i;
	int err;

	cell->missing = stress_peer_missing(peer, STRESS_TASK);
	if (!cell->missing && plan->other_cpu && peer->own_cpu)
		cell->missing = "not-allowed";
	if (cell->missing)
		return 0;
	err = stress_supply_open(&cell->supply, run, id, plan->reserve);
	if (err)
		return err;
	cell->threads = kvcalloc(plan->nr, sizeof(*cell->threads), GFP_KERNEL);
	cell->lanes = kvcalloc(plan->nr, sizeof(*cell->lanes), GFP_KERNEL);
	if (!cell->threads || !cell->lanes)
		return -ENOMEM;
	for (i = 0; i < plan->nr; i++) {
		lane = &cell->lanes[i];
		lane->cell = cell;
		if (plan->data_bytes) {
			lane->data = kvzalloc(plan->data_bytes, GFP_KERNEL);
			if (!lane->data)
				return -ENOMEM;
		}
		err = stress_thread_create(&cell->threads[i], run, plan->work,
					   lane, i, stress_spread(run, i),
					   plan->name);
		if (err) {
			kvfree(lane->data);
			return err;
		}
		cell->nr++;
	}
	return 0;
}

int stress_cells_prepare(struct stress_run *run,
			 const struct stress_cells_plan *plan)
{
	struct stress_cells *cells = kvzalloc(sizeof(*cells), GFP_KERNEL);
	enum stress_peer_id id;
	int err = 0;

	if (!cells)
		return -ENOMEM;
	run->priv = cells;
	for (id = 0; id < STRESS_PEERS && !err; id++) {
		if (run->params.what & BIT(id))
			err = cell_open(run, &cells->cells[id], id, plan);
	}
	if (err) {
		stress_cells_finish(run);
		cells_free(cells);
	}
	return err;
}

/* A lane waits for the others of its cell; true when all are there. */
bool stress_lane_begin(struct stress_lane *lane)
{
	struct stress_cell *cell = lane->cell;

	atomic_inc(&cell->arrived);
	while (atomic_read(&cell->arrived) < cell->nr) {
		if (READ_ONCE(cell->over))
			return false;
		cond_resched();
	}
	return true;
}

static bool all_ended(const struct stress_cell *cell)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		if (!READ_ONCE(cell->threads[i].ended))
			return false;
	}
	return true;
}

static int cell_execute(struct stress_run *run, struct stress_cell *cell)
{
	unsigned int i, seconds = run->params.seconds;
	s64 until;
	int err;

	if (!seconds && !run->params.count)
		seconds = DEFAULT_SECONDS;
	until = stress_elapsed_ms(run) + seconds * MSEC_PER_SEC;
	for (i = 0; i < cell->nr; i++)
		stress_thread_start(&cell->threads[i]);
	do {
		err = stress_tick(run);
	} while (!err && !stress_stopping(run) && !all_ended(cell) &&
		 (!seconds || stress_elapsed_ms(run) < until));
	/* The next peer has the machine to itself. */
	WRITE_ONCE(cell->over, true);
	stress_threads_join(cell->threads, cell->nr);
	return err;
}

/* Each peer in turn, for "seconds" or until its threads have ended. */
int stress_cells_execute(struct stress_run *run)
{
	struct stress_cells *cells = run->priv;
	enum stress_peer_id id;
	int err = 0;

	for (id = 0; id < STRESS_PEERS && !err && !stress_stopping(run); id++) {
		if (cells->cells[id].supply.ready)
			err = cell_execute(run, &cells->cells[id]);
	}
	return err;
}

void stress_cells_finish(struct stress_run *run)
{
	struct stress_cells *cells = run->priv;
	enum stress_peer_id id;

	for (id = 0; id < STRESS_PEERS; id++)
		cell_stop(&cells->cells[id]);
}

void stress_cells_release(struct stress_run *run)
{
	cells_free(run->priv);
}

/* A line for each cell that has no figure, and show() for the others. */
void stress_cells_show(struct seq_file *m, struct stress_run *run,
		       void (*show)(struct seq_file *m,
				    const struct stress_cell *cell))
{
	const struct stress_cells *cells = run->priv;
	const struct stress_cell *cell;
	enum stress_peer_id id;

	if (run->state != STRESS_OVER)
		return;
	for (id = 0; id < STRESS_PEERS; id++) {
		cell = &cells->cells[id];
		if (!(run->params.what & BIT(id)))
			continue;
		if (cell->missing)
			seq_printf(m, "%s=%s\n", stress_peer_names[id],
				   cell->missing);
		else
			show(m, cell);
	}
}

/* Elements that went out and came back in a second, by all lanes. */
u64 stress_cell_ops(const struct stress_cell *cell)
{
	const struct stress_lane *lane;
	u64 ops = 0, us;
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		lane = &cell->lanes[i];
		us = div_u64(lane->ns, NSEC_PER_USEC);
		if (us)
			ops += div64_u64(lane->pairs * USEC_PER_SEC, us);
	}
	return ops * cell->supply.peer->elements;
}

u64 stress_cell_unanswered(const struct stress_cell *cell)
{
	u64 unanswered = 0;
	unsigned int i;

	for (i = 0; i < cell->nr; i++)
		unanswered += cell->lanes[i].unanswered;
	return unanswered;
}
