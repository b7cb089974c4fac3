/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All settings of a pool as one text; and of each value, what is wrong with it,
 * which is in sysfs.c, beside the files.
 */
#ifndef _RSVPOOL_CONFIG_H
#define _RSVPOOL_CONFIG_H

#include <linux/types.h>

struct rsvpool;
struct seq_file;

int config_show(struct seq_file *m, struct rsvpool *pool);
int config_set(struct rsvpool *pool, char *text);

int setting_number(struct rsvpool *pool, const char *key, const char *buf,
		   unsigned int min, unsigned int max, unsigned int *to);
int setting_bool(struct rsvpool *pool, const char *key, const char *buf,
		 bool *to);
int setting_policy(struct rsvpool *pool, const char *buf, unsigned int *to);
int setting_zero_allowed(struct rsvpool *pool);

#endif /* _RSVPOOL_CONFIG_H */
