/* SPDX-License-Identifier: Apache-2.0 */
/*
 * office - the offices' end of the bus: one DEALER socket each
 *
 * Nothing blocks: questions are sent, and what comes is read by cf_offices_poll().  A submission stays on its list until its
 * receipt comes and is sent again on every new connection.  What the office got is stored (an event) before it is
 * acknowledged, as xausl-bus(7) asks of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <xgw/client.h>

#include "base/clock.h"
#include "client/frames.h"
#include "world/priv.h"

#define BUSY_MS 200 /* a gateway that cannot take a request is asked again after this */

/* --- connection ---------------------------------------------------------- */

static int set_keys(const struct cf_world *w, const struct cf_party *o, struct osci_err *err)
{
	struct xgw_keys keys;
	const char *server = o->client ? o->client->server_key : w->gateway_public;
	int r = xgw_keys_load(&keys, o->client ? o->client->key_file : o->bus_file, err);

	if (!r && (zmq_setsockopt(o->socket, ZMQ_CURVE_SERVERKEY, server, XGW_KEY_CHARS + 1) != 0 ||
		   zmq_setsockopt(o->socket, ZMQ_CURVE_PUBLICKEY, keys.public_key, XGW_KEY_CHARS + 1) != 0 ||
		   zmq_setsockopt(o->socket, ZMQ_CURVE_SECRETKEY, keys.secret_key, XGW_KEY_CHARS + 1) != 0))
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, "bus", "a key is not 40 characters of Z85");
	explicit_bzero(&keys, sizeof(keys));
	return r;
}

static int connect_one(struct cf_world *w, struct cf_party *o, struct osci_err *err)
{
	const char *endpoint = o->client ? o->client->endpoint : w->endpoint;
	int64_t largest = XGW_XML_MAX;
	json_t *hello;
	int none = 0, r;

	if (o->socket)
		zmq_close(o->socket);
	o->welcome = false;
	o->socket = zmq_socket(w->zmq, ZMQ_DEALER);
	if (!o->socket)
		return osci_fail(err, -errno, NULL, "bus", "no socket");
	r = set_keys(w, o, err);
	if (!r && (zmq_setsockopt(o->socket, ZMQ_LINGER, &none, sizeof(none)) != 0 ||
		   zmq_setsockopt(o->socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)) != 0 ||
		   zmq_connect(o->socket, endpoint) != 0))
		r = osci_fail(err, -errno, NULL, endpoint, "the bus cannot be reached");
	if (r)
		return r;
	hello = json_pack("{s:s, s:s}", "office", o->key, "client", "xausl-conform");
	r = hello ? xgw_frames_send(o->socket, "HELLO", hello, NULL, 0, err) : -ENOMEM;
	json_decref(hello);
	return r;
}

int cf_offices_connect(struct cf_world *w, struct osci_err *err)
{
	int r = 0;

	if (!cf_offices_ours(w))
		return 0;
	if (!w->zmq && !(w->zmq = zmq_ctx_new()))
		return -ENOMEM;
	w->generation++;
	for (size_t i = 0; !r && i < w->n_offices; i++)
		r = connect_one(w, &w->offices[i], err);
	return r;
}

void cf_offices_close(struct cf_world *w)
{
	for (size_t i = 0; i < w->n_offices; i++) {
		if (w->offices[i].socket)
			zmq_close(w->offices[i].socket);
		json_decref(w->offices[i].state);
	}
	if (w->zmq)
		zmq_ctx_term(w->zmq);
	for (size_t i = 0; i < w->n_submissions; i++)
		json_decref(w->submissions[i].json);
	free(w->submissions);
}

/* --- submissions --------------------------------------------------------- */

static int send_submission(struct cf_world *w, const struct cf_submission *s, struct osci_err *err)
{
	cf_active(w);
	return xgw_frames_send(w->offices[s->office].socket, "SUBMIT", s->json, NULL, 0, err);
}

static struct cf_submission *find_submission(struct cf_world *w, size_t office, const char *id)
{
	for (size_t i = 0; i < w->n_submissions; i++)
		if (w->submissions[i].office == office && strcmp(cf_text(w->submissions[i].json, "id"), id) == 0)
			return &w->submissions[i];
	return NULL;
}

static void drop_submission(struct cf_world *w, struct cf_submission *s)
{
	json_decref(s->json);
	w->n_submissions--;
	memmove(s, s + 1, (size_t)(&w->submissions[w->n_submissions] - s) * sizeof(*s));
}

