/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running programs in tests; see program.h. */
#include "config.h"

#include "support/unit.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wordexp.h>

#include "support/program.h"
#include "support/starve.h"

#define STATUS_SIZE 4096
#define THREADS_MAX 1024
#define LEAVE_S     (patience_s() / 3)

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void await(bool (*condition)(void *context), void *context, const char *what)
{
	double until_s = now_s() + patience_s();
	while (!condition(context)) {
		if (now_s() > until_s)
			fail_msg("this never happened: %s", what);
		pause_poll();
	}
}

/* Starting. */

/*
 * Ignored and blocked signals are inherited: a background job of a script ignores SIGINT and
 * SIGQUIT, nohup SIGHUP. A program may leave such a signal ignored. Programs under test start as
 * from an interactive shell.
 */
__attribute__((constructor)) static void reset_signals(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
		SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};
	sigset_t none;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool ends_in(const char *word, const char *end)
{
	size_t length = strlen(word), tail = strlen(end);
	return length > tail && strcmp(word + length - tail, end) == 0;
}

/* WORD, or the path of the program that it stands for. The caller frees it. */
static char *resolve(const char *word)
{
	const char *stop = getenv("STOP"), *tracees = getenv("TRACEES");
	char *path = NULL;
	if (!stop || !tracees)
		fail_msg("set STOP to the program, and TRACEES to the directory of its targets");
	if (strcmp(word, "stop") == 0)
		return strdup(stop);
	if (!ends_in(word, ".tracee") && !ends_in(word, ".tracee32"))
		return strdup(word);
	if (asprintf(&path, "%s/%s", tracees, word) < 0)
		fail_msg("no memory");
	return path;
}

static const char *engine_name(void)
{
	const char *engine = getenv("ENGINE");
	return engine ? engine : "ptrace";
}

const char *program_engine(void)
{
	static char option[32];
	snprintf(option, sizeof(option), "--engine=%s", engine_name());
	return option;
}

/* Puts the engine after the first word, if that is stop's. */
static void add_engine(char **argv, size_t count)
{
	if (strcmp(argv[0], getenv("STOP")) != 0)
		return;
	memmove(argv + 2, argv + 1, (count - 1) * sizeof(*argv));
	argv[1] = strdup(program_engine());
	if (!argv[1])
		fail_msg("no memory");
}

bool program_is_engine(const char *name)
{
	return strcmp(engine_name(), name) == 0;
}

/* The words of COMMAND; the caller frees each and the array. */
static char **split(const char *command)
{
	wordexp_t words;
	if (wordexp(command, &words, WRDE_NOCMD) != 0)
		fail_msg("invalid command: %s", command);
	char **argv = calloc(words.we_wordc + 2, sizeof(*argv));
	for (size_t i = 0; i < words.we_wordc; i++)
		argv[i] = resolve(words.we_wordv[i]);
	add_engine(argv, words.we_wordc);
	wordfree(&words);
	return argv;
}

/* Whether it is a `stop` that attaches to a process: it is the target that is starved. */
static bool attaches(char **argv)
{
	if (strcmp(argv[0], getenv("STOP")) != 0)
		return false;
	while (*argv && strcmp(*argv, "-p") != 0)
		argv++;
	return *argv;
}

/*
 * In a child, where all signals have been blocked since before the fork: gives them the default
 * actions. With those of cmocka, a signal at this moment would end a test in the child, which would
 * then run the others as a second copy of ourselves.
 */
static void take_default_signals(const sigset_t *mask)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

static void become(char **argv, const int pipes[3][2], void (*prepare)(void))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(pipes[0][0], 0);
	dup2(pipes[1][1], 1);
	dup2(pipes[2][1], 2);
	if (!attaches(argv))
		starve_target();
	if (prepare)
		prepare();
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(125);
}

