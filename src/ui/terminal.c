/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal, through ncurses; see ui/terminal.h. */
#include "config.h"

#include "ui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* The wide-character functions are declared for X/Open level 5 and later. */
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef columns /* term.h has macros for all capabilities, including this one */

#include "base/alloc.h"
#include "base/timed_write.h"
#include "ui/keys.h"
#include "ui/mouse.h"
#include "ui/renderer.h"
#include "ui/terminal_entry.h"
#include "ui/terminfo.h"
#include "ui/theme.h"
#include "ui/write_queue.h"

/* How long to wait after ESC for the rest of an escape sequence. */
#define ESCAPE_MS       25

/* Enable and disable mouse reports (ui/mouse.h); terminals without a mouse ignore this. */
#define MOUSE_ON        "\x1b[?1006;1000h"
#define MOUSE_OFF       "\x1b[?1006;1000l"

/* Enable and disable bracketed paste; the marks of pasted text. */
#define PASTE_ON        "\x1b[?2004h"
#define PASTE_OFF       "\x1b[?2004l"
#define PASTE_BEGIN     "\x1b[200~"
#define PASTE_END       "\x1b[201~"

/* Key numbers for sequences that keyboards do not send: both forms of mouse reports, paste marks.
 */
#define KEY_ALT         KEY_F(50) /* and the digit */
#define KEY_PASTE_BEGIN KEY_F(60)
#define KEY_PASTE_END   KEY_F(61)
#define KEY_MOUSE_NEW   KEY_F(62)
#define KEY_MOUSE_OLD   KEY_F(63)

/* Maximum number of bytes that restoring the terminal sends. */
#define RESTORE_MAX     256

/* How long the terminal may block while it is being restored. */
#define RESTORE_MS      100

/* Size of the longest terminal name that is constructed, including the final NUL. */

/* With fewer colours, none are used. */
#define SOME_COLOURS    8

/* The size of a terminal that does not report one. */
#define DEFAULT_ROWS    24
#define DEFAULT_COLUMNS 80

/* Signals whose default action newterm(3x) replaces; the event loop handles them. */
static const int taken_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};

#define TAKEN_COUNT (sizeof(taken_signals) / sizeof(*taken_signals))

struct terminal {
	int input_fd;         /* nonblocking; owned */
	FILE *input, *unused; /* ncurses reads from and would write to these; owned */
	struct terminal_entry entry;
	SCREEN *screen;       /* owned */
	WINDOW *keyboard;     /* a pad to read from: reading from stdscr would draw it */
	struct termios modes; /* while the terminal is in use */
	struct write_queue queue;
	struct renderer *renderer;
	struct canvas *waiting; /* to be displayed once the queue is empty; owned, or NULL */
	char *full_screen;      /* switches to the alternate screen; NULL: there is none */
	bool ascii;
	int colours;        /* number of colours; 0 if the defaults could not be restored */
	bool has_colours;   /* see terminal_has_colours() */
	struct mouse mouse; /* the report being read */
	int mouse_row, mouse_column; /* of the last mouse key */
	bool pasting;                /* input is pasted text */
};

/*
 * The data for restoring the terminal, prepared in advance for use in a signal handler, and global
 * because the handler has no context. `fd` is -1 if there is nothing to restore.
 */
static struct {
	volatile sig_atomic_t fd;
	volatile sig_atomic_t text;     /* index of the complete text */
	volatile sig_atomic_t borrower; /* process group that has the terminal, or 0 */
	bool may_block;                 /* as in struct write_queue */
	struct termios modes;
	struct termios ours; /* while the terminal is in use */
	char texts[2][RESTORE_MAX];
} restoring = {.fd = -1};

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Whether another process group has the terminal: what is done to it would disturb that. */
static bool is_background(int fd)
{
	pid_t group = tcgetpgrp(fd);
	return group > 0 && group != getpgrp();
}

bool terminal_is_background(void)
{
	return is_background(STDIN_FILENO) || is_background(STDOUT_FILENO);
}

bool terminal_is_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

