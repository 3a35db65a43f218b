/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal in miniature; see vt.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "out/glyph.h"
#include "support/vt.h"

#define NUMBERS_MAX 8

const struct vt_appearance vt_plain = {.foreground = -1, .background = -1};

static struct vt_cell *cell_at(const struct vt *vt, int row, int column)
{
	return &vt->cells[row * vt->columns + column];
}

static void blank(struct vt *vt, int row, int from, int to)
{
	struct vt_appearance appearance = vt_plain;
	if (vt->erases_colour)
		appearance.background = vt->appearance.background;
	for (int column = from; column < to; column++)
		*cell_at(vt, row, column) = (struct vt_cell){
			.chars = {' '}, .width = 1, .appearance = appearance};
}

void vt_init(struct vt *vt, int rows, int columns)
{
	*vt = (struct vt){.rows = rows, .columns = columns, .appearance = vt_plain};
	vt->cells = calloc((size_t)rows * (size_t)columns, sizeof(*vt->cells));
	for (int row = 0; row < rows; row++)
		blank(vt, row, 0, columns);
}

void vt_clear(struct vt *vt)
{
	free(vt->cells);
	*vt = (struct vt){0};
}

/* Adds the mark CODE to the character before the cursor. */
static void combine(struct vt *vt, uint32_t code)
{
	int column = vt->column - 1;
	if (column > 0 && cell_at(vt, vt->row, column)->width == 0)
		column--;
	for (int i = 1; column >= 0 && i < VT_CHARS; i++) {
		uint32_t *mark = &cell_at(vt, vt->row, column)->chars[i];
		if (*mark)
			continue;
		*mark = code;
		return;
	}
	vt->errors++;
}

static void put(struct vt *vt, uint32_t code)
{
	int width = glyph_width(code);
	if (width == 0) {
		combine(vt, code);
		return;
	}
	if (vt->is_full || vt->column + width > vt->columns) {
		vt->errors++;
		return;
	}
	struct vt_cell *cell = cell_at(vt, vt->row, vt->column);
	/* Half a wide character is none. */
	if (cell->width == 0)
		blank(vt, vt->row, vt->column - 1, vt->column);
	if (vt->column + width < vt->columns && cell[width].width == 0)
		blank(vt, vt->row, vt->column + width, vt->column + width + 1);
	*cell = (struct vt_cell){.chars = {code}, .width = width, .appearance = vt->appearance};
	if (width == 2)
		cell[1] = (struct vt_cell){.width = 0, .appearance = vt->appearance};
	vt->column += width;
	vt->is_full = vt->column == vt->columns;
}

/* The first of COUNT numbers of SGR. Returns how many it takes. */
static int set_looks(struct vt *vt, const int *numbers, int count)
{
	struct vt_appearance *appearance = &vt->appearance;
	int number = numbers[0];
	if (number == 0)
		*appearance = vt_plain;
	else if (number == 1)
		appearance->bold = true;
	else if (number == 2)
		appearance->dim = true;
	else if (number == 4)
		appearance->underline = true;
	else if (number == 7)
		appearance->reverse = true;
	else if (number >= 30 && number < 38)
		appearance->foreground = number - 30;
	else if (number >= 40 && number < 48)
		appearance->background = number - 40;
	else if (number == 39)
		appearance->foreground = -1;
	else if (number == 49)
		appearance->background = -1;
	else if ((number == 38 || number == 48) && count >= 3 && numbers[1] == 5)
		*(number == 38 ? &appearance->foreground : &appearance->background) = numbers[2];
	else if (number != 10) /* the default font */
		vt->errors++;
	return number == 38 || number == 48 ? 3 : 1;
}

static void move_to(struct vt *vt, int row, int column)
{
	if (row < 0 || row >= vt->rows || column < 0 || column >= vt->columns) {
		vt->errors++;
		return;
	}
	vt->row = row;
	vt->column = column;
	vt->is_full = false;
}

