dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_LIBCURL: ships rows to databases over HTTP (--ship). Optional: --with-libcurl makes it
dnl required, --without-libcurl disables it. Sets LIBCURL_CFLAGS, LIBCURL_LIBS and the conditional
dnl LIBCURL. 7.87 is the first with CURLOPT_QUICK_EXIT.
AC_DEFUN([STOP_LIBCURL], [
AC_ARG_WITH([libcurl],
	[AS_HELP_STRING([--with-libcurl],
		[ship to ClickHouse and Elasticsearch (default: if libcurl is found)])],
	[], [with_libcurl=check])
stop_libcurl_text="no"
AS_IF([test "$with_libcurl" != no],
	[PKG_CHECK_MODULES([LIBCURL], [libcurl >= 7.87],
		[stop_libcurl_text="libcurl `$PKG_CONFIG --modversion libcurl`"],
		[stop_libcurl_text="no: libcurl 7.87 or newer was not found (Debian: package libcurl4-openssl-dev)"
		AS_IF([test "$with_libcurl" = yes],
			[AC_MSG_ERROR([libcurl 7.87 or newer was not found (Debian: package libcurl4-openssl-dev)])])])])
STOP_STATIC_LIBRARY([LIBCURL], [stop_libcurl_text], [libcurl])
AM_CONDITIONAL([LIBCURL], [test -n "$LIBCURL_LIBS"])
])
