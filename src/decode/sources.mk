## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 6: values to text.

noinst_LIBRARIES += src/decode/libdecode.a
src_decode_libdecode_a_SOURCES = \
	include/decode/wait_reason.h \
	include/decode/wait_rules.h \
	include/decode/wait_text.h \
	src/decode/wait_files.c \
	src/decode/wait_ipc.c \
	src/decode/wait_reason.c \
	src/decode/wait_tasks.c \
	src/decode/wait_text.c \
	src/decode/wait_time.c
