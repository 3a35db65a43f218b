/* /proc/TGID/task/TID/stat: of this process and as texts. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/time.h"
#include "proc/comm.h"
#include "proc/stat.h"
#include "support/child.h"

static void every_field_is_parsed(void **state)
{
	static const char text[] =
		"77 (a) R 1 (x) D 1 2 3 4 5 69238880 7 8 9 10 120 30 0 0 20 0 1 0 22 23 "
		"24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 3 40 41 42\n";
	struct proc_stat stat;
	(void)state;
	assert_true(proc_stat_parse(text, &stat));
	assert_int_equal(stat.state, 'D');
	assert_int_equal(stat.flags, 69238880);
	assert_int_equal(stat.cpu_ns, 150 * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)));
	assert_int_equal(stat.cpu, 3);
}

static void invalid_texts_are_rejected(void **state)
{
	struct proc_stat stat = {.cpu = 77};
	(void)state;
	assert_false(proc_stat_parse("", &stat));
	assert_false(proc_stat_parse("77 (x", &stat));
	assert_false(proc_stat_parse("77 (x) S 1", &stat));
	assert_int_equal(stat.cpu, 77);
}

static void this_process_is_read(void **state)
{
	struct proc_stat stat;
	(void)state;
	assert_int_equal(proc_stat(getpid(), getpid(), &stat), 0);
	assert_int_equal(stat.state, 'R');
	assert_in_range(stat.cpu, 0, sysconf(_SC_NPROCESSORS_CONF) - 1);
	assert_int_equal(proc_state(getpid()), 'R');
	assert_in_range(proc_cpu(getpid()), 0, sysconf(_SC_NPROCESSORS_CONF) - 1);
}

static void a_name_does_not_shift_the_fields(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, ") S 1 ("), 0);
	assert_int_equal(proc_state(getpid()), 'R');
	assert_false(proc_is_kernel_thread(getpid()));
}

static void kernel_threads_are_recognized(void **state)
{
	char comm[TASK_COMM_SIZE];
	(void)state;
	assert_false(proc_is_kernel_thread(getpid()));
	/* In a container, PID 2 is another process. */
	if (proc_comm(2, comm) < 0 || strcmp(comm, "kthreadd") != 0)
		skip();
	assert_true(proc_is_kernel_thread(2));
}

static void a_task_that_is_gone_is_an_error(void **state)
{
	pid_t dead = dead_process();
	struct proc_stat stat;
	(void)state;
	assert_int_equal(proc_stat(dead, dead, &stat), -ENOENT);
	assert_int_equal(proc_state(dead), '\0');
	assert_int_equal(proc_cpu(dead), -1);
	assert_false(proc_is_kernel_thread(dead));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_parsed),
		cmocka_unit_test(invalid_texts_are_rejected),
		cmocka_unit_test(this_process_is_read),
		cmocka_unit_test(a_name_does_not_shift_the_fields),
		cmocka_unit_test(kernel_threads_are_recognized),
		cmocka_unit_test(a_task_that_is_gone_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
