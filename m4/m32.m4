dnl STOP_M32: whether programs for the i386 ABI can be made and run, as targets of tests. Optional.
dnl Sets the conditional M32.
AC_DEFUN([STOP_M32], [
AC_CACHE_CHECK([whether $CC -m32 makes programs that run], [stop_cv_m32],
	[stop_save_CC=$CC
	CC="$CC -m32"
	AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <stdlib.h>]], [[return atoi("0");]])],
		[stop_cv_m32=yes], [stop_cv_m32=no], [stop_cv_m32=no])
	CC=$stop_save_CC])
AM_CONDITIONAL([M32], [test "$stop_cv_m32" = yes])
stop_m32_text=$stop_cv_m32
AS_IF([test "$stop_cv_m32" = no], [stop_m32_text="no (Debian: package gcc-multilib)"])
])
