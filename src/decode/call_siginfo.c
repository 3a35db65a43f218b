/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct siginfo as text; see decode/call_writer.h. */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "decode/call_writer.h"

extern const struct value_set values_si_code;
extern const struct value_set values_sigbus_code;
extern const struct value_set values_sigchld_code;
extern const struct value_set values_sigfpe_code;
extern const struct value_set values_sigill_code;
extern const struct value_set values_sigsegv_code;
extern const struct value_set values_sigsys_code;
extern const struct value_set values_sigtrap_code;

/* Codes of the kernel, by signal. */
static const struct value_set *const code_sets[] = {
	[SIGILL] = &values_sigill_code,
	[SIGTRAP] = &values_sigtrap_code,
	[SIGBUS] = &values_sigbus_code,
	[SIGFPE] = &values_sigfpe_code,
	[SIGSEGV] = &values_sigsegv_code,
	[SIGCHLD] = &values_sigchld_code,
	[SIGSYS] = &values_sigsys_code,
};

/* Where the fields are: the union is at 16 with addresses of 8 bytes, else at 12. */
struct info {
	struct call_writer *writer;
	const unsigned char *bytes;
	size_t start; /* of the union */
	size_t word;
};

static int32_t int_at(const struct info *info, size_t offset)
{
	return (int32_t)number_at(info->bytes + info->start + offset, 4);
}

static uint64_t address_at(const struct info *info, size_t offset)
{
	return word_at(info->writer, info->bytes + info->start + offset);
}

static void put_code(struct call_writer *writer, int signal, int code)
{
	const char *name = value_name(&values_si_code, (uint32_t)code);
	size_t sets = sizeof(code_sets) / sizeof(*code_sets);
	if (!name && signal > 0 && (size_t)signal < sets && code_sets[signal])
		name = value_name(code_sets[signal], (uint32_t)code);
	if (name)
		put(writer, name);
	else
		putf(writer, "%#x", (unsigned int)code);
}

static void put_source(const struct info *info)
{
	putf(info->writer, ", si_pid=%d, si_uid=", int_at(info, 0));
	put_id(info->writer, (uint32_t)int_at(info, 4), 4);
}

/* The value that was sent along, at OFFSET. */
static void put_sigval(const struct info *info, size_t offset)
{
	putf(info->writer, ", si_int=%d, si_ptr=", int_at(info, offset));
	put_address(info->writer, address_at(info, offset));
}

static void put_child(const struct info *info, int code)
{
	size_t times = info->word == 8 ? 16 : 12;
	put_source(info);
	put(info->writer, ", si_status=");
	if (code == CLD_EXITED)
		putf(info->writer, "%d", int_at(info, 8));
	else
		put_signal(info->writer, int_at(info, 8));
	for (size_t i = 0; i < 2; i++) {
		uint64_t ticks = address_at(info, times + i * info->word);
		putf(info->writer, i ? ", si_stime=%llu" : ", si_utime=%llu",
			(unsigned long long)ticks);
		if (ticks)
			putf(info->writer, " /* %llu.%02llu s */", (unsigned long long)ticks / 100,
				(unsigned long long)ticks % 100);
	}
}

static void put_address_of_fault(const struct info *info)
{
	put(info->writer, ", si_addr=");
	put_address(info->writer, address_at(info, 0));
}

/* What a signal of the kernel has. */
static void put_kernel_info(const struct info *info, int signal, int code)
{
	switch (signal) {
	case SIGCHLD:
		put_child(info, code);
		break;
	case SIGILL:
	case SIGFPE:
	case SIGBUS:
	case SIGSEGV:
	case SIGTRAP:
		put_address_of_fault(info);
		break;
	case SIGIO:
		putf(info->writer, ", si_band=%lld, si_fd=",
			(long long)signed_at(info->bytes + info->start, info->word));
		put_descriptor(info->writer, int_at(info, info->word), false);
		break;
	case SIGSYS:
		put(info->writer, ", si_call_addr=");
		put_address(info->writer, address_at(info, 0));
		putf(info->writer, ", si_syscall=%d, si_arch=%#x", int_at(info, info->word),
			(unsigned int)int_at(info, info->word + 4));
		break;
	default:
		if (int_at(info, 0) || int_at(info, 4))
			put_source(info);
		if (address_at(info, 8))
			put_sigval(info, 8);
		break;
	}
}

static void put_user_info(const struct info *info, int code)
{
	switch (code) {
	case SI_USER:
	case SI_TKILL:
		put_source(info);
		break;
	case SI_TIMER:
		putf(info->writer, ", si_timerid=%#x, si_overrun=%d", (unsigned int)int_at(info, 0),
			int_at(info, 4));
		put_sigval(info, 8);
		break;
	case SI_SIGIO:
		putf(info->writer, ", si_band=%lld, si_fd=",
			(long long)signed_at(info->bytes + info->start, info->word));
		put_descriptor(info->writer, int_at(info, info->word), false);
		break;
	default:
		put_source(info);
		if (address_at(info, 8))
			put_sigval(info, 8);
		break;
	}
}

void put_siginfo(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	struct info info = {writer, bytes, 0, word_size(writer)};
	info.start = info.word == 8 ? 16 : 12;
	if (size < 64) {
		put(writer, "{...}");
		return;
	}
	int signal = (int32_t)number_at(bytes, 4);
	int error = (int32_t)number_at(bytes + 4, 4);
	int code = (int32_t)number_at(bytes + 8, 4);
	put(writer, "{");
	if (signal) {
		put(writer, "si_signo=");
		put_signal(writer, signal);
		put(writer, ", si_code=");
		put_code(writer, signal, code);
		if (error)
			putf(writer, ", si_errno=%d", error);
		if (code <= 0)
			put_user_info(&info, code);
		else
			put_kernel_info(&info, signal, code);
	}
	put(writer, "}");
}
