/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read-only HTTP server, by libmicrohttpd, whose loop is ours: all of its functions are called in
 * the listener's thread. See out/listener.h.
 */
#include "config.h"

#include "out/listener.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "out/listen_address.h"
#include "out/metrics.h"
#include "out/throttle.h"

/* Connections at once; the others wait in the kernel. */
#define CLIENTS_MAX   64

/* With more than this, those that wait for nothing but their client end sooner. */
#define CLIENTS_MANY  48

/* What a connection may use: also the limit of the lines of a request. */
#define CLIENT_MEMORY ((size_t)8 << 10)

/* Of a CPU, the thread gets one part in so many, after a rest at most so much at once. */
#define CPU_SHARE     10
#define CPU_BURST_NS  (50 * NS_PER_MS)

/* Behind everybody else. */
#define NICE          19

/* What a client is doing. */
enum client_state {
	CLIENT_NEW,     /* connected, and has not sent a whole request */
	CLIENT_WAITING, /* has asked for a page that the owner has to render; suspended */
	CLIENT_LATE,    /* the owner takes too long: it is answered 503 */
	CLIENT_READING, /* gets its answer */
	CLIENT_IDLE,    /* was answered, and may ask again */
	CLIENT_ENDED,   /* its connection was shut down */
	CLIENT_STATES,
};

/* How long each of them may last, and where there is little room. A request has to come whole in
 * this time: one byte now and then does not help. 0: for ever. */
static const struct {
	uint64_t limit_ns, short_ns;
} patience[CLIENT_STATES] = {
	[CLIENT_NEW] = {5 * NS_PER_S, 250 * NS_PER_MS},
	[CLIENT_WAITING] = {5 * NS_PER_S, 5 * NS_PER_S},
	[CLIENT_READING] = {10 * NS_PER_S, 2 * NS_PER_S},
	[CLIENT_IDLE] = {90 * NS_PER_S, 250 * NS_PER_MS},
};

struct client {
	struct client *next, **link;
	struct MHD_Connection *connection;
	int fd; /* of libmicrohttpd */
	enum client_state state;
	uint64_t since_ns;       /* since when it does that */
	enum listener_page page; /* what it has asked for, while CLIENT_WAITING */
};

/* A page on its way from the owner, who allocates and frees it. */
struct text {
	struct text *next;
	struct listener *listener;
	char *text;
	size_t size;
	uint64_t stale_ns;
};

/* A page as the thread has it. */
struct page {
	struct MHD_Response *response; /* NULL: none yet */
	uint64_t stale_ns;
	bool is_asked; /* the owner was asked for a new one */
};

struct listener {
	struct listen_address address;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	int wanted_fd; /* eventfd: the owner is asked */
	int wake_fd;   /* eventfd: the thread has news */
	int epoll_fd;  /* of libmicrohttpd */

	/* Shared. */
	atomic_uint wanted;                           /* bits of pages */
	_Atomic(struct text *) given[LISTENER_PAGES]; /* published, not taken yet */
	_Atomic(struct text *) used;                  /* no longer in use: the owner frees them */
	atomic_bool is_closing;

	/* The thread's. */
	struct client *clients;
	size_t client_count;
	struct page page[LISTENER_PAGES];
	struct throttle throttle;
};

/* What is the same for every page. */
static const char *const content_types[LISTENER_PAGES] = {
	[LISTENER_PROMETHEUS] = METRICS_TYPE,
	[LISTENER_OPENMETRICS] = METRICS_TYPE_OPEN,
};

/* The thread: answers. */

static void set_state(struct client *client, enum client_state state)
{
	client->state = state;
	client->since_ns = clock_now_ns();
}

/* Sets the headers that all answers have. */
static void add_headers(struct MHD_Response *response, const char *type)
{
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
}

