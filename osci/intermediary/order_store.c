/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order_store - StoreDelivery: into the addressee's mailbox
 *
 * Content, attachments, certificates with their Ids and custom headers are kept as they came; the
 * content is never opened.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "intermediary/faults.h"
#include "intermediary/inspect.h"
#include "intermediary/service.h"

static int keep_certs(struct im_order *o, struct im_delivery *d, struct osci_err *err)
{
	struct im_stored_cert *list = im_pool_alloc(&o->a->pool, o->m->n_certs, sizeof(*list));

	if (!list)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for certificates");
	for (size_t i = 0; i < o->m->n_certs; i++) {
		list[i].role = o->m->certs[i].role;
		list[i].id = o->m->certs[i].id;
		list[i].der = osci_cert_der(o->m->certs[i].cert, &list[i].len);
	}
	d->certs = list;
	d->n_certs = o->m->n_certs;
	return 0;
}

/*
 * Can it be handed out? Written as the answer to a FetchDelivery, thrown away: what the writer will not take would
 * stand in front of its mailbox, and in every list of cards, for ever.
 */
static int try_writing(const struct im_order *o, const struct im_delivery *d, struct osci_err *err)
{
	static const struct osci_control control = { .response = "eA==", .challenge = "eA==", .has_sequence = true,
						     .conversation_id = "100000000000000000" };
	struct osci_limits limits = o->s->answer_limits;
	const struct osci_write_opts opts = { .limits = &limits };
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(im_answer_free) struct im_answer a = { 0 };
	struct im_delivery trial = *d;
	int r;

	if (!trial.card.message_id || !trial.card.message_id[0])
		trial.card.message_id = "none";
	trial.card.creation = trial.card.forwarding = trial.card.modified = o->now;
	/* Two of ours go with it to a passive recipient, and a reader takes no more than its limit. */
	limits.certificates -= limits.certificates > 1;
	im_answer_language(&a, NULL, NULL);
	im_answer_begin(&a, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	a.draft.control = control;
	r = im_answer_delivery(&a, &trial, err);
	im_answer_feedback(&a, "0801");
	if (!r)
		r = osci_write_stream(&stream, &a.draft, &opts, err);
	return r;
}

int im_order_take_delivery(struct im_order *o, struct im_delivery *d, bool *ok, struct osci_err *err)
{
	const struct osci_message *m = o->m;
	struct osci_inspection *inspections;
	char *package;
	int r = im_inspect(o->a, m, &o->s->set->judge, o->now, &inspections, &d->card.n_inspections, ok, err);

	if (r || !*ok)
		return r;
	d->card.inspections = inspections;
	d->card.message_id = m->message_id;
	d->card.originator = o->client;
	d->card.subject = m->subject;
	d->n_parts = m->n_parts;
	d->custom = m->custom;
	d->n_custom = m->n_custom;
	d->parts = im_pool_copy(&o->a->pool, m->parts, m->n_parts * sizeof(*m->parts));
	if (!d->parts)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a delivery");
	r = keep_certs(o, d, err);
	if (!r)
		r = osci_message_package(m, &package, &d->package_len, err);
	if (!r && im_pool_own(&o->a->pool, package, free))
		r = osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a delivery");
	d->package = r ? NULL : package;
	if (!r)
		r = try_writing(o, d, err);
	if (r <= 0)
		return r;
	im_answer_feedback(o->a, m->type == OSCI_RESPONSE_TO_PROCESS_DELIVERY ? "9810" : "9811");
	*ok = false;
	return 0;
}

int im_order_store_delivery(struct im_order *o, struct osci_err *err)
{
	const struct osci_message *m = o->m;
	const struct im_participants *participants = &o->s->set->participants;
	const struct osci_cert *addressee = osci_message_cert(m, OSCI_CIPHER_ADDRESSEE);
	const struct im_participant *to;
	struct im_delivery d = { 0 };
	char verdict[IM_VERDICT_MAX];
	bool ok;
	int r;

	if (!addressee)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "osci:NonIntermediaryCertificates",
				 "no CipherCertificateAddressee");
	r = im_order_take_delivery(o, &d, &ok, err);
	if (r || !ok)
		return r;
	if (!m->message_id || !m->message_id[0]) {
		im_answer_feedback(o->a, "9800");
		return 0;
	}
	d.card.addressee = im_participants_name(participants, addressee);
	snprintf(o->report->mailbox, sizeof(o->report->mailbox), "%s", d.card.addressee);
	to = im_participant_of_cipher(participants, addressee);
	if (!to && participants->only) {
		osci_fail(err, OSCI_E_UNTRUSTED, "9706", "osci:CipherCertificateAddressee", "of no participant");
		im_answer_feedback(o->a, "9706");
		return 0;
	}
	d.max_deliveries = to ? to->max_deliveries : 0;
	d.max_bytes = to ? to->max_bytes : 0;
	if (o->transfer) {
		im_order_verdict(o->a, "0800", verdict, sizeof(verdict));
		d.transfer = o->transfer;
		d.verdict = verdict;
	}
	r = im_store_put(&o->s->store, &d, o->now, &o->report->conflict, err);
	if (r == OSCI_E_EXISTS) {
		im_answer_feedback(o->a, "9801");
		return 0;
	}
	if (!r)
		r = im_faults_stored(&o->s->store, o->tamper, d.card.seq, err);
	return r ? r : im_answer_cards(o->a, &d.card, 1, 0, err);
}
