## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 3: events, and the interface of an engine.

noinst_LIBRARIES += src/event/libevent.a
src_event_libevent_a_SOURCES = \
	include/event/detail.h \
	include/event/engine.h \
	include/event/event.h \
	include/event/filter.h \
	include/event/filter_complete.h \
	include/event/filter_gate.h \
	include/event/filter_program.h \
	include/event/filter_terms.h \
	include/event/gate.h \
	include/event/interest.h \
	include/event/layout.h \
	include/event/object.h \
	include/event/redaction.h \
	include/event/recording.h \
	include/event/signal_info.h \
	include/event/sink.h \
	include/event/stack_cache.h \
	include/event/stack_copy.h \
	include/event/tally.h \
	src/event/detail.c \
	src/event/event.c \
	src/event/filter.c \
	src/event/filter_complete.c \
	src/event/filter_gate.c \
	src/event/filter_parse.c \
	src/event/filter_terms.c \
	src/event/interest.c \
	src/event/layout.c \
	src/event/redaction.c \
	src/event/signal_info.c \
	src/event/sink.c \
	src/event/stack_cache.c \
	src/event/stack_copy.c \
	src/event/tally.c
