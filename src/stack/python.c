/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the frames of CPython; see stack/python.h. */
#include "config.h"

#include "stack/python.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/image.h"
#include "stack/python_layout.h"
#include "stack/space.h"

/* Bounds of what is followed in the memory of a process. */
#define INTERPRETERS_MAX 16
#define THREADS_MAX      1024

/* The largest table of lines that is read. */
#define LINES_MAX        (16 << 10)

/* Places whose names are kept: most frames have been seen before. */
#define KNOWN_MAX        1024

/* A stack is not larger, so the thread whose pthread_self() is further away has another one. */
#define STACK_MAX        (64 << 20)

/* Offsets that are the same in all versions. */
#define OBJECT_SIZE      16 /* of a PyVarObject, where its size is */
#define BYTES_BEGIN      32 /* of a PyBytesObject */
#define STRING_LENGTH    16 /* of a PyASCIIObject */
#define STRING_STATE     32
#define STRING_HEAD      40
#define OWNED_BY_C       3 /* the frame of a call from C into the interpreter, from 3.12 on */

/* Objects of a code object, and a place in it. If all are the same, it is the same place. */
struct known_place {
	uint64_t code, instruction, function, file, lines;
	uint32_t first_line;
	uint32_t script; /* 0: none */
};

struct python {
	struct space *space; /* not owned */
	const struct python_layout *layout;
	uint64_t start;          /* where the code is mapped */
	bool is_looked;          /* the following were looked for */
	uint64_t runtime;        /* address of _PyRuntime; 0: not found */
	uint64_t eval, eval_end; /* the function that runs code */
	struct known_place known[KNOWN_MAX];
};

/* A reader of the frames of one thread. */
struct reader {
	struct python *python;
	const struct python_layout *layout;
	const struct python_user *user;
	const struct stack_copy *copy;
};

struct python *python_new(struct space *space, unsigned int minor, uint64_t start)
{
	const struct python_layout *layout = python_layout(minor);
	if (!layout)
		return NULL;
	struct python *python = xcalloc(1, sizeof(*python));
	python->space = space;
	python->layout = layout;
	python->start = start;
	return python;
}

void python_free(struct python *python)
{
	free(python);
}

/* Finds what is needed of the interpreter, by the symbols that it exports. */
static void look(struct python *python)
{
	struct mapping *mapping = space_find(python->space, python->start);
	struct walk_module *module = mapping ? space_module(python->space, mapping) : NULL;
	struct image_symbol eval, runtime;
	uint64_t address;
	python->is_looked = true;
	if (!module || !module->image || !image_address(module->image, mapping->offset, &address) ||
		!image_symbol(module->image, "_PyEval_EvalFrameDefault", &eval) ||
		!image_symbol(module->image, "_PyRuntime", &runtime))
		return;
	uint64_t bias = mapping->start - address;
	python->eval = bias + eval.address;
	python->eval_end = python->eval + eval.size;
	python->runtime = bias + runtime.address;
}

static bool is_eval(const struct python *python, uint64_t ip)
{
	return ip > python->eval && ip <= python->eval_end;
}

bool python_runs(struct python *python, const struct walk *walk)
{
	if (!python->is_looked)
		look(python);
	for (size_t i = 0; python->runtime && i < walk->count; i++) {
		if (is_eval(python, walk->ip[i]))
			return true;
	}
	return false;
}

/* Memory. What was copied is as it was then; the rest is read now. */

static bool read_memory(const struct reader *reader, uint64_t address, void *buf, size_t size)
{
	const struct stack_copy *copy = reader->copy;
	uint64_t at = address - copy->base;
	if (at < copy->size && copy->size - at >= size) {
		memcpy(buf, copy->bytes + at, size);
		return true;
	}
	return reader->user->read(reader->user->context, address, buf, size);
}

/* The word at ADDRESS; 0 if it cannot be read. */
static uint64_t word_at(const struct reader *reader, uint64_t address)
{
	uint64_t word;
	return read_memory(reader, address, &word, sizeof(word)) ? word : 0;
}

