/* The table of keys; see ui/keys.h. */
#include "config.h"

#include "ui/keys.h"

#include "abi/syscall.h"

#define F(number) (KEYCODE_F1 + (number)-1)

const struct key_binding key_bindings[] = {
	{{'h', '?', F(1)}, ACTION_HELP, 0, "h ? F1", "help; any key leaves it", "h", "help"},
	{{'q', F(10)}, ACTION_QUIT, 0, "q F10", "quit; the targets go on", "q", "quit"},
	{{KEYCODE_UP}, ACTION_UP, 0, "Up", "select the call above", NULL, NULL},
	{{KEYCODE_DOWN}, ACTION_DOWN, 0, "Down", "select the call below", NULL, NULL},
	{{KEYCODE_PAGE_UP}, ACTION_PAGE_UP, 0, "PgUp", "a page up", NULL, NULL},
	{{KEYCODE_PAGE_DOWN}, ACTION_PAGE_DOWN, 0, "PgDn", "a page down", NULL, NULL},
	{{KEYCODE_HOME}, ACTION_HOME, 0, "Home", "first call; stay at the top", NULL, NULL},
	{{KEYCODE_END}, ACTION_END, 0, "End", "last call", NULL, NULL},
	{{'<'}, ACTION_SORT_LEFT, 0, "<", "sort by the column to the left", "<>", "sort"},
	{{'>'}, ACTION_SORT_RIGHT, 0, ">", "sort by the column to the right", NULL, NULL},
	{{'I'}, ACTION_INVERT, 0, "I", "invert the order", "I", "invert"},
	{{'b'}, ACTION_STACKS, 0, "b", "stacks of the selected call", "b", "stacks"},
	{{'\r', '\n'}, ACTION_OPEN, 0, "Enter", "open or close a stack", NULL, NULL},
	{{'t'}, ACTION_TREE, 0, "t", "stacks as a tree of callers", NULL, NULL},
	{{'m'}, ACTION_MODULES, 0, "m", "a module's frames in one line", NULL, NULL},
	{{'w'}, ACTION_WEIGHT, 0, "w", "stacks by time or by calls", NULL, NULL},
	{{'y'}, ACTION_SAVE_STACKS, 0, "y", "write the stacks to a file", NULL, NULL},
	{{'s'}, ACTION_SNAPSHOT, 0, "s", "write a snapshot here", "s", "snapshot"},
	{{'0'}, ACTION_CLASS, KEYS_ALL_CLASSES, "0", "calls of all classes", "0-9", "class"},
	{{'1'}, ACTION_CLASS, CLASS_FILE, "1", "only %file: calls on paths", NULL, NULL},
	{{'2'}, ACTION_CLASS, CLASS_DESC, "2", "only %desc: on descriptors", NULL, NULL},
	{{'3'}, ACTION_CLASS, CLASS_NETWORK, "3", "only %network", NULL, NULL},
	{{'4'}, ACTION_CLASS, CLASS_MEMORY, "4", "only %memory", NULL, NULL},
	{{'5'}, ACTION_CLASS, CLASS_PROCESS, "5", "only %process", NULL, NULL},
	{{'6'}, ACTION_CLASS, CLASS_SIGNAL, "6", "only %signal", NULL, NULL},
	{{'7'}, ACTION_CLASS, CLASS_IPC, "7", "only %ipc: System V IPC", NULL, NULL},
	{{'8'}, ACTION_CLASS, CLASS_CLOCK, "8", "only %clock", NULL, NULL},
	{{'9'}, ACTION_CLASS, CLASS_CREDS, "9", "only %creds: users, groups", NULL, NULL},
	{{KEYCODE_ESCAPE}, ACTION_BACK, 0, "Esc", "close the help", NULL, NULL},
	{{KEYCODE_CTRL('L')}, ACTION_REDRAW, 0, "^L", "draw the screen anew", NULL, NULL},
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
