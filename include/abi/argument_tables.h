/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generated tables of arguments: src/abi/arguments.awk writes src/abi/argument_tables.c from
 * src/abi/data/. For src/abi/argument.c and descriptor.c only; other code uses their headers.
 */
#ifndef STOP_ABI_ARGUMENT_TABLES_H
#define STOP_ABI_ARGUMENT_TABLES_H

#include "abi/argument.h"
#include "abi/descriptor.h"

/* All different arguments and results; number 0 is that of no argument. */
extern const struct argument arguments[];

/* The arguments of a call: their numbers. */
struct call_arguments {
	uint16_t args[CALL_MAX_ARGS];
	const char *names[CALL_MAX_ARGS]; /* the kernel's; NULL: there is none */
	uint16_t result;
	uint8_t count;
	uint8_t style; /* enum call_style */
};

/* All different ones; number 0 is that of a call of which nothing is known. */
extern const struct call_arguments call_arguments[];

/* What is known of a call. */
struct call_row {
	uint16_t arguments;  /* number in call_arguments */
	uint16_t descriptor; /* first row in descriptor_table */
	uint16_t descriptor_count;
};

struct call_rows {
	const struct call_row *rows; /* by number of the call */
	uint32_t count;
};

/* By enum abi. */
extern const struct call_rows call_rows[ABI_COUNT];

extern const struct descriptor_row descriptor_table[];

/* A hash table with open addressing: numbers by a table and up to two values of 32 bits. */
struct key {
	uint32_t first;
	uint32_t second;
	uint16_t table; /* 0: the slot is empty */
	uint16_t result;
};

struct key_table {
	const struct key *keys;
	uint32_t size; /* a power of two */
};

/* Indexes of names, by the number of an enum's set and the value. */
extern const struct key_table value_table;

/* Numbers of arguments, by 8 * table + index of the argument (6: the result) and the values. */
extern const struct key_table multi_table;

#define MULTI_RESULT 6

/* All sets, by number - 1. */
extern const struct value_set *const value_sets[];
extern const size_t value_set_count;

struct ioctl_table {
	const struct ioctl_name *names; /* in ascending order of values */
	uint32_t count;
};

/* Names of requests: 0: of all programs, 1: those that differ for 32-bit programs. */
extern const struct ioctl_table ioctl_tables[2];

#endif
