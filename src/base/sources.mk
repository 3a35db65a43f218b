## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 0: what every layer may use.

noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = \
	include/base/alloc.h \
	include/base/amount.h \
	include/base/characters.h \
	include/base/clock.h \
	include/base/glob.h \
	include/base/hist.h \
	include/base/map.h \
	include/base/ring.h \
	include/base/subprocess.h \
	include/base/sha256.h \
	include/base/tar.h \
	include/base/text.h \
	include/base/time.h \
	include/base/timed_write.h \
	include/base/units.h \
	include/base/vm_process.h \
	src/base/alloc.c \
	src/base/amount.c \
	src/base/characters.c \
	src/base/glob.c \
	src/base/hist.c \
	src/base/map.c \
	src/base/ring.c \
	src/base/subprocess.c \
	src/base/sha256.c \
	src/base/tar.c \
	src/base/text.c \
	src/base/timed_write.c \
	src/base/units.c \
	src/base/vm_process.c
