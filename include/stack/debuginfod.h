/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug files from debuginfod servers: asked for by build ID, by a process of its own, which has
 * the rights and the environment of the user who called: under sudo(8), of the one who called that.
 * It is started before anything is attached, has no capabilities and no other file of ours, and
 * asks for one file at a time:
 *
 *     symbolizer ──build ID──▶ stop-debuginfod ──fork──▶ one that asks, with libdebuginfod:
 *                ◀─────────descriptor of the file──────────┘ killed when its time is over
 *
 * What comes is anybody's: a regular file of limited size, which only the namer reads, and which it
 * takes only if it has the build ID. One thread.
 */
#ifndef STOP_STACK_DEBUGINFOD_H
#define STOP_STACK_DEBUGINFOD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Who may ask. */
enum debuginfod_when {
	DEBUGINFOD_AUTO, /* a user, and root on behalf of one (SUDO_UID); not from a login as root
	                  */
	DEBUGINFOD_ALWAYS,
	DEBUGINFOD_NEVER,
	DEBUGINFOD_WHENS,
};

struct debuginfod {
	pid_t pid; /* 0: it does not run */
	int fd;    /* its socket, for poll(2); owned; -1: it does not run */
};

/* Starts it if there are servers ($DEBUGINFOD_URLS) and WHEN allows it. */
void debuginfod_start(struct debuginfod *debuginfod, enum debuginfod_when when);

/* Whether PID, a child of ours that has ended, is this process; then it is reaped. */
bool debuginfod_reap(struct debuginfod *debuginfod, pid_t pid);

/* Ends it, without waiting. */
void debuginfod_end(struct debuginfod *debuginfod);

/* Asks for the debug file of MODULE, which has BUILD_ID (hexadecimal). Returns whether that was
 * possible: then an answer comes, at the latest after some time, or never if the process ends. */
bool debuginfod_ask(struct debuginfod *debuginfod, uint32_t module, const char *build_id);

/* Takes an answer: *FD is a descriptor of the file of *MODULE, or -1. Returns whether there was
 * one; if the process has ended, there is none any more, and `fd` is -1. */
bool debuginfod_take(struct debuginfod *debuginfod, uint32_t *module, int *fd);

#endif
