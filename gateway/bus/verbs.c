/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verbs - what an office may say, and the answers
 *
 * Every verb names its office, and the CURVE key of the sender must be listed for that
 * office: authority hangs on the key of the very message, not on an earlier one.  Answers go out after the
 * journal has committed what they say.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "bus/bus.h"
#include "main/testpoints.h"

#define ID_MAX 128
#define TEXT_MAX 200
#define NAME_MAX_MEMBER 64
#define AUTO_ROUTE 5 /* routing ids libzmq makes: a zero octet and four more */

static int reply(struct xgw_bus *b, const struct xgw_frame *f, const char *verb, json_t *json)
{
	int r = json ? xgw_frame_send(b->router, f->route, f->route_len, verb, json, NULL, 0) : -ENOMEM;

	json_decref(json);
	/* Gone or not reading: it will ask again, and gets the same answer. */
	return r > 0 ? 0 : r;
}

static int refuse(struct xgw_bus *b, const struct xgw_frame *f, const char *code, const char *text)
{
	const char *id = json_string_value(json_object_get(f->json, "id"));

	if (!id)
		id = json_string_value(json_object_get(f->json, "delivery"));
	return reply(b, f, "ERROR", json_pack("{s:s, s:s, s:s*}", "code", code, "text", text, "id", id));
}

struct field {
	const char *name;
	bool required;
	size_t max; /* octets */
};

/* Others are foreign content and are not repeated. */
static bool looks_like_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n && n <= NAME_MAX_MEMBER && !s[n];
}

/* Only these members, texts, not longer than allowed. NULL or the code of the error; @text says what. */
static const char *check_fields(const json_t *json, const struct field *fields, bool closed, char *text, size_t size)
{
	const struct field *f;
	const char *key;
	json_t *value;

	for (f = fields; f->name; f++) {
		value = json_object_get(json, f->name);
		if (!value && !f->required)
			continue;
		if (!json_is_string(value) || !json_string_length(value) || json_string_length(value) > f->max) {
			snprintf(text, size, "%s: text of 1 to %zu octets expected", f->name, f->max);
			return "wrong_type";
		}
	}
	if (!closed)
		return NULL;
	json_object_foreach((json_t *)json, key, value) {
		for (f = fields; f->name && strcmp(f->name, key); f++)
			;
		if (!f->name) {
			snprintf(text, size, "this verb has no member %s", looks_like_name(key) ? key : "of such a name");
			return "unknown_field";
		}
	}
	return NULL;
}

static const char *member(const struct xgw_frame *f, const char *name)
{
	const char *s = json_string_value(json_object_get(f->json, name));

	return s ? s : "";
}

static int hello(struct xgw_bus *b, struct xgw_frame *f, struct xgw_office *o, struct osci_err *err)
{
	struct xgw_session *s = &b->sessions[o - b->g->conf->offices];
	const struct xausl_release *release = xgw_release_to_send(b->g, b->g->conf->partners, NULL, xgw_now(b->g), NULL);
	char now[64];

	/* A routing id of the client's own choice could be taken over by another client later. */
	if (f->route_len != AUTO_ROUTE || f->route[0])
		return refuse(b, f, "bad_frames", "a connection with a routing id of its own gets no deliveries");
	if (s->route_len != f->route_len || memcmp(s->route, f->route, f->route_len)) {
		memcpy(s->route, f->route, f->route_len);
		s->route_len = f->route_len;
		s->n_flights = 0;
		s->last = 0;
		s->blocked_until = 0;
		osci_log(OSCI_LOG_INFO, "office-connected", "office", o->party.key, NULL);
	}
	s->dirty = true;
	osci_format_datetime_berlin(now, sizeof(now), xgw_now(b->g));
	return reply(b, f, "WELCOME",
		     json_pack("{s:s, s:s, s:s, s:s, s:s}", "office", o->party.key, "gateway", "xausl-gatewayd", "version",
			       XGW_VERSION, "release", release ? xausl_release_version(release) : "", "time", now));
}

static int submit(struct xgw_bus *b, struct xgw_frame *f, struct xgw_office *o, struct osci_err *err)
{
	static const struct field with_fields[] = {
		{ "office", true, ID_MAX }, { "id", true, ID_MAX }, { "user", false, TEXT_MAX },
		{ "message", false, ID_MAX }, { NULL, false, 0 },
	};
	static const struct field with_xml[] = {
		{ "office", true, ID_MAX }, { "id", true, ID_MAX }, { "user", false, TEXT_MAX },
		{ "purpose", false, TEXT_MAX }, { NULL, false, 0 },
	};
	json_t *receipt = NULL;
	const char *code;
	char text[128];
	int r;

	code = check_fields(f->json, f->octets ? with_xml : with_fields, f->octets != NULL, text, sizeof(text));
	if (code)
		return refuse(b, f, code, text);
	if (!osci_id_ok(member(f, "id"), strlen(member(f, "id")), ID_MAX))
		return refuse(b, f, "wrong_type", "id: letters, digits and @._:+/=- expected");
	r = xgw_submit(b->g, o, f->json, f->octets, f->octets_len, &receipt, err);
	if (r == OSCI_E_STATE)
		return refuse(b, f, "busy", "too many requests of this office wait for sending; try again later");
	if (r) {
		osci_log_err(OSCI_LOG_ERROR, "journal-failed", err, "office", o->party.key, NULL);
		return refuse(b, f, "busy", "the gateway cannot record the request now; nothing was taken");
	}
	r = reply(b, f, "RECEIPT", receipt);
	xgw_testpoint("after-accept-reply");
	return r;
}

