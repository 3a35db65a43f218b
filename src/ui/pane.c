/* The table of panes; see ui/pane.h. */
#include "config.h"

#include "ui/pane.h"

const struct pane *const panes[PANE_COUNT] = {
	[PANE_HEADER] = &header_pane,
	[PANE_CALLS] = &calls_pane,
	[PANE_STACKS] = &stacks_pane,
	[PANE_BAR] = &bar_pane,
	[PANE_HELP] = &help_pane,
};

bool pane_is_open(const struct view *view, enum pane_id id)
{
	if (id == PANE_STACKS)
		return view->stacks.open;
	return id != PANE_HELP || view->help.open;
}
