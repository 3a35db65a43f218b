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

/* What the kernel may keep for a connection that does not read; it doubles that. */
#define SEND_BUFFER   (64 << 10)

/* How many may get the stream. */
#define READERS_MAX   16

/* How much of it libmicrohttpd takes at once. */
#define STREAM_BLOCK  4096

/* What all texts together may have that clients are still sent. With more, those end that are sent
 * the oldest. */
#define TEXTS_MAX     ((size_t)32 << 20)

/* How long its readers have to take the end of the stream. */
#define LINGER_NS     (250 * NS_PER_MS)

/* Of a CPU, the thread gets one part in so many, after a rest at most so much at once. */
#define CPU_SHARE     10
#define CPU_BURST_NS  (50 * NS_PER_MS)

/* Behind everybody else. */
#define NICE          19

/* What a client is doing. */
enum client_state {
	CLIENT_NEW,      /* connected, and has not sent a whole request */
	CLIENT_WAITING,  /* has asked for a page that the owner has to render; suspended */
	CLIENT_LATE,     /* the owner takes too long: it is answered 503 */
	CLIENT_READING,  /* gets its answer, or an event of the stream */
	CLIENT_AWAITING, /* has all of the stream that there is; suspended */
	CLIENT_IDLE,     /* was answered, and may ask again */
	CLIENT_ENDED,    /* its connection was shut down */
	CLIENT_STATES,
};

/* How long each of them may last, and where there is little room. A request has to come whole in
 * this time: one byte now and then does not help. 0: for ever. Who awaits the stream is sent a
 * comment then: nothing else says that a client is gone. */
static const struct {
	uint64_t limit_ns, short_ns;
} patience[CLIENT_STATES] = {
	[CLIENT_NEW] = {5 * NS_PER_S, 250 * NS_PER_MS},
	[CLIENT_WAITING] = {5 * NS_PER_S, 5 * NS_PER_S},
	[CLIENT_READING] = {20 * NS_PER_S, 2 * NS_PER_S},
	[CLIENT_AWAITING] = {15 * NS_PER_S, 15 * NS_PER_S},
	[CLIENT_IDLE] = {90 * NS_PER_S, 250 * NS_PER_MS},
};

struct client {
	struct client *next, **link;
	struct listener *listener;
	struct MHD_Connection *connection;
	int fd; /* of libmicrohttpd */
	enum client_state state;
	uint64_t since_ns;       /* since when it does that */
	enum listener_page page; /* what it has asked for, while CLIENT_WAITING */
	struct text *text;       /* what it is sent; NULL: nothing, or no page */
	bool is_reader;          /* gets the stream: … */
	size_t at;               /* … so much of `text` was taken, … */
	uint64_t seen;           /* … the number of the last one, … */
	bool is_due;             /* … a comment is to be sent, … */
	bool is_over;            /* … it has had the last event */
};

/* A page on its way from the owner, who allocates and frees it. */
struct text {
	struct text *next;
	struct listener *listener;
	char *text; /* NULL: the page cannot be had */
	size_t size;
	uint64_t stale_ns;
	bool is_last; /* of the stream */

	/* The thread's. */
	uint64_t number;   /* of those taken over, from 1 on */
	unsigned int uses; /* by its page, by clients, and by responses */
};

/* A page as the thread has it. */
struct page {
	struct text *text;             /* NULL: none yet … */
	struct MHD_Response *response; /* … with it; NULL for a stream */
	uint64_t stale_ns;
	bool is_asked; /* the owner was asked for a new one */
};

struct listener {
	struct listen_address address;
	struct listener_config config;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	int wanted_fd; /* eventfd: the owner is asked */
	int wake_fd;   /* eventfd: the thread has news */
	int epoll_fd;  /* of libmicrohttpd */

	/* Shared. */
	atomic_uint wanted;                           /* bits of pages */
	_Atomic(struct text *) given[LISTENER_PAGES]; /* published, not taken yet */
	_Atomic(struct text *) used;                  /* no longer in use: the owner frees them */
	atomic_uint readers;                          /* of the stream */
	atomic_bool is_closing;

	/* The thread's. */
	struct client *clients;
	size_t client_count;
	uint64_t gone;    /* clients that have gone */
	uint64_t taken;   /* number of the last text */
	size_t text_size; /* of all texts in use */
	struct page page[LISTENER_PAGES];
	struct throttle throttle;
};

