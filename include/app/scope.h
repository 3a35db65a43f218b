/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scopes: a cgroup, a container, a pod, a PID namespace or the whole machine as what is traced,
 * instead of processes that are named. For the main thread.
 */
#ifndef STOP_APP_SCOPE_H
#define STOP_APP_SCOPE_H

#include <sys/types.h>

#include "event/engine.h"
#include "proc/cgroup.h"

/* The option that was given. */
enum scope_option {
	SCOPE_NONE, /* none: processes, or a command */
	SCOPE_CGROUP,
	SCOPE_CONTAINER,
	SCOPE_POD,
	SCOPE_NAMESPACE,
	SCOPE_MACHINE,
	SCOPE_OPTIONS,
};

/* What the user asked for. */
struct scope_request {
	enum scope_option option;
	const char *name;  /* SCOPE_CGROUP, SCOPE_CONTAINER, SCOPE_POD. Part of argv */
	const char *space; /* SCOPE_POD: the namespace; NULL: any. Part of argv */
	pid_t pid;         /* SCOPE_NAMESPACE */
};

/* The option of each, with its dashes: "--cgroup". */
const char *scope_option_name(enum scope_option option);

/* What an engine needs for it. */
struct engine_needs scope_needs(enum scope_option option);

/* Size of the longest text, and of the longest message, including the final NUL. */
#define SCOPE_TEXT_MAX  256
#define SCOPE_ERROR_MAX 512

/* What that is on this system. */
struct scope {
	enum scope_option option;
	char text[SCOPE_TEXT_MAX]; /* "cgroup /system.slice/nginx.service"; unescaped */
	struct cgroup cgroup;      /* SCOPE_CGROUP, SCOPE_CONTAINER, SCOPE_POD */
	uint64_t namespace;        /* SCOPE_NAMESPACE: its inode */
	int namespace_fd;          /* keeps its inode from being used again; -1: none */
};

/*
 * Finds what REQUEST means. Returns 0 with *SCOPE, which is cleared with scope_clear(), or -errno
 * with one line in ERROR.
 */
int scope_find(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX]);
void scope_clear(struct scope *scope);

/* What an engine has to trace; borrows from SCOPE. */
struct engine_request scope_engine_request(const struct scope *scope);

#endif
