/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of engine/bpf in a build without libbpf: says so. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "event/engine.h"

extern const struct engine_class bpf_engine;

static int check(const struct engine_needs *needs, struct engine_trial **trial,
	char reason[ENGINE_ERROR_MAX])
{
	(void)needs, (void)trial;
	snprintf(reason, ENGINE_ERROR_MAX,
		"this stop was built without BPF: install libbpf, clang, llvm and bpftool, and "
		"build it with --with-bpf");
	return -ENOSYS;
}

static int start(const struct engine_request *request, const struct engine_links *links,
	struct engine **out, char error[ENGINE_ERROR_MAX])
{
	(void)request, (void)links, (void)out;
	return check(NULL, NULL, error);
}

/* The capabilities of the real one: who asks for them learns what is missing. */
const struct engine_class bpf_engine = {
	.name = "bpf",
	.summary = "counts calls in the kernel; not in this build",
	.capabilities = ENGINE_READS_ARGS | ENGINE_TRACES_COMMANDS | ENGINE_COPIES_STACKS |
                        ENGINE_TRACES_CGROUPS | ENGINE_TRACES_NAMESPACES | ENGINE_TRACES_MACHINE |
                        ENGINE_SPLITS_TIME | ENGINE_SENDS_DETAILS,
	.check = check,
	.start = start,
};
