/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching again and again; see harass.h. */
#include "config.h"

#include "support/unit.h"

#include "support/harass.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/random.h"
#include "support/starve.h"

#define NS_PER_MS  1000000L

/* The longest time attached, and the longest pause. */
#define WATCH_MS   50
#define PAUSE_MS   20

/* Minimum number of attaches to a program, in as many runs as needed, up to RUNS_MAX. */
#define CYCLES_MIN 5
#define RUNS_MAX   5

/* How `stop` is ended, and its possible statuses. */
static const struct end {
	int signal;     /* 0: with the key q, on its own terminal */
	bool is_caught; /* it exits on its own with status 0 */
} ends[] = {
	{0, true},
	{SIGINT, true},
	{SIGTERM, true},
	{SIGHUP, true},
	{SIGKILL, false},
};

/* Bytes of an interactive one's output that a message has. */
#define KEPT 512

/* In memory shared by the harassing child and the test. */
struct harasser {
	pid_t worker;
	int target; /* a descriptor of it, whose PID can be another's soon; -1: it has ended */
	int errors; /* a memory file for their error messages */
	char drawn[256 * 1024]; /* the last output of an interactive one; much of it can be echoes
	                           of keys that come after its end */
	off_t failed_at;        /* the errors of the last failure begin here */
	_Atomic bool enough;
	struct harassed seen;
};

unsigned int rounds(unsigned int count)
{
	const char *factor = getenv("STOP_ROUNDS");
	return factor ? count * (unsigned int)atoi(factor) : count;
}

unsigned int stop_rounds(unsigned int count)
{
	bool is_slow = starve_is("quota") || starve_is("idle");
	return rounds(is_slow ? (count + 99) / 100 : count);
}

unsigned int fast_rounds(unsigned int count)
{
	bool is_slow = starve_is("quota") || starve_is("idle");
	return is_slow ? (count + 9) / 10 : rounds(count);
}

static bool is_strace(void)
{
	const char *tool = getenv("HARASS_TOOL");
	return tool && strcmp(tool, "strace") == 0;
}

/* The worker: it must not use cmocka, which runs in another process. */

static void become_tool(
	pid_t pid, const char *options, bool interactive, int errors, uint64_t *seed)
{
	char command[512];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (is_strace())
		snprintf(command, sizeof(command), "exec strace -f -o /dev/null -p %d", (int)pid);
	else
		snprintf(command, sizeof(command), "exec \"$STOP\" %s %s%s %s %s -p %d",
			program_engine(), interactive ? "" : "-c -o ",
			interactive ? "" : starve_report(), starve_options(), options, (int)pid);
	int null = open("/dev/null", O_RDWR);
	for (int fd = interactive ? 3 : 0; fd < 3; fd++)
		dup2(fd == 2 ? errors : null, fd);
	starve_tool(seed);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(125);
}

/* Starts the tool. Stores our end of its terminal in *TERMINAL, or -1. */
static pid_t start_tool(const struct harasser *harasser, pid_t pid, const char *options,
	const struct end *end, uint64_t *seed, int *terminal)
{
	/* More than fits into a terminal that nobody reads. */
	bool unread = starve_is("terminal");
	struct winsize size = {.ws_row = unread ? 100 : 24, .ws_col = unread ? 300 : 80};
	bool interactive = (unread || !end->signal) && !is_strace();
	*terminal = -1;
	pid_t tool = interactive ? forkpty(terminal, NULL, NULL, &size) : fork();
	if (tool == 0) {
		setenv("TERM", "xterm", 1);
		/* It may exit while a thread is still reading symbols, whose memory is not freed.
		 */
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		become_tool(pid, options, interactive, harasser->errors, seed);
	}
	/* Its choices are the child's. */
	random_next(seed);
	return tool;
}

