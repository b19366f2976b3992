/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_orders - children of the element a message is named by
 */
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

#define CERT_NAME_MAX 4096 /* octets of a distinguished name in a Prüfprotokoll */
#define SERIAL_MAX 64      /* digits */
#define FEEDBACK_TEXT_MAX 8192

static int add_message_id(struct wire_writer *w, const char *id, struct osci_err *err)
{
	if (!id || !osci_id_ok(id, strlen(id), w->limits.id_chars))
		return wire_usage(err, "osci:MessageId", "missing or outside the profile");
	wire_add_message_id(&w->out, id);
	return 0;
}

static int add_subject(struct wire_writer *w, const char *subject, struct osci_err *err)
{
	if (!subject)
		return 0;
	if (!wire_text_ok(subject, w->limits.subject_chars))
		return wire_usage(err, "osci:Subject", "too long or no XML text");
	wire_add_text(&w->out, "Subject", subject);
	return 0;
}

int wire_children_store(struct wire_writer *w, struct osci_err *err)
{
	int r = add_message_id(w, w->draft->message_id, err);

	return r ? r : add_subject(w, w->draft->subject, err);
}

/* --- Selection ---------------------------------------------------------------- */

static int add_date_rule(struct wire_writer *w, const char *element, bool attributes, struct osci_err *err)
{
	const struct osci_selection *s = &w->draft->selection;

	if (!wire_datetime_ok(s->time))
		return wire_usage(err, "osci:SelectionRule", "no dateTime with zone");
	if (s->role && strcmp(s->role, "Addressee") && strcmp(s->role, "Originator"))
		return wire_usage(err, "osci:SelectionRule", "unknown Role");
	osci_buf_addf(&w->out, "<osci:%s", element);
	if (attributes && s->no_reception)
		osci_buf_adds(&w->out, " NoReception=\"true\"");
	if (attributes && s->role)
		osci_buf_addf(&w->out, " Role=\"%s\"", s->role);
	osci_buf_addf(&w->out, ">%s</osci:%s>", s->time, element);
	return 0;
}

/* @cards: the wider form of FetchProcessCard; @order: not an echo. */
static int add_selection(struct wire_writer *w, bool cards, bool order, struct osci_err *err)
{
	const struct osci_selection *s = &w->draft->selection;
	size_t i;
	int r = 0;

	if (s->kind == OSCI_SELECT_NONE)
		return 0;
	osci_buf_adds(&w->out, "<osci:SelectionRule>");
	switch (s->kind) {
	case OSCI_SELECT_MESSAGE_ID:
		if (!s->n_message_ids || (!cards && s->n_message_ids > 1))
			return wire_usage(err, "osci:SelectionRule", "wrong number of MessageIds");
		for (i = 0; i < s->n_message_ids && !r; i++)
			r = add_message_id(w, s->message_ids[i], err);
		break;
	case OSCI_SELECT_RECEPTION:
		/* The schema of the echo knows this rule without attributes only. */
		r = add_date_rule(w, "ReceptionOfDelivery", cards && order, err);
		break;
	case OSCI_SELECT_RECENT:
		if (!cards)
			return wire_usage(err, "osci:SelectionRule", "rule that the type has not");
		r = add_date_rule(w, "RecentModification", true, err);
		break;
	default:
		return wire_usage(err, "osci:SelectionRule", "unknown rule");
	}
	osci_buf_adds(&w->out, "</osci:SelectionRule>");
	return r;
}

int wire_children_fetch(struct wire_writer *w, struct osci_err *err)
{
	return add_selection(w, false, true, err);
}

int wire_children_fetch_card(struct wire_writer *w, struct osci_err *err)
{
	int r = add_selection(w, true, true, err);

	if (!r && w->draft->selection.limit)
		osci_buf_addf(&w->out, "<osci:Quantity Limit=\"%llu\"></osci:Quantity>",
			      (unsigned long long)w->draft->selection.limit);
	return r;
}

/* --- Feedback and process cards --------------------------------------------------- */

int wire_children_feedback(struct wire_writer *w, struct osci_err *err)
{
	const struct osci_draft *d = w->draft;
	size_t i;

	if (!d->n_feedback || d->n_feedback > w->limits.feedback_entries)
		return wire_usage(err, "osci:Feedback", "no entry, or too many");
	osci_buf_adds(&w->out, "<osci:Feedback>");
	for (i = 0; i < d->n_feedback; i++) {
		const struct osci_feedback *f = &d->feedback[i];

		if (!f->code || strlen(f->code) != 4 || !wire_number_ok(f->code, 4) ||
		    !wire_text_ok(f->text, FEEDBACK_TEXT_MAX))
			return wire_usage(err, "osci:Feedback", "code or text outside the profile");
		if (f->lang && (!wire_languages_ok(f->lang) || strchr(f->lang, ' ')))
			return wire_usage(err, "osci:Feedback", "wrong language tag");
		osci_buf_adds(&w->out, "<osci:Entry");
		if (f->lang)
			osci_buf_addf(&w->out, " xml:lang=\"%s\"", f->lang);
		osci_buf_addf(&w->out, "><osci:Code>%s</osci:Code>", f->code);
		wire_add_text(&w->out, "Text", f->text);
		osci_buf_adds(&w->out, "</osci:Entry>");
	}
	osci_buf_adds(&w->out, "</osci:Feedback>");
	return 0;
}

