## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 5: unwinding and symbolizing stack copies.

noinst_LIBRARIES += src/stack/libstack.a
src_stack_libstack_a_SOURCES = \
	include/stack/confine.h \
	include/stack/debuginfod.h \
	include/stack/debuginfod_client.h \
	include/stack/demangle.h \
	include/stack/ehframe.h \
	include/stack/file_cache.h \
	include/stack/frame.h \
	include/stack/generations.h \
	include/stack/guess.h \
	include/stack/image.h \
	include/stack/intern.h \
	include/stack/namer.h \
	include/stack/name_answer.h \
	include/stack/name_job.h \
	include/stack/name_wait.h \
	include/stack/names.h \
	include/stack/peek.h \
	include/stack/perfmap.h \
	include/stack/perfmap_file.h \
	include/stack/process_maps.h \
	include/stack/protocol.h \
	include/stack/python.h \
	include/stack/python_layout.h \
	include/stack/recorded.h \
	include/stack/resolver.h \
	include/stack/samples.h \
	include/stack/sandbox.h \
	include/stack/scripts.h \
	include/stack/shared_ring.h \
	include/stack/signal_mask.h \
	include/stack/space.h \
	include/stack/stacks.h \
	include/stack/symbolizer.h \
	include/stack/symbols.h \
	include/stack/unnamed.h \
	include/stack/unwinder.h \
	include/stack/walk.h \
	include/stack/walk_cache.h \
	include/stack/walk_work.h \
	include/stack/worker.h \
	include/stack/worker_self.h \
	include/stack/worker_shared.h \
	src/stack/confine.c \
	src/stack/debuginfod.c \
	src/stack/ehframe.c \
	src/stack/file_cache.c \
	src/stack/frame.c \
	src/stack/generations.c \
	src/stack/guess.c \
	src/stack/image.c \
	src/stack/intern.c \
	src/stack/namer.c \
	src/stack/name_answer.c \
	src/stack/name_job.c \
	src/stack/name_wait.c \
	src/stack/names.c \
	src/stack/peek.c \
	src/stack/perfmap.c \
	src/stack/perfmap_file.c \
	src/stack/process_maps.c \
	src/stack/python.c \
	src/stack/python_layout.c \
	src/stack/recorded.c \
	src/stack/resolver.c \
	src/stack/samples.c \
	src/stack/sandbox.c \
	src/stack/scripts.c \
	src/stack/shared_ring.c \
	src/stack/signal_mask.c \
	src/stack/space.c \
	src/stack/stacks.c \
	src/stack/symbolizer.c \
	src/stack/unnamed.c \
	src/stack/unwinder.c \
	src/stack/walk.c \
	src/stack/walk_cache.c \
	src/stack/walk_guess.c \
	src/stack/worker.c \
	src/stack/worker_self.c
if LIBDW
src_stack_libstack_a_SOURCES += \
	include/stack/debug_file.h \
	src/stack/debug_file.c \
	src/stack/symbols_dwfl.c
else
src_stack_libstack_a_SOURCES += src/stack/symbols_elf.c
endif
# A static program has no dlopen(3).
if STATIC_PROGRAM
src_stack_libstack_a_SOURCES += src/stack/debuginfod_client_none.c
else
src_stack_libstack_a_SOURCES += src/stack/debuginfod_client.c
endif
if LIBIBERTY
src_stack_libstack_a_SOURCES += src/stack/demangle_libiberty.c
else
src_stack_libstack_a_SOURCES += src/stack/demangle_none.c
endif
if LIBSECCOMP
src_stack_libstack_a_SOURCES += src/stack/confine_seccomp.c
else
src_stack_libstack_a_SOURCES += src/stack/confine_none.c
endif
src_stack_libstack_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBUNWIND_CFLAGS) $(LIBDW_CFLAGS) \
	$(LIBSECCOMP_CFLAGS)
