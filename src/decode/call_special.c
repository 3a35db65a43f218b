/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures that are shown by a function of their own; see decode/call_writer.h. */
#include "config.h"

#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "decode/call_writer.h"

extern const struct value_set values_capability;
extern const struct value_set values_clone3;
extern const struct value_set values_fcntl_lock;
extern const struct value_set values_open;
extern const struct value_set values_open_acc;
extern const struct value_set values_openat2_resolve;
extern const struct value_set values_whence;
extern const struct value_set values_epoll_events;
extern const struct value_set values_iff;
extern const struct value_set values_aio_cmd;
extern const struct value_set values_poll_events;
extern const struct value_set values_ptrace_event;
extern const struct value_set values_sig_action;
extern const struct value_set values_sigev_notify;
extern const struct value_set values_statx_attr;
extern const struct value_set values_statx_mask;
extern const struct value_set values_term_ldisc;
extern const struct value_set values_termios_baud;
extern const struct value_set values_termios_cflag;
extern const struct value_set values_termios_csize;
extern const struct value_set values_termios_iflag;
extern const struct value_set values_termios_lflag;
extern const struct value_set values_termios_oflag;

/* A structure that is being written. */
struct piece {
	struct call_writer *writer;
	const struct argument *argument;
	const struct argument_type *type;
	enum detail_phase phase;
	uint64_t address;
	const unsigned char *bytes;
	size_t size;
};

/* The field NAME; NULL if the layout has none, or it is beyond the end. */
static const struct field *find_field(const struct piece *piece, const char *name)
{
	const struct layout *layout = type_layout(piece->type, piece->writer->call.abi);
	for (size_t i = 0; i < layout->count; i++) {
		const struct field *field = &layout->fields[i];
		if (strcmp(field->name, name) == 0)
			return field->offset + (size_t)field->size * field->count <= piece->size
			               ? field
			               : NULL;
	}
	return NULL;
}

/* The number in the field NAME, or 0. */
static uint64_t number(const struct piece *piece, const char *name)
{
	const struct field *field = find_field(piece, name);
	return field && field->size <= 8 ? number_at(piece->bytes + field->offset, field->size) : 0;
}

static void put_stat_time(const struct piece *piece, const char *name)
{
	char nsec[32];
	const struct field *field = find_field(piece, name);
	snprintf(nsec, sizeof(nsec), "%s_nsec", name);
	int64_t seconds = field ? signed_at(piece->bytes + field->offset, field->size) : 0;
	uint64_t nanoseconds = number(piece, nsec);
	putf(piece->writer, ", %s=%lld", name, (long long)seconds);
	put_time_comment(piece->writer, seconds, nanoseconds);
	putf(piece->writer, ", %s=%llu", nsec, (unsigned long long)nanoseconds);
}

static void put_number(const struct piece *piece, const char *separator, const char *name)
{
	putf(piece->writer, "%s%s=%llu", separator, name, (unsigned long long)number(piece, name));
}

static void put_stat(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint64_t mode = number(piece, "st_mode");
	put(writer, "{");
	if (writer->options->verbose) {
		put(writer, "st_dev=");
		put_device(writer, number(piece, "st_dev"));
		put_number(piece, ", ", "st_ino");
		put(writer, ", ");
	}
	put(writer, "st_mode=");
	put_file_mode(writer, mode);
	if (writer->options->verbose) {
		static const char *const names[] = {
			"st_nlink", "st_uid", "st_gid", "st_blksize", "st_blocks"};
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			put_number(piece, ", ", names[i]);
	}
	if (S_ISCHR(mode) || S_ISBLK(mode)) {
		put(writer, ", st_rdev=");
		put_device(writer, number(piece, "st_rdev"));
	} else {
		put_number(piece, ", ", "st_size");
	}
	if (writer->options->verbose) {
		put_stat_time(piece, "st_atime");
		put_stat_time(piece, "st_mtime");
		put_stat_time(piece, "st_ctime");
		put(writer, "}");
	} else {
		put(writer, ", ...}");
	}
}

static void put_statx_time(const struct piece *piece, const char *name)
{
	char path[48];
	snprintf(path, sizeof(path), "%s.tv_sec", name);
	int64_t seconds = (int64_t)number(piece, path);
	snprintf(path, sizeof(path), "%s.tv_nsec", name);
	uint64_t nanoseconds = number(piece, path);
	putf(piece->writer, ", %s={tv_sec=%lld, tv_nsec=%llu}", name, (long long)seconds,
		(unsigned long long)nanoseconds);
	put_time_comment(piece->writer, seconds, nanoseconds);
}

