/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layouts of CPython, by offsetof() with its headers; see stack/python_layout.h. */
#include "config.h"

#include "stack/python_layout.h"

/* What is the same in all of them. */
#define COMMON .next_thread = 8, .code_size = 144

static const struct python_layout layouts[] = {
	[9 - PYTHON_MINOR_MIN] =
		{
			COMMON,
			.first_interpreter = 32,
			.first_thread = 8,
			.thread_id = 176,
			.current_frame = 24,
			.frame_size = 112,
			.code = 32,
			.previous = 24,
			.instruction = 104,
			.is_object = true,
			.instruction_size = 1,
			.file = 104,
			.function = 112,
			.lines = 120,
			.first_line = 40,
			.lines_format = PYTHON_LINES_PAIRS,
			.ascii_size = 48,
			.compact_size = 72,
		},
	[10 - PYTHON_MINOR_MIN] =
		{
			COMMON,
			.first_interpreter = 32,
			.first_thread = 8,
			.thread_id = 176,
			.current_frame = 24,
			.frame_size = 104,
			.code = 32,
			.previous = 24,
			.instruction = 96,
			.is_object = true,
			.instruction_size = 2,
			.file = 104,
			.function = 112,
			.lines = 120,
			.first_line = 40,
			.lines_format = PYTHON_LINES_RANGES,
			.ascii_size = 48,
			.compact_size = 72,
		},
	[11 - PYTHON_MINOR_MIN] =
		{
			COMMON,
			.first_interpreter = 40,
			.first_thread = 16,
			.thread_id = 152,
			.native_id = 160,
			.current_frame = 56,
			.has_cframe = true,
			.cframe_frame = 8,
			.frame_size = 72,
			.code = 32,
			.previous = 48,
			.instruction = 56,
			.owner = 69,
			.is_entry = 68,
			.file = 112,
			.function = 128,
			.lines = 136,
			.first_line = 72,
			.instructions = 184,
			.lines_format = PYTHON_LINES_LOCATIONS,
			.ascii_size = 48,
			.compact_size = 72,
		},
	[12 - PYTHON_MINOR_MIN] =
		{
			COMMON,
			.first_interpreter = 40,
			.first_thread = 72,
			.thread_id = 136,
			.native_id = 144,
			.current_frame = 56,
			.has_cframe = true,
			.cframe_frame = 0,
			.frame_size = 72,
			.code = 0,
			.previous = 8,
			.instruction = 56,
			.owner = 70,
			.file = 112,
			.function = 128,
			.lines = 136,
			.first_line = 68,
			.instructions = 192,
			.lines_format = PYTHON_LINES_LOCATIONS,
			.ascii_size = 40,
			.compact_size = 56,
		},
	[13 - PYTHON_MINOR_MIN] =
		{
			COMMON,
			.first_interpreter = 632,
			.next_interpreter = 7264,
			.first_thread = 7344,
			.thread_id = 152,
			.native_id = 160,
			.current_frame = 72,
			.frame_size = 72,
			.code = 0,
			.previous = 8,
			.instruction = 56,
			.owner = 70,
			.file = 112,
			.function = 128,
			.lines = 136,
			.first_line = 68,
			.instructions = 200,
			.lines_format = PYTHON_LINES_LOCATIONS,
			.ascii_size = 40,
			.compact_size = 56,
		},
};

const struct python_layout *python_layout(unsigned int minor)
{
	if (minor < PYTHON_MINOR_MIN || minor > PYTHON_MINOR_MAX)
		return NULL;
	return &layouts[minor - PYTHON_MINOR_MIN];
}

/* Lines. */

static uint32_t line_of_pairs(
	const unsigned char *table, size_t size, uint32_t line, uint64_t instruction)
{
	uint64_t at = 0;
	for (size_t i = 0; i + 1 < size; i += 2) {
		at += table[i];
		if (at > instruction)
			break;
		line += (uint32_t)(int8_t)table[i + 1];
	}
	return line;
}

static uint32_t line_of_ranges(
	const unsigned char *table, size_t size, uint32_t line, uint64_t instruction)
{
	uint64_t end = 0;
	for (size_t i = 0; i + 1 < size; i += 2) {
		int8_t delta = (int8_t)table[i + 1];
		bool has_line = delta != INT8_MIN;
		end += table[i];
		if (has_line)
			line += (uint32_t)delta;
		if (instruction < end)
			return has_line ? line : 0;
	}
	return 0;
}

/* Takes a number of 6 bits a byte, the lowest first, from *AT on. */
static uint32_t take_number(const unsigned char *table, size_t size, size_t *at)
{
	uint32_t number = 0;
	for (unsigned int shift = 0; *at < size; shift += 6) {
		unsigned char byte = table[(*at)++];
		if (shift < 32)
			number |= (uint32_t)(byte & 0x3f) << shift;
		if (!(byte & 0x40))
			break;
	}
	return number;
}

/* The kinds of entries that have other than one line and two columns. */
enum {
	KIND_ONE_LINE = 10, /* and the two after it: how many lines further */
	KIND_NO_COLUMNS = 13,
	KIND_LONG = 14,
	KIND_NONE = 15,
};

static uint32_t line_of_locations(
	const unsigned char *table, size_t size, uint32_t line, uint64_t instruction)
{
	uint64_t end = 0;
	for (size_t at = 0; at < size;) {
		unsigned char head = table[at++];
		unsigned int kind = head >> 3 & 15;
		end += 2 * ((head & 7U) + 1);
		if (kind == KIND_NO_COLUMNS || kind == KIND_LONG) {
			uint32_t number = take_number(table, size, &at);
			line += number & 1 ? 0 - (number >> 1) : number >> 1;
		} else if (kind >= KIND_ONE_LINE && kind < KIND_NO_COLUMNS) {
			line += kind - KIND_ONE_LINE;
		}
		if (instruction < end)
			return kind == KIND_NONE ? 0 : line;
		/* Its other numbers: each entry begins with the only bytes that have this bit. */
		while (at < size && !(table[at] & 0x80))
			at++;
	}
	return 0;
}

uint32_t python_line(enum python_lines format, const unsigned char *table, size_t size,
	uint32_t first_line, uint64_t instruction)
{
	static uint32_t (*const readers[])(
		const unsigned char *, size_t size, uint32_t line, uint64_t instruction) = {
		[PYTHON_LINES_PAIRS] = line_of_pairs,
		[PYTHON_LINES_RANGES] = line_of_ranges,
		[PYTHON_LINES_LOCATIONS] = line_of_locations,
	};
	return readers[format](table, size, first_line, instruction);
}
