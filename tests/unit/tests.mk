## SPDX-License-Identifier: GPL-2.0-or-later
## Unit tests: tests/unit/LAYER/NAME.c tests src/LAYER/NAME.c, and links its layer and those below.

unit_tests = \
	tests/unit/abi/argument \
	tests/unit/abi/callset \
	tests/unit/abi/explain \
	tests/unit/abi/fetch \
	tests/unit/abi/filter \
	tests/unit/abi/names \
	tests/unit/abi/nearest \
	tests/unit/abi/restart \
	tests/unit/abi/syscall \
	tests/unit/abi/transfer \
	tests/unit/app/config \
	tests/unit/app/container \
	tests/unit/app/doctor \
	tests/unit/app/flight \
	tests/unit/app/observer \
	tests/unit/app/pod \
	tests/unit/app/options \
	tests/unit/app/pump \
	tests/unit/base/alloc \
	tests/unit/base/amount \
	tests/unit/base/glob \
	tests/unit/base/hist \
	tests/unit/base/map \
	tests/unit/base/ring \
	tests/unit/base/sha256 \
	tests/unit/base/tar \
	tests/unit/base/text \
	tests/unit/base/timed_write \
	tests/unit/base/units \
	tests/unit/base/vm_process \
	tests/unit/decode/call_subjects \
	tests/unit/decode/call_text \
	tests/unit/decode/descriptors \
	tests/unit/decode/wait_reason \
	tests/unit/engine/ptrace/wait/colocation \
	tests/unit/engine/ptrace/capture \
	tests/unit/engine/ptrace/details \
	tests/unit/engine/ptrace/event_writer \
	tests/unit/engine/ptrace/overhead \
	tests/unit/engine/ptrace/report \
	tests/unit/engine/ptrace/wait/poller \
	tests/unit/engine/ptrace/wait/standstill \
	tests/unit/engine/ptrace/attach/attach \
	tests/unit/engine/ptrace/attach/refusal \
	tests/unit/engine/ptrace/state/stop \
	tests/unit/engine/ptrace/state/tracee \
	tests/unit/engine/replay/lttng_events \
	tests/unit/engine/replay/lttng_sched \
	tests/unit/engine/replay/replay \
	tests/unit/engine/replay/lttng_line \
	tests/unit/engine/replay/perf_text \
	tests/unit/engine/replay/strace_line \
	tests/unit/engine/replay/strace_trace \
	tests/unit/engine/sample/sampler \
	tests/unit/event/filter \
	tests/unit/event/filter_complete \
	tests/unit/event/filter_gate \
	tests/unit/event/interest \
	tests/unit/event/redaction \
	tests/unit/event/stack_cache \
	tests/unit/event/stack_copy \
	tests/unit/event/tally \
	tests/unit/model/column \
	tests/unit/model/files \
	tests/unit/model/idle \
	tests/unit/model/matcher \
	tests/unit/model/model \
	tests/unit/model/observations \
	tests/unit/model/present \
	tests/unit/model/programs \
	tests/unit/model/stacks \
	tests/unit/model/time_split \
	tests/unit/model/row_order \
	tests/unit/model/strip \
	tests/unit/model/views \
	tests/unit/out/advice_text \
	tests/unit/out/atomic_file \
	tests/unit/out/cell \
	tests/unit/out/comparison \
	tests/unit/out/ctf_memory \
	tests/unit/out/explanation \
	tests/unit/out/file \
	tests/unit/out/glyph \
	tests/unit/out/grid \
	tests/unit/out/json \
	tests/unit/out/line_writer \
	tests/unit/out/listen_address \
	tests/unit/out/metrics \
	tests/unit/out/page \
	tests/unit/out/page_flame \
	tests/unit/out/profile \
	tests/unit/out/recorder \
	tests/unit/out/report \
	tests/unit/out/server_event \
	tests/unit/out/ship \
	tests/unit/out/snapshot \
	tests/unit/out/stacklist \
	tests/unit/out/table \
	tests/unit/out/verdict_text \
	tests/unit/out/throttle \
	tests/unit/out/token \
	tests/unit/out/transcript \
	tests/unit/proc/cgroup \
	tests/unit/proc/descriptors \
	tests/unit/proc/freezer \
	tests/unit/proc/locks \
	tests/unit/proc/maps \
	tests/unit/proc/memory \
	tests/unit/proc/opener \
	tests/unit/proc/program \
	tests/unit/proc/remote \
	tests/unit/proc/sleep_clock \
	tests/unit/proc/sockets \
	tests/unit/proc/stat \
	tests/unit/proc/status \
	tests/unit/proc/system \
	tests/unit/proc/tasks \
	tests/unit/proc/wait \
	tests/unit/stack/demangle \
	tests/unit/stack/ehframe \
	tests/unit/stack/file_cache \
	tests/unit/stack/hostile \
	tests/unit/stack/intern \
	tests/unit/stack/peek \
	tests/unit/stack/perfmap \
	tests/unit/stack/python \
	tests/unit/stack/samples \
	tests/unit/stack/walk \
	tests/unit/stack/worker \
	tests/unit/ui/canvas \
	tests/unit/ui/chooser \
	tests/unit/ui/files_pane \
	tests/unit/ui/keys \
	tests/unit/ui/layout \
	tests/unit/ui/log_pane \
	tests/unit/ui/panes \
	tests/unit/ui/processes_pane \
	tests/unit/ui/renderer \
	tests/unit/ui/screen \
	tests/unit/ui/terminal \
	tests/unit/ui/terminal_entry \
	tests/unit/ui/theme
