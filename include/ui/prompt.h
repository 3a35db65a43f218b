/*
 * A prompt: a line at the bottom in which the user types, with what is wrong with it beside it.
 *
 * Each prompt is a const descriptor (src/ui/prompts.c has them). What was typed before comes back
 * with Up and Down. One thread.
 */
#ifndef STOP_UI_PROMPT_H
#define STOP_UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/editline.h"
#include "ui/request.h"

struct view;

/* Longest message about what is typed, with the final NUL. */
#define PROMPT_ERROR_MAX 160

/* Texts that each prompt remembers. */
#define PROMPT_RECALL    16

/* The prompts. */
enum prompt_id {
	PROMPT_SEARCH,
	PROMPT_FILTER,         /* calls, by a call set */
	PROMPT_FILTER_THREADS, /* threads, by a text */
	PROMPT_DELAY,
	PROMPT_COUNT,
};

struct prompt {
	const char *label;
	const char *hint; /* shown while nothing is typed */
	/* What is there to begin with. NULL: nothing. */
	void (*begin)(const struct view *view, char text[EDITLINE_MAX]);
	/* At every change: does it, where that can be done at once, or says in ERROR what is
	 * wrong. */
	enum ui_request (*type)(struct view *view, const char *text, char error[PROMPT_ERROR_MAX]);
	/* At Enter, where type() found nothing wrong. */
	enum ui_request (*accept)(struct view *view, const char *text);
};

extern const struct prompt prompts[PROMPT_COUNT];

/* What a prompt has been given before; texts are owned. */
struct prompt_recall {
	char *text[PROMPT_RECALL]; /* the newest first; NULL where there are fewer */
};

/* What the screen remembers of prompts. */
struct prompt_state {
	const struct prompt *open; /* NULL: none is */
	enum prompt_id id;
	struct editline line;
	char error[PROMPT_ERROR_MAX]; /* what is wrong with the text; "": nothing */
	int recalled;                 /* which of the earlier texts is shown; -1: the new one */
	struct prompt_recall recall[PROMPT_COUNT];
};

/* Opens prompt ID. */
enum ui_request prompt_open(struct view *view, enum prompt_id id);

/* A key while a prompt is open. */
enum ui_request prompt_key(struct view *view, uint32_t key);

/* Draws the open prompt into AREA, one line. */
void prompt_draw(const struct view *view, struct area area);

/* Frees what STATE remembers. */
void prompt_clear(struct prompt_state *state);

#endif
