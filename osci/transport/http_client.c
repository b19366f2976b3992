/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client - OSCI messages out, answers in, over libcurl's multi interface
 *
 * One thread drives an engine; exchanges know nothing of each other.  Guarantees:
 * http and https only, no redirect followed, no proxy, netrc, cookie or environment, no
 * content coding asked for and none accepted, TLS 1.2 or newer with trust anchors of our own
 * only.  Head and body are counted as they arrive; a body is read at any status.  A transfer in
 * motion must keep min_rate over idle_ms; the time in which the peer thinks counts against
 * total_ms alone, as a passive recipient may be asked meanwhile.
 *
 * Texts name the peer as host:port and numbers, never what it sent.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include <osci/http.h>
#include "base/buf.h"
#include "base/clock.h"

#define PEER_MAX 80       /* of host:port in texts */
#define URL_MAX_OCTETS 2048
#define POLL_SLICE_MS 500 /* how late a slow peer may be noticed */
#define EXCHANGES_MAX 1024

enum end { END_NONE, END_HEAD_LIMIT, END_BODY_LIMIT, END_CODING, END_MEMORY, END_SLOW };

struct exchange {
	struct exchange *next;
	struct osci_http *http;
	uint64_t id;
	CURL *easy;
	char *body;
	size_t body_len;
	struct osci_buf answer;
	size_t head_len;
	enum end end;          /* why we ended it ourselves */
	int64_t window_start;  /* of the measurement of the rate */
	size_t window_octets;  /* moved when the window began */
	osci_http_done *done;
	void *arg;
	char peer[PEER_MAX];
};

struct osci_http {
	CURLM *multi;
	struct curl_slist *headers;
	struct osci_limits limits;
	char *ca_file, *proxy;
	struct exchange *first;
	size_t active;
	uint64_t last_id;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_once_result;

static void curl_begin(void)
{
	curl_once_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void exchange_free(struct exchange *x)
{
	if (x->easy) {
		curl_multi_remove_handle(x->http->multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	free(x->body);
	osci_buf_free(&x->answer);
	free(x);
}

int osci_http_new(struct osci_http **ret, const struct osci_http_conf *conf, struct osci_err *err)
{
	_cleanup_(osci_http_freep) struct osci_http *h = NULL;
	struct curl_slist *more;

	pthread_once(&curl_once, curl_begin);
	if (curl_once_result != CURLE_OK)
		return osci_fail(err, -ENOMEM, NULL, "libcurl", "cannot be initialised");
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	if (conf->limits)
		h->limits = *conf->limits;
	else
		osci_limits_default(&h->limits);
	h->ca_file = osci_strdup_or_null(conf->ca_file);
	h->proxy = strdup(conf->proxy ? conf->proxy : "");
	h->multi = curl_multi_init();
	h->headers = curl_slist_append(NULL, "Content-Type: text/xml");
	more = h->headers ? curl_slist_append(h->headers, "Expect:") : NULL;
	if ((conf->ca_file && !h->ca_file) || !h->proxy || !h->multi || !more)
		return -ENOMEM;
	*ret = h;
	h = NULL;
	return 0;
}

void osci_http_freep(struct osci_http **http)
{
	struct osci_http *h = *http;

	*http = NULL;
	if (!h)
		return;
	while (h->first) {
		struct exchange *x = h->first;

		h->first = x->next;
		exchange_free(x);
	}
	curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	free(h->ca_file);
	free(h->proxy);
	free(h);
}

/* Every line of every head, interim ones included; status lines too. */
static size_t on_head(char *data, size_t size, size_t n, void *arg)
{
	static const char coding[] = "content-encoding:";
	struct exchange *x = arg;
	size_t len = size * n;

	x->head_len += len;
	if (x->head_len > x->http->limits.http_head) {
		x->end = END_HEAD_LIMIT;
		return 0;
	}
	if (len >= sizeof(coding) - 1 && strncasecmp(data, coding, sizeof(coding) - 1) == 0) {
		size_t i = sizeof(coding) - 1;

		while (i < len && (data[i] == ' ' || data[i] == '\t'))
			i++;
		while (len > i && strchr(" \t\r\n", data[len - 1]))
			len--;
		if (len - i != 8 || strncasecmp(data + i, "identity", 8) != 0) {
			x->end = END_CODING;
			return 0;
		}
	}
	return size * n;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * n;

	osci_buf_add(&x->answer, data, len);
	if (osci_buf_error(&x->answer)) {
		x->end = osci_buf_error(&x->answer) == OSCI_E_LIMIT ? END_BODY_LIMIT : END_MEMORY;
		return 0;
	}
	return len;
}

/* http://host[:port][/...]; the host part goes to @peer.  No user, no blank, no fragment. */
static bool url_ok(const char *url, bool *ret_tls, char *peer, size_t size)
{
	const char *host;
	size_t len, n, i;

	len = strlen(url);
	if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	else if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else
		return false;
	*ret_tls = url[4] == 's';
	for (i = 0; i < len; i++)
		if ((unsigned char)url[i] <= ' ' || (unsigned char)url[i] >= 0x7f || strchr("\"<>\\^`{|}#", url[i]))
			return false;
	n = strcspn(host, "/?");
	if (len > URL_MAX_OCTETS || n == 0 || n >= size || memchr(host, '@', n))
		return false;
	memcpy(peer, host, n);
	peer[n] = '\0';
	return true;
}

static bool configure(struct exchange *x, const char *url)
{
	const struct osci_limits *l = &x->http->limits;
	CURL *e = x->easy;
	bool ok = true;

#define SET(option, value) (ok = ok && curl_easy_setopt(e, option, value) == CURLE_OK)
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, x->http->proxy); /* "" also switches the environment off */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, x->body);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body_len);
	SET(CURLOPT_HTTPHEADER, x->http->headers);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_HEADERDATA, (void *)x);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, (void *)x);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)l->http_body);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)l->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)l->total_ms);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_CAINFO, x->http->ca_file);
	SET(CURLOPT_PRIVATE, (void *)x);
