/* SPDX-License-Identifier: Apache-2.0 */
/* answer - fills a draft from cards and deliveries; times are written in UTC */
#include <errno.h>
#include <string.h>

#include <osci/feedback.h>
#include "base/text.h"
#include "intermediary/answer.h"

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for an answer");
}

void im_answer_language(struct im_answer *a, const char *wish, const char *usual)
{
	a->language = osci_feedback_language(wish, usual);
}

void im_answer_begin(struct im_answer *a, enum osci_type type)
{
	a->draft.type = type;
	a->draft.feedback = a->feedback;
}

void im_answer_free(struct im_answer *a)
{
	for (size_t i = 0; i < a->n_owned; i++)
		osci_cert_unref(a->owned[i]);
	a->n_owned = 0;
	osci_cert_unrefp(&a->encrypt_for);
	im_pool_free(&a->pool);
}

void im_answer_fault(struct im_answer *a, const char *code)
{
	a->draft = (struct osci_draft){
		.type = OSCI_FAULT,
		.fault_code = osci_feedback_is_server(code) ? "Server" : "Client",
		.fault_osci = code,
		.fault_text = osci_feedback_text(code, a->language ? a->language : "de"),
	};
}

void im_answer_feedback(struct im_answer *a, const char *code)
{
	size_t i = a->draft.n_feedback < IM_FEEDBACK_MAX ? a->draft.n_feedback++ : IM_FEEDBACK_MAX - 1;

	a->feedback[i] = (struct osci_feedback){ code, a->language, osci_feedback_text(code, a->language) };
}

void im_answer_feedback_once(struct im_answer *a, const char *code)
{
	for (size_t i = 0; i < a->draft.n_feedback; i++)
		if (!strcmp(a->feedback[i].code, code))
			return;
	im_answer_feedback(a, code);
}

const char *im_answer_code(const struct im_answer *a)
{
	if (a->draft.type == OSCI_FAULT)
		return a->draft.fault_osci;
	return a->draft.n_feedback ? a->feedback[a->draft.n_feedback - 1].code : "";
}

/* NULL in *@ret for a time that is not set or not shown. */
static int time_text(struct im_answer *a, const char **ret, int64_t ms, bool show)
{
	char text[40];

	*ret = NULL;
	if (!ms || !show)
		return 0;
	osci_format_datetime_utc(text, sizeof(text), ms);
	*ret = im_pool_text(&a->pool, text);
	return *ret ? 0 : -ENOMEM;
}

int im_answer_cards(struct im_answer *a, const struct im_card *cards, size_t n, unsigned show, struct osci_err *err)
{
	struct osci_card *list = im_pool_alloc(&a->pool, n, sizeof(*list));

	if (!list)
		return no_memory(err);
	for (size_t i = 0; i < n; i++) {
		list[i].message_id = cards[i].message_id;
		list[i].subject = cards[i].subject;
		list[i].inspections = (struct osci_inspection *)(uintptr_t)cards[i].inspections;
		list[i].n_inspections = cards[i].n_inspections;
		if (time_text(a, &list[i].recent_modification, cards[i].modified, true) ||
		    time_text(a, &list[i].creation, cards[i].creation, true) ||
		    time_text(a, &list[i].forwarding, cards[i].forwarding, show & IM_SHOW_FORWARDING) ||
		    time_text(a, &list[i].reception, cards[i].reception, show & IM_SHOW_RECEPTION))
			return no_memory(err);
	}
	a->draft.cards = list;
	a->draft.n_cards = n;
	return 0;
}

int im_answer_delivery(struct im_answer *a, const struct im_delivery *d, struct osci_err *err)
{
	struct osci_draft_cert *certs = im_pool_alloc(&a->pool, d->n_certs, sizeof(*certs));

	a->owned = im_pool_alloc(&a->pool, d->n_certs, sizeof(*a->owned));
	if (!certs || !a->owned)
		return no_memory(err);
	for (size_t i = 0; i < d->n_certs; i++) {
		int r = osci_cert_from_der(&a->owned[i], d->certs[i].der, d->certs[i].len, err);

		if (r)
			return r;
		a->n_owned++;
		certs[i] = (struct osci_draft_cert){ d->certs[i].role, a->owned[i], d->certs[i].id };
	}
	a->draft.certs = certs;
	a->draft.n_certs = d->n_certs;
	a->draft.message_id = d->card.message_id;
	a->draft.subject = d->card.subject;
	a->draft.package = d->package;
	a->draft.package_len = d->package_len;
	a->draft.has_package = true;
	a->draft.parts = d->parts;
	a->draft.n_parts = d->n_parts;
	a->draft.custom = d->custom;
	a->draft.n_custom = d->n_custom;
	return im_answer_cards(a, &d->card, 1, IM_SHOW_FORWARDING, err);
}
