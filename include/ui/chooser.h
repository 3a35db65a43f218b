/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process chooser: a list of processes to attach to, shown before anything is traced. Typing
 * filters it; Space marks several.
 *
 * A value with its keys and its drawing; it knows no terminal and reads nothing. One thread.
 */
#ifndef STOP_UI_CHOOSER_H
#define STOP_UI_CHOOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ui/canvas.h"
#include "ui/editline.h"

/* Sizes of texts, including the final NUL. All are escaped. */
#define CHOOSER_NAME_MAX    64
#define CHOOSER_COMMAND_MAX 512
#define CHOOSER_TITLE_MAX   128
#define CHOOSER_MESSAGE_MAX 512

/* A process. */
struct chooser_process {
	pid_t pid;
	double cpu; /* share of one CPU since the previous list; NAN: unknown */
	unsigned int threads;
	size_t rank; /* used by the chooser: its place, before the CPU time decides */
	char name[CHOOSER_NAME_MAX];       /* of its leader */
	char command[CHOOSER_COMMAND_MAX]; /* its command line; "": unknown */
};

/* What a key has led to. */
enum chooser_answer {
	CHOOSER_OPEN,    /* it goes on */
	CHOOSER_CHOSEN,  /* chooser_chosen() says which */
	CHOOSER_QUIT,    /* none */
	CHOOSER_SUSPEND, /* ^Z */
};

struct chooser {
	char title[CHOOSER_TITLE_MAX];
	char message[CHOOSER_MESSAGE_MAX]; /* instead of the keys, until the next key; "": none */
	struct editline filter;            /* only processes that contain this text are shown */
	struct chooser_process *process;   /* in the order shown, filtered or not; owned */
	size_t count;
	size_t *shown; /* indexes of those that match the filter; owned */
	size_t shown_count;
	pid_t *marked; /* owned */
	size_t marked_count;
	bool keeps_order; /* the user has moved: rows stay where they are */
	pid_t selected;   /* 0: the first row */
	size_t position;  /* its row */
	size_t top, page; /* the first row on the screen, and how many rows there are */
};

/* The zero value has no processes. Frees what CHOOSER owns. */
void chooser_clear(struct chooser *chooser);

/*
 * Replaces the processes by the COUNT of LIST, which it takes over. The busiest come first, until
 * the user moves: then rows stay where they are, and new processes come last.
 */
void chooser_set(struct chooser *chooser, struct chooser_process *list, size_t count);

/* Draws CHOOSER into AREA. */
void chooser_draw(struct chooser *chooser, struct area area);

/* Applies KEY (ui/keys.h). */
enum chooser_answer chooser_key(struct chooser *chooser, uint32_t key);

/*
 * The processes that were chosen: those marked, or the selected one. Returns their number and
 * stores up to MAX of them in PIDS, in the order shown.
 */
size_t chooser_chosen(const struct chooser *chooser, pid_t *pids, size_t max);

#endif
