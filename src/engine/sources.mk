## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 4: which engines there are.

noinst_LIBRARIES += src/engine/libengine.a
src_engine_libengine_a_SOURCES = \
	include/engine/registry.h \
	src/engine/registry.c

# In place of engine/bpf.
if !BPF
src_engine_libengine_a_SOURCES += src/engine/bpf_absent.c
endif
