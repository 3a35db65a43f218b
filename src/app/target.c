/* Names of targets; see app/target.h. */
#include "config.h"

#include "app/target.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/comm.h"
#include "proc/status.h"

struct target_name target_name_of_command(char *const *argv)
{
	struct target_name name = {0};
	const char *slash = strrchr(argv[0], '/');
	snprintf(name.comm, sizeof(name.comm), "%s", slash ? slash + 1 : argv[0]);
	size_t used = 0;
	for (size_t i = 0; argv[i] && used < sizeof(name.command_line); i++)
		used += (size_t)snprintf(name.command_line + used, sizeof(name.command_line) - used,
			"%s%s", i ? " " : "", argv[i]);
	return name;
}

struct target_name target_name_of_task(pid_t pid)
{
	struct target_name name = {0};
	proc_comm(pid, name.comm);
	cmdline_read(pid, name.command_line, sizeof(name.command_line));
	return name;
}

static bool is_ancestor(pid_t pid)
{
	struct proc_status status = {.parent = getppid()};
	while (status.parent > 1 && status.parent != pid) {
		if (proc_status(status.parent, &status) < 0)
			return false;
	}
	return status.parent == pid;
}

size_t targets_above_us(const pid_t *pids, size_t count)
{
	size_t above = 0;
	for (size_t i = 0; i < count; i++)
		above += is_ancestor(pids[i]);
	return above;
}
