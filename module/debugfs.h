/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files in debugfs: see debugfs.c.
 */
#ifndef _RSVPOOL_DEBUGFS_H
#define _RSVPOOL_DEBUGFS_H

struct rsvpool;

void debugfs_init(void);
void debugfs_close(void);
void debugfs_exit(void);
void debugfs_add(struct rsvpool *pool);
void debugfs_remove_pool(struct rsvpool *pool);

#endif /* _RSVPOOL_DEBUGFS_H */
