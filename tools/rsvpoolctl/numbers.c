// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers: as people write them, with a unit, and as the kernel writes and reads
 * them.  Nothing is guessed: what is no number, or too large for the kernel, is
 * told apart from one, and never cut off.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define MS_PER_S	1000U
#define SECONDS_MAX	1000000U
#define COUNT_DIGITS	9

/* Digits of one base and nothing else; -ERANGE if they do not fit 64 bits. */
static int digits(const char *text, unsigned int base, uint64_t *to)
{
	uint64_t sum = 0;
	int err = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned int digit;

		if (*text >= '0' && *text <= '9')
			digit = *text - '0';
		else if (*text >= 'a' && *text <= 'f')
			digit = *text - 'a' + 10;
		else if (*text >= 'A' && *text <= 'F')
			digit = *text - 'A' + 10;
		else
			return -EINVAL;
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			err = -ERANGE;
	}
	*to = sum;
	return err;
}

/* In decimal, as the kernel writes it. */
bool number_is_plain(const char *text, uint64_t *to)
{
	uint64_t value;

	if (text[0] == '0' && text[1])
		return false;
	if (digits(text, 10, &value))
		return false;
	if (to)
		*to = value;
	return true;
}

/* Can it stand as a number in JSON, without losing any of it? */
bool number_is_json(const char *text)
{
	uint64_t value;

	if (*text != '-')
		return number_is_plain(text, NULL);
	return number_is_plain(text + 1, &value) && value <= INT64_MAX;
}

/* As the kernel reads it: decimal, octal after "0", hexadecimal after "0x". */
int number_parse(const char *text, uint64_t *to)
{
	int err;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		err = digits(text + 2, 16, to);
	else if (text[0] == '0' && text[1])
		err = digits(text + 1, 8, to);
	else
		err = digits(text, 10, to);
	if (!err && *to > NUMBER_MAX)
		err = -ERANGE;
	return err;
}

/*
 * "64K" as the kernel wants it.  What does not end in digits and a unit stays as
 * it is.  NULL, and a reason, for what looks like a number with a unit and is none.
 */
char *number_expand(const char *text, const char **why)
{
	size_t len = strlen(text);
	uint64_t value, unit;
	char *front;
	int err;

	if (len < 2 || (text[len - 1] != 'K' && text[len - 1] != 'M') ||
	    strspn(text, "0123456789") != len - 1)
		return duplicate(text);
	unit = text[len - 1] == 'K' ? 1 << 10 : 1 << 20;
	front = strndup(text, len - 1);
	if (!front)
		die(REFUSED, "out of memory");
	err = front[0] == '0' && front[1] ? -EINVAL : digits(front, 10, &value);
	free(front);
	if (err == -EINVAL) {
		*why = "not a number";
		return NULL;
	}
	if (err || value > NUMBER_MAX / unit) {
		*why = "larger than 4294967295";
		return NULL;
	}
	return print("%llu", (unsigned long long)(value * unit));
}

/* Seconds, which may have a decimal point; to the millisecond. */
bool seconds_parse(const char *text, unsigned int *ms)
{
	uint64_t whole = 0, part = 0, scale = MS_PER_S;
	bool any = false;

	for (; isdigit((unsigned char)*text); text++) {
		whole = whole * 10 + (*text - '0');
		if (whole > SECONDS_MAX)
			return false;
		any = true;
	}
	if (*text == '.')
		for (text++; isdigit((unsigned char)*text); text++) {
			scale /= 10;
			part += scale * (*text - '0');
			any = true;
		}
	if (*text || !any)
		return false;
	*ms = whole * MS_PER_S + part;
	return true;
}

/* How often: in decimal, zeros in front do not count. */
bool count_parse(const char *text, unsigned int *to)
{
	uint64_t value;

	if (strlen(text) > COUNT_DIGITS || digits(text, 10, &value))
		return false;
	*to = value;
	return true;
}

static char *in_unit(uint64_t bytes, uint64_t unit, const char *name)
{
	if (bytes % unit)
		return print("%.1f %s", (double)bytes / unit, name);
	return print("%llu %s", (unsigned long long)(bytes / unit), name);
}

char *size_text(uint64_t bytes)
{
	if (bytes < 1 << 10)
		return in_unit(bytes, 1, "B");
	if (bytes < 1 << 20)
		return in_unit(bytes, 1 << 10, "KiB");
	if (bytes < 1 << 30)
		return in_unit(bytes, 1 << 20, "MiB");
	return in_unit(bytes, 1 << 30, "GiB");
}

/* In at most seven characters up to 10^10. */
char *rate_text(double rate)
{
	if (rate < 99999.5)
		return print("%.0f", rate);
	if (rate < 9999999.5)
		return print("%.0fk", rate / 1e3);
	return print("%.1fM", rate / 1e6);
}
