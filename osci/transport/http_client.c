/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client - OSCI messages out, answers in, over libcurl's multi interface
 *
 * One thread drives an engine; exchanges know nothing of each other.  Guarantees:
 * http and https only, no redirect followed, no proxy, netrc, cookie or environment, no
 * content coding asked for and none accepted, TLS 1.2 or newer with trust anchors of our own
 * only.  What one exchange is made of stands in http_exchange.c.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "transport/client_priv.h"

#define EXCHANGES_MAX 1024

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_once_result;

static void curl_begin(void)
{
	curl_once_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void exchange_freep(struct exchange **exchange)
{
	struct exchange *x = *exchange;

	*exchange = NULL;
	if (!x)
		return;
	if (x->easy) {
		curl_multi_remove_handle(x->http->multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	osci_stream_freep(&x->stream);
	osci_blob_unref(x->again);
	osci_sink_freep(&x->answer);
	free(x);
}

int osci_http_new(struct osci_http **ret, const struct osci_http_conf *conf, struct osci_err *err)
{
	_cleanup_(osci_http_freep) struct osci_http *h = NULL;
	struct curl_slist *more;
	char type[128];

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
	h->spool = conf->spool;
	h->ca_file = osci_strdup_or_null(conf->ca_file);
	h->proxy = strdup(conf->proxy ? conf->proxy : "");
	h->multi = curl_multi_init();
	snprintf(type, sizeof(type), "Content-Type: %s", conf->content_type ? conf->content_type : "text/xml");
	h->headers = curl_slist_append(NULL, type);
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
		exchange_freep(&x);
	}
	curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	free(h->ca_file);
	free(h->proxy);
	free(h);
}

/* --- start --------------------------------------------------------------- */

/* An exchange that lacks only what it sends; NULL = no memory. */
static struct exchange *exchange_new(struct osci_http *h, void *arg)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->http = h;
	x->arg = arg;
	return x;
}

/* Sends it; takes *@exchange, on failure too. */
static int exchange_start(struct exchange **exchange, const char *url, uint64_t *ret_id, struct osci_err *err)
{
	_cleanup_(exchange_freep) struct exchange *x = *exchange;
	struct osci_http *h = x->http;
	bool tls;

	*exchange = NULL;
	if (!url_ok(url, &tls, x->peer, PEER_MAX))
		return osci_fail(err, OSCI_E_USAGE, NULL, "address", "http or https address without user expected");
	if (tls && !h->ca_file)
		return osci_fail(err, OSCI_E_USAGE, NULL, "address", "https to %s without trust anchors", x->peer);
	if (h->active >= EXCHANGES_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "more than %d exchanges at once", EXCHANGES_MAX);
	/* Who is called with octets gets them from memory. */
	if (!x->answer && osci_sink_new(&x->answer, x->done_blob ? h->spool : NULL, h->limits.http_body))
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory");
	x->id = h->last_id + 1;
	x->window_start = osci_clock_mono_ms();
	x->body_len = x->stream ? osci_stream_len(x->stream) : 0;
	x->easy = curl_easy_init();
	if (!x->easy || !exchange_configure(x, url) || curl_multi_add_handle(h->multi, x->easy) != CURLM_OK)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory");
	x->next = h->first;
	h->first = x;
	h->active++;
	h->last_id = x->id;
	if (ret_id)
		*ret_id = x->id;
	x = NULL;
	return 0;
}

/* Makes *@ret of octets in memory, which can be sent a second time. */
static int exchange_of_memory(struct exchange **ret, struct osci_http *h, const void *body, size_t len, void *arg)
{
	_cleanup_(exchange_freep) struct exchange *x = exchange_new(h, arg);

	if (!x || osci_blob_copy(&x->again, body, len) || osci_stream_of_blob(&x->stream, x->again))
		return -ENOMEM;
	*ret = x;
	x = NULL;
	return 0;
}

int osci_http_post(struct osci_http *h, const char *url, const void *body, size_t len, osci_http_done *done,
		   void *arg, uint64_t *ret_id, struct osci_err *err)
{
	struct exchange *x = NULL;
	int r = exchange_of_memory(&x, h, body, len, arg);

	if (r)
		return osci_fail(err, r, NULL, NULL, "no memory");
	x->done = done;
	return exchange_start(&x, url, ret_id, err);
}

int osci_http_post_stream(struct osci_http *h, const char *url, struct osci_stream *stream, osci_http_done_blob *done,
			  void *arg, uint64_t *ret_id, struct osci_err *err)
{
	struct exchange *x = exchange_new(h, arg);

	if (!x) {
		osci_stream_freep(&stream);
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory");
	}
	x->stream = stream;
	x->done_blob = done;
	return exchange_start(&x, url, ret_id, err);
}

/* --- end ----------------------------------------------------------------- */

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
			exchange_freep(&x);
			return;
		}
}