static int add_time(struct wire_writer *w, const char *element, const char *time, bool demanded,
		    struct osci_err *err)
{
	if (!time && !demanded)
		return 0;
	if (!wire_datetime_ok(time))
		return wire_usage(err, element, "no dateTime with zone");
	osci_buf_addf(&w->out, "<osci:%s><osci:Plain>%s</osci:Plain></osci:%s>", element, time, element);
	return 0;
}

static bool one_of(const char *s, const char *const *set)
{
	for (; s && *set; set++)
		if (!strcmp(s, *set))
			return true;
	return false;
}

static int add_inspection(struct wire_writer *w, const struct osci_inspection *in, struct osci_err *err)
{
	static const char *const types[] = { "advanced", "qualified", "accredited", "unknown", NULL };
	static const char *const maths[] = { "ok", "corrupted", "indeterminate", NULL };
	static const char *const offlines[] = { "valid", "invalid", "indeterminate", NULL };
	static const char *const onlines[] = { "ok", "revoked", NULL };
	int r;

	if (!wire_text_ok(in->subject, CERT_NAME_MAX) || !wire_text_ok(in->issuer, CERT_NAME_MAX) ||
	    !wire_number_ok(in->serial, SERIAL_MAX) || !one_of(in->cert_type, types) || !one_of(in->math, maths) ||
	    !one_of(in->offline, offlines) || (in->online && !one_of(in->online, onlines)))
		return wire_usage(err, "osci:Inspection", "value outside the schema");
	osci_buf_adds(&w->out, "<osci:Inspection>");
	r = add_time(w, "Timestamp", in->time, true, err);
	if (r)
		return r;
	wire_add_text(&w->out, "X509SubjectName", in->subject);
	wire_add_text(&w->out, "X509IssuerName", in->issuer);
	wire_add_text(&w->out, "X509SerialNumber", in->serial);
	osci_buf_addf(&w->out,
		      "<osci:CertType Type=\"%s\"></osci:CertType><osci:MathResult Result=\"%s\"></osci:MathResult>"
		      "<osci:OfflineResult Result=\"%s\"></osci:OfflineResult>",
		      in->cert_type, in->math, in->offline);
	if (in->online)
		osci_buf_addf(&w->out, "<osci:OnlineResult Result=\"%s\"></osci:OnlineResult>", in->online);
	osci_buf_adds(&w->out, "</osci:Inspection>");
	return 0;
}

/* Times that the schema of this answer does not know stay out. */
static int add_card(struct wire_writer *w, const struct osci_card *card, struct osci_err *err)
{
	unsigned times = w->type->card_times;
	size_t i;
	int r;

	osci_buf_adds(&w->out, "<osci:ProcessCardBundle>");
	r = add_message_id(w, card->message_id, err);
	if (r)
		return r;
	if (!wire_datetime_ok(card->recent_modification))
		return wire_usage(err, "osci:ProcessCard", "RecentModification is no dateTime with zone");
	osci_buf_addf(&w->out, "<osci:ProcessCard RecentModification=\"%s\">", card->recent_modification);
	r = add_time(w, "Creation", card->creation, true, err);
	if (!r && times & WIRE_CARD_FORWARDING)
		r = add_time(w, "Forwarding", card->forwarding, !(times & WIRE_CARD_RECEPTION), err);
	if (!r && times & WIRE_CARD_RECEPTION)
		r = add_time(w, "Reception", card->reception, false, err);
	if (!r)
		r = add_subject(w, card->subject, err);
	osci_buf_adds(&w->out, "</osci:ProcessCard><osci:InspectionReport>");
	for (i = 0; i < card->n_inspections && !r; i++)
		r = add_inspection(w, &card->inspections[i], err);
	osci_buf_adds(&w->out, "</osci:InspectionReport></osci:ProcessCardBundle>");
	return r;
}

int wire_children_message_id(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	return !r && w->draft->message_id ? add_message_id(w, w->draft->message_id, err) : r;
}

static int add_cards(struct wire_writer *w, size_t max, struct osci_err *err)
{
	size_t i;
	int r = 0;

	if (w->draft->n_cards > max)
		return wire_usage(err, "osci:ProcessCardBundle", "too many");
	for (i = 0; i < w->draft->n_cards && !r; i++)
		r = add_card(w, &w->draft->cards[i], err);
	return r;
}

int wire_children_stored(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	return r ? r : add_cards(w, 1, err);
}

int wire_children_fetched(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	osci_buf_adds(&w->out, "<osci:fetchDelivery>");
	if (!r)
		r = add_selection(w, false, false, err);
	osci_buf_adds(&w->out, "</osci:fetchDelivery>");
	return r ? r : add_cards(w, 1, err);
}

int wire_children_cards(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	osci_buf_adds(&w->out, "<osci:fetchProcessCard>");
	if (!r)
		r = add_selection(w, true, false, err);
	osci_buf_adds(&w->out, "</osci:fetchProcessCard>");
	return r ? r : add_cards(w, w->limits.process_cards, err);
}
