/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card - has the partner fetched what we stored?
 *
 * InitDialog, FetchProcessCard for a batch of MessageIds, ExitDialog.  A card proves
 * reception only for the MessageId it names, in an answer signed by the intermediary.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"

static const enum osci_type orders[] = { OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG };
#define ORDERS (sizeof(orders) / sizeof(orders[0]))

static void order(struct xgw_line *l);

static int take(struct xgw_line *l, const struct osci_message *m, struct osci_err *err)
{
	for (size_t i = 0; i < m->n_cards; i++) {
		const struct osci_card *card = &m->cards[i];

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

static void answered(void *arg, int result, long status, const void *body, size_t len, const struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct xgw_line *l = arg;
	struct osci_err e = { 0 };
	const char *verdict;
	int r;

	l->exchange = 0;
	if (result) {
		line_failed(l, "cards-failed", err);
		return;
	}
	r = osci_client_answer(l->client, body, len, xgw_now(l->g) / 1000, &m, &e);
	if (r) {
		line_failed(l, "cards-failed", &e);
		return;
	}
	verdict = osci_message_verdict(m);
	if (verdict[0] == '9' && strcmp(verdict, "9804")) {
		osci_fail(&e, OSCI_E_FEEDBACK, verdict, osci_type_name(m->type), "refused");
		line_failed(l, "cards-failed", &e);
		return;
	}
	if (orders[l->card_step] == OSCI_FETCH_PROCESS_CARD) {
		r = take(l, m, &e);
		if (r) {
			line_failed(l, "journal-failed", &e);
			return;
		}
	}
	l->card_step++;
	order(l);
}

static void order(struct xgw_line *l)
{
	_cleanup_(osci_freep) unsigned char *out = NULL;
	const char *ids[XGW_CARDS_MAX];
	struct osci_draft draft = { 0 };
	struct osci_err e = { 0 };
	size_t len;
	int r;

	if (l->card_step == ORDERS) {
		line_done(l);
		return;
	}
	draft.type = orders[l->card_step];
	if (draft.type == OSCI_FETCH_PROCESS_CARD) {
		for (size_t i = 0; i < l->n_cards; i++)
			ids[i] = l->card_osci_ids[i];
		draft.selection.kind = OSCI_SELECT_MESSAGE_ID;
		draft.selection.message_ids = ids;
		draft.selection.n_message_ids = l->n_cards;
	}
	r = osci_client_request(l->client, &draft, &out, &len, &e);
	if (!r)
		r = line_post(l, out, len, answered, &e);
	if (r)
		line_failed(l, "cards-failed", &e);
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
	r = osci_client_new(&l->client, &l->conf);
	if (r)
		return r;
	order(l);
	return 0;
}