if ARCH_X86_64
unit_tests += tests/unit/arch/x86_64
endif

tests_unit_abi_callset_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_abi_explain_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_abi_names_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_abi_nearest_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_abi_restart_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_abi_syscall_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_abi_transfer_LDADD = $(abi_libs) $(CMOCKA_LIBS)
tests_unit_app_config_LDADD = $(app_libs) $(CMOCKA_LIBS)
tests_unit_app_container_LDADD = $(app_libs) $(CMOCKA_LIBS)
tests_unit_app_pod_LDADD = $(app_libs) $(CMOCKA_LIBS)
tests_unit_app_options_LDADD = $(app_libs) $(CMOCKA_LIBS)
tests_unit_app_flight_LDADD = $(app_libs) $(CMOCKA_LIBS)
tests_unit_app_pump_LDADD = $(app_libs) $(CMOCKA_LIBS)
tests_unit_arch_x86_64_LDADD = $(arch_libs) $(CMOCKA_LIBS)
tests_unit_base_alloc_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_hist_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_map_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_ring_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_tar_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_text_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_timed_write_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_units_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_base_vm_process_LDADD = $(base_libs) $(CMOCKA_LIBS)
tests_unit_decode_descriptors_LDADD = $(decode_libs) $(CMOCKA_LIBS)
tests_unit_decode_wait_reason_LDADD = $(decode_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_wait_colocation_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_capture_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_event_writer_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_report_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_wait_poller_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_wait_standstill_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_attach_attach_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_attach_refusal_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_state_stop_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
tests_unit_engine_ptrace_state_tracee_LDADD = $(ptrace_libs) $(CMOCKA_LIBS)
if BPF
unit_tests += tests/unit/engine/bpf/detail_reader tests/unit/engine/bpf/detail_walk tests/unit/engine/bpf/refusal
tests_unit_engine_bpf_detail_reader_LDADD = $(bpf_libs) $(CMOCKA_LIBS)
tests_unit_engine_bpf_detail_walk_LDADD = $(bpf_libs) $(CMOCKA_LIBS)
unit_tests += tests/unit/engine/bpf/cell_reader tests/unit/engine/bpf/loops
tests_unit_engine_bpf_loops_CPPFLAGS = -I$(top_builddir)/include $(AM_CPPFLAGS) $(LIBBPF_CFLAGS)
tests_unit_engine_bpf_loops_LDADD = $(bpf_libs) $(CMOCKA_LIBS)
tests_unit_engine_bpf_cell_reader_LDADD = $(bpf_libs) $(CMOCKA_LIBS)
tests_unit_engine_bpf_refusal_LDADD = $(bpf_libs) $(CMOCKA_LIBS)
endif
tests_unit_engine_replay_lttng_events_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_engine_replay_lttng_line_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_engine_replay_lttng_sched_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_engine_replay_replay_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_engine_replay_perf_text_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_engine_replay_strace_line_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_engine_sample_sampler_LDADD = $(sample_libs) $(CMOCKA_LIBS)
tests_unit_engine_replay_strace_trace_LDADD = $(replay_libs) $(CMOCKA_LIBS)
tests_unit_event_interest_LDADD = $(event_libs) $(CMOCKA_LIBS)
tests_unit_event_redaction_LDADD = $(event_libs) $(CMOCKA_LIBS)
tests_unit_event_stack_cache_LDADD = $(event_libs) $(CMOCKA_LIBS)
tests_unit_event_stack_copy_LDADD = $(event_libs) $(CMOCKA_LIBS)
tests_unit_event_tally_LDADD = $(event_libs) $(CMOCKA_LIBS)
tests_unit_model_column_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_files_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_idle_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_model_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_observations_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_present_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_programs_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_stacks_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_row_order_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_strip_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_model_views_LDADD = $(model_libs) $(CMOCKA_LIBS)
tests_unit_out_atomic_file_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_cell_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_comparison_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_ctf_memory_LDADD = src/engine/replay/libreplay.a $(trace_libs) $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_file_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_glyph_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_grid_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_json_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_page_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_page_flame_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_profile_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_recorder_LDADD = src/engine/replay/libreplay.a $(trace_libs) $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_report_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_listen_address_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_metrics_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_throttle_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_ship_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_snapshot_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_table_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_verdict_text_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_out_transcript_LDADD = $(out_libs) $(CMOCKA_LIBS)
tests_unit_proc_cgroup_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_descriptors_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_locks_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_maps_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_opener_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_program_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_remote_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_sleep_clock_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_sockets_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_stat_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_status_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_system_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_tasks_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_proc_wait_LDADD = $(proc_libs) $(CMOCKA_LIBS)
tests_unit_stack_demangle_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_ehframe_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_file_cache_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_hostile_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_intern_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_peek_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_python_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_perfmap_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_samples_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_walk_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_stack_worker_LDADD = $(stack_libs) $(CMOCKA_LIBS)
tests_unit_ui_canvas_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_files_pane_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_keys_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_layout_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_log_pane_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_panes_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_processes_pane_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_screen_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_renderer_LDADD = tests/support/libsupport.a $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_terminal_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_terminal_entry_LDADD = $(ui_libs) $(CMOCKA_LIBS)
tests_unit_ui_theme_LDADD = $(ui_libs) $(CMOCKA_LIBS)
