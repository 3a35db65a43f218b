dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_BPF: libbpf, and clang and bpftool to build the programs for the kernel. Optional: without them
dnl there is no engine that counts in the kernel. --with-bpf makes it required, --without-bpf disables
dnl it. Sets LIBBPF_CFLAGS, LIBBPF_LIBS, BPF_CLANG, BPFTOOL, LLVM_STRIP and the conditional BPF.
AC_DEFUN([STOP_BPF], [
AC_ARG_WITH([bpf],
	[AS_HELP_STRING([--with-bpf],
		[count calls in the kernel (default: if libbpf, clang and bpftool are found)])],
	[], [with_bpf=check])
stop_bpf_missing=
stop_bpf_text="no"
AS_IF([test "$with_bpf" != no],
	[AC_PATH_PROG([BPF_CLANG], [clang])
	AC_PATH_PROGS([LLVM_STRIP], [llvm-strip llvm-strip-14])
	AC_PATH_PROG([BPFTOOL], [bpftool], [], [$PATH$PATH_SEPARATOR/usr/sbin])
	PKG_CHECK_MODULES([LIBBPF], [libbpf >= 1.0], [],
		[stop_bpf_missing="libbpf 1.0 or newer (Debian: package libbpf-dev)"])
	STOP_STATIC_LIBRARY([LIBBPF], [stop_bpf_missing], [libbpf])
	AS_IF([test -z "$BPFTOOL"], [stop_bpf_missing="bpftool"])
	AS_IF([test -z "$LLVM_STRIP"], [stop_bpf_missing="llvm-strip (Debian: package llvm)"])
	AS_IF([test -z "$BPF_CLANG"], [stop_bpf_missing="clang"])
	AS_IF([test "$stop_cv_arch" != x86_64], [stop_bpf_missing="a port to this processor"])
	AS_IF([test -z "$stop_bpf_missing"],
		[stop_bpf_text="libbpf `$PKG_CONFIG --modversion libbpf`"
		AC_DEFINE([HAVE_BPF], [1], [There is an engine that counts in the kernel.])],
		[AS_CASE([$stop_bpf_missing], [no:*], [stop_bpf_text=$stop_bpf_missing],
			[stop_bpf_text="no: $stop_bpf_missing was not found"])
		AS_IF([test "$with_bpf" = yes], [AC_MSG_ERROR([$stop_bpf_missing was not found])])])])
AM_CONDITIONAL([BPF], [test -n "$LIBBPF_LIBS" && test -z "$stop_bpf_missing"])
])
