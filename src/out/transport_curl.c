/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests by libcurl; see out/transport.h. */
#include "config.h"

#include "out/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"

/* What is read of an answer: that to a bulk of SHIP_BATCH_ROWS documents, all with a reason. */
#define ANSWER_MAX  ((size_t)4 << 20)

/* Between two looks at whether it is cancelled. */
#define LOOK_MS     50

#define CONNECT_MS  5000L

#define FIRST_OTHER (STDERR_FILENO + 1)

struct transport {
	const struct transport_config *config;
	CURLM *multi; /* keeps the connection */
	CURL *easy;
	char *authorization; /* the header, owned; NULL: none */
};

/* An answer that is being read. */
struct reading {
	char *text;
	size_t size;
	bool is_too_large;
};

/* Gives the thread descriptors of its own, without those of others. Returns 0 or -errno. */
static int leave_descriptors(void)
{
	struct rlimit limit;
	/* From Linux 5.9; glibc has a function since 2.34. */
	if (syscall(SYS_close_range, FIRST_OTHER, UINT_MAX, CLOSE_RANGE_UNSHARE) == 0)
		return 0;
	if (unshare(CLONE_FILES) < 0)
		return -errno;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	for (int fd = FIRST_OTHER; (rlim_t)fd < limit.rlim_cur; fd++)
		close(fd);
	return 0;
}

static size_t take_body(char *text, size_t size, size_t count, void *context)
{
	struct reading *reading = context;
	(void)size; /* of a byte */
	if (reading->is_too_large || reading->size + count > ANSWER_MAX) {
		reading->is_too_large = true;
		return count;
	}
	reading->text = xreallocarray(reading->text, reading->size + count + 1, 1);
	memcpy(reading->text + reading->size, text, count);
	reading->size += count;
	reading->text[reading->size] = '\0';
	return count;
}

int transport_new(const struct transport_config *config, struct transport **out)
{
	int result = leave_descriptors();
	if (result < 0)
		return result;
	struct transport *transport = xcalloc(1, sizeof(*transport));
	transport->config = config;
	transport->multi = curl_multi_init();
	transport->easy = curl_easy_init();
	if (config->password && !config->user)
		transport->authorization = xasprintf(
			"Authorization: %s %s", config->key, config->password);
	if (!transport->multi || !transport->easy) {
		transport_free(transport);
		return -ENOMEM;
	}
	*out = transport;
	return 0;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	curl_easy_cleanup(transport->easy);
	curl_multi_cleanup(transport->multi);
	free(transport->authorization);
	free(transport);
}

/* The headers of a request with a body of TYPE. */
static struct curl_slist *headers_of(const struct transport *transport, const char *type)
{
	char *content = xasprintf("Content-Type: %s", type);
	struct curl_slist *headers = curl_slist_append(NULL, content);
	/* Do not wait for a leave to send the body. */
	headers = curl_slist_append(headers, "Expect:");
	if (transport->authorization)
		headers = curl_slist_append(headers, transport->authorization);
	free(content);
	return headers;
}

/* Sets the handle up for a request to URL. */
static void set_up(struct transport *transport, const struct ship_request *request, const char *url,
	const char *body, size_t size, struct curl_slist *headers, struct reading *reading)
{
	const struct transport_config *config = transport->config;
	CURL *easy = transport->easy;
	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "stop/" PACKAGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A resolver that takes long is not waited for. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(config->limit_ns / NS_PER_MS));
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, reading);
	if (config->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, config->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, config->password ? config->password : "");
	}
}

/* Runs the request. Returns its result, or CURLE_ABORTED_BY_CALLBACK if it was cancelled. */
static CURLcode perform(struct transport *transport)
{
	int running = 1;
	CURLcode result = CURLE_ABORTED_BY_CALLBACK;
	curl_multi_add_handle(transport->multi, transport->easy);
	while (running &&
		!atomic_load_explicit(transport->config->is_cancelled, memory_order_relaxed)) {
		if (curl_multi_perform(transport->multi, &running) != CURLM_OK)
			break;
		if (running)
			curl_multi_poll(transport->multi, NULL, 0, LOOK_MS, NULL);
	}
	const CURLMsg *news;
	while ((news = curl_multi_info_read(transport->multi, &(int){0})) != NULL) {
		if (news->msg == CURLMSG_DONE)
			result = news->data.result;
	}
	curl_multi_remove_handle(transport->multi, transport->easy);
	return result;
}

/* Takes the answer out of the handle and READING. */
static struct ship_answer take_answer(const struct transport *transport, struct reading *reading)
{
	struct ship_answer answer = {.body = reading->text, .size = reading->size};
	long status = 0;
	curl_off_t retry_after = 0;
	curl_easy_getinfo(transport->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transport->easy, CURLINFO_RETRY_AFTER, &retry_after);
	answer.status = (unsigned int)status;
	answer.retry_after_s = retry_after > 0 ? (uint64_t)retry_after : 0;
	if (reading->is_too_large) {
		free(answer.body);
		answer.body = NULL;
		answer.size = 0;
	}
	return answer;
}

int transport_send(struct transport *transport, const struct ship_request *request,
	const char *body, size_t size, struct ship_answer *answer, char why[SHIP_WHY_MAX])
{
	char *url = xasprintf("%s%s", transport->config->origin, request->path);
	char said[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = headers_of(transport, request->type);
	struct reading reading = {0};
	set_up(transport, request, url, body, size, headers, &reading);
	curl_easy_setopt(transport->easy, CURLOPT_ERRORBUFFER, said);
	CURLcode code = perform(transport);
	int result = 0;
	if (code == CURLE_OK) {
		*answer = take_answer(transport, &reading);
	} else {
		bool is_cancelled = code == CURLE_ABORTED_BY_CALLBACK;
		const char *text = is_cancelled ? "there was no answer in time"
		                   : *said      ? said
		                                : curl_easy_strerror(code);
		text_escape(text, strlen(text), why, SHIP_WHY_MAX);
		free(reading.text);
		result = is_cancelled ? -ECANCELED : -EIO;
	}
	curl_easy_reset(transport->easy);
	curl_slist_free_all(headers);
	free(url);
	return result;
}

const char *transport_library(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
