dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_WARNINGS: the warnings that the code must not cause, with gcc and with clang.
dnl Sets WARNING_CFLAGS. --enable-werror turns them into errors (for developers: a new warning of an
dnl unknown compiler must not break a user's build).
dnl
dnl -Wsign-conversion is not used: with it, every character and every pointer difference needs a
dnl cast, and casts hide more than it finds. Nor is -Wmissing-field-initializers (of -Wextra): tables
dnl omit zero fields on purpose, and gcc and clang disagree on {0}.
AC_DEFUN([STOP_WARNINGS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [treat the compiler's warnings as errors])],
	[], [enable_werror=no])
WARNING_CFLAGS=
m4_foreach_w([stop_flag], [
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wmissing-variable-declarations -Wvla -Wconversion -Wno-sign-conversion -Wundef
	-Wpointer-arith -Wwrite-strings -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
	-Wno-missing-field-initializers -Wno-gnu-variable-sized-type-not-at-end],
	[STOP_WARNING(stop_flag)])
stop_warnings_text=on
AS_IF([test "$enable_werror" != no],
	[WARNING_CFLAGS="$WARNING_CFLAGS -Werror"
	stop_warnings_text="errors"])
AC_SUBST([WARNING_CFLAGS])
])

dnl STOP_WARNING(FLAG): adds FLAG if the compiler supports it. A compiler may silently accept every
dnl -Wno-X, and clang only warns about unknown flags, hence -Werror.
AC_DEFUN([STOP_WARNING], [
AS_VAR_PUSHDEF([stop_known], [stop_cv_flag_$1])
AC_CACHE_CHECK([whether $CC accepts $1], [stop_known],
	[stop_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[extern int known; int known;]])],
		[AS_VAR_SET([stop_known], [yes])], [AS_VAR_SET([stop_known], [no])])
	CFLAGS=$stop_save_CFLAGS])
AS_VAR_IF([stop_known], [yes], [WARNING_CFLAGS="$WARNING_CFLAGS $1"])
AS_VAR_POPDEF([stop_known])
])
