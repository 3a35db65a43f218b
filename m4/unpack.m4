dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl STOP_UNPACK: zlib, liblzma and libzstd, to read compressed traces; libzstd also to pack recordings.
dnl Optional, each by itself: without it, such files have to be unpacked first. --with-zlib and so on
dnl make one required, --without-zlib disables it. Sets ZLIB_CFLAGS, ZLIB_LIBS, the conditional ZLIB,
dnl and so on.
AC_DEFUN([STOP_UNPACK_ONE], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--with-$1], [read traces packed by $4 (default: if $1 is found)])],
	[], [with_$1=check])
stop_$1_text="no"
AS_IF([test "$with_$1" != no],
	[PKG_CHECK_MODULES([$2], [$3],
		[stop_$1_text="$1 `$PKG_CONFIG --modversion $1`"],
		[stop_$1_text="no: $1 was not found (Debian: package $5)"
		AS_IF([test "$with_$1" = yes],
			[AC_MSG_ERROR([$1 was not found (Debian: package $5)])])])])
STOP_STATIC_LIBRARY([$2], [stop_$1_text], [$1])
AM_CONDITIONAL([$2], [test -n "$$2[]_LIBS"])
])
AC_DEFUN([STOP_UNPACK], [
STOP_UNPACK_ONE([zlib], [ZLIB], [zlib >= 1.2], [gzip], [zlib1g-dev])
STOP_UNPACK_ONE([liblzma], [LIBLZMA], [liblzma >= 5.2], [xz], [liblzma-dev])
STOP_UNPACK_ONE([libzstd], [LIBZSTD], [libzstd >= 1.4], [zstd], [libzstd-dev])
])
