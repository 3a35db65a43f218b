/*
 * Running programs in tests: start one, talk to it, read what it writes, wait for its end.
 *
 * Commands are written as for a shell, and split by wordexp(3): quotes work, redirections do not. A
 * word "stop" is the program under test ($STOP), and a word that ends in ".tracee" or ".tracee32"
 * is a target program in $TRACEES. Every wait has a bound; what does not happen until then fails
 * the test. A program that a test leaves behind is killed with the test.
 */
#ifndef STOP_TESTS_SUPPORT_PROGRAM_H
#define STOP_TESTS_SUPPORT_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest wait for anything, in seconds: never reached where all is well, however slow. */
#define PATIENCE_S 90

/* What a program has written to one of its streams. */
struct output {
	int fd;      /* our end of the pipe; -1: it has ended */
	bool held;   /* nobody reads it now */
	char *text;  /* all of it, NUL at the end; owned */
	size_t size; /* bytes in it */
	size_t seen; /* of these, so many were given out as lines */
};

struct program {
	pid_t pid;
	int input; /* our end of its standard input; -1: closed */
	struct output out, err;
	bool ended;
	int status; /* once it has ended, as a shell has it: 128 + N for signal N; -1 where another
	               thread of the test has waited for it */
};

/* Starts the command that FORMAT makes, with pipes for its standard streams. Never NULL. */
struct program *program_start(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same in a child that has called PREPARE, which may give up rights, before. */
struct program *program_start_after(void (*prepare)(void), const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Kills it where it still runs, and frees it. */
void program_free(struct program *program);

/* The next line of its standard output, without its end; valid until the next call. */
const char *program_line(struct program *program);

/* Waits for the line LINE on its standard output, and skips those before it. */
void program_expect(struct program *program, const char *line);

/* Waits for the line "ready", and until each of its threads waits in a call. */
void program_ready(struct program *program);

/* Writes one byte to its standard input. */
void program_go(struct program *program);

/* Waits for its end, with all that it writes until then. Returns `status`. */
int program_finish(struct program *program);

/* Runs the command that FORMAT makes to its end. */
struct program *program_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until CONDITION(CONTEXT) holds. */
void await(bool (*condition)(void *context), void *context, const char *what);

/* Whether the file of the command's first word exists, for programs that not every machine has. */
bool program_exists(const char *name);

/* What /proc says of a task. */
enum { NO_CALL = -1 };

/* The value of line KEY of /proc/TID/status; false where there is none. */
bool task_status(pid_t tid, const char *key, char *value, size_t size);

/* Its tracer, 0 where it has none or is gone. */
pid_t task_tracer(pid_t tid);

/* The number of the call that it waits in, or NO_CALL. */
long task_call(pid_t tid);

/* Its threads. Returns their number, MAX at most. */
size_t task_threads(pid_t pid, pid_t *tids, size_t max);

/* Attaching. */

/*
 * Starts `stop`, with OPTIONS made of FORMAT, and waits until it has attached to all: from then on,
 * and not before, its main thread waits in poll(2).
 */
struct program *stop_start(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until STOP, which tells JSON in frames, begins another. */
void stop_await_frame(struct program *stop);

/* Sends SIGINT to STOP, which has to end well, and soon, as long as its target may take. */
void stop_leave(struct program *stop);

/* What `stop` has told. */

/* The last JSON object in TEXT: the only one of a summary, the last line of a batch. */
json_t *json_last(const char *text);

/* The row of call NAME in ROOT, or NULL. */
json_t *json_call(json_t *root, const char *name);

/* The row of thread TID in ROOT, or NULL. */
json_t *json_thread(json_t *root, pid_t tid);

/* The whole number at KEY of OBJECT; 0 where OBJECT is NULL. */
uint64_t json_number(json_t *object, const char *key);

/* The text at KEY of OBJECT; "" where there is none. */
const char *json_text(json_t *object, const char *key);

/*
 * Compares ROOT with each line "CALL COUNT ERRORS [ERRNO]" of TEXT, by which a target says what it
 * has done. At least one line has to be there.
 */
void assert_known(json_t *root, const char *text);

/* Checks that no call of ROOT is in progress, and none was lost. */
void assert_nothing_open(json_t *root);

#endif
