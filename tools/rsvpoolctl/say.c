// SPDX-License-Identifier: GPL-2.0
/*
 * Messages on standard error, the ways in which the program ends early, and
 * memory: without any there is nothing to be done but to say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static void vsay(const char *format, va_list list)
{
	fflush(stdout);
	fputs("rsvpoolctl: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsay(format, list);
	va_end(list);
}

void die(enum status status, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsay(format, list);
	va_end(list);
	exit(status);
}

void misuse(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsay(format, list);
	va_end(list);
	fputs("see rsvpoolctl help\n", stderr);
	exit(USAGE);
}

void *allocate(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory)
		die(REFUSED, "out of memory");
	return memory;
}

void *reallocate(void *old, size_t nr, size_t size)
{
	void *memory = reallocarray(old, nr ? nr : 1, size);

	if (!memory)
		die(REFUSED, "out of memory");
	return memory;
}

char *duplicate(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die(REFUSED, "out of memory");
	return copy;
}

char *vprint(const char *format, va_list list)
{
	char *text;

	if (vasprintf(&text, format, list) < 0)
		die(REFUSED, "out of memory");
	return text;
}

char *print(const char *format, ...)
{
	va_list list;
	char *text;

	va_start(list, format);
	text = vprint(format, list);
	va_end(list);
	return text;
}