static struct program *start(void (*prepare)(void), const char *command)
{
	struct program *program = calloc(1, sizeof(*program));
	char **argv = split(command);
	int pipes[3][2];
	signal(SIGPIPE, SIG_IGN);
	starve_is(NULL);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
	sigset_t all, mask;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	program->pid = fork();
	if (program->pid == 0) {
		take_default_signals(&mask);
		become(argv, pipes, prepare);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	assert_true(program->pid >= 0);
	for (size_t i = 0; i < 3; i++)
		close(pipes[i][i != 0]);
	program->input = pipes[0][1];
	program->out = (struct output){.fd = pipes[1][0], .text = calloc(1, 1)};
	program->err = (struct output){.fd = pipes[2][0], .text = calloc(1, 1)};
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	free(argv);
	return program;
}

/* Declares TEXT, formatted by FORMAT and the arguments after it. */
#define FORMATTED(text, format) \
	do { \
		va_list args; \
		va_start(args, format); \
		vsnprintf(text, sizeof(text), format, args); \
		va_end(args); \
	} while (0)

struct program *program_start(const char *format, ...)
{
	char command[1024];
	FORMATTED(command, format);
	return start(NULL, command);
}

struct program *program_start_after(void (*prepare)(void), const char *format, ...)
{
	char command[1024];
	FORMATTED(command, format);
	return start(prepare, command);
}

struct program *program_run(const char *format, ...)
{
	char command[1024];
	FORMATTED(command, format);
	struct program *program = start(NULL, command);
	program_finish(program);
	return program;
}

bool program_exists(const char *name)
{
	char command[256];
	snprintf(command, sizeof(command), "command -v '%s' >/dev/null 2>&1", name);
	return system(command) == 0;
}

/* Reading. */

static void close_output(struct output *output)
{
	if (output->fd >= 0)
		close(output->fd);
	output->fd = -1;
}

static void take(struct output *output)
{
	char buf[65536];
	ssize_t got = read(output->fd, buf, sizeof(buf));
	if (got <= 0) {
		close_output(output);
		return;
	}
	output->text = realloc(output->text, output->size + (size_t)got + 1);
	memcpy(output->text + output->size, buf, (size_t)got);
	output->size += (size_t)got;
	output->text[output->size] = '\0';
}

/* Reads available output, waiting for one interval at most. */
static void listen_to(struct program *program)
{
	struct output *outputs[] = {&program->out, &program->err};
	struct pollfd fds[COUNT_OF(outputs)];
	for (size_t i = 0; i < COUNT_OF(outputs); i++) {
		int fd = outputs[i]->held ? -1 : outputs[i]->fd;
		fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	poll(fds, COUNT_OF(fds), 10);
	for (size_t i = 0; i < COUNT_OF(outputs); i++) {
		if (fds[i].revents)
			take(outputs[i]);
	}
}

const char *program_line(struct program *program)
{
	struct output *out = &program->out;
	double until_s = now_s() + patience_s();
	char *end;
	while (!(end = strchr(out->text + out->seen, '\n'))) {
		if (out->fd < 0 || now_s() > until_s)
			fail_msg("program %d wrote no more lines: %s%s", (int)program->pid,
				out->text, program->err.text);
		listen_to(program);
	}
	static char line[1024];
	size_t length = (size_t)(end - out->text) - out->seen;
	snprintf(line, sizeof(line), "%.*s", (int)length, out->text + out->seen);
	out->seen += length + 1;
	return line;
}

void program_expect(struct program *program, const char *line)
{
	while (strcmp(program_line(program), line) != 0)
		;
}

void program_go(struct program *program)
{
	assert_int_equal(write(program->input, "g", 1), 1);
}

/* Ending. */

static void close_input(struct program *program)
{
	if (program->input >= 0)
		close(program->input);
	program->input = -1;
}

static bool has_ended(struct program *program)
{
	int status;
	if (program->ended)
		return true;
	pid_t ended = waitpid(program->pid, &status, WNOHANG);
	if (ended == 0)
		return false;
	program->ended = true;
	program->status = ended < 0             ? -1
	                  : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
	                                        : WEXITSTATUS(status);
	return true;
}

int program_finish(struct program *program)
{
	double until_s = now_s() + patience_s();
	program->out.held = program->err.held = false;
	while (program->out.fd >= 0 || program->err.fd >= 0 || !has_ended(program)) {
		if (now_s() > until_s)
			fail_msg("program %d did not end: %s%s", (int)program->pid,
				program->out.text, program->err.text);
		listen_to(program);
	}
	return program->status;
}

void program_free(struct program *program)
{
	if (!program)
		return;
	close_input(program);
	close_output(&program->out);
	close_output(&program->err);
	if (!has_ended(program)) {
		kill(program->pid, SIGKILL);
		waitpid(program->pid, NULL, 0);
	}
	free(program->out.text);
	free(program->err.text);
	free(program);
}

/* /proc. */

/* Reads the beginning of file PATH into TEXT. */
static bool read_proc(char *text, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);
	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

bool task_status(pid_t tid, const char *key, char *value, size_t size)
{
	char path[64], text[STATUS_SIZE], line[64];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	snprintf(line, sizeof(line), "\n%s:\t", key);
	if (!read_proc(text, sizeof(text), path))
		return false;
	/* The first line has no newline before it. */
	const char *key_line = line + 1, *found = text;
	if (strncmp(text, key_line, strlen(key_line)) != 0) {
		found = strstr(text, line);
		if (!found)
			return false;
		found++;
	}
	found += strlen(key_line);
	snprintf(value, size, "%.*s", (int)strcspn(found, "\n"), found);
	return true;
}

pid_t task_tracer(pid_t tid)
{
	char value[32];
	return task_status(tid, "TracerPid", value, sizeof(value)) ? atoi(value) : 0;
}

long task_call(pid_t tid)
{
	char path[64], text[256];
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)tid);
	if (!read_proc(text, sizeof(text), path) || !isdigit((unsigned char)*text))
		return NO_CALL;
	return atol(text);
}

