/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of an execve whose entry was not seen, such as that of a command that we have
 * started: the kernel has copied them to the stack of the new program. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_NEW_PROGRAM_H
#define STOP_ENGINE_PTRACE_NEW_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"

struct world;

/*
 * Stores where the path, argv and envp of the program that TID has executed are in ARGS. TID is at
 * the exit stop of that execve; PAGES is from pages_of(). Returns false if they cannot be found.
 */
bool new_program_args(struct world *world, int pages, pid_t tid, uint64_t args[CALL_MAX_ARGS]);

#endif
