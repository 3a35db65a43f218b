dnl STOP_HOST: stops configure on a machine that stop does not know.
dnl
dnl The tables of system calls and the meaning of registers are those of Linux on x86-64. The
dnl compiler is asked, not the name of the host, so that a cross compiler is judged rightly.
AC_DEFUN([STOP_HOST], [
AC_CACHE_CHECK([for Linux on x86-64], [stop_cv_host],
	[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if !defined __linux__ || !defined __x86_64__ || defined __ILP32__
#error "another machine"
#endif
int machine;
]])], [stop_cv_host=yes], [stop_cv_host=no])])
AS_IF([test "$stop_cv_host" = no], [AC_MSG_ERROR([stop needs Linux on x86-64])])

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