/* Where each page is, and of which type. */
static const struct {
	const char *path, *type;
	bool is_stream;
} kinds[LISTENER_PAGES] = {
	[LISTENER_PROMETHEUS] = {"/metrics", METRICS_TYPE, false},
	[LISTENER_OPENMETRICS] = {"/metrics", METRICS_TYPE_OPEN, false},
	[LISTENER_HTML] = {"/", "text/html; charset=utf-8", false},
	[LISTENER_EVENTS] = {"/events", "text/event-stream", true},
	[LISTENER_SNAPSHOT] = {"/api/snapshot", "application/json", false},
};

/* The thread: texts. */

/* TEXT is used once less. The last time gives it back to the owner. */
static void drop_text(void *argument)
{
	struct text *text = argument;
	if (!text || --text->uses)
		return;
	struct listener *listener = text->listener;
	listener->text_size -= text->size;
	text->next = atomic_load_explicit(&listener->used, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(
		&listener->used, &text->next, text, memory_order_release, memory_order_relaxed))
		;
}

static void set_text(struct client *client, struct text *text)
{
	if (text)
		text->uses++;
	drop_text(client->text);
	client->text = text;
	client->at = 0;
}

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
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(response, "Content-Security-Policy", "frame-ancestors 'none'");
	MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
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
	const struct page *page = &listener->page[client->page];
	set_state(client, CLIENT_READING);
	set_text(client, page->text);
	return MHD_queue_response(client->connection, MHD_HTTP_OK, page->response);
}