/* Reads the tool's output, so that it does not have to wait, and keeps the end of it. */
static void drain(struct harasser *harasser, int terminal)
{
	char buf[4096];
	struct pollfd fd = {.fd = terminal, .events = POLLIN};
	while (terminal >= 0 && !starve_is("terminal") && poll(&fd, 1, 0) == 1) {
		ssize_t got = read(terminal, buf, sizeof(buf));
		if (got <= 0)
			return;
		size_t kept = (size_t)got < sizeof(harasser->drawn) ? (size_t)got
		                                                    : sizeof(harasser->drawn);
		memmove(harasser->drawn, harasser->drawn + kept, sizeof(harasser->drawn) - kept);
		memcpy(harasser->drawn + sizeof(harasser->drawn) - kept, buf + got - kept, kept);
	}
}

/* Copies the last that it has drawn to the errors, without echoes of keys. */
static bool keep_drawn(const struct harasser *harasser)
{
	size_t end = sizeof(harasser->drawn);
	while (end > KEPT && strchr("qs\r\n", harasser->drawn[end - 1]))
		end--;
	return write(harasser->errors, harasser->drawn + end - KEPT, KEPT) == KEPT;
}

/* Waits for TOOL to end. Returns whether it did. */
static bool await_end(
	struct harasser *harasser, pid_t tool, const struct end *end, int terminal, int *status)
{
	/* The snapshot cannot be written. */
	const char *keys = starve_is("disk") ? "sq" : "q";
	for (long left = patience_s() * 2000L; left; left--) {
		/* A key pressed before the terminal is in raw mode is lost. */
		if (terminal >= 0 && !end->signal && left % 20 == 0 &&
			write(terminal, keys, strlen(keys)) < 0)
			terminal = -1;
		bool ended = waitpid(tool, status, WNOHANG) == tool;
		drain(harasser, terminal);
		if (ended)
			return true;
		pause_poll();
	}
	kill(tool, SIGKILL);
	waitpid(tool, status, 0);
	return false;
}

/* Whether the target, whose PID is given, exists and is not a zombie. */
static bool is_alive(const struct harasser *harasser, pid_t pid)
{
	char state[32];
	struct pollfd end = {.fd = harasser->target, .events = POLLIN};
	if (harasser->target < 0 || poll(&end, 1, 0) != 0)
		return false;
	return task_status(pid, "State", state, sizeof(state)) && *state != 'Z' && *state != 'X';
}

/* Whether the tool has said TEXT: on the screen, or in its errors from START on. */
static bool has_said(const struct harasser *harasser, off_t start, const char *text)
{
	char errors[1024];
	ssize_t size = pread(harasser->errors, errors, sizeof(errors), start);
	return memmem(harasser->drawn, sizeof(harasser->drawn), text, strlen(text)) ||
	       (size > 0 && memmem(errors, (size_t)size, text, strlen(text)));
}

/* Whether END explains STATUS, given whether the target is ALIVE, and if the tracer was STARVED. */
static bool is_explained(const struct end *end, int status, bool alive, bool starved)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == end->signal; /* also before it is caught */
	/* A tracer that got no processor for two seconds leaves later, on its own. */
	return WEXITSTATUS(status) == 0 || !alive || is_strace() ||
	       (starved && WEXITSTATUS(status) == 1) || starve_explains(status);
}

/* Whether a thread of PID is traced. The tracer may stay for threads that have to be repaired. */
static bool is_traced(pid_t pid)
{
	pid_t tids[1024];
	size_t count = task_threads(pid, tids, COUNT_OF(tids));
	for (size_t i = 0; i < count; i++) {
		if (task_tracer(tids[i]))
			return true;
	}
	return false;
}

static bool await_untraced(pid_t pid)
{
	for (long left = patience_s() * 2000L; left && is_traced(pid); left--)
		pause_poll();
	return !is_traced(pid);
}

