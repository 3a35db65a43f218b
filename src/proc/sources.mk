## Layer 2: what the kernel says about processes.

noinst_LIBRARIES += src/proc/libproc.a
src_proc_libproc_a_SOURCES = \
	include/proc/cmdline.h \
	include/proc/comm.h \
	include/proc/maps.h \
	include/proc/memory.h \
	include/proc/proc.h \
	include/proc/remote.h \
	include/proc/sleep_clock.h \
	src/proc/cmdline.c \
	src/proc/maps.c \
	src/proc/memory.c \
	src/proc/proc.c \
	src/proc/remote.c \
	src/proc/sleep_clock.c
