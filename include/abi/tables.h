/*
 * The tables of system calls as the build makes them: src/abi/tables.awk writes src/abi/tables.c
 * from src/abi/data/. For src/abi/syscall.c alone; everybody else asks abi/syscall.h.
 */
#ifndef STOP_ABI_TABLES_H
#define STOP_ABI_TABLES_H

#include "abi/syscall.h"

struct syscall_table {
	const struct syscall_desc
		*calls; /* by number; the name is NULL where a number has no call */
	uint32_t size;  /* numbers below it may be looked up */
};

/* By enum abi. */
extern const struct syscall_table syscall_tables[ABI_COUNT];

#endif
