/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grammar of all text that is written to rsvpool: see text.c.
 */
#ifndef _RSVPOOL_TEXT_H
#define _RSVPOOL_TEXT_H

#include <linux/types.h>

char *text_pair(char *pair, char **value);
char *text_first(char *text, char **rest);
int text_uint(const char *text, unsigned int *to);
int text_int(const char *text, int *to);
int text_bool(const char *text, bool *to);
int text_word(const char * const *words, unsigned int nr, const char *text);

#endif /* _RSVPOOL_TEXT_H */