/* Answers with STATUS and TEXT, which is static. */
static enum MHD_Result answer_text(
	struct client *client, unsigned int status, const char *text, bool ends)
{
	const struct MHD_IoVec body = {text, strlen(text)};
	struct MHD_Response *response = MHD_create_response_from_iovec(&body, 1, NULL, NULL);
	if (!response)
		return MHD_NO;
	add_headers(response, "text/plain; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, "Retry-After", "1");
	if (ends)
		MHD_add_response_header(response, "Connection", "close");
	set_state(client, CLIENT_READING);
	enum MHD_Result result = MHD_queue_response(client->connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Answers with what there is of the page that CLIENT has asked for. */
static enum MHD_Result answer_page(struct listener *listener, struct client *client)
{
	set_state(client, CLIENT_READING);
	return MHD_queue_response(
		client->connection, MHD_HTTP_OK, listener->page[client->page].response);
}

static void poke(int fd)
{
	const uint64_t one = 1;
	/* It fails only if it is readable already. */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Has CLIENT wait for the owner, who renders the page. */
static enum MHD_Result await_page(struct listener *listener, struct client *client)
{
	struct page *page = &listener->page[client->page];
	set_state(client, CLIENT_WAITING);
	MHD_suspend_connection(client->connection);
	if (!page->is_asked) {
		page->is_asked = true;
		atomic_fetch_or_explicit(
			&listener->wanted, 1U << client->page, memory_order_release);
		poke(listener->wanted_fd);
	}
	return MHD_YES;
}

static enum MHD_Result answer_metrics(struct listener *listener, struct client *client)
{
	const char *accept = MHD_lookup_connection_value(
		client->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	client->page = metrics_accept(accept) ? LISTENER_OPENMETRICS : LISTENER_PROMETHEUS;
	const struct page *page = &listener->page[client->page];
	if (page->response && clock_now_ns() < page->stale_ns)
		return answer_page(listener, client);
	return await_page(listener, client);
}

/* Answers a request that is wrong by its lines, and reads nothing more from CLIENT. */
static enum MHD_Result check_request(
	const struct listener *listener, struct client *client, const char *method)
{
	struct MHD_Connection *connection = client->connection;
	const char *host = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	const char *length = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	bool has_body = (length && strcmp(length, "0") != 0) ||
	                MHD_lookup_connection_value(
				connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_text(client, MHD_HTTP_METHOD_NOT_ALLOWED,
			"Only GET and HEAD are allowed.\n", true);
	if (has_body)
		return answer_text(client, MHD_HTTP_BAD_REQUEST,
			"A request has nothing behind its headers.\n", true);
	if (!listen_address_has_host(&listener->address, host))
		return answer_text(client, MHD_HTTP_FORBIDDEN,
			"This address has another name: use localhost or 127.0.0.1.\n", true);
	return MHD_YES;
}

/* As MHD_AccessHandlerCallback: first with the lines of a request, then with all of it, and
 * again when a suspended connection goes on. */
static enum MHD_Result answer(void *argument, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **request)
{
	struct listener *listener = argument;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct client *client = info ? info->socket_context : NULL;
	(void)version;
	(void)upload;
	if (!client || *upload_size)
		return MHD_NO;
	if (!*request) {
		*request = client;
		return check_request(listener, client, method);
	}
	if (client->state == CLIENT_WAITING)
		return answer_page(listener, client);
	if (client->state == CLIENT_LATE)
		return answer_text(client, MHD_HTTP_SERVICE_UNAVAILABLE,
			"stop is busy, or is not ready yet: try again.\n", true);
	if (strcmp(url, "/metrics") == 0)
		return answer_metrics(listener, client);
	if (strcmp(url, "/") == 0)
		return answer_text(client, MHD_HTTP_OK, "stop: metrics are at /metrics\n", false);
	return answer_text(client, MHD_HTTP_NOT_FOUND, "There is /metrics.\n", false);
}

/* The thread: clients. */

static void add_client(
	struct listener *listener, struct MHD_Connection *connection, struct client **out)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *client = calloc(1, sizeof(*client));
	*out = client;
	if (!client)
		return;
	client->connection = connection;
	client->fd = info ? info->connect_fd : -1;
	set_state(client, CLIENT_NEW);
	client->next = listener->clients;
	client->link = &listener->clients;
	if (client->next)
		client->next->link = &client->next;
	listener->clients = client;
	listener->client_count++;
}

static void remove_client(struct listener *listener, struct client *client)
{
	if (!client)
		return;
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	listener->client_count--;
	free(client);
}

/* As MHD_NotifyConnectionCallback. */
static void note_connection(void *argument, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct client *client = *context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		remove_client(argument, client);
		*context = NULL;
		return;
	}
	add_client(argument, connection, &client);
	*context = client;
}

/* As MHD_RequestCompletedCallback. */
static void note_completed(void *argument, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode code)
{
	struct client *client = *request;
	(void)argument;
	(void)connection;
	(void)code;
	if (client && client->state != CLIENT_ENDED)
		set_state(client, CLIENT_IDLE);
}

/* Ends the patience with CLIENT. Returns whether there is something to run for that. */
static bool give_up(struct client *client)
{
	if (client->state == CLIENT_WAITING) {
		set_state(client, CLIENT_LATE);
		MHD_resume_connection(client->connection);
		return true;
	}
	/* libmicrohttpd sees the end of what it reads, and closes it. */
	shutdown(client->fd, SHUT_RDWR);
	set_state(client, CLIENT_ENDED);
	return false;
}

/* Gives up those for whom it is time. Returns when the next one is due; UINT64_MAX: none. */
static uint64_t check_clients(struct listener *listener, uint64_t now_ns)
{
	bool is_crowded = listener->client_count > CLIENTS_MANY;
	uint64_t next_ns = UINT64_MAX;
	for (struct client *client = listener->clients; client; client = client->next) {
		uint64_t limit_ns = is_crowded ? patience[client->state].short_ns
		                               : patience[client->state].limit_ns;
		uint64_t due_ns = client->since_ns + limit_ns;
		if (limit_ns && due_ns <= now_ns && give_up(client))
			next_ns = now_ns;
		else if (limit_ns && due_ns > now_ns && due_ns < next_ns)
			next_ns = due_ns;
	}
	return next_ns;
}

/* The thread: pages. */

/* Gives TEXT, which no answer needs any more, back to the owner. */
static void give_back(void *argument)
{
	struct text *text = argument;
	struct listener *listener = text->listener;
	text->next = atomic_load_explicit(&listener->used, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(
		&listener->used, &text->next, text, memory_order_release, memory_order_relaxed))
		;
}

static void resume_waiting(struct listener *listener, enum listener_page page)
{
	for (struct client *client = listener->clients; client; client = client->next) {
		if (client->state == CLIENT_WAITING && client->page == page)
			MHD_resume_connection(client->connection);
	}
}

/* Takes over what the owner has published. */
static void take_pages(struct listener *listener)
{
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++) {
		struct page *page = &listener->page[id];
		struct text *text = atomic_exchange_explicit(
			&listener->given[id], NULL, memory_order_acquire);
		if (!text)
			continue;
		page->is_asked = false;
		struct MHD_Response *response =
			MHD_create_response_from_buffer_with_free_callback_cls(
				text->size, text->text, give_back, text);
		if (!response) {
			give_back(text);
			continue;
		}
		add_headers(response, content_types[id]);
		if (page->response)
			MHD_destroy_response(page->response);
		page->response = response;
		page->stale_ns = text->stale_ns;
		resume_waiting(listener, id);
	}
}

/* The thread. */

/* How long to wait at most, in milliseconds, at NOW_NS for what is due at NEXT_NS. */
static int timeout_ms(struct listener *listener, uint64_t now_ns, uint64_t next_ns)
{
	MHD_UNSIGNED_LONG_LONG library_ms;
	uint64_t wait_ns = next_ns > now_ns ? next_ns - now_ns : 0;
	uint64_t ms = next_ns == UINT64_MAX ? INT_MAX : (wait_ns + NS_PER_MS - 1) / NS_PER_MS;
	if (MHD_get_timeout(listener->daemon, &library_ms) == MHD_YES && library_ms < ms)
		ms = library_ms;
	return ms < INT_MAX ? (int)ms : -1;
}

/* Waits until there is something to do, and rests before if that is due. */
static void await_news(struct listener *listener, uint64_t next_ns)
{
	struct pollfd fds[] = {
		{.fd = listener->wake_fd, .events = POLLIN},
		{.fd = listener->epoll_fd, .events = POLLIN},
	};
	struct timespec cpu;
	uint64_t woken;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	uint64_t now_ns = clock_now_ns();
	uint64_t rest_ns = throttle_rest_ns(&listener->throttle, now_ns,
		(uint64_t)cpu.tv_sec * NS_PER_S + (uint64_t)cpu.tv_nsec);
	/* While it rests, only the owner wakes it. */
	if (rest_ns)
		poll(fds, 1, (int)(rest_ns / NS_PER_MS) + 1);
	else
		poll(fds, 2, timeout_ms(listener, now_ns, next_ns));
	if (read(listener->wake_fd, &woken, sizeof(woken)) < 0)
		return;
}

static void *run(void *argument)
{
	struct listener *listener = argument;
	uint64_t next_ns = UINT64_MAX;
	pthread_setname_np(pthread_self(), "stop-listener");
	/* Of this thread alone. */
	setpriority(PRIO_PROCESS, 0, NICE);
	while (!atomic_load(&listener->is_closing)) {
		await_news(listener, next_ns);
		take_pages(listener);
		MHD_run(listener->daemon);
		next_ns = check_clients(listener, clock_now_ns());
	}
	/* Those that are suspended could not be ended. */
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++)
		resume_waiting(listener, id);
	MHD_stop_daemon(listener->daemon);
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++) {
		if (listener->page[id].response)
			MHD_destroy_response(listener->page[id].response);
	}
	return NULL;
}

/* The owner. */

static struct MHD_Daemon *start_daemon(struct listener *listener, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer,
		listener, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CLIENTS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CLIENT_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_NOTIFY_CONNECTION, note_connection, listener,
		MHD_OPTION_NOTIFY_COMPLETED, note_completed, listener, MHD_OPTION_END);
}

