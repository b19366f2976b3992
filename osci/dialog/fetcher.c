/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetcher - drains a mailbox in one explicit dialog
 *
 * Each order after a delivery tells the intermediary that the delivery was received (Reception).  So
 * nothing is built between showing a delivery and *_continue(), by which the caller says that
 * it is stored durably; and after an answer that could not be opened nothing is built at all.
 *
 * By card: the process cards of what was not received yet name the deliveries, each is asked for by its id.  That is
 * the only way past a delivery that cannot be opened: what is the oldest does not change, and its id is inside.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialog/seq.h"

enum phase { INIT, CARDS, FETCH, EXIT };

struct osci_fetcher {
	struct osci_seq seq;
	unsigned max, count;
	bool more, asking, started;
	struct osci_selection rule; /* of every FetchDelivery; by card: of the one asked for last */
	bool by_card;
	struct osci_selection skip; /* ids */
	struct osci_selection todo; /* ids, the next one is @at */
	size_t at;
};

static struct osci_fetcher *fetcher(struct osci_seq *q)
{
	return (struct osci_fetcher *)q;
}

void osci_fetcher_freep(struct osci_fetcher **pf)
{
	struct osci_fetcher *f = *pf;

	if (!f)
		return;
	osci_seq_clear(&f->seq);
	osci_selection_clear(&f->rule);
	osci_selection_clear(&f->skip);
	osci_selection_clear(&f->todo);
	free(f);
	*pf = NULL;
}

/* --- orders -------------------------------------------------------------------- */

static int request_exit(struct osci_fetcher *f)
{
	f->asking = false;
	return osci_seq_simple(&f->seq, OSCI_EXIT_DIALOG, EXIT);
}

static int request_cards(struct osci_fetcher *f)
{
	struct osci_draft draft = {
		.type = OSCI_FETCH_PROCESS_CARD,
		.selection = { .kind = OSCI_SELECT_RECENT, .time = "1970-01-01T00:00:00Z", .no_reception = true,
			       .role = "Addressee", .limit = OSCI_FETCHER_CARDS },
	};

	return osci_seq_request(&f->seq, &draft, CARDS);
}

static int request_fetch(struct osci_fetcher *f)
{
	struct osci_draft draft = { .type = OSCI_FETCH_DELIVERY, .selection = f->rule };

	f->asking = true;
	return osci_seq_request(&f->seq, &draft, FETCH);
}

/* The next one of those that the cards named. */
static int request_next_card(struct osci_fetcher *f)
{
	const struct osci_selection next = {
		.kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &f->todo.message_ids[f->at], .n_message_ids = 1,
	};
	int r;

	osci_selection_clear(&f->rule);
	if (f->at == f->todo.n_message_ids) {
		f->more = f->more && f->count; /* who took nothing would see the same cards again */
		return request_exit(f);
	}
	if (f->count == f->max) {
		f->more = true;
		return request_exit(f);
	}
	r = osci_selection_copy(&f->rule, &next);
	if (r)
		return r;
	f->at++;
	return request_fetch(f);
}

static int request_next(struct osci_fetcher *f)
{
	if (f->by_card)
		return request_next_card(f);
	/* One id is one delivery, whatever else is waiting. */
	if (f->more && f->count < f->max && f->rule.kind != OSCI_SELECT_MESSAGE_ID)
		return request_fetch(f);
	return request_exit(f);
}

/* --- answers ------------------------------------------------------------------- */

static bool skipped(const struct osci_fetcher *f, const char *id)
{
	size_t i;

	for (i = 0; i < f->skip.n_message_ids; i++)
		if (!strcmp(f->skip.message_ids[i], id))
			return true;
	return false;
}

