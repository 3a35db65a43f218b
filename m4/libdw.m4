dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_LIBDW: libdwfl of elfutils, which symbolizes stack frames. Optional: without it, names come only
dnl from the symbol tables in the files themselves, without source lines or inlined functions. --with-libdw
dnl makes it required, --without-libdw disables it. Sets LIBDW_CFLAGS, LIBDW_LIBS and the conditional LIBDW.
AC_DEFUN([STOP_LIBDW], [
AC_ARG_WITH([libdw],
	[AS_HELP_STRING([--with-libdw],
		[symbolize stacks with debug information (default: if elfutils is found)])],
	[], [with_libdw=check])
stop_libdw_text="no"
AS_IF([test "$with_libdw" != no],
	[PKG_CHECK_MODULES([LIBDW], [libdw >= 0.180],
		[stop_libdw_text="elfutils `$PKG_CONFIG --modversion libdw`"],
		[stop_libdw_text="no: elfutils 0.180 or newer was not found (Debian: package libdw-dev)"
		AS_IF([test "$with_libdw" = yes],
			[AC_MSG_ERROR([elfutils 0.180 or newer was not found (Debian: package libdw-dev)])])])])
STOP_STATIC_LIBRARY([LIBDW], [stop_libdw_text], [libdw])
AM_CONDITIONAL([LIBDW], [test -n "$LIBDW_LIBS"])
])
