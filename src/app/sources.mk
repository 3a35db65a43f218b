## SPDX-License-Identifier: GPL-2.0-or-later
## Layer 10: options, session, modes.

noinst_LIBRARIES += src/app/libapp.a
src_app_libapp_a_SOURCES = \
	include/app/baseline.h \
	include/app/choose.h \
	include/app/command.h \
	include/app/completion.h \
	include/app/config.h \
	include/app/cgroup_list.h \
	include/app/container.h \
	include/app/pod.h \
	include/app/state_file.h \
	include/app/diff.h \
	include/app/doctor.h \
	include/app/engine_choice.h \
	include/app/facts.h \
	include/app/filtering.h \
	include/app/flight.h \
	include/app/logging.h \
	include/app/filewatch.h \
	include/app/manual.h \
	include/app/message.h \
	include/app/modes.h \
	include/app/notes.h \
	include/app/observer.h \
	include/app/option_filter.h \
	include/app/option_table.h \
	include/app/options.h \
	include/app/output_drain.h \
	include/app/playback.h \
	include/app/player.h \
	include/app/programwatch.h \
	include/app/pump.h \
	include/app/recorded_profile.h \
	include/app/recording.h \
	include/app/scope.h \
	include/app/serving.h \
	include/app/session.h \
	include/app/session_state.h \
	include/app/shipping.h \
	include/app/signals.h \
	include/app/spawn.h \
	include/app/stackwatch.h \
	include/app/suspend.h \
	include/app/target.h \
	include/app/target_choice.h \
	include/app/user.h \
	include/app/workers.h \
	src/app/baseline.c \
	src/app/children.c \
	src/app/choose.c \
	src/app/command.c \
	src/app/completion.c \
	src/app/config.c \
	src/app/cgroup_list.c \
	src/app/container.c \
	src/app/container_names.c \
	src/app/pod.c \
	src/app/pod_names.c \
	src/app/state_file.c \
	src/app/diff.c \
	src/app/doctor.c \
	src/app/engine_choice.c \
	src/app/end_command.c \
	src/app/facts.c \
	src/app/filtering.c \
	src/app/filewatch.c \
	src/app/help.c \
	src/app/interactive.c \
	src/app/flight.c \
	src/app/logging.c \
	src/app/manual.c \
	src/app/message.c \
	src/app/modes.c \
	src/app/observer.c \
	src/app/option_filter.c \
	src/app/option_table.c \
	src/app/options.c \
	src/app/output_drain.c \
	src/app/playback.c \
	src/app/player.c \
	src/app/programwatch.c \
	src/app/pump.c \
	src/app/recorded_profile.c \
	src/app/recording.c \
	src/app/scope.c \
	src/app/serving.c \
	src/app/session.c \
	src/app/session_reports.c \
	src/app/shipping.c \
	src/app/signals.c \
	src/app/spawn.c \
	src/app/stackwatch.c \
	src/app/survivor.c \
	src/app/successor.c \
	src/app/suspend.c \
	src/app/target.c \
	src/app/target_choice.c \
	src/app/tracing.c \
	src/app/user.c \
	src/app/workers.c

bin_PROGRAMS = src/stop
src_stop_SOURCES = src/app/main.c
src_stop_LDADD = $(app_libs)
src_stop_LDFLAGS = $(AM_LDFLAGS) $(STATIC_LDFLAGS)
