## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 6: values to text.

noinst_LIBRARIES += src/decode/libdecode.a
src_decode_libdecode_a_SOURCES = \
	include/decode/wait_reason.h \
	src/decode/wait_reason.c
