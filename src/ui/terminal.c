/* The terminal, through ncurses; see ui/terminal.h. */
#include "config.h"

#include "ui/terminal.h"

#include <errno.h>
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
#include "out/glyph.h"
#include "ui/keys.h"
#include "ui/mouse.h"
#include "ui/theme.h"

/* How long to wait after ESC for the rest of an escape sequence. */
#define ESCAPE_MS       25

/* Enable and disable mouse reports (ui/mouse.h); terminals without a mouse ignore this. */
#define MOUSE_ON        "\x1b[?1006;1000h"
#define MOUSE_OFF       "\x1b[?1006;1000l"

/* Key numbers for the introducers of both forms of mouse reports; unused by keyboards. */
#define KEY_MOUSE_NEW   KEY_F(62)
#define KEY_MOUSE_OLD   KEY_F(63)

/* Maximum number of bytes that terminal_rescue() sends. */
#define RESCUE_MAX      256

/* Size of the longest terminal name that is constructed, including the final NUL. */
#define TERM_MAX        64

/* The size of a terminal that does not report one. */
#define DEFAULT_ROWS    24
#define DEFAULT_COLUMNS 80

/* Signals whose default action newterm(3x) replaces; the event loop handles them. */
static const int taken_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};

#define TAKEN_COUNT (sizeof(taken_signals) / sizeof(*taken_signals))

struct terminal {
	SCREEN *screen;   /* owned */
	WINDOW *keyboard; /* a pad to read from: reading from stdscr would draw it */
	attr_t attrs[STYLE_COUNT];
	short pairs[STYLE_COUNT]; /* colour pairs; 0: the terminal's own colours */
	bool ascii;
	bool has_colours;            /* and default colours */
	struct mouse mouse;          /* the report being read */
	int mouse_row, mouse_column; /* of the last key of the mouse */
};

/*
 * What terminal_rescue() needs, prepared. The only global state: a signal handler has no context.
 * `fd` is written last and is -1 if there is nothing to restore.
 */
static struct {
	volatile sig_atomic_t fd;
	struct termios termios;
	char text[RESCUE_MAX];
	size_t length;
} rescue = {.fd = -1};

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool terminal_is_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

const char *terminal_library(void)
{
	return curses_version();
}

/* Appends capability NAME, without its padding, to what terminal_rescue() sends. */
static void rescue_add(const char *name)
{
	const char *text = tigetstr(name);
	if (!text || text == (char *)-1)
		return;
	while (*text && rescue.length < RESCUE_MAX) {
		if (text[0] == '$' && text[1] == '<' && strchr(text, '>'))
			text = strchr(text, '>') + 1;
		else
			rescue.text[rescue.length++] = *text++;
	}
}

static void rescue_prepare(void)
{
	static const char *const names[] = {"rmkx", "sgr0", "op", "cnorm", "rmcup"};
	/* Mouse reports (xterm's 1000 and 1006) have no terminfo capability. */
	rescue.length = (size_t)snprintf(rescue.text, RESCUE_MAX, "%s", MOUSE_OFF);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		rescue_add(names[i]);
	rescue.fd = STDOUT_FILENO;
}

void terminal_rescue(void)
{
	int saved = errno;
	int fd = rescue.fd;
	rescue.fd = -1;
	if (fd >= 0) {
		/* An error can no longer be reported. */
		ssize_t ignored = write(fd, rescue.text, rescue.length);
		(void)ignored;
		tcsetattr(fd, TCSANOW, &rescue.termios);
	}
	errno = saved;
}

/* The ncurses attributes of APPEARANCE. */
static attr_t attributes_of(const struct appearance *appearance)
{
	static const attr_t attributes[][2] = {
		{APPEARANCE_BOLD, A_BOLD},
		{APPEARANCE_DIM, A_DIM},
		{APPEARANCE_REVERSE, A_REVERSE},
		{APPEARANCE_UNDERLINE, A_UNDERLINE},
	};
	attr_t attrs = 0;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		if ((attr_t)appearance->attributes & attributes[i][0])
			attrs |= attributes[i][1];
	}
	return attrs;
}

