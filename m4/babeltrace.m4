dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_BABELTRACE: libbabeltrace2 reads CTF traces that other tools have written, of LTTng above all.
dnl Optional: --with-babeltrace2 makes it required, --without-babeltrace2 disables it. Recordings of
dnl stop are read without it. Sets BABELTRACE_CFLAGS, BABELTRACE_LIBS and the conditional BABELTRACE.
AC_DEFUN([STOP_BABELTRACE], [
AC_ARG_WITH([babeltrace2],
	[AS_HELP_STRING([--with-babeltrace2],
		[read kernel traces of LTTng (default: if libbabeltrace2 is found)])],
	[], [with_babeltrace2=check])
stop_babeltrace_text="no"
AS_IF([test "$with_babeltrace2" != no],
	[PKG_CHECK_MODULES([BABELTRACE], [babeltrace2 >= 2.0.0],
		[stop_babeltrace_text="libbabeltrace2 `$PKG_CONFIG --modversion babeltrace2`"],
		[stop_babeltrace_text="no: libbabeltrace2 was not found (Debian: package libbabeltrace2-dev)"
		AS_IF([test "$with_babeltrace2" = yes],
			[AC_MSG_ERROR([libbabeltrace2 was not found (Debian: package libbabeltrace2-dev)])])])])
# The library loads plugins, which a static program cannot.
AS_IF([test -n "$STATIC_LDFLAGS" && test -n "$BABELTRACE_LIBS"],
	[BABELTRACE_LIBS=
	stop_babeltrace_text="no: a static program cannot load the plugins of libbabeltrace2"])
AM_CONDITIONAL([BABELTRACE], [test -n "$BABELTRACE_LIBS"])
])
