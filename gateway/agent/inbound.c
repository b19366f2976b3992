/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbound - from the raw octets in the journal to a delivery for the office
 *
 * Works from the journal alone, so that a restart goes on where the process died.  A message that
 * cannot be delivered gets a status and an operator event and is kept; it never stops the next one.
 * State, delivery and status change in one transaction.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <osci/message.h>
#include "base/buf.h"
#include "base/log.h"
#include "gateway.h"


struct incoming {
	struct xgw *g;
	const struct xgw_office *office;
	struct xgw_inbound *row;
	struct osci_message *message;
	struct osci_contents *contents;
	const struct osci_content_item *item;
	const struct xausl_release *release;
	json_t *json;                 /* envelope and fields */
	struct xgw_request *request;  /* the one named by ausloeserUUID */
	struct xgw_request *root;     /* first of the dialogue; may be @request */
	const struct xgw_answer *answer;
};

/* Why it is not delivered; zero = it is. */
struct verdict {
	const char *status;   /* "rejected", "unassigned", "repeated" */
	const char *standard; /* code of the standard, or "" */
	struct osci_err cause;
};

static int reject(struct verdict *v, const char *status, const char *standard, const char *what)
{
	v->status = status;
	v->standard = standard;
	if (!v->cause.what[0])
		osci_fail(&v->cause, OSCI_E_MALFORMED, NULL, "inbound", "%s", what);
	return 0;
}

static const char *code_of(int result)
{
	switch (result) {
	case OSCI_E_UNSIGNED:
		return "T010";
	case OSCI_E_SIGNATURE:
		return "T011";
	case OSCI_E_UNTRUSTED:
		return "T002";
	case OSCI_E_NO_KEY:
		return "T080"; /* encrypted for someone else: a stray */
	case OSCI_E_DECRYPT:
		return "T020";
	default:
		return "T099";
	}
}

