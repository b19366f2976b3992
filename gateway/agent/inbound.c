/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbound - from the raw octets in the journal to a delivery for the office
 *
 * Works from the journal alone, so that a restart goes on where the process died.  A message that
 * cannot be delivered gets a status and an operator event and is kept; it never stops the next one.
 * State, delivery, Rückweisung and status change in one transaction.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incoming.h"
#include "base/buf.h"
#include "base/log.h"
#include "main/testpoints.h"

static int add_delivery(struct incoming *in, struct osci_err *err)
{
	bool final = in->root && in->event == XGW_EV_FINAL;
	_cleanup_(osci_freep) char *text = NULL;

	json_object_del(in->json, "reader");
	json_object_del(in->json, "original_xml"); /* it is in the XML; the frame of JSON is for fields */
	if (in->root)
		json_object_del(in->json, "trigger");
	if ((in->root && json_object_set_new(in->json, "request", json_string(in->root->bus_id))) ||
	    json_object_set_new(in->json, "outcome", json_string(in->outcome)))
		return -ENOMEM;
	text = json_dumps(in->json, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	return xgw_journal_add_delivery(in->g->journal, in->office->party.key, in->root, in->outcome, final, text, in->xml,
					in->xml_len, in->row->id, xgw_now(in->g), NULL, err);
}

static int deliver(struct incoming *in, struct osci_err *err)
{
	struct xgw_journal *j = in->g->journal;
	const char *uuid = incoming_text(in->json, NULL, "uuid");
	int r = 0;

	if (in->root)
		r = xgw_journal_apply(j, in->root, in->event, uuid, xgw_now(in->g), NULL, err);
	if (!r && in->request && in->request->id != in->root->id &&
	    (in->event == XGW_EV_FINAL || in->event == XGW_EV_REJECTION))
		r = xgw_journal_apply(j, in->request, in->event, uuid, xgw_now(in->g), NULL, err);
	if (!r && in->root && in->event == XGW_EV_QUESTION)
		r = xgw_journal_set_question(j, in->root->id, uuid, err);
	/* What is said of a Rückweisung of ours is for the operator. */
	if (!r && !(in->root && in->root->rejects))
		r = add_delivery(in, err);
	return r;
}

static void tell(const struct incoming *in, const struct verdict *v)
{
	const char *partner = in->partner ? in->partner->party.key : NULL;
	char id[32], event[32];

	if (v->status) {
		snprintf(event, sizeof(event), "incoming-%s", v->status);
		osci_log_err(OSCI_LOG_WARN, event, &v->cause, "mailbox", in->office->party.key, "osci_id", in->row->osci_id,
			     "partner", partner, "reason", verdict_code(v)[0] ? verdict_code(v) : NULL, "message",
			     in->json ? incoming_text(in->json, NULL, "message") : NULL, "uuid",
			     in->json ? incoming_text(in->json, NULL, "uuid") : NULL, NULL);
		if (in->rejection[0])
			osci_log(OSCI_LOG_WARN, "rejection-queued", "office", in->office->party.key, "partner", partner, "uuid",
				 in->rejection, "reason", verdict_code(v), NULL);
		return;
	}
	snprintf(id, sizeof(id), "%lld", in->root ? (long long)in->root->id : 0);
	osci_log(in->root && in->root->rejects ? OSCI_LOG_WARN : OSCI_LOG_INFO,
		 in->root && in->root->rejects ? "rejection-answered" : "answer-received", "office", in->office->party.key,
		 "request", in->root ? id : NULL, "message", incoming_text(in->json, NULL, "message"), "outcome", in->outcome,
		 "partner", partner, "uuid", incoming_text(in->json, NULL, "uuid"), "state",
		 in->root ? xgw_state_name(in->root->state) : NULL, NULL);
}

/* What the verdict says, in the caller's transaction. */
static int write_down(struct incoming *in, struct verdict *v, struct osci_err *err)
{
	const struct xgw_inbound_result result = {
		.status = v->status ? v->status : "delivered",
		.uuid = incoming_text(in->json, NULL, "uuid"),
		.code = verdict_code(v),
		.partner = in->partner ? in->partner->party.key : "",
		.content = in->content,
		.request = in->root ? in->root->id : 0,
	};
	int r = 0;

	if (!v->status || in->outcome)
		r = deliver(in, err);
	else if (!strcmp(v->status, "rejected"))
		r = incoming_reject(in, v, err);
	if (r && r != OSCI_E_EMPTY)
		return r;
	return xgw_journal_inbound_done(in->g->journal, in->row->id, &result, err);
}

static int finish(struct incoming *in, struct verdict *v, struct osci_err *err)
{
	struct xgw_journal *j = in->g->journal;
	int r;

	r = xgw_journal_begin(j, err);
	if (r)
		return r;
	r = write_down(in, v, err);
	if (!r)
		r = xgw_journal_commit(j, err);
	if (r) {
		xgw_journal_rollback(j);
		return r;
	}
	tell(in, v);
	if (in->rejection[0]) {
		xgw_testpoint("after-reject-commit");
		if (in->g->agent)
			xgw_agent_wake(in->g->agent, in->office);
	}
	if ((!v->status || in->outcome) && in->g->bus)
		xgw_bus_wake(in->g->bus, in->office->party.key);
	return 0;
}

static void clear(struct incoming *in, struct verdict *v)
{
	json_decref(v->reasons);
	json_decref(in->json);
	free(in->inside);
	xausl_head_freep(&in->head);
	xgw_request_freep(&in->request);
	xgw_request_freep(&in->root);
	osci_contents_freep(&in->contents);
	osci_message_freep(&in->message);
}

static int process(struct xgw *g, const struct xgw_office *office, struct xgw_inbound *row, struct osci_err *err)
{
	struct incoming in = { .g = g, .office = office, .row = row, .event = XGW_EV_NOTICE };
	struct verdict v = { .status = NULL };
	int r;

	r = incoming_check(&in, &v);
	if (r < 0) {
		/* Our own trouble, not the message's: it stays new and is tried again; the next one has its turn. */
		osci_log_err(OSCI_LOG_ERROR, "incoming-waiting", &v.cause, "mailbox", office->party.key, "osci_id",
			     row->osci_id, NULL);
		clear(&in, &v);
		return 0;
	}
	if (r > 0) {
		v.silent = true;
		in.outcome = NULL;
		r = verdict_reason(&v, "T099", NULL, "cannot be processed");
	}
	if (!r)
		r = finish(&in, &v, err);
	clear(&in, &v);
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