int cf_world_submit(struct cf_world *w, size_t office, const char *bus_id, const json_t *fields, struct osci_err *err)
{
	struct cf_submission *s;

	if (!cf_offices_ours(w))
		return osci_fail(err, OSCI_E_STATE, NULL, "bus", "the office is not played by the runner");
	if (office >= w->n_offices)
		return osci_fail(err, OSCI_E_USAGE, NULL, "bus", "no such office");
	if (w->n_submissions == w->cap_submissions) {
		size_t cap = w->cap_submissions ? 2 * w->cap_submissions : 16;

		s = reallocarray(w->submissions, cap, sizeof(*s));
		if (!s)
			return -ENOMEM;
		w->submissions = s;
		w->cap_submissions = cap;
	}
	s = &w->submissions[w->n_submissions];
	*s = (struct cf_submission){ .office = office, .json = json_deep_copy(fields) };
	if (!s->json || json_object_set_new(s->json, "office", json_string(w->offices[office].key)) < 0 ||
	    json_object_set_new(s->json, "id", json_string(bus_id)) < 0) {
		json_decref(s->json);
		return osci_fail(err, OSCI_E_USAGE, NULL, "bus", "the request is no object with texts in UTF-8");
	}
	w->n_submissions++;
	return w->offices[office].welcome ? send_submission(w, s, err) : 0;
}

static int again(struct cf_world *w, size_t office, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < w->n_submissions; i++)
		if (w->submissions[i].office == office)
			r = send_submission(w, &w->submissions[i], err);
	return r;
}

static int busy_again(struct cf_world *w, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < w->n_submissions; i++) {
		struct cf_submission *s = &w->submissions[i];

		if (!s->busy || osci_clock_mono_ms() < s->again_at || !w->offices[s->office].welcome)
			continue;
		s->busy = false;
		r = send_submission(w, s, err);
	}
	return r;
}

/* --- what the gateway says ----------------------------------------------- */

static int on_receipt(struct cf_world *w, size_t office, json_t *json, struct osci_err *err)
{
	const char *id = cf_text(json, "request");
	struct cf_submission *s = find_submission(w, office, id);
	bool accepted = strcmp(cf_text(json, "outcome"), "accepted-by-gateway") == 0;

	if (!s) /* of one that was sent twice: known already */
		return 0;
	drop_submission(w, s);
	if (cf_known_add(w, office, cf_text(json, "uuid"), id) ||
	    !cf_event_add(w, CF_AT_OFFICE, office, cf_world_now(w), json_incref(json)))
		return osci_fail(err, OSCI_E_LIMIT, NULL, "bus", "too many events");
	return accepted ? cf_point_seen(w, CF_ACCEPTED, NULL, err) : 0;
}

/* The place of the first offer of this delivery; n_events - 1 if that is the one just added. */
static size_t first_offer(const struct cf_world *w, size_t office, const char *delivery)
{
	for (size_t i = 0; i < w->n_events; i++)
		if (w->events[i].at == CF_AT_OFFICE && w->events[i].office == office &&
		    strcmp(w->events[i].delivery, delivery) == 0)
			return i;
	return w->n_events;
}

/*
 * Acknowledges what was first offered at @place.  What is offered again while the acknowledgement is under way on this
 * connection needs none; after a new connection nobody knows whether it arrived.
 */
static int send_ack(struct cf_world *w, size_t office, size_t place, struct osci_err *err)
{
	struct cf_event *e = &w->events[place];
	json_t *ack;
	int r;

	if (e->ack_on == w->generation)
		return 0;
	ack = json_pack("{s:s, s:s}", "office", w->offices[office].key, "delivery", e->delivery);
	r = ack ? xgw_frames_send(w->offices[office].socket, "ACK", ack, NULL, 0, err) : -ENOMEM;
	json_decref(ack);
	e->ack_on = w->generation;
	cf_active(w);
	return r;
}

static int deliver(struct cf_world *w, size_t office, struct xgw_frames *f, struct osci_err *err)
{
	size_t first = first_offer(w, office, cf_text(f->json, "delivery"));
	struct cf_event *e = cf_event_add(w, CF_AT_OFFICE, office, cf_world_now(w), json_incref(f->json));
	bool done = false;
	int r = 0;

	if (!e)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "bus", "too many events");
	e->first = first;
	e->xml = f->xml;
	e->xml_len = f->xml_len;
	f->xml = NULL;
	if (e->message[0])
		r = cf_point_seen(w, CF_DELIVERED, &done, err);
	if (r || done || w->offices[office].withhold) /* a new connection gets it again */
		return r;
	return send_ack(w, office, first, err);
}

/* A gateway that runs already has deliveries for others, too: what this run did not ask for is left to them. */
static bool for_others(const struct cf_world *w, const json_t *delivery, bool *earlier)
{
	const char *request = cf_text(delivery, "request");

	*earlier = !strncmp(request, w->site->token, strlen(w->site->token)) &&
		   strncmp(request, w->ids, strlen(w->ids)) != 0;
	return strncmp(request, w->ids, strlen(w->ids)) != 0;
}

