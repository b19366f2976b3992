/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send - one queued request to the intermediary
 *
 * The MessageId is committed before StoreDelivery goes out; an attempt that ends without an answer
 * is repeated with the same id, process card first.  What the intermediary refuses for good is held.  What was made in
 * another release than the one to be sent now goes through change.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"
#include "main/testpoints.h"

#define WAIT_MS 1000 /* a clock in doubt is looked at so often */

static void go(struct xgw_line *l);

/* Codes after which the same order may succeed later. */
static bool passing(const char *feedback)
{
	static const char *const codes[] = { "9000", "9400", "9503", "9603", "9710", "9809", "9811" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!strcmp(codes[i], feedback))
			return true;
	return false;
}

static bool permanent(const struct osci_err *e)
{
	return (e->code == OSCI_E_FEEDBACK || e->code == OSCI_E_FAULT) && e->feedback[0] && !passing(e->feedback);
}

/* The journal failed: nothing may go on as if it had been written. */
static void broken(struct xgw_line *l, const struct osci_err *e)
{
	line_failed(l, "journal-failed", e);
}

static void failed(struct xgw_line *l, const struct osci_err *cause)
{
	struct osci_err e = { 0 };
	char text[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX + 16];
	int r = 0;

	if (!strcmp(cause->feedback, "9801") && l->request->osci_id[0]) {
		/* No card of this id, and the id is not taken: it was never stored.  A new one is asked for. */
		r = xgw_journal_set_osci_id(l->g->journal, l->request, "", &e);
	} else if (permanent(cause)) {
		snprintf(text, sizeof(text), "the intermediary refused the message with code %s", cause->feedback);
		r = xgw_hold(l->g, l->request, !strncmp(cause->feedback, "97", 2) || !strncmp(cause->feedback, "95", 2) ?
			     "certificate" : "intermediary", text, NULL, &e);
		if (!r) {
			line_done(l);
			return;
		}
	}
	if (!r)
		r = xgw_journal_attempt_failed(l->g->journal, l->request->id, osci_err_text(cause, text, sizeof(text)), &e);
	if (r)
		broken(l, &e);
	else
		line_failed(l, "send-failed", cause);
}

static void answered(void *arg, int result, long status, const void *body, size_t len, const struct osci_err *err)
{
	struct xgw_line *l = arg;

	l->exchange = 0;
	if (result) {
		failed(l, err);
		return;
	}
	if (l->storing)
		xgw_testpoint("after-store-post");
	/* What the input says is what step() shows next. */
	(void)osci_sender_input(l->sender, body, len, xgw_now(l->g) / 1000, NULL);
	go(l);
}

static int save_id(struct xgw_line *l, struct osci_err *err)
{
	int r = xgw_journal_set_osci_id(l->g->journal, l->request, osci_sender_message_id(l->sender), err);

	if (r)
		return r;
	xgw_testpoint("after-message-id");
	l->storing = true;
	return osci_sender_continue(l->sender, err);
}

static void done(struct xgw_line *l)
{
	const struct osci_card *card = osci_sender_card(l->sender);
	struct osci_err e = { 0 };
	int r;

	xgw_testpoint("after-store-answer");
	r = xgw_proof(l->g, l->request, card && card->reception, l->request->osci_id, &e);
	if (r)
		broken(l, &e);
	else
		line_done(l);
}

static void go(struct xgw_line *l)
{
	struct osci_err e = { 0 };
	const unsigned char *out;
	size_t len;

	for (;;) {
		int r;

		switch (osci_sender_step(l->sender)) {
		case OSCI_STEP_POST:
			out = osci_sender_output(l->sender, &len);
			r = line_post(l, out, len, answered, &e);
			if (r)
				failed(l, &e);
			return;
		case OSCI_STEP_SAVE_ID:
			r = save_id(l, &e);
			if (r < 0) {
				broken(l, &e);
				return;
			}
			break;
		case OSCI_STEP_DONE:
			done(l);
			return;
		default:
			failed(l, osci_sender_error(l->sender));
			return;
		}
	}
}

/* What cannot even be tried; if that cannot be written down, the line waits as after any failure. */
static int hold(struct xgw_line *l, const char *code, const char *text, struct osci_err *err)
{
	int r = xgw_hold(l->g, l->request, code, text, NULL, err);

	if (!r)
		line_done(l);
	return r;
}

struct situation {
	bool usable;
	const struct xausl_release *release;
	enum xausl_send_reason why;
};

static struct situation look(const struct xgw_line *l, const struct xgw_request *parent, int64_t now)
{
	struct osci_err cause = { 0 };
	struct situation s = { .usable = !xgw_office_usable(l->office, now, &cause), .why = XAUSL_SEND_CALENDAR };

	s.release = xgw_release_to_send(l->g, l->partner, parent, now, &s.why);
	return s;
}

/* The one way out. */
int line_store(struct xgw_line *l, struct osci_err *err)
{
	struct osci_err cause = { 0 };
	const struct osci_delivery delivery = {
		.addressee = l->partner->cipher,
		.data = l->request->xml,
		.len = l->request->xml_len,
		.author = l->office->sign,
	};
	int r;

	l->waits = false;
	r = osci_sender_new(&l->sender, &l->conf, &delivery, l->request->osci_id[0] ? l->request->osci_id : NULL, &cause);
	if (r) {
		failed(l, &cause);
		return r == -ENOMEM ? r : 0;
	}
	go(l);
	return 0;
}

int line_send(struct xgw_line *l, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *parent = NULL;
	struct xgw *g = l->g;
	struct situation s, believed;
	bool held = false;
	int r;

	r = xgw_journal_next_queued(g->journal, l->office->party.key, &l->request, err);
	if (!r && l->request->parent)
		r = xgw_journal_request(g->journal, l->request->parent, &parent, err);
	if (r)
		return r;
	l->partner = xgw_config_partner(g->conf, l->request->partner);
	if (!l->partner)
		return hold(l, "partner", "its reader is not configured any more", err);
	s = look(l, parent, xgw_now(g));
	if (xgw_in_doubt(g)) {
		believed = look(l, parent, xgw_believed(g));
		if (s.usable != believed.usable || (s.release != believed.release && !l->request->rejects))
			return line_wait(l, "the clock is in doubt", WAIT_MS);
	}
	if (!s.usable)
		return hold(l, "certificate", "a certificate or key of this office cannot be used", err);
	if (l->request->rejects) /* its versions are none of the calendar */
		return line_store(l, err);
	/* With a MessageId it may be stored already: that is found out first, whatever the calendar says. */
	if (s.release && !strcmp(xausl_release_version(s.release), l->request->release)) {
		r = l->request->osci_id[0] ? 0 : line_superseded(l, &held, err);
		return r || held ? r : line_store(l, err);
	}
	l->release = s.release;
	l->why = s.why;
	return line_change(l, err);
}
