## Layer 4: the ptrace engine.

noinst_LIBRARIES += src/engine/ptrace/libptrace.a
src_engine_ptrace_libptrace_a_SOURCES = \
	include/engine/ptrace/alarm.h \
	include/engine/ptrace/attach.h \
	include/engine/ptrace/capture.h \
	include/engine/ptrace/colocation.h \
	include/engine/ptrace/event_writer.h \
	include/engine/ptrace/leave.h \
	include/engine/ptrace/overhead.h \
	include/engine/ptrace/note.h \
	include/engine/ptrace/poller.h \
	include/engine/ptrace/postpone.h \
	include/engine/ptrace/pt.h \
	include/engine/ptrace/ptrace_engine.h \
	include/engine/ptrace/refusal.h \
	include/engine/ptrace/repair.h \
	include/engine/ptrace/stop.h \
	include/engine/ptrace/tracee.h \
	include/engine/ptrace/tracer.h \
	include/engine/ptrace/vm_process.h \
	src/engine/ptrace/alarm.c \
	src/engine/ptrace/attach.c \
	src/engine/ptrace/capture.c \
	src/engine/ptrace/colocation.c \
	src/engine/ptrace/event_writer.c \
	src/engine/ptrace/leave.c \
	src/engine/ptrace/overhead.c \
	src/engine/ptrace/note.c \
	src/engine/ptrace/poller.c \
	src/engine/ptrace/postpone.c \
	src/engine/ptrace/pt.c \
	src/engine/ptrace/ptrace_engine.c \
	src/engine/ptrace/refusal.c \
	src/engine/ptrace/repair.c \
	src/engine/ptrace/stop.c \
	src/engine/ptrace/tracee.c \
	src/engine/ptrace/tracer.c \
	src/engine/ptrace/vm_process.c