bool terminal_describe(const char *name, int *colours)
{
	struct terminal_entry entry;
	int answer;
	*colours = 0;
	if (!name || !*name || !terminal_entry_find(name, &entry) ||
		setupterm(entry.name, STDOUT_FILENO, &answer) != OK)
		return false;
	*colours = terminfo_number("colors");
	return true;
}

const char *terminal_library(void)
{
	return curses_version();
}

/* Appends string capability NAME, with its parameters ROW and COLUMN, to TEXT. */
static void append_capability(char text[RESTORE_MAX], const char *name, int row, int column)
{
	char buf[TERMINFO_MAX];
	size_t used = strlen(text);
	char *format = terminfo_string(name);
	terminfo_format(format, row, column, buf);
	if (used + strlen(buf) < RESTORE_MAX)
		strcpy(text + used, buf);
	free(format);
}

/* Prepares to restore a terminal with ROWS lines. */
static void prepare_restoration(const struct terminal *terminal, int rows)
{
	int next = !restoring.text;
	char *text = restoring.texts[next];
	snprintf(text, RESTORE_MAX, "%s%s", PASTE_OFF, MOUSE_OFF);
	append_capability(text, "rmkx", 0, 0);
	append_capability(text, "sgr0", 0, 0);
	append_capability(text, "op", 0, 0);
	append_capability(text, "cnorm", 0, 0);
	/* Without an alternate screen, the shell continues in the last line. */
	if (!terminal->full_screen) {
		append_capability(text, "cup", rows - 1, 0);
		append_capability(text, "el", 0, 0);
	}
	append_capability(text, "rmcup", 0, 0);
	restoring.text = next;
}

/* Writes TEXT to FD unless that blocks for TIMEOUT_MS. Returns whether all of it was written.
 * Async-signal-safe. */
static bool send_text(int fd, const char *text, int timeout_ms)
{
	size_t left = strlen(text), done;
	if (restoring.may_block)
		return timed_write(fd, text, left, timeout_ms, &done) == 0;
	while (left) {
		struct pollfd room = {.fd = fd, .events = POLLOUT};
		ssize_t taken = write(fd, text, left);
		if (taken < 0 && errno != EAGAIN && errno != EINTR)
			return true; /* the terminal is gone */
		text += taken > 0 ? taken : 0;
		left -= taken > 0 ? (size_t)taken : 0;
		if (left && poll(&room, 1, timeout_ms) <= 0)
			return false;
	}
	return true;
}

static bool modes_equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag &&
	       memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

/* Whether the modes of FD are those of our screen: nobody else has set any since. */
static bool has_our_modes(int fd)
{
	struct termios now;
	return tcgetattr(fd, &now) == 0 && modes_equal(&now, &restoring.ours);
}

/*
 * Restores the terminal; in the background, only if nobody else uses it by now. The output sent so
 * far may end in the middle of a sequence: the escape character at the beginning of the text ends
 * it. Async-signal-safe.
 */
static void restore(void)
{
	int fd = restoring.fd;
	const char *text = restoring.texts[restoring.text];
	sigset_t set, mask;
	restoring.fd = -1;
	if (fd < 0 || (is_background(fd) && !has_our_modes(fd)))
		return;
	/* Do not stop if another process group takes the foreground meanwhile. */
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, &mask);
	if (!send_text(fd, text, RESTORE_MS)) {
		/*
		 * ^S, or there is no reader. Turning IXON off undoes the former. Unread output is a
		 * part of our screen: discarding it makes room for the text, for a later reader.
		 * TCSANOW everywhere, because TCSADRAIN would wait for the reader.
		 */
		struct termios modes = restoring.modes;
		modes.c_iflag &= ~(tcflag_t)IXON;
		tcsetattr(fd, TCSANOW, &modes);
		tcflush(fd, TCOFLUSH);
		send_text(fd, text, 0);
	}
	tcsetattr(fd, TCSANOW, &restoring.modes);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/*
 * Ends whoever the terminal was lent to, and restores it, unless others have it by now.
 * Async-signal-safe.
 */
