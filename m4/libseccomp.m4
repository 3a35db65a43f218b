dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_LIBSECCOMP: limits the system calls of the processes that read what targets control. Optional:
dnl without it they have no rights either, but all system calls. --with-seccomp makes it required,
dnl --without-seccomp disables it. Sets LIBSECCOMP_CFLAGS, LIBSECCOMP_LIBS and the conditional LIBSECCOMP.
AC_DEFUN([STOP_LIBSECCOMP], [
AC_ARG_WITH([seccomp],
	[AS_HELP_STRING([--with-seccomp],
		[limit the calls of processes that read files of targets (default: if libseccomp is found)])],
	[], [with_seccomp=check])
stop_libseccomp_text="no"
AS_IF([test "$with_seccomp" != no],
	[PKG_CHECK_MODULES([LIBSECCOMP], [libseccomp >= 2.4],
		[stop_libseccomp_text="libseccomp `$PKG_CONFIG --modversion libseccomp`"],
		[stop_libseccomp_text="no: libseccomp 2.4 or newer was not found (Debian: package libseccomp-dev)"
		AS_IF([test "$with_seccomp" = yes],
			[AC_MSG_ERROR([libseccomp 2.4 or newer was not found (Debian: package libseccomp-dev)])])])])
STOP_STATIC_LIBRARY([LIBSECCOMP], [stop_libseccomp_text], [libseccomp])
AM_CONDITIONAL([LIBSECCOMP], [test -n "$LIBSECCOMP_LIBS"])
])
