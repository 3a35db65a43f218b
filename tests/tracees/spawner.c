/*
 * spawner CHAINS LINKS CALLS: threads that live to make the next one, without a pause, from the
 * beginning on. Once a byte has come, LINKS more of them each make so many calls first.
 */
#include "tracee.h"

static uint64_t calls;
static _Atomic bool go;
static _Atomic long links;    /* that have still to be made with calls */
static _Atomic uint64_t made; /* that have made their calls */
static _Atomic int chains;

/* ARMED: it was made after the byte had come. */
static void *run(void *armed)
{
	pthread_attr_t detached;
	if (armed) {
		tracee_getppid(calls);
		made++;
	}
	bool arm = go;
	if (arm && --links < 0) {
		chains--;
		return NULL;
	}
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_t next;
	errno = pthread_create(&next, &detached, run, arm ? &go : NULL);
	if (errno)
		tracee_fail("pthread_create");
	return NULL;
}

int main(int argc, char **argv)
{
	const struct timespec glance = {.tv_nsec = 1000000};
	if (argc != 4)
		return 97;
	tracee_begin();
	int first = atoi(argv[1]);
	chains = first;
	links = atol(argv[2]);
	calls = (uint64_t)atoll(argv[3]);
	for (int i = 0; i < first; i++)
		tracee_thread(run, NULL);
	tracee_ready();
	go = true;
	while (chains)
		nanosleep(&glance, NULL);
	printf("getppid %llu 0\n", (unsigned long long)(made * calls));
	puts("done");
	tracee_await();
	return 0;
}
