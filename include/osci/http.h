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
};

/* @result 0: @body of @len octets at any HTTP status; OSCI_E_NETWORK or OSCI_E_LIMIT with @err. */
typedef void osci_http_done(void *arg, int result, long status, const void *body, size_t len,
			    const struct osci_err *err);

int osci_http_new(struct osci_http **ret, const struct osci_http_conf *conf, struct osci_err *err);
void osci_http_freep(struct osci_http **h); /* exchanges under way end without callback */
/* Starts a POST; copies @body.  @done is called from osci_http_poll(). *@ret_id may be NULL. */
int osci_http_post(struct osci_http *h, const char *url, const void *body, size_t len,
		   osci_http_done *done, void *arg, uint64_t *ret_id, struct osci_err *err);
void osci_http_cancel(struct osci_http *h, uint64_t id); /* no callback any more */
/* Moves everything; waits up to @timeout_ms for transfers or for @extra_fd (-1 = none) to be readable. */
int osci_http_poll(struct osci_http *h, int extra_fd, int timeout_ms);
size_t osci_http_active(const struct osci_http *h);
/* One exchange, blocking: *@ret malloc()ed. */
int osci_http_exchange(struct osci_http *h, const char *url, const void *body, size_t len,
		       unsigned char **ret, size_t *ret_len, struct osci_err *err);

/* --- server ----------------------------------------------------------- */

struct osci_http_server;
/*
 * Called in a worker thread with a complete body.  Sets *@ret (malloc()ed) and *@ret_len; returns the
 * HTTP status (200 for answers and faults), or a negative value: the connection is cut without an answer.
 * OSCI_HTTP_CUT_BODY, for tests: status 200, and the connection is cut in the middle of the body.
 */
#define OSCI_HTTP_CUT_BODY 1000
typedef int osci_http_handler(void *arg, const char *peer, const void *body, size_t len,
			      unsigned char **ret, size_t *ret_len);

struct osci_http_server_conf {
	const char *listen;   /* "127.0.0.1:8080", "[::1]:0" (0 = any free port) */
	const char *path;     /* only this path is served, e.g. "/osci" */
	unsigned threads;     /* workers, 1..64 */
	const struct osci_limits *limits;
	osci_http_handler *handler;
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
