/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transfers ROUNDS: calls that transfer a mebibyte to or from a slow peer. Each has to transfer all
 * of it in one call. Prints how often that was so for each, and whether the data was correct.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tracee.h"

#define SIZE    (1 << 20)
#define PARTS   64

/* How much the slow side transfers at a time, and its pauses in between. */
#define BITE    16384
#define REST_NS 500000

struct way {
	const char *name;
	bool socket;  /* otherwise a pipe */
	bool receive; /* otherwise send */
	long (*move)(int fd, char *bytes);
};

static int file; /* contains the mebibyte */
static char original[SIZE];

static long move_by_write(int fd, char *bytes)
{
	return write(fd, bytes, SIZE);
}

static void cut_up(struct iovec parts[PARTS], char *bytes)
{
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct iovec){bytes + i * (SIZE / PARTS), SIZE / PARTS};
}

static long move_by_writev(int fd, char *bytes)
{
	struct iovec parts[PARTS];
	cut_up(parts, bytes);
	return writev(fd, parts, PARTS);
}

static long move_by_send(int fd, char *bytes)
{
	return send(fd, bytes, SIZE, 0);
}

static long move_by_sendmsg(int fd, char *bytes)
{
	struct iovec parts[PARTS];
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = PARTS};
	cut_up(parts, bytes);
	return sendmsg(fd, &message, 0);
}

static long move_by_sendfile(int fd, char *bytes)
{
	off_t offset = 0;
	(void)bytes;
	return sendfile(fd, file, &offset, SIZE);
}

static long move_by_recv(int fd, char *bytes)
{
	return recv(fd, bytes, SIZE, MSG_WAITALL);
}

static long move_by_recvmsg(int fd, char *bytes)
{
	struct iovec parts[PARTS];
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = PARTS};
	cut_up(parts, bytes);
	return recvmsg(fd, &message, MSG_WAITALL);
}

/*
 * A splice ends when the pipe is full, traced or not: so this one transfers only what fits, into a
 * pipe that is full at first, and has to wait.
 */
static long move_by_splice(int fd, char *bytes)
{
	loff_t offset = 0;
	long done = 0;
	(void)bytes;
	while (done < SIZE) {
		long part = splice(file, &offset, fd, NULL, 4096, 0);
		if (part != 4096)
			return part < 0 ? part : done;
		done += part;
	}
	return done;
}

static const struct way ways[] = {
	{"write", false, false, move_by_write},
	{"write-socket", true, false, move_by_write},
	{"writev", false, false, move_by_writev},
	{"writev-socket", true, false, move_by_writev},
	{"send", true, false, move_by_send},
	{"sendmsg", true, false, move_by_sendmsg},
	{"sendfile", true, false, move_by_sendfile},
	{"splice", false, false, move_by_splice},
	{"recv", true, true, move_by_recv},
	{"recvmsg", true, true, move_by_recvmsg},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

struct place {
	const struct way *way;
	pthread_t thread, slow;
	int fd, slow_fd;
	bool wrong;
	unsigned int rounds, whole, cut;
};

static void *take_slowly(void *argument)
{
	struct place *place = argument;
	char bite[BITE];
	size_t at = 0;
	ssize_t got;
	while ((got = read(place->slow_fd, bite, sizeof(bite))) > 0) {
		for (ssize_t i = 0; i < got; i++, at++)
			place->wrong |= bite[i] != original[at % SIZE];
		pause_pace(REST_NS);
	}
	return NULL;
}

static void *give_slowly(void *argument)
{
	struct place *place = argument;
	for (size_t at = 0; at < (size_t)place->rounds * SIZE; at += BITE) {
		if (write(place->slow_fd, original + at % SIZE, BITE) != BITE)
			break;
		pause_pace(REST_NS);
	}
	return NULL;
}

static void *run(void *argument)
{
	struct place *place = argument;
	char *bytes = malloc(SIZE);
	for (unsigned int i = 0; i < place->rounds; i++) {
		memcpy(bytes, original, SIZE);
		if (place->way->receive)
			memset(bytes, 0, SIZE);
		long moved = place->way->move(place->fd, bytes);
		if (moved == SIZE)
			place->whole++;
		else
			place->cut++, fprintf(stderr, "%s: %ld\n", place->way->name, moved);
		if (place->way->receive && moved == SIZE)
			place->wrong |= memcmp(bytes, original, SIZE) != 0;
		/* The rest belongs to this round. */
		while (!place->way->receive && moved > 0 && moved < SIZE)
			moved += write(place->fd, original + moved, (size_t)(SIZE - moved));
	}
	free(bytes);
	close(place->fd);
	return NULL;
}

static void begin(struct place *place, const struct way *way, unsigned int rounds)
{
	int ends[2];
	if ((way->socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) < 0)
		tracee_fail("pipe");
	*place = (struct place){
		.way = way,
		.rounds = rounds,
		.fd = ends[!way->receive],
		.slow_fd = ends[way->receive],
	};
	place->slow = tracee_thread(way->receive ? give_slowly : take_slowly, place);
	place->thread = tracee_thread(run, place);
}

int main(int argc, char **argv)
{
	static struct place places[WAYS];
	if (argc != 2)
		return 97;
	tracee_begin();
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < SIZE; i++)
		original[i] = (char)(i * 31 >> 3);
	file = memfd_create("transfers", 0);
	if (write(file, original, SIZE) != SIZE)
		tracee_fail("memfd");
	for (size_t i = 0; i < WAYS; i++)
		begin(&places[i], &ways[i], (unsigned int)atoi(argv[1]));
	for (size_t i = 0; i < WAYS; i++) {
		pthread_join(places[i].thread, NULL);
		pthread_join(places[i].slow, NULL);
		printf("%s: whole %u cut %u %s\n", ways[i].name, places[i].whole, places[i].cut,
			places[i].wrong ? "wrong" : "right");
	}
	return 0;
}