/* What comes too late for a case of this run that has ended is nobody's any more. */
static int clear_away(struct cf_world *w, size_t office, const json_t *delivery, struct osci_err *err)
{
	json_t *ack = json_pack("{s:s, s:s}", "office", w->offices[office].key, "delivery", cf_text(delivery, "delivery"));
	int r = ack ? xgw_frames_send(w->offices[office].socket, "ACK", ack, NULL, 0, err) : -ENOMEM;

	json_decref(ack);
	return r;
}

static int on_delivery(struct cf_world *w, size_t office, struct xgw_frames *f, struct osci_err *err)
{
	bool earlier;

	if (for_others(w, f->json, &earlier))
		return earlier ? clear_away(w, office, f->json, err) : 0;
	return deliver(w, office, f, err);
}

static int on_acked(struct cf_world *w, size_t office, const json_t *json, struct osci_err *err)
{
	size_t first = first_offer(w, office, cf_text(json, "delivery"));

	if (first == w->n_events)
		return 0;
	w->events[first].acked++;
	w->events[first].ack_on = 0;
	return w->events[first].message[0] ? cf_point_seen(w, CF_ACKNOWLEDGED, NULL, err) : 0;
}

/*
 * "Nothing has happened": of a submission that is the same as a refusal, but for busy.  Of other questions the one who asked
 * looks at it.
 */
static int on_error(struct cf_world *w, size_t office, const json_t *json, struct osci_err *err)
{
	const char *code = cf_text(json, "code"), *id = cf_text(json, "id");
	struct cf_submission *s = find_submission(w, office, id);
	json_t *body;

	if (s && strcmp(code, "busy") == 0) {
		s->busy = true;
		s->again_at = osci_clock_mono_ms() + BUSY_MS;
		return 0;
	}
	if (!s) {
		snprintf(w->offices[office].state_error, sizeof(w->offices[office].state_error), "%s", code);
		return 0;
	}
	body = json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "request", id, "outcome", "rejected-by-gateway", "errors", "code", code,
			 "text", cf_text(json, "text"));
	drop_submission(w, s);
	return cf_event_add(w, CF_AT_OFFICE, office, cf_world_now(w), body) ?
		       0 : osci_fail(err, OSCI_E_LIMIT, NULL, "bus", "too many events");
}

/* Acknowledged over an earlier connection and not confirmed: perhaps it did not arrive, and again does no harm. */
static int ack_again(struct cf_world *w, size_t office, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < w->n_events; i++)
		if (w->events[i].at == CF_AT_OFFICE && w->events[i].office == office && w->events[i].ack_on)
			r = send_ack(w, office, i, err);
	return r;
}

static int take(struct cf_world *w, size_t office, struct xgw_frames *f, struct osci_err *err)
{
	struct cf_party *o = &w->offices[office];

	cf_active(w);
	if (strcmp(f->verb, "WELCOME") == 0) {
		int r = ack_again(w, office, err);

		o->welcome = true;
		return r ? r : again(w, office, err);
	}
	if (strcmp(f->verb, "RECEIPT") == 0)
		return on_receipt(w, office, f->json, err);
	if (strcmp(f->verb, "DELIVERY") == 0)
		return on_delivery(w, office, f, err);
	if (strcmp(f->verb, "ACKED") == 0)
		return on_acked(w, office, f->json, err);
	if (strcmp(f->verb, "STATE") == 0) {
		json_decref(o->state);
		o->state = json_incref(f->json);
		return 0;
	}
	return strcmp(f->verb, "ERROR") == 0 ? on_error(w, office, f->json, err) : 0;
}

static int read_office(struct cf_world *w, size_t office, struct osci_err *err)
{
	unsigned generation = w->generation;
	int r = 0;

	while (!r && generation == w->generation) {
		struct xgw_frames f;

		r = xgw_frames_receive(w->offices[office].socket, 0, &f, err);
		if (r == OSCI_E_EMPTY)
			return 0;
		if (r)
			return r;
		r = take(w, office, &f, err);
		xgw_frames_clear(&f);
	}
	return r;
}

int cf_offices_poll(struct cf_world *w, int timeout_ms, struct osci_err *err)
{
	zmq_pollitem_t items[CF_OFFICES_MAX];
	unsigned generation = w->generation;
	int r = 0;

	for (size_t i = 0; i < w->n_offices; i++)
		items[i] = (zmq_pollitem_t){ .socket = w->offices[i].socket, .events = ZMQ_POLLIN };
	if (zmq_poll(items, cf_offices_ours(w) ? (int)w->n_offices : 0, timeout_ms) < 0 && errno != EINTR)
		return osci_fail(err, -errno, NULL, "bus", "cannot be read");
	if (!cf_offices_ours(w))
		return 0;
	for (size_t i = 0; !r && i < w->n_offices && generation == w->generation; i++)
		if (items[i].revents & ZMQ_POLLIN)
			r = read_office(w, i, err);
	return r ? r : busy_again(w, err);
}

