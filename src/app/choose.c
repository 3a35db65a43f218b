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
#include "base/text.h"
#include "proc/processes.h"
#include "ui/chooser.h"
#include "ui/terminal.h"

/* How often the list is read; the second time after FIRST_NS, for the CPU times. */
#define REFRESH_NS NS_PER_S
#define FIRST_NS   (300 * NS_PER_MS)

/* Maximum number of processes that can be chosen. */
#define CHOSEN_MAX 1024

struct choosing {
	struct chooser chooser;
	struct terminal *terminal;
	struct canvas *canvas;
	const char *name; /* only processes called this; NULL: all */
	struct proc_commands commands;
	struct proc_process *list; /* the processes when they were read last; owned */
	size_t count;
	uint64_t read_ns; /* when that was */
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

static uint64_t cpu_ns(const struct proc_process *process)
{
	return process->stat.user_ns + process->stat.system_ns;
}

/* The share of a CPU that PROCESS has used since the previous list, ELAPSED_NS ago, or NAN. */
static double cpu_share(
	const struct choosing *choosing, const struct proc_process *process, uint64_t elapsed_ns)
{
	const struct proc_process *before = proc_processes_find(
		choosing->list, choosing->count, process->pid);
	/* Another process may have the same number by now. */
	if (!before || cpu_ns(before) > cpu_ns(process))
		return (double)NAN;
	return (double)(cpu_ns(process) - cpu_ns(before)) / (double)elapsed_ns;
}

/* Replaces the NUL after each of the SIZE bytes of WORDS but the last by a blank. */
static void join_words(char *words, size_t size)
{
	while (size && !words[size - 1])
		size--;
	for (size_t i = 0; i < size; i++) {
		if (!words[i])
			words[i] = ' ';
	}
}

/* Makes ROW of PROCESS. */
static void make_row(struct choosing *choosing, const struct proc_process *process,
	uint64_t elapsed_ns, struct chooser_process *row)
{
	struct proc_command command = *proc_commands_read(&choosing->commands, process);
	*row = (struct chooser_process){
		.pid = process->pid,
		.threads = process->stat.threads,
		.cpu = cpu_share(choosing, process, elapsed_ns),
	};
	join_words(command.words, command.size);
	escape(process->stat.comm, row->name, sizeof(row->name));
	escape(command.words, row->command, sizeof(row->command));
}

/* Lists the processes to choose from. Returns 0 or -errno. */
static int list_processes(struct choosing *choosing, struct proc_process **list, size_t *count)
{
	if (choosing->name)
		return proc_processes_called(&choosing->commands, choosing->name, list, count);
	int result = proc_processes(list, count);
	if (result == 0)
		proc_commands_keep(&choosing->commands, *list, *count);
	return result;
}

static void read_list(struct choosing *choosing)
{
	struct proc_process *list;
	uint64_t now_ns = clock_now_ns(), elapsed_ns = now_ns - choosing->read_ns;
	size_t count;
	if (list_processes(choosing, &list, &count) < 0)
		return;
	struct chooser_process *rows = xcalloc(count + 1, sizeof(*rows));
	for (size_t i = 0; i < count; i++)
		make_row(choosing, &list[i], elapsed_ns, &rows[i]);
	free(choosing->list);
	choosing->list = list;
	choosing->count = count;
	choosing->read_ns = now_ns;
	chooser_set(&choosing->chooser, rows, count);
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

static enum chooser_answer suspend(struct choosing *choosing);

/* Handles the signals that have arrived. */
static enum chooser_answer read_signals(struct choosing *choosing)
{
	enum chooser_answer answer = CHOOSER_OPEN;
	struct signal_source source;
	for (int signal; answer == CHOOSER_OPEN && (signal = signals_next(&source)) != 0;) {
		if (choose_is_end(signal)) {
			choosing->status = SIGNALS_STATUS + signal;
			answer = CHOOSER_QUIT;
		} else if (signal == SIGWINCH) {
			resize(choosing);
		} else if (signal == SIGTSTP) {
			answer = suspend(choosing);
		}
	}
	return answer;
}

/*
 * Stops this process until it is continued in the foreground, or asked to end: a shell's `kill %1`
 * continues it in the background, where it may not use the terminal.
 */
static enum chooser_answer suspend(struct choosing *choosing)
{
	enum chooser_answer answer;
	terminal_suspend(choosing->terminal);
	do {
		signals_stop_self();
		signals_poll(NULL, 0, 0);
		answer = read_signals(choosing);
	} while (answer == CHOOSER_OPEN && terminal_is_background());
	if (answer == CHOOSER_OPEN) {
		terminal_resume(choosing->terminal);
		resize(choosing);
	}
	return answer;
}

/* Handles the keys that there are. */
static enum chooser_answer read_keys(struct choosing *choosing)
{
	enum chooser_answer answer = CHOOSER_OPEN;
	uint32_t key;
	int result = 0;
	while (answer == CHOOSER_OPEN && (result = terminal_key(choosing->terminal, &key)) > 0) {
		answer = chooser_key(&choosing->chooser, key);
		if (answer == CHOOSER_SUSPEND)
			answer = suspend(choosing);
	}
	return result < 0 ? CHOOSER_QUIT : answer;
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
	proc_commands_clear(&choosing->commands);
	free(choosing->list);
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
		choice->is_left = true;
	clear(&choosing);
	return choosing.status;
}
