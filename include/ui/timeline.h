/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a recording is played, and what there is in it: one line of the screen. */
#ifndef STOP_UI_TIMELINE_H
#define STOP_UI_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

/* What is marked on the line; bits. */
enum timeline_mark {
	MARK_ERROR = 1, /* a call has failed */
	MARK_LONG = 2,  /* a call that was not made in order to wait took long */
	MARK_BIRTH = 4, /* a process or thread was created */
};

/* Number of parts of equal length in which marks are kept. */
#define TIMELINE_PARTS 512

struct timeline {
	uint64_t begin_ns, end_ns, now_ns; /* times of the recording */
	int speed;                         /* it is played 2^speed times as fast as it was */
	bool is_paused;
	bool is_scanned;              /* all marks are known */
	uint8_t mark[TIMELINE_PARTS]; /* bits of enum timeline_mark */
};

#endif