/* The field at OFFSET of BYTES. */
static uint64_t word_in(const unsigned char *bytes, size_t offset)
{
	uint64_t word;
	memcpy(&word, bytes + offset, sizeof(word));
	return word;
}

static uint32_t number_in(const unsigned char *bytes, size_t offset)
{
	uint32_t number;
	memcpy(&number, bytes + offset, sizeof(number));
	return number;
}

/* Texts. */

/* Appends CHARACTER in UTF-8 to TEXT, of which *USED bytes are used. False: there is no room. */
static bool put_character(char *text, size_t *used, uint32_t character)
{
	static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
	if (*used + size >= PYTHON_NAME_MAX)
		return false;
	for (size_t i = size; i-- > 0; character >>= 6)
		text[*used + i] = (char)(i ? 0x80 | (character & 0x3f) : heads[size] | character);
	*used += size;
	return true;
}

/* Reads the string object at ADDRESS. Returns whether that was possible. */
static bool read_text(const struct reader *reader, uint64_t address, char text[PYTHON_NAME_MAX])
{
	unsigned char head[STRING_HEAD], bytes[4 * PYTHON_NAME_MAX];
	if (!address || !read_memory(reader, address, head, sizeof(head)))
		return false;
	/* interned: 2 bits, kind: 3, compact: 1, ascii: 1 */
	uint32_t state = number_in(head, STRING_STATE), kind = state >> 2 & 7;
	uint64_t length = word_in(head, STRING_LENGTH);
	bool is_compact = state >> 5 & 1, is_ascii = state >> 6 & 1;
	if (!is_compact || (kind != 1 && kind != 2 && kind != 4) || length == 0)
		return false;
	if (length > PYTHON_NAME_MAX - 1)
		length = PYTHON_NAME_MAX - 1;
	address += is_ascii ? reader->layout->ascii_size : reader->layout->compact_size;
	if (!read_memory(reader, address, bytes, length * kind))
		return false;
	size_t used = 0;
	for (size_t i = 0; i < length; i++) {
		uint32_t character = 0;
		memcpy(&character, bytes + i * kind, kind);
		if (!put_character(text, &used, character))
			break;
	}
	text[used] = '\0';
	return true;
}

/* The line of PLACE, by the bytes object that is its table; 0: unknown. */
static uint32_t read_line(const struct reader *reader, const struct known_place *place)
{
	unsigned char table[LINES_MAX];
	uint64_t size = word_at(reader, place->lines + OBJECT_SIZE);
	/* A function on one line has an empty one in 3.9. */
	if (!place->lines || size > sizeof(table) ||
		(size && !read_memory(reader, place->lines + BYTES_BEGIN, table, size)))
		return 0;
	return python_line(
		reader->layout->lines_format, table, size, place->first_line, place->instruction);
}

/* Frames. */

/* The number of the place that BYTES of a frame show; 0: unknown. */
static uint32_t script_of(const struct reader *reader, const unsigned char *bytes)
{
	const struct python_layout *layout = reader->layout;
	unsigned char code[UINT8_MAX];
	struct python_script script;
	struct known_place place = {.code = word_in(bytes, layout->code)};
	if (!place.code || !read_memory(reader, place.code, code, layout->code_size))
		return 0;
	place.function = word_in(code, layout->function);
	place.file = word_in(code, layout->file);
	place.lines = word_in(code, layout->lines);
	place.first_line = number_in(code, layout->first_line);
	place.instruction = layout->is_object ? (uint64_t)number_in(bytes, layout->instruction) *
	                                                layout->instruction_size
	                                      : word_in(bytes, layout->instruction) -
	                                                (place.code + layout->instructions);
	struct known_place *known =
		&reader->python->known[(place.code >> 4 ^ place.instruction) % KNOWN_MAX];
	place.script = known->script;
	if (place.script && memcmp(known, &place, sizeof(place)) == 0)
		return place.script;
	if (!read_text(reader, place.function, script.function) ||
		!read_text(reader, place.file, script.file))
		return 0;
	script.line = read_line(reader, &place);
	place.script = reader->user->number(reader->user->context, &script);
	*known = place;
	return place.script;
}

