/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metadata of recordings: text in TSDL (CTF 1.8, chapter 7) that describes the packets of
 * event/recording.h. One line for each field, so that a simple reader can read it. Pure.
 */
#ifndef STOP_OUT_CTF_METADATA_H
#define STOP_OUT_CTF_METADATA_H

#include <stdint.h>
#include <stdio.h>

#include "abi/syscall.h"
#include "event/event.h"

/* What the metadata says about the whole. */
struct ctf_trace {
	uint8_t uuid[16];
	uint64_t clock_offset_ns; /* CLOCK_REALTIME minus CLOCK_MONOTONIC */
	const char *host;         /* its name, or "" */
	const char *release;      /* of the kernel, or "" */
	const char *command;      /* what was traced, not escaped, or "" */
};

/* Writes the beginning, and the declarations of the events that are not of one call. */
void ctf_metadata_begin(FILE *stream, const struct ctf_trace *trace);

/* Writes the declaration of kind NUMBER: entries of CALL, or its exits. */
void ctf_metadata_call(FILE *stream, unsigned int number, enum event_type type, struct call call);

#endif
