/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interactive stop on a pseudo-terminal; see desk.h. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/desk.h"

#define ARGUMENTS_MAX 32

/* Appends the words of TEXT, which is changed, to ARGUMENTS. */
static void add_words(char **arguments, char *text)
{
	size_t count = 0;
	while (arguments[count])
		count++;
	for (char *word; (word = strsep(&text, " ")) != NULL;) {
		assert_true(count + 1 < ARGUMENTS_MAX);
		arguments[count++] = word;
	}
}

static void become_stop(const struct desk *desk, const struct desk_how *how)
{
	char target[32] = "", *arguments[ARGUMENTS_MAX] = {getenv("STOP")};
	add_words(arguments, strdup(program_engine()));
	add_words(arguments, strdup(how->options ? how->options : "-d 0.2"));
	if (how->command)
		snprintf(target, sizeof(target), "--");
	else
		snprintf(target, sizeof(target), "-p %d", (int)desk->target->pid);
	add_words(arguments, target);
	if (how->command)
		add_words(arguments, strdup(how->command));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pty_become_terminal(&desk->pty);
	setenv("TERM", how->term ? how->term : "xterm-256color", 1);
	if (how->prepare)
		how->prepare();
	execv(arguments[0], arguments);
	_exit(125);
}

void desk_open(struct desk *desk, const struct desk_how *how)
{
	*desk = (struct desk){0};
	if (!how->command)
		desk->target = program_start("%s", how->target ? how->target : "sleep 1000");
	pty_open(&desk->pty);
	vt_init(&desk->vt, PTY_ROWS, PTY_COLUMNS);
	tcgetattr(desk->pty.slave, &desk->before);
	desk->stop = fork();
	if (desk->stop == 0)
		become_stop(desk, how);
	desk_await_text(desk, "CALLS/s");
}

bool desk_stop_has_ended(void *context)
{
	struct desk *desk = context;
	if (desk->pty.master >= 0)
		pty_read(&desk->pty, 1);
	if (desk->stop && waitpid(desk->stop, &desk->status, WNOHANG) == desk->stop)
		desk->stop = 0;
	return desk->stop == 0;
}

bool desk_is_untraced(void *context)
{
	const struct desk *desk = context;
	return task_tracer(desk->target->pid) == 0;
}

bool desk_target_lives(const struct desk *desk)
{
	char state[32];
	return task_status(desk->target->pid, "State", state, sizeof(state)) && state[0] != 'Z' &&
	       state[0] != 'X';
}

void desk_await_end(struct desk *desk)
{
	await(desk_stop_has_ended, desk, "stop has ended");
	if (!desk->target)
		return;
	await(desk_is_untraced, desk, "the target is left");
	assert_int_equal(kill(desk->target->pid, 0), 0);
}

/* Ends the command that stop has started, which would go on without it. */
static void kill_command(const struct desk *desk)
{
	pid_t children[8];
	char name[32];
	size_t count = task_children(desk->stop, children, COUNT_OF(children));
	for (size_t i = 0; i < count; i++) {
		if (task_status(children[i], "Name", name, sizeof(name)) &&
			strcmp(name, "syscall-tracer") != 0)
			kill(children[i], SIGKILL);
	}
}

void desk_close(struct desk *desk)
{
	if (desk->stop) {
		kill_command(desk);
		kill(desk->stop, SIGKILL);
		waitpid(desk->stop, &desk->status, 0);
	}
	pty_close(&desk->pty);
	vt_clear(&desk->vt);
	if (desk->target)
		program_free(desk->target);
}

/* An awaited text or sequence. */
struct awaited {
	struct desk *desk;
	const char *text;
};

static bool has_sequence(void *context)
{
	const struct awaited *awaited = context;
	return pty_has(&awaited->desk->pty, awaited->text);
}

void desk_await_sequence(struct desk *desk, const char *sequence)
{
	struct awaited awaited = {desk, sequence};
	await(has_sequence, &awaited, sequence + 1);
}

bool desk_shows(struct desk *desk, const char *text)
{
	struct pty *pty = &desk->pty;
	pty_read(pty, 1);
	desk->fed += vt_feed(&desk->vt, pty->output + desk->fed, pty->used - desk->fed);
	char *shown = vt_text(&desk->vt);
	bool found = strstr(shown, text) != NULL;
	free(shown);
	return found;
}

static bool shows_text(void *context)
{
	const struct awaited *awaited = context;
	return desk_shows(awaited->desk, awaited->text);
}

void desk_await_text(struct desk *desk, const char *text)
{
	struct awaited awaited = {desk, text};
	await(shows_text, &awaited, text);
}

void desk_type(struct desk *desk, const char *keys, const char *text)
{
	pty_type(&desk->pty, keys);
	desk_await_text(desk, text);
}

bool desk_modes_equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}