static void take_back(void)
{
	pid_t group = restoring.borrower;
	sigset_t set, mask;
	restoring.borrower = 0;
	if (!group || tcgetpgrp(STDOUT_FILENO) != group)
		return;
	kill(-group, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, &mask);
	send_text(STDOUT_FILENO, restoring.texts[restoring.text], RESTORE_MS);
	tcsetattr(STDOUT_FILENO, TCSANOW, &restoring.modes);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

void terminal_rescue(void)
{
	int saved = errno;
	restore();
	take_back();
	errno = saved;
}

/*
 * The shell may have gone on already, and set modes of its own: these are kept. But it leaves the
 * screen, the mouse and the paste marks as they are.
 */
void terminal_rescue_survivor(void)
{
	take_back();
	if (restoring.fd < 0)
		return;
	restoring.fd = -1;
	/* That was opened later than the descriptors of this process were copied. */
	restoring.may_block = true;
	send_text(STDOUT_FILENO, restoring.texts[restoring.text], RESTORE_MS);
	if (has_our_modes(STDOUT_FILENO))
		tcsetattr(STDOUT_FILENO, TCSANOW, &restoring.modes);
}

void terminal_theme(struct terminal *terminal, enum theme theme)
{
	int colours = theme_colours(terminal->colours, getenv("NO_COLOR"));
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct appearance appearance = theme_appearance(theme, (enum style)style, colours);
		renderer_set_style(terminal->renderer, (enum style)style, &appearance);
	}
	terminal->has_colours = colours >= SOME_COLOURS && theme != THEME_MONO;
	terminal_repaint(terminal);
}

bool terminal_has_colours(const struct terminal *terminal)
{
	return terminal->has_colours;
}

static void set_modes(struct terminal *terminal)
{
	cbreak();
	noecho();
	nonl();
	tcgetattr(terminal->queue.fd, &terminal->modes);
	restoring.ours = terminal->modes;
}

static void set_up_keyboard(struct terminal *terminal)
{
	set_escdelay(ESCAPE_MS);
	terminal->keyboard = newpad(1, 1);
	keypad(terminal->keyboard, TRUE);
	nodelay(terminal->keyboard, TRUE);
	meta(terminal->keyboard, TRUE);
	for (int digit = 1; digit <= 9; digit++)
		define_key((char[]){0x1b, (char)('0' + digit), '\0'}, KEY_ALT + digit);
	define_key("\x1b[<", KEY_MOUSE_NEW);
	define_key("\x1b[M", KEY_MOUSE_OLD);
	define_key(PASTE_BEGIN, KEY_PASTE_BEGIN);
	define_key(PASTE_END, KEY_PASTE_END);
}

/* Sends the initial sequences of our screen. */
static void begin_screen(struct terminal *terminal)
{
	static const char *const names[] = {"smkx", "civis"};
	if (terminal->full_screen)
		write_queue_puts(&terminal->queue, terminal->full_screen);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *text = terminfo_string(names[i]);
		write_queue_puts(&terminal->queue, text ? text : "");
		free(text);
	}
	write_queue_puts(&terminal->queue, MOUSE_ON PASTE_ON);
	terminal_repaint(terminal);
	write_queue_send(&terminal->queue);
}

/* Finds the description of the terminal that TERM names. Returns whether it is usable. */
static bool find_entry(struct terminal_entry *entry, char *reason, size_t size)
{
	const char *term = getenv("TERM");
	if (!term || !*term) {
		snprintf(reason, size, "TERM is not set: it must name the terminal");
		return false;
	}
	if (!terminal_entry_find(term, entry)) {
		snprintf(reason, size, "the terminal \"%.32s\" is unknown: try TERM=xterm", term);
		return false;
	}
	if (!entry->can_move)
		snprintf(reason, size, "the terminal \"%.32s\" cannot move its cursor", term);
	return entry->can_move;
}

/* Whether A and B are the same terminal. */
static bool is_same_terminal(int a, int b)
{
	unsigned int numbers[2];
	return ioctl(a, TIOCGDEV, &numbers[0]) == 0 && ioctl(b, TIOCGDEV, &numbers[1]) == 0 &&
	       numbers[0] == numbers[1];
}

