/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the file with the debug information of another, and checks that it belongs to it. For the
 * namer, which is a worker.
 */
#ifndef STOP_STACK_DEBUG_FILE_H
#define STOP_STACK_DEBUG_FILE_H

#include <elfutils/libdw.h>

#include "stack/symbols.h"

/* Opens FD, which it takes, as an ELF file that is mapped for reading. Returns NULL if it is none;
 * otherwise, *FD stays open as long as that. */
Elf *debug_file_elf(int *fd);

/* The debug file of ELF, from FILES; NULL: there is none. Its descriptor is in *FD then. */
Elf *debug_file_find(Elf *elf, const struct symbols_files *files, int *fd);

/*
 * Gives DWARF, of a debug file, the file with what it shares with others, if it has one. *ELF,
 * *SHARED and *FD are what that needs, and freed by the caller after DWARF; NULL, NULL, -1: none.
 */
void debug_file_add_shared(
	Dwarf *dwarf, const struct symbols_files *files, Elf **elf, Dwarf **shared, int *fd);

#endif
