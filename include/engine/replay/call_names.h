/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of what a text names: system calls, errors, signals. The reverse of abi/syscall.h and
 * abi/names.h, for texts that other tools have written, also on other machines and with names that
 * the C library or older versions of the tool use.
 *
 * Calls that no table has get numbers of their own, up to a limit. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_CALL_NAMES_H
#define STOP_ENGINE_REPLAY_CALL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"
#include "engine/replay/span.h"

struct call_names;

/* Freed with call_names_free(), which accepts NULL. */
struct call_names *call_names_new(void);
void call_names_free(struct call_names *names);

/*
 * Stores the call NAME, of a program of ABI, in *CALL: of another ABI if only that has it. Returns
 * false, and leaves it unchanged, if no table has it, nor is it "syscall_333", "SYS_333".
 */
bool call_names_find(
	const struct call_names *names, struct span name, enum abi abi, struct call *call);

/* The numbers of calls that no table has. */
#define CALL_NAMES_UNKNOWN     960
#define CALL_NAMES_UNKNOWN_MAX 63

/*
 * Stores the number of the unknown call NAME in *CALL, the next free one if it is seen for the
 * first time; when there are no more, all share the last one.
 */
void call_names_intern(struct call_names *names, struct span name, struct call *call);

/* Writes which numbers the unknown calls seen have, "cacheflush is syscall_960, …", to BUF of SIZE
 * bytes, escaped. Returns the number of calls. */
size_t call_names_unknown(const struct call_names *names, char *buf, size_t size);

/* The errno called NAME, "ENOENT", "ERESTARTSYS"; 0: unknown. */
int call_names_error(const struct call_names *names, struct span name);

/* The signal called NAME, "SIGINT", "SIGRT_3", "SIGRTMIN"; 0: unknown. */
int call_names_signal(const struct call_names *names, struct span name);

#endif