#undef SET
	return ok;
}

int osci_http_post(struct osci_http *h, const char *url, const void *body, size_t len, osci_http_done *done,
		   void *arg, uint64_t *ret_id, struct osci_err *err)
{
	struct exchange *x;
	char peer[PEER_MAX];
	bool tls;

	if (!url_ok(url, &tls, peer, sizeof(peer)))
		return osci_fail(err, OSCI_E_USAGE, NULL, "address", "http or https address without user expected");
	if (tls && !h->ca_file)
		return osci_fail(err, OSCI_E_USAGE, NULL, "address", "https to %s without trust anchors", peer);
	if (h->active >= EXCHANGES_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "more than %d exchanges at once", EXCHANGES_MAX);
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->http = h;
	x->done = done;
	x->arg = arg;
	x->id = h->last_id + 1;
	x->window_start = osci_clock_mono_ms();
	memcpy(x->peer, peer, sizeof(peer));
	osci_buf_init(&x->answer, h->limits.http_body);
	x->body = malloc(len + 1);
	x->body_len = len;
	x->easy = curl_easy_init();
	if (x->body && len)
		memcpy(x->body, body, len);
	if (!x->body || !x->easy || !configure(x, url) || curl_multi_add_handle(h->multi, x->easy) != CURLM_OK) {
		exchange_free(x);
		return -ENOMEM;
	}
	x->next = h->first;
	h->first = x;
	h->active++;
	h->last_id = x->id;
	if (ret_id)
		*ret_id = x->id;
	return 0;
}

static void unlink_exchange(struct osci_http *h, struct exchange *x)
{
	struct exchange **p = &h->first;

	while (*p != x)
		p = &(*p)->next;
	*p = x->next;
	h->active--;
}

void osci_http_cancel(struct osci_http *h, uint64_t id)
{
	struct exchange *x;

	for (x = h->first; x; x = x->next)
		if (x->id == id) {
			unlink_exchange(h, x);
			exchange_free(x);
			return;
		}
}

static int end_of_ours(const struct exchange *x, struct osci_err *err)
{
	const struct osci_limits *l = &x->http->limits;

	switch (x->end) {
	case END_HEAD_LIMIT:
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "head of the answer of %s larger than %zu octets",
				 x->peer, l->http_head);
	case END_BODY_LIMIT:
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "answer of %s larger than %zu octets", x->peer,
				 l->http_body);
	case END_CODING:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s has a content coding", x->peer);
	case END_SLOW:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL,
				 "%s moved fewer than %u octets per second for %u ms", x->peer, l->min_rate,
				 l->idle_ms);
	default:
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for the answer");
	}
}

static int timed_out(const struct exchange *x, struct osci_err *err)
{
	const struct osci_limits *l = &x->http->limits;
	curl_off_t connected = 0;

	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	if (connected == 0)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "no connection to %s within %u ms", x->peer,
				 l->connect_ms < l->total_ms ? l->connect_ms : l->total_ms);
	if (x->answer.len || x->head_len)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s not complete within %u ms",
				 x->peer, l->total_ms);
	return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "no answer of %s within %u ms", x->peer, l->total_ms);
}

static int end_of_curl(const struct exchange *x, CURLcode code, struct osci_err *err)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(x, err);
	case CURLE_FILESIZE_EXCEEDED:
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "answer of %s larger than %zu octets", x->peer,
				 x->http->limits.http_body);
	case CURLE_PARTIAL_FILE:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s cut off after %zu octets", x->peer,
				 x->answer.len);
	case CURLE_RECV_ERROR:
		if (x->head_len)
			return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s cut off after %zu octets",
					 x->peer, x->answer.len);
		break;
	case CURLE_OUT_OF_MEMORY:
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for the exchange");
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "no address known for %s", x->peer);
	case CURLE_COULDNT_CONNECT:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "connection refused by %s", x->peer);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "TLS with %s refused: %s", x->peer,
				 code == CURLE_SSL_CONNECT_ERROR    ? "no agreement" :
				 code == CURLE_SSL_CACERT_BADFILE   ? "trust anchors cannot be read" :
								      "certificate not trusted");
	default:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s is no HTTP (transfer code %d)",
				 x->peer, (int)code);
	}
	return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "connection cut by %s before an answer", x->peer);
}

