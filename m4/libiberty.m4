dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_LIBIBERTY: the demangler of binutils and gdb, for C++, Rust and D. Optional: without it such
dnl symbols are shown mangled. --with-libiberty makes it required, --without-libiberty disables it.
dnl Sets LIBIBERTY_LIBS and the conditional LIBIBERTY.
AC_DEFUN([STOP_LIBIBERTY], [
AC_ARG_WITH([libiberty],
	[AS_HELP_STRING([--with-libiberty],
		[demangle C++, Rust and D symbols (default: if libiberty is found)])],
	[], [with_libiberty=check])
LIBIBERTY_LIBS=
stop_libiberty_text="no"
AS_IF([test "$with_libiberty" != no],
	[stop_save_LIBS=$LIBS
	LIBS="-liberty $LIBS"
	AC_CACHE_CHECK([for libiberty's demangler], [stop_cv_libiberty],
		[AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <libiberty/demangle.h>]],
			[[return cplus_demangle_v3("_Z1fv", DMGL_PARAMS) == rust_demangle("_R", 0);]])],
			[stop_cv_libiberty=yes], [stop_cv_libiberty=no])])
	LIBS=$stop_save_LIBS
	AS_IF([test "$stop_cv_libiberty" = yes],
		[LIBIBERTY_LIBS=-liberty
		stop_libiberty_text="libiberty"],
		[stop_libiberty_text="no: libiberty was not found (Debian: package libiberty-dev)"
		AS_IF([test "$with_libiberty" = yes],
			[AC_MSG_ERROR([libiberty was not found (Debian: package libiberty-dev)])])])])
AC_SUBST([LIBIBERTY_LIBS])
STOP_STATIC_LIBRARY([LIBIBERTY], [stop_libiberty_text], [libiberty])
AM_CONDITIONAL([LIBIBERTY], [test -n "$LIBIBERTY_LIBS"])
])
