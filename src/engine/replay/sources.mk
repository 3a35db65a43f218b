## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 4: the engine that plays traces.

noinst_LIBRARIES += src/engine/replay/libreplay.a
src_engine_replay_libreplay_a_SOURCES = \
	include/engine/replay/ctf_metadata.h \
	include/engine/replay/format.h \
	include/engine/replay/formats.h \
	include/engine/replay/replay.h \
	src/engine/replay/ctf_format.c \
	src/engine/replay/ctf_metadata.c \
	src/engine/replay/formats.c \
	src/engine/replay/replay.c
