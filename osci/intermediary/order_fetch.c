/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order_fetch - FetchDelivery and FetchProcessCard
 *
 * A delivery handed out stays in its mailbox until the next order of the same dialog proves that the
 * client has read the answer.  A client sees the deliveries addressed to its cipher certificate, and the cards
 * of what it sent or was sent.
 */
#include "intermediary/faults.h"
#include "intermediary/service.h"

int im_order_fetch_delivery(struct im_order *o, struct osci_err *err)
{
	struct im_delivery *d;
	bool more;
	int r;

	o->a->draft.selection = o->m->selection;
	r = im_store_fetch(&o->s->store, o->client, &o->m->selection, o->now, &o->a->pool, &d, &more, err);
	if (r == OSCI_E_EMPTY) {
		im_answer_feedback(o->a, "9803");
		return 0;
	}
	if (!r)
		r = im_answer_delivery(o->a, d, err);
	if (r)
		return r;
	if (more)
		im_answer_feedback(o->a, "3800");
	if (!o->tamper->duplicate)
		o->dialog->pending = d->card.seq;
	return 0;
}

int im_order_fetch_process_card(struct im_order *o, struct osci_err *err)
{
	const struct osci_selection *sel = &o->m->selection;
	size_t max = o->s->set->cards_max, n;
	struct im_card *cards;
	bool more;
	int r;

	if (sel->limit && sel->limit < max)
		max = (size_t)sel->limit;
	o->a->draft.selection = *sel;
	r = im_store_cards(&o->s->store, o->client, sel, max, &o->a->pool, &cards, &n, &more, err);
	if (r == OSCI_E_EMPTY) {
		im_answer_feedback(o->a, "9804");
		return 0;
	}
	if (r)
		return r;
	if (more)
		im_answer_feedback(o->a, "3801");
	return im_answer_cards(o->a, cards, n, IM_SHOW_FORWARDING | IM_SHOW_RECEPTION, err);
}