static int got_cards(struct osci_fetcher *f, const struct osci_message *m)
{
	const char *verdict = osci_message_verdict(m);
	struct osci_selection todo = { .kind = OSCI_SELECT_MESSAGE_ID };
	_cleanup_(osci_freep) const char **ids = NULL;
	size_t i;
	int r;

	if (!strcmp(verdict, "9804"))
		return request_exit(f);
	if (!osci_verdict_good(verdict))
		return osci_seq_refused(&f->seq, m, verdict);
	ids = calloc(m->n_cards + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (i = 0; i < m->n_cards; i++)
		if (!m->cards[i].reception && !skipped(f, m->cards[i].message_id))
			ids[todo.n_message_ids++] = m->cards[i].message_id;
	todo.message_ids = ids;
	f->more = osci_feedback_has(m->feedback, m->n_feedback, "3801");
	r = osci_selection_copy(&f->todo, &todo);
	return r ? r : request_next_card(f);
}

static int got_delivery(struct osci_fetcher *f, struct osci_message **pm, struct osci_blob *body)
{
	const struct osci_message *m = *pm;
	const char *verdict = osci_message_verdict(m), *id = osci_message_delivery_id(m), *asked = osci_fetcher_asked(f);

	if (!strcmp(verdict, "9803")) {
		if (f->by_card) /* gone since the card was written */
			return request_next_card(f);
		f->more = false;
		return request_exit(f);
	}
	if (!osci_verdict_good(verdict))
		return osci_seq_refused(&f->seq, m, verdict);
	if (!m->has_content)
		return osci_fail(&f->seq.err, OSCI_E_MALFORMED, NULL, osci_type_name(m->type), "delivery without content");
	if (asked && (!id || strcmp(id, asked)))
		return osci_fail(&f->seq.err, OSCI_E_DIALOG, NULL, "osci:ProcessCardBundle", "another delivery than asked for");
	if (!f->by_card)
		f->more = osci_feedback_has(m->feedback, m->n_feedback, "3800");
	osci_seq_show_delivery(&f->seq, pm, body);
	return 0;
}

static int take(struct osci_seq *q, struct osci_message **pm, struct osci_blob *body)
{
	struct osci_fetcher *f = fetcher(q);

	f->started = true;
	switch ((enum phase)q->phase) {
	case INIT:
		if (!osci_client_in_dialog(q->client))
			return osci_seq_refused(q, *pm, osci_message_verdict(*pm));
		return f->by_card ? request_cards(f) : request_fetch(f);
	case CARDS: return got_cards(f, *pm);
	case FETCH: return got_delivery(f, pm, body);
	case EXIT:
		osci_seq_show(q, OSCI_STEP_DONE);
		return 0;
	}
	return OSCI_E_STATE;
}

static int go_on(struct osci_seq *q)
{
	osci_seq_drop_delivery(q);
	fetcher(q)->count++;
	return request_next(fetcher(q));
}

static const struct osci_seq_ops ops = { .name = "fetcher", .take = take, .go_on = go_on };

/* --- the object ---------------------------------------------------------------- */

int osci_fetcher_new(struct osci_fetcher **ret, const struct osci_client_conf *conf, unsigned max, struct osci_err *err)
{
	_cleanup_(osci_fetcher_freep) struct osci_fetcher *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	if (!max)
		return osci_fail(err, OSCI_E_USAGE, NULL, "fetcher", "nothing to fetch");
	f->max = max;
	r = osci_seq_init(&f->seq, &ops, conf);
	if (!r)
		r = osci_seq_simple(&f->seq, OSCI_INIT_DIALOG, INIT);
	if (r)
		return osci_seq_fail(&f->seq, r, err);
	*ret = f;
	f = NULL;
	return 0;
}

static int may_choose(const struct osci_fetcher *f, struct osci_err *err)
{
	if (f->started || f->seq.step != OSCI_STEP_POST)
		return osci_fail(err, OSCI_E_STATE, NULL, "fetcher", "it is under way");
	if (f->by_card || f->rule.kind != OSCI_SELECT_NONE)
		return osci_fail(err, OSCI_E_USAGE, NULL, "fetcher", "one choice of deliveries is possible");
	return 0;
}

int osci_fetcher_select(struct osci_fetcher *f, const struct osci_selection *rule, struct osci_err *err)
{
	bool id = rule->kind == OSCI_SELECT_MESSAGE_ID && rule->n_message_ids == 1;
	int r = may_choose(f, err);

	if (!r && !id && rule->kind != OSCI_SELECT_RECEPTION)
		r = osci_fail(err, OSCI_E_USAGE, NULL, "osci:SelectionRule", "one MessageId or ReceptionOfDelivery");
	return r ? r : osci_selection_copy(&f->rule, rule);
}

int osci_fetcher_by_card(struct osci_fetcher *f, const char *const *skip, size_t n_skip, struct osci_err *err)
{
	const struct osci_selection ids = { .message_ids = skip, .n_message_ids = n_skip };
	int r = may_choose(f, err);

	if (!r)
		r = osci_selection_copy(&f->skip, &ids);
	if (!r)
		f->by_card = true;
	return r;
}

struct osci_seq *osci_fetcher_seq(struct osci_fetcher *f)
{
	return &f->seq;
}

enum osci_step osci_fetcher_step(const struct osci_fetcher *f)
{
	return f->seq.step;
}

const unsigned char *osci_fetcher_output(const struct osci_fetcher *f, size_t *ret_len)
{
	return osci_seq_output(&f->seq, ret_len);
}

int osci_fetcher_input(struct osci_fetcher *f, const void *body, size_t len, int64_t now, struct osci_err *err)
{
	return osci_seq_input(&f->seq, body, len, now, err);
}

int osci_fetcher_continue(struct osci_fetcher *f, struct osci_err *err)
{
	return osci_seq_continue(&f->seq, err);
}

void osci_fetcher_abort(struct osci_fetcher *f)
{
	osci_seq_abort(&f->seq);
}

const unsigned char *osci_fetcher_raw(const struct osci_fetcher *f, size_t *ret_len)
{
	const unsigned char *data = f->seq.raw ? osci_blob_data(f->seq.raw) : NULL;

	*ret_len = data ? (size_t)osci_blob_len(f->seq.raw) : 0;
	return data;
}

unsigned osci_fetcher_count(const struct osci_fetcher *f)
{
	return f->count;
}

bool osci_fetcher_more(const struct osci_fetcher *f)
{
	return f->more;
}

bool osci_fetcher_asking(const struct osci_fetcher *f)
{
	return f->asking;
}

const char *osci_fetcher_asked(const struct osci_fetcher *f)
{
	return f->asking && f->rule.kind == OSCI_SELECT_MESSAGE_ID ? f->rule.message_ids[0] : NULL;
}

const struct osci_err *osci_fetcher_error(const struct osci_fetcher *f)
{
	return &f->seq.err;
}
