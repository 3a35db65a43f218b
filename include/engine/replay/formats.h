/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats of traces in this build, one table. Any thread. */
#ifndef STOP_ENGINE_REPLAY_FORMATS_H
#define STOP_ENGINE_REPLAY_FORMATS_H

#include "engine/replay/format.h"

/* All formats; NULL-terminated. The first that recognises an input reads it. */
extern const struct trace_format *const trace_formats[];

#endif