void terminal_theme(struct terminal *terminal, enum theme theme)
{
	int colours = theme_colours(terminal->has_colours ? COLORS : 0, getenv("NO_COLOR"));
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct appearance appearance = theme_appearance(theme, (enum style)style, colours);
		bool is_plain = appearance.foreground == APPEARANCE_DEFAULT &&
		                appearance.background == APPEARANCE_DEFAULT;
		terminal->attrs[style] = attributes_of(&appearance);
		terminal->pairs[style] = is_plain ? 0 : (short)(style + 1);
		if (!is_plain)
			init_extended_pair(style + 1, appearance.foreground, appearance.background);
	}
	terminal_repaint(terminal);
}

/* Bypasses ncurses. May overtake its output, which is harmless as the two are independent. */
static void report_mouse(const char *sequence)
{
	ssize_t ignored = write(STDOUT_FILENO, sequence, strlen(sequence));
	(void)ignored; /* a terminal that is gone is detected when reading keys */
}

static void set_modes(struct terminal *terminal)
{
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	set_escdelay(ESCAPE_MS);
	scrollok(stdscr, FALSE);
	leaveok(stdscr, TRUE);
	terminal->keyboard = newpad(1, 1);
	keypad(terminal->keyboard, TRUE);
	nodelay(terminal->keyboard, TRUE);
	meta(terminal->keyboard, TRUE);
	define_key("\x1b[<", KEY_MOUSE_NEW);
	define_key("\x1b[M", KEY_MOUSE_OLD);
	report_mouse(MOUSE_ON);
}

/* Whether NAME is in the terminal database and can move its cursor; newterm(3x) would exit if not.
 */
static bool is_known(const char *name, bool *can_move)
{
	int answer;
	if (setupterm(name, STDOUT_FILENO, &answer) != OK)
		return false;
	*can_move = tigetstr("cup") && tigetstr("cup") != (char *)-1;
	del_curterm(cur_term);
	return true;
}

/*
 * The name of the terminfo entry to use: if COLORTERM says that the terminal has 16 million
 * colours, the entry that describes it so, such as "xterm-direct" for "xterm-256color", if there is
 * one; otherwise TERM.
 */
static const char *choose_term(const char *term, char buf[TERM_MAX])
{
	static const char few[] = "-256color";
	const char *colours = getenv("COLORTERM");
	size_t length = strlen(term);
	bool can_move;
	if (!colours || (strcmp(colours, "truecolor") != 0 && strcmp(colours, "24bit") != 0))
		return term;
	if (length >= strlen(few) && strcmp(term + length - strlen(few), few) == 0)
		length -= strlen(few);
	int used = snprintf(buf, TERM_MAX, "%.*s-direct", (int)length, term);
	return used < TERM_MAX && is_known(buf, &can_move) && can_move ? buf : term;
}

/* Whether TERM names a usable terminal. */
static bool check_term(char *reason, size_t size)
{
	const char *term = getenv("TERM");
	bool can_move;
	if (!term || !*term) {
		snprintf(reason, size, "TERM is not set: it must name the terminal");
		return false;
	}
	if (!is_known(term, &can_move)) {
		snprintf(reason, size, "the terminal \"%.32s\" is unknown: try TERM=xterm", term);
		return false;
	}
	if (!can_move)
		snprintf(reason, size, "the terminal \"%.32s\" cannot move its cursor", term);
	return can_move;
}

/* newterm(3x), without changing signal handlers. */
static SCREEN *open_screen(void)
{
	struct sigaction saved[TAKEN_COUNT];
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaction(taken_signals[i], NULL, &saved[i]);
	char buf[TERM_MAX];
	SCREEN *screen = newterm(choose_term(getenv("TERM"), buf), stdout, stdin);
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaction(taken_signals[i], &saved[i], NULL);
	return screen;
}

