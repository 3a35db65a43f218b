dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_M32: whether programs for the i386 ABI can be built and run, as targets of tests. Optional.
dnl Sets the conditional M32, and M32_CFLAGS, also for the linker.
dnl
dnl Debian's gcc-multilib, which adds the symbolic link /usr/include/asm, conflicts with cross
dnl compilers; the package of one version of gcc (gcc-12-multilib) does not, and has everything
dnl except that link. The link would lead to the headers of the native ABI, which serve both.
AC_DEFUN([STOP_M32], [
AC_CACHE_CHECK([for flags with which $CC makes i386 programs that run], [stop_cv_m32],
	[stop_cv_m32=no
	stop_save_CC=$CC
	for stop_flags in "-m32" "-m32 -idirafter /usr/include/`$CC -print-multiarch 2>/dev/null`"; do
		CC="$stop_save_CC $stop_flags"
		AC_RUN_IFELSE([AC_LANG_PROGRAM([[
#include <stdlib.h>
#include <sys/ptrace.h>
#include <asm/unistd.h>
]], [[return atoi("0");]])], [stop_cv_m32=$stop_flags], [], [:])
		AS_IF([test "$stop_cv_m32" != no], [break])
	done
	CC=$stop_save_CC])
AM_CONDITIONAL([M32], [test "$stop_cv_m32" != no])
M32_CFLAGS=
AS_IF([test "$stop_cv_m32" = no],
	[stop_m32_text="no (Debian: package gcc-`gcc -dumpversion 2>/dev/null`-multilib)"],
	[M32_CFLAGS=$stop_cv_m32
	stop_m32_text="yes ($stop_cv_m32)"])
AC_SUBST([M32_CFLAGS])
])
