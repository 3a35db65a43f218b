/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --doctor: what this machine, and this user on it, allow stop to do, and for each limit the
 * command that lifts it.
 */
#ifndef STOP_APP_DOCTOR_H
#define STOP_APP_DOCTOR_H

#include "app/options.h"
#include "event/engine.h"
#include "out/checklist.h"
#include "proc/machine.h"

#define DOCTOR_CHECKS_MAX  16
#define DOCTOR_ENGINES_MAX 4

/* What is known. */
struct doctor_facts {
	struct proc_machine machine;
	struct {
		const char *name;
		bool is_usable;
		char reason[ENGINE_ERROR_MAX]; /* why not */
	} engine[DOCTOR_ENGINES_MAX];          /* in order of increasing cost */
	size_t engine_count;
	bool has_terminal;   /* standard input and output are one */
	const char *term;    /* $TERM, or NULL */
	bool is_described;   /* it is known to ncurses */
	int colours;         /* of it; < 1: none */
	bool is_utf8;        /* the character set */
	bool names_symbols;  /* the build reads debug information */
	bool has_debuginfod; /* $DEBUGINFOD_URLS is set */
	const char *program; /* how stop was called */
};

/* Stores the checks of FACTS in CHECKS. Returns their number. Pure. */
size_t doctor_judge(const struct doctor_facts *facts, struct check checks[DOCTOR_CHECKS_MAX]);

/* Prints them in the format of OPTIONS. Returns the exit status: 1 if a check has failed. */
int doctor_run(const struct options *options);

#endif
