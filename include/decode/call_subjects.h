/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a call is about, for filters: the descriptors among its arguments, the paths and addresses
 * that these name, and what the descriptors were at that moment.
 *
 * Everything is from an EVENT_DETAIL and the namer. Text of the target stays as it is. One owner at
 * a time.
 */
#ifndef STOP_DECODE_CALL_SUBJECTS_H
#define STOP_DECODE_CALL_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/syscall.h"
#include "event/filter.h"

struct descriptor_namer;

/* Maximum number of subjects of a call, and the size of all their names. */
#define CALL_SUBJECTS_MAX      1024
#define CALL_SUBJECTS_ROOM_MAX (64 << 10)

struct call_subjects {
	struct filter_objects objects;  /* first: for filters */
	struct descriptor_namer *namer; /* not owned; NULL: it is not known what descriptors are */
	struct filter_object object[CALL_SUBJECTS_MAX]; /* of the last call */
	size_t count;
	bool is_cut;                       /* there were more, or they were not there */
	char room[CALL_SUBJECTS_ROOM_MAX]; /* their names */
	size_t used;
};

/* Makes SUBJECTS one of NAMER, or NULL. */
void call_subjects_init(struct call_subjects *subjects, struct descriptor_namer *namer);

/* Whether descriptors of CALL are in its memory, which has to be requested as INTEREST_DATA. */
bool call_subjects_need_data(struct call call);

#endif
