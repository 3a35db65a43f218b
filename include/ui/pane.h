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
#include "out/thread_column.h"
#include "out/transcript.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/layout.h"
#include "ui/menu.h"
#include "ui/prompt.h"
#include "ui/request.h"
#include "ui/settings.h"
#include "ui/table_view.h"

/* One line of the table_view of threads. */
struct thread_line {
	const struct thread_row *row; /* of the report */
	int depth;                    /* in the tree: below so many others; 0 without a tree */
};

/* What the threads remember. */
struct threads_state {
	struct table_view_state table_view;
	struct thread_order order;
	bool tree;                 /* threads below their processes, these below their parents */
	char filter[EDITLINE_MAX]; /* only threads with this text somewhere; "": all */
	struct thread_line *line;  /* of the report, filtered and in order; owned */
	size_t count;
};

/* A pane of text that scrolls: the detail, the output, the help. */
struct scroll_state {
	int top;    /* its first line on the screen */
	int hidden; /* lines that did not fit when it was drawn last */
	int page;   /* lines that did */
};

/* What the user asked the loop for. */
struct signal_request {
	pid_t pid; /* of the process that UI_REQUEST_SIGNAL is about */
	char comm[TASK_COMM_SIZE];
	int signal;
};

/* What the stacks remember. */
struct stacks_state {
	bool tree, modules; /* as in struct stack_list_how */
	bool chosen;        /* the user has opened or closed one; else the hottest is open */
	const struct stack *opened; /* where chosen; NULL: none */
	size_t position, top, page; /* as in struct calls_state, of its lines */
};

/* Longest message, with the final NUL. */
#define VIEW_MESSAGE_MAX 256

/* Everything that the screen remembers. */
struct view {
	const struct report *report;         /* what is shown; NULL before the first; not owned */
	const struct transcript *transcript; /* the command's output, or NULL; not owned */
	bool command_runs;                   /* the command that was started does */
	struct report_view wanted;           /* filter, order and subject that are chosen */
	struct callset *set, *old_set;       /* of the filter key, and the one before; owned */
	char set_text[EDITLINE_MAX];
	struct settings settings;
	struct layout_choice choice; /* which panes are shown; its focus has the keys */
	struct layout layout;        /* as drawn last */
	struct table_view_state calls;
	struct threads_state threads;
	struct stacks_state stacks;
	enum pane_id subject_pane; /* whose selection the detail is about: calls or threads */
	struct scroll_state detail, output, help;
	bool help_open;
	bool paused; /* reports are not followed */
	struct menu_state menu;
	struct prompt_state prompt;
	struct signal_request request;
	char search[EDITLINE_MAX];      /* what was searched last */
	char message[VIEW_MESSAGE_MAX]; /* in place of the bar until the next key; "": none */
	bool is_error;                  /* the message tells of something that went wrong */
};

/* A pane's descriptor. */
struct pane {
	const char *name; /* for tests and people */

	/* Draws VIEW into AREA, which is blank and as large as the layout says. */
	void (*draw)(struct view *view, struct area area);

	/* Does what BINDING asks for. UI_REQUEST_NONE where it is not for this pane. NULL: no keys.
	 */
	enum ui_request (*handle_action)(struct view *view, const struct key_binding *binding);

	/* Follows a new report in VIEW. NULL where nothing depends on it. */
	void (*update)(struct view *view);

	/* The rows that it shows, where it is a table_view: for searching, sorting and the mouse.
	 */
	const struct table_view *table_view;
};

/* The panes, indexed by enum pane_id. */
extern const struct pane *const panes[PANE_COUNT];

/* Whether the pane with ID is on the screen now; those over the others where they are open. */
bool pane_is_open(const struct view *view, enum pane_id id);

/* Whether the keys go to the pane with ID. */
bool pane_has_focus(const struct view *view, enum pane_id id);

/* Has the keys go to the pane with ID. */
enum ui_request pane_focus(struct view *view, enum pane_id id);

/* The table_view to which sorting and searching go: that of the pane with the keys, or the calls'.
 */
const struct table_view *pane_table_view(const struct view *view);

/* Says TEXT, escaped, in the place of the bar. */
void pane_message(struct view *view, bool is_error, const char *text);

/* Draws TITLE as the first line of a pane that has no columns. */
void pane_title(const struct view *view, enum pane_id id, struct area area, const char *title);

/* Scrolls STATE by what BINDING asks for. UI_REQUEST_NONE where that is nothing. */
enum ui_request pane_scroll(struct scroll_state *state, const struct key_binding *binding);

extern const struct pane header_pane;
extern const struct pane calls_pane;
extern const struct pane stacks_pane;
extern const struct pane threads_pane;
extern const struct pane detail_pane;
extern const struct pane output_pane;
extern const struct pane bar_pane;
extern const struct pane help_pane;
extern const struct pane menu_pane;

/* The key that the bar shows at COLUMN, as drawn last; 0: none. */
uint32_t bar_pane_key(const struct view *view, int column);

/* Whether stacks are looked at: those of *SUBJECT. */
bool stacks_pane_watches(const struct view *view, struct report_subject *subject);

/* A click on line ROW of the stacks: selects it, and opens or closes the stack that begins there.
 */
enum ui_request stacks_pane_click(struct view *view, int row);

/* Writes the stacks that are looked at to STREAM. */
void stacks_pane_write(const struct view *view, FILE *stream);

#endif