static int ack(struct xgw_bus *b, struct xgw_frame *f, struct xgw_office *o, struct osci_err *err)
{
	const char *text = member(f, "delivery");
	uint64_t id;
	int r;

	if (osci_parse_u64(text, strlen(text), INT64_MAX, &id))
		return refuse(b, f, "unknown_delivery", "this office has no such delivery");
	r = xgw_journal_ack(b->g->journal, o->party.key, (int64_t)id, xgw_now(b->g), err);
	if (r == OSCI_E_EMPTY)
		return refuse(b, f, "unknown_delivery", "this office has no such delivery");
	if (r) {
		osci_log_err(OSCI_LOG_ERROR, "journal-failed", err, "office", o->party.key, NULL);
		return refuse(b, f, "busy", "the gateway cannot record the acknowledgement now");
	}
	xgw_testpoint("after-ack-commit");
	bus_landed(&b->sessions[o - b->g->conf->offices], (int64_t)id);
	osci_log(OSCI_LOG_INFO, "delivery-acknowledged", "office", o->party.key, "delivery", text, NULL);
	return reply(b, f, "ACKED", json_pack("{s:s}", "delivery", text));
}

static int status(struct xgw_bus *b, struct xgw_frame *f, struct xgw_office *o, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *q = NULL;
	char since[64];
	int r;

	r = xgw_journal_by_bus_id(b->g->journal, o->party.key, member(f, "id"), &q, err);
	if (r == OSCI_E_EMPTY)
		return refuse(b, f, "unknown_request", "this office has no such request");
	if (r) {
		osci_log_err(OSCI_LOG_ERROR, "journal-failed", err, "office", o->party.key, NULL);
		return refuse(b, f, "busy", "the journal cannot be read now");
	}
	osci_format_datetime_berlin(since, sizeof(since), q->since);
	return reply(b, f, "STATE",
		     json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s, s:I, s:s*}", "request", q->bus_id, "state",
			       xgw_state_name(q->state), "message", q->message, "uuid", q->uuid[0] ? q->uuid : NULL,
			       "release", q->release[0] ? q->release : NULL, "since", since, "attempts",
			       (json_int_t)q->attempts, "last_error", q->last_error[0] ? q->last_error : NULL));
}

/* An office this gateway does not know may still be told so in a receipt. */
static int unknown_office(struct xgw_bus *b, struct xgw_frame *f)
{
	const char *id = member(f, "id");

	if (strcmp(f->verb, "SUBMIT") || !id[0])
		return refuse(b, f, "unknown_office", "no such office is configured here");
	return reply(b, f, "RECEIPT",
		     json_pack("{s:s, s:s, s:[{s:s, s:s, s:s}]}", "request", id, "outcome", "rejected-by-gateway", "errors",
			       "field", "office", "code", "unknown_office", "text", "no such office is configured here"));
}

typedef int handler(struct xgw_bus *b, struct xgw_frame *f, struct xgw_office *o, struct osci_err *err);

static const struct field hello_fields[] = { { "office", true, ID_MAX }, { "client", false, TEXT_MAX }, { NULL, false, 0 } };
static const struct field ack_fields[] = { { "office", true, ID_MAX }, { "delivery", true, ID_MAX }, { NULL, false, 0 } };
static const struct field status_fields[] = { { "office", true, ID_MAX }, { "id", true, ID_MAX }, { NULL, false, 0 } };
static const struct field submit_fields[] = { { "office", true, ID_MAX }, { NULL, false, 0 } };

static const struct {
	const char *verb;
	handler *run;
	const struct field *fields;
	bool closed, octets;
} verbs[] = {
	{ "HELLO", hello, hello_fields, true, false },
	{ "SUBMIT", submit, submit_fields, false, true },
	{ "ACK", ack, ack_fields, true, false },
	{ "STATUS", status, status_fields, true, false },
};

static const char *fault_text(const char *code)
{
	if (!strcmp(code, "bad_version"))
		return XGW_PROTOCOL " is spoken here";
	if (!strcmp(code, "bad_json"))
		return "the third frame must be one JSON object in UTF-8 without repeated members";
	if (!strcmp(code, "too_large"))
		return "a frame is larger than allowed";
	if (!strcmp(code, "unknown_verb"))
		return "HELLO, SUBMIT, ACK, STATUS and PING are known";
	return "frames expected: protocol, verb, JSON, and octets with SUBMIT only";
}

int bus_handle(struct xgw_bus *b, struct xgw_frame *f, struct osci_err *err)
{
	struct xgw_office *o;
	const char *code;
	char text[128];
	size_t i;

	if (f->fault)
		return refuse(b, f, f->fault, fault_text(f->fault));
	if (!strcmp(f->verb, "PING"))
		return f->octets ? refuse(b, f, "bad_frames", fault_text("bad_frames")) : reply(b, f, "PONG", json_object());
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && strcmp(verbs[i].verb, f->verb); i++)
		;
	if (i == sizeof(verbs) / sizeof(verbs[0]))
		return refuse(b, f, "unknown_verb", fault_text("unknown_verb"));
	if (f->octets && !verbs[i].octets)
		return refuse(b, f, "bad_frames", fault_text("bad_frames"));
	code = check_fields(f->json, verbs[i].fields, verbs[i].closed, text, sizeof(text));
	if (code)
		return refuse(b, f, code, text);
	o = xgw_config_office(b->g->conf, member(f, "office"));
	if (!o)
		return unknown_office(b, f);
	if (!xgw_office_admits(o, f->key)) {
		osci_log(OSCI_LOG_WARN, "not-authorised", "office", o->party.key, NULL);
		return refuse(b, f, "not_authorised", "the key of this connection is not listed for this office");
	}
	return verbs[i].run(b, f, o, err);
}
