/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generated tables of system calls: src/abi/tables.awk writes src/abi/tables.c from
 * src/abi/data/. For src/abi/syscall.c only; other code uses abi/syscall.h.
 */
#ifndef STOP_ABI_TABLES_H
#define STOP_ABI_TABLES_H

#include "abi/syscall.h"

struct syscall_table {
	const struct syscall_desc
		*calls; /* by number; the name is NULL if the number has no call */
	uint32_t size;  /* number of entries */
};

/* By enum abi. */
extern const struct syscall_table syscall_tables[ABI_COUNT];

#endif
