/*
 * A pane: one part of the screen, as a const descriptor of what it draws and which keys it takes.
 *
 * Panes are drawn from a struct view, which holds everything that the screen remembers from one key
 * or report to the next. A pane that needs to remember something has a struct of its own in there.
 * A new pane is a file with a descriptor, a row in the table of src/ui/pane.c, and a region in
 * ui/layout.h. One thread.
 */
#ifndef STOP_UI_PANE_H
#define STOP_UI_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "out/report.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/layout.h"

/* What is to be done after a key. */
enum verdict {
	VERDICT_NONE,        /* nothing: the key was not for anybody */
	VERDICT_REDRAW,      /* draw: what is shown has changed, the report has not */
	VERDICT_REPORT,      /* make a report for the view, which has changed; then draw */
	VERDICT_REPAINT,     /* draw, and send every cell anew */
	VERDICT_SNAPSHOT,    /* write one, and say where with screen_message() */
	VERDICT_SAVE_STACKS, /* write the stacks that are shown, and say where */
	VERDICT_QUIT,
};

/* What the table of calls remembers. */
struct calls_state {
	bool pinned;          /* a call is selected; else the first row is, whichever it is */
	struct call selected; /* where pinned: which call */
	size_t position;      /* row of the selection in the report */
	size_t top;           /* row of the report that is the first on the screen */
	size_t page;          /* rows of calls that were drawn last */
};

/* What the help remembers. */
struct help_state {
	bool open;
	int top;    /* its first line on the screen */
	int hidden; /* lines that did not fit when it was drawn last */
};

/* What the stacks remember. */
struct stacks_state {
	bool open;
	bool tree, modules; /* as in struct stack_list_how */
	bool chosen;        /* the user has opened or closed one; else the hottest is open */
	const struct stack *opened; /* where chosen; NULL: none */
	size_t position, top, page; /* as in struct calls_state, of its lines */
};

/* Longest message, with the final NUL. */
#define VIEW_MESSAGE_MAX 256

/* Everything that the screen remembers. */
struct view {
	const struct report *report; /* what is shown; NULL before the first; not owned */
	struct report_view wanted;   /* filter and order that the user has chosen */
	struct calls_state calls;
	struct stacks_state stacks;
	struct help_state help;
	char message[VIEW_MESSAGE_MAX]; /* in place of the bar until the next key; "": none */
	bool is_error;                  /* the message tells of something that went wrong */
};

/* A pane's descriptor. */
struct pane {
	const char *name; /* for tests and people */

	/* Draws VIEW into AREA, which is blank and as large as the layout says. */
	void (*draw)(struct view *view, struct area area);

	/* Does what BINDING asks for. VERDICT_NONE where it is not for this pane. NULL: no keys. */
	enum verdict (*act)(struct view *view, const struct key_binding *binding);

	/* Follows a new report in VIEW. NULL where nothing depends on it. */
	void (*update)(struct view *view);
};

/* The panes, indexed by enum pane_id. */
extern const struct pane *const panes[PANE_COUNT];

/* Whether the pane with ID is on the screen now. */
bool pane_is_open(const struct view *view, enum pane_id id);

extern const struct pane header_pane;
extern const struct pane calls_pane;
extern const struct pane stacks_pane;
extern const struct pane bar_pane;
extern const struct pane help_pane;

/* Whether the stacks of a call are looked at: *CALL. */
bool stacks_pane_watches(const struct view *view, struct call *call);

/* Writes the stacks that are looked at to STREAM. */
void stacks_pane_write(const struct view *view, FILE *stream);

#endif
