/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where CPython keeps what its frames need: offsets in its structures, by version, from its headers
 * (64-bit, with the GIL, and without debugging). They do not change within a minor version.
 */
#ifndef STOP_STACK_PYTHON_LAYOUT_H
#define STOP_STACK_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PYTHON_MINOR_MIN 9
#define PYTHON_MINOR_MAX 13

/* What is in a table of lines. */
enum python_lines {
	PYTHON_LINES_PAIRS,     /* 3.9: Objects/lnotab_notes.txt */
	PYTHON_LINES_RANGES,    /* 3.10: the same file; PEP 626 */
	PYTHON_LINES_LOCATIONS, /* from 3.11 on: Objects/locations.md */
};

struct python_layout {
	/* _PyRuntimeState, PyInterpreterState, PyThreadState */
	uint16_t first_interpreter, next_interpreter, first_thread, next_thread;
	uint16_t thread_id;     /* pthread_self() */
	uint16_t native_id;     /* gettid(); 0: it has none */
	uint16_t current_frame; /* … or the `cframe` that has it */
	bool has_cframe;
	uint16_t cframe_frame; /* in _PyCFrame */
	/* _PyInterpreterFrame; before 3.11 PyFrameObject */
	uint16_t frame_size; /* bytes of it that are read */
	uint16_t code, previous, instruction;
	uint16_t owner;    /* 0: it has none */
	uint16_t is_entry; /* of 3.11; 0: it has none */
	bool is_object; /* each has a frame of the interpreter's code; `instruction` is a number */
	uint16_t instruction_size; /* of that, what it counts, in bytes */
	/* PyCodeObject */
	uint16_t code_size;             /* bytes of it that are read */
	uint16_t file, function, lines; /* objects */
	uint16_t first_line;            /* int */
	uint16_t instructions;          /* the first one; 0: it is elsewhere */
	enum python_lines lines_format;
	/* PyASCIIObject, PyCompactUnicodeObject, whose characters follow */
	uint16_t ascii_size, compact_size;
};

/* The layout of 3.MINOR; NULL: unknown. Static. */
const struct python_layout *python_layout(unsigned int minor);

/* The line of INSTRUCTION, in bytes from the first, by the table of SIZE bytes; 0: unknown. Pure.
 */
uint32_t python_line(enum python_lines format, const unsigned char *table, size_t size,
	uint32_t first_line, uint64_t instruction);

#endif
