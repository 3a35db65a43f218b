dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_CMOCKA: the library of the unit tests. Optional: without it `make check` runs the rest and
dnl reports the unit tests as skipped. --with-cmocka makes it required, --without-cmocka disables it.
dnl Sets CMOCKA_CFLAGS, CMOCKA_LIBS and the conditional CMOCKA.
AC_DEFUN([STOP_CMOCKA], [
AC_ARG_WITH([cmocka],
	[AS_HELP_STRING([--with-cmocka], [build the unit tests (default: if cmocka is found)])],
	[], [with_cmocka=check])
stop_cmocka_text="no"
AS_IF([test "$with_cmocka" != no],
	[PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1.5],
		[stop_cmocka_text="cmocka `$PKG_CONFIG --modversion cmocka`"],
		[stop_cmocka_text="no: cmocka 1.1.5 or newer was not found (Debian: package libcmocka-dev)"
		AS_IF([test "$with_cmocka" = yes],
			[AC_MSG_ERROR([cmocka 1.1.5 or newer was not found (Debian: package libcmocka-dev)])])])])
AM_CONDITIONAL([CMOCKA], [test -n "$CMOCKA_LIBS"])
])
