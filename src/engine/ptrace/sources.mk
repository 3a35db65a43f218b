## Layer 4: the ptrace engine.

noinst_LIBRARIES += src/engine/ptrace/libptrace.a
src_engine_ptrace_libptrace_a_SOURCES = \
	include/engine/ptrace/attach/attach.h \
	include/engine/ptrace/attach/leave.h \
	include/engine/ptrace/attach/postpone.h \
	include/engine/ptrace/attach/refusal.h \
	include/engine/ptrace/capture.h \
	include/engine/ptrace/event_writer.h \
	include/engine/ptrace/note.h \
	include/engine/ptrace/overhead.h \
	include/engine/ptrace/ptrace_engine.h \
	include/engine/ptrace/state/repair.h \
	include/engine/ptrace/state/stop.h \
	include/engine/ptrace/state/tracee.h \
	include/engine/ptrace/tracer.h \
	include/engine/ptrace/wait/alarm.h \
	include/engine/ptrace/wait/colocation.h \
	include/engine/ptrace/wait/poller.h \
	include/engine/ptrace/world/pt.h \
	include/engine/ptrace/world/vm_process.h \
	src/engine/ptrace/attach/attach.c \
	src/engine/ptrace/attach/leave.c \
	src/engine/ptrace/attach/postpone.c \
	src/engine/ptrace/attach/refusal.c \
	src/engine/ptrace/capture.c \
	src/engine/ptrace/event_writer.c \
	src/engine/ptrace/note.c \
	src/engine/ptrace/overhead.c \
	src/engine/ptrace/ptrace_engine.c \
	src/engine/ptrace/state/repair.c \
	src/engine/ptrace/state/stop.c \
	src/engine/ptrace/state/tracee.c \
	src/engine/ptrace/tracer.c \
	src/engine/ptrace/wait/alarm.c \
	src/engine/ptrace/wait/colocation.c \
	src/engine/ptrace/wait/poller.c \
	src/engine/ptrace/world/pt.c \
	src/engine/ptrace/world/vm_process.c
