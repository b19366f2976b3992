/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card - has the partner fetched what we stored?
 *
 * Process cards of a batch of MessageIds.  The sequence takes none of another MessageId, and none in an answer that
 * the intermediary has not signed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"

static int take(struct xgw_line *l, struct osci_err *err)
{
	size_t n;
	const struct osci_card *cards = osci_card_query_cards(l->cards, &n);

	for (size_t i = 0; i < n; i++) {
		const struct osci_card *card = &cards[i];

		for (size_t k = 0; card->reception && card->message_id && k < l->n_cards; k++) {
			_cleanup_(xgw_request_freep) struct xgw_request *r = NULL;
			int e;

			if (strcmp(card->message_id, l->card_osci_ids[k]))
				continue;
			e = xgw_journal_request(l->g->journal, l->card_ids[k], &r, err);
			if (!e && r->state == XGW_STORED)
				e = xgw_proof(l->g, r, true, card->message_id, err);
			if (e)
				return e;
		}
	}
	return 0;
}

static void go(struct xgw_line *l);

static void answered(void *arg, int result, long status, const void *body, size_t len, const struct osci_err *err)
{
	struct xgw_line *l = arg;

	l->exchange = 0;
	if (result) {
		line_failed(l, l->cards_event, err);
		return;
	}
	(void)osci_seq_input(osci_card_query_seq(l->cards), body, len, xgw_now(l->g) / 1000, NULL);
	go(l);
}

static void go(struct xgw_line *l)
{
	struct osci_seq *q = osci_card_query_seq(l->cards);
	struct osci_err e = { 0 };
	const unsigned char *out;
	size_t len;

	switch (osci_seq_step(q)) {
	case OSCI_STEP_POST:
		out = osci_seq_output(q, &len);
		if (line_post(l, out, len, answered, &e))
			line_failed(l, l->cards_event, &e);
		return;
	case OSCI_STEP_DONE:
		l->cards_seen(l);
		return;
	default:
		e = *osci_seq_error(q);
		line_failed(l, l->cards_event, &e);
		return;
	}
}

int line_ask_cards(struct xgw_line *l, const char *const *ids, size_t n, const char *event,
		   void (*seen)(struct xgw_line *l))
{
	struct osci_err cause = { 0 };
	int r;

	l->cards_event = event;
	l->cards_seen = seen;
	r = osci_card_query_new(&l->cards, &l->conf,
				&(struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .n_message_ids = n, .message_ids = ids },
				&cause);
	if (r) {
		line_failed(l, event, &cause);
		return r == -ENOMEM ? r : 0;
	}
	go(l);
	return 0;
}

static void seen(struct xgw_line *l)
{
	struct osci_err e = { 0 };

	if (take(l, &e))
		line_failed(l, "journal-failed", &e);
	else
		line_done(l);
}

int line_cards(struct xgw_line *l, struct osci_err *err)
{
	int64_t before = xgw_now(l->g) - l->office->poll_ms;
	size_t n = 0;
	int r;

	r = xgw_journal_cards(l->g->journal, l->office->party.key, before, l->card_after, l->card_ids, XGW_CARDS_MAX, &n, err);
	if (r)
		return r;
	l->card_after = n == XGW_CARDS_MAX ? l->card_ids[n - 1] : 0;
	if (!n)
		return OSCI_E_EMPTY;
	for (size_t i = 0; i < n; i++) {
		_cleanup_(xgw_request_freep) struct xgw_request *req = NULL;

		r = xgw_journal_request(l->g->journal, l->card_ids[i], &req, err);
		if (r)
			return r;
		l->card_osci_ids[i] = req->osci_id;
		req->osci_id = NULL;
		l->n_cards++;
	}
	return line_ask_cards(l, (const char *const *)l->card_osci_ids, l->n_cards, "cards-failed", seen);
}