size_t task_threads(pid_t pid, pid_t *tids, size_t max)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *directory = opendir(path);
	size_t count = 0;
	struct dirent *entry;
	while (directory && count < max && (entry = readdir(directory))) {
		if (isdigit((unsigned char)*entry->d_name))
			tids[count++] = atoi(entry->d_name);
	}
	if (directory)
		closedir(directory);
	return count;
}

size_t task_children(pid_t pid, pid_t *children, size_t max)
{
	char path[64], line[4096];
	pid_t tids[THREADS_MAX];
	size_t threads = task_threads(pid, tids, THREADS_MAX), count = 0;
	for (size_t i = 0; i < threads; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)tids[i]);
		FILE *file = fopen(path, "r");
		char *at = file ? fgets(line, sizeof(line), file) : NULL, *end;
		for (; at && count < max && strtol(at, &end, 10) > 0; at = end)
			children[count++] = (pid_t)strtol(at, NULL, 10);
		if (file)
			fclose(file);
	}
	return count;
}

static bool waits_in_poll(void *context)
{
	struct program *program = context;
	if (has_ended(program)) {
		program_finish(program);
		fail_msg("stop has ended with %d: %s", program->status, program->err.text);
	}
	return task_call(program->pid) == SYS_ppoll;
}

static bool waits_or_has_ended(void *context)
{
	struct program *program = context;
	return has_ended(program) || task_call(program->pid) == SYS_ppoll;
}

bool stop_attaches(struct program *stop)
{
	await(waits_or_has_ended, stop, "stop has attached or ended");
	return !has_ended(stop);
}

void program_check_leaks(bool enabled)
{
	if (enabled)
		unsetenv("ASAN_OPTIONS");
	else
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}

