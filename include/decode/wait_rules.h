/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that find out what a thread in a call is waiting for, by what they ask; wait_reason.c has
 * the table of calls.
 */
#ifndef STOP_DECODE_WAIT_RULES_H
#define STOP_DECODE_WAIT_RULES_H

#include "decode/wait_text.h"

/* wait_files.c: descriptors, files, and sets of descriptors. */
wait_rule wait_fd; /* the descriptor in the first argument */
wait_rule wait_sendfile;
wait_rule wait_splice;
wait_rule wait_tee;
wait_rule wait_path;    /* the path in the first argument */
wait_rule wait_path_at; /* the path in the second one, relative to a descriptor in the first */
wait_rule wait_connect;
wait_rule wait_open;
wait_rule wait_openat;
wait_rule wait_openat2;
wait_rule wait_creat;
wait_rule wait_poll;
wait_rule wait_ppoll;
wait_rule wait_ppoll_time64;
wait_rule wait_select;
wait_rule wait_pselect;
wait_rule wait_pselect_time64;
wait_rule wait_epoll;
wait_rule wait_epoll2;
wait_rule wait_flock;
wait_rule wait_fcntl;
wait_rule wait_sync;
wait_rule wait_aio;
wait_rule wait_uring;

/* wait_tasks.c: threads, processes and signals. */
wait_rule wait_futex;
wait_rule wait_futex_time64;
wait_rule wait_futex2;
wait_rule wait_futexes;
wait_rule wait_child;
wait_rule wait_id;
wait_rule wait_vfork;
wait_rule wait_clone;
wait_rule wait_clone3;
wait_rule wait_signal;
wait_rule wait_suspend;
wait_rule wait_suspend_old;
wait_rule wait_signals;
wait_rule wait_signals_time64;
wait_rule wait_memory_of;

/* wait_time.c: sleeps. */
wait_rule wait_sleep;
wait_rule wait_clock;
wait_rule wait_clock_time64;

/* wait_ipc.c: System V IPC. */
wait_rule wait_message;
wait_rule wait_message_room;
wait_rule wait_semaphore;
wait_rule wait_semaphore_until;
wait_rule wait_semaphore_until_time64;

#endif
