/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line editor; see ui/editline.h. */
#include "config.h"

#include "ui/editline.h"

#include <stdio.h>
#include <string.h>

#include "out/glyph.h"
#include "ui/keys.h"

void editline_set(struct editline *line, const char *text)
{
	snprintf(line->text, sizeof(line->text), "%s", text);
	line->cursor = strlen(line->text);
}

/* Whether BYTE is a UTF-8 continuation byte. */
static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct editline *line, size_t at)
{
	while (at > 0 && continues(line->text[--at]))
		;
	return at;
}

static size_t after(const struct editline *line, size_t at)
{
	if (!line->text[at])
		return at;
	while (continues(line->text[++at]))
		;
	return at;
}

/* Deletes the bytes from FROM to TO, and moves the cursor there. */
static void cut(struct editline *line, size_t from, size_t to)
{
	memmove(line->text + from, line->text + to, strlen(line->text + to) + 1);
	line->cursor = from;
}

static void insert(struct editline *line, uint32_t code)
{
	char bytes[GLYPH_BYTES];
	size_t size = glyph_encode(code, bytes), length = strlen(line->text);
	if (length + size >= EDITLINE_MAX)
		return;
	memmove(line->text + line->cursor + size, line->text + line->cursor,
		length - line->cursor + 1);
	memcpy(line->text + line->cursor, bytes, size);
	line->cursor += size;
}

static void left(struct editline *line)
{
	line->cursor = before(line, line->cursor);
}

static void right(struct editline *line)
{
	line->cursor = after(line, line->cursor);
}

static void home(struct editline *line)
{
	line->cursor = 0;
}

static void end(struct editline *line)
{
	line->cursor = strlen(line->text);
}

static void rub_out(struct editline *line)
{
	cut(line, before(line, line->cursor), line->cursor);
}

static void delete (struct editline *line)
{
	cut(line, line->cursor, after(line, line->cursor));
}

static void clear(struct editline *line)
{
	cut(line, 0, line->cursor);
}

/* Deletes the word before the cursor, with the blanks after it. */
static void rub_out_word(struct editline *line)
{
	size_t from = line->cursor;
	while (from > 0 && line->text[from - 1] == ' ')
		from--;
	while (from > 0 && line->text[from - 1] != ' ' && line->text[from - 1] != ',')
		from--;
	if (from == line->cursor)
		from = before(line, from);
	cut(line, from, line->cursor);
}

/* The keys that edit, as in readline(3). */
static const struct {
	uint32_t key;
	void (*edit)(struct editline *line);
} edits[] = {
	{KEYCODE_LEFT, left},
	{KEYCODE_CTRL('B'), left},
	{KEYCODE_RIGHT, right},
	{KEYCODE_CTRL('F'), right},
	{KEYCODE_HOME, home},
	{KEYCODE_CTRL('A'), home},
	{KEYCODE_END, end},
	{KEYCODE_CTRL('E'), end},
	{KEYCODE_BACKSPACE, rub_out},
	{KEYCODE_CTRL('H'), rub_out},
	{0x7f, rub_out},
	{KEYCODE_DELETE, delete},
	{KEYCODE_CTRL('D'), delete},
	{KEYCODE_CTRL('U'), clear},
	{KEYCODE_CTRL('W'), rub_out_word},
};

bool editline_key(struct editline *line, uint32_t key)
{
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		if (edits[i].key != key)
			continue;
		edits[i].edit(line);
		return true;
	}
	if (key < 0x20 || (key >= 0x7f && key < 0xa0) || key >= KEYCODE_UP)
		return false;
	insert(line, key);
	return true;
}
