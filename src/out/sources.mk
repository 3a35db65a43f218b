## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 8: reports, tables, JSON, files.

noinst_LIBRARIES += src/out/libout.a
src_out_libout_a_SOURCES = \
	include/out/advice_text.h \
	include/out/atomic_file.h \
	include/out/backoff.h \
	include/out/cell.h \
	include/out/checklist.h \
	include/out/comparison.h \
	include/out/comparison_text.h \
	include/out/explanation.h \
	include/out/ctf_directory.h \
	include/out/ctf_memory.h \
	include/out/ctf_metadata.h \
	include/out/ctf_output.h \
	include/out/ctf_pack.h \
	include/out/ctf_piece.h \
	include/out/exporter.h \
	include/out/file.h \
	include/out/file_column.h \
	include/out/folded.h \
	include/out/frames.h \
	include/out/functions.h \
	include/out/glyph.h \
	include/out/grid.h \
	include/out/json.h \
	include/out/json_files.h \
	include/out/json_lines.h \
	include/out/json_programs.h \
	include/out/json_snapshot.h \
	include/out/json_text.h \
	include/out/line_format.h \
	include/out/line_json.h \
	include/out/line_writer.h \
	include/out/listen_address.h \
	include/out/listener.h \
	include/out/log.h \
	include/out/log_line.h \
	include/out/log_tail.h \
	include/out/metrics.h \
	include/out/packer.h \
	include/out/page.h \
	include/out/page_flame.h \
	include/out/page_parts.h \
	include/out/pprof.h \
	include/out/profile.h \
	include/out/program_column.h \
	include/out/recorder.h \
	include/out/report.h \
	include/out/sampled.h \
	include/out/server_event.h \
	include/out/ship_batch.h \
	include/out/ship_calls.h \
	include/out/ship_clickhouse.h \
	include/out/ship_elastic.h \
	include/out/ship_otlp.h \
	include/out/ship_row.h \
	include/out/ship_source.h \
	include/out/ship_sums.h \
	include/out/ship_target.h \
	include/out/ship_url.h \
	include/out/shipper.h \
	include/out/snapshot.h \
	include/out/speedscope.h \
	include/out/stack_writer.h \
	include/out/stacklist.h \
	include/out/table.h \
	include/out/thread_column.h \
	include/out/thread_files.h \
	include/out/throttle.h \
	include/out/token.h \
	include/out/transcript.h \
	include/out/transport.h \
	include/out/verdict_text.h \
	src/out/advice_text.c \
	src/out/atomic_file.c \
	src/out/backoff.c \
	src/out/cell.c \
	src/out/checklist.c \
	src/out/comparison.c \
	src/out/comparison_json.c \
	src/out/comparison_text.c \
	src/out/explanation.c \
	src/out/ctf_directory.c \
	src/out/ctf_memory.c \
	src/out/ctf_metadata.c \
	src/out/ctf_output.c \
	src/out/ctf_pack.c \
	src/out/ctf_piece.c \
	src/out/exporter.c \
	src/out/file.c \
	src/out/file_column.c \
	src/out/folded.c \
	src/out/frames.c \
	src/out/functions.c \
	src/out/glyph.c \
	src/out/grid.c \
	src/out/json.c \
	src/out/json_files.c \
	src/out/json_lines.c \
	src/out/json_programs.c \
	src/out/json_text.c \
	src/out/line_format.c \
	src/out/line_json.c \
	src/out/line_writer.c \
	src/out/listen_address.c \
	src/out/log.c \
	src/out/log_line.c \
	src/out/log_tail.c \
	src/out/metrics.c \
	src/out/page.c \
	src/out/page_diff.c \
	src/out/page_flame.c \
	src/out/page_parts.c \
	src/out/page_text.c \
	src/out/pprof.c \
	src/out/profile.c \
	src/out/profile_json.c \
	src/out/program_column.c \
	src/out/recorder.c \
	src/out/report.c \
	src/out/sampled.c \
	src/out/server_event.c \
	src/out/ship_batch.c \
	src/out/ship_calls.c \
	src/out/ship_clickhouse.c \
	src/out/ship_elastic.c \
	src/out/ship_otlp.c \
	src/out/ship_row.c \
	src/out/ship_source.c \
	src/out/ship_sums.c \
	src/out/ship_target.c \
	src/out/ship_url.c \
	src/out/shipper.c \
	src/out/snapshot.c \
	src/out/speedscope.c \
	src/out/stack_writer.c \
	src/out/stacklist.c \
	src/out/table.c \
	src/out/thread_column.c \
	src/out/thread_files.c \
	src/out/throttle.c \
	src/out/token.c \
	src/out/transcript.c \
	src/out/verdict_text.c

# Without libzstd, recordings are not packed.
if LIBZSTD
src_out_libout_a_SOURCES += src/out/packer_zstd.c
else
src_out_libout_a_SOURCES += src/out/packer_absent.c
endif

# Without libmicrohttpd, nothing is served.
if LIBMICROHTTPD
src_out_libout_a_SOURCES += src/out/listener.c
else
src_out_libout_a_SOURCES += src/out/listener_absent.c
endif

# Without libcurl, nothing is shipped.
if LIBCURL
src_out_libout_a_SOURCES += src/out/transport_curl.c
else
src_out_libout_a_SOURCES += src/out/transport_absent.c
endif
