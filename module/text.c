// SPDX-License-Identifier: GPL-2.0
/*
 * The grammar of all text that is written to rsvpool: to a pool's files in sysfs,
 * to "create", "config", "inject" and "latency" in debugfs, and in module
 * parameters.
 *
 * White space is ignored around a key and around a value, and refused inside a
 * value.  White space is blanks, tabs, carriage returns and newlines.
 *
 *	number	decimal, hexadecimal after "0x", octal after "0"; no unit
 *	yes/no	"1" or "0"
 *	word	one of a list; or the whole list as the file shows it, with one of
 *		them in brackets
 *
 * Other text gets -EINVAL.  A number that does not fit its type or its range gets
 * -ERANGE.
 *
 * No lock, no state; any context.
 */
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include "text.h"

#define WHITE_SPACE	" \t\r\n"

/**
 * text_pair - split "key = value"
 * @pair: the text; overwritten
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
 * text_first - split text after its first word
 * @text: the text, without white space around it; overwritten
 * @rest: where to put the rest, without white space around it; NULL there if there
 *	is no rest
 *
 * Return: the word.
 */
char *text_first(char *text, char **rest)
{
	char *word = strsep(&text, WHITE_SPACE);

	*rest = text ? strim(text) : NULL;
	return word;
}

/* text_uint - a number, without white space around it */
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

/*
 * The number of the word in brackets, if @text is the whole list in its order,
 * such as "one [two] three".
 */
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
 * @words: the list; an empty word in it is never found
 * @nr: how many there are
 * @text: the word; or the whole list with one word in brackets, as a file shows it
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
