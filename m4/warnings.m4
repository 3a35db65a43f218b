dnl STOP_WARNINGS: the warnings that the code is free of, with gcc and with clang.
dnl Sets WARNING_CFLAGS. --enable-werror turns them into errors (for whoever changes the code; an
dnl unknown compiler's new warning must not keep a user from building).
dnl
dnl -Wsign-conversion is left out: with it, every character and every difference of pointers needs
dnl a cast, and casts hide more than it finds. -Wmissing-field-initializers (of -Wextra) as well:
dnl tables leave out on purpose what is zero, and gcc and clang disagree on {0}.
AC_DEFUN([STOP_WARNINGS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [treat the compiler's warnings as errors])],
	[], [enable_werror=no])
WARNING_CFLAGS=
m4_foreach_w([stop_flag], [
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wmissing-variable-declarations -Wvla -Wconversion -Wno-sign-conversion -Wundef
	-Wpointer-arith -Wwrite-strings -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
	-Wno-missing-field-initializers],
	[STOP_WARNING(stop_flag)])
stop_warnings_text=on
AS_IF([test "$enable_werror" != no],
	[WARNING_CFLAGS="$WARNING_CFLAGS -Werror"
	stop_warnings_text="errors"])
AC_SUBST([WARNING_CFLAGS])
])

dnl STOP_WARNING(FLAG): adds FLAG where the compiler knows it. A compiler may accept every -Wno-X in
dnl silence and clang only warns of what it does not know, hence -Werror.
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
