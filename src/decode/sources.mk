## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 6: values to text.

noinst_LIBRARIES += src/decode/libdecode.a
src_decode_libdecode_a_SOURCES = \
	include/decode/call_subjects.h \
	include/decode/call_text.h \
	include/decode/call_writer.h \
	include/decode/descriptor_state.h \
	include/decode/descriptors.h \
	include/decode/fd_table.h \
	include/decode/objects.h \
	include/decode/passed.h \
	include/decode/program_words.h \
	include/decode/signal_text.h \
	include/decode/socket_name.h \
	include/decode/wait_reason.h \
	include/decode/wait_rules.h \
	include/decode/wait_text.h \
	src/decode/call_args.c \
	src/decode/call_memory.c \
	src/decode/call_objects.c \
	src/decode/call_pointers.c \
	src/decode/call_result.c \
	src/decode/call_siginfo.c \
	src/decode/call_sockets.c \
	src/decode/call_special.c \
	src/decode/call_structs.c \
	src/decode/call_subjects.c \
	src/decode/call_text.c \
	src/decode/call_values.c \
	src/decode/descriptor_changes.c \
	src/decode/descriptor_messages.c \
	src/decode/descriptor_namer.c \
	src/decode/descriptors.c \
	src/decode/fd_table.c \
	src/decode/objects.c \
	src/decode/passed.c \
	src/decode/program_words.c \
	src/decode/signal_text.c \
	src/decode/socket_name.c \
	src/decode/wait_files.c \
	src/decode/wait_ipc.c \
	src/decode/wait_reason.c \
	src/decode/wait_tasks.c \
	src/decode/wait_text.c \
	src/decode/wait_time.c