static void poke(int fd)
{
	const uint64_t one = 1;
	/* It fails only if it is readable already. */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Asks the owner for a new page ID, unless that was done. */
static void ask_for(struct listener *listener, enum listener_page id)
{
	if (listener->page[id].is_asked)
		return;
	listener->page[id].is_asked = true;
	atomic_fetch_or_explicit(&listener->wanted, 1U << id, memory_order_release);
	poke(listener->wanted_fd);
}

/* Has CLIENT wait for the owner, who renders the page. */
static enum MHD_Result await_page(struct listener *listener, struct client *client)
{
	set_state(client, CLIENT_WAITING);
	MHD_suspend_connection(client->connection);
	ask_for(listener, client->page);
	return MHD_YES;
}

/* Copies what comes next of the stream to BUF, MAX bytes at most, as MHD_ContentReaderCallback. */
static ssize_t read_stream(void *argument, uint64_t position, char *buf, size_t max)
{
	static const char comment[] = ":\n\n";
	struct client *client = argument;
	struct text *newest = client->listener->page[LISTENER_EVENTS].text;
	(void)position;
	if (!client->text && newest && newest->number != client->seen) {
		set_text(client, newest);
		set_state(client, CLIENT_READING);
	}
	if (client->text) {
		size_t rest = client->text->size - client->at, size = rest < max ? rest : max;
		memcpy(buf, client->text->text + client->at, size);
		client->at += size;
		if (size == rest) {
			client->seen = client->text->number;
			client->is_over = client->text->is_last;
			set_text(client, NULL);
		}
		return (ssize_t)size;
	}
	if (client->is_over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (client->is_due && max >= strlen(comment)) {
		client->is_due = false;
		memcpy(buf, comment, strlen(comment));
		return (ssize_t)strlen(comment);
	}
	/* Only now has it taken the rest of the last event. */
	set_state(client, CLIENT_AWAITING);
	MHD_suspend_connection(client->connection);
	return 0;
}

/* Answers with the stream of events, which begins with one that is not stale. */
static enum MHD_Result answer_stream(struct listener *listener, struct client *client)
{
	const struct page *page = &listener->page[LISTENER_EVENTS];
	if (atomic_load_explicit(&listener->readers, memory_order_relaxed) >= READERS_MAX)
		return answer_text(client, MHD_HTTP_SERVICE_UNAVAILABLE,
			"There are too many readers.\n", true);
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, client, NULL);
	if (!response)
		return MHD_NO;
	add_headers(response, kinds[LISTENER_EVENTS].type);
	atomic_fetch_add_explicit(&listener->readers, 1, memory_order_relaxed);
	client->is_reader = true;
	client->seen = page->text && clock_now_ns() >= page->stale_ns ? page->text->number : 0;
	set_state(client, CLIENT_READING);
	enum MHD_Result result = MHD_queue_response(client->connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

/* The page at PATH for what CLIENT accepts; LISTENER_PAGES: none. */
static enum listener_page find_page(
	const struct listener *listener, const struct client *client, const char *path)
{
	enum listener_page id = 0;
	while (id < LISTENER_PAGES &&
		(!(listener->config.pages & 1U << id) || strcmp(kinds[id].path, path) != 0))
		id++;
	if (id == LISTENER_PROMETHEUS &&
		metrics_accept(MHD_lookup_connection_value(
			client->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT)))
		return LISTENER_OPENMETRICS;
	return id;
}

/* Answers a request for PATH, at which there is no page. */
static enum MHD_Result answer_other(
	const struct listener *listener, struct client *client, const char *path)
{
	if (listener->config.pages & 1U << LISTENER_HTML)
		return answer_text(client, MHD_HTTP_NOT_FOUND,
			"There are /, /events, /api/snapshot and /metrics.\n", false);
	if (strcmp(path, "/") == 0)
		return answer_text(client, MHD_HTTP_OK, "stop: metrics are at /metrics\n", false);
	return answer_text(client, MHD_HTTP_NOT_FOUND, "There is /metrics.\n", false);
}

/* Answers a request for PATH. */
static enum MHD_Result answer_path(
	struct listener *listener, struct client *client, const char *path)
{
	enum listener_page id = find_page(listener, client, path);
	if (id == LISTENER_PAGES)
		return answer_other(listener, client, path);
	if (listener->config.protected & 1U << id &&
		!token_matches(
			listener->config.token, MHD_lookup_connection_value(client->connection,
							MHD_GET_ARGUMENT_KIND, "token")))
		return answer_text(client, MHD_HTTP_FORBIDDEN,
			"This needs the token: use the address that stop has said when it "
			"started.\n",
			true);
	if (kinds[id].is_stream)
		return answer_stream(listener, client);
	const struct page *page = &listener->page[id];
	client->page = id;
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
	return answer_path(listener, client, url);
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
	client->listener = listener;
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

/* CLIENT is sent nothing any more. */
static void end_answer(struct client *client)
{
	set_text(client, NULL);
	if (client->is_reader)
		atomic_fetch_sub_explicit(&client->listener->readers, 1, memory_order_relaxed);
	client->is_reader = client->is_due = client->is_over = false;
}

static void remove_client(struct listener *listener, struct client *client)
{
	if (!client)
		return;
	end_answer(client);
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	listener->client_count--;
	listener->gone++;
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
	if (!client)
		return;
	end_answer(client);
	if (client->state != CLIENT_ENDED)
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
	if (client->state == CLIENT_AWAITING) {
		client->is_due = true;
		set_state(client, CLIENT_READING);
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
		/* Readers have shown the token, and are few. */
		uint64_t limit_ns = is_crowded && !client->is_reader
		                            ? patience[client->state].short_ns
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

/* Lets those go on who wait for PAGE, whose text is new. */
static void resume_waiting(struct listener *listener, enum listener_page id)
{
	for (struct client *client = listener->clients; client; client = client->next) {
		bool is_page = client->state == CLIENT_WAITING && client->page == id;
		bool is_stream = client->state == CLIENT_AWAITING && kinds[id].is_stream;
		if (is_page && !listener->page[id].response)
			set_state(client, CLIENT_LATE);
		if (is_stream)
			set_state(client, CLIENT_READING);
		if (is_page || is_stream)
			MHD_resume_connection(client->connection);
	}
}

/* Sets the response of PAGE with the headers of ID to its text. */
static void make_response(struct page *page, enum listener_page id)
{
	page->text->uses++;
	page->response = MHD_create_response_from_buffer_with_free_callback_cls(
		page->text->size, page->text->text, drop_text, page->text);
	if (page->response)
		add_headers(page->response, kinds[id].type);
	else
		drop_text(page->text);
}

/* PAGE has no text any more. */
static void clear_page(struct page *page)
{
	if (page->response)
		MHD_destroy_response(page->response);
	drop_text(page->text);
	page->response = NULL;
	page->text = NULL;
}

/* Takes over TEXT as the page ID. */
static void take_page(struct listener *listener, enum listener_page id, struct text *text)
{
	struct page *page = &listener->page[id];
	clear_page(page);
	page->is_asked = false;
	page->stale_ns = text->stale_ns;
	text->number = ++listener->taken;
	text->uses = 1;
	listener->text_size += text->size;
	if (text->text)
		page->text = text;
	else
		drop_text(text);
	if (page->text && !kinds[id].is_stream)
		make_response(page, id);
	resume_waiting(listener, id);
}

/* Ends those that are sent the oldest of the texts that no page has any more. */
static void end_slowest(struct listener *listener)
{
	const struct text *oldest = NULL;
	for (const struct client *client = listener->clients; client; client = client->next) {
		bool is_old = client->text && client->state == CLIENT_READING;
		for (enum listener_page id = 0; is_old && id < LISTENER_PAGES; id++)
			is_old = client->text != listener->page[id].text;
		if (is_old && (!oldest || client->text->number < oldest->number))
			oldest = client->text;
	}
	for (struct client *client = listener->clients; client && oldest; client = client->next) {
		if (client->text == oldest && client->state == CLIENT_READING)
			give_up(client);
	}
}

/* Takes over what the owner has published. */
static void take_pages(struct listener *listener)
{
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++) {
		struct text *text = atomic_exchange_explicit(
			&listener->given[id], NULL, memory_order_acquire);
		if (!text)
			continue;
		take_page(listener, id, text);
		if (listener->text_size > TEXTS_MAX)
			end_slowest(listener);
	}
}

/* Asks for the next event if somebody awaits it and it is time, NOW_NS. Returns when it is;
 * UINT64_MAX: it was asked for, or nobody awaits it. */
static uint64_t ask_for_event(struct listener *listener, uint64_t now_ns)
{
	const struct page *page = &listener->page[LISTENER_EVENTS];
	const struct client *client = listener->clients;
	while (client && client->state != CLIENT_AWAITING)
		client = client->next;
	if (!client || page->is_asked)
		return UINT64_MAX;
	if (page->stale_ns > now_ns)
		return page->stale_ns;
	ask_for(listener, LISTENER_EVENTS);
	return UINT64_MAX;
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

/* Whether the thread, which has to end from UNTIL_NS on, goes on at NOW_NS: for those that have not
 * taken the end of the stream. */
static bool lingers(const struct listener *listener, uint64_t now_ns, uint64_t until_ns)
{
	const struct text *last = listener->page[LISTENER_EVENTS].text;
	return now_ns < until_ns && last && last->is_last &&
	       atomic_load_explicit(&listener->readers, memory_order_relaxed);
}

/* Serves until it has to end. */
static void serve(struct listener *listener)
{
	uint64_t next_ns = UINT64_MAX, end_ns = 0, now_ns;
	bool is_closing;
	do {
		await_news(listener, next_ns);
		is_closing = atomic_load(&listener->is_closing);
		take_pages(listener);
		uint64_t gone = listener->gone;
		MHD_run(listener->daemon);
		now_ns = clock_now_ns();
		next_ns = check_clients(listener, now_ns);
		/*
		 * Where there was no room, the library does not wait for connections; it does again
		 * once somebody has gone, but only from when it runs the next time.
		 */
		if (listener->gone != gone)
			next_ns = now_ns;
		uint64_t event_ns = ask_for_event(listener, now_ns);
		if (is_closing && !end_ns)
			end_ns = now_ns + LINGER_NS;
		if (event_ns < next_ns)
			next_ns = event_ns;
		if (end_ns && end_ns < next_ns)
			next_ns = end_ns;
	} while (!is_closing || lingers(listener, now_ns, end_ns));
}

static void *run(void *argument)
{
	struct listener *listener = argument;
	pthread_setname_np(pthread_self(), "stop-listener");
	/* Of this thread alone. */
	setpriority(PRIO_PROCESS, 0, NICE);
	serve(listener);
	/* Those that are suspended could not be ended. */
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++)
		resume_waiting(listener, id);
	MHD_stop_daemon(listener->daemon);
	for (enum listener_page id = 0; id < LISTENER_PAGES; id++)
		clear_page(&listener->page[id]);
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
	/* Connections inherit it. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){SEND_BUFFER}, sizeof(int));
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

int listener_new(
	struct listen_address *address, const struct listener_config *config, struct listener **out)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));
	listener->config = *config;
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

/* Gives TEXT, as page ID, to the thread. */
static void give(struct listener *listener, enum listener_page id, const struct text *text)
{
	struct text *new = xcalloc(1, sizeof(*new));
	*new = *text;
	new->listener = listener;
	/* Usually there is none: it has not been taken yet. */
	free_text(atomic_exchange_explicit(&listener->given[id], new, memory_order_acq_rel));
	free_used(listener);
	poke(listener->wake_fd);
}

void listener_publish(struct listener *listener, enum listener_page page, char *text, size_t size,
	uint64_t stale_ns)
{
	give(listener, page, &(struct text){.text = text, .size = size, .stale_ns = stale_ns});
}

bool listener_has_readers(const struct listener *listener)
{
	return atomic_load_explicit(&listener->readers, memory_order_relaxed);
}

void listener_publish_last(struct listener *listener, char *text, size_t size)
{
	give(listener, LISTENER_EVENTS,
		&(struct text){
			.text = text, .size = size, .stale_ns = UINT64_MAX, .is_last = true});
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
