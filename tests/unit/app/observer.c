/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observing real processes in /proc: the events that this sends to a model. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/observer.h"
#include "base/clock.h"
#include "support/child.h"

/* A model of process TID as NAME, which is in user code. */
static struct model *model_of(pid_t tid, const char *name)
{
	struct model *model = model_new(clock_now_ns(), NULL);
	struct event_task task = {
		.event = {EVENT_TASK, tid, clock_now_ns()}, .tgid = tid, .parent = 1};
	strcpy(task.comm, name);
	model_apply(model, &task.event);
	return model;
}

static bool is_alive_in(struct model *model, pid_t tid)
{
	struct thread_row row;
	struct observer *observer = observer_new(model, model_sink(model));
	observer_find_ended(observer, 0);
	observer_free(observer);
	return model_thread(model, tid, clock_now_ns(), &row);
}

static void a_process_that_has_ended_untraced_is_found(void **state)
{
	(void)state;
	pid_t dead = dead_process(), child = start_child();
	siginfo_t info;
	struct model *model = model_of(child, "child");
	struct model *other = model_of(dead, "dead");
	assert_false(is_alive_in(other, dead));
	assert_true(is_alive_in(model, child));
	kill(child, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_false(is_alive_in(model, child)); /* a zombie */
	waitpid(child, NULL, 0);
	struct thread_row *rows;
	assert_int_equal(model_threads(model, clock_now_ns(), &rows), 1);
	assert_int_equal(rows[0].state, THREAD_ENDED);
	assert_int_equal(rows[0].exit_code, -1);
	assert_int_equal(rows[0].exit_signal, 0);
	free(rows);
	model_free(model);
	model_free(other);
}

/* The end of a command comes with its status from elsewhere. */
static void one_process_can_be_excepted(void **state)
{
	(void)state;
	pid_t dead = dead_process();
	struct thread_row row;
	struct model *model = model_of(dead, "command");
	struct observer *observer = observer_new(model, model_sink(model));
	observer_find_ended(observer, dead);
	assert_true(model_thread(model, dead, clock_now_ns(), &row));
	observer_free(observer);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_has_ended_untraced_is_found),
		cmocka_unit_test(one_process_can_be_excepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
