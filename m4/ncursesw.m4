dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_NCURSESW: ncurses with wide characters, for the interactive screen. Required.
dnl Sets NCURSESW_CFLAGS and NCURSESW_LIBS.
dnl
dnl Some systems have the library without its .pc file: then the linker and the header are checked.
dnl The terminfo functions (tigetstr) may be in a library of their own.
AC_DEFUN([STOP_NCURSESW], [
PKG_CHECK_MODULES([NCURSESW], [ncursesw],
	[stop_ncursesw_version=`$PKG_CONFIG --modversion ncursesw`],
	[stop_save_LIBS=$LIBS
	LIBS=
	stop_ncursesw_version=
	AC_SEARCH_LIBS([get_wch], [ncursesw],
		[AC_SEARCH_LIBS([tigetstr], [tinfow tinfo],
			[AC_CHECK_HEADER([ncurses.h], [stop_ncursesw_version=yes])])])
	NCURSESW_LIBS=$LIBS
	NCURSESW_CFLAGS=-D_XOPEN_SOURCE_EXTENDED
	LIBS=$stop_save_LIBS
	AS_IF([test -z "$stop_ncursesw_version"],
		[AC_MSG_ERROR([ncursesw was not found (Debian: package libncurses-dev)])])])
])