/* The device NAME_major, NAME_minor. */
static void put_statx_device(const struct piece *piece, const char *name)
{
	static const char *const parts[] = {"major", "minor"};
	for (size_t i = 0; i < 2; i++) {
		char path[48];
		snprintf(path, sizeof(path), "%s_%s", name, parts[i]);
		put_number(piece, ", ", path);
	}
}

static void put_statx(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	bool is_verbose = writer->options->verbose;
	uint64_t mask = number(piece, "stx_mask");
	put(writer, "{stx_mask=");
	put_set(writer, &values_statx_mask, mask);
	if (is_verbose)
		put_number(piece, ", ", "stx_blksize");
	put(writer, ", stx_attributes=");
	put_set(writer, &values_statx_attr, number(piece, "stx_attributes"));
	if (is_verbose) {
		put_number(piece, ", ", "stx_nlink");
		put_number(piece, ", ", "stx_uid");
		put_number(piece, ", ", "stx_gid");
	}
	put(writer, ", stx_mode=");
	put_file_mode(writer, number(piece, "stx_mode"));
	if (is_verbose)
		put_number(piece, ", ", "stx_ino");
	put_number(piece, ", ", "stx_size");
	if (!is_verbose) {
		put(writer, ", ...}");
		return;
	}
	put_number(piece, ", ", "stx_blocks");
	put(writer, ", stx_attributes_mask=");
	put_set(writer, &values_statx_attr, number(piece, "stx_attributes_mask"));
	put_statx_time(piece, "stx_atime");
	if (mask & STATX_BTIME)
		put_statx_time(piece, "stx_btime");
	put_statx_time(piece, "stx_ctime");
	put_statx_time(piece, "stx_mtime");
	put_statx_device(piece, "stx_rdev");
	put_statx_device(piece, "stx_dev");
	put_number(piece, ", ", "stx_mnt_id");
	put(writer, "}");
}

