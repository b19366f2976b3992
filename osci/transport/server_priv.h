/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_priv - what the HTTP server's files share: connections watched, jobs queued
 */
#ifndef OSCI_TRANSPORT_SERVER_PRIV_H
#define OSCI_TRANSPORT_SERVER_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <microhttpd.h>

#include <osci/http.h>
#include "base/buf.h"

#define PEER_TEXT_MAX 64

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
	size_t octets, window_octets;
	char peer[PEER_TEXT_MAX];
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

/* --- pool: handlers run in worker threads, never in the thread that moves octets --- */

struct job {
	struct job *next;
	struct MHD_Connection *connection;
	struct conn *conn;
	struct osci_buf body;
	bool queued, done;
	int status;           /* of the handler; negative = cut */
	unsigned char *answer;
	size_t answer_len;
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

#endif
