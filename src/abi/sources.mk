## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 1: tables of system calls, errors and signals.

noinst_LIBRARIES += src/abi/libabi.a
src_abi_libabi_a_SOURCES = \
	include/abi/argument.h \
	include/abi/argument_tables.h \
	include/abi/callset.h \
	include/abi/descriptor.h \
	include/abi/explain.h \
	include/abi/explain_tables.h \
	include/abi/fetch.h \
	include/abi/fetch_step.h \
	include/abi/fetch_walk.h \
	include/abi/filter.h \
	include/abi/indirect.h \
	include/abi/names.h \
	include/abi/nearest.h \
	include/abi/restart.h \
	include/abi/syscall.h \
	include/abi/tables.h \
	include/abi/transfer.h \
	src/abi/argument.c \
	src/abi/callset.c \
	src/abi/explain.c \
	src/abi/fetch.c \
	src/abi/fetch_lists.c \
	src/abi/fetch_step.c \
	src/abi/fetch_structs.c \
	src/abi/filter.c \
	src/abi/indirect.c \
	src/abi/names.c \
	src/abi/nearest.c \
	src/abi/restart.c \
	src/abi/syscall.c \
	src/abi/transfer.c
nodist_src_abi_libabi_a_SOURCES = src/abi/argument_tables.c src/abi/explain_tables.c src/abi/tables.c

# The tables, generated from readable data. They are renamed into place when complete, so that an
# interrupted make leaves no partial table.
call_data = \
	$(srcdir)/src/abi/data/bytes.tsv \
	$(srcdir)/src/abi/data/syscalls-i386.tsv \
	$(srcdir)/src/abi/data/syscalls-io_uring.tsv \
	$(srcdir)/src/abi/data/syscalls-x32.tsv \
	$(srcdir)/src/abi/data/syscalls-x86_64.tsv

# In the order that arguments.awk needs them.
argument_data = \
	$(srcdir)/src/abi/data/syscalls-i386.tsv \
	$(srcdir)/src/abi/data/syscalls-io_uring.tsv \
	$(srcdir)/src/abi/data/syscalls-x32.tsv \
	$(srcdir)/src/abi/data/syscalls-x86_64.tsv \
	$(srcdir)/src/abi/data/values.tsv \
	$(srcdir)/src/abi/data/scalars.tsv \
	$(srcdir)/src/abi/data/structs.tsv \
	$(srcdir)/src/abi/data/structs-i386.tsv \
	$(srcdir)/src/abi/data/formats.tsv \
	$(srcdir)/src/abi/data/args.tsv \
	$(srcdir)/src/abi/data/args-i386.tsv \
	$(srcdir)/src/abi/data/returns.tsv \
	$(srcdir)/src/abi/data/ioctls.tsv \
	$(srcdir)/src/abi/data/multi.tsv \
	$(srcdir)/src/abi/data/descriptors.tsv

# In the order that explain.awk needs them.
explain_data = \
	$(srcdir)/src/abi/data/explain-calls.tsv \
	$(srcdir)/src/abi/data/explain-errors.tsv \
	$(srcdir)/src/abi/data/explain-pairs.tsv

EXTRA_DIST += $(call_data) src/abi/tables.awk
EXTRA_DIST += $(argument_data) src/abi/arguments.awk
EXTRA_DIST += $(explain_data) src/abi/explain.awk
CLEANFILES += src/abi/tables.c src/abi/tables.c.new
CLEANFILES += src/abi/argument_tables.c src/abi/argument_tables.c.new
CLEANFILES += src/abi/explain_tables.c src/abi/explain_tables.c.new

src/abi/tables.c: $(srcdir)/src/abi/tables.awk $(call_data)
	$(AM_V_at)$(MKDIR_P) src/abi
	$(AM_V_GEN)LC_ALL=C $(AWK) -f $(srcdir)/src/abi/tables.awk $(call_data) >$@.new && mv $@.new $@

src/abi/argument_tables.c: $(srcdir)/src/abi/arguments.awk $(argument_data)
	$(AM_V_at)$(MKDIR_P) src/abi
	$(AM_V_GEN)LC_ALL=C $(AWK) -f $(srcdir)/src/abi/arguments.awk $(argument_data) >$@.new && mv $@.new $@

src/abi/explain_tables.c: $(srcdir)/src/abi/explain.awk $(explain_data)
	$(AM_V_at)$(MKDIR_P) src/abi
	$(AM_V_GEN)LC_ALL=C $(AWK) -f $(srcdir)/src/abi/explain.awk $(explain_data) >$@.new && mv $@.new $@