static void watch_once(struct harasser *harasser, pid_t pid, const char *options, uint64_t *seed)
{
	const struct end *end = &ends[random_below(seed, COUNT_OF(ends))];
	off_t start = lseek(harasser->errors, 0, SEEK_END);
	int terminal, status = 0;
	memset(harasser->drawn, ' ', sizeof(harasser->drawn));
	pid_t tool = start_tool(harasser, pid, options, end, seed, &terminal);
	if (tool < 0)
		return;
	/* One in four is ended while attaching, or before. */
	uint64_t most_ms = random_below(seed, 4) ? WATCH_MS : WATCH_MS / 10;
	long watch_ns = (long)random_below(seed, most_ms * NS_PER_MS);
	pid_t holder = starve_hold(tool, (uint64_t)watch_ns + 5 * NS_PER_MS, seed);
	for (; watch_ns > 0; watch_ns -= 5 * NS_PER_MS) {
		pause_moment(watch_ns < 5 * NS_PER_MS ? watch_ns : 5 * NS_PER_MS);
		drain(harasser, terminal);
	}
	if (end->signal || is_strace())
		kill(tool, end->signal ? end->signal : SIGINT);
	if (!await_end(harasser, tool, end, terminal, &status))
		harasser->seen.hangs++;
	drain(harasser, terminal);
	bool starved = has_said(harasser, start, "the tracer gets no processor");
	if (terminal >= 0)
		close(terminal);
	if (holder)
		waitpid(holder, NULL, 0);
	if (starve_is(NULL) && !await_untraced(pid))
		harasser->seen.hangs++;
	harasser->seen.cycles++;
	harasser->seen.kills += end->signal == SIGKILL;
	if (!is_explained(end, status, is_alive(harasser, pid), starved)) {
		if (terminal >= 0 && !keep_drawn(harasser))
			harasser->seen.hangs++;
		harasser->seen.failures++;
		harasser->seen.status = status;
		harasser->failed_at = start;
	}
}

static void work(struct harasser *harasser, pid_t pid, const char *options)
{
	uint64_t seed = (uint64_t)pid + 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!harasser->enough && is_alive(harasser, pid)) {
		watch_once(harasser, pid, options, &seed);
		pause_moment((long)random_below(&seed, PAUSE_MS * NS_PER_MS));
	}
	_exit(0);
}

/* The test side. */