/* Opens what LISTENER needs, at ADDRESS. Returns 0 or -errno; free_listener() frees it all. */
static int open_all(struct listener *listener, struct listen_address *address)
{
	int fd;
	listener->wanted_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	listener->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (listener->wanted_fd < 0 || listener->wake_fd < 0)
		return -errno;
	int result = listen_address_open(address, &fd);
	if (result < 0)
		return result;
	listener->address = *address;
	errno = 0;
	listener->daemon = start_daemon(listener, fd);
	if (!listener->daemon) {
		result = errno ? -errno : -ENOMEM;
		close(fd);
		return result;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	listener->epoll_fd = info->epoll_fd;
	return 0;
}

static int start_thread(struct listener *listener)
{
	sigset_t all, before;
	sigfillset(&all);
	/* Signals are for the main thread. */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&listener->thread, NULL, run, listener);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void free_text(struct text *text)
{
	if (text)
		free(text->text);
	free(text);
}

/* Frees the texts that are no longer used. */
static void free_used(struct listener *listener)
{
	struct text *text = atomic_exchange_explicit(&listener->used, NULL, memory_order_acquire);
	while (text) {
		struct text *next = text->next;
		free_text(text);
		text = next;
	}
}

/* Frees LISTENER, which has no daemon. */
static void free_listener(struct listener *listener)
{
	free_used(listener);
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++)
		free_text(atomic_load(&listener->given[id]));
	if (listener->wanted_fd >= 0)
		close(listener->wanted_fd);
	if (listener->wake_fd >= 0)
		close(listener->wake_fd);
	free(listener);
}

