dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_LIBUNWIND: the unwinder, for user stacks. Required.
dnl Sets LIBUNWIND_CFLAGS and LIBUNWIND_LIBS. The generic library is the one that unwinds processes
dnl other than the caller; 1.3 is the first with a configurable cache size.
AC_DEFUN([STOP_LIBUNWIND], [
PKG_CHECK_MODULES([LIBUNWIND], [libunwind-generic >= 1.3],
	[stop_libunwind_version=`$PKG_CONFIG --modversion libunwind-generic`],
	[AC_MSG_ERROR([libunwind 1.3 or newer was not found (Debian: package libunwind-dev)])])
])
