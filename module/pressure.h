/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shrinker: see pressure.c.
 */
#ifndef _RSVPOOL_PRESSURE_H
#define _RSVPOOL_PRESSURE_H

int pressure_init(void);
void pressure_exit(void);

#endif /* _RSVPOOL_PRESSURE_H */
