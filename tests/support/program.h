/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running programs in tests: start one, communicate with it, wait for it to end.
 *
 * Commands are written as for a shell, and split by wordexp(3): quotes work, redirections do not. A
 * word "stop" is the program under test ($STOP), and a word that ends in ".tracee" or ".tracee32"
 * is a target program in $TRACEES. Every wait has a limit, after which the test fails. Programs
 * that are still running when the test ends are killed. All start with the default actions for
 * signals, whatever the tests have inherited.
 */
#ifndef STOP_TESTS_SUPPORT_PROGRAM_H
#define STOP_TESTS_SUPPORT_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The output of a program on one of its streams. */
struct output {
	int fd;      /* our end of the pipe; -1: end of file */
	bool held;   /* it is not read for now */
	char *text;  /* all of it, NUL-terminated; owned */
	size_t size; /* bytes in text */
	size_t seen; /* of these, already returned as lines */
};

struct program {
	pid_t pid;
	int input; /* our end of its standard input; -1: closed */
	struct output out, err;
	bool ended;
	int status; /* once it has ended, as in a shell: 128 + N for signal N; -1 if another thread
	               of the test has waited for it */
};

/*
 * The engine of each `stop`, as its option: $ENGINE says which, by default ptrace. The other:
 * whether it is NAME.
 */
const char *program_engine(void);
bool program_is_engine(const char *name);

/* Starts the command formatted by FORMAT, with pipes for its standard streams. Never NULL. */
struct program *program_start(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same in a child that first calls PREPARE, which may drop privileges. */
struct program *program_start_after(void (*prepare)(void), const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Kills it if it is still running, and frees it. */
void program_free(struct program *program);

/* The next line of its standard output, without the newline; valid until the next call. */
const char *program_line(struct program *program);

/* Waits for LINE on its standard output, skipping those before it. */
void program_expect(struct program *program, const char *line);

/* Waits for the line "ready", and until all of its threads wait in a call. */
void program_ready(struct program *program);

/* Writes one byte to its standard input. */
void program_go(struct program *program);

/* Waits for it to end, reading all its output. Returns `status`. */
int program_finish(struct program *program);

/* Runs the command formatted by FORMAT to its end. */
struct program *program_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until CONDITION(CONTEXT) holds. */
void await(bool (*condition)(void *context), void *context, const char *what);

/* Whether program NAME exists, for programs that not every machine has. */
bool program_exists(const char *name);

/* What /proc says about a task. */
enum { NO_CALL = -1 };

/* Stores the value of line KEY of /proc/TID/status; false if there is none. */
bool task_status(pid_t tid, const char *key, char *value, size_t size);

/* Its tracer; 0 if it has none or is gone. */
pid_t task_tracer(pid_t tid);

/* The number of the call that it is waiting in, or NO_CALL. */
long task_call(pid_t tid);

/* Stores its threads. Returns their number, at most MAX. */
size_t task_threads(pid_t pid, pid_t *tids, size_t max);

/* Stores its child processes. Returns their number, at most MAX. */
size_t task_children(pid_t pid, pid_t *children, size_t max);

/* Attaching. */

/*
 * Whether programs started from now on look for leaks at their end, in a build with sanitizers. A
 * stop that leaves its tracer behind cannot: that shares its memory, and uses it.
 */
void program_check_leaks(bool enabled);

/*
 * Starts `stop` with options formatted by FORMAT, and waits until it has attached: only then does
 * its main thread wait in poll(2).
 */
struct program *stop_start(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until STOP has attached, or has ended: a limit may be too low for it. Returns whether it is
 * running. */
bool stop_attaches(struct program *stop);

/* Waits until STOP, which writes JSON frames, begins another. */
void stop_await_frame(struct program *stop);

/* Sends SIGINT to STOP, which has to exit soon with status 0. */
void stop_leave(struct program *stop);

/* The output of `stop`. */

/* The last JSON object in TEXT: the only one of a summary, the last line of a batch. */
json_t *json_last(const char *text);

/* The row of call NAME in ROOT, or NULL. */
json_t *json_call(json_t *root, const char *name);

/* The row of thread TID in ROOT, or NULL. */
json_t *json_thread(json_t *root, pid_t tid);

/* The integer at KEY of OBJECT; 0 if OBJECT is NULL. */
uint64_t json_number(json_t *object, const char *key);

/* The string at KEY of OBJECT; "" if there is none. */
const char *json_text(json_t *object, const char *key);

/*
 * Compares ROOT with each line "CALL COUNT ERRORS [ERRNO]" of TEXT, which a target writes about its
 * calls. There has to be at least one such line.
 */
void assert_known(json_t *root, const char *text);

/* Checks that no call in ROOT is in progress or lost. */
void assert_nothing_open(json_t *root);

#endif
