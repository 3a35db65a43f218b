/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pane: one part of the screen, as a const descriptor of what it draws and which keys it handles.
 *
 * Panes are drawn from a struct view, which holds all state kept from one key or report to the
 * next. A pane that has state keeps it in a struct of its own in there. To add a pane, add a file
 * with a descriptor, a row in the table of src/ui/pane.c, and a region in ui/layout.h. One thread.
 */
#ifndef STOP_UI_PANE_H
#define STOP_UI_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "out/log_tail.h"
#include "out/report.h"
#include "out/thread_column.h"
#include "out/transcript.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/layout.h"
#include "ui/menu.h"
#include "ui/prompt.h"
#include "ui/request.h"
#include "ui/row_hold.h"
#include "ui/settings.h"
#include "ui/table_view.h"

/* Size of a position in a border, including the final NUL. */
#define PANE_POSITION_MAX 96

/* Any number of lines. */
#define PANE_ANY_LINES    10000

/* One line of the table of threads. */
struct thread_line {
	const struct thread_row *row; /* of the report */
	int depth;                    /* in the tree; 0 without a tree */
};

/* The state of the threads pane. */
struct threads_state {
	struct table_view_state table_view;
	struct thread_order order;
	bool tree;        /* threads below their processes, processes below their parents */
	bool shows_ended; /* ended threads stay in the list */
	char filter[EDITLINE_MAX]; /* only threads that contain this text; "": all */
	struct thread_line *line;  /* of the report, filtered and in order; owned */
	size_t count;
};

/* The state of a scrolling pane of text: the detail, the output, the help. */
struct scroll_state {
	int top;    /* first line on the screen */
	int hidden; /* lines that did not fit when last drawn */
	int page;   /* lines that did fit */
};

/* Maximum number of calls that are hidden in the log one by one. */
#define LOG_HIDDEN_MAX 32

/* The state of the log. */
struct log_state {
	bool is_open;               /* it is shown, or was and may be again: it is collected */
	struct log_subject subject; /* what it is about */
	bool follows;               /* the last line is selected, also when there are new ones */
	uint64_t position, top;     /* numbers of the selected line, and of the first on the page */
	int page;                   /* lines that fit on it */
	bool is_opened;             /* the selected line is shown as a whole */
	uint64_t paused_end; /* if the screen is paused: no line from this number on is shown */
	struct call hidden[LOG_HIDDEN_MAX];
	size_t hidden_count;
	bool has_only; /* all but `only` are hidden */
	struct call only;
};

/* The state of the pane of signals. */
struct signals_state {
	bool is_open;
	pid_t tid; /* only those of this thread; 0: of all */
	struct scroll_state scroll;
};

/* A signal that the user wants sent. */
struct signal_request {
	pid_t pid; /* the process to send it to */
	char comm[TASK_COMM_SIZE];
	int signal;
};

/* The state of the pane of files and peers. */
struct files_state {
	struct table_view_state table_view;
	bool is_open; /* it is shown, or would be with more room: files are counted */
};

/* The state of the pane of what processes execute. */
struct processes_state {
	struct table_view_state table_view;
	bool is_open; /* it is shown, or would be with more room */
};

/* The state of the stacks pane. */
struct stacks_state {
	bool tree, modules; /* as in struct stack_list_how */
	bool chosen;        /* the user has opened or closed one; otherwise the hottest is open */
	const struct stack *opened; /* if chosen; NULL: none */
	size_t position, top, page; /* as in struct calls_state, of its lines */
	size_t count;               /* lines, as drawn last */
};

/* The state of the pane of what has changed since the baseline. */
struct changes_state {
	const char *text; /* its lines; NULL: it is not shown; not owned */
	struct scroll_state scroll;
};

/* Size of the longest message, including the final NUL. */
#define VIEW_MESSAGE_MAX 256

/* Which page of the help is open. */
enum help_page {
	HELP_CLOSED,
	HELP_KEYS,
	HELP_INFO, /* the engine, and what watching costs */
};

/* All state of the screen. */
struct view {
	const struct report *report;         /* what is shown; NULL before the first; not owned */
	const struct transcript *transcript; /* the command's output, or NULL; not owned */
	bool command_runs;                   /* the started command is still running */
	struct report_view wanted;           /* the chosen filter, order and subject */
	/* Of the filter key, and the previous one, if they are call sets; owned. */
	struct filter *filter, *old_filter;
	struct filter *selection; /* one that is none, until the event loop takes it; owned */
	char set_text[EDITLINE_MAX];
	struct settings settings;
	struct layout_choice choice; /* which panes are shown, and which has the focus */
	struct layout layout;        /* as drawn last */
	int lines[PANE_COUNT];       /* the most that each pane could use since the last key */
	struct row_hold hold;
	struct table_view_state calls;
	struct threads_state threads;
	struct stacks_state stacks;
	struct files_state files;
	struct processes_state processes;
	struct log_state log;
	struct log_tail *log_tail; /* its lines; not owned */
	struct signals_state signals;
	struct signals *signal_table; /* not owned */
	enum pane_id subject_pane;    /* whose selection the detail shows: a table's */
	struct scroll_state detail, output, help;
	enum help_page help_page;
	struct changes_state changes;
	const struct timeline *timeline; /* of a recording; NULL: there is none; not owned */
	bool paused;                     /* new reports are not shown */
	struct menu_state menu;
	bool takes_answer; /* of the menu, if that asks: see screen_take_answer() */
	struct prompt_state prompt;
	struct signal_request signal_request;
	char copied[LOG_TAIL_LINE];     /* text to copy */
	char manual[CALL_NAME_MAX];     /* call whose manual page is to be shown */
	char search[EDITLINE_MAX];      /* text of the last search */
	char message[VIEW_MESSAGE_MAX]; /* shown instead of the bar until the next key; "": none */
	bool is_error;                  /* the message reports an error */
	uint64_t message_ns;            /* when it came, by the reports; 0: before the first one */
	char news[VIEW_MESSAGE_MAX];    /* a message that waits until that one was read; "": none */
};

