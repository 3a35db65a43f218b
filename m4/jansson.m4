dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_JANSSON: the JSON library, for --format=json. Required.
dnl Sets JANSSON_CFLAGS and JANSSON_LIBS. 2.11 is the first with json_sprintf().
AC_DEFUN([STOP_JANSSON], [
PKG_CHECK_MODULES([JANSSON], [jansson >= 2.11],
	[stop_jansson_version=`$PKG_CONFIG --modversion jansson`],
	[AC_MSG_ERROR([jansson 2.11 or newer was not found (Debian: package libjansson-dev)])])
])
