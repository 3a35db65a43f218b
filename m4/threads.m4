dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_THREADS: POSIX threads. Sets THREADS_CFLAGS, also for the linker.
AC_DEFUN([STOP_THREADS], [
AC_CACHE_CHECK([whether $CC accepts -pthread], [stop_cv_pthread],
	[stop_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -pthread"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <pthread.h>]],
		[[return pthread_join(pthread_self(), 0);]])],
		[stop_cv_pthread=yes], [stop_cv_pthread=no])
	CFLAGS=$stop_save_CFLAGS])
AS_IF([test "$stop_cv_pthread" = no],
	[AC_MSG_ERROR([POSIX threads were not found (Debian: package libc6-dev)])])
AC_SUBST([THREADS_CFLAGS], [-pthread])
])
