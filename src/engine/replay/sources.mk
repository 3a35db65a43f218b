## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 4: the engine that plays traces.

noinst_LIBRARIES += src/engine/replay/libreplay.a
src_engine_replay_libreplay_a_SOURCES = \
	include/engine/replay/ctf_archive.h \
	include/engine/replay/ctf_metadata.h \
	include/engine/replay/format.h \
	include/engine/replay/formats.h \
	include/engine/replay/replay.h \
	src/engine/replay/ctf_archive.c \
	src/engine/replay/ctf_format.c \
	src/engine/replay/ctf_metadata.c \
	src/engine/replay/formats.c \
	src/engine/replay/replay.c

# The readers of what other tools have written.
src_engine_replay_libreplay_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS) $(LIBLZMA_CFLAGS) \
	$(LIBZSTD_CFLAGS) $(BABELTRACE_CFLAGS)
src_engine_replay_libreplay_a_SOURCES += \
	include/engine/replay/call_names.h \
	include/engine/replay/line_reader.h \
	include/engine/replay/span.h \
	include/engine/replay/babeltrace.h \
	include/engine/replay/lttng_events.h \
	include/engine/replay/lttng_line.h \
	include/engine/replay/lttng_sched.h \
	include/engine/replay/lttng_trace.h \
	include/engine/replay/trace_process.h \
	include/engine/replay/perf_line.h \
	include/engine/replay/perf_text.h \
	include/engine/replay/strace_clock.h \
	include/engine/replay/strace_decoder.h \
	include/engine/replay/strace_detail.h \
	include/engine/replay/strace_line.h \
	include/engine/replay/strace_stacks.h \
	include/engine/replay/strace_stream.h \
	include/engine/replay/strace_task.h \
	include/engine/replay/strace_trace.h \
	include/engine/replay/unpack.h \
	src/engine/replay/call_names.c \
	src/engine/replay/line_reader.c \
	src/engine/replay/span.c \
	src/engine/replay/lttng_events.c \
	src/engine/replay/lttng_line.c \
	src/engine/replay/lttng_sched.c \
	src/engine/replay/lttng_trace.c \
	src/engine/replay/trace_process.c \
	src/engine/replay/perf_line.c \
	src/engine/replay/perf_text.c \
	src/engine/replay/strace_calls.c \
	src/engine/replay/strace_clock.c \
	src/engine/replay/strace_detail.c \
	src/engine/replay/strace_line.c \
	src/engine/replay/strace_memory.c \
	src/engine/replay/strace_stacks.c \
	src/engine/replay/strace_stream.c \
	src/engine/replay/strace_task.c \
	src/engine/replay/strace_trace.c \
	src/engine/replay/strace_values.c \
	src/engine/replay/unpack.c

# What the build does not have is recognised only.
if ZLIB
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/unpack_gzip.c
else
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/unpack_gzip_absent.c
endif
if LIBLZMA
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/unpack_xz.c
else
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/unpack_xz_absent.c
endif
if LIBZSTD
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/unpack_zstd.c
else
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/unpack_zstd_absent.c
endif
if BABELTRACE
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/babeltrace.c
else
src_engine_replay_libreplay_a_SOURCES += src/engine/replay/babeltrace_absent.c
endif
