## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 1: the processor. Each architecture defines what arch/arch.h declares.

noinst_LIBRARIES += src/arch/libarch.a
src_arch_libarch_a_SOURCES = \
	include/arch/arch.h
if ARCH_X86_64
src_arch_libarch_a_SOURCES += \
	src/arch/x86_64/arch.c
endif