static void put_status(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	int status = (int)number_at(piece->bytes, 4);
	int rest = 0;
	put(writer, "[");
	if (WIFSTOPPED(status)) {
		put(writer, "{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		put_signal(writer, WSTOPSIG(status) & 0x7f);
		put(writer, WSTOPSIG(status) & 0x80 ? " | 0x80}" : "}");
		rest = status & ~0xffff;
	} else if (WIFSIGNALED(status)) {
		put(writer, "{WIFSIGNALED(s) && WTERMSIG(s) == ");
		put_signal(writer, WTERMSIG(status));
		put(writer, WCOREDUMP(status) ? " && WCOREDUMP(s)}" : "}");
		rest = status & ~0xff;
	} else if (WIFEXITED(status)) {
		putf(writer, "{WIFEXITED(s) && WEXITSTATUS(s) == %d}", WEXITSTATUS(status));
		rest = status & ~0xff00;
	} else if (WIFCONTINUED(status)) {
		put(writer, "{WIFCONTINUED(s)}");
	} else {
		putf(writer, "%#x", (unsigned int)status);
	}
	if ((unsigned int)rest >> 16) {
		put(writer, "|");
		put_set(writer, &values_ptrace_event, (unsigned int)rest >> 16);
		put(writer, "<<16");
	}
	if (rest & 0xffff)
		putf(writer, "|%#x", (unsigned int)rest & 0xffff);
	put(writer, "]");
}

/* A handler of a signal, or what stands for it. */
static void put_handler(struct call_writer *writer, uint64_t handler)
{
	static const char *const names[] = {"SIG_DFL", "SIG_IGN"};
	if (handler < sizeof(names) / sizeof(*names))
		put(writer, names[handler]);
	else if (handler == (word_size(writer) == 4 ? UINT32_MAX : UINT64_MAX))
		put(writer, "SIG_ERR");
	else
		put_address(writer, handler);
}

static void put_sigaction(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	const struct field *mask = find_field(piece, "sa_mask.sig");
	uint64_t flags = number(piece, "sa_flags");
	put(writer, "{sa_handler=");
	put_handler(writer, number(piece, "sa_handler"));
	put(writer, ", sa_mask=");
	if (mask)
		put_signals(writer, piece->bytes + mask->offset, mask->size);
	put(writer, ", sa_flags=");
	put_set(writer, &values_sig_action, flags);
	if (flags & 0x04000000) { /* SA_RESTORER */
		put(writer, ", sa_restorer=");
		put_address(writer, number(piece, "sa_restorer"));
	}
	put(writer, "}");
}

static void put_sigevent(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint64_t notify = number(piece, "sigev_notify");
	uint64_t pointer = word_at(writer, piece->bytes);
	uint32_t signal = (uint32_t)number(piece, "sigev_signo");
	put(writer, "{");
	if (pointer) {
		putf(writer, "sigev_value={sival_int=%d, sival_ptr=",
			(int)number(piece, "sigev_value.sival_int"));
		put_address(writer, pointer);
		put(writer, "}, ");
	}
	put(writer, "sigev_signo=");
	if (signal <= INT32_MAX && (notify == SIGEV_SIGNAL || notify == SIGEV_THREAD_ID))
		put_signal(writer, (int)signal);
	else
		putf(writer, "%u", signal);
	put(writer, ", sigev_notify=");
	put_set(writer, &values_sigev_notify, notify);
	if (notify == SIGEV_THREAD_ID)
		putf(writer, ", sigev_notify_thread_id=%d", (int)number(piece, "_sigev_un._tid"));
	put(writer, "}");
}

/* A time to be set: two values of the second part mean now, and to leave it as it is. */
static void put_utime(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	const struct layout *layout = type_layout(piece->type, writer->call.abi);
	const struct field *seconds = &layout->fields[0];
	const struct field *part = &layout->fields[1];
	bool is_nsec = strcmp(part->name, "tv_nsec") == 0;
	uint64_t rest = number_at(piece->bytes + part->offset, part->size);
	int64_t whole = signed_at(piece->bytes + seconds->offset, seconds->size);
	if (is_nsec && rest == UTIME_NOW) {
		put(writer, "UTIME_NOW");
		return;
	}
	if (is_nsec && rest == UTIME_OMIT) {
		put(writer, "UTIME_OMIT");
		return;
	}
	put_fields(writer, piece->type, piece->bytes, piece->size);
	if (is_nsec)
		put_time_comment(writer, whole, rest);
	else
		put_microseconds_comment(writer, whole, rest);
}

/* Output flags: delays are values of two bits each. */
static void put_oflag(struct call_writer *writer, uint64_t flags)
{
	static const struct {
		uint64_t mask;
		const char *name;
		unsigned int shift;
	} delays[] = {{0400, "NL", 8}, {03000, "CR", 9}, {014000, "TAB", 11}, {020000, "BS", 13},
		{040000, "VT", 14}, {0100000, "FF", 15}};
	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		uint64_t value = (flags & delays[i].mask) >> delays[i].shift;
		putf(writer, "%s%llu|", delays[i].name, (unsigned long long)value);
		flags &= ~delays[i].mask;
	}
	put_set(writer, &values_termios_oflag, flags);
}

static void put_cflag(struct call_writer *writer, uint64_t flags)
{
	put_set(writer, &values_termios_baud, flags & 010017);
	put(writer, "|");
	if (flags >> 16 & 010017) {
		put_set(writer, &values_termios_baud, flags >> 16 & 010017);
		put(writer, "<<IBSHIFT|");
	}
	put_set(writer, &values_termios_csize, flags & 060);
	flags &= ~(uint64_t)(010017 | 060 | 010017 << 16);
	put(writer, "|");
	put_set(writer, &values_termios_cflag, flags);
}

static void put_termios(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	const struct field *chars = find_field(piece, "c_cc");
	put(writer, "{c_iflag=");
	put_set(writer, &values_termios_iflag, number(piece, "c_iflag"));
	put(writer, ", c_oflag=");
	put_oflag(writer, number(piece, "c_oflag"));
	put(writer, ", c_cflag=");
	put_cflag(writer, number(piece, "c_cflag"));
	put(writer, ", c_lflag=");
	put_set(writer, &values_termios_lflag, number(piece, "c_lflag"));
	if (!writer->options->verbose || !chars) {
		put(writer, ", ...}");
		return;
	}
	static const char *const names[] = {"VINTR", "VQUIT", "VERASE", "VKILL", "VEOF", "VTIME",
		"VMIN", "VSWTC", "VSTART", "VSTOP", "VSUSP", "VEOL", "VREPRINT", "VDISCARD",
		"VWERASE", "VLNEXT", "VEOL2"};
	put(writer, ", c_line=");
	put_set(writer, &values_term_ldisc, number(piece, "c_line"));
	for (size_t i = 0; i < chars->count; i++) {
		put(writer, i ? ", " : ", c_cc=[");
		if (i < sizeof(names) / sizeof(*names))
			putf(writer, "[%s]=%#x", names[i], piece->bytes[chars->offset + i]);
		else
			putf(writer, "[%zu]=%#x", i, piece->bytes[chars->offset + i]);
	}
	put(writer, "]");
	if (find_field(piece, "c_ospeed")) {
		put_number(piece, ", ", "c_ispeed");
		put_number(piece, ", ", "c_ospeed");
	}
	put(writer, "}");
}

