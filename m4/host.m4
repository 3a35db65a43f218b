dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_HOST: detects the architecture.
dnl
dnl STOP_ARCHITECTURES(ROW) has one row per architecture: its directory in src/arch; the
dnl preprocessor condition for it (the compiler decides, not the host name, so that cross compilers
dnl work); the ABIs of its 64-bit and 32-bit programs, from enum abi.
m4_define([STOP_ARCHITECTURES], [
$1([x86_64], [defined __x86_64__ && !defined __ILP32__], [ABI_X86_64], [ABI_I386])
])

dnl Whether the compiler generates code for this row's architecture.
m4_define([STOP_ARCH_CHECK], [
AS_IF([test "$stop_cv_arch" = none],
	[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if !defined __linux__ || !($2)
#error "another architecture"
#endif
int machine;
]])], [stop_cv_arch=$1])])
])

dnl What to do if it does.
m4_define([STOP_ARCH_USE], [
AM_CONDITIONAL([ARCH_]m4_toupper([$1]), [test "$stop_cv_arch" = $1])
AS_IF([test "$stop_cv_arch" = $1],
	[stop_abi_native=$3
	stop_abi_compat=$4])
])

dnl Sets a conditional ARCH_NAME for each architecture, the conditional UNPORTED and, in config.h,
dnl ABI_NATIVE and ABI_COMPAT. --enable-unported accepts a machine that has no row: then everything
dnl except src/arch can be compiled, for `make compile-check`, but nothing can be linked.
AC_DEFUN([STOP_HOST], [
AC_ARG_ENABLE([unported],
	[AS_HELP_STRING([--enable-unported],
		[accept an architecture without a port, for `make compile-check` alone])],
	[], [enable_unported=no])
AC_CACHE_CHECK([which architecture this is], [stop_cv_arch],
	[stop_cv_arch=none
	STOP_ARCHITECTURES([STOP_ARCH_CHECK])])
AS_IF([test "$stop_cv_arch$enable_unported" = noneno],
	[AC_MSG_ERROR([stop needs Linux on x86-64])])
# Without a port there is no ABI either: the first in the table is a placeholder.
stop_abi_native=0
stop_abi_compat=0
STOP_ARCHITECTURES([STOP_ARCH_USE])
AM_CONDITIONAL([UNPORTED], [test "$stop_cv_arch" = none])
AC_DEFINE_UNQUOTED([ABI_NATIVE], [$stop_abi_native], [The ABI of 64-bit programs, of enum abi.])
AC_DEFINE_UNQUOTED([ABI_COMPAT], [$stop_abi_compat], [The ABI of 32-bit programs, of enum abi.])

# strerrorname_np() and sigabbrev_np(), and <sys/ptrace.h> with PTRACE_GET_SYSCALL_INFO.
AC_CACHE_CHECK([for glibc 2.32 or newer], [stop_cv_glibc],
	[AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
]], [[
struct __ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};
return strerrorname_np(1) == sigabbrev_np(1) && info.op;
]])], [stop_cv_glibc=yes], [stop_cv_glibc=no])])
AS_IF([test "$stop_cv_glibc" = no],
	[AC_MSG_ERROR([stop needs glibc 2.32 or newer (Debian 11 or newer: package libc6-dev)])])

stop_cc_version=`$CC -dumpfullversion -dumpversion 2>/dev/null | sed 1q`
eval "stop_prefix_text=$prefix"
AS_IF([test "$stop_prefix_text" = NONE], [stop_prefix_text=$ac_default_prefix])
])
