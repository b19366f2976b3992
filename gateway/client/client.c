/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client - office side of the bus: one DEALER socket, one question at a time
 *
 * Deliveries may come between a question and its answer; they wait in a short queue.  The
 * gateway keeps at most its window of deliveries unacknowledged, so the queue is bounded; one
 * that does not fit is dropped and comes again, as the protocol promises.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include <xgw/client.h>
#include "client/frames.h"

#define WAITING_MAX 64
#define HEARTBEAT_MS 5000
#define HELLO_AGAIN_MS 5000 /* of silence: a gateway that was restarted knows no connection */
#define MESSAGE_MAX (65 * 1024 * 1024)

struct xgw_client {
	void *context, *socket;
	char *office, *name, *welcome;
	struct xgw_frames waiting[WAITING_MAX];
	unsigned n_waiting;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void xgw_client_freep(struct xgw_client **cp)
{
	struct xgw_client *c = *cp;
	unsigned i;

	*cp = NULL;
	if (!c)
		return;
	for (i = 0; i < c->n_waiting; i++)
		xgw_frames_clear(&c->waiting[i]);
	if (c->socket)
		zmq_close(c->socket);
	if (c->context)
		zmq_ctx_term(c->context);
	free(c->office);
	free(c->name);
	free(c->welcome);
	free(c);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

/* The gateway's ERROR as a result of ours. */
static int refused(const json_t *json, struct osci_err *err)
{
	const char *code = text_of(json, "code");

	if (!strcmp(code, "unknown_request"))
		return OSCI_E_EMPTY;
	if (!strcmp(code, "not_authorised") || !strcmp(code, "unknown_office"))
		return osci_fail(err, OSCI_E_UNTRUSTED, NULL, "bus", "%s: %s", code, text_of(json, "text"));
	return osci_fail(err, OSCI_E_USAGE, NULL, "bus", "%s: %s", code, text_of(json, "text"));
}

/*
 * Waits for the message @verb whose @member is @value (NULL = any).  Deliveries are queued, answers to
 * questions that we no longer wait for are dropped.
 */
static int await(struct xgw_client *c, const char *verb, const char *member, const char *value, int timeout_ms,
		 struct xgw_frames *ret, struct osci_err *err)
{
	int64_t end = now_ms() + timeout_ms;

	for (;;) {
		int64_t left = end - now_ms();
		struct xgw_frames f;
		int r;

		r = xgw_frames_receive(c->socket, left > 0 ? (int)left : 0, &f, err);
		if (r == OSCI_E_EMPTY && left > 0)
			continue;
		if (r == OSCI_E_EMPTY)
			return osci_fail(err, OSCI_E_NETWORK, NULL, "bus", "no %s from the gateway within %d ms", verb,
					 timeout_ms);
		if (r)
			return r;
		if (!strcmp(f.verb, "DELIVERY")) {
			if (c->n_waiting < WAITING_MAX)
				c->waiting[c->n_waiting++] = f;
			else
				xgw_frames_clear(&f);
			continue;
		}
		if (!strcmp(f.verb, "ERROR") && (!value || !json_object_get(f.json, "id") ||
						 !strcmp(text_of(f.json, "id"), value))) {
			r = refused(f.json, err);
			xgw_frames_clear(&f);
			return r;
		}
		if (!strcmp(f.verb, verb) && (!value || !strcmp(text_of(f.json, member), value))) {
			*ret = f;
			return 0;
		}
		xgw_frames_clear(&f);
	}
}

static int set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0 ? 0 : -errno;
}

static int set_up(struct xgw_client *c, const struct xgw_client_conf *conf, struct osci_err *err)
{
	int64_t largest = MESSAGE_MAX;
	int r;

	c->context = zmq_ctx_new();
	c->socket = c->context ? zmq_socket(c->context, ZMQ_DEALER) : NULL;
	if (!c->socket)
		return osci_fail(err, -ENOMEM, NULL, "bus", "cannot make a socket");
	if (zmq_setsockopt(c->socket, ZMQ_CURVE_SERVERKEY, conf->server_key, XGW_KEY_CHARS + 1) != 0 ||
	    zmq_setsockopt(c->socket, ZMQ_CURVE_PUBLICKEY, conf->keys->public_key, XGW_KEY_CHARS + 1) != 0 ||
	    zmq_setsockopt(c->socket, ZMQ_CURVE_SECRETKEY, conf->keys->secret_key, XGW_KEY_CHARS + 1) != 0)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, "bus", "a key is not 40 characters of Z85");
	r = zmq_setsockopt(c->socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)) == 0 ? 0 : -errno;
	if (!r)
		r = set_int(c->socket, ZMQ_LINGER, 0);
	if (!r)
		r = set_int(c->socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	if (!r)
		r = set_int(c->socket, ZMQ_HEARTBEAT_TIMEOUT, 3 * HEARTBEAT_MS);
	if (r)
		return osci_fail(err, r, NULL, "bus", "cannot set up the socket");
	if (zmq_connect(c->socket, conf->endpoint) != 0)
		return osci_fail(err, OSCI_E_USAGE, NULL, conf->endpoint, "not an endpoint of the bus");
	return 0;
}

