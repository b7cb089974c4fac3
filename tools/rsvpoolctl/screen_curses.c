// SPDX-License-Identifier: GPL-2.0
/*
 * The same by ncurses, where the program was built with it.  This file includes
 * no standard headers of its own: curses.h brings what it needs.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl.h"

/* False if the terminal is not known: then without it. */
bool curses_begin(void)
{
	static SCREEN *screen;

	setlocale(LC_CTYPE, "");
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
	int key;

	timeout(ms);
	key = getch();
	if (key == KEY_RESIZE)
		return -2;
	return key == ERR || key > 0xff ? 0 : key;
}
