/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/http.h - carrying OSCI messages by HTTP POST
 *
 * Client: an engine over libcurl's multi interface, driven by one poll call, so that
 * many exchanges and a caller's own descriptors share one thread.  Server: over libmicrohttpd.
 * http and https only, no redirects, no proxy or netrc unless configured, no
 * compression, head, body, rate and time limits of struct osci_limits.
 */
#ifndef OSCI_HTTP_H
#define OSCI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/blob.h>
#include <osci/err.h>
#include <osci/limits.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct osci_http;

struct osci_http_conf {
	const struct osci_limits *limits; /* NULL = defaults */
	const char *ca_file;  /* https: trust anchors, PEM; NULL = https refused */
	const char *proxy;    /* NULL = none */
	const char *content_type; /* of what is posted, at most 100 characters; NULL = text/xml */
	struct osci_spool *spool; /* answers larger than its memory mark lie there; borrowed; NULL = memory */
};

/*
 * @result 0: @body of @len octets at any HTTP status; OSCI_E_NETWORK or OSCI_E_LIMIT with @err, negative if memory or
 * the spool's disk fails, and whatever the stream failed with that was being sent.
 */
typedef void osci_http_done(void *arg, int result, long status, const void *body, size_t len,
			    const struct osci_err *err);

int osci_http_new(struct osci_http **ret, const struct osci_http_conf *conf, struct osci_err *err);
void osci_http_freep(struct osci_http **h); /* exchanges under way end without callback */
/* Starts a POST; copies @body.  @done is called from osci_http_poll(). *@ret_id may be NULL. */
int osci_http_post(struct osci_http *h, const char *url, const void *body, size_t len,
		   osci_http_done *done, void *arg, uint64_t *ret_id, struct osci_err *err);
/*
 * The same for messages of any size: octets are pulled from @stream (taken, on failure too) with its length as
 * Content-Length, the answer is collected into a blob, borrowed during @done.
 */
typedef void osci_http_done_blob(void *arg, int result, long status, struct osci_blob *body,
				 const struct osci_err *err);
int osci_http_post_stream(struct osci_http *h, const char *url, struct osci_stream *stream,
			  osci_http_done_blob *done, void *arg, uint64_t *ret_id, struct osci_err *err);
void osci_http_cancel(struct osci_http *h, uint64_t id); /* no callback any more */
/* Moves everything; waits up to @timeout_ms for transfers or for @extra_fd (-1 = none) to be readable. */
int osci_http_poll(struct osci_http *h, int extra_fd, int timeout_ms);
size_t osci_http_active(const struct osci_http *h);
/* One exchange, blocking: *@ret malloc()ed. */
int osci_http_exchange(struct osci_http *h, const char *url, const void *body, size_t len,
		       unsigned char **ret, size_t *ret_len, struct osci_err *err);
/*
 * A message is expected back: OSCI_E_NETWORK for every status other than 200 and 500.  The answer goes to *@sink as it
 * arrives; NULL = one of the spool.  @stream and *@sink, which is NULL then, are taken, on failure too.
 */
int osci_http_exchange_stream(struct osci_http *h, const char *url, struct osci_stream *stream, struct osci_sink **sink,
			      struct osci_blob **ret, struct osci_err *err);
/* One GET, blocking, e.g. of a list of revoked certificates; @ret_status may be NULL. */
int osci_http_get(struct osci_http *h, const char *url, long *ret_status, struct osci_blob **ret, struct osci_err *err);

/* --- server ----------------------------------------------------------- */

struct osci_http_server;

struct osci_http_request {
	const char *method;   /* "POST" or "GET" */
	const char *path;     /* one of osci_http_server_conf.paths */
	const char *peer;     /* numeric address; behind a trusted proxy the one it names */
	struct osci_blob *body; /* complete; length 0 for GET; borrowed */
};

/*
 * What the handler answers: a stream, or malloc()ed octets (both taken).  With neither, a status line in
 * words.  The stream is read by the thread that moves the octets of all connections: it may compute, not wait.
 * If it fails, the connection is cut.  OSCI_HTTP_CUT_BODY as status, for tests: 200, and the connection is cut in
 * the middle of the body.
 */
#define OSCI_HTTP_CUT_BODY 1000
struct osci_http_reply {
	const char *content_type; /* static; NULL = "text/xml" */
	struct osci_stream *stream;
	unsigned char *data;
	size_t len;
};
/* In a worker thread.  Returns the HTTP status, or a negative value: the connection is cut without an answer. */
typedef int osci_http_handler(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply);

/*
 * A request that is refused before any handler: @status of HTTP, @peer as in a request, @octets of the body as announced or,
 * if more, as they came.  In the thread that moves the octets of all connections: it may count and write a line, not wait.
 */
typedef void osci_http_refused(void *arg, unsigned status, const char *peer, uint64_t octets);

/*
 * Where the body of a request goes while it arrives.  Also in the thread that moves the octets of all connections, and so is
 * what the sink does.  Not 0: the connection is cut.
 */
typedef int osci_http_sink(void *arg, const char *peer, struct osci_sink **ret);

#define OSCI_HTTP_GET 1u
#define OSCI_HTTP_POST 2u
struct osci_http_path {
	const char *path;     /* "/osci" */
	unsigned methods;     /* OSCI_HTTP_GET | OSCI_HTTP_POST; GET where only POST is served says in a line what this is */
};

struct osci_http_server_conf {
	const char *listen;   /* "127.0.0.1:8080", "[::1]:0" (0 = any free port) */
	const struct osci_http_path *paths; /* nothing else is served: 404; copied */
	size_t n_paths;
	unsigned threads;     /* workers, 1..64 */
	const struct osci_limits *limits;
	struct osci_spool *spool; /* bodies larger than its memory mark lie there; borrowed; NULL = memory */
	const char *tls_cert, *tls_key; /* PEM files: https, TLS 1.2 and 1.3 only; both NULL = http */
	const char *const *proxies; /* numeric addresses whose X-Forwarded-For is believed (last entry); NULL-terminated or NULL */
	osci_http_handler *handler;
	osci_http_refused *refused; /* NULL = nobody wants to know */
	osci_http_sink *sink; /* NULL = one of the spool */
	void *arg;
};

int osci_http_server_start(struct osci_http_server **ret, const struct osci_http_server_conf *conf,
			   struct osci_err *err);
unsigned osci_http_server_port(const struct osci_http_server *s);
void osci_http_server_stopp(struct osci_http_server **s); /* waits for running handlers */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
