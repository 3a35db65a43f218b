/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why BPF programs cannot be loaded, as one line that says what to do. Any thread.
 */
#ifndef STOP_ENGINE_BPF_REFUSAL_H
#define STOP_ENGINE_BPF_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known about this system. */
struct bpf_facts {
	int error;             /* errno of the load */
	int major, minor;      /* of the kernel; 0: unknown */
	bool has_btf;          /* it describes its types */
	uint64_t capabilities; /* effective ones, a bit each */
	char lockdown[32];     /* its level; "": it has none, or that cannot be read */
	bool has_filter;       /* a seccomp filter applies to us */
	bool is_root;          /* we are user 0 */
	bool is_nested; /* we are in a user namespace inside another: capabilities are of that */
};

/* Whether we have the capabilities without which the kernel refuses the programs, to save a try. */
bool bpf_is_permitted(void);

/*
 * Whether we may open as many descriptors as the programs, their maps and the rest of stop need at
 * least; else writes the reason to TEXT of SIZE bytes.
 */
bool bpf_has_descriptors(char *text, size_t size);

/* Finds the facts about this system and process, after a load failed with ERROR. */
void bpf_facts_find(int error, struct bpf_facts *facts);

/* Writes the reason to TEXT of SIZE bytes. Pure. Returns TEXT. */
char *bpf_refusal_text(const struct bpf_facts *facts, char *text, size_t size);

#endif
