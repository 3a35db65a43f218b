## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 4: the engine that counts in the kernel.

bpf_programs = \
	include/engine/bpf/kernel_types.h \
	include/abi/fetch_step.h \
	include/event/gate.h \
	include/arch/x86_64/bpf.h \
	include/engine/bpf/detail_records.h \
	include/engine/bpf/records.h \
	include/engine/bpf/scope.h \
	include/engine/bpf/stack_records.h \
	src/engine/bpf/calls.bpf.h \
	src/engine/bpf/cells.bpf.h \
	src/engine/bpf/count.bpf.c \
	src/engine/bpf/detail_walk.bpf.h \
	src/engine/bpf/details.bpf.h \
	src/engine/bpf/scope.bpf.h \
	src/engine/bpf/sleep.bpf.h \
	src/engine/bpf/split.bpf.h \
	src/engine/bpf/stacks.bpf.h \
	src/engine/bpf/state.bpf.h \
	src/engine/bpf/tasks.bpf.h \
	src/engine/bpf/uring.bpf.h \
	src/engine/bpf/usage.bpf.h
EXTRA_DIST += $(bpf_programs)

if BPF
noinst_LIBRARIES += src/engine/bpf/libenginebpf.a
bpf_library = src/engine/bpf/libenginebpf.a
src_engine_bpf_libenginebpf_a_CPPFLAGS = -I$(top_builddir)/include $(AM_CPPFLAGS) $(LIBBPF_CFLAGS)
src_engine_bpf_libenginebpf_a_SOURCES = \
	include/engine/bpf/bpf_engine.h \
	include/engine/bpf/cell_reader.h \
	include/engine/bpf/chunks.h \
	include/engine/bpf/detail_order.h \
	include/engine/bpf/detail_plans.h \
	include/engine/bpf/detail_reader.h \
	include/engine/bpf/kernel_details.h \
	include/engine/bpf/kernel_side.h \
	include/engine/bpf/inner_map.h \
	include/engine/bpf/kernel_stacks.h \
	include/engine/bpf/refusal.h \
	include/engine/bpf/stack_reader.h \
	include/engine/bpf/survivor.h \
	include/engine/bpf/sweep.h \
	include/engine/bpf/tracepoint.h \
	src/engine/bpf/bpf_engine.c \
	src/engine/bpf/cell_reader.c \
	src/engine/bpf/chunks.c \
	src/engine/bpf/detail_order.c \
	src/engine/bpf/detail_plans.c \
	src/engine/bpf/detail_reader.c \
	src/engine/bpf/kernel_details.c \
	src/engine/bpf/kernel_side.c \
	src/engine/bpf/inner_map.c \
	src/engine/bpf/kernel_stacks.c \
	src/engine/bpf/refusal.c \
	src/engine/bpf/stack_reader.c \
	src/engine/bpf/survivor.c \
	src/engine/bpf/sweep.c \
	src/engine/bpf/tracepoint.c
nodist_src_engine_bpf_libenginebpf_a_SOURCES = include/engine/bpf/count.skel.h
src/engine/bpf/libenginebpf_a-kernel_side.$(OBJEXT): include/engine/bpf/count.skel.h

# The programs as an object of libbpf, renamed into place when complete.
BPF_CFLAGS = -O2 -g -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra
CLEANFILES += include/engine/bpf/count.skel.h include/engine/bpf/count.skel.h.new \
	src/engine/bpf/count.bpf.o
include/engine/bpf/count.skel.h: $(bpf_programs)
	$(AM_V_at)$(MKDIR_P) include/engine/bpf src/engine/bpf
	$(AM_V_GEN)$(BPF_CLANG) $(BPF_CFLAGS) -I$(top_srcdir)/include $(LIBBPF_CFLAGS) \
		-c $(srcdir)/src/engine/bpf/count.bpf.c -o src/engine/bpf/count.bpf.o && \
	$(LLVM_STRIP) -g src/engine/bpf/count.bpf.o && \
	$(BPFTOOL) gen skeleton src/engine/bpf/count.bpf.o name count_bpf >$@.new && mv $@.new $@
endif