/* The frame that the interpreter runs in the thread with STATE; 0: none. */
static uint64_t current_frame(const struct reader *reader, uint64_t state)
{
	const struct python_layout *layout = reader->layout;
	uint64_t frame = word_at(reader, state + layout->current_frame);
	return layout->has_cframe && frame ? word_at(reader, frame + layout->cframe_frame) : frame;
}

/* Threads. */

/* Whether the thread with STATE is that of the copy: -1: no, 1: yes, 0: it can be. */
static int is_thread(const struct reader *reader, uint64_t state)
{
	const struct python_layout *layout = reader->layout;
	const struct stack_copy *copy = reader->copy;
	uint64_t cframe = layout->has_cframe ? word_at(reader, state + layout->current_frame) : 0;
	/* It is on the stack of its thread. */
	if (cframe - copy->base < copy->size)
		return 1;
	/* In a container, threads have other numbers. */
	if (layout->native_id)
		return word_at(reader, state + layout->native_id) == (uint64_t)copy->record.tid ? 1
		                                                                                : 0;
	/* What the C library keeps of a thread is at the end of its stack. */
	uint64_t above = word_at(reader, state + layout->thread_id) - unwind_sp(&copy->regs);
	return above < STACK_MAX ? 1 : 0;
}

/* The state of the copy's thread; 0: not found. */
static uint64_t find_thread(const struct reader *reader)
{
	const struct python_layout *layout = reader->layout;
	uint64_t only = 0, first = 0;
	size_t count = 0;
	uint64_t interpreter = word_at(reader, reader->python->runtime + layout->first_interpreter);
	for (size_t i = 0; interpreter && i < INTERPRETERS_MAX; i++) {
		uint64_t state = word_at(reader, interpreter + layout->first_thread);
		for (; state && count < THREADS_MAX; count++) {
			if (is_thread(reader, state) > 0)
				return state;
			only = count ? 0 : state;
			first = state;
			state = word_at(reader, state + layout->next_thread);
		}
		interpreter = word_at(reader, interpreter + layout->next_interpreter);
	}
	/* The main thread, the last in the list, has its data elsewhere. */
	return layout->native_id ? only : first;
}

/* Whether the frame with BYTES is the last one of those that one call of the function runs. */
static bool is_last(const struct python_layout *layout, const unsigned char *bytes)
{
	return layout->is_object || (layout->is_entry && bytes[layout->is_entry]);
}

/* Whether the frame with BYTES is none, but the mark of such a call. */
static bool is_mark(const struct python_layout *layout, const unsigned char *bytes)
{
	return !layout->is_object && !layout->is_entry && bytes[layout->owner] == OWNED_BY_C;
}

/* The next frame of the function that runs code in WALK, from AT on; the number of frames: none. */
static size_t next_eval(const struct python *python, const struct walk *walk, size_t at)
{
	while (at < walk->count && !is_eval(python, walk->ip[at]))
		at++;
	return at;
}

size_t python_find(struct python *python, const struct python_user *user,
	const struct stack_copy *copy, const struct walk *walk,
	struct python_frame frames[PYTHON_FRAMES_MAX])
{
	const struct python_layout *layout = python->layout;
	const struct reader reader = {python, layout, user, copy};
	unsigned char bytes[UINT8_MAX];
	size_t count = 0, at = next_eval(python, walk, 0);
	uint64_t state = find_thread(&reader);
	uint64_t frame = state ? current_frame(&reader, state) : 0;
	for (size_t read = 0; frame && at < walk->count && read < PYTHON_FRAMES_MAX; read++) {
		if (!read_memory(&reader, frame, bytes, layout->frame_size))
			break;
		bool is_none = is_mark(layout, bytes);
		uint32_t script = is_none ? 0 : script_of(&reader, bytes);
		if (!is_none && !script)
			break;
		if (script)
			frames[count++] = (struct python_frame){at, script};
		if (is_none || is_last(layout, bytes))
			at = next_eval(python, walk, at + 1);
		frame = word_in(bytes, layout->previous);
	}
	return count;
}