/* Takes the exchange out first: the callback may start and cancel others. */
static void finish(struct exchange *x, CURLcode code)
{
	struct osci_err err = { 0 };
	long status = 0;
	int r = 0;

	unlink_exchange(x->http, x);
	if (x->end != END_NONE)
		r = end_of_ours(x, &err);
	else if (code != CURLE_OK)
		r = end_of_curl(x, code, &err);
	else if (curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		r = -EIO;
	if (r == 0)
		x->done(x->arg, 0, status, x->answer.len ? (const void *)x->answer.data : "", x->answer.len, &err);
	else
		x->done(x->arg, r, 0, NULL, 0, &err);
	exchange_free(x);
}

static bool reap(struct osci_http *h)
{
	bool any = false;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left))) {
		struct exchange *x = NULL;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&x) != CURLE_OK || !x)
			continue;
		finish(x, code);
		any = true;
	}
	return any;
}

/* True if the peer is too slow: something is under way, and less than min_rate of it moved in a window. */
static bool too_slow(struct exchange *x, int64_t now)
{
	const struct osci_limits *l = &x->http->limits;
	curl_off_t up = 0, connected = 0;
	size_t moved;
	bool thinking;

	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	moved = (size_t)up + x->head_len + x->answer.len;
	thinking = connected == 0 || ((size_t)up >= x->body_len && x->head_len == 0);
	if (thinking) {
		x->window_start = now;
		x->window_octets = moved;
		return false;
	}
	if (now - x->window_start < (int64_t)l->idle_ms)
		return false;
	if ((uint64_t)(moved - x->window_octets) * 1000 < (uint64_t)l->min_rate * (uint64_t)(now - x->window_start))
		return true;
	x->window_start = now;
	x->window_octets = moved;
	return false;
}

static bool drop_slow(struct osci_http *h)
{
	int64_t now = osci_clock_mono_ms();
	struct exchange *x;
	bool any = false;

	for (;;) {
		for (x = h->first; x && !too_slow(x, now); x = x->next)
			;
		if (!x)
			return any;
		x->end = END_SLOW;
		finish(x, CURLE_OK);
		any = true;
	}
}

static int move(struct osci_http *h, bool *ret_any)
{
	bool done, slow;
	int running;

	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		return -EIO;
	done = reap(h);
	slow = drop_slow(h);
	*ret_any = done || slow;
	return 0;
}

int osci_http_poll(struct osci_http *h, int extra_fd, int timeout_ms)
{
	struct curl_waitfd extra = { .fd = extra_fd, .events = CURL_WAIT_POLLIN };
	int64_t start = osci_clock_mono_ms(), left;
	bool any;
	int r;

	for (;;) {
		r = move(h, &any);
		if (r || any)
			return r;
		left = timeout_ms < 0 ? POLL_SLICE_MS : start + timeout_ms - osci_clock_mono_ms();
		if (left <= 0)
			return 0;
		if (left > POLL_SLICE_MS)
			left = POLL_SLICE_MS;
		extra.revents = 0;
		if (curl_multi_poll(h->multi, &extra, extra_fd >= 0 ? 1 : 0, (int)left, NULL) != CURLM_OK)
			return -EIO;
		if (extra.revents) {
			r = move(h, &any);
			return r;
		}
	}
}

size_t osci_http_active(const struct osci_http *h)
{
	return h->active;
}

struct waited {
	bool done;
	int result;
	unsigned char *body;
	size_t len;
	struct osci_err *err;
};

static void waited_done(void *arg, int result, long status, const void *body, size_t len,
			const struct osci_err *err)
{
	struct waited *w = arg;

	w->done = true;
	w->result = result;
	if (result) {
		if (w->err)
			*w->err = *err;
		return;
	}
	w->body = malloc(len + 1);
	if (!w->body) {
		w->result = -ENOMEM;
		return;
	}
	memcpy(w->body, body, len);
	w->body[len] = '\0';
	w->len = len;
}

int osci_http_exchange(struct osci_http *h, const char *url, const void *body, size_t len, unsigned char **ret,
		       size_t *ret_len, struct osci_err *err)
{
	struct waited w = { .err = err };
	uint64_t id;
	int r;

	r = osci_http_post(h, url, body, len, waited_done, &w, &id, err);
	if (r)
		return r;
	while (r == 0 && !w.done)
		r = osci_http_poll(h, -1, POLL_SLICE_MS);
	if (r) {
		osci_http_cancel(h, id);
		free(w.body);
		return osci_fail(err, r, NULL, NULL, "transfers cannot go on");
	}
	if (w.result)
		return w.result;
	*ret = w.body;
	*ret_len = w.len;
	return 0;
}
