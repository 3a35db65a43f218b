dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_INFOCMP: infocmp of ncurses, which prints the descriptions of terminals that are built in.
dnl Without it there are none. Sets INFOCMP.
AC_DEFUN([STOP_INFOCMP], [
AC_ARG_VAR([INFOCMP], [infocmp of ncurses 6.1 or newer])
AC_PATH_PROG([INFOCMP], [infocmp])
AS_IF([test -n "$INFOCMP" && "$INFOCMP" -0 -Q1 xterm 2>/dev/null | grep -q ^hex:],
	[stop_infocmp_text="xterm, screen, tmux, linux and others"],
	[stop_infocmp_text="none: infocmp of ncurses 6.1 was not found (Debian: package ncurses-bin)"
	INFOCMP=])
])