/* Does what "\e[NUMBERS END" says. */
static void control(struct vt *vt, const int *numbers, int count, char end)
{
	switch (end) {
	case 'H':
		move_to(vt, numbers[0] ? numbers[0] - 1 : 0,
			count > 1 && numbers[1] ? numbers[1] - 1 : 0);
		break;
	case 'J':
		/* To the end, from the first cell: all of it, too. */
		if (numbers[0] != 2 && (vt->row || vt->column))
			vt->errors++;
		for (int row = 0; row < vt->rows; row++)
			blank(vt, row, 0, vt->columns);
		break;
	case 'K':
		vt->errors += vt->is_full;
		blank(vt, vt->row, vt->column, vt->columns);
		break;
	case 'm':
		for (int i = 0; i < count;)
			i += set_looks(vt, numbers + i, count - i);
		break;
	case 't': /* the window's title */
		break;
	default:
		vt->errors++;
	}
}

/* TEXT, of SIZE bytes, follows "\e[". Returns its length, 0 if it is cut off. */
static size_t parse_control(struct vt *vt, const char *text, size_t size)
{
	int numbers[NUMBERS_MAX] = {0}, count = 1;
	size_t at = 0;
	bool is_private = size && (*text == '?' || *text == '>');
	for (at = is_private;
		at < size && (text[at] == ';' || (text[at] >= '0' && text[at] <= '9')); at++) {
		if (text[at] != ';')
			numbers[count - 1] = numbers[count - 1] * 10 + (text[at] - '0');
		else if (count < NUMBERS_MAX)
			count++;
	}
	if (at == size)
		return 0;
	/* Modes of the terminal, whose effects are not simulated, are all private. */
	if (!is_private)
		control(vt, numbers, count, text[at]);
	return at + 1;
}

/* TEXT, of SIZE bytes, follows an escape character. Returns its length, 0 if it is cut off. */
static size_t parse_escape(struct vt *vt, const char *text, size_t size)
{
	if (size == 0)
		return 0;
	if (*text == '[') {
		size_t length = parse_control(vt, text + 1, size - 1);
		return length ? length + 1 : 0;
	}
	if (*text == '(') /* a character set */
		return size < 2 ? 0 : 2;
	vt->errors += *text != '=' && *text != '>'; /* the keypad's mode */
	return 1;
}

/* The length of the UTF-8 character that BYTE begins. */
static size_t character_length(unsigned char byte)
{
	return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* Processes one sequence or character. Returns its length, 0 if it is cut off. */
static size_t feed_one(struct vt *vt, const char *text, size_t size)
{
	size_t length = character_length((unsigned char)*text);
	char bytes[5] = "";
	const char *next = bytes;
	switch (*text) {
	case '\x1b':
		length = parse_escape(vt, text + 1, size - 1);
		return length ? length + 1 : 0;
	case '\r':
		move_to(vt, vt->row, 0);
		return 1;
	case '\n':
		move_to(vt, vt->row < vt->rows - 1 ? vt->row + 1 : vt->row, vt->column);
		return 1;
	case '\x0f': /* the standard character set */
	case '\0':
		return 1;
	}
	if (length > size)
		return 0;
	memcpy(bytes, text, length);
	put(vt, glyph_next(&next));
	return length;
}

size_t vt_feed(struct vt *vt, const char *text, size_t size)
{
	size_t fed = 0;
	while (fed < size) {
		size_t length = feed_one(vt, text + fed, size - fed);
		if (length == 0)
			break;
		fed += length;
	}
	return fed;
}

char *vt_text(const struct vt *vt)
{
	size_t cells = (size_t)vt->rows * (size_t)vt->columns;
	char *text = calloc(cells * VT_CHARS * 4 + (size_t)vt->rows + 8, 1);
	char *out = text;
	for (int row = 0; row < vt->rows; row++) {
		char *end = out;
		for (int column = 0; column < vt->columns; column++) {
			const struct vt_cell *cell = cell_at(vt, row, column);
			for (int i = 0; i < VT_CHARS && cell->chars[i]; i++)
				out += glyph_encode(cell->chars[i], out);
			if (cell->width != 1 || cell->chars[0] != ' ')
				end = out;
		}
		out = end;
		*out++ = '\n';
	}
	*out = '\0';
	return text;
}
