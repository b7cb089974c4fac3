/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several elements, all or nothing: see claim.c.
 */
#ifndef _RSVPOOL_CLAIM_H
#define _RSVPOOL_CLAIM_H

#include <linux/types.h>

struct rsvpool_place;

int claim(struct rsvpool_place *place, unsigned int nr, gfp_t gfp,
	  unsigned int state, unsigned long timeout);

#endif /* _RSVPOOL_CLAIM_H */
