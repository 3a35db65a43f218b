## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 8: reports, tables, JSON, files.

noinst_LIBRARIES += src/out/libout.a
src_out_libout_a_SOURCES = \
	include/out/atomic_file.h \
	include/out/cell.h \
	include/out/exporter.h \
	include/out/file.h \
	include/out/file_column.h \
	include/out/folded.h \
	include/out/frames.h \
	include/out/glyph.h \
	include/out/grid.h \
	include/out/json.h \
	include/out/json_files.h \
	include/out/json_programs.h \
	include/out/line_writer.h \
	include/out/log.h \
	include/out/log_line.h \
	include/out/log_tail.h \
	include/out/program_column.h \
	include/out/report.h \
	include/out/snapshot.h \
	include/out/stacklist.h \
	include/out/table.h \
	include/out/thread_column.h \
	include/out/thread_files.h \
	include/out/transcript.h \
	include/out/verdict_text.h \
	src/out/atomic_file.c \
	src/out/cell.c \
	src/out/exporter.c \
	src/out/file.c \
	src/out/file_column.c \
	src/out/folded.c \
	src/out/frames.c \
	src/out/glyph.c \
	src/out/grid.c \
	src/out/json.c \
	src/out/json_files.c \
	src/out/json_programs.c \
	src/out/line_writer.c \
	src/out/log.c \
	src/out/log_line.c \
	src/out/log_tail.c \
	src/out/program_column.c \
	src/out/report.c \
	src/out/snapshot.c \
	src/out/stacklist.c \
	src/out/table.c \
	src/out/thread_column.c \
	src/out/thread_files.c \
	src/out/transcript.c \
	src/out/verdict_text.c
