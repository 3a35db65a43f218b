/* The screen as a passive object; see ui/screen.h. */
#include "config.h"

#include "ui/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

struct screen {
	struct view view;
};

struct screen *screen_new(const struct report_view *view)
{
	struct screen *screen = xcalloc(1, sizeof(*screen));
	screen->view.wanted = *view;
	return screen;
}

void screen_free(struct screen *screen)
{
	free(screen);
}

bool screen_watches(const struct screen *screen, struct call *call)
{
	return stacks_pane_watches(&screen->view, call);
}

void screen_write_stacks(const struct screen *screen, FILE *stream)
{
	stacks_pane_write(&screen->view, stream);
}

const struct report_view *screen_view(const struct screen *screen)
{
	return &screen->view.wanted;
}

void screen_update(struct screen *screen, const struct report *report)
{
	screen->view.report = report;
	for (int id = 0; id < PANE_COUNT; id++) {
		if (panes[id]->update)
			panes[id]->update(&screen->view);
	}
}

void screen_message(struct screen *screen, bool is_error, const char *text)
{
	snprintf(screen->view.message, sizeof(screen->view.message), "%s", text);
	screen->view.is_error = is_error;
}

static enum verdict show_class(struct view *view, const struct key_binding *binding)
{
	uint32_t bit = binding->argument < 0 ? 0 : UINT32_C(1) << binding->argument;
	view->wanted.filter.classes = bit;
	return VERDICT_REPORT;
}

static enum verdict open_help(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->help.open = true;
	return VERDICT_REDRAW;
}

static enum verdict open_stacks(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->stacks = (struct stacks_state){.open = true, .tree = view->stacks.tree};
	return VERDICT_REPORT;
}

static enum verdict snapshot(struct view *view, const struct key_binding *binding)
{
	(void)view;
	(void)binding;
	return VERDICT_SNAPSHOT;
}

static enum verdict redraw(struct view *view, const struct key_binding *binding)
{
	(void)view;
	(void)binding;
	return VERDICT_REPAINT;
}

static enum verdict quit(struct view *view, const struct key_binding *binding)
{
	(void)view;
	(void)binding;
	return VERDICT_QUIT;
}

/* What the screen itself does, with whichever pane has the keys. */
static enum verdict (*const acts[ACTION_COUNT])(
	struct view *view, const struct key_binding *binding) = {
	[ACTION_CLASS] = show_class,
	[ACTION_STACKS] = open_stacks,
	[ACTION_SNAPSHOT] = snapshot,
	[ACTION_HELP] = open_help,
	[ACTION_REDRAW] = redraw,
	[ACTION_QUIT] = quit,
};

/* The pane that has the keys. */
static const struct pane *focus(const struct view *view)
{
	static const enum pane_id first[] = {PANE_HELP, PANE_STACKS};
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		if (pane_is_open(view, first[i]))
			return panes[first[i]];
	}
	return panes[PANE_CALLS];
}

/* A key without a row in the table still closes the help. */
static const struct key_binding no_binding = {.action = ACTION_NONE};

enum verdict screen_key(struct screen *screen, uint32_t key)
{
	struct view *view = &screen->view;
	const struct key_binding *binding = key_lookup(key);
	bool had_message = view->message[0] != '\0';
	view->message[0] = '\0';
	if (!binding)
		binding = &no_binding;
	enum verdict verdict = focus(view)->act(view, binding);
	if (verdict == VERDICT_NONE && acts[binding->action])
		verdict = acts[binding->action](view, binding);
	return verdict == VERDICT_NONE && had_message ? VERDICT_REDRAW : verdict;
}

static void draw_too_small(struct canvas *canvas)
{
	struct area area = canvas_area(canvas);
	char text[64];
	snprintf(text, sizeof(text), "%dx%d is too small", canvas->columns, canvas->rows);
	area_put(area, 0, 0, STYLE_WARNING, text);
	snprintf(text, sizeof(text), "stop needs %dx%d", LAYOUT_MIN_COLUMNS, LAYOUT_MIN_ROWS);
	area_put(area, 1, 0, STYLE_TEXT, text);
}

void screen_draw(struct screen *screen, struct canvas *canvas)
{
	struct layout layout = layout_of(canvas->rows, canvas->columns);
	canvas_clear(canvas);
	if (layout.too_small) {
		draw_too_small(canvas);
		return;
	}
	for (int id = 0; id < PANE_COUNT; id++) {
		const struct region *region = &layout.region[id];
		if (!pane_is_open(&screen->view, (enum pane_id)id))
			continue;
		struct area area = area_part(canvas_area(canvas), region->row, region->column,
			region->rows, region->columns);
		area_fill(area, STYLE_TEXT);
		panes[id]->draw(&screen->view, area);
	}
}
