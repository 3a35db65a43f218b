dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_STACK: large frames are touched page by page, so that none can skip the guard page below a
dnl stack. Sets STACK_CFLAGS; empty if the compiler has no such option for this architecture.
AC_DEFUN([STOP_STACK], [
AC_CACHE_CHECK([whether $CC accepts -fstack-clash-protection], [stop_cv_stack_clash],
	[stop_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror -fstack-clash-protection"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[extern int known; int known;]])],
		[stop_cv_stack_clash=yes], [stop_cv_stack_clash=no])
	CFLAGS=$stop_save_CFLAGS])
AS_VAR_IF([stop_cv_stack_clash], [yes], [STACK_CFLAGS=-fstack-clash-protection], [STACK_CFLAGS=])
AC_SUBST([STACK_CFLAGS])
])
