## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 2: what the kernel says about processes, with one file per file of the kernel.

noinst_LIBRARIES += src/proc/libproc.a
src_proc_libproc_a_SOURCES = \
	include/proc/cgroup.h \
	include/proc/cmdline.h \
	include/proc/comm.h \
	include/proc/descriptors.h \
	include/proc/environ.h \
	include/proc/file.h \
	include/proc/freezer.h \
	include/proc/locks.h \
	include/proc/machine.h \
	include/proc/maps.h \
	include/proc/memory.h \
	include/proc/namespace.h \
	include/proc/opener.h \
	include/proc/pipes.h \
	include/proc/processes.h \
	include/proc/program.h \
	include/proc/remote.h \
	include/proc/sched.h \
	include/proc/sleep_clock.h \
	include/proc/sockets.h \
	include/proc/stat.h \
	include/proc/status.h \
	include/proc/system.h \
	include/proc/sysvipc.h \
	include/proc/tasks.h \
	include/proc/times.h \
	include/proc/users.h \
	include/proc/wait.h \
	src/proc/cgroup.c \
	src/proc/cmdline.c \
	src/proc/comm.c \
	src/proc/descriptors.c \
	src/proc/environ.c \
	src/proc/file.c \
	src/proc/freezer.c \
	src/proc/locks.c \
	src/proc/machine.c \
	src/proc/maps.c \
	src/proc/memory.c \
	src/proc/namespace.c \
	src/proc/opener.c \
	src/proc/pipes.c \
	src/proc/processes.c \
	src/proc/program.c \
	src/proc/remote.c \
	src/proc/sched.c \
	src/proc/sleep_clock.c \
	src/proc/sockets.c \
	src/proc/stat.c \
	src/proc/status.c \
	src/proc/system.c \
	src/proc/sysvipc.c \
	src/proc/tasks.c \
	src/proc/times.c \
	src/proc/users.c \
	src/proc/wait.c
