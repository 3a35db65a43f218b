## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 9: the screen.

noinst_LIBRARIES += src/ui/libui.a
src_ui_libui_a_SOURCES = \
	include/ui/border.h \
	include/ui/canvas.h \
	include/ui/chooser.h \
	include/ui/editline.h \
	include/ui/explanation_lines.h \
	include/ui/info_lines.h \
	include/ui/keys.h \
	include/ui/layout.h \
	include/ui/menu.h \
	include/ui/mouse.h \
	include/ui/notices.h \
	include/ui/pane.h \
	include/ui/program_lines.h \
	include/ui/prompt.h \
	include/ui/renderer.h \
	include/ui/request.h \
	include/ui/row_hold.h \
	include/ui/screen.h \
	include/ui/settings.h \
	include/ui/table_view.h \
	include/ui/terminal.h \
	include/ui/terminal_entry.h \
	include/ui/terminfo.h \
	include/ui/theme.h \
	include/ui/time_bar.h \
	include/ui/timeline.h \
	include/ui/usage_lines.h \
	include/ui/write_queue.h \
	src/ui/bar_pane.c \
	src/ui/border.c \
	src/ui/busy_pane.c \
	src/ui/calls_pane.c \
	src/ui/canvas.c \
	src/ui/chooser.c \
	src/ui/detail_pane.c \
	src/ui/explanation_lines.c \
	src/ui/files_pane.c \
	src/ui/editline.c \
	src/ui/graphs_pane.c \
	src/ui/header_pane.c \
	src/ui/changes_pane.c \
	src/ui/help_pane.c \
	src/ui/info_lines.c \
	src/ui/keys.c \
	src/ui/layout.c \
	src/ui/log_pane.c \
	src/ui/menu.c \
	src/ui/menus.c \
	src/ui/mouse.c \
	src/ui/notices.c \
	src/ui/output_pane.c \
	src/ui/pane.c \
	src/ui/processes_pane.c \
	src/ui/program_lines.c \
	src/ui/prompt.c \
	src/ui/prompts.c \
	src/ui/renderer.c \
	src/ui/row_hold.c \
	src/ui/screen.c \
	src/ui/stacks_pane.c \
	src/ui/signals_pane.c \
	src/ui/table_view.c \
	src/ui/terminal.c \
	src/ui/terminal_entry.c \
	src/ui/terminal_fallback.c \
	src/ui/terminfo.c \
	src/ui/theme.c \
	src/ui/threads_pane.c \
	src/ui/time_bar.c \
	src/ui/timeline_pane.c \
	src/ui/usage_lines.c \
	src/ui/verdict_pane.c \
	src/ui/write_queue.c
src_ui_libui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSESW_CFLAGS)

# The terminals that are built in: those that most connections come from.
nodist_src_ui_libui_a_SOURCES = src/ui/terminals.c
EXTRA_DIST += src/ui/terminals.sh
CLEANFILES += src/ui/terminals.c src/ui/terminals.c.new
terminal_names = xterm xterm-256color screen screen-256color tmux tmux-256color linux vt100 vt220

src/ui/terminals.c: $(srcdir)/src/ui/terminals.sh
	@$(MKDIR_P) src/ui
	$(AM_V_GEN)sh $(srcdir)/src/ui/terminals.sh "$(INFOCMP)" $(terminal_names) >$@.new && mv $@.new $@
