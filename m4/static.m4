dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_STATIC_PROGRAM: --enable-static-program links `stop` with static libraries only, so that it can
dnl be copied to another machine. Sets STATIC_LDFLAGS and the conditional STATIC_PROGRAM. Before the
dnl libraries, as pkg-config has to name those that they need themselves.
AC_DEFUN([STOP_STATIC_PROGRAM], [
AC_ARG_ENABLE([static-program],
	[AS_HELP_STRING([--enable-static-program],
		[build a static program, without the libraries that cannot be linked so])],
	[], [enable_static_program=no])
STATIC_LDFLAGS=
AS_IF([test "$enable_static_program" != no],
	[STATIC_LDFLAGS=-static
	PKG_CONFIG="$PKG_CONFIG --static"
	stop_save_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -static"
	AC_CACHE_CHECK([whether $CC links static programs], [stop_cv_static],
		[AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdlib.h>]], [[return atoi("0");]])],
			[stop_cv_static=yes], [stop_cv_static=no])])
	LDFLAGS=$stop_save_LDFLAGS
	AS_IF([test "$stop_cv_static" = no],
		[AC_MSG_ERROR([the static C library was not found (Debian: package libc6-dev)])])])
AC_SUBST([STATIC_LDFLAGS])
AM_CONDITIONAL([STATIC_PROGRAM], [test -n "$STATIC_LDFLAGS"])
])

dnl STOP_STATIC_LIBRARY(VARIABLE, TEXT, NAME): in a static program, empties VARIABLE_LIBS if they cannot
dnl be linked so, and says so in TEXT. For an optional library, before its conditional.
AC_DEFUN([STOP_STATIC_LIBRARY], [
AS_IF([test -n "$STATIC_LDFLAGS" && test -n "$$1[]_LIBS"],
	[stop_save_LIBS=$LIBS
	stop_save_LDFLAGS=$LDFLAGS
	LIBS=$$1[]_LIBS
	LDFLAGS="$LDFLAGS -static"
	AC_CACHE_CHECK([whether $3 can be linked statically], [stop_cv_static_$1],
		[AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[stop_cv_static_$1=yes], [stop_cv_static_$1=no])])
	LIBS=$stop_save_LIBS
	LDFLAGS=$stop_save_LDFLAGS
	AS_IF([test "$stop_cv_static_$1" = no],
		[$1[]_LIBS=
		$2="no: $3 cannot be linked statically"])])
])