static const char *text_at(const json_t *json, const char *object, const char *name)
{
	const json_t *o = object ? json_object_get(json, object) : json;
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static int open_message(struct incoming *in, struct verdict *v)
{
	const struct xgw_config *c = in->g->conf;
	struct osci_open_opts opts = {
		.limits = &in->g->limits,
		.policy = { .require_signature = true, .require_encryption = true, .algorithms = c->algorithms },
		.keys = (struct osci_key **)in->office->cipher,
		.n_keys = in->office->n_cipher,
		.trust = c->order_trust,
		.signer = c->intermediary_sign,
		.now = in->row->fetched / 1000,
	};
	bool pinned = false;
	int r;

	r = osci_open(&in->message, in->row->raw, in->row->raw_len, &opts, &v->cause);
	if (r)
		return r < 0 ? r : reject(v, "rejected", code_of(r), "");
	opts.policy.require_content_signature = true;
	opts.trust = c->content_trust;
	opts.signer = NULL;
	r = osci_contents_open(&in->contents, in->message, &opts, &v->cause);
	if (r)
		return r < 0 ? r : reject(v, "rejected", code_of(r), "");
	if (in->contents->n_items != 1 || in->contents->n_attachments)
		return reject(v, "rejected", "T099", "exactly one content is expected");
	in->item = &in->contents->items[0];
	if (!in->item->readable || !in->item->data)
		return reject(v, "rejected", "T080", "encrypted for another reader");
	for (size_t i = 0; i < in->item->n_signatures; i++)
		if (in->item->signatures[i].cert && osci_cert_equal(in->item->signatures[i].cert, c->bamf_sign))
			pinned = true;
	if (!pinned)
		return reject(v, "rejected", "T070", "not signed by the partner");
	return 0;
}

static int read_message(struct incoming *in, struct verdict *v)
{
	_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
	const struct xausl_check_opts opts = { .limits = &in->g->limits };
	const struct xausl *x = in->g->conf->schemas;
	bool accepted;
	int r;

	r = xausl_validate(&report, x, &opts, in->item->data, in->item->len, &v->cause);
	if (r)
		return r < 0 ? r : reject(v, "rejected", "X000", "");
	in->release = report->release[0] ? xausl_release_find(x, report->release) : NULL;
	/* Messages of a base module have versions of their own: whichever release has them, they are of none. */
	accepted = !in->release || strcmp(report->version, report->release) ||
		   xgw_release_accepted(in->g, in->release, in->row->fetched);
	if (report->verdict != XAUSL_VALID) {
		const char *code = report->n_findings ? report->findings[0].standard_code : "";

		if (report->n_findings)
			osci_fail(&v->cause, OSCI_E_MALFORMED, NULL, report->findings[0].path, "%s", report->findings[0].what);
		if (!accepted)
			code = "V000";
		else if (!code || !code[0])
			code = "X001";
		/* The report goes with this function; the codes that are written stay. */
		if (!strcmp(code, "V000"))
			return reject(v, "rejected", "V000", "release not accepted");
		if (!strcmp(code, "X000"))
			return reject(v, "rejected", "X000", "not well-formed");
		if (!strcmp(code, "S011"))
			return reject(v, "rejected", "S011", "unknown code");
		if (!strcmp(code, "S010"))
			return reject(v, "rejected", "S010", "unknown code list");
		return reject(v, "rejected", "X001", "not valid");
	}
	if (!accepted)
		return reject(v, "rejected", "V000", "release not accepted");
	if (!in->release)
		in->release = xausl_release_at(x, in->row->fetched);
	if (!in->release)
		return reject(v, "rejected", "V000", "no release in force");
	r = xausl_read(&in->json, in->release, in->item->data, in->item->len, &in->g->limits, &v->cause);
	if (r)
		return r < 0 ? r : reject(v, "rejected", "X001", "");
	return 0;
}

static int find_request(struct incoming *in, struct verdict *v)
{
	const char *trigger = text_at(in->json, NULL, "trigger");
	int r;

	if (strcmp(text_at(in->json, "reader", "key"), in->office->party.key))
		return reject(v, "rejected", "T080", "the reader is another office");
	if (strcmp(text_at(in->json, "author", "key"), in->g->conf->bamf.key))
		return reject(v, "rejected", "T070", "the author is not the partner");
	in->answer = xgw_answer_find(text_at(in->json, NULL, "message"));
	if (!in->answer)
		return reject(v, "rejected", "T080", "no message an office receives");
	if (!trigger[0])
		return reject(v, "unassigned", "", "ausloeserUUID is missing");
	r = xgw_journal_by_uuid(in->g->journal, in->office->party.key, trigger, &in->request, &v->cause);
	if (r == OSCI_E_EMPTY)
		return reject(v, "unassigned", "", "no request of this office has this UUID");
	if (r)
		return r;
	if (!xgw_answer_fits(in->answer, in->request->message))
		return reject(v, "unassigned", "", "no answer to such a request");
	r = xgw_journal_request(in->g->journal, in->request->parent ? in->request->parent : in->request->id, &in->root,
				&v->cause);
	return r;
}

static int check(struct incoming *in, struct verdict *v)
{
	bool seen = false;
	int r;

	r = open_message(in, v);
	if (!r && !v->status)
		r = read_message(in, v);
	if (r || v->status)
		return r;
	r = xgw_journal_seen(in->g->journal, in->office->party.key, text_at(in->json, NULL, "uuid"), &seen, &v->cause);
	if (r)
		return r;
	if (seen)
		return reject(v, "repeated", "S100", "delivered before");
	return find_request(in, v);
}

/* --- writing down what came out ---------------------------------------- */

static int add_delivery(struct incoming *in, struct osci_err *err)
{
	_cleanup_(osci_freep) char *text = NULL;

	json_object_del(in->json, "reader");
	json_object_del(in->json, "trigger");
	if (json_object_set_new(in->json, "request", json_string(in->root->bus_id)) ||
	    json_object_set_new(in->json, "outcome", json_string(in->answer->outcome)))
		return -ENOMEM;
	text = json_dumps(in->json, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	return xgw_journal_add_delivery(in->g->journal, in->root, in->answer->outcome, in->answer->event == XGW_EV_FINAL,
					text, in->item->data, in->item->len, in->row->id, xgw_now(in->g), NULL, err);
}

static int deliver(struct incoming *in, struct osci_err *err)
{
	struct xgw_journal *j = in->g->journal;
	const char *uuid = text_at(in->json, NULL, "uuid");
	enum xgw_event event = in->answer->event;
	int r;

	r = xgw_journal_apply(j, in->root, event, uuid, xgw_now(in->g), NULL, err);
	if (!r && in->request->id != in->root->id && (event == XGW_EV_FINAL || event == XGW_EV_REJECTION))
		r = xgw_journal_apply(j, in->request, event, uuid, xgw_now(in->g), NULL, err);
	if (!r && event == XGW_EV_QUESTION)
		r = xgw_journal_set_question(j, in->root->id, uuid, err);
	if (!r)
		r = add_delivery(in, err);
	return r;
}

static void tell(const struct incoming *in, const struct verdict *v)
{
	char id[32], event[32];

	if (v->status) {
		snprintf(event, sizeof(event), "incoming-%s", v->status);
		osci_log_err(OSCI_LOG_WARN, event, &v->cause, "mailbox", in->office->party.key, "osci_id", in->row->osci_id,
			     "reason", v->standard[0] ? v->standard : NULL, "message",
			     in->json ? text_at(in->json, NULL, "message") : NULL, "uuid",
			     in->json ? text_at(in->json, NULL, "uuid") : NULL, NULL);
		return;
	}
	snprintf(id, sizeof(id), "%lld", (long long)in->root->id);
	osci_log(OSCI_LOG_INFO, "answer-received", "office", in->office->party.key, "request", id, "message",
		 in->answer->number, "outcome", in->answer->outcome, "uuid", text_at(in->json, NULL, "uuid"), "state",
		 xgw_state_name(in->root->state), NULL);
}

static int finish(struct incoming *in, struct verdict *v, struct osci_err *err)
{
	struct xgw_journal *j = in->g->journal;
	const char *uuid = in->json ? text_at(in->json, NULL, "uuid") : "";
	int r;

	r = xgw_journal_begin(j, err);
	if (r)
		return r;
	if (!v->status)
		r = deliver(in, err);
	if (!r)
		r = xgw_journal_inbound_done(j, in->row->id, v->status ? v->status : "delivered", uuid,
					     v->status ? v->standard : "", in->root ? in->root->id : 0, err);
	if (!r)
		r = xgw_journal_commit(j, err);
	if (r) {
		xgw_journal_rollback(j);
		return r;
	}
	tell(in, v);
	if (!v->status && in->g->bus)
		xgw_bus_wake(in->g->bus, in->office->party.key);
	return 0;
}

static void clear(struct incoming *in)
{
	json_decref(in->json);
	xgw_request_freep(&in->request);
	xgw_request_freep(&in->root);
	osci_contents_freep(&in->contents);
	osci_message_freep(&in->message);
}

static int process(struct xgw *g, const struct xgw_office *office, struct xgw_inbound *row, struct osci_err *err)
{
	struct incoming in = { .g = g, .office = office, .row = row };
	struct verdict v = { .status = NULL, .standard = "" };
	int r;

	r = check(&in, &v);
	if (r < 0) {
		/* Our own trouble, not the message's: it stays new and is tried again; the next one has its turn. */
		osci_log_err(OSCI_LOG_ERROR, "incoming-waiting", &v.cause, "mailbox", office->party.key, "osci_id",
			     row->osci_id, NULL);
		clear(&in);
		return 0;
	}
	if (r > 0)
		r = reject(&v, "rejected", "T099", "cannot be processed");
	if (!r)
		r = finish(&in, &v, err);
	clear(&in);
	return r;
}

int xgw_inbound(struct xgw *g, const struct xgw_office *office, struct osci_err *err)
{
	int64_t after = 0;

	for (;;) {
		_cleanup_(xgw_inbound_freep) struct xgw_inbound *row = NULL;
		const struct xgw_office *o;
		int r;

		r = xgw_journal_next_inbound(g->journal, office ? office->party.key : NULL, after, &row, err);
		if (r)
			return r == OSCI_E_EMPTY ? 0 : r;
		after = row->id;
		o = xgw_config_office(g->conf, row->office);
		if (!o || !o->n_cipher)
			continue; /* kept until the office is configured again */
		r = process(g, o, row, err);
		if (r)
			return r;
	}
}
