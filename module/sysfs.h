/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files in sysfs: see sysfs.c.
 */
#ifndef _RSVPOOL_SYSFS_H
#define _RSVPOOL_SYSFS_H

struct rsvpool;

int sysfs_init(void);
void sysfs_exit(void);
int sysfs_add(struct rsvpool *pool);
void sysfs_remove(struct rsvpool *pool);

#endif /* _RSVPOOL_SYSFS_H */
