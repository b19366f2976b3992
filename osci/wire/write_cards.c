/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_cards - Feedback and ProcessCardBundle: Laufzettel and Prüfprotokoll
 */
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

#define CERT_NAME_MAX 4096 /* octets of a distinguished name in a Prüfprotokoll */
#define SERIAL_MAX 64      /* digits */
#define FEEDBACK_TEXT_MAX 8192
#define TOKEN_MAX ((size_t)1 << 20) /* time stamp token, as the reader has it */
#define URI_MAX 2048

int wire_add_feedback(struct wire_writer *w, const char *element, const struct osci_feedback *list, size_t n,
		      struct osci_err *err)
{
	size_t i;

	if (!n || n > w->limits.feedback_entries)
		return wire_usage(err, element, "no entry, or too many");
	osci_buf_addf(&w->out, "<%s>", element);
	for (i = 0; i < n; i++) {
		const struct osci_feedback *f = &list[i];

		if (!f->code || strlen(f->code) != 4 || !wire_number_ok(f->code, 4) ||
		    !wire_text_ok(f->text, FEEDBACK_TEXT_MAX))
			return wire_usage(err, element, "code or text outside the profile");
		if (f->lang && (!wire_languages_ok(f->lang) || strchr(f->lang, ' ')))
			return wire_usage(err, element, "wrong language tag");
		osci_buf_adds(&w->out, "<osci:Entry");
		if (f->lang)
			osci_buf_addf(&w->out, " xml:lang=\"%s\"", f->lang);
		osci_buf_addf(&w->out, "><osci:Code>%s</osci:Code>", f->code);
		wire_add_text(&w->out, "Text", f->text);
		osci_buf_adds(&w->out, "</osci:Entry>");
	}
	osci_buf_addf(&w->out, "</%s>", element);
	return 0;
}

/* Plain, or, if @stamp has a token, Cryptographic. */
static int add_time(struct wire_writer *w, const char *element, const char *time, const struct osci_stamp *stamp,
		    struct osci_err *err)
{
	if (stamp->algorithm) {
		if (!stamp->token || !stamp->len || stamp->len > TOKEN_MAX || !wire_text_ok(stamp->algorithm, URI_MAX))
			return wire_usage(err, element, "time stamp without token, or with too long a one");
		osci_buf_addf(&w->out, "<osci:%s><osci:Cryptographic", element);
		if (*stamp->algorithm) {
			osci_buf_adds(&w->out, " Algorithm=\"");
			osci_buf_add_xml_attr(&w->out, stamp->algorithm, strlen(stamp->algorithm));
			osci_buf_addc(&w->out, '"');
		}
		osci_buf_addc(&w->out, '>');
		osci_base64_encode(&w->out, stamp->token, stamp->len, WIRE_BASE64_LINE);
		osci_buf_addf(&w->out, "</osci:Cryptographic></osci:%s>", element);
		return 0;
	}
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

static void add_token(struct wire_writer *w, const char *element, const unsigned char *data, size_t len)
{
	osci_buf_addf(&w->out, "<osci:%s>", element);
	osci_base64_encode(&w->out, data, len, WIRE_BASE64_LINE);
	osci_buf_addf(&w->out, "</osci:%s>", element);
}

static int add_online(struct wire_writer *w, const struct osci_inspection *in, struct osci_err *err)
{
	if ((in->crl && !wire_datetime_ok(in->crl)) || (in->ocsp && (!in->ocsp_len || in->ocsp_len > TOKEN_MAX)) ||
	    (in->ldap && (!in->ldap_len || in->ldap_len > TOKEN_MAX)))
		return wire_usage(err, "osci:OnlineResult", "value outside the schema");
	osci_buf_addf(&w->out, "<osci:OnlineResult Result=\"%s\">", in->online);
	if (in->ocsp)
		add_token(w, "OSCP", in->ocsp, in->ocsp_len);
	if (in->crl)
		osci_buf_addf(&w->out, "<osci:CRL>%s</osci:CRL>", in->crl);
	if (in->ldap)
		add_token(w, "LDAP", in->ldap, in->ldap_len);
	osci_buf_adds(&w->out, "</osci:OnlineResult>");
	return 0;
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
	r = add_time(w, "Timestamp", in->time, &in->stamp, err);
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
		r = add_online(w, in, err);
	osci_buf_adds(&w->out, "</osci:Inspection>");
	return r;
}

int wire_add_card(struct wire_writer *w, const char *element, const struct osci_card *card, unsigned must,
		  unsigned may, struct osci_err *err)
{
	const struct {
		const char *name, *time;
		const struct osci_stamp *stamp;
		unsigned bit;
	} times[] = {
		{ "Creation", card->creation, &card->creation_stamp, WIRE_CARD_CREATION },
		{ "Forwarding", card->forwarding, &card->forwarding_stamp, WIRE_CARD_FORWARDING },
		{ "Reception", card->reception, &card->reception_stamp, WIRE_CARD_RECEPTION },
	};
	size_t i;
	int r;

	osci_buf_addf(&w->out, "<%s>", element);
	r = wire_add_id(w, "osci:MessageId", card->message_id, err);
	if (r)
		return r;
	if (!wire_datetime_ok(card->recent_modification))
		return wire_usage(err, "osci:ProcessCard", "RecentModification is no dateTime with zone");
	osci_buf_addf(&w->out, "<osci:ProcessCard RecentModification=\"%s\">", card->recent_modification);
	for (i = 0; i < sizeof(times) / sizeof(times[0]) && !r; i++)
		if (must & times[i].bit || (may & times[i].bit && (times[i].time || times[i].stamp->algorithm)))
			r = add_time(w, times[i].name, times[i].time, times[i].stamp, err);
	if (!r && card->subject) {
		if (!wire_text_ok(card->subject, w->limits.subject_chars))
			return wire_usage(err, "osci:Subject", "too long or no XML text");
		wire_add_text(&w->out, "Subject", card->subject);
	}
	osci_buf_adds(&w->out, "</osci:ProcessCard><osci:InspectionReport>");
	for (i = 0; i < card->n_inspections && !r; i++)
		r = add_inspection(w, &card->inspections[i], err);
	osci_buf_addf(&w->out, "</osci:InspectionReport></%s>", element);
	return r;
}

int wire_add_cards(struct wire_writer *w, const char *element, size_t min, size_t max, struct osci_err *err)
{
	size_t i;
	int r = 0;

	if (w->draft->n_cards < min || w->draft->n_cards > max)
		return wire_usage(err, element, w->draft->n_cards < min ? "missing" : "too many");
	for (i = 0; i < w->draft->n_cards && !r; i++)
		r = wire_add_card(w, element, &w->draft->cards[i], w->type->times_must, w->type->times_may, err);
	return r;
}