/* Takes the exchange out first: the callback may start and cancel others. */
static void finish(struct exchange *x, CURLcode code)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	struct osci_err err = { 0 };
	long status = 0;
	int r;

	unlink_exchange(x->http, x);
	r = exchange_result(x, code, &err);
	if (r == 0 && curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		r = osci_fail(&err, -EIO, NULL, NULL, "answer of %s without status", x->peer);
	if (r == 0)
		r = osci_sink_done(&x->answer, &answer, &err);
	if (r)
		status = 0;
	if (x->done_blob)
		x->done_blob(x->arg, r, status, answer, &err);
	else if (r == 0)
		x->done(x->arg, 0, status, osci_blob_data(answer), (size_t)osci_blob_len(answer), &err);
	else
		x->done(x->arg, r, 0, NULL, 0, &err);
	exchange_freep(&x);
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

static bool drop_slow(struct osci_http *h)
{
	int64_t now = osci_clock_mono_ms();
	struct exchange *x;
	bool any = false;

	for (;;) {
		for (x = h->first; x && !exchange_too_slow(x, now); x = x->next)
			;
		if (!x)
			return any;
		x->end = END_SLOW;
		finish(x, CURLE_OK);
		any = true;
	}
}

/* --- moving -------------------------------------------------------------- */

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

/* --- one exchange, waited for -------------------------------------------- */

struct waited {
	bool done;
	int result;
	long status;
	struct osci_blob *body;
	struct osci_err *err;
};

static void waited_done(void *arg, int result, long status, struct osci_blob *body, const struct osci_err *err)
{
	struct waited *w = arg;

	w->done = true;
	w->result = result;
	w->status = status;
	if (result && w->err)
		*w->err = *err;
	w->body = osci_blob_ref(body);
}

/* Starts *@x and waits for its end; takes it. */
static int wait_for(struct exchange **x, const char *url, long *ret_status, struct osci_blob **ret, struct osci_err *err)
{
	struct osci_http *h = (*x)->http;
	struct waited w = { .err = err };
	uint64_t id;
	int r;

	(*x)->arg = &w;
	(*x)->done_blob = waited_done;
	r = exchange_start(x, url, &id, err);
	if (r)
		return r;
	while (r == 0 && !w.done)
		r = osci_http_poll(h, -1, POLL_SLICE_MS);
	if (r) {
		osci_http_cancel(h, id);
		osci_blob_unref(w.body);
		return osci_fail(err, r, NULL, NULL, "transfers cannot go on");
	}
	if (w.result)
		return w.result;
	if (ret_status)
		*ret_status = w.status;
	*ret = w.body;
	return 0;
}

int osci_http_exchange_stream(struct osci_http *h, const char *url, struct osci_stream *stream, struct osci_sink **sink,
			      struct osci_blob **ret, struct osci_err *err)
{
	struct exchange *x = exchange_new(h, NULL);
	char peer[PEER_MAX];
	long status = 0;
	bool tls;
	int r;

	if (!x) {
		osci_stream_freep(&stream);
		if (sink)
			osci_sink_freep(sink);
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory");
	}
	x->stream = stream;
	if (sink) {
		x->answer = *sink;
		*sink = NULL;
	}
	r = wait_for(&x, url, &status, ret, err);
	if (r || status == 200 || status == 500)
		return r;
	osci_blob_unref(*ret);
	*ret = NULL;
	url_ok(url, &tls, peer, sizeof(peer));
	return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "%s answers with HTTP status %ld%s", peer, status,
			 status == 404 ? ": nothing at this path" : "");
}

int osci_http_get(struct osci_http *h, const char *url, long *ret_status, struct osci_blob **ret, struct osci_err *err)
{
	struct exchange *x = exchange_new(h, NULL);

	if (!x)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory");
	return wait_for(&x, url, ret_status, ret, err);
}

int osci_http_exchange(struct osci_http *h, const char *url, const void *body, size_t len, unsigned char **ret,
		       size_t *ret_len, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	struct exchange *x = NULL;
	int r = exchange_of_memory(&x, h, body, len, NULL);

	if (r)
		return osci_fail(err, r, NULL, NULL, "no memory");
	r = wait_for(&x, url, NULL, &answer, err);
	if (r)
		return r;
	r = osci_stream_of_blob(&stream, answer);
	if (r)
		return osci_fail(err, r, NULL, NULL, "no memory");
	return osci_stream_to_memory(stream, ret, ret_len, err);
}
