/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What workers and their owners say to each other: records of the rings of stack/worker.h. All
 * numbers are checked by whoever gets them.
 *
 * A worker that needs a file asks for it and waits: the reply comes over its socket, with the
 * descriptor if there is one.
 */
#ifndef STOP_STACK_PROTOCOL_H
#define STOP_STACK_PROTOCOL_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/stack_cache.h"
#include "proc/opener.h"
#include "stack/frame.h"

/* The unwinder. */

enum unwind_request_type {
	UNWIND_SPACE,    /* a process has a new memory map, empty so far: struct unwind_request */
	UNWIND_MAPPINGS, /* mappings are added to it: struct unwind_mappings */
	UNWIND_FILES,    /* files of modules, which are in the socket: struct unwind_files */
	UNWIND_FORGET,   /* a process is gone: struct unwind_request */
	UNWIND_COPY,     /* a copy is to be unwound: struct unwind_request, then struct stack_copy.
	                    Answered with UNWIND_WALK. */
	UNWIND_REQUESTS,
};

struct unwind_request {
	alignas(8) uint32_t type; /* enum unwind_request_type; a copy that follows is aligned */
	pid_t tgid;
	bool wants_scripts; /* UNWIND_COPY: the thread waits, so frames of scripts can be read */
};

struct unwind_mapping {
	uint64_t start, end, offset;
	uint32_t module; /* its number; 0: it has to be asked for */
	bool writable, executable;
	bool is_anonymous; /* code that is not of a file */
	bool is_probe;     /* the kernel's code of return probes (uprobes) */
	uint8_t python;    /* the code of Python 3.N; 0: it is not */
};

/* Files in one request. */
#define UNWIND_FILES_MAX 64

/* The descriptors follow in one message to the socket, in this order; if it has none, ask for them.
 */
struct unwind_files {
	struct unwind_request request;
	uint32_t count;
	uint32_t module[UNWIND_FILES_MAX];
};

/* Mappings in one request. */
#define UNWIND_MAPPINGS_MAX 1024

struct unwind_mappings {
	struct unwind_request request;
	uint32_t count;
	struct unwind_mapping mapping[];
};

enum unwind_answer_type {
	UNWIND_ASK,        /* which module is mapped? struct unwind_ask */
	UNWIND_ASK_AGAIN,  /* the file of a module is needed, or needed again: struct unwind_ask */
	UNWIND_ASK_MEMORY, /* the memory of a process is needed: struct unwind_ask */
	UNWIND_MODULE,     /* what is in a file: struct unwind_module */
	UNWIND_SCRIPT,     /* a place in a script: struct unwind_script */
	UNWIND_WALK,       /* a copy was unwound: struct unwind_walk */
	UNWIND_ANSWERS,
};

struct unwind_ask {
	uint32_t type;   /* enum unwind_answer_type */
	pid_t tgid;      /* UNWIND_ASK: the process … */
	uint64_t start;  /* … and where its mapping starts */
	uint32_t module; /* UNWIND_ASK_AGAIN: its number; UNWIND_ASK_MEMORY: enum unwind_memory */
};

/* What UNWIND_ASK_MEMORY asks for: /proc/PID/mem, and /proc/PID/pagemap. */
enum unwind_memory {
	UNWIND_MEMORY,
	UNWIND_PAGES,
	UNWIND_MEMORIES,
};

/* The reply to it, with its file if there is one. */
struct unwind_file {
	uint32_t module;   /* its number; 0: there is none */
	bool is_generated; /* code of the process: offsets are addresses */
};

struct unwind_module {
	uint32_t type; /* enum unwind_answer_type */
	uint32_t module;
	bool is_elf;
	char build_id[BUILD_ID_MAX];
};

/* Size of a text of a script with its NUL; number of scripts of a worker. */
#define UNWIND_SCRIPT_TEXT 256
#define UNWIND_SCRIPTS_MAX 16384

/* A place in a script. The first has number 1, and so on. */
struct unwind_script {
	uint32_t type; /* enum unwind_answer_type */
	uint32_t line; /* 0: unknown */
	char function[UNWIND_SCRIPT_TEXT], file[UNWIND_SCRIPT_TEXT];
};

struct unwind_frame {
	uint32_t script; /* its number; the rest is unused then; 0: it is none */
	uint64_t ip;
	uint64_t offset; /* in its module */
	uint32_t module; /* 0: it is in none */
	bool exact, trampoline;
};

struct unwind_walk {
	uint32_t type; /* enum unwind_answer_type */
	uint32_t end;  /* enum stack_end */
	uint32_t count, guessed;
	uint32_t used, read_count; /* see struct walk */
	uint64_t missing;          /* likewise */
	bool has_unknown;          /* likewise */
	/* Followed by the frames, and then the words read, at most WALK_READS. */
};

/* Names. */

enum name_request_type {
	NAME_ADDRESS,   /* an address of a file: struct name_request */
	NAME_GENERATED, /* an address of generated code, named by a perf map: struct name_request */
	NAME_REQUESTS,
};

/* Always answered with NAME_RESULT. */
struct name_request {
	uint32_t type;    /* enum name_request_type */
	uint32_t module;  /* its number */
	uint64_t address; /* in the module; of generated code: in the process */
	uint64_t limit;   /* of generated code: of so many bytes of the perf map */
	uint32_t version; /* … which is another file if this is another number */
};

enum name_answer_type {
	NAME_ASK,    /* a file is needed: struct name_ask */
	NAME_RESULT, /* struct name_result */
	NAME_ANSWERS,
};

enum name_file {
	NAME_FILE_ITSELF, /* the file of the module, or its perf map */
	NAME_FILE_DEBUG,  /* its debug file */
	NAME_FILE_SHARED, /* what its debug file shares with others (dwz) */
	NAME_FILES,
};

struct name_ask {
	uint32_t type;   /* enum name_answer_type */
	uint32_t file;   /* enum name_file */
	uint32_t module; /* its number */
	char build_id[BUILD_ID_MAX];
	char name[DEBUG_NAME_MAX];
};

/* The reply to it, with the file if there is one. */
struct name_file_reply {
	uint32_t module;
	bool is_later; /* it is being asked for: the request shall be answered with `is_later` */
};

struct name_entry {
	uint64_t symbol_offset;
	uint32_t symbol, file; /* sizes of the texts with their NUL; 0: unknown */
	uint32_t line;
};

struct name_result {
	uint32_t type;             /* enum name_answer_type */
	bool is_later;             /* the request has to be sent again when a file has come */
	alignas(8) uint32_t count; /* of entries; 0: no name is known */
	/* Followed by the entries, the innermost first, and then their texts. */
};

#endif
