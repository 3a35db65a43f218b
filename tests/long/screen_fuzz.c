/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interactive stop with random keys, pastes, mouse reports, sizes and signals, while its target,
 * its tracer and it itself are stopped or killed. However it ends: it does not crash or hang, the
 * terminal is restored, and the target, unless it was killed, goes on.
 *
 * A round is decided by its seed, apart from what depends on time. It runs stop as the job of a
 * shell, so that it can be suspended:
 *
 *   test ──keys──▶ pseudo-terminal ──▶ stop ──traces──▶ target
 *     │                                 ▲
 *     └──signals──▶ stop, tracer        └── shell: continues it when it is stopped
 *
 * Environment:
 *   FUZZ_SECONDS   the duration (default 10)
 *   FUZZ_SEED      the seed of the first round (default 1); each next one adds 1
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"
#include "support/program.h"
#include "support/pty.h"
#include "support/random.h"
#include "support/starve.h"
#include "support/steady.h"

#define SECONDS     10
#define ACTIONS_MAX 60
#define STORY_MAX   16384
#define NS_PER_MS   1000000L
#define CHILDREN    32
#define WORDS       16

/* How much of the output is searched for the sequences of the end. */
#define TAIL_MAX    4096

/* A sanitizer that has found something ends stop with this status. */
#define FOUND       99

/* What the shell tells the test. */
struct job {
	_Atomic pid_t pid; /* of stop */
	_Atomic bool ended;
	int status; /* wait status, once it has ended */
};

struct round {
	uint64_t number; /* its seed */
	uint64_t seed;   /* of the next random number */
	struct pty pty;
	struct termios before;  /* the terminal's modes */
	struct program *target; /* NULL: stop starts a command */
	struct job *job;        /* shared with the shell */
	pid_t shell;
	bool has_screen;     /* of its own, which it has to leave */
	bool has_begun;      /* it has set up the terminal */
	bool may_harm;       /* keys that send signals were typed */
	bool tracer_killed;  /* by the test */
	bool is_survived;    /* by the tracer: it was there when stop was killed */
	bool target_killed;  /* by the test */
	bool terminal_gone;  /* closed by the test */
	int sent;            /* a signal that may have ended stop; 0: none */
	char tail[TAIL_MAX]; /* the end of the output, NUL-terminated */
	size_t tail_size;
	char story[STORY_MAX]; /* what was done */
	size_t told;
};

static char directory[] = "/tmp/stop-fuzz-XXXXXX";
static char programs[] = "/tmp/stop-fuzz-bin-XXXXXX"; /* that stop starts */

/* The story. */

static void tell(struct round *round, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(struct round *round, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (round->told < STORY_MAX)
		round->told += (size_t)vsnprintf(
			round->story + round->told, STORY_MAX - round->told, format, args);
	va_end(args);
}

/* The same for keys, of which some cannot be printed. */
static void tell_keys(struct round *round, const char *keys, size_t size)
{
	tell(round, " \"");
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)keys[i];
		tell(round, byte < ' ' || byte > '~' ? "\\x%02x" : "%c", byte);
	}
	tell(round, "\"");
}

static void fail_round(struct round *round, const char *what)
{
	print_error("seed%s\n", round->story);
	for (size_t i = 0; i < round->tail_size; i++) {
		unsigned char byte = (unsigned char)round->tail[i];
		print_error(byte < ' ' && byte != '\n' ? "^%c" : "%c",
			byte < ' ' && byte != '\n' ? byte + '@' : byte);
	}
	fail_msg("seed %llu: %s", (unsigned long long)round->number, what);
}

/* The terminal. */

static void keep_tail(struct round *round, const char *bytes, size_t size)
{
	size_t room = TAIL_MAX - 1;
	if (size > room) {
		bytes += size - room;
		size = room;
	}
	size_t kept = round->tail_size + size > room ? room - size : round->tail_size;
	memmove(round->tail, round->tail + round->tail_size - kept, kept);
	memcpy(round->tail + kept, bytes, size);
	round->tail_size = kept + size;
	round->tail[round->tail_size] = '\0';
	round->has_begun |= strstr(round->tail, "\x1b[?2004h") != NULL;
}

