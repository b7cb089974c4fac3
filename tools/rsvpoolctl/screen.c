// SPDX-License-Identifier: GPL-2.0
/*
 * A terminal that a picture is drawn on again and again.
 *
 * Where the program was built with ncurses, and the terminal says how large it is,
 * ncurses does it (screen_curses.c).  Otherwise, as on a serial line or in a guest
 * without terminfo, sequences do that every terminal of today knows; the size is
 * asked for by looking where the cursor stops on its way to the far corner.
 *
 * Signals only leave a note, which screen_key() acts on: the terminal is given back
 * before the program stops or ends, and taken again when it goes on.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

#define ENTER		"\033[?1049h\033[?25l\033[2J"
#define LEAVE		"\033[?25h\033[?1049l"
#define HOME		"\033[H"
#define TO_LINE_END	"\033[K"
#define TO_SCREEN_END	"\033[J"
#define ASK		"\0337\033[999;999H\033[6n\0338"
#define ESCAPE		0x1b
#define ANSWER_MAX	32
#define DIGIT_MAX	9999U

static struct termios before;
static bool curses, asks;
static unsigned int answered_columns, answered_rows;
static volatile sig_atomic_t ended_by, stopped, resized;

static void on_signal(int nr)
{
	if (nr == SIGTSTP)
		stopped = 1;
	else if (nr == SIGWINCH)
		resized = 1;
	else
		ended_by = nr;
}

static void catch_signals(bool on)
{
	static const int signals[] = {
		SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH
	};
	struct sigaction action = { .sa_handler = on ? on_signal : SIG_DFL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

int screen_signal(void)
{
	return ended_by;
}

/* What the user has asked for, whether or not the locale is installed. */
bool screen_is_utf8(void)
{
	static const char * const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		value = getenv(names[i]);
		if (value && *value)
			return strcasestr(value, "UTF-8") ||
				strcasestr(value, "utf8");
	}
	return false;
}

static void emit(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void enter(void)
{
	struct termios raw;

	tcgetattr(STDIN_FILENO, &before);
	raw = before;
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	emit(ENTER);
}

static void leave(void)
{
	emit(LEAVE);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static bool driver_size(unsigned int *columns, unsigned int *rows)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ||
	    !size.ws_row)
		return false;
	*columns = size.ws_col;
	*rows = size.ws_row;
	return true;
}

void screen_begin(void)
{
	unsigned int columns, rows, wait = 10;

	ended_by = 0;
	stopped = 0;
	resized = 0;
	asks = !driver_size(&columns, &rows);
	catch_signals(true);
	curses = !asks && curses_begin();
	if (curses)
		return;
	enter();
	/* The first picture should have the right size, if there is an answer. */
	while (asks && !answered_columns && !ended_by && wait--) {
		emit(ASK);
		screen_key(100);
	}
}

void screen_end(void)
{
	if (curses)
		curses_end();
	else
		leave();
	catch_signals(false);
}

void screen_size(unsigned int *columns, unsigned int *rows)
{
	*columns = 80;
	*rows = 24;
	if (curses) {
		curses_size(columns, rows);
	} else if (!driver_size(columns, rows) && answered_columns) {
		*columns = answered_columns;
		*rows = answered_rows;
	}
}

/* Over the last picture, in one write, so that nothing flickers. */
void screen_draw(const char *text)
{
	const char *end;

	if (curses) {
		curses_draw(text);
		return;
	}
	fputs(HOME, stdout);
	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		printf("%.*s" TO_LINE_END, (int)(end - text), text);
		/* No end of line at the last one: that could scroll. */
		if (*end && end[1])
			fputs("\r\n", stdout);
	}
	fputs(TO_SCREEN_END, stdout);
	if (asks)
		fputs(ASK, stdout);
	fflush(stdout);
}

/* Gives the terminal back for as long as the program is stopped. */
static void stop_here(void)
{
	stopped = 0;
	if (curses)
		curses_end();
	else
		leave();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	catch_signals(true);
	if (curses)
		curses_begin();
	else
		enter();
}

/* "ESC [ rows ; columns R", of which the first two have been read. */
static bool read_answer(void)
{
	unsigned int value[2] = { 0, 0 }, which = 0;
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int i;
	char c;

	for (i = 0; i < ANSWER_MAX; i++) {
		if (poll(&in, 1, 100) <= 0 || read(STDIN_FILENO, &c, 1) != 1)
			return false;
		if (c >= '0' && c <= '9' && value[which] < DIGIT_MAX)
			value[which] = value[which] * 10 + (c - '0');
		else if (c == ';' && !which)
			which = 1;
		else
			break;
	}
	if (c != 'R' || !value[0] || !value[1] ||
	    (value[0] == answered_rows && value[1] == answered_columns))
		return false;
	answered_rows = value[0];
	answered_columns = value[1];
	return true;
}

/* One key; what begins with ESC is an answer, or a key that means nothing here. */
static int read_key(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char c;

	if (read(STDIN_FILENO, &c, 1) != 1)
		return -1;
	if (c != ESCAPE)
		return c;
	if (poll(&in, 1, 100) <= 0 || read(STDIN_FILENO, &c, 1) != 1 || c != '[')
		return 0;
	return read_answer() ? -2 : 0;
}

int screen_key(unsigned int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int n, key = 0;

	if (curses) {
		key = curses_key(ms);
	} else {
		n = poll(&in, 1, ms);
		if (n > 0)
			key = read_key();
	}
	if (ended_by)
		return -1;
	if (stopped) {
		stop_here();
		return -2;
	}
	if (resized) {
		resized = 0;
		return -2;
	}
	return key;
}
