/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unwinder: the worker that turns copies of stacks into frames, by what the files that are
 * mapped say about them. Its requests and answers are in stack/protocol.h.
 */
#ifndef STOP_STACK_UNWINDER_H
#define STOP_STACK_UNWINDER_H

#include "stack/worker.h"

extern const struct worker_kind unwinder_kind;

#endif
