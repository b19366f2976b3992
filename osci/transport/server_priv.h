/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_priv - what the HTTP server's files share: connections watched, jobs queued, answers streamed
 */
#ifndef OSCI_TRANSPORT_SERVER_PRIV_H
#define OSCI_TRANSPORT_SERVER_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <microhttpd.h>

#include <osci/http.h>

#define PEER_TEXT_MAX 64

/* --- address: who is at the other end --- */

struct address {
	unsigned char octets[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d */
};

bool address_parse(struct address *ret, const char *text, size_t len); /* numeric only */
bool address_of_socket(struct address *ret, const struct sockaddr *sa);
bool address_equal(const struct address *a, const struct address *b);
void address_text(const struct address *a, char *out, size_t size);
/* The last entry of an X-Forwarded-For if it is a numeric address. */
bool address_of_forwarded(struct address *ret, const char *value);

/* --- watch: no connection may dawdle --- */

enum conn_state {
	CONN_HEAD,   /* waiting for a request and its head: idle_ms */
	CONN_BODY,   /* min_rate over each idle_ms, total_ms for all of it */
	CONN_WORK,   /* a handler runs: no limit, it is ours */
	CONN_ANSWER, /* the peer takes the answer: total_ms */
};

struct conn {
	struct conn *next, **link;
	int fd;
	enum conn_state state;
	int64_t since;        /* of the state, monotonic ms */
	int64_t window_start; /* of the rate */
	uint64_t octets, window_octets;
	struct address address; /* of the socket */
};

struct watch {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stop;
	struct conn *first;
	const struct osci_limits *limits;
};

int watch_start(struct watch *w, const struct osci_limits *limits);
void watch_stop(struct watch *w);
void watch_add(struct watch *w, struct conn *c);
void watch_remove(struct watch *w, struct conn *c);
void watch_state(struct watch *w, struct conn *c, enum conn_state state);
void watch_octets(struct watch *w, struct conn *c, size_t n);
unsigned watch_count(struct watch *w, const struct address *a); /* connections from there */

/* --- pool: handlers run in worker threads, never in the thread that moves octets --- */

struct job {
	struct job *next;
	struct MHD_Connection *connection;
	struct conn *conn;
	struct osci_sink *sink; /* of the body; NULL while it is under way: no room for it */
	uint64_t received;
	bool told; /* a refusal of this request */
	char peer[PEER_TEXT_MAX];
	struct osci_http_request request; /* its body is ours */
	bool queued, done;
	int status;             /* of the handler; negative = cut */
	struct osci_http_reply reply;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t threads[64];
	unsigned n_threads;
	bool stop;
	struct job *first, **last;
	osci_http_handler *handler;
	void *arg;
};

int pool_start(struct pool *p, unsigned threads, osci_http_handler *handler, void *arg);
/* The connection of @job must be suspended already; the worker resumes it. */
void pool_add(struct pool *p, struct job *job);
/* Waits for running handlers; jobs not begun are resumed as cut. */
void pool_stop(struct pool *p);

/* --- the server --- */

struct osci_http_server {
	struct MHD_Daemon *daemon;
	struct watch watch;
	struct pool pool;
	bool watched, pooled;
	atomic_bool stopping;
	struct osci_limits limits;
	struct osci_http_path *paths; /* with strings of their own */
	size_t n_paths;
	struct osci_spool *spool;
	osci_http_refused *refused;
	osci_http_sink *sink;
	void *arg;              /* of the two */
	struct address *proxies;
	size_t n_proxies;
	int fd;
	unsigned port;
};

bool server_trusts(const struct osci_http_server *s, const struct address *a); /* it is one of our proxies */

/* What libmicrohttpd calls for each request; @arg is the server. */
enum MHD_Result request_step(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			     const char *version, const char *data, size_t *size, void **con_cls);
void request_completed(void *arg, struct MHD_Connection *c, void **con_cls, enum MHD_RequestTerminationCode code);
struct conn *conn_of(struct MHD_Connection *c); /* NULL: there was no memory for it */

/* A line in words; @allow: methods of a 405, else NULL. */
enum MHD_Result answer_text(struct MHD_Connection *c, unsigned status, const char *text, const char *allow);
/* What the handler made; takes it out of the job.  MHD_NO = the connection is cut. */
enum MHD_Result answer_job(struct MHD_Connection *c, struct job *job);

#endif
