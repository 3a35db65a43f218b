/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of formats; see engine/replay/formats.h. */
#include "config.h"

#include "engine/replay/formats.h"

#include <stddef.h>

#include "engine/replay/strace_trace.h"

extern const struct trace_format ctf_format;

const struct trace_format *const trace_formats[] = {
	&ctf_format,
	&strace_format,
	&perf_format,
	NULL,
};
