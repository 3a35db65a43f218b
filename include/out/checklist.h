/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of checks with their results, as text or JSON ("stop.doctor/1"). Pure. */
#ifndef STOP_OUT_CHECKLIST_H
#define STOP_OUT_CHECKLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CHECKLIST_SCHEMA "stop.doctor/1"
#define CHECK_TEXT_MAX   768

enum check_state {
	CHECK_OK,
	CHECK_LIMITED, /* something cannot be had */
	CHECK_FAILED,  /* nothing can be traced because of it */
	CHECK_STATES,
};

struct check {
	const char *name; /* static: "ptrace_scope" */
	enum check_state state;
	char text[CHECK_TEXT_MAX]; /* what was found, and what follows */
	char help[CHECK_TEXT_MAX]; /* the command that helps; "": none is needed, or none does */
};

/* Writes COUNT CHECKS; in ASCII only if ASCII. */
void checklist_write(FILE *stream, const struct check *checks, size_t count, bool ascii);

/* The same as JSON. Returns 0 or -errno. */
int checklist_write_json(FILE *stream, const struct check *checks, size_t count);

/* Whether none of CHECKS has failed. */
bool checklist_is_passed(const struct check *checks, size_t count);

#endif
