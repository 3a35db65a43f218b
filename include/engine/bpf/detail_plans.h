/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the programs which memory each call is about: makes steps (abi/fetch_step.h) of the tables.
 * Pure.
 */
#ifndef STOP_ENGINE_BPF_DETAIL_PLANS_H
#define STOP_ENGINE_BPF_DETAIL_PLANS_H

#include <stddef.h>

#include "engine/bpf/detail_records.h"

struct fetch_limits;

/* What does not fit into struct bpf_details: for a map of the programs. */
struct detail_plans {
	struct {
		struct bpf_variant key;
		struct bpf_plan plan;
	} * variant; /* owned */
	size_t count;
	size_t room; /* allocated */
};

/* Fills in the calls of SHARED, but for what is wanted of them, and PLANS, which is zero. */
void detail_plans_make(
	struct bpf_details *shared, const struct fetch_limits *limits, struct detail_plans *plans);
void detail_plans_clear(struct detail_plans *plans);

#endif
