/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change - a request that was made in another release than the one that is sent now
 *
 * With a MessageId it may be stored already: its process card is asked for first, and only if the intermediary knows
 * none it is built anew.  What cannot be is held with all that is in the way.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"

static void json_freep(json_t **j)
{
	json_decref(*j);
}

/* Certainly not stored: the MessageId is given up, so that the office may submit it again. */
static int hold(struct xgw_line *l, const char *code, const char *text, const json_t *more, struct osci_err *err)
{
	int r = 0;

	if (l->request->osci_id[0])
		r = xgw_journal_set_osci_id(l->g->journal, l->request, "", err);
	if (!r)
		r = xgw_hold(l->g, l->request, code, text, more, err);
	if (!r)
		line_done(l);
	return r;
}

int line_superseded(struct xgw_line *l, bool *ret_held, struct osci_err *err)
{
	int r = 0;

	*ret_held = false;
	if (l->request->parent)
		r = xgw_journal_superseded(l->g->journal, l->request, ret_held, err);
	if (r || !*ret_held)
		return r;
	return hold(l, "question_answered", "the office has answered this question anew", NULL, err);
}

/* Not stored: builds it anew and sends it, or holds it. */
static int convert(struct xgw_line *l, struct osci_err *err)
{
	_cleanup_(json_freep) json_t *errors = json_array();
	bool held;
	char text[160];
	int r;

	if (!errors)
		return -ENOMEM;
	if (!l->release)
		return line_nothing(l, err);
	r = line_superseded(l, &held, err);
	if (r || held)
		return r;
	r = xgw_convert(l->g, l->office, l->request, l->release, errors, err);
	if (r)
		return r < 0 ? r : -EIO;
	if (!json_array_size(errors))
		return line_store(l, err);
	snprintf(text, sizeof(text), "made in release %s; in %s, which is to be sent now, it cannot be built; submit it again",
		 l->request->release, xausl_release_version(l->release));
	return hold(l, "release_changed", text, errors, err);
}

/* What the partner has announced may pass by itself; the rest needs the operator. */
int line_nothing(struct xgw_line *l, struct osci_err *err)
{
	const struct xgw_partner *p = l->partner;
	char text[160];

	if (l->why == XAUSL_SEND_NOT_ACCEPTED &&
	    xausl_send_changes(l->g->conf->schemas, p->announced, p->n_announced, xgw_now(l->g)))
		return line_wait(l, xausl_send_reason_text(l->why), l->office->poll_ms);
	snprintf(text, sizeof(text), "no release of the standard can be sent now: %s", xausl_send_reason_text(l->why));
	return hold(l, "no_release", text, NULL, err);
}

static void looked(struct xgw_line *l)
{
	struct osci_err e = { 0 };
	size_t n;
	const struct osci_card *cards = osci_card_query_cards(l->cards, &n);

	for (size_t i = 0; i < n; i++) {
		if (!cards[i].message_id || strcmp(cards[i].message_id, l->request->osci_id))
			continue;
		if (xgw_proof(l->g, l->request, cards[i].reception, l->request->osci_id, &e))
			line_failed(l, "journal-failed", &e);
		else
			line_done(l);
		return;
	}
	osci_card_query_freep(&l->cards);
	if (convert(l, &e))
		line_failed(l, "journal-failed", &e);
}

int line_change(struct xgw_line *l, struct osci_err *err)
{
	const char *ids[] = { l->request->osci_id };

	return ids[0][0] ? line_ask_cards(l, ids, 1, "send-failed", looked) : convert(l, err);
}
