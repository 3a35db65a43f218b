/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing processes on the terminal; see app/choose.h. */
#include "config.h"

#include "app/choose.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/message.h"
#include "app/signals.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"
#include "proc/cmdline.h"
#include "proc/processes.h"
#include "ui/chooser.h"
#include "ui/terminal.h"

/* The list is read so often; the first time again a little later, for the CPU times. */
#define REFRESH_NS NS_PER_S
#define FIRST_NS   (300 * NS_PER_MS)

/* At most so many processes can be chosen. */
#define CHOSEN_MAX 1024

/* What is remembered of a process from one list to the next. */
struct known {
	pid_t pid;
	bool is_current; /* it is in the present list */
	uint64_t cpu_ns;
	char comm[TASK_COMM_SIZE]; /* with another name, the command line is another, too */
	char command[CHOOSER_COMMAND_MAX];
};

struct choosing {
	struct chooser chooser;
	struct terminal *terminal;
	struct canvas *canvas;
	const char *name; /* only processes called this; NULL: all */
	struct map known; /* struct known by PID; owned */
	uint64_t read_ns; /* when the list was read; 0: never */
	int status;       /* the exit status that a signal asks for, or 0 */
};

bool choose_is_end(int signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

static void escape(const char *text, char *buf, size_t size)
{
	text_escape(text, strlen(text), buf, size);
}

/* What is known of PROCESS; its command line is read once. */
static struct known *known_of(struct choosing *choosing, const struct proc_process *process)
{
	struct known *known = map_get(&choosing->known, (uint64_t)process->pid);
	char command[CMDLINE_MAX];
	if (known && strcmp(known->comm, process->stat.comm) == 0)
		return known;
	if (!known) {
		known = xcalloc(1, sizeof(*known));
		known->pid = process->pid;
		known->cpu_ns = UINT64_MAX;
		map_put(&choosing->known, (uint64_t)process->pid, known);
	}
	memcpy(known->comm, process->stat.comm, sizeof(known->comm));
	cmdline_read(process->pid, command, sizeof(command));
	escape(command, known->command, sizeof(known->command));
	return known;
}

/* Makes ROW of PROCESS, ELAPSED_NS after the previous list. */
static void make_row(struct choosing *choosing, const struct proc_process *process,
	uint64_t elapsed_ns, struct chooser_process *row)
{
	struct known *known = known_of(choosing, process);
	uint64_t cpu_ns = process->stat.user_ns + process->stat.system_ns;
	*row = (struct chooser_process){
		.pid = process->pid,
		.threads = process->stat.threads,
		.cpu = known->cpu_ns > cpu_ns
	                       ? (double)NAN
	                       : (double)(cpu_ns - known->cpu_ns) / (double)elapsed_ns,
	};
	known->cpu_ns = cpu_ns;
	known->is_current = true;
	escape(process->stat.comm, row->name, sizeof(row->name));
	memcpy(row->command, known->command, sizeof(row->command));
}

/* Forgets the processes that are not in the present list. */
static void forget_ended(struct choosing *choosing)
{
	struct tid_list ended = {0};
	struct known *known;
	MAP_FOR_EACH (&choosing->known, at, known) {
		if (!known->is_current)
			tid_list_add(&ended, known->pid);
		known->is_current = false;
	}
	for (size_t i = 0; i < ended.count; i++)
		free(map_remove(&choosing->known, (uint64_t)ended.tid[i]));
	tid_list_clear(&ended);
}

static void read_list(struct choosing *choosing)
{
	struct proc_process *list;
	uint64_t now_ns = clock_now_ns(), elapsed_ns = now_ns - choosing->read_ns;
	size_t count, kept = 0;
	if (proc_processes(&list, &count) < 0)
		return;
	struct chooser_process *rows = xcalloc(count + 1, sizeof(*rows));
	for (size_t i = 0; i < count; i++) {
		if (!choosing->name || proc_process_is_called(&list[i], choosing->name))
			make_row(choosing, &list[i], elapsed_ns, &rows[kept++]);
	}
	free(list);
	forget_ended(choosing);
	choosing->read_ns = now_ns;
	chooser_set(&choosing->chooser, rows, kept);
}

static void resize(struct choosing *choosing)
{
	int rows, columns;
	terminal_resize(choosing->terminal, &rows, &columns);
	canvas_free(choosing->canvas);
	choosing->canvas = canvas_new(rows, columns);
}

static void draw(struct choosing *choosing)
{
	canvas_clear(choosing->canvas);
	chooser_draw(&choosing->chooser, canvas_area(choosing->canvas));
	terminal_flush(choosing->terminal, choosing->canvas);
}

static void suspend(struct choosing *choosing)
{
	terminal_suspend(choosing->terminal);
	do
		signals_stop_self();
	while (terminal_is_background());
	terminal_resume(choosing->terminal);
	resize(choosing);
}

/* Handles the keys that there are. */
static enum chooser_answer read_keys(struct choosing *choosing)
{
	uint32_t key;
	int result;
	while ((result = terminal_key(choosing->terminal, &key)) > 0) {
		enum chooser_answer answer = chooser_key(&choosing->chooser, key);
		if (answer == CHOOSER_SUSPEND)
			suspend(choosing);
		else if (answer != CHOOSER_OPEN)
			return answer;
	}
	return result < 0 ? CHOOSER_QUIT : CHOOSER_OPEN;
}

static enum chooser_answer read_signals(struct choosing *choosing)
{
	struct signal_source source;
	for (int signal; (signal = signals_next(&source)) != 0;) {
		if (choose_is_end(signal)) {
			choosing->status = SIGNALS_STATUS + signal;
			return CHOOSER_QUIT;
		}
		if (signal == SIGWINCH)
			resize(choosing);
		else if (signal == SIGTSTP)
			suspend(choosing);
	}
	return CHOOSER_OPEN;
}

/* Shows the list until the user has decided. */
static enum chooser_answer ask(struct choosing *choosing)
{
	enum chooser_answer answer = CHOOSER_OPEN;
	uint64_t next_ns = clock_now_ns() + FIRST_NS;
	while (answer == CHOOSER_OPEN) {
		struct pollfd fd = {.fd = terminal_fd(choosing->terminal),
			.events = terminal_events(choosing->terminal)};
		draw(choosing);
		uint64_t now_ns = clock_now_ns();
		if (now_ns >= next_ns) {
			read_list(choosing);
			next_ns = now_ns + REFRESH_NS;
			continue;
		}
		signals_poll(&fd, 1, (int)((next_ns - now_ns) / NS_PER_MS) + 1);
		answer = read_signals(choosing);
		if (answer == CHOOSER_OPEN && fd.revents)
			answer = read_keys(choosing);
	}
	return answer;
}

static void set_title(struct choosing *choosing)
{
	char shown[CHOOSER_NAME_MAX];
	if (choosing->name)
		snprintf(choosing->chooser.title, CHOOSER_TITLE_MAX,
			"stop: which of the processes called \"%s\"?",
			text_escape(choosing->name, strlen(choosing->name), shown, sizeof(shown)));
	else
		snprintf(choosing->chooser.title, CHOOSER_TITLE_MAX,
			"stop: choose a process to attach to");
}

static void clear(struct choosing *choosing)
{
	struct known *known;
	MAP_FOR_EACH (&choosing->known, at, known)
		free(known);
	map_clear(&choosing->known);
	canvas_free(choosing->canvas);
	chooser_clear(&choosing->chooser);
}

/* Adds what the user has chosen to CHOICE. */
static void take_chosen(struct target_choice *choice, const struct chooser *chooser)
{
	pid_t pids[CHOSEN_MAX];
	size_t count = chooser_chosen(chooser, pids, CHOSEN_MAX);
	for (size_t i = 0; i < count; i++)
		tid_list_add(&choice->pids, pids[i]);
	choice->is_asked = true;
}

static int open_terminal(struct target_choice *choice)
{
	char reason[256];
	if (!choice->terminal && terminal_open(&choice->terminal, reason, sizeof(reason)) < 0) {
		message("%s", reason);
		return 1;
	}
	terminal_theme(choice->terminal, choice->theme);
	return 0;
}

int choose_from(struct target_choice *choice, const char *name, const char *refused)
{
	struct choosing choosing = {.name = name};
	signals_take();
	int status = open_terminal(choice);
	if (status)
		return status;
	choosing.terminal = choice->terminal;
	set_title(&choosing);
	if (refused)
		text_escape(refused, strlen(refused), choosing.chooser.message,
			sizeof(choosing.chooser.message));
	resize(&choosing);
	read_list(&choosing);
	if (ask(&choosing) == CHOOSER_CHOSEN)
		take_chosen(choice, &choosing.chooser);
	else
		tid_list_clear(&choice->pids);
	clear(&choosing);
	return choosing.status;
}