int terminal_take_keys(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int result = is_same_terminal(fd, STDOUT_FILENO) ? 0 : -ENOTTY;
	if (result == 0 && dup2(fd, STDIN_FILENO) < 0)
		result = -errno;
	close(fd);
	return result;
}

/*
 * Opens the terminal FD again, so that O_NONBLOCK affects only us: the shell and others that
 * inherited FD share its open file. The controlling terminal can be opened regardless of its owner.
 * Returns a descriptor or -errno.
 */
static int reopen(int fd, int flags)
{
	char path[32];
	flags |= O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int again = open("/dev/tty", flags);
	if (again >= 0 && is_same_terminal(again, fd))
		return again;
	if (again >= 0)
		close(again);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	again = open(path, flags);
	return again < 0 ? -errno : again;
}

/*
 * Opens the descriptors for reading and writing; only one if both are the same terminal. If one
 * cannot be opened again, the inherited one is used, taking care not to block.
 */
static int open_descriptors(struct terminal *terminal)
{
	bool is_one = is_same_terminal(STDIN_FILENO, STDOUT_FILENO);
	terminal->input_fd = reopen(STDIN_FILENO, is_one ? O_RDWR : O_RDONLY);
	terminal->queue.fd = is_one ? terminal->input_fd : reopen(STDOUT_FILENO, O_WRONLY);
	terminal->queue.may_block = terminal->queue.fd < 0;
	if (terminal->queue.may_block)
		terminal->queue.fd = STDOUT_FILENO;
	if (terminal->input_fd < 0)
		terminal->input_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	return terminal->input_fd < 0 ? -errno : 0;
}

/* newterm(3x), without changing signal handlers. */
static SCREEN *open_screen(struct terminal *terminal)
{
	struct sigaction saved[TAKEN_COUNT];
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaction(taken_signals[i], NULL, &saved[i]);
	SCREEN *screen = newterm(terminal->entry.name, terminal->unused, terminal->input);
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaction(taken_signals[i], &saved[i], NULL);
	return screen;
}

/*
 * Sets up ncurses for reading keys. It reads and sets the terminal's modes through a descriptor
 * that is redirected to /dev/null afterwards, because its writes would block.
 */
static int open_curses(struct terminal *terminal)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	terminal->unused = fd < 0 ? NULL : fdopen(fd, "w");
	terminal->input = fdopen(terminal->input_fd, "r");
	if (!terminal->unused || !terminal->input)
		return -errno;
	terminal->screen = open_screen(terminal);
	if (!terminal->screen)
		return -ENOTSUP;
	set_modes(terminal);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0)
		return -errno;
	dup3(null, fd, O_CLOEXEC);
	close(null);
	set_up_keyboard(terminal);
	return 0;
}

/* Frees TERMINAL, which may be only partly set up. */
static void free_terminal(struct terminal *terminal)
{
	renderer_free(terminal->renderer);
	canvas_free(terminal->waiting);
	if (terminal->keyboard)
		delwin(terminal->keyboard);
	if (terminal->screen)
		delscreen(terminal->screen);
	if (terminal->unused)
		fclose(terminal->unused);
	if (terminal->queue.fd != terminal->input_fd && !terminal->queue.may_block)
		close(terminal->queue.fd);
	if (terminal->input)
		fclose(terminal->input);
	write_queue_clear(&terminal->queue);
	free(terminal->full_screen);
	free(terminal);
}

/* Sets up everything. Returns 0 or -errno. */
static int set_up(struct terminal *terminal)
{
	int result = open_descriptors(terminal);
	if (result == 0)
		result = open_curses(terminal);
	if (result < 0)
		return result;
	char *original_colours = terminfo_string("op");
	terminal->ascii = terminal_is_ascii();
	terminal->colours = original_colours ? terminfo_number("colors") : 0;
	free(original_colours);
	/* Use the alternate screen only if it can be left again. */
	char *leave = terminfo_string("rmcup");
	terminal->full_screen = leave ? terminfo_string("smcup") : NULL;
	free(leave);
	terminal->renderer = renderer_new(terminal->ascii);
	terminal_theme(terminal, THEME_DARK);
	return 0;
}

