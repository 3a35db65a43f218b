/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks as all higher layers see them: immutable values, each made once, shared by pointer, and
 * valid as long as the struct stacks that made them (stack/stacks.h).
 *
 * A frame is a place in a module. Its names come later, from the symbolizer thread, and all at
 * once: frame_found() returns NULL until then, and afterwards always the same. What is shown,
 * frame_names(), follows when stacks_show_names() is called, so that a report and a recording of
 * what it shows agree. Texts are the target's and have to be escaped. Any thread, except for
 * frame_names(): it is for that of the model.
 */
#ifndef STOP_STACK_FRAME_H
#define STOP_STACK_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Size of the longest build ID, in hexadecimal, including the final NUL. */
#define BUILD_ID_MAX 65

/* What code belongs to: a file, the vdso, or a process with generated code. */
struct module {
	char *path;                    /* "/usr/lib/libc.so.6", "[vdso]", "[code]" */
	const char *name;              /* the last component of it */
	char build_id[BUILD_ID_MAX];   /* "" if it has none */
	bool is_file;                  /* offsets are link-time addresses, as for addr2line */
	bool is_script;                /* source text: its frames have names and lines only */
	uint32_t id;                   /* 1, 2, … */
	_Atomic(const char *) problem; /* why it could not be read; static; NULL: it could */
};

/* One function that an address is in: the outermost, or one that was inlined into it. */
struct frame_name {
	const char *symbol;     /* demangled; NULL: no symbol covers the address */
	uint64_t symbol_offset; /* of the address in it; unless it is inlined */
	const char *file;       /* source file; NULL: unknown */
	unsigned int line;      /* 0: unknown */
	bool inlined;           /* into the next entry's function */
};

struct frame_names {
	size_t count; /* at least 1; the innermost first, the last is not inlined */
	struct frame_name name[];
};

struct frame {
	uint32_t id; /* 1, 2, … */
	const struct module *module;
	uint64_t ip;     /* its address in the process where it was first seen */
	uint64_t offset; /* its address in the module */
	bool exact;      /* `offset` is where the frame is; otherwise its return address */
	bool trampoline; /* a signal handler returns to it */
	bool late; /* it was read when the thread could run again: perhaps it is a later one */
	_Atomic(struct frame_names *) found; /* see frame_found(); owned */
	const struct frame_names *names;     /* see frame_names() */
	bool is_seen;                        /* used by stack/unnamed.c */

	/* For generated code; see stack/generations.h. */
	bool is_generated;
	uint64_t asked;              /* changes of its perf map for which it is being checked … */
	_Atomic uint64_t checked;    /* … or up to which it is known to have this name */
	_Atomic bool is_replaced;    /* it has another one by now */
	_Atomic bool is_ambiguous;   /* some of the calls may be of what has replaced it */
	struct frame *newer, *older; /* other code at this address; `older` is owned */
};

/* Where a walk ended. */
enum stack_end {
	STACK_WHOLE,     /* at the outermost frame */
	STACK_CUT,       /* at the end of the copy */
	STACK_DEEP,      /* after the maximum number of frames */
	STACK_LOST,      /* in code without unwind tables, and nothing was found without */
	STACK_BROKEN,    /* the tables lead to what cannot be: the stack or they are wrong */
	STACK_UNMAPPED,  /* at once: where the thread was, there is no code any more */
	STACK_SWITCHED,  /* it goes on on another stack, which was not copied */
	STACK_COROUTINE, /* at the outermost frame of a stack that the program has made */
	STACK_WALKS,     /* those before are ends of walks, the others of none */
	STACK_COMPAT = STACK_WALKS, /* there was none: 32-bit code */
	STACK_OTHER,                /* not one stack but all those that exceeded the limits */
	STACK_NONE,                 /* none was captured */
	STACK_MISSED,               /* it should have been captured, but there was no room */
	STACK_FAILED,               /* it was captured, but the unwinder has failed */
	STACK_UNRECORDED,           /* it was captured, but is not in the recording */
	STACK_ENDS,
};

struct stack {
	uint32_t id; /* 1, 2, …; without frames STACK_SPECIAL_ID - end */
	enum stack_end end;
	size_t count;      /* frames, the innermost first */
	size_t guessed;    /* index of the first frame found without unwind tables; count: none */
	bool is_generated; /* it has frames of generated code */
	uint64_t hash;
	struct stack *next;  /* with the same hash; used by stack/intern.c */
	struct stack *newer; /* with the code that has replaced some; used by generations.c */
	const struct frame *frame[];
};

/* Why MODULE could not be read; NULL: it could, or nobody has tried. Static. */
static inline const char *module_problem(const struct module *module)
{
	return atomic_load_explicit(&module->problem, memory_order_acquire);
}

/* The names that were found for FRAME, or NULL as long as there are none. */
static inline const struct frame_names *frame_found(const struct frame *frame)
{
	/* Pairs with the symbolizer's release store. */
	return atomic_load_explicit(&frame->found, memory_order_acquire);
}

/* The names of FRAME as they are shown, or NULL. The thread of the model. */
static inline const struct frame_names *frame_names(const struct frame *frame)
{
	return frame->names;
}

/* Whether frame AT of STACK is a guess. */
static inline bool stack_is_guessed(const struct stack *stack, size_t at)
{
	return at >= stack->guessed || stack->frame[at]->late;
}

/* Ids of stacks without frames are counted down from here. */
#define STACK_SPECIAL_ID UINT32_MAX

/* Finds stacks by their ids. The zero value finds only those without frames. */
struct stack_lookup {
	const struct stack *(*find)(const void *context, uint32_t id); /* NULL: there is none */
	const void *context;
};

/* The stack with ID; NULL if ID is 0 or unknown. */
const struct stack *stack_lookup(const struct stack_lookup *lookup, uint32_t id);

/* The stack without frames for END. Static. */
const struct stack *stack_special(enum stack_end end);

/* The name of END, to be shown in brackets: "cut", …; "" for STACK_WHOLE. Static. */
const char *stack_end_text(enum stack_end end);

#endif