static int say_hello(struct xgw_client *c, struct osci_err *err)
{
	json_t *hello = json_pack("{s:s, s:s*}", "office", c->office, "client", c->name);
	int r;

	if (!hello)
		return osci_fail(err, OSCI_E_USAGE, NULL, "office", "not valid UTF-8");
	r = xgw_frames_send(c->socket, "HELLO", hello, NULL, 0, err);
	json_decref(hello);
	return r;
}

static int greet(struct xgw_client *c, const struct xgw_client_conf *conf, struct osci_err *err)
{
	struct xgw_frames f;
	int r;

	r = say_hello(c, err);
	if (r)
		return r;
	r = await(c, "WELCOME", "office", conf->office, conf->timeout_ms, &f, err);
	if (r)
		return r;
	c->welcome = json_dumps(f.json, JSON_COMPACT);
	xgw_frames_clear(&f);
	return c->welcome ? 0 : -ENOMEM;
}

int xgw_client_new(struct xgw_client **ret, const struct xgw_client_conf *conf, struct osci_err *err)
{
	struct xgw_client *c;
	int r;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->office = strdup(conf->office);
	c->name = conf->name ? strdup(conf->name) : NULL;
	r = c->office && (c->name || !conf->name) ? set_up(c, conf, err) : -ENOMEM;
	if (!r)
		r = greet(c, conf, err);
	if (r) {
		xgw_client_freep(&c);
		return r;
	}
	*ret = c;
	return 0;
}

const char *xgw_client_welcome(const struct xgw_client *c)
{
	return c->welcome;
}

/* Sends @verb and returns the JSON text of the answer. */
static int ask(struct xgw_client *c, const char *verb, const json_t *json, const void *xml, size_t xml_len,
	       const char *answer, const char *member, const char *value, int timeout_ms, char **ret,
	       struct osci_err *err)
{
	struct xgw_frames f;
	int r;

	r = xgw_frames_send(c->socket, verb, json, xml, xml_len, err);
	if (r)
		return r;
	r = await(c, answer, member, value, timeout_ms, &f, err);
	if (r)
		return r;
	if (ret) {
		*ret = json_dumps(f.json, JSON_COMPACT);
		r = *ret ? 0 : -ENOMEM;
	}
	xgw_frames_clear(&f);
	return r;
}