int terminal_open(struct terminal **out, char *reason, size_t size)
{
	struct terminal_entry entry;
	if (!find_entry(&entry, reason, size))
		return -ENOTSUP;
	if (tcgetattr(STDOUT_FILENO, &restoring.modes) < 0) {
		int error = errno;
		snprintf(reason, size, "standard output: %s", strerror(error));
		return -error;
	}
	struct terminal *terminal = xcalloc(1, sizeof(*terminal));
	terminal->entry = entry;
	int result = set_up(terminal);
	if (result < 0) {
		snprintf(reason, size, "the terminal cannot be set up: %s",
			strerrordesc_np(-result));
		tcsetattr(STDOUT_FILENO, TCSANOW, &restoring.modes);
		free_terminal(terminal);
		return result;
	}
	prepare_restoration(terminal, LINES);
	restoring.may_block = terminal->queue.may_block;
	restoring.fd = terminal->queue.fd;
	begin_screen(terminal);
	*out = terminal;
	return 0;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	restore();
	free_terminal(terminal);
}

int terminal_fd(const struct terminal *terminal)
{
	return terminal->input_fd;
}

short terminal_events(const struct terminal *terminal)
{
	bool waits = terminal->queue.size && terminal->queue.fd == terminal->input_fd;
	return waits ? POLLIN | POLLOUT : POLLIN;
}

/* Translates ncurses keys that are not characters to the numbers of ui/keys.h. */
static uint32_t from_curses(wint_t key)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} codes[] = {
		{KEY_UP, KEYCODE_UP},
		{KEY_DOWN, KEYCODE_DOWN},
		{KEY_LEFT, KEYCODE_LEFT},
		{KEY_RIGHT, KEYCODE_RIGHT},
		{KEY_PPAGE, KEYCODE_PAGE_UP},
		{KEY_NPAGE, KEYCODE_PAGE_DOWN},
		{KEY_HOME, KEYCODE_HOME},
		{KEY_FIND, KEYCODE_HOME},
		{KEY_END, KEYCODE_END},
		{KEY_SELECT, KEYCODE_END},
		{KEY_BACKSPACE, KEYCODE_BACKSPACE},
		{KEY_BTAB, KEYCODE_BACK_TAB},
		{KEY_DC, KEYCODE_DELETE},
		{KEY_ENTER, '\r'},
	};
	if (key >= KEY_F(1) && key <= KEY_F(12))
		return (uint32_t)(KEYCODE_F1 + (key - KEY_F(1)));
	if (key > KEY_ALT && key <= KEY_ALT + 9)
		return (uint32_t)KEYCODE_ALT(key - KEY_ALT);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (codes[i].curses == key)
			return codes[i].key;
	}
	return 0;
}

void terminal_mouse(const struct terminal *terminal, int *row, int *column)
{
	*row = terminal->mouse_row;
	*column = terminal->mouse_column;
}

