/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cards - asks for process cards (Laufzettel) in one explicit dialog
 *
 * A card counts only in a signed answer; where MessageIds were asked for, a card of any other delivery is a lie.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialog/seq.h"

enum phase { INIT, CARDS, EXIT };

struct osci_card_query {
	struct osci_seq seq;
	struct osci_selection selection;
	struct osci_message *answer;
};

static struct osci_card_query *query(struct osci_seq *q)
{
	return (struct osci_card_query *)q;
}

void osci_card_query_freep(struct osci_card_query **pq)
{
	struct osci_card_query *c = *pq;

	if (!c)
		return;
	osci_seq_clear(&c->seq);
	osci_selection_clear(&c->selection);
	osci_message_freep(&c->answer);
	free(c);
	*pq = NULL;
}

static bool asked_for(const struct osci_selection *s, const char *id)
{
	size_t i;

	if (s->kind != OSCI_SELECT_MESSAGE_ID)
		return true;
	for (i = 0; i < s->n_message_ids; i++)
		if (!strcmp(s->message_ids[i], id))
			return true;
	return false;
}

static int got_cards(struct osci_card_query *c, struct osci_message **pm)
{
	const char *verdict = osci_message_verdict(*pm);
	size_t i;

	if (!osci_verdict_good(verdict) && strcmp(verdict, "9804"))
		return osci_seq_refused(&c->seq, *pm, verdict);
	for (i = 0; i < (*pm)->n_cards; i++)
		if (!asked_for(&c->selection, (*pm)->cards[i].message_id))
			return osci_fail(&c->seq.err, OSCI_E_DIALOG, NULL, "osci:ProcessCardBundle",
					 "card of a delivery that was not asked for");
	if (osci_verdict_good(verdict)) {
		c->answer = *pm;
		*pm = NULL;
	}
	return osci_seq_simple(&c->seq, OSCI_EXIT_DIALOG, EXIT);
}

static int take(struct osci_seq *q, struct osci_message **pm, struct osci_blob *body)
{
	struct osci_draft draft = { .type = OSCI_FETCH_PROCESS_CARD, .selection = query(q)->selection };

	(void)body;
	switch ((enum phase)q->phase) {
	case INIT:
		if (!osci_client_in_dialog(q->client))
			return osci_seq_refused(q, *pm, osci_message_verdict(*pm));
		return osci_seq_request(q, &draft, CARDS);
	case CARDS: return got_cards(query(q), pm);
	case EXIT:
		osci_seq_show(q, OSCI_STEP_DONE);
		return 0;
	}
	return OSCI_E_STATE;
}

/* The cards are here. */
static bool settled(const struct osci_seq *q)
{
	return q->phase == EXIT;
}

static const struct osci_seq_ops ops = { .name = "card query", .take = take, .settled = settled };

int osci_card_query_new(struct osci_card_query **ret, const struct osci_client_conf *conf,
			const struct osci_selection *selection, struct osci_err *err)
{
	_cleanup_(osci_card_query_freep) struct osci_card_query *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	r = osci_seq_init(&c->seq, &ops, conf);
	if (!r)
		r = osci_selection_copy(&c->selection, selection);
	if (!r)
		r = osci_seq_simple(&c->seq, OSCI_INIT_DIALOG, INIT);
	if (r)
		return osci_seq_fail(&c->seq, r, err);
	*ret = c;
	c = NULL;
	return 0;
}

struct osci_seq *osci_card_query_seq(struct osci_card_query *q)
{
	return &q->seq;
}

const struct osci_card *osci_card_query_cards(const struct osci_card_query *q, size_t *ret_n)
{
	bool done = q->seq.step == OSCI_STEP_DONE && q->answer;

	*ret_n = done ? q->answer->n_cards : 0;
	return done ? q->answer->cards : NULL;
}

bool osci_card_query_more(const struct osci_card_query *q)
{
	return q->answer && osci_feedback_has(q->answer->feedback, q->answer->n_feedback, "3801");
}