/* What the request of the ioctl is about, by the last part of its number. */
static void put_ifreq(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	const unsigned char *bytes = piece->bytes;
	size_t length = strnlen((const char *)bytes, IFNAMSIZ);
	const unsigned char *value = bytes + IFNAMSIZ;
	uint32_t request = (uint32_t)writer->args[1];
	bool has_value = piece->phase == DETAIL_EXIT ||
	                 !(piece->argument->direction & ARGUMENT_OUT);
	static const struct {
		uint32_t request;
		const char *name;
	} addresses[] = {{0x8915, "ifr_addr"}, {0x8916, "ifr_addr"}, {0x8917, "ifr_dstaddr"},
		{0x8919, "ifr_broadaddr"}, {0x891b, "ifr_netmask"}, {0x891c, "ifr_netmask"},
		{0x891a, "ifr_broadaddr"}, {0x8927, "ifr_hwaddr"}};
	static const struct {
		uint32_t request;
		const char *name;
	} numbers[] = {{0x8933, "ifr_ifindex"}, {0x891d, "ifr_metric"}, {0x8921, "ifr_mtu"},
		{0x8922, "ifr_mtu"}, {0x8942, "ifr_qlen"}, {0x8943, "ifr_qlen"}};
	if (request == 0x8910) { /* SIOCGIFNAME */
		putf(writer, "{ifr_ifindex=%d", (int)number_at(value, 4));
		if (has_value) {
			put(writer, ", ifr_name=");
			put_quoted(writer, bytes, length, false);
		}
		put(writer, "}");
		return;
	}
	put(writer, "{ifr_name=");
	put_quoted(writer, bytes, length, length == IFNAMSIZ);
	for (size_t i = 0; has_value && i < sizeof(addresses) / sizeof(*addresses); i++) {
		if (addresses[i].request == request) {
			putf(writer, ", %s=", addresses[i].name);
			put_sockaddr_bytes(writer, value, 16);
		}
	}
	for (size_t i = 0; has_value && i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i].request == request)
			putf(writer, ", %s=%d", numbers[i].name, (int)number_at(value, 4));
	if (has_value && (request == 0x8913 || request == 0x8914)) {
		put(writer, ", ifr_flags=");
		put_set(writer, &values_iff, number_at(value, 2));
	}
	put(writer, "}");
}

static void put_ifconf(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	int32_t length = (int32_t)number_at(piece->bytes, 4);
	uint64_t list = word_at(writer, piece->bytes + word_size(writer));
	size_t element = word_size(writer) == 8 ? 40 : 32;
	putf(writer, "{ifc_len=%d", length);
	if (length > 0)
		putf(writer, " /* %zu * sizeof(struct ifreq) */", (size_t)length / element);
	if (!list || piece->phase != DETAIL_EXIT) {
		put(writer, ", ifc_buf=");
		put_address(writer, list);
		put(writer, "}");
		return;
	}
	put(writer, ", ifc_buf=[");
	for (size_t i = 0; length > 0 && i < (size_t)length / element && i < element_limit(writer);
		i++) {
		unsigned char request[40];
		if (detail_read(writer->detail, DETAIL_EXIT, list + i * element, request, element) <
			element)
			break;
		put(writer, i ? ", {ifr_name=" : "{ifr_name=");
		put_quoted(writer, request, strnlen((const char *)request, IFNAMSIZ), false);
		put(writer, ", ifr_addr=");
		put_sockaddr_bytes(writer, request + IFNAMSIZ, 16);
		put(writer, "}");
	}
	put(writer, "]}");
}