/* Reads what stop has written, waiting at most MS for it. */
static void read_screen(struct round *round, int ms)
{
	char buf[4096];
	struct pollfd fd = {.fd = round->pty.master, .events = POLLIN};
	while (round->pty.master >= 0 && poll(&fd, 1, ms) == 1) {
		ssize_t got = read(round->pty.master, buf, sizeof(buf));
		if (got <= 0)
			return;
		keep_tail(round, buf, (size_t)got);
		ms = 0;
	}
}

/* Whether KEYS, of SIZE bytes, begin with one that can open the menu of signals. */
static bool may_signal(const char *keys, size_t size)
{
	static const char f9[] = {'\x1b', '[', '2', '0', '~'};
	return keys[0] == 'K' || (size >= sizeof(f9) && memcmp(keys, f9, sizeof(f9)) == 0);
}

/* Types KEYS. What the terminal has no room for is lost. */
static void type(struct round *round, const char *keys, size_t size)
{
	tell_keys(round, keys, size);
	for (size_t i = 0; i < size; i++)
		round->may_harm |= may_signal(keys + i, size - i);
	while (size && round->pty.master >= 0) {
		ssize_t done = write(round->pty.master, keys, size);
		if (done < 0)
			return;
		keys += done;
		size -= (size_t)done;
	}
}

static void type_text(struct round *round, const char *keys)
{
	type(round, keys, strlen(keys));
}

static void set_size(struct round *round)
{
	static const struct winsize sizes[] = {
		{.ws_row = 24, .ws_col = 80},
		{.ws_row = 50, .ws_col = 160},
		{.ws_row = 10, .ws_col = 40},
		{.ws_row = 1, .ws_col = 1},
		{.ws_row = 5, .ws_col = 20},
		{.ws_row = 70, .ws_col = 250},
	};
	size_t at = random_below(&round->seed, COUNT_OF(sizes) + 2);
	struct winsize size = {
		.ws_row = (unsigned short)(random_below(&round->seed, 120)),
		.ws_col = (unsigned short)(random_below(&round->seed, 300)),
	};
	if (at < COUNT_OF(sizes))
		size = sizes[at];
	tell(round, " %dx%d", size.ws_col, size.ws_row);
	if (round->pty.master >= 0)
		ioctl(round->pty.master, TIOCSWINSZ, &size);
}

/* Processes. */

/* The tracer of stop, or 0. */
static pid_t find_tracer(const struct round *round)
{
	if (round->target)
		return task_tracer(round->target->pid);
	pid_t children[CHILDREN];
	char name[32];
	size_t count = task_children(round->job->pid, children, CHILDREN);
	for (size_t i = 0; i < count; i++) {
		if (task_status(children[i], "Name", name, sizeof(name)) &&
			strncmp(name, "syscall-tracer", 14) == 0)
			return children[i];
	}
	return 0;
}

/* Sends SIGNAL to process PID unless it is unknown. */
static void send(struct round *round, const char *name, pid_t pid, int signal)
{
	tell(round, " %s:%s", name, sigabbrev_np(signal));
	if (pid > 0)
		kill(pid, signal);
}

/* Stops process PID for a moment. */
static void hold(struct round *round, const char *name, pid_t pid)
{
	send(round, name, pid, SIGSTOP);
	pause_moment((long)random_below(&round->seed, 60) * NS_PER_MS);
	send(round, name, pid, SIGCONT);
}

/* What is done to it, in random order. */

static void press_letter(struct round *round)
{
	char key = (char)(' ' + random_below(&round->seed, '~' - ' ' + 1));
	type(round, &key, 1);
}

