/*
 * Stacks as everybody above this floor sees them: immutable values that are made once, shared by
 * pointer, and live as long as the struct stacks that made them (stack/stacks.h).
 *
 * A frame is a place in a module. Its names come later, from a thread of their own, and are
 * published whole: frame_names() gives NULL until then, and afterwards always the same. Texts are
 * the target's: they are not to be shown unescaped. Any thread.
 */
#ifndef STOP_STACK_FRAME_H
#define STOP_STACK_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest build-id that is shown, in hexadecimal, with the final NUL. */
#define BUILD_ID_MAX 65

/* What code belongs to: a file, the kernel's page of code, or a process that generates code. */
struct module {
	char *path;                  /* "/usr/lib/libc.so.6", "[vdso]", "[code]" */
	const char *name;            /* the last part of it */
	char build_id[BUILD_ID_MAX]; /* "" where it has none */
	bool is_file; /* offsets are addresses of the file, as addr2line takes them */
	uint32_t id;  /* 1, 2, … */
};

/* One function that an address is in: the outermost, or one that was inlined into it. */
struct frame_name {
	const char *symbol;     /* demangled; NULL: no symbol covers the address */
	uint64_t symbol_offset; /* of the address in it; where it is not inlined */
	const char *file;       /* source file; NULL: unknown */
	unsigned int line;      /* 0: unknown */
	bool inlined;           /* into the next entry's function */
};

struct frame_names {
	size_t count; /* 1 or more; the innermost first, the last is not inlined */
	struct frame_name name[];
};

struct frame {
	const struct module *module;
	uint64_t ip;     /* the address in the process in which it was met first */
	uint64_t offset; /* of it in the module */
	bool exact;      /* `offset` is where the frame is; else it returns to there */
	bool trampoline; /* the kernel has put it there, for a signal's handler to return to */
	_Atomic(struct frame_names *) names; /* see frame_names() */
};

/* Where a walk ended. */
enum stack_end {
	STACK_WHOLE,  /* at the outermost frame */
	STACK_CUT,    /* at the end of the copy, or after the greatest number of frames */
	STACK_LOST,   /* in code without unwind tables, or where the stack makes no sense */
	STACK_NARROW, /* there was none: 32-bit code */
	STACK_OTHER,  /* not one stack but all those that found no room */
	STACK_NONE,   /* none was captured */
	STACK_MISSED, /* it was wanted, and could not be captured: there was no room */
	STACK_ENDS,
};

struct stack {
	uint32_t id; /* 1, 2, …; without frames STACK_SPECIAL_ID - end */
	enum stack_end end;
	size_t count;   /* frames, the innermost first */
	size_t guessed; /* from this one on they were found by frame pointers; count: none was */
	uint64_t hash;
	struct stack *next; /* of the same hash; for those who intern */
	const struct frame *frame[];
};

/* The names of FRAME, or NULL while they are not known. */
static inline const struct frame_names *frame_names(const struct frame *frame)
{
	/* Pairs with the release store of the thread that names. */
	return atomic_load_explicit(&frame->names, memory_order_acquire);
}

/* Ids of stacks without frames are counted down from here. */
#define STACK_SPECIAL_ID UINT32_MAX

/* Who knows stacks by their ids. The zero value knows those without frames alone. */
struct stack_lookup {
	const struct stack *(*find)(const void *context, uint32_t id); /* NULL: there is none */
	const void *context;
};

/* The stack with ID by LOOKUP; NULL where ID is 0, or nobody knows it. */
const struct stack *stack_lookup(const struct stack_lookup *lookup, uint32_t id);

/* The stack without frames that stands for END. Static. */
const struct stack *stack_special(enum stack_end end);

/* What a walk's end is called in brackets: "cut", …; "" for STACK_WHOLE. Static. */
const char *stack_end_text(enum stack_end end);

#endif
