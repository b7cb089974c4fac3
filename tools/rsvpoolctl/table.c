// SPDX-License-Identifier: GPL-2.0
/*
 * A table of text, whose columns are as wide as what stands in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define GAP	2	/* blanks between two columns */

void table_begin(struct table *table, size_t columns)
{
	table->columns = columns;
	table->rows = 0;
	table->cell = NULL;
	table->left = allocate(columns * sizeof(*table->left));
}

/* @text is the table's from now on. */
void table_cell(struct table *table, size_t row, size_t column, char *text)
{
	size_t nr = table->columns;

	for (; table->rows <= row; table->rows++) {
		table->cell = reallocate(table->cell, (table->rows + 1) * nr,
					 sizeof(*table->cell));
		memset(table->cell + table->rows * nr, 0,
		       nr * sizeof(*table->cell));
	}
	table->cell[row * nr + column] = text;
}

/* The last row. */
void table_drop(struct table *table)
{
	size_t i;

	table->rows--;
	for (i = 0; i < table->columns; i++)
		free(table->cell[table->rows * table->columns + i]);
}

static const char *cell(const struct table *table, size_t row, size_t column)
{
	const char *text = table->cell[row * table->columns + column];

	return text ? text : "-";
}

void table_print(const struct table *table)
{
	int *width = allocate(table->columns * sizeof(*width)), len;
	size_t row, column;

	for (row = 0; row < table->rows; row++)
		for (column = 0; column < table->columns; column++) {
			len = strlen(cell(table, row, column));
			if (width[column] < len)
				width[column] = len;
		}
	for (row = 0; row < table->rows; row++) {
		for (column = 0; column < table->columns; column++) {
			bool last = column + 1 == table->columns;

			if (table->left[column])
				printf("%-*s", last ? 0 : width[column],
				       cell(table, row, column));
			else
				printf("%*s", width[column],
				       cell(table, row, column));
			printf("%*s", last ? 0 : GAP, "");
		}
		putchar('\n');
	}
	free(width);
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->rows * table->columns; i++)
		free(table->cell[i]);
	free(table->cell);
	free(table->left);
}