int xgw_client_submit(struct xgw_client *c, const char *id, const char *fields, const void *xml, size_t xml_len,
		      int timeout_ms, char **receipt, struct osci_err *err)
{
	json_error_t at;
	json_t *json;
	int r;

	json = fields ? json_loads(fields, JSON_REJECT_DUPLICATES, &at) : json_object();
	if (!json_is_object(json)) {
		json_decref(json);
		return fields ? osci_fail(err, OSCI_E_USAGE, NULL, "fields", "not a JSON object, line %d column %d", at.line,
					  at.column) : -ENOMEM;
	}
	if (json_object_set_new(json, "office", json_string(c->office)) < 0 ||
	    json_object_set_new(json, "id", json_string(id)) < 0)
		r = osci_fail(err, OSCI_E_USAGE, NULL, "id", "not valid UTF-8");
	else
		r = ask(c, "SUBMIT", json, xml, xml_len, "RECEIPT", "request", id, timeout_ms, receipt, err);
	json_decref(json);
	return r;
}

int xgw_client_status(struct xgw_client *c, const char *id, int timeout_ms, char **state, struct osci_err *err)
{
	json_t *json = json_pack("{s:s, s:s}", "office", c->office, "id", id);
	int r;

	if (!json)
		return osci_fail(err, OSCI_E_USAGE, NULL, "id", "not valid UTF-8");
	r = ask(c, "STATUS", json, NULL, 0, "STATE", "request", id, timeout_ms, state, err);
	json_decref(json);
	return r;
}

int xgw_client_ack(struct xgw_client *c, const char *delivery, int timeout_ms, struct osci_err *err)
{
	json_t *json = json_pack("{s:s, s:s}", "office", c->office, "delivery", delivery);
	int r;

	if (!json)
		return osci_fail(err, OSCI_E_USAGE, NULL, "delivery", "not valid UTF-8");
	r = ask(c, "ACK", json, NULL, 0, "ACKED", "delivery", delivery, timeout_ms, NULL, err);
	json_decref(json);
	return r;
}

void xgw_delivery_clear(struct xgw_delivery *d)
{
	free(d->json);
	free(d->id);
	free(d->request);
	free(d->outcome);
	free(d->xml);
	*d = (struct xgw_delivery){ .json = NULL };
}

/* Moves what a DELIVERY message holds into @ret. */
static int unpack(struct xgw_frames *f, struct xgw_delivery *ret)
{
	struct xgw_delivery d = {
		.json = json_dumps(f->json, JSON_COMPACT),
		.id = strdup(text_of(f->json, "delivery")),
		.request = strdup(text_of(f->json, "request")),
		.outcome = strdup(text_of(f->json, "outcome")),
		.redelivery = json_is_true(json_object_get(f->json, "redelivery")),
	};

	if (!d.json || !d.id || !d.request || !d.outcome) {
		xgw_delivery_clear(&d);
		return -ENOMEM;
	}
	d.xml = f->xml;
	d.xml_len = f->xml_len;
	f->xml = NULL;
	*ret = d;
	return 0;
}

int xgw_client_receive(struct xgw_client *c, int timeout_ms, struct xgw_delivery *ret, struct osci_err *err)
{
	int64_t end = now_ms() + timeout_ms;
	struct xgw_frames f;
	int r;

	if (c->n_waiting) {
		f = c->waiting[0];
		c->n_waiting--;
		memmove(c->waiting, c->waiting + 1, c->n_waiting * sizeof(c->waiting[0]));
		r = unpack(&f, ret);
		xgw_frames_clear(&f);
		return r;
	}
	for (;;) {
		int64_t left = end - now_ms();

		r = xgw_frames_receive(c->socket, left <= 0 ? 0 : left < HELLO_AGAIN_MS ? (int)left : HELLO_AGAIN_MS, &f, err);
		if (r == OSCI_E_EMPTY && left > 0) {
			if (left > HELLO_AGAIN_MS)
				(void)say_hello(c, NULL); /* not taken now: the next silence tries again */
			continue;
		}
		if (r)
			return r;
		r = !strcmp(f.verb, "DELIVERY") ? unpack(&f, ret) : OSCI_E_MORE;
		xgw_frames_clear(&f);
		if (r != OSCI_E_MORE)
			return r;
	}
}
