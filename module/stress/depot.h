/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sets up rare states of a pool, for scenario "corners": see depot.c.
 */
#ifndef RSVPOOL_STRESS_DEPOT_H
#define RSVPOOL_STRESS_DEPOT_H

struct rsvpool;

void stress_nmi_begin(struct rsvpool *pool);
void stress_nmi_end(struct rsvpool *pool);
void stress_ask_back(struct rsvpool *pool);
unsigned int stress_cached_here(struct rsvpool *pool);
unsigned int stress_waiting(const struct rsvpool *pool);

#endif /* RSVPOOL_STRESS_DEPOT_H */
