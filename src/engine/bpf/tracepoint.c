/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tracepoints; see engine/bpf/tracepoint.h. */
#include "config.h"

#include "engine/bpf/tracepoint.h"

#include <bpf/btf.h>
#include <stdint.h>
#include <stdio.h>

/* The kernel has a type "btf_trace_NAME" for each: a pointer to a function that also takes data. */
int tracepoint_arguments(const struct btf *btf, const char *name)
{
	char type_name[64];
	snprintf(type_name, sizeof(type_name), "btf_trace_%s", name);
	int id = btf__find_by_name_kind(btf, type_name, BTF_KIND_TYPEDEF);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	const struct btf_type *pointer = type ? btf__type_by_id(btf, type->type) : NULL;
	const struct btf_type *function = pointer ? btf__type_by_id(btf, pointer->type) : NULL;
	if (!function || !btf_is_func_proto(function) || btf_vlen(function) == 0)
		return -1;
	return (int)btf_vlen(function) - 1;
}
