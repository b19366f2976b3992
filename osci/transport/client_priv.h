/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_priv - what the HTTP client's files share: the engine and its exchanges
 */
#ifndef OSCI_TRANSPORT_CLIENT_PRIV_H
#define OSCI_TRANSPORT_CLIENT_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <curl/curl.h>

#include <osci/http.h>

#define PEER_MAX 80       /* of host:port in texts */
#define POLL_SLICE_MS 500 /* how late a slow peer may be noticed */

/* Why we ended an exchange ourselves. */
enum end { END_NONE, END_HEAD_LIMIT, END_BODY_LIMIT, END_CODING, END_SLOW, END_STREAM, END_STORE };

struct exchange {
	struct exchange *next;
	struct osci_http *http;
	uint64_t id;
	CURL *easy;
	struct osci_stream *stream; /* NULL = GET */
	struct osci_blob *again;    /* what the stream is made of; NULL = it cannot be sent a second time */
	uint64_t body_len;
	struct osci_sink *answer;
	size_t head_len;
	enum end end;
	int own_result;             /* of END_STREAM and END_STORE, with its error */
	struct osci_err own_err;
	int64_t window_start;       /* of the measurement of the rate */
	uint64_t window_octets;     /* moved when the window began */
	osci_http_done *done;       /* one of the two */
	osci_http_done_blob *done_blob;
	void *arg;
	char peer[PEER_MAX];
};

struct osci_http {
	CURLM *multi;
	struct curl_slist *headers;
	struct osci_limits limits;
	char *ca_file, *proxy;
	struct osci_spool *spool;
	struct exchange *first;
	size_t active;
	uint64_t last_id;
};

/* http://host[:port][/...]; the host part goes to @peer.  No user, no blank, no fragment. */
bool url_ok(const char *url, bool *ret_tls, char *peer, size_t size);
/* Gives curl everything it must know; false = no memory. */
bool exchange_configure(struct exchange *x, const char *url);
/* Result and error of an exchange that ended with @code, or by ourselves; 0 = complete. */
int exchange_result(const struct exchange *x, CURLcode code, struct osci_err *err);
/* True if the peer is too slow: something is under way, and less than min_rate of it moved in a window. */
bool exchange_too_slow(struct exchange *x, int64_t now);

#endif
