/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A prompt: a line at the bottom in which the user types, with an error message beside it.
 *
 * Each prompt is a const descriptor (in src/ui/prompts.c). Up and Down recall earlier texts. One
 * thread.
 */
#ifndef STOP_UI_PROMPT_H
#define STOP_UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/editline.h"
#include "ui/request.h"

struct view;

/* Size of the longest error message, including the final NUL. */
#define PROMPT_ERROR_MAX 160

/* Number of earlier texts that each prompt remembers. */
#define PROMPT_RECALL    16

/* The prompts. */
enum prompt_id {
	PROMPT_SEARCH,
	PROMPT_FILTER,         /* calls, by a call set */
	PROMPT_FILTER_THREADS, /* threads, by text */
	PROMPT_DELAY,
	PROMPT_COUNT,
};

struct prompt {
	const char *label;
	const char *hint; /* shown while the text is empty */
	/* The initial text. NULL: none. */
	void (*begin)(const struct view *view, char text[EDITLINE_MAX]);
	/* At every change: applies TEXT if that can be done while typing, or sets ERROR if it is
	 * invalid. */
	enum ui_request (*type)(struct view *view, const char *text, char error[PROMPT_ERROR_MAX]);
	/* At Tab: replaces what is before the cursor of LINE by what it can be completed to. NULL:
	 * nothing. */
	void (*complete)(struct editline *line);
	/* What can be typed at the cursor of LINE, into HINTS, which is "". NULL: nothing is known.
	 */
	void (*suggest)(const struct editline *line, char hints[PROMPT_ERROR_MAX]);
	/* At Enter, if type() set no error. */
	enum ui_request (*accept)(struct view *view, const char *text);
};

extern const struct prompt prompts[PROMPT_COUNT];

/* Earlier texts of a prompt; owned. */
struct prompt_recall {
	char *text[PROMPT_RECALL]; /* the newest first; NULL if there are fewer */
};

/* The state of prompts. */
struct prompt_state {
	const struct prompt *open; /* NULL: none */
	enum prompt_id id;
	struct editline line;
	char error[PROMPT_ERROR_MAX]; /* why the text is invalid; "": it is valid */
	size_t wrong_at, wrong_size; /* the part of the text that is; set by type(), size 0: none */
	char hints[PROMPT_ERROR_MAX]; /* what can be typed next; "": nothing is known */
	int recalled;                 /* index of the earlier text that is shown; -1: the new one */
	struct prompt_recall recall[PROMPT_COUNT];
};

/* Opens prompt ID. */
enum ui_request prompt_open(struct view *view, enum prompt_id id);

/* Handles a key while a prompt is open. */
enum ui_request prompt_key(struct view *view, uint32_t key);

/* Inserts CODE, a character of a text that was pasted; ends of lines and the like are left out. */
enum ui_request prompt_paste(struct view *view, uint32_t code);

/* Draws the open prompt into AREA, one line. */
void prompt_draw(const struct view *view, struct area area);

/* Frees the earlier texts in STATE. */
void prompt_clear(struct prompt_state *state);

#endif
