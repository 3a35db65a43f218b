/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The started command; see app/command.h. */
#include "config.h"

#include "app/command.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/signals.h"
#include "app/user.h"
#include "base/text.h"
#include "base/vm_process.h"

/* Maximum number of reads of its output before signals and keys are handled. */
#define OUTPUT_READS 64

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Opens the pseudo-terminal of a hidden command. Stores its end in STDIO; returns ours, or -errno.
 */
static int open_output(int stdio[3])
{
	int master, slave;
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (openpty(&master, &slave, NULL, NULL, &size) < 0)
		return -errno;
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(slave, F_SETFD, FD_CLOEXEC);
	fcntl(master, F_SETFL, O_NONBLOCK);
	stdio[1] = stdio[2] = slave;
	return master;
}

/* Opens PATH as standard input into *FD; NULL: -1, inherited. Like command_start(). */
static int open_input(const char *path, int *fd, char *error, size_t size)
{
	char shown[128];
	*fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
	if (!path || *fd >= 0)
		return 0;
	int result = -errno;
	snprintf(error, size, "cannot open %s for the command to read: %s",
		text_escape(path, strlen(path), shown, sizeof(shown)), strerrordesc_np(-result));
	return result;
}

/* Starts the child with INPUT as its standard input, as USER or NULL. Returns 0 or -errno. */
static int start_child(
	struct command *command, char *const *argv, int input, const struct user *user)
{
	struct spawn_how how = {
		.argv = argv,
		.stdio = {input, -1, -1},
		.new_session = command->hidden,
		.user = user,
		.before_exec = signals_give_back,
	};
	if (command->hidden) {
		command->output_fd = open_output(how.stdio);
		if (command->output_fd < 0)
			return command->output_fd;
		command->transcript = transcript_new();
	}
	int result = spawn_start(&how, &command->spawn);
	close_fd(how.stdio[1]);
	if (result == 0)
		command->pid = command->spawn.pid;
	return result;
}

/* The same, with the standard input STDIN_PATH. Like command_start(). */
static int start(struct command *command, char *const *argv, const char *stdin_path,
	const struct user *user, char *error, size_t size)
{
	int input;
	int result = open_input(stdin_path, &input, error, size);
	if (result < 0)
		return result;
	result = start_child(command, argv, input, user);
	close_fd(input);
	if (result < 0)
		snprintf(error, size, "cannot start a process: %s; %s", strerrordesc_np(-result),
			"check `ulimit -u` and `ulimit -n`");
	return result;
}

int command_start(struct command *command, char *const *argv, bool hidden, const char *stdin_path,
	const char *user, char *error, size_t size)
{
	struct user found = {0};
	*command = (struct command){.hidden = hidden, .output_fd = -1};
	if (!stdin_path && hidden)
		stdin_path = "/dev/null";
	int result = user ? user_find(user, &found, error, size) : 0;
	if (result == 0)
		result = start(command, argv, stdin_path, user ? &found : NULL, error, size);
	user_clear(&found);
	return result;
}

int command_begin(struct command *command, const char *name, char *error, size_t size)
{
	char shown[128];
	int result = spawn_finish(&command->spawn);
	if (result == 0)
		return 0;
	text_escape(name, strlen(name), shown, sizeof(shown));
	snprintf(error, size, "cannot start %s: %s; %s", shown, strerrordesc_np(-result),
		result == -ENOENT ? "give the path of a program, or a name that is in PATH"
				  : "is it a program that you may execute?");
	return result == -ENOENT ? 127 : 126;
}

void command_cancel(struct command *command)
{
	spawn_cancel(&command->spawn);
}

void command_clear(struct command *command)
{
	if (command->transcript)
		close_fd(command->output_fd);
	transcript_free(command->transcript);
	*command = (struct command){.output_fd = -1};
}

void command_read_output(struct command *command)
{
	char buf[4096];
	ssize_t got = -1;
	for (int i = 0; i < OUTPUT_READS; i++) {
		got = read(command->output_fd, buf, sizeof(buf));
		if (got <= 0)
			break;
		transcript_add(command->transcript, buf, (size_t)got);
	}
	/* EIO: no process has the other end open. */
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		close(command->output_fd);
		command->output_fd = -1;
	}
}

void command_suspend(struct command *command)
{
	if (command->output_fd >= 0)
		output_drain_start(&command->drain, command->output_fd);
}

void command_resume(struct command *command)
{
	output_drain_end(&command->drain, command->transcript);
}

void command_signal(const struct command *command, int signal)
{
	/* It is a session leader, and so leads a process group. */
	kill(-command->pid, signal);
}

int command_abandon(const struct command *command)
{
	pid_t pid = command->output_fd < 0 ? getpid() : fork();
	if (pid != 0)
		return pid < 0 ? -errno : 0;
	/* The child. It keeps nothing of the terminal open, and exits with the command. */
	setsid();
	prctl(PR_SET_NAME, "stop-output");
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	/* Nor of what else is ours: a port, files. */
	int kept[] = {command->output_fd};
	vm_process_separate_descriptors(kept, 1);
	fcntl(command->output_fd, F_SETFL, 0);
	char buf[4096];
	while (read(command->output_fd, buf, sizeof(buf)) > 0)
		;
	_exit(0);
}
