/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_orders - children of the element a message is named by
 */
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

#define URI_MAX 2048 /* octets, as the reader has it */

int wire_add_id(struct wire_writer *w, const char *element, const char *id, struct osci_err *err)
{
	if (!id || !osci_id_ok(id, strlen(id), w->limits.id_chars))
		return wire_usage(err, element, "missing or outside the profile");
	osci_buf_addf(&w->out, "<%s>", element);
	osci_base64_encode(&w->out, id, strlen(id), 0);
	osci_buf_addf(&w->out, "</%s>", element);
	return 0;
}

int wire_add_subject(struct wire_writer *w, struct osci_err *err)
{
	const char *subject = w->draft->subject;

	if (!subject)
		return 0;
	if (!wire_text_ok(subject, w->limits.subject_chars))
		return wire_usage(err, "osci:Subject", "too long or no XML text");
	wire_add_text(&w->out, "Subject", subject);
	return 0;
}

/* MessageId and Subject; a Subject stands behind a MessageId only. */
static int add_id_and_subject(struct wire_writer *w, bool must, struct osci_err *err)
{
	int r;

	if (!must && !w->draft->message_id)
		return w->draft->subject ? wire_usage(err, "osci:Subject", "without MessageId") : 0;
	r = wire_add_id(w, "osci:MessageId", w->draft->message_id, err);
	return r ? r : wire_add_subject(w, err);
}

static int add_receiver(struct wire_writer *w, struct osci_err *err)
{
	const char *uri = w->draft->receiver_uri;
	const char *p;

	if (!uri || !*uri || !wire_text_ok(uri, URI_MAX))
		return wire_usage(err, "osci:ContentReceiver", "URI missing, too long or no XML text");
	for (p = uri; *p; p++)
		if ((unsigned char)*p <= ' ' || strchr("<>\"{}|\\^`", *p))
			return wire_usage(err, "osci:ContentReceiver", "URI with characters that no URI has");
	osci_buf_adds(&w->out, "<osci:ContentReceiver URI=\"");
	osci_buf_add_xml_attr(&w->out, uri, strlen(uri));
	osci_buf_adds(&w->out, "\"></osci:ContentReceiver>");
	return 0;
}

/* --- orders ------------------------------------------------------------------------ */

int wire_children_store(struct wire_writer *w, struct osci_err *err)
{
	return add_id_and_subject(w, true, err);
}

int wire_children_forward(struct wire_writer *w, struct osci_err *err)
{
	int r = add_receiver(w, err);

	return r ? r : add_id_and_subject(w, true, err);
}

int wire_children_mediate(struct wire_writer *w, struct osci_err *err)
{
	int r = add_receiver(w, err);

	return r ? r : add_id_and_subject(w, false, err);
}

int wire_children_accept(struct wire_writer *w, struct osci_err *err)
{
	return wire_add_cards(w, "osci:ProcessCardBundle", 1, 1, err);
}

int wire_children_process(struct wire_writer *w, struct osci_err *err)
{
	int r = 0;

	if (w->draft->message_id_response)
		r = wire_add_id(w, "osci:MessageIdResponse", w->draft->message_id_response, err);
	return r ? r : wire_add_cards(w, "osci:ProcessCardBundle", 0, 1, err);
}

int wire_children_fetch(struct wire_writer *w, struct osci_err *err)
{
	return wire_add_selection(w, false, err);
}

int wire_children_fetch_card(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_add_selection(w, true, err);

	if (!r && w->draft->selection.limit)
		osci_buf_addf(&w->out, "<osci:Quantity Limit=\"%llu\"></osci:Quantity>",
			      (unsigned long long)w->draft->selection.limit);
	return r;
}

/* --- answers ----------------------------------------------------------------------- */

int wire_children_feedback(struct wire_writer *w, struct osci_err *err)
{
	return wire_add_feedback(w, "osci:Feedback", w->draft->feedback, w->draft->n_feedback, err);
}

int wire_children_message_id(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	return !r && w->draft->message_id ? wire_add_id(w, "osci:MessageId", w->draft->message_id, err) : r;
}

/* Of ResponseToForwardDelivery, too. */
int wire_children_stored(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	return r ? r : wire_add_cards(w, "osci:ProcessCardBundle", 0, 1, err);
}

int wire_children_fetched(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	if (!r)
		r = wire_add_echo(w, "fetchDelivery", err);
	return r ? r : wire_add_cards(w, "osci:ProcessCardBundle", 0, 1, err);
}

int wire_children_cards(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	if (!r)
		r = wire_add_echo(w, "fetchProcessCard", err);
	return r ? r : wire_add_cards(w, "osci:ProcessCardBundle", 0, w->limits.process_cards, err);
}

int wire_children_mediated(struct wire_writer *w, struct osci_err *err)
{
	const struct osci_draft *d = w->draft;
	int r = wire_children_feedback(w, err);

	if (!r && d->n_cards > 2)
		r = wire_usage(err, "osci:RequestProcessCardBundle", "more cards than request and reply have");
	if (!r && d->n_cards)
		r = wire_add_card(w, "osci:RequestProcessCardBundle", &d->cards[0],
				  WIRE_CARD_CREATION | WIRE_CARD_FORWARDING | WIRE_CARD_RECEPTION, 0, err);
	if (!r && d->n_cards > 1)
		r = wire_add_card(w, "osci:ReplyProcessCardBundle", &d->cards[1], w->type->times_must,
				  w->type->times_may, err);
	return r;
}

int wire_children_processed(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	return r ? r : add_id_and_subject(w, false, err);
}
