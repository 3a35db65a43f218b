/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of formats; see engine/replay/formats.h. */
#include "config.h"

#include "engine/replay/formats.h"

#include <stddef.h>

#include "engine/replay/lttng_trace.h"
#include "engine/replay/strace_trace.h"

extern const struct trace_format ctf_format;

const struct trace_format *const trace_formats[] = {
	/* Takes only what is surely not ours, which ctf takes even if it is damaged. */
	&lttng_format,
	&ctf_format,
	&strace_format,
	&perf_format,
	NULL,
};
