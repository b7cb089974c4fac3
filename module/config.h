/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool's settings: all of them as one text, or one by its name.
 */
#ifndef _RSVPOOL_CONFIG_H
#define _RSVPOOL_CONFIG_H

#include <linux/types.h>

struct rsvpool;
struct seq_file;

int config_show(struct seq_file *m, struct rsvpool *pool);
int config_set(struct rsvpool *pool, char *text);
int config_set_one(struct rsvpool *pool, const char *key, char *value);

#endif /* _RSVPOOL_CONFIG_H */