struct program *stop_start(const char *format, ...)
{
	char options[1000], command[1024];
	FORMATTED(options, format);
	snprintf(command, sizeof(command), "stop %s", options);
	struct program *program = start(NULL, command);
	await(waits_in_poll, program, "stop has attached");
	return program;
}

static bool frame_begins(void *context)
{
	struct program *stop = context;
	return strstr(program_line(stop), "{") != NULL;
}

void stop_await_frame(struct program *stop)
{
	await(frame_begins, stop, "stop shows the target");
}

void stop_leave(struct program *stop)
{
	double begin_s = now_s();
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	assert_true(now_s() - begin_s < LEAVE_S);
}

static bool all_wait(void *context)
{
	const struct program *program = context;
	pid_t tids[THREADS_MAX];
	size_t count = task_threads(program->pid, tids, THREADS_MAX);
	for (size_t i = 0; i < count; i++) {
		char state[32];
		bool gone = !task_status(tids[i], "State", state, sizeof(state)) || *state == 'Z';
		if (!gone && task_call(tids[i]) == NO_CALL)
			return false;
	}
	return count > 0;
}

void program_ready(struct program *program)
{
	program_expect(program, "ready");
	await(all_wait, program, "all threads of the target wait");
}

/* JSON. */

json_t *json_last(const char *text)
{
	static const char message[] = "\nstop: ";
	json_t *last = NULL, *next;
	json_error_t error;
	size_t at = 0;
	while (text[at + strspn(text + at, " \n")]) {
		/* A starved tracer stays behind, which is said after the report. */
		if (last && strncmp(text + at, message, strlen(message)) == 0) {
			at += 1 + strcspn(text + at + 1, "\n");
			continue;
		}
		next = json_loads(text + at, JSON_DISABLE_EOF_CHECK, &error);
		if (!next)
			fail_msg("invalid JSON: %s: %s", error.text, text + at);
		json_decref(last);
		last = next;
		at += (size_t)error.position;
	}
	if (!last)
		fail_msg("no JSON");
	return last;
}

json_t *json_call(json_t *root, const char *name)
{
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "syscalls"), i, row)
	{
		if (strcmp(json_text(row, "name"), name) == 0)
			return row;
	}
	return NULL;
}

json_t *json_thread(json_t *root, pid_t tid)
{
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "threads"), i, row)
	{
		if (json_number(row, "tid") == (uint64_t)tid)
			return row;
	}
	return NULL;
}

uint64_t json_number(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	if (object && !json_is_integer(value))
		fail_msg("%s is not a number", key);
	return (uint64_t)json_integer_value(value);
}

const char *json_text(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

/* Compares ROOT with LINE, if it has the form "CALL COUNT …". Returns whether it has. */
static bool check_line(json_t *root, const char *line)
{
	char name[64], error[32] = "";
	uint64_t calls, errors;
	if (sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %31s", name, &calls, &errors, error) < 3)
		return false;
	json_t *row = json_call(root, name);
	if (json_number(row, "calls") != calls || json_number(row, "errors") != errors)
		fail_msg("%s: %" PRIu64 " calls and %" PRIu64 " errors, not %" PRIu64
			 " and %" PRIu64,
			name, json_number(row, "calls"), json_number(row, "errors"), calls, errors);
	if (*error)
		assert_int_equal(json_number(json_object_get(row, "errnos"), error), errors);
	return true;
}

void assert_known(json_t *root, const char *text)
{
	size_t found = 0;
	while (*text) {
		char line[256];
		size_t length = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		found += check_line(root, line);
		text += length + (text[length] == '\n');
	}
	if (!found)
		fail_msg("the target has not told what it did");
}

void assert_nothing_open(json_t *root)
{
	assert_int_equal(json_number(json_object_get(root, "lost"), "calls"), 0);
	assert_int_equal(json_number(json_object_get(root, "totals"), "in_progress"), 0);
}