static void put_program(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint64_t filter = word_at(writer, piece->bytes + word_size(writer));
	putf(writer, "{len=%u, filter=", (unsigned int)number_at(piece->bytes, 2));
	put_address(writer, filter);
	put(writer, "}");
}

/* Writes ", NAME=0x…" for an address of clone3. */
static void put_named_address(const struct piece *piece, const char *name)
{
	putf(piece->writer, ", %s=", name);
	put_address(piece->writer, number(piece, name));
}

/* What clone3 has stored: " => {parent_tid=[77]}". */
static void put_clone_results(const struct piece *piece, uint64_t flags)
{
	struct call_writer *writer = piece->writer;
	const char *separator = " => {";
	int32_t value;
	if (!has_succeeded(writer))
		return;
	if (flags & CLONE_PIDFD) {
		putf(writer, "%spidfd=", separator);
		uint64_t address = number(piece, "pidfd");
		if (read_int(writer, DETAIL_EXIT, address, &value)) {
			put(writer, "[");
			put_descriptor(writer, value, true);
			put(writer, "]");
		} else {
			put_address(writer, address);
		}
		separator = ", ";
	}
	if (flags & CLONE_PARENT_SETTID) {
		putf(writer, "%sparent_tid=", separator);
		uint64_t address = number(piece, "parent_tid");
		if (read_int(writer, DETAIL_EXIT, address, &value))
			putf(writer, "[%d]", value);
		else
			put_address(writer, address);
		separator = ", ";
	}
	if (*separator == ',')
		put(writer, "}");
}

static void put_clone_args(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint64_t flags = number(piece, "flags");
	uint64_t signal = number(piece, "exit_signal");
	put(writer, "{flags=");
	put_set(writer, &values_clone3, flags);
	if (flags & CLONE_PIDFD)
		put_named_address(piece, "pidfd");
	if (flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))
		put_named_address(piece, "child_tid");
	if (flags & CLONE_PARENT_SETTID)
		put_named_address(piece, "parent_tid");
	put(writer, ", exit_signal=");
	if (signal < INT32_MAX)
		put_signal(writer, (int)signal);
	else
		putf(writer, "%llu", (unsigned long long)signal);
	put_named_address(piece, "stack");
	putf(writer, ", stack_size=%#llx", (unsigned long long)number(piece, "stack_size"));
	if (flags & CLONE_SETTLS)
		put_named_address(piece, "tls");
	uint64_t list = number(piece, "set_tid");
	uint64_t count = number(piece, "set_tid_size");
	if (list && count && count <= 32) {
		put(writer, ", set_tid=[");
		for (uint64_t i = 0; i < count; i++) {
			int32_t tid = 0;
			read_int(writer, DETAIL_ENTRY, list + 4 * i, &tid);
			putf(writer, "%s%d", i ? ", " : "", tid);
		}
		putf(writer, "], set_tid_size=%llu", (unsigned long long)count);
	} else if (list || count) {
		put_named_address(piece, "set_tid");
		put_number(piece, ", ", "set_tid_size");
	}
	if (number(piece, "cgroup") || flags & CLONE_INTO_CGROUP)
		put_number(piece, ", ", "cgroup");
	put(writer, "}");
	put_clone_results(piece, flags);
}

static void put_epoll_event(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	const struct field *data = find_field(piece, "data");
	put(writer, "{events=");
	put_set(writer, &values_epoll_events, number_at(piece->bytes, 4));
	uint64_t value = data ? number_at(piece->bytes + data->offset, 8) : 0;
	putf(writer, ", data={u32=%u, u64=%llu}}", (unsigned int)value, (unsigned long long)value);
}

static void put_pollfd(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	int fd = (int)number_at(piece->bytes, 4);
	put(writer, "{fd=");
	put_descriptor(writer, fd, false);
	if (fd >= 0) {
		put(writer, ", events=");
		put_set(writer, &values_poll_events, number_at(piece->bytes + 4, 2));
	}
	put(writer, "}");
}

static void put_argpack(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	size_t word = word_size(writer);
	uint64_t address = word_at(writer, piece->bytes);
	uint64_t size = word_at(writer, piece->bytes + word);
	unsigned char bits[128];
	size_t length = size < sizeof(bits) ? (size_t)size : sizeof(bits);
	put(writer, "{sigmask=");
	if (address && detail_read(writer->detail, piece->phase, address, bits, length) == length)
		put_signals(writer, bits, length);
	else
		put_address(writer, address);
	putf(writer, ", sigsetsize=%llu}", (unsigned long long)size);
}