int terminal_open(struct terminal **out, char *reason, size_t size)
{
	if (!check_term(reason, size))
		return -ENOTSUP;
	if (tcgetattr(STDOUT_FILENO, &rescue.termios) < 0) {
		int error = errno;
		snprintf(reason, size, "standard output: %s", strerror(error));
		return -error;
	}
	struct terminal *terminal = xcalloc(1, sizeof(*terminal));
	terminal->screen = open_screen();
	if (!terminal->screen) {
		free(terminal);
		snprintf(reason, size, "the terminal cannot be set up");
		return -ENOTSUP;
	}
	rescue_prepare();
	terminal->ascii = terminal_is_ascii();
	set_modes(terminal);
	terminal->has_colours = start_color() == OK && use_default_colors() == OK;
	terminal_theme(terminal, THEME_DARK);
	*out = terminal;
	return 0;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	report_mouse(MOUSE_OFF);
	endwin();
	rescue.fd = -1;
	/* endwin(3x) may restore something else: this is the original state. */
	tcsetattr(STDOUT_FILENO, TCSADRAIN, &rescue.termios);
	delwin(terminal->keyboard);
	delscreen(terminal->screen);
	free(terminal);
}

int terminal_fd(const struct terminal *terminal)
{
	(void)terminal;
	return STDIN_FILENO;
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
static bool is_gone(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	return poll(&input, 1, 0) > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

/* The key for what was read; 0: none, or incomplete. */
static uint32_t decode(struct terminal *terminal, bool is_code, wint_t typed)
{
	uint32_t key = 0;
	if (is_code && (typed == KEY_MOUSE_NEW || typed == KEY_MOUSE_OLD))
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
	for (;;) {
		wint_t typed;
		int kind = wget_wch(terminal->keyboard, &typed);
		if (kind == ERR)
			return is_gone() ? -EIO : 0;
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
	(void)terminal;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : DEFAULT_ROWS;
	*columns = size.ws_col ? size.ws_col : DEFAULT_COLUMNS;
	if (*rows != LINES || *columns != COLS)
		resizeterm(*rows, *columns);
}

/* The character displayed for CODE. */
static wchar_t shown(const struct terminal *terminal, uint32_t code)
{
	return (wchar_t)(terminal->ascii ? (uint32_t)(unsigned char)glyph_ascii(code) : code);
}

static void flush_cell(
	const struct terminal *terminal, int row, int column, const struct canvas_cell *cell)
{
	wchar_t text[CANVAS_CHARS + 1] = {shown(terminal, cell->chars[0])};
	for (int i = 1; i < CANVAS_CHARS && !terminal->ascii; i++)
		text[i] = (wchar_t)cell->chars[i];
	cchar_t character;
	setcchar(
		&character, text, terminal->attrs[cell->style], terminal->pairs[cell->style], NULL);
	/* At the last cell of the screen this returns ERR because the cursor cannot advance. */
	mvadd_wch(row, column, &character);
}

void terminal_flush(struct terminal *terminal, const struct canvas *canvas)
{
	int rows = canvas->rows < LINES ? canvas->rows : LINES;
	int width = canvas->columns < COLS ? canvas->columns : COLS;
	for (int row = 0; row < rows; row++) {
		const struct canvas_cell *cells = &canvas->cells[row * canvas->columns];
		for (int column = 0; column < width; column++) {
			if (cells[column].width)
				flush_cell(terminal, row, column, &cells[column]);
		}
	}
	refresh();
}

void terminal_repaint(struct terminal *terminal)
{
	(void)terminal;
	clearok(stdscr, TRUE);
}

void terminal_suspend(struct terminal *terminal)
{
	(void)terminal;
	report_mouse(MOUSE_OFF);
	endwin();
	tcsetattr(STDOUT_FILENO, TCSADRAIN, &rescue.termios);
	rescue.fd = -1;
}

void terminal_resume(struct terminal *terminal)
{
	/* The settings made while the program was suspended have to be restored later. */
	tcgetattr(STDOUT_FILENO, &rescue.termios);
	rescue.fd = STDOUT_FILENO;
	reset_prog_mode();
	report_mouse(MOUSE_ON);
	terminal_repaint(terminal);
	refresh();
}
