/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal and its siginfo as text, in strace's format. Pure; any thread.
 */
#ifndef STOP_DECODE_SIGNAL_TEXT_H
#define STOP_DECODE_SIGNAL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct event_signal;

/* Size of the longest result, including the final NUL. */
#define SIGNAL_TEXT_MAX 256

/* As strace names it: "SIGINT", "SIGRT_3" for the third real-time signal of the kernel. */
void signal_text_name(int signal, char *buf, size_t size);

/* si_code CODE of SIGNAL: "SI_USER", "CLD_EXITED", "SEGV_MAPERR"; a number if it has no name. */
void signal_text_code(int signal, int code, char *buf, size_t size);

/* "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, si_uid=0, si_status=3, si_utime=0, …}" */
void signal_text_info(const struct event_signal *signal, char buf[SIGNAL_TEXT_MAX]);

#endif