static void press_key(struct round *round)
{
	static const char *const keys[] = {"\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1bOA",
		"\x1bOB", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1bOH", "\x1bOF", "\x1b[1~",
		"\x1b[4~", "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~",
		"\x1b[18~", "\x1b[19~", "\x1b[20~", "\x1b[Z", "\t", "\r", "\n", "\x1b", "\x7f",
		"\b", "\x0c",
		"\x1b"
		"1",
		"\x1b"
		"9",
		"\x1b[3~", "\x01", "\x05", "\x15", "\x17", "\x1b[M !!"};
	type_text(round, keys[random_below(&round->seed, COUNT_OF(keys))]);
}

/* Ways into dialogs and views. */
static void press_keys(struct round *round)
{
	static const char *const keys[] = {"H", "Ht", "b", "bm", "bw", "by", "H\rb", "\r",
		"\\read\r", "\\%net,/x\r", "\\!all\r", "/a\rnN", "d0.05\r", "d9999\r", "c", "ce",
		"F", "S", "S\x1b[B ", "S\x1b", "z", "s", "p", "pp", "K\r", "K\x1b", "<<", ">I", "G",
		"g", "tH\\w\r", "\tb", "q\x1b", "hh", "\x1b[17~\r", "0", "3", "\x1a"};
	type_text(round, keys[random_below(&round->seed, COUNT_OF(keys))]);
}

static void press_many(struct round *round)
{
	char keys[256];
	size_t size = 1 + random_below(&round->seed, sizeof(keys));
	for (size_t i = 0; i < size; i++)
		keys[i] = (char)('!' + random_below(&round->seed, '~' - '!' + 1));
	type(round, keys, size);
}

static void send_bytes(struct round *round)
{
	char bytes[32];
	size_t size = 1 + random_below(&round->seed, sizeof(bytes));
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)random_below(&round->seed, 256);
	/* Without those with which a terminal sends signals or holds output. */
	for (size_t i = 0; i < size; i++) {
		if (strchr("\x03\x1a\x1c\x13\x11", bytes[i]))
			bytes[i] = '\x1b';
	}
	type(round, bytes, size);
}

static void paste(struct round *round)
{
	static const char *const texts[] = {
		"ok\nyes\n", "K\ry", "q", "read,write", "\xe2\x9a\xa1\n", ""};
	bool is_bracketed = random_below(&round->seed, 4);
	type_text(round, is_bracketed ? "\x1b[200~" : "");
	type_text(round, texts[random_below(&round->seed, COUNT_OF(texts))]);
	/* The end of a paste may be lost. */
	type_text(round, is_bracketed && random_below(&round->seed, 8) ? "\x1b[201~" : "");
}

static void use_mouse(struct round *round)
{
	static const int buttons[] = {0, 0, 0, 1, 2, 64, 65};
	char report[64];
	snprintf(report, sizeof(report), "\x1b[<%d;%d;%d%c",
		buttons[random_below(&round->seed, COUNT_OF(buttons))],
		(int)random_below(&round->seed, 200), (int)random_below(&round->seed, 70),
		random_below(&round->seed, 2) ? 'M' : 'm');
	type_text(round, report);
}

static void signal_stop(struct round *round)
{
	static const int signals[] = {SIGUSR1, SIGWINCH, SIGCONT, SIGTSTP, SIGCHLD, SIGXFSZ};
	/* Before the first line of main(), some of them end any program. */
	if (!round->has_begun)
		return;
	send(round, "stop", round->job->pid,
		signals[random_below(&round->seed, COUNT_OF(signals))]);
}

static void hold_stop(struct round *round)
{
	hold(round, "stop", round->job->pid);
}

static void hold_tracer(struct round *round)
{
	hold(round, "tracer", find_tracer(round));
}

/* The terminal is not read for a while. */
static void block_screen(struct round *round)
{
	tell(round, " blocked");
	pause_moment((long)random_below(&round->seed, 100) * NS_PER_MS);
}

static void wait_a_bit(struct round *round)
{
	tell(round, " pause");
	read_screen(round, (int)random_below(&round->seed, 300));
}

static void kill_target(struct round *round)
{
	if (!round->target || random_below(&round->seed, 8))
		return;
	round->target_killed = true;
	send(round, "target", round->target->pid, SIGKILL);
}

static void kill_tracer(struct round *round)
{
	if (random_below(&round->seed, 8))
		return;
	round->tracer_killed = true;
	send(round, "tracer", find_tracer(round), SIGKILL);
}

static void (*const actions[])(struct round *round) = {
	press_letter,
	press_letter,
	press_key,
	press_key,
	press_key,
	press_keys,
	press_keys,
	press_keys,
	press_many,
	send_bytes,
	paste,
	use_mouse,
	use_mouse,
	set_size,
	signal_stop,
	hold_stop,
	hold_tracer,
	block_screen,
	wait_a_bit,
	wait_a_bit,
	kill_target,
	kill_tracer,
};

