/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracepoints of the running kernel, which differ between versions. Any thread.
 */
#ifndef STOP_ENGINE_BPF_TRACEPOINT_H
#define STOP_ENGINE_BPF_TRACEPOINT_H

struct btf;

/* The number of arguments of tracepoint NAME of the kernel that BTF describes; -1: it has none. */
int tracepoint_arguments(const struct btf *btf, const char *name);

#endif
