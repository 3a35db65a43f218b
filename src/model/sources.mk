## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 7: statistics built from events.

noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_SOURCES = \
	include/model/advice.h \
	include/model/column.h \
	include/model/detail_filter.h \
	include/model/file_rows.h \
	include/model/files.h \
	include/model/history.h \
	include/model/idle.h \
	include/model/matcher.h \
	include/model/model.h \
	include/model/program_rows.h \
	include/model/programs.h \
	include/model/rate.h \
	include/model/selection.h \
	include/model/signals.h \
	include/model/stacks.h \
	include/model/sample_log.h \
	include/model/state.h \
	include/model/row_order.h \
	include/model/strip.h \
	include/model/thread_calls.h \
	include/model/time_class.h \
	include/model/time_split.h \
	include/model/verdict.h \
	src/model/advice.c \
	src/model/call_rows.c \
	src/model/column.c \
	src/model/cost.c \
	src/model/detail_filter.c \
	src/model/idle.c \
	src/model/matcher.c \
	src/model/file_rows.c \
	src/model/files.c \
	src/model/model.c \
	src/model/observations.c \
	src/model/present.c \
	src/model/program_rows.c \
	src/model/programs.c \
	src/model/sample_log.c \
	src/model/selection.c \
	src/model/stack_rows.c \
	src/model/signals.c \
	src/model/stacks.c \
	src/model/row_order.c \
	src/model/strip.c \
	src/model/thread_call_rows.c \
	src/model/thread_calls.c \
	src/model/thread_rows.c \
	src/model/thread_stacks.c \
	src/model/tick.c \
	src/model/time_class.c \
	src/model/time_split.c \
	src/model/times.c \
	src/model/totals.c \
	src/model/verdict.c \
	src/model/workers.c