/* Whether the other end of the terminal is gone: then reads keep returning nothing. */
static bool is_gone(const struct terminal *terminal)
{
	struct pollfd input = {.fd = terminal->input_fd, .events = POLLIN};
	return poll(&input, 1, 0) > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

bool terminal_has_input(const struct terminal *terminal)
{
	struct pollfd input = {.fd = terminal->input_fd, .events = POLLIN};
	return poll(&input, 1, 0) > 0;
}

/* The key for input that is part of pasted text; 0: none. */
static uint32_t decode_pasted(struct terminal *terminal, bool is_code, wint_t typed)
{
	if (is_code && typed == KEY_PASTE_END)
		terminal->pasting = false;
	return is_code ? 0 : KEYCODE_PASTED | (uint32_t)typed;
}

/* The key for input; 0: none, or incomplete. */
static uint32_t decode(struct terminal *terminal, bool is_code, wint_t typed)
{
	uint32_t key = 0;
	if (terminal->pasting)
		return decode_pasted(terminal, is_code, typed);
	if (is_code && typed == KEY_PASTE_BEGIN)
		terminal->pasting = true;
	else if (is_code && (typed == KEY_MOUSE_NEW || typed == KEY_MOUSE_OLD))
		mouse_begin(&terminal->mouse, typed == KEY_MOUSE_OLD);
	else if (is_code)
		key = from_curses(typed);
	else if (terminal->mouse.form == MOUSE_IDLE)
		key = (uint32_t)typed;
	else
		mouse_decode(&terminal->mouse, (uint32_t)typed, &key, &terminal->mouse_row,
			&terminal->mouse_column);
	return key;
}

int terminal_key(struct terminal *terminal, uint32_t *key)
{
	terminal_catch_up(terminal);
	for (;;) {
		wint_t typed;
		int kind = wget_wch(terminal->keyboard, &typed);
		if (kind == ERR)
			return is_gone(terminal) ? -EIO : 0;
		uint32_t code = decode(terminal, kind == KEY_CODE_YES, typed);
		if (code) {
			*key = code;
			return 1;
		}
	}
}

void terminal_resize(struct terminal *terminal, int *rows, int *columns)
{
	struct winsize size = {0};
	ioctl(terminal->queue.fd, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : DEFAULT_ROWS;
	*columns = size.ws_col ? size.ws_col : DEFAULT_COLUMNS;
	prepare_restoration(terminal, *rows);
	terminal_repaint(terminal);
}

/* Saves a copy of CANVAS for later. */
static void keep(struct terminal *terminal, const struct canvas *canvas)
{
	size_t cells = (size_t)canvas->rows * (size_t)canvas->columns;
	canvas_free(terminal->waiting);
	terminal->waiting = canvas_new(canvas->rows, canvas->columns);
	memcpy(terminal->waiting->cells, canvas->cells, cells * sizeof(*canvas->cells));
}

void terminal_flush(struct terminal *terminal, const struct canvas *canvas)
{
	if (!write_queue_send(&terminal->queue) || is_background(terminal->queue.fd)) {
		keep(terminal, canvas);
		return;
	}
	canvas_free(terminal->waiting);
	terminal->waiting = NULL;
	renderer_draw(terminal->renderer, canvas, &terminal->queue);
	write_queue_send(&terminal->queue);
}

bool terminal_catch_up(struct terminal *terminal)
{
	struct canvas *waiting = terminal->waiting;
	if (!write_queue_send(&terminal->queue))
		return false;
	if (waiting) {
		terminal->waiting = NULL;
		terminal_flush(terminal, waiting);
		canvas_free(waiting);
	}
	return terminal->queue.size == 0 && !terminal->waiting;
}

/* Base64 (RFC 4648), without a final NUL. Returns the size. */
static size_t encode(const char *text, size_t size, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t used = 0;
	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = 0;
		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < size ? (unsigned char)text[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			out[used++] = i + k > size ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	return used;
}

/* OSC 52 of xterm's ctlseqs. */
void terminal_copy(struct terminal *terminal, const char *text)
{
	size_t size = strlen(text);
	char *encoded = xcalloc((size + 2) / 3, 4);
	write_queue_puts(&terminal->queue, "\x1b]52;c;");
	write_queue_add(&terminal->queue, encoded, encode(text, size, encoded));
	write_queue_puts(&terminal->queue, "\x07");
	free(encoded);
}

void terminal_repaint(struct terminal *terminal)
{
	renderer_forget(terminal->renderer);
}

void terminal_lend(pid_t group)
{
	/* Whoever was killed has left modes of its own. */
	if (restoring.borrower && !group)
		tcsetattr(STDOUT_FILENO, TCSANOW, &restoring.modes);
	restoring.borrower = group;
}

void terminal_suspend(struct terminal *terminal)
{
	restore();
	write_queue_drop(&terminal->queue);
	canvas_free(terminal->waiting);
	terminal->waiting = NULL;
}

void terminal_resume(struct terminal *terminal)
{
	/* The modes set while the program was suspended have to be restored later. */
	tcgetattr(terminal->queue.fd, &restoring.modes);
	restoring.fd = terminal->queue.fd;
	terminal->pasting = false; /* in case the end mark was lost */
	tcsetattr(terminal->queue.fd, TCSANOW, &terminal->modes);
	begin_screen(terminal);
}
