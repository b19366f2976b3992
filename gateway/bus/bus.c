/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus - ROUTER socket with CURVE, for offices only
 *
 * Never bound before the admission handler runs; the domain is enforced, so that without an answer
 * of the handler nobody gets in.  Message size, handshake time, queues and heartbeats are bounded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "base/buf.h"
#include "base/log.h"
#include "bus/bus.h"

/* In the draft header of this version, and settable in the release build. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#define HANDSHAKE_MS 5000
#define HEARTBEAT_MS 10000
#define QUEUE_MESSAGES 256
#define BATCH 256 /* messages taken before others have their turn */
#define IDLE_MS 1000

static int set_int(struct xgw_bus *b, int option, int value)
{
	return zmq_setsockopt(b->router, option, &value, sizeof(value)) ? -errno : 0;
}

static int set_up(struct xgw_bus *b)
{
	const struct xgw_keys *keys = &b->g->conf->bus_keys;
	const struct {
		int option, value;
	} options[] = {
		{ ZMQ_CURVE_SERVER, 1 },
		{ ZMQ_ZAP_ENFORCE_DOMAIN, 1 },
		{ ZMQ_LINGER, 0 },
		{ ZMQ_ROUTER_MANDATORY, 1 },
		{ ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS },
		{ ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS },
		{ ZMQ_HEARTBEAT_TIMEOUT, 3 * HEARTBEAT_MS },
		{ ZMQ_SNDHWM, QUEUE_MESSAGES },
		{ ZMQ_RCVHWM, QUEUE_MESSAGES },
		{ ZMQ_IPV6, strchr(b->g->conf->endpoint, '[') != NULL },
	};
	int64_t largest = b->g->conf->bus_message_max;
	int r = 0;

	if (zmq_setsockopt(b->router, ZMQ_ZAP_DOMAIN, XGW_ZAP_DOMAIN, strlen(XGW_ZAP_DOMAIN)) ||
	    zmq_setsockopt(b->router, ZMQ_CURVE_SECRETKEY, keys->secret_key, XGW_KEY_CHARS + 1) ||
	    zmq_setsockopt(b->router, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)))
		return -errno;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !r; i++)
		r = set_int(b, options[i].option, options[i].value);
	return r;
}

/* A socket file is for the gateway's user and group. */
static int protect(const struct xgw_bus *b)
{
	if (strncmp(b->endpoint, "ipc://", 6) || b->endpoint[6] == '@')
		return 0;
	return chmod(b->endpoint + 6, 0660) ? -errno : 0;
}

static int open_socket(struct xgw_bus *b, struct osci_err *err)
{
	const char *endpoint = b->g->conf->endpoint;
	size_t len = sizeof(b->endpoint), fd_len = sizeof(b->fd);
	int r;

	b->context = zmq_ctx_new();
	if (!b->context)
		return -ENOMEM;
	r = xgw_zap_start(&b->zap, b->context, b->g->conf, err);
	if (r)
		return r;
	b->router = zmq_socket(b->context, ZMQ_ROUTER);
	if (!b->router)
		return osci_fail(err, -errno, NULL, "bus", "cannot make a socket");
	r = set_up(b);
	if (r)
		return osci_fail(err, r, NULL, "bus", "cannot set up the socket: %s", strerrordesc_np(-r));
	if (zmq_bind(b->router, endpoint)) {
		r = -errno;
		return osci_fail(err, r, NULL, endpoint, "cannot listen: %s", zmq_strerror(-r));
	}
	if (zmq_getsockopt(b->router, ZMQ_LAST_ENDPOINT, b->endpoint, &len) ||
	    zmq_getsockopt(b->router, ZMQ_FD, &b->fd, &fd_len))
		return -errno;
	r = protect(b);
	return r ? osci_fail(err, r, NULL, endpoint, "cannot restrict the socket") : 0;
}

int xgw_bus_new(struct xgw_bus **ret, struct xgw *g, struct osci_err *err)
{
	struct xgw_bus *b = calloc(1, sizeof(*b));
	int r = -ENOMEM;

	if (!b)
		return -ENOMEM;
	b->g = g;
	b->fd = -1;
	b->sessions = calloc(g->conf->n_offices, sizeof(*b->sessions));
	if (b->sessions) {
		for (size_t i = 0; i < g->conf->n_offices; i++)
			b->sessions[i].office = &g->conf->offices[i];
		r = open_socket(b, err);
	}
	if (r) {
		xgw_bus_freep(&b);
		return r;
	}
	*ret = b;
	return 0;
}

void xgw_bus_freep(struct xgw_bus **p)
{
	struct xgw_bus *b = *p;

	*p = NULL;
	if (!b)
		return;
	if (b->router)
		zmq_close(b->router);
	if (b->context)
		zmq_ctx_shutdown(b->context);
	xgw_zap_joinp(&b->zap);
	if (b->context)
		zmq_ctx_term(b->context);
	free(b->sessions);
	free(b);
}

int xgw_bus_fd(const struct xgw_bus *b)
{
	return b->fd;
}

const char *xgw_bus_endpoint(const struct xgw_bus *b)
{
	return b->endpoint;
}

void xgw_bus_wake(struct xgw_bus *b, const char *office)
{
	struct xgw_office *o = xgw_config_office(b->g->conf, office);

	if (o)
		b->sessions[o - b->g->conf->offices].dirty = true;
}

/* The descriptor tells of changes only: what waits now has to be asked for. */
static bool readable(const struct xgw_bus *b)
{
	int events = 0;
	size_t len = sizeof(events);

	return !zmq_getsockopt(b->router, ZMQ_EVENTS, &events, &len) && (events & ZMQ_POLLIN);
}

int xgw_bus_run(struct xgw_bus *b, struct osci_err *err)
{
	int64_t wait = IDLE_MS;
	int r = 0;

	for (unsigned i = 0; i < BATCH && !r; i++) {
		struct xgw_frame f;

		r = xgw_frame_receive(b->router, (size_t)b->g->conf->bus_message_max, &f);
		if (!r)
			r = bus_handle(b, &f, err);
		else if (r == -EPROTO || r == -ENOMEM)
			r = 0; /* this message is lost to us, its sender asks again */
		xgw_frame_clear(&f);
	}
	if (r && r != OSCI_E_EMPTY)
		return r < 0 ? r : -EIO;
	for (size_t i = 0; i < b->g->conf->n_offices; i++) {
		r = bus_push(b, &b->sessions[i], &wait, err);
		if (r)
			return r;
	}
	return readable(b) ? 0 : (int)wait;
}