static void act(struct round *round)
{
	size_t count = random_below(&round->seed, ACTIONS_MAX);
	for (size_t i = 0; i < count && !round->job->ended; i++) {
		actions[random_below(&round->seed, COUNT_OF(actions))](round);
		if (random_below(&round->seed, 2))
			pause_moment((long)random_below(&round->seed, 10) * NS_PER_MS);
		if (random_below(&round->seed, 4))
			read_screen(round, 0);
	}
}

/* The end. */

static void end_by_key(struct round *round)
{
	(void)round; /* see await_end() */
}

static void end_by_signal(struct round *round)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	int signal = signals[random_below(&round->seed, COUNT_OF(signals))];
	if (!round->has_begun)
		round->sent = signal;
	send(round, "stop", round->job->pid, signal);
}

static void end_by_death(struct round *round)
{
	static const int signals[] = {SIGKILL, SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGUSR2, SIGXCPU};
	round->sent = signals[random_below(&round->seed, COUNT_OF(signals))];
	round->is_survived = round->has_begun && !round->tracer_killed && !round->may_harm &&
	                     round->target && find_tracer(round) > 0;
	send(round, "stop", round->job->pid, round->sent);
}

static void end_by_closing(struct round *round)
{
	tell(round, " closed");
	round->terminal_gone = true;
	close(round->pty.master);
	round->pty.master = -1;
}

static void (*const ends[])(struct round *round) = {
	end_by_key,
	end_by_key,
	end_by_signal,
	end_by_signal,
	end_by_death,
	end_by_closing,
};

/* Presses the key to quit from time to time, out of any dialog, and leaves a command running. */
static void press_quit(struct round *round, unsigned int step)
{
	static const char *const keys[] = {"\x1b[201~", "\x1b", "\x1b", "q", "l"};
	if (step % 40 == 0 && round->pty.master >= 0)
		type_text(round, keys[step / 40 % COUNT_OF(keys)]);
}

static void await_end(struct round *round)
{
	time_t until = time(NULL) + patience_s();
	for (unsigned int step = 0; !round->job->ended; step++) {
		press_quit(round, step);
		read_screen(round, 1);
		pause_poll();
		if (time(NULL) > until)
			fail_round(round, "stop does not end");
	}
	read_screen(round, 0);
}

/* Checks. */