/* A pane's descriptor. A table has a table view, and functions only for what it does beyond that.
 */
struct pane {
	const char *name; /* for tests and debugging */
	int number;       /* with Alt, the key that selects it; 0: none. In its border */

	/* Writes the title in the border, escaped. NULL: it has no border. */
	void (*title)(const struct view *view, char buf[CELL_MAX]);

	/* The part of its contents that is shown, as last drawn: "1–18 of 46"; "": all. NULL: that
	 * of its table view, or nothing. */
	void (*position)(const struct view *view, char buf[PANE_POSITION_MAX]);

	/* How many lines it could use, in COLUMNS. NULL: those of its table view, or any number. */
	int (*lines)(const struct view *view, int columns);

	/* Draws VIEW into AREA, which is blank and has the size that the layout gives. NULL: draws
	 * the table view. */
	void (*draw)(struct view *view, struct area area);

	/* Handles the action of BINDING. UI_REQUEST_NONE if it is not for this pane. NULL: no keys
	 * but those of its table view. */
	enum ui_request (*handle_action)(struct view *view, const struct key_binding *binding);

	/* Adapts the state to a new report in VIEW. NULL: nothing depends on it but the selection
	 * in its table view. */
	void (*update)(struct view *view);

	/* Its rows if it is a table: for searching, sorting and the mouse. */
	const struct table_view *table_view;
};

/* The panes, indexed by enum pane_id. */
extern const struct pane *const panes[PANE_COUNT];

/* Whether the pane with ID is on the screen now; for those over the others, whether it is open. */
/* The pane over the others that gets all keys; PANE_COUNT: none does. */
enum pane_id pane_over(const struct view *view);

bool pane_is_open(const struct view *view, enum pane_id id);

/* Whether the pane with ID has the focus. */
bool pane_has_focus(const struct view *view, enum pane_id id);

/* Gives the focus to the pane with ID. */
enum ui_request pane_focus(struct view *view, enum pane_id id);

/* The table that sorting and searching apply to: that of the pane with the focus, or the calls. */
const struct table_view *pane_table_view(const struct view *view);

/* Shows TEXT, escaped, instead of the bar. */
void pane_message(struct view *view, bool is_error, const char *text);

/* What its descriptor says, or what all panes or tables do; see struct pane. */
int pane_lines(const struct view *view, enum pane_id id, int columns);
void pane_draw(struct view *view, enum pane_id id, struct area area);
void pane_draw_border(struct view *view, enum pane_id id, struct area area);
enum ui_request pane_handle_action(
	struct view *view, enum pane_id id, const struct key_binding *binding);
void pane_update(struct view *view, enum pane_id id);

/* Writes "1–18 of 46": PAGE lines from TOP on, of COUNT; "" if that is all. */
void pane_put_position(size_t top, size_t page, size_t count, char buf[PANE_POSITION_MAX]);

/* The same for STATE, as last drawn. */
void pane_scroll_position(const struct scroll_state *state, char buf[PANE_POSITION_MAX]);

/* Adapts STATE, which has LINES, to a page of ROWS. */
void pane_scroll_fit(struct scroll_state *state, int lines, int rows);

/* Scrolls STATE if the action of BINDING does; otherwise returns UI_REQUEST_NONE. */
enum ui_request pane_scroll(struct scroll_state *state, const struct key_binding *binding);

extern const struct pane header_pane;
extern const struct pane timeline_pane;
extern const struct pane verdict_pane;
extern const struct pane graphs_pane;
extern const struct pane busy_pane;
extern const struct pane calls_pane;
extern const struct pane stacks_pane;
extern const struct pane files_pane;
extern const struct pane processes_pane;
extern const struct pane threads_pane;
extern const struct pane detail_pane;
extern const struct pane log_pane;
extern const struct pane signals_pane;
extern const struct pane output_pane;
extern const struct pane bar_pane;
extern const struct pane changes_pane;
extern const struct pane help_pane;
extern const struct pane menu_pane;

/* The key shown in the bar at COLUMN, as last drawn; 0: none. */
uint32_t bar_pane_key(const struct view *view, int column);

/* As table_view_search(), in the log. */
bool log_pane_search(struct view *view, const char *text, int step);

/* The call of the selected line; false: it is about none. */
bool log_pane_call(const struct view *view, struct call *call);

/* Selects what contains TEXT in the pane with the focus. Like table_view_search(). */
bool pane_search(struct view *view, const char *text, int step);

/* Whether stacks are shown; stores whose in *SUBJECT. */
bool stacks_pane_watches(const struct view *view, struct report_subject *subject);

/* Handles a click on line ROW: selects it, and opens or closes the stack that begins there. */
enum ui_request stacks_pane_click(struct view *view, int row);

/* Writes the stacks that are shown to STREAM. */
void stacks_pane_write(const struct view *view, FILE *stream);

#endif
