/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine that counts in the kernel, as a row of engine/registry.h. */
#ifndef STOP_ENGINE_BPF_BPF_ENGINE_H
#define STOP_ENGINE_BPF_BPF_ENGINE_H

#include "event/engine.h"

extern const struct engine_class bpf_engine;

#endif