static void check_status(struct round *round)
{
	int status = round->job->status;
	bool has_lost = round->tracer_killed || round->target_killed || round->may_harm ||
	                round->terminal_gone || !round->target ||
	                strstr(round->tail, "the tracer gets no processor");
	char text[64];
	if (WIFSIGNALED(status) && WTERMSIG(status) == round->sent)
		return;
	/* Without a terminal, it asks for another mode. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2 && round->terminal_gone &&
		!round->has_begun)
		return;
	if (WIFEXITED(status) &&
		(WEXITSTATUS(status) == 0 || (WEXITSTATUS(status) == 1 && has_lost)))
		return;
	snprintf(text, sizeof(text), "wait status 0x%x", (unsigned int)status);
	fail_round(round, text);
}

static bool modes_equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

/* The last occurrence of TEXT, or NULL. */
static const char *find_last(const char *in, const char *text)
{
	const char *last = NULL;
	while ((in = strstr(in, text)) != NULL)
		last = in++;
	return last;
}

/* Whether the terminal is as it was. */
static bool is_restored(struct round *round)
{
	struct termios after;
	read_screen(round, 1);
	tcgetattr(round->pty.slave, &after);
	const char *on = find_last(round->tail, "\x1b[?1049h");
	const char *off = find_last(round->tail, "\x1b[?1049l");
	bool is_normal = !round->has_screen || !on || (off && off > on);
	return is_normal && modes_equal(&round->before, &after);
}

/* Whether what a killed stop leaves to its tracer has been done. */
static void check_terminal(struct round *round)
{
	time_t until = time(NULL) + patience_s();
	if (round->terminal_gone || (round->sent == SIGKILL && !round->is_survived))
		return;
	while (!is_restored(round)) {
		struct termios after;
		char text[128];
		pause_poll();
		if (time(NULL) <= until)
			continue;
		tcgetattr(round->pty.slave, &after);
		snprintf(text, sizeof(text),
			"wait status 0x%x, the terminal is not restored: modes %x %x %x %x",
			(unsigned int)round->job->status, after.c_iflag, after.c_oflag,
			after.c_cflag, after.c_lflag);
		fail_round(round, text);
	}
}

static void check_target(struct round *round)
{
	struct program *target = round->target;
	char state[32];
	time_t until = time(NULL) + patience_s();
	if (!target || round->target_killed)
		return;
	while (task_tracer(target->pid)) {
		if (time(NULL) > until)
			fail_round(round, "the target is still traced");
		pause_poll();
	}
	if (!task_status(target->pid, "State", state, sizeof(state)) || state[0] == 'Z') {
		if (!round->may_harm)
			fail_round(round, "the target has died");
		return;
	}
	/* The menu of signals has SIGSTOP. */
	if (round->may_harm)
		kill(target->pid, SIGCONT);
	if (state[0] == 'T' && !round->may_harm)
		fail_round(round, "the target is stopped");
	if (!round->may_harm)
		steady_goes_on(target);
}

/* Ends those that stop has left to us: a command, its children, a reader of its output. */
static void end_children(struct round *round)
{
	pid_t children[CHILDREN];
	time_t until = time(NULL) + patience_s();
	pid_t target = round->target ? round->target->pid : 0;
	for (;;) {
		size_t left = 0, count = task_children(getpid(), children, CHILDREN);
		for (size_t i = 0; i < count; i++) {
			char name[32] = "";
			task_status(children[i], "Name", name, sizeof(name));
			bool is_tracer = strstr(name, "tracer") != NULL;
			if (children[i] == target)
				continue;
			left++;
			if (!is_tracer)
				kill(children[i], SIGKILL);
			waitpid(children[i], NULL, WNOHANG);
		}
		if (left == 0)
			return;
		if (time(NULL) > until)
			fail_round(round, "a process is left");
		pause_poll();
	}
}

/* The beginning. */

static void become_stop(struct round *round, char *const *words, const char *term)
{
	setpgid(0, 0);
	tcsetpgrp(0, getpgrp());
	signal(SIGTTOU, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	setenv("TERM", term, 1);
	setenv("XDG_CONFIG_HOME", directory, 1);
	setenv("ASAN_OPTIONS",
		"detect_leaks=0:exitcode=99:handle_segv=0:handle_sigbus=0:"
		"handle_abort=0:handle_sigill=0:handle_sigfpe=0",
		1);
	round->job->pid = getpid();
	execv(getenv("STOP"), words);
	_exit(125);
}

/* Runs stop, and continues it whenever it is stopped. */
static void become_shell(struct round *round, char *const *words, const char *term)
{
	int status;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Before it gets them: the test may close the terminal at any time. */
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	pty_become_terminal(&round->pty);
	close(round->pty.master);
	pid_t stop = fork();
	if (stop == 0)
		become_stop(round, words, term);
	setpgid(stop, stop);
	while (waitpid(stop, &status, WUNTRACED) == stop && WIFSTOPPED(status)) {
		/* The test itself stops it by SIGSTOP. */
		if (WSTOPSIG(status) == SIGSTOP)
			continue;
		tcsetpgrp(0, getpgrp());
		pause_moment(5 * NS_PER_MS);
		tcsetpgrp(0, stop);
		kill(-stop, SIGCONT);
	}
	round->job->status = status;
	round->job->ended = true;
	/* Until the test has seen the terminal, which would be lost with its owner. */
	for (;;)
		pause();
}

/* Puts the words of TEXT, which is changed, into WORDS. */
static void split(char *text, char *words[WORDS])
{
	static char engine[32];
	size_t count = 0;
	snprintf(engine, sizeof(engine), "%s", program_engine());
	words[count++] = getenv("STOP");
	words[count++] = engine;
	for (char *word; count < WORDS - 1 && (word = strsep(&text, " ")) != NULL;) {
		if (*word)
			words[count++] = word;
	}
	words[count] = NULL;
}

static const char *choose(struct round *round, const char *const *texts, size_t count)
{
	const char *text = texts[random_below(&round->seed, count)];
	tell(round, " %s", text);
	return text;
}

static void begin(struct round *round)
{
	static const char *const terms[] = {
		"xterm-256color", "xterm-256color", "xterm", "linux", "vt100"};
	static const char *const options[] = {"-d 0.05", "-d 0.01", "-d 1", "-d 0.05 -k all",
		"-d 0.1 --follow=tree -k read,nanosleep", "-d 0.05 --ring=65536",
		"-d 0.2 -e %desc -S rate"};
	static const char *const commands[] = {
		"true", "sleep 1000", "sh -c : ", "yes", "find /usr/include", "sh"};
	char text[512], *words[WORDS];
	const char *term = choose(round, terms, COUNT_OF(terms));
	const char *option = choose(round, options, COUNT_OF(options));
	round->has_screen = strncmp(term, "xterm", 5) == 0;
	pty_open(&round->pty);
	fcntl(round->pty.master, F_SETFL, O_NONBLOCK);
	tcgetattr(round->pty.slave, &round->before);
	set_size(round);
	if (random_below(&round->seed, 4))
		round->target = steady_start();
	if (round->target)
		snprintf(text, sizeof(text), "--snapshot-dir=%s %s -p %d", directory, option,
			(int)round->target->pid);
	else
		snprintf(text, sizeof(text), "--snapshot-dir=%s %s -- %s", directory, option,
			choose(round, commands, COUNT_OF(commands)));
	split(text, words);
	round->job = mmap(NULL, sizeof(*round->job), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(round->job, MAP_FAILED);
	round->shell = fork();
	assert_true(round->shell >= 0);
	if (round->shell == 0)
		become_shell(round, words, term);
}

/* Sometimes things happen while it starts, but mostly on its screen. */
static void await_screen(struct round *round)
{
	time_t until = time(NULL) + patience_s();
	if (random_below(&round->seed, 8) == 0) {
		read_screen(round, (int)random_below(&round->seed, 50));
		return;
	}
	while (!round->job->ended && !round->has_begun) {
		read_screen(round, 1);
		if (time(NULL) > until)
			fail_round(round, "there is no screen");
	}
}

static void clean_up(struct round *round)
{
	kill(round->shell, SIGKILL);
	waitpid(round->shell, NULL, 0);
	end_children(round);
	if (round->target)
		program_free(round->target);
	pty_close(&round->pty);
	munmap(round->job, sizeof(*round->job));
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s/*", directory);
	assert_int_equal(system(command), 0);
}

static void run_round(uint64_t seed)
{
	static struct round round;
	/* Seeds that follow each other begin with similar numbers. */
	round = (struct round){
		.number = seed,
		.seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
	};
	tell(&round, " %llu:", (unsigned long long)seed);
	begin(&round);
	await_screen(&round);
	act(&round);
	ends[random_below(&round.seed, COUNT_OF(ends))](&round);
	await_end(&round);
	check_status(&round);
	check_terminal(&round);
	check_target(&round);
	clean_up(&round);
}

static uint64_t number_in(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* The manual is a page that ends by itself: a pager has keys, and ways to end, of its own. */
static void make_manual(char path[64])
{
	char search[4096];
	const char *old = getenv("PATH");
	assert_non_null(mkdtemp(programs));
	snprintf(path, 64, "%s/man", programs);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "#!/bin/sh\necho \"the page of $2\"\n") > 0);
	close(fd);
	snprintf(search, sizeof(search), "%s:%s", programs, old ? old : "/usr/bin:/bin");
	setenv("PATH", search, 1);
}

static void nothing_breaks_the_screen(void **state)
{
	char manual[64];
	(void)state;
	time_t until = time(NULL) + (time_t)number_in("FUZZ_SECONDS", SECONDS);
	uint64_t seed = number_in("FUZZ_SEED", 1), first = seed;
	assert_non_null(mkdtemp(directory));
	make_manual(manual);
	/* What stop leaves behind becomes our child. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	do
		run_round(seed++);
	while (time(NULL) < until);
	print_message("%llu rounds\n", (unsigned long long)(seed - first));
	assert_int_equal(unlink(manual), 0);
	assert_int_equal(rmdir(programs), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_breaks_the_screen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