struct harasser *harasser_start(pid_t pid, const char *options)
{
	struct harasser *harasser = mmap(
		NULL, sizeof(*harasser), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(harasser, MAP_FAILED);
	harasser->errors = memfd_create("errors", MFD_CLOEXEC);
	assert_true(harasser->errors >= 0);
	harasser->target = (int)syscall(SYS_pidfd_open, pid, 0);
	/* Not in the shared memory. */
	pid_t worker = fork();
	assert_true(worker >= 0);
	if (worker == 0)
		work(harasser, pid, options);
	harasser->worker = worker;
	return harasser;
}

/* How many are awaited. */
struct awaited {
	const struct harasser *harasser;
	unsigned int count;
};

static bool has_killed(void *context)
{
	const struct awaited *kills = context;
	return kills->harasser->seen.kills >= kills->count;
}

static bool has_left(void *context)
{
	const struct awaited *cycles = context;
	return cycles->harasser->seen.cycles >= cycles->count;
}

void harasser_await_kills(struct harasser *harasser, unsigned int count)
{
	struct awaited kills = {harasser, count};
	await(has_killed, &kills, "the kills");
}

/* One after the other, each with its own limit. */
void harasser_await_cycles(struct harasser *harasser, unsigned int count)
{
	for (struct awaited cycles = {harasser, 1}; cycles.count <= count; cycles.count++)
		await(has_left, &cycles, "stop has attached and left");
}

struct harassed harasser_stop(struct harasser *harasser)
{
	harasser->enough = true;
	waitpid(harasser->worker, NULL, 0);
	struct harassed seen = harasser->seen;
	char errors[1024];
	ssize_t size = pread(harasser->errors, errors, sizeof(errors) - 1, harasser->failed_at);
	errors[size > 0 ? size : 0] = '\0';
	for (ssize_t i = 0; i < size; i++)
		errors[i] = isprint((unsigned char)errors[i]) ? errors[i] : ' ';
	close(harasser->errors);
	if (harasser->target >= 0)
		close(harasser->target);
	munmap(harasser, sizeof(*harasser));
	if (seen.hangs)
		fail_msg("%u of %u watchers did not end", seen.hangs, seen.cycles);
	if (seen.failures)
		fail_msg("%u of %u watchers failed, the last with wait status 0x%x: %s",
			seen.failures, seen.cycles, (unsigned int)seen.status, errors);
	return seen;
}

/* A copy of TEXT without lines beginning with "target". The caller frees it. */
static char *comparable(const char *text)
{
	char *out = calloc(1, strlen(text) + 1);
	while (*text) {
		size_t length = strcspn(text, "\n");
		length += text[length] == '\n';
		if (strncmp(text, "target", 6) != 0)
			strncat(out, text, length);
		text += length;
	}
	return out;
}

/* Prints the lines of SEEN that differ from those of EXPECTED. */
static void print_differences(const char *expected, const char *seen)
{
	while (*expected || *seen) {
		size_t length = strcspn(expected, "\n"), other = strcspn(seen, "\n");
		if (length != other || strncmp(expected, seen, length) != 0)
			print_error("alone:   %.*s\nwatched: %.*s\n", (int)length, expected,
				(int)other, seen);
		expected += length + (expected[length] == '\n');
		seen += other + (seen[other] == '\n');
	}
}

static void assert_as_alone(
	const char *how, const struct program *alone, const struct program *watched)
{
	char *expected = comparable(alone->out.text), *seen = comparable(watched->out.text);
	bool same = alone->status == watched->status && strcmp(expected, seen) == 0;
	if (!same)
		print_differences(expected, seen);
	free(expected);
	free(seen);
	if (!same)
		fail_msg("%s: status %d, not %d: %.200s", how, watched->status, alone->status,
			watched->err.text);
}

/* The process to harass: the program, or the one named in its first line. */
static pid_t target_of(struct program *program, bool names_target)
{
	int pid = program->pid;
	if (names_target && sscanf(program_line(program), "target %d", &pid) != 1)
		fail_msg("no target is traced any more");
	return pid;
}

/* Runs COMMAND again, harassed, and compares. Returns the number of attaches. */
static unsigned int harass(const char *command, const struct program *alone)
{
	bool names_target = strncmp(alone->out.text, "target ", 7) == 0;
	struct program *harassed = program_start("%s", command);
	struct harasser *harasser = harasser_start(target_of(harassed, names_target), "");
	program_finish(harassed);
	unsigned int cycles = harasser_stop(harasser).cycles;
	assert_as_alone("watched again and again", alone, harassed);
	program_free(harassed);
	return cycles;
}

void assert_rare(unsigned long (*count)(void), const char *what)
{
	unsigned long seen = ULONG_MAX;
	for (unsigned int run = 0; run < RUNS_MAX && seen > RARELY; run++) {
		seen = count();
		print_message("%s: %lu\n", what, seen);
	}
	if (seen > RARELY)
		fail_msg("%s, each time", what);
}

void assert_same(const char *format, ...)
{
	char command[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	unsigned int cycles = 0, runs = 0;
	struct program *alone = program_start("%s", command);
	struct program *started = program_start(
		"%s %s", is_strace() ? "strace -f -o /dev/null" : "stop -c -o /dev/null", command);
	program_finish(alone);
	program_finish(started);
	assert_as_alone("started under it", alone, started);
	/* How far a program gets between attaches depends on the machine. */
	for (; cycles < rounds(CYCLES_MIN) && runs < rounds(RUNS_MAX); runs++)
		cycles += harass(command, alone);
	print_message("%s: watched %u times in %u runs\n", command, cycles, runs);
	program_free(alone);
	program_free(started);
}
