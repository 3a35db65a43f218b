dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_SANITIZERS: builds with the compiler's run-time checks, for the tests.
dnl Sets SANITIZER_CFLAGS, also for the linker. The targets in tests/tracees/ are built without it:
dnl the calls a sanitizer makes at their start and end would be counted as theirs.
AC_DEFUN([STOP_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
		[build with -fsanitize=LIST (default LIST: address,undefined; or thread)])],
	[], [enable_sanitizers=no])
AS_CASE([$enable_sanitizers],
	[no], [SANITIZER_CFLAGS=],
	[AS_IF([test "$enable_sanitizers" = yes], [enable_sanitizers=address,undefined])
	SANITIZER_CFLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
	stop_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $SANITIZER_CFLAGS"
	AC_MSG_CHECKING([whether $CC links with -fsanitize=$enable_sanitizers])
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([$CC cannot link with -fsanitize=$enable_sanitizers (Debian: gcc includes its libraries; for clang, package libclang-rt-14-dev)])])
	CFLAGS=$stop_save_CFLAGS])
stop_sanitizers=$enable_sanitizers
AC_SUBST([SANITIZER_CFLAGS])
])