int cf_offices_welcomed(struct cf_world *w, struct osci_err *err)
{
	int64_t end = osci_clock_mono_ms() + CF_HELLO_MS;

	for (;;) {
		size_t missing = 0;
		int r;

		for (size_t i = 0; cf_offices_ours(w) && i < w->n_offices; i++)
			missing += !w->offices[i].welcome;
		if (!missing)
			return 0;
		if (osci_clock_mono_ms() >= end)
			return osci_fail(err, OSCI_E_STATE, NULL, "bus", "the gateway did not answer %zu of %zu offices in %d s",
					 missing, w->n_offices, CF_HELLO_MS / 1000);
		r = cf_offices_poll(w, CF_POLL_STEP_MS, err);
		if (r)
			return r;
	}
}

/* --- acknowledgements, state --------------------------------------------- */

/* Delivery @place was offered on the present connection and not acknowledged. */
int cf_world_acks(struct cf_world *w, size_t office, bool withhold, struct osci_err *err)
{
	int r = 0;

	if (!cf_offices_ours(w))
		return osci_fail(err, OSCI_E_STATE, NULL, "bus", "the office is not played by the runner");
	if (office >= w->n_offices)
		return osci_fail(err, OSCI_E_USAGE, NULL, "bus", "no such office");
	w->offices[office].withhold = withhold;
	for (size_t i = 0; !r && !withhold && i < w->n_events; i++) {
		const struct cf_event *e = &w->events[i];

		if (e->at == CF_AT_OFFICE && e->office == office && e->delivery[0] && e->first == i && !e->acked)
			r = send_ack(w, office, i, err);
	}
	return r;
}

static int ask_state(struct cf_world *w, struct cf_party *o, const char *bus_id, struct osci_err *err)
{
	int64_t end = osci_clock_mono_ms() + CF_ASK_MS;
	json_t *question = json_pack("{s:s, s:s}", "office", o->key, "id", bus_id);
	int r = question ? 0 : -ENOMEM;

	json_decref(o->state);
	o->state = NULL;
	o->state_error[0] = '\0';
	if (!r)
		r = xgw_frames_send(o->socket, "STATUS", question, NULL, 0, err);
	json_decref(question);
	while (!r && !o->state && !o->state_error[0]) {
		if (osci_clock_mono_ms() >= end)
			return osci_fail(err, OSCI_E_NETWORK, NULL, "bus", "the gateway does not say how far a request is");
		r = cf_offices_poll(w, CF_POLL_STEP_MS, err);
	}
	return r;
}

/* Without a client of our own: what the operator would see. */
static int show_state(struct cf_world *w, const struct cf_party *o, const char *bus_id, char ret[24], struct osci_err *err)
{
	const char *const argv[] = { w->site->programs[CF_PROG_XAUSL], "journal", "--config", w->daemons[CF_GATEWAY].config,
				     "--json", "--office", o->key, "--request", bus_id, NULL };
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(CF_TOOL_MAX);
	json_t *row;
	int r = cf_run(argv, w->dir, w->site->env, CF_TOOL_MS, false, &out, err);

	if (r)
		return r == OSCI_E_STATE ? OSCI_E_EMPTY : r;
	row = out.data ? json_loads((const char *)out.data, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	snprintf(ret, 24, "%s", cf_text(row, "state"));
	json_decref(row);
	return ret[0] ? 0 : OSCI_E_EMPTY;
}

int cf_world_state(struct cf_world *w, size_t office, const char *bus_id, char ret[24], struct osci_err *err)
{
	struct cf_party *o;
	int r;

	if (w->foreign == CF_FOREIGN_GATEWAY)
		return osci_fail(err, OSCI_E_STATE, NULL, "gateway", "is not ours: its journal cannot be seen");
	if (office >= w->n_offices)
		return osci_fail(err, OSCI_E_USAGE, NULL, "bus", "no such office");
	o = &w->offices[office];
	if (w->foreign == CF_FOREIGN_OFFICE)
		return show_state(w, o, bus_id, ret, err);
	r = ask_state(w, o, bus_id, err);
	if (r)
		return r;
	if (!o->state)
		return strcmp(o->state_error, "unknown_request") == 0 ?
			       OSCI_E_EMPTY : osci_fail(err, OSCI_E_STATE, NULL, "bus", "STATUS: %s", o->state_error);
	snprintf(ret, 24, "%s", cf_text(o->state, "state"));
	return 0;
}
