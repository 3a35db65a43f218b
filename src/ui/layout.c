/* Size to regions; see ui/layout.h. */
#include "config.h"

#include "ui/layout.h"

#include <stddef.h>

#define BAR_ROWS            1

/* Blank cells between the help and the edges of the screen, on one that has room. */
#define HELP_MARGIN_ROWS    1
#define HELP_MARGIN_COLUMNS 4

/* How many rows the header gets: by the least number of rows of the screen, the greatest first. */
static int header_rows(int rows)
{
	static const struct {
		int screen, header;
	} steps[] = {{24, 4}, {16, 3}, {0, 2}};
	size_t i = 0;
	while (rows < steps[i].screen)
		i++;
	return steps[i].header;
}

struct layout layout_of(int rows, int columns)
{
	struct layout layout = {0};
	if (rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS) {
		layout.too_small = true;
		return layout;
	}
	int header = header_rows(rows);
	int bar = rows - BAR_ROWS;
	bool is_narrow = columns < 100 || rows < 20;
	int margin_rows = is_narrow ? 0 : HELP_MARGIN_ROWS;
	int margin_columns = is_narrow ? 0 : HELP_MARGIN_COLUMNS;
	layout.region[PANE_HEADER] = (struct region){0, 0, header, columns};
	layout.region[PANE_CALLS] = (struct region){header, 0, bar - header, columns};
	int stacks = (bar - header) * 3 / 5;
	layout.region[PANE_STACKS] = (struct region){bar - stacks, 0, stacks, columns};
	layout.region[PANE_BAR] = (struct region){bar, 0, BAR_ROWS, columns};
	layout.region[PANE_HELP] = (struct region){
		margin_rows, margin_columns, bar - 2 * margin_rows, columns - 2 * margin_columns};
	return layout;
}