static void put_vector(const struct piece *piece)
{
	size_t word = word_size(piece->writer);
	put(piece->writer, "{iov_base=");
	put_address(piece->writer, word_at(piece->writer, piece->bytes));
	putf(piece->writer, ", iov_len=%llu}",
		(unsigned long long)word_at(piece->writer, piece->bytes + word));
}

static void put_sigset(const struct piece *piece)
{
	const struct layout *layout = type_layout(piece->type, piece->writer->call.abi);
	put_signals(piece->writer, piece->bytes, layout->size);
}

static void put_msgbuf(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	size_t word = word_size(writer);
	uint64_t count = argument_value(writer, 2);
	putf(writer, "{mtype=%lld, mtext=", (long long)signed_at(piece->bytes, word));
	put_buffer(writer, piece->phase, piece->address + word, count);
	put(writer, "}");
}

static void put_file_handle(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint32_t before = (uint32_t)number_at(piece->bytes, 4);
	uint32_t size = before;
	int32_t written;
	unsigned char handle[128];
	bool is_out = piece->argument->direction & ARGUMENT_OUT;
	if (is_out && read_int(writer, DETAIL_ENTRY, piece->address, &written))
		before = (uint32_t)written;
	putf(writer, "{handle_bytes=%u", before);
	if (size != before)
		putf(writer, " => %u", size);
	if (!is_out || piece->phase == DETAIL_EXIT) {
		putf(writer, ", handle_type=%#x, f_handle=",
			(unsigned int)number_at(piece->bytes + 4, 4));
		size_t length = size < sizeof(handle) ? size : sizeof(handle);
		length = detail_read(
			writer->detail, piece->phase, piece->address + 8, handle, length);
		put(writer, length ? "0x" : "0");
		for (size_t i = 0; i < length; i++)
			putf(writer, "%02x", handle[i]);
	}
	put(writer, "}");
}

/* Capabilities of two words: those of the next structure are the upper ones. */
static void put_capabilities(const struct piece *piece)
{
	static const char *const names[] = {"{effective=", ", permitted=", ", inheritable="};
	struct call_writer *writer = piece->writer;
	for (size_t i = 0; i < 3; i++) {
		uint64_t set = number_at(piece->bytes + 4 * i, 4);
		const char *separator = "";
		if (piece->size >= 24)
			set |= number_at(piece->bytes + 12 + 4 * i, 4) << 32;
		put(writer, names[i]);
		for (unsigned int bit = 0; bit < 64; bit++) {
			if (!(set >> bit & 1))
				continue;
			putf(writer, "%s1<<", separator);
			put_set(writer, &values_capability, bit);
			separator = "|";
		}
		put(writer, set ? "" : "0");
	}
	put(writer, "}");
}

static void put_open_how(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint64_t flags = number(piece, "flags");
	uint64_t mode = number(piece, "mode");
	put(writer, "{flags=");
	put_set(writer, &values_open_acc, flags & 3);
	if (flags & ~UINT64_C(3)) {
		put(writer, "|");
		put_set(writer, &values_open, flags & ~UINT64_C(3));
	}
	if (mode || flags & 0100 || flags & 020000000) /* O_CREAT, __O_TMPFILE */
		putf(writer, ", mode=%#03llo", (unsigned long long)mode);
	put(writer, ", resolve=");
	put_set(writer, &values_openat2_resolve, number(piece, "resolve"));
	put(writer, "}");
}

/* The process is told only by what asks for it: it goes both ways. */
static void put_flock(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	const struct field *start = find_field(piece, "l_start");
	const struct field *length = find_field(piece, "l_len");
	put(writer, "{l_type=");
	put_set(writer, &values_fcntl_lock, number(piece, "l_type"));
	put(writer, ", l_whence=");
	put_set(writer, &values_whence, number(piece, "l_whence"));
	if (start && length)
		putf(writer, ", l_start=%lld, l_len=%lld",
			(long long)signed_at(piece->bytes + start->offset, start->size),
			(long long)signed_at(piece->bytes + length->offset, length->size));
	if (piece->argument->direction & ARGUMENT_OUT)
		putf(writer, ", l_pid=%d", (int)number(piece, "l_pid"));
	put(writer, "}");
}

