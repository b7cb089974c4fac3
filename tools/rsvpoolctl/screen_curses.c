// SPDX-License-Identifier: GPL-2.0
/*
 * The same by ncurses, where the program was built with it.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl.h"

/*
 * ncurses prints what is beyond ASCII only in a locale that is UTF-8.  The user's may
 * not be installed, as after ssh to a small system; C.UTF-8 is in the C library.
 */
static bool can_print(void)
{
	static const char utf8[] = "UTF-8";

	setlocale(LC_CTYPE, "");
	if (!screen_is_utf8() || !strcmp(nl_langinfo(CODESET), utf8))
		return true;
	return setlocale(LC_CTYPE, "C.UTF-8") &&
		!strcmp(nl_langinfo(CODESET), utf8);
}

/* False if terminal or locale are none that it knows: then without it. */
bool curses_begin(void)
{
	static SCREEN *screen;

	if (!can_print())
		return false;
	if (!screen) {
		screen = newterm(NULL, stdout, stdin);
		if (!screen)
			return false;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	clearok(stdscr, TRUE);
	refresh();
	return true;
}

void curses_end(void)
{
	curs_set(1);
	endwin();
}

/* SIGWINCH is not ncurses' here: screen.c notes it. */
void curses_size(unsigned int *columns, unsigned int *rows)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col &&
	    size.ws_row && is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	*columns = COLS;
	*rows = LINES;
}

void curses_draw(const char *text)
{
	const char *end;
	int row;

	erase();
	for (row = 0; *text && row < LINES; row++) {
		for (end = text; *end && *end != '\n';)
			end++;
		mvaddnstr(row, 0, text, end - text);
		text = *end ? end + 1 : end;
	}
	refresh();
}

int curses_key(unsigned int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int key;

	timeout(ms);
	key = getch();
	if (key == ERR && poll(&in, 1, 0) > 0 && (in.revents & POLLHUP))
		return -1;	/* the terminal has gone, and need not send SIGHUP */
	if (key == KEY_RESIZE)
		return -2;
	return key == ERR || key > 0xff ? 0 : key;
}
