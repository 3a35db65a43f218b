dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_LIBMICROHTTPD: serves pages over HTTP (--serve, --metrics). Optional: --with-microhttpd
dnl makes it required, --without-microhttpd disables it. Sets LIBMICROHTTPD_CFLAGS,
dnl LIBMICROHTTPD_LIBS and the conditional LIBMICROHTTPD. 0.9.73 is the first with
dnl MHD_create_response_from_buffer_with_free_callback_cls().
AC_DEFUN([STOP_LIBMICROHTTPD], [
AC_ARG_WITH([microhttpd],
	[AS_HELP_STRING([--with-microhttpd],
		[serve the page and metrics over HTTP (default: if libmicrohttpd is found)])],
	[], [with_microhttpd=check])
stop_libmicrohttpd_text="no"
AS_IF([test "$with_microhttpd" != no],
	[PKG_CHECK_MODULES([LIBMICROHTTPD], [libmicrohttpd >= 0.9.73],
		[stop_libmicrohttpd_text="libmicrohttpd `$PKG_CONFIG --modversion libmicrohttpd`"],
		[stop_libmicrohttpd_text="no: libmicrohttpd 0.9.73 or newer was not found (Debian: package libmicrohttpd-dev)"
		AS_IF([test "$with_microhttpd" = yes],
			[AC_MSG_ERROR([libmicrohttpd 0.9.73 or newer was not found (Debian: package libmicrohttpd-dev)])])])])
STOP_STATIC_LIBRARY([LIBMICROHTTPD], [stop_libmicrohttpd_text], [libmicrohttpd])
AM_CONDITIONAL([LIBMICROHTTPD], [test -n "$LIBMICROHTTPD_LIBS"])
])
