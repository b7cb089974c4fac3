/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Creates pools from text: see parse.c.
 */
#ifndef _RSVPOOL_PARSE_H
#define _RSVPOOL_PARSE_H

#include <linux/types.h>

int rsvpool_create_from_text(char *text, const char *separators);
int rsvpool_create_help(char *buf, size_t size);
int rsvpool_create_keys(char *buf, size_t size);

#endif /* _RSVPOOL_PARSE_H */
