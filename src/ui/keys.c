/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of keys; see ui/keys.h. */
#include "config.h"

#include "ui/keys.h"

#include "abi/syscall.h"
#include "ui/layout.h"

#define F(number)    (KEYCODE_F1 + (number)-1)

#define CTRL(letter) KEYCODE_CTRL(letter)

#define ALT(digit)   KEYCODE_ALT(digit)

/* The panes for whose focus keys are in the bar. */
#define IN(pane)     (UINT32_C(1) << PANE_##pane)
#define IN_TABLES    (IN(CALLS) | IN(THREADS) | IN(FILES) | IN(PROCESSES))

const struct key_binding key_bindings[] = {
	{{'h', '?', F(1)}, ACTION_HELP, 0, "F1 h ?", "help; again: engine, cost", "h", "help",
		KEYS_BAR_FIRST},
	{{'q', F(10)}, ACTION_QUIT, 0, "F10 q", "quit; targets go on", "q", "quit", KEYS_BAR_FIRST},
	{{'\r', '\n'}, ACTION_OPEN, 0, "Enter", "details of the selection", "Enter", "detail",
		IN_TABLES | IN(LOG) | IN(STACKS)},
	{{KEYCODE_ESCAPE, KEYCODE_BACKSPACE, 0x7f}, ACTION_BACK, 0, "Esc BkSp", "back", "Esc",
		"back",
		IN(DETAIL) | IN(STACKS) | IN(LOG) | IN(SIGNALS) | IN(FILES) | IN(PROCESSES)},
	{{'\t'}, ACTION_NEXT_PANE, 0, "Tab", "next pane", "Tab", "pane"},
	{{KEYCODE_BACK_TAB}, ACTION_PREVIOUS_PANE, 0, "S-Tab", "pane before", NULL, NULL},
	{{ALT(1)}, ACTION_PANE, PANE_CALLS, "Alt-1", "calls; others: by number", NULL, NULL},
	{{ALT(2)}, ACTION_PANE, PANE_THREADS, "Alt-2", "the threads", NULL, NULL},
	{{ALT(3)}, ACTION_PANE, PANE_DETAIL, "Alt-3", "the detail", NULL, NULL},
	{{ALT(4)}, ACTION_PANE, PANE_STACKS, "Alt-4", "the stacks", NULL, NULL},
	{{ALT(5)}, ACTION_PANE, PANE_FILES, "Alt-5", "files and peers", NULL, NULL},
	{{ALT(6)}, ACTION_PANE, PANE_PROCESSES, "Alt-6", "processes", NULL, NULL},
	{{ALT(7)}, ACTION_PANE, PANE_LOG, "Alt-7", "the log", NULL, NULL},
	{{ALT(8)}, ACTION_PANE, PANE_SIGNALS, "Alt-8", "signals", NULL, NULL},
	{{ALT(9)}, ACTION_PANE, PANE_OUTPUT, "Alt-9", "the command's output", NULL, NULL},
	{{'H'}, ACTION_THREADS, 0, "H", "threads, what they wait for", "H", "threads"},
	{{'b'}, ACTION_STACKS, 0, "b", "where the call comes from", "b", "stacks", KEYS_BAR_FIRST},
	{{'\\', F(4)}, ACTION_FILTER, 0, "F4 \\", "filter: read,%net,/regex", "\\", "filter"},
	{{F(6)}, ACTION_SORT_MENU, 0, "F6", "choose what to sort by", "F6", "sort", KEYS_BAR_FIRST},
	{{'c'}, ACTION_CLASS_MENU, 0, "c", "choose classes, see counts", "c", "class"},
	{{'e'}, ACTION_ERRORS, 0, "e", "only calls with errors", "e", "errors"},
	{{'z'}, ACTION_MARK, 0, "z", "count from now; again: all", "z", "from now"},
	{{'s'}, ACTION_SNAPSHOT, 0, "s", "write a snapshot", "s", "snapshot"},
	{{'r'}, ACTION_RECORD, 0, "r", "record, end that; --flight", "r", "record"},
	{{'W'}, ACTION_PAGE, 0, "W", "write a page of HTML", NULL, NULL},
	{{'B'}, ACTION_BASELINE, 0, "B", "baseline; again: changes", "B", "baseline"},
	{{'/', F(3)}, ACTION_SEARCH, 0, "F3 /", "search", "/", "search"},
	{{'n'}, ACTION_SEARCH_NEXT, 0, "n", "next that was searched", "n", "next", IN(LOG)},
	{{'N'}, ACTION_SEARCH_PREVIOUS, 0, "N", "the one before", NULL, NULL},
	{{'<'}, ACTION_SORT_LEFT, 0, "<", "sort by the previous column", NULL, NULL},
	{{'>'}, ACTION_SORT_RIGHT, 0, ">", "sort by the next column", NULL, NULL},
	{{'I'}, ACTION_INVERT, 0, "I", "invert the order", "I", "invert"},
	{{'R'}, ACTION_RESORT, 0, "R", "sort anew; rows stay for 5s", NULL, NULL},
	{{'i'}, ACTION_IDLE, 0, "i", "fold idle waits, show them", "i", "idle"},
	{{'a'}, ACTION_DISMISS, 0, "a", "dismiss the first advice", NULL, NULL},
	{{'A'}, ACTION_ADVICE, 0, "A", "show all advice again", NULL, NULL},
	{{'D'}, ACTION_DEAD, 0, "D", "keep ended threads listed", "D", "dead", IN(THREADS)},
	{{'F'}, ACTION_FOLLOW, 0, "F", "trace existing children", NULL, NULL},
	{{'t', F(5)}, ACTION_TREE, 0, "F5 t", "what processes execute", "t", "tree"},
	{{'f'}, ACTION_FILES, 0, "f", "files and peers of the calls", "f", "files"},
	{{'v'}, ACTION_GROUPING, 0, "v", "files: each, place, kind", "v", "grouping", IN(FILES)},
	{{'l'}, ACTION_LOG, 0, "l", "log of the selection's calls", "l", "log"},
	{{'-'}, ACTION_HIDE, 0, "-", "log: without this call", "-", "hide", IN(LOG)},
	{{'='}, ACTION_KEEP, 0, "=", "log: only this call", "=", "only", IN(LOG)},
	{{'*'}, ACTION_SHOW_ALL, 0, "*", "log: all; again: every call", "*", "all", IN(LOG)},
	{{'%'}, ACTION_MATCH, 0, "%", "log: to its close, its open", "%", "pair", IN(LOG)},
	{{'Y'}, ACTION_COPY, 0, "Y", "log: copy the line", "Y", "copy", IN(LOG)},
	{{'M'}, ACTION_MANUAL, 0, "M", "manual page of the call", "M", "manual",
		IN(CALLS) | IN(DETAIL)},
	{{'x'}, ACTION_SIGNALS, 0, "x", "signals: who sends them", "x", "signals"},
	{{'o'}, ACTION_SPLIT, 0, "o", "on CPU, runnable, blocked", "o", "split"},
	{{'m'}, ACTION_MODULES, 0, "m", "stacks: a module in one line", "m", "modules", IN(STACKS)},
	{{'w'}, ACTION_WEIGHT, 0, "w", "stacks by time or by calls", "w", "weight", IN(STACKS)},
	{{'y'}, ACTION_SAVE_STACKS, 0, "y", "write the stacks to a file", "y", "write", IN(STACKS)},
	{{'p', 'Z'}, ACTION_PAUSE, 0, "p Z", "hold the screen, count on", "p", "pause"},
	{{'['}, ACTION_PLAY_BACK, 0, "[", "recording: back", NULL, NULL},
	{{']'}, ACTION_PLAY_FORTH, 0, "]", "recording: forward", NULL, NULL},
	{{'{'}, ACTION_PLAY_MARK_BACK, 0, "{", "recording: previous mark", NULL, NULL},
	{{'}'}, ACTION_PLAY_MARK, 0, "}", "recording: next mark", NULL, NULL},
	{{'.'}, ACTION_PLAY_STEP, 0, ".", "recording: next event", NULL, NULL},
	{{'('}, ACTION_PLAY_SLOWER, 0, "(", "recording: half as fast", NULL, NULL},
	{{')'}, ACTION_PLAY_FASTER, 0, ")", "recording: twice as fast", NULL, NULL},
	{{'d'}, ACTION_DELAY, 0, "d", "seconds between two frames", "d", "delay"},
	{{'K', F(9)}, ACTION_SIGNAL, 0, "F9 K", "send a signal, after asking", "K", "signal"},
	{{'S', F(2)}, ACTION_SETUP, 0, "F2 S", "setup: columns, theme, delay", "S", "setup"},
	{{'0'}, ACTION_CLASS, KEYS_ALL_CLASSES, "0", "calls of all classes", NULL, NULL},
	{{'1'}, ACTION_CLASS, CLASS_FILE, "1", "only %file: calls on paths", NULL, NULL},
	{{'2'}, ACTION_CLASS, CLASS_DESC, "2", "only %desc: on descriptors", NULL, NULL},
	{{'3'}, ACTION_CLASS, CLASS_NETWORK, "3", "only %network", NULL, NULL},
	{{'4'}, ACTION_CLASS, CLASS_MEMORY, "4", "only %memory", NULL, NULL},
	{{'5'}, ACTION_CLASS, CLASS_PROCESS, "5", "only %process", NULL, NULL},
	{{'6'}, ACTION_CLASS, CLASS_SIGNAL, "6", "only %signal", NULL, NULL},
	{{'7'}, ACTION_CLASS, CLASS_IPC, "7", "only %ipc: System V IPC", NULL, NULL},
	{{'8'}, ACTION_CLASS, CLASS_CLOCK, "8", "only %clock", NULL, NULL},
	{{'9'}, ACTION_CLASS, CLASS_CREDS, "9", "only %creds: users, groups", NULL, NULL},
	{{KEYCODE_UP, 'k'}, ACTION_UP, 0, "Up k", "select the row above", NULL, NULL},
	{{KEYCODE_DOWN, 'j'}, ACTION_DOWN, 0, "Down j", "select the row below", NULL, NULL},
	{{KEYCODE_PAGE_UP}, ACTION_PAGE_UP, 0, "PgUp", "a page up", NULL, NULL},
	{{KEYCODE_PAGE_DOWN}, ACTION_PAGE_DOWN, 0, "PgDn", "a page down", NULL, NULL},
	{{KEYCODE_HOME, 'g'}, ACTION_HOME, 0, "Home g", "first row; stay at the top", NULL, NULL},
	{{KEYCODE_END, 'G'}, ACTION_END, 0, "End G", "last row", NULL, NULL},
	{{KEYCODE_CLICK}, ACTION_CLICK, 0, "click", "select; on a title: sort", NULL, NULL},
	{{KEYCODE_WHEEL_UP}, ACTION_WHEEL_UP, 0, "wheel", "three rows up", NULL, NULL},
	{{KEYCODE_WHEEL_DOWN}, ACTION_WHEEL_DOWN, 0, "wheel", "three rows down", NULL, NULL},
	{{CTRL('L')}, ACTION_REDRAW, 0, "^L", "draw the screen anew", NULL, NULL},
	{{CTRL('Z')}, ACTION_SUSPEND, 0, "^Z", "suspend; targets go on", NULL, NULL},
};

const size_t key_binding_count = sizeof(key_bindings) / sizeof(*key_bindings);

const struct key_binding *key_lookup(uint32_t key)
{
	if (key == 0)
		return NULL;
	for (size_t row = 0; row < key_binding_count; row++) {
		for (size_t i = 0; i < KEYS_PER_BINDING; i++) {
			if (key_bindings[row].keys[i] == key)
				return &key_bindings[row];
		}
	}
	return NULL;
}
