## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 4: the ptrace engine.

noinst_LIBRARIES += src/engine/ptrace/libptrace.a
src_engine_ptrace_libptrace_a_SOURCES = \
	include/engine/ptrace/attach/attach.h \
	include/engine/ptrace/attach/leave.h \
	include/engine/ptrace/attach/postpone.h \
	include/engine/ptrace/attach/refusal.h \
	include/engine/ptrace/attach/seize.h \
	include/engine/ptrace/capture.h \
	include/engine/ptrace/event_writer.h \
	include/engine/ptrace/map_reader.h \
	include/engine/ptrace/note.h \
	include/engine/ptrace/overhead.h \
	include/engine/ptrace/ptrace_engine.h \
	include/engine/ptrace/report.h \
	include/engine/ptrace/state/repair.h \
	include/engine/ptrace/state/stop.h \
	include/engine/ptrace/state/syscall_view.h \
	include/engine/ptrace/state/tracee.h \
	include/engine/ptrace/tracer.h \
	include/engine/ptrace/wait/alarm.h \
	include/engine/ptrace/wait/colocation.h \
	include/engine/ptrace/wait/poller.h \
	include/engine/ptrace/wait/standstill.h \
	include/engine/ptrace/world/access.h \
	include/engine/ptrace/world/clock.h \
	include/engine/ptrace/world/kernel.h \
	include/engine/ptrace/world/proc.h \
	include/engine/ptrace/world/process.h \
	include/engine/ptrace/world/sched.h \
	include/engine/ptrace/world/target.h \
	include/engine/ptrace/world/trace.h \
	include/engine/ptrace/world/vm_process.h \
	include/engine/ptrace/world/wait.h \
	include/engine/ptrace/world/world.h \
	src/engine/ptrace/attach/attach.c \
	src/engine/ptrace/attach/leave.c \
	src/engine/ptrace/attach/postpone.c \
	src/engine/ptrace/attach/refusal.c \
	src/engine/ptrace/attach/seize.c \
	src/engine/ptrace/capture.c \
	src/engine/ptrace/event_writer.c \
	src/engine/ptrace/map_reader.c \
	src/engine/ptrace/note.c \
	src/engine/ptrace/overhead.c \
	src/engine/ptrace/ptrace_engine.c \
	src/engine/ptrace/report.c \
	src/engine/ptrace/state/repair.c \
	src/engine/ptrace/state/stop.c \
	src/engine/ptrace/state/tracee.c \
	src/engine/ptrace/tracer.c \
	src/engine/ptrace/wait/alarm.c \
	src/engine/ptrace/wait/colocation.c \
	src/engine/ptrace/wait/poller.c \
	src/engine/ptrace/wait/standstill.c \
	src/engine/ptrace/world/access.c \
	src/engine/ptrace/world/clock.c \
	src/engine/ptrace/world/kernel.c \
	src/engine/ptrace/world/kick.c \
	src/engine/ptrace/world/proc.c \
	src/engine/ptrace/world/process.c \
	src/engine/ptrace/world/sched.c \
	src/engine/ptrace/world/target.c \
	src/engine/ptrace/world/trace.c \
	src/engine/ptrace/world/vm_process.c \
	src/engine/ptrace/world/wait.c
