/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes by name; see app/target_choice.h. */
#include "config.h"

#include "app/target_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/choose.h"
#include "app/message.h"
#include "app/signals.h"
#include "base/text.h"
#include "proc/processes.h"
#include "ui/terminal.h"

/* How often a process that is waited for is looked for. */
#define WAIT_MS   100

/* How many processes an error message lists. */
#define LISTED    8
#define SHOWN_MAX 64

static const char *quoted(const char *text, char buf[SHOWN_MAX])
{
	return text_escape(text, strlen(text), buf, SHOWN_MAX);
}

static bool has(const struct tid_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tid[i] == pid)
			return true;
	}
	return false;
}

pid_t target_choice_service(
	struct proc_commands *commands, const char *name, const struct tid_list *except)
{
	struct proc_process *list;
	size_t count, services = 0;
	pid_t service = 0;
	if (proc_processes_called(commands, name, &list, &count) < 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (proc_processes_find(list, count, list[i].stat.parent) ||
			has(except, list[i].pid))
			continue;
		service = list[i].pid;
		services++;
	}
	free(list);
	return services == 1 ? service : 0;
}

/* A message needs the screen of before. */
static void close_terminal(struct target_choice *choice)
{
	terminal_close(choice->terminal);
	choice->terminal = NULL;
}

/* Several processes are called NAME, and nobody can be asked which is meant. Returns 1. */
static int refuse_several(const char *name, const struct proc_process *list, size_t count)
{
	char shown[SHOWN_MAX], pids[LISTED * 12 + 8] = "";
	size_t used = 0;
	for (size_t i = 0; i < count && i < LISTED; i++)
		used += (size_t)snprintf(
			pids + used, sizeof(pids) - used, "%s%d", i ? ", " : "", (int)list[i].pid);
	message("%zu processes are called \"%s\": say which with -p PID (%s%s)", count,
		quoted(name, shown), pids, count > LISTED ? ", ..." : "");
	return 1;
}

static int refuse_none(const char *name)
{
	char shown[SHOWN_MAX];
	message("no process named \"%s\" (--wait waits for one)", quoted(name, shown));
	return 1;
}

/* Waits until there is a process called NAME. Returns 0 with it in *PID, or 128 + a signal. */
static int wait_for(const char *name, pid_t *pid)
{
	static const struct tid_list none;
	struct proc_commands commands = {0};
	struct signal_source source;
	char shown[SHOWN_MAX];
	int signal = 0;
	signals_take();
	message("waiting for a process named \"%s\"", quoted(name, shown));
	while (!choose_is_end(signal) && !(*pid = target_choice_service(&commands, name, &none))) {
		signals_poll(NULL, 0, WAIT_MS);
		signal = signals_next(&source);
	}
	proc_commands_clear(&commands);
	return choose_is_end(signal) ? SIGNALS_STATUS + signal : 0;
}

/* Adds the process called NAME to CHOICE. Returns 0 or an exit status after a message. */
static int add_called(struct target_choice *choice, const char *name, const char *refused)
{
	struct proc_commands commands = {0};
	struct proc_process *list;
	size_t count;
	int status = 0;
	proc_processes_called(&commands, name, &list, &count);
	proc_commands_clear(&commands);
	pid_t pid = count == 1 ? list[0].pid : 0;
	if (count == 0)
		close_terminal(choice);
	if (count == 0 && choice->options->wait_for_target)
		status = wait_for(name, &pid);
	else if (count == 0)
		status = refuse_none(name);
	else if (count > 1 && choice->options->mode == OPTIONS_INTERACTIVE)
		status = choose_from(choice, name, refused);
	else if (count > 1)
		status = refuse_several(name, list, count);
	if (pid)
		tid_list_add(&choice->pids, pid);
	free(list);
	return status;
}

/* Decides by which name a successor would be found. */
static void choose_name(struct target_choice *choice)
{
	const struct options *options = choice->options;
	char comm[TASK_COMM_SIZE] = "";
	if (options->name_count)
		snprintf(choice->name, sizeof(choice->name), "%s", options->names[0]);
	else if (options->pid_count && proc_comm(options->pids[0], comm) == 0)
		snprintf(choice->name, sizeof(choice->name), "%s", comm);
}

int target_choice_make(
	struct target_choice *choice, const struct options *options, const char *refused)
{
	int status = 0;
	choice->options = options;
	choice->is_asked = choice->is_left = false;
	tid_list_clear(&choice->pids);
	choose_name(choice);
	for (size_t i = 0; i < options->pid_count; i++)
		tid_list_add(&choice->pids, options->pids[i]);
	for (size_t i = 0; i < options->name_count && status == 0 && !choice->is_left; i++)
		status = add_called(choice, options->names[i], refused);
	if (options->asks_for_target)
		status = choose_from(choice, NULL, refused);
	return status;
}

void target_choice_clear(struct target_choice *choice)
{
	close_terminal(choice);
	tid_list_clear(&choice->pids);
	*choice = (struct target_choice){0};
}
