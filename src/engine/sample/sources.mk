## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 4: samples of running code.

noinst_LIBRARIES += src/engine/sample/libsample.a
src_engine_sample_libsample_a_SOURCES = \
	include/engine/sample/sampler.h \
	src/engine/sample/sampler.c
