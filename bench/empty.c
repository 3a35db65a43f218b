/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Empty BPF programs at the entry and the exit of every call on the machine: what the kernel takes
 * for itself, to compare the engine bpf with.
 *
 *   empty COMMAND…
 *
 * It exits with the status of COMMAND; with 125 if BPF cannot be had.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_BPF 125

static void die(const char *what)
{
	fprintf(stderr, "empty: %s: %s\n", what, strerror(errno));
	exit(NO_BPF);
}

/* Attaches a program that returns 0 to the raw tracepoint NAME. It stays until we end. */
static void attach(const char *name)
{
	static const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(name, BPF_TRACE_RAW_TP);
	if (id < 0)
		die(name);
	options.attach_btf_id = (unsigned int)id;
	int program = bpf_prog_load(
		BPF_PROG_TYPE_TRACING, "stop_empty", "GPL", instructions, 2, &options);
	if (program < 0 || bpf_raw_tracepoint_open(NULL, program) < 0)
		die(name);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: empty COMMAND…\n", stderr);
		return NO_BPF;
	}
	attach("sys_enter");
	attach("sys_exit");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	int status;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