int listener_new(struct listen_address *address, struct listener **out)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));
	listener->throttle = (struct throttle){.share = CPU_SHARE,
		.burst_ns = CPU_BURST_NS,
		.balance_ns = CPU_BURST_NS,
		.now_ns = clock_now_ns()};
	int result = open_all(listener, address);
	if (result == 0) {
		result = start_thread(listener);
		if (result < 0)
			MHD_stop_daemon(listener->daemon);
	}
	if (result < 0)
		free_listener(listener);
	else
		*out = listener;
	return result;
}

int listener_fd(const struct listener *listener)
{
	return listener->wanted_fd;
}

unsigned int listener_wanted(struct listener *listener)
{
	uint64_t asked;
	/* This first: what is wanted after it pokes again. */
	if (read(listener->wanted_fd, &asked, sizeof(asked)) < 0)
		return 0;
	return atomic_exchange_explicit(&listener->wanted, 0, memory_order_acquire);
}

void listener_publish(struct listener *listener, enum listener_page page, char *text, size_t size,
	uint64_t stale_ns)
{
	struct text *new = xcalloc(1, sizeof(*new));
	*new = (struct text){
		.listener = listener, .text = text, .size = size, .stale_ns = stale_ns};
	/* Usually there is none: it has not been taken yet. */
	free_text(atomic_exchange_explicit(&listener->given[page], new, memory_order_acq_rel));
	free_used(listener);
	poke(listener->wake_fd);
}

int listener_close(struct listener *listener, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S),
	};
	if (!listener)
		return 0;
	atomic_store(&listener->is_closing, true);
	poke(listener->wake_fd);
	if (pthread_clockjoin_np(listener->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		return -EAGAIN;
	free_listener(listener);
	return 0;
}

const char *listener_library(void)
{
	return MHD_get_version();
}
