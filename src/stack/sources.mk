## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 5: unwinding and symbolizing stack copies.

noinst_LIBRARIES += src/stack/libstack.a
src_stack_libstack_a_SOURCES = \
	include/stack/demangle.h \
	include/stack/ehframe.h \
	include/stack/fault_guard.h \
	include/stack/file_cache.h \
	include/stack/frame.h \
	include/stack/image.h \
	include/stack/intern.h \
	include/stack/names.h \
	include/stack/peek.h \
	include/stack/perfmap.h \
	include/stack/resolver.h \
	include/stack/space.h \
	include/stack/stacks.h \
	include/stack/symbolizer.h \
	include/stack/symbols.h \
	include/stack/walk.h \
	include/stack/walk_cache.h \
	src/stack/ehframe.c \
	src/stack/fault_guard.c \
	src/stack/file_cache.c \
	src/stack/frame.c \
	src/stack/image.c \
	src/stack/intern.c \
	src/stack/names.c \
	src/stack/peek.c \
	src/stack/perfmap.c \
	src/stack/resolver.c \
	src/stack/space.c \
	src/stack/stacks.c \
	src/stack/symbolizer.c \
	src/stack/walk.c \
	src/stack/walk_cache.c
if LIBDW
src_stack_libstack_a_SOURCES += src/stack/symbols_dwfl.c
else
src_stack_libstack_a_SOURCES += src/stack/symbols_elf.c
endif
if LIBIBERTY
src_stack_libstack_a_SOURCES += src/stack/demangle_libiberty.c
else
src_stack_libstack_a_SOURCES += src/stack/demangle_none.c
endif
src_stack_libstack_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBUNWIND_CFLAGS) $(LIBDW_CFLAGS)
