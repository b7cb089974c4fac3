/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parses text by the grammar of all text that is written to rsvpool: see
 * text.c.
 */
#ifndef _RSVPOOL_TEXT_H
#define _RSVPOOL_TEXT_H

#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#define TEXT_SHOWN	32

/* The width for "%*pE" in a message: the first bytes of @text, escaped. */
static inline int text_shown(const char *text)
{
	return min_t(size_t, strlen(text), TEXT_SHOWN);
}

char *text_pair(char *pair, char **value);
char *text_first(char *text, char **rest);
int text_uint(const char *text, unsigned int *to);
int text_int(const char *text, int *to);
int text_bool(const char *text, bool *to);
int text_word(const char * const *words, unsigned int nr, const char *text);

#endif /* _RSVPOOL_TEXT_H */
