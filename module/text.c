// SPDX-License-Identifier: GPL-2.0
/*
 * The one grammar of what is written to rsvpool, whichever way it comes: a file
 * of a pool in sysfs, debugfs's "create", "config" and "inject", the parameters.
 *
 * White space around a key and around a value does not count; that is blanks,
 * tabs, and both characters of a line's end.  Inside of a value it is wrong.
 *
 *	number	decimal, hexadecimal after "0x", octal after "0"; no unit
 *	yes/no	"1" or "0"
 *	word	one of a list; or the whole list as the file shows it, with one of
 *		them in brackets
 *
 * -EINVAL is for what is none of that, -ERANGE for a number that does not fit
 * its type or its range.
 *
 * No lock, no state; any context.
 */
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include "text.h"

#define WHITE_SPACE	" \t\r\n"

/**
 * text_pair - take a "key = value" apart
 * @pair: the text, which is cut up
 * @value: where to put the value; NULL there if there is no '='
 *
 * Return: the key.
 */
char *text_pair(char *pair, char **value)
{
	char *key = strsep(&pair, "=");

	*value = pair ? strim(pair) : NULL;
	return strim(key);
}

/**
 * text_first - take the first word of several apart from the others
 * @text: the text, white space around it cut off; it is cut up
 * @rest: where to put what follows, white space around it cut off; NULL there if
 *	nothing does
 *
 * Return: the word.
 */
char *text_first(char *text, char **rest)
{
	char *word = strsep(&text, WHITE_SPACE);

	*rest = text ? strim(text) : NULL;
	return word;
}

/* text_uint - a number; white space around it has been cut off */
int text_uint(const char *text, unsigned int *to)
{
	return kstrtouint(text, 0, to);
}

/* text_int - a number that may be negative */
int text_int(const char *text, int *to)
{
	return kstrtoint(text, 0, to);
}

/* text_bool - "0" or "1" */
int text_bool(const char *text, bool *to)
{
	if (strcmp(text, "0") && strcmp(text, "1"))
		return -EINVAL;
	*to = text[0] == '1';
	return 0;
}

/* "one [two] three", all of the list and in its order: which is in brackets? */
static int bracketed(const char * const *words, unsigned int nr,
		     const char *text)
{
	int chosen = -EINVAL;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		size_t len = strlen(words[i]);
		bool here;

		if (i && *text++ != ' ')
			return -EINVAL;
		here = *text == '[';
		if (here && chosen >= 0)
			return -EINVAL;
		text += here;
		if (strncmp(text, words[i], len))
			return -EINVAL;
		text += len;
		if (here && *text++ != ']')
			return -EINVAL;
		if (here)
			chosen = i;
	}
	return *text ? -EINVAL : chosen;
}

/**
 * text_word - find a word in a list
 * @words: the list; an empty one cannot be named
 * @nr: how many there are
 * @text: the word, or what a file shows that offers the list
 *
 * Return: its number, or -EINVAL.
 */
int text_word(const char * const *words, unsigned int nr, const char *text)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (*text && !strcmp(words[i], text))
			return i;
	return bracketed(words, nr, text);
}