/* It says itself how large it is. */
static void put_sched_attr(const struct piece *piece)
{
	uint64_t size = number(piece, "size");
	size_t limit = piece->size;
	if (size >= 48 && size < limit)
		limit = (size_t)size;
	put_fields(piece->writer, piece->type, piece->bytes, limit);
}

/* The commands of bpf have little in common. */
static void put_bpf(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	uint64_t command = writer->args[0];
	if (command == 6 || command == 7) { /* BPF_OBJ_PIN, BPF_OBJ_GET */
		put(writer, "{pathname=");
		put_string(writer, piece->phase, number_at(piece->bytes, 8), SIZE_MAX);
		put(writer, ", bpf_fd=");
		put_descriptor(writer, (int)number_at(piece->bytes + 8, 4), false);
		put(writer, "}");
	} else {
		put_address(writer, piece->address);
	}
}

/* A request of aio at an address that is an element of an array. */
static void put_iocb(const struct piece *piece)
{
	struct call_writer *writer = piece->writer;
	unsigned char request[64];
	uint64_t address = word_at(writer, piece->bytes);
	if (detail_read(writer->detail, piece->phase, address, request, sizeof(request)) <
		sizeof(request)) {
		put_address(writer, address);
		return;
	}
	uint64_t data = number_at(request, 8);
	uint64_t opcode = number_at(request + 16, 2);
	put(writer, "{");
	if (data)
		putf(writer, "aio_data=%#llx, ", (unsigned long long)data);
	put(writer, "aio_lio_opcode=");
	put_set(writer, &values_aio_cmd, opcode);
	put(writer, ", aio_fildes=");
	put_descriptor(writer, (int)number_at(request + 20, 4), false);
	if (opcode <= 1 || opcode == 7 || opcode == 8) {
		uint64_t length = number_at(request + 32, 8);
		put(writer, ", aio_buf=");
		if (opcode == 1)
			put_buffer(writer, piece->phase, number_at(request + 24, 8), length);
		else
			put_address(writer, number_at(request + 24, 8));
		putf(writer, ", aio_nbytes=%llu, aio_offset=%lld", (unsigned long long)length,
			(long long)signed_at(request + 40, 8));
	}
	put(writer, "}");
}

/* By enum special_struct; NULL: its fields are written. */
static void (*const writers[SPECIAL_STRUCTS])(const struct piece *piece) = {
	[SPECIAL_STAT] = put_stat,
	[SPECIAL_STATX] = put_statx,
	[SPECIAL_SIGACTION] = put_sigaction,
	[SPECIAL_SIGEVENT] = put_sigevent,
	[SPECIAL_WSTATUS] = put_status,
	[SPECIAL_UTIME] = put_utime,
	[SPECIAL_TERMIOS] = put_termios,
	[SPECIAL_IFREQ] = put_ifreq,
	[SPECIAL_IFCONF] = put_ifconf,
	[SPECIAL_SOCK_FPROG] = put_program,
	[SPECIAL_CLONE_ARGS] = put_clone_args,
	[SPECIAL_EPOLL_EVENT] = put_epoll_event,
	[SPECIAL_POLLFD] = put_pollfd,
	[SPECIAL_SIGSET_ARGPACK] = put_argpack,
	[SPECIAL_IOVEC] = put_vector,
	[SPECIAL_SIGSET] = put_sigset,
	[SPECIAL_MSGBUF] = put_msgbuf,
	[SPECIAL_FILE_HANDLE] = put_file_handle,
	[SPECIAL_IOCB] = put_iocb,
	[SPECIAL_CAPABILITY] = put_capabilities,
	[SPECIAL_OPEN_HOW] = put_open_how,
	[SPECIAL_FLOCK] = put_flock,
	[SPECIAL_SCHED_ATTR] = put_sched_attr,
	[SPECIAL_BPF_ATTR] = put_bpf,
};

bool put_special(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, const unsigned char *bytes, size_t size)
{
	const struct piece piece = {
		.writer = writer,
		.argument = argument,
		.type = argument->type,
		.phase = phase,
		.address = address,
		.bytes = bytes,
		.size = size,
	};
	if (argument->type->special == SPECIAL_SIGINFO) {
		put_siginfo(writer, bytes, size);
		return true;
	}
	if (!writers[argument->type->special])
		return false;
	writers[argument->type->special](&piece);
	return true;
}
