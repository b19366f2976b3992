/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reading - is a fetched message whole, from whom, valid, and what does it refer to?
 *
 * In this order, and each step believes only what those before it have proven.  Who sent it is what the content signature
 * says: the certificate is one of those pinned in the configuration, octet by octet.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "agent/incoming.h"
#include "base/buf.h"
#include "base/text.h"

#define FORWARDED "0030"

const char *incoming_text(const json_t *json, const char *object, const char *name)
{
	const json_t *o = object ? json_object_get(json, object) : json;
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static int refuse(struct verdict *v, const char *code, const char *what)
{
	if (!v->cause.what[0])
		osci_fail(&v->cause, OSCI_E_MALFORMED, NULL, "inbound", "%s", what);
	return verdict_reason(v, code, NULL, what);
}

/* Kept and shown to the office, but it belongs to no request. */
static int unassigned(struct incoming *in, struct verdict *v, const char *what)
{
	osci_fail(&v->cause, OSCI_E_MALFORMED, NULL, "inbound", "%s", what);
	v->status = "unassigned";
	in->outcome = "unassigned";
	return 0;
}

static int repeated(struct verdict *v, const char *what)
{
	osci_fail(&v->cause, OSCI_E_EXISTS, NULL, "inbound", "%s", what);
	v->status = "repeated";
	return 0;
}

/* --- from the raw octets to a message of a partner ------------------------- */

static const char *code_of(int result)
{
	switch (result) {
	case OSCI_E_UNSIGNED:
		return "T010";
	case OSCI_E_SIGNATURE:
		return "T011";
	case OSCI_E_UNTRUSTED:
		return "T002";
	case OSCI_E_NO_KEY:
		return "T080"; /* encrypted for someone else: a stray */
	case OSCI_E_DECRYPT:
		return "T020";
	default:
		return "T099";
	}
}

static int content_hash(struct incoming *in)
{
	unsigned char digest[32];

	if (!EVP_Digest(in->item->data, in->item->len, digest, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	osci_hex(in->content, digest, sizeof(digest));
	return 0;
}

/* The pinned certificate that signed, or of an unproven message that it names as its signer. */
static void find_partner(struct incoming *in)
{
	for (size_t i = 0; i < in->item->n_signatures && !in->partner; i++) {
		in->signer = in->item->signatures[i].cert;
		in->partner = in->signer ? xgw_config_signer(in->g->conf, in->signer, "") : NULL;
	}
}

/* What the message says of itself; several partners may sign with one certificate: it is the one that the message names. */
static int read_head(struct incoming *in, struct osci_err *err)
{
	const struct xgw_partner *named;
	int r = xausl_read_frame(&in->head, in->item->data, in->item->len, &in->g->limits, err);

	named = in->head ? xgw_config_signer(in->g->conf, in->signer, in->head->author_key) : NULL;
	if (named)
		in->partner = named;
	return r < 0 ? r : 0;
}

/*
 * The content signature does not hold.  If it names the certificate of a configured partner, that one is told by a
 * Rückweisung, into the mailbox that the configuration knows: the standard has a code for this, and a partner whose signing
 * is broken would else never learn of it.  Nothing else is done with what was in it.
 */
static int name_sender(struct incoming *in, struct osci_open_opts *opts)
{
	struct osci_err ignored = { 0 };
	int r;

	opts->policy.report_content_signature = true;
	r = osci_contents_open(&in->contents, in->message, opts, &ignored);
	if (r || in->contents->n_items != 1 || in->contents->n_attachments || !in->contents->items[0].data)
		return r < 0 ? r : 0;
	in->item = &in->contents->items[0];
	find_partner(in);
	if (!in->partner)
		return 0;
	r = read_head(in, &ignored);
	if (!r)
		r = content_hash(in);
	return r ? r : xgw_journal_known(in->g->journal, in->office->party.key, "", in->content, &in->known, &ignored);
}

static int open_message(struct incoming *in, struct verdict *v)
{
	const struct xgw_config *c = in->g->conf;
	struct osci_open_opts opts = {
		.limits = &in->g->limits,
		.policy = { .require_signature = true, .require_encryption = true, .algorithms = c->algorithms },
		.keys = (struct osci_key **)in->office->cipher,
		.n_keys = in->office->n_cipher,
		.trust = c->order_trust,
		.signer = c->intermediary_sign,
		.now = in->row->fetched / 1000,
	};
	int r;

	r = osci_open(&in->message, in->row->raw, in->row->raw_len, &opts, &v->cause);
	if (r)
		return r < 0 ? r : refuse(v, code_of(r), "cannot be opened");
	opts.policy.require_content_signature = true;
	opts.trust = c->content_trust;
	opts.signer = NULL;
	r = osci_contents_open(&in->contents, in->message, &opts, &v->cause);
	if (r == OSCI_E_SIGNATURE) {
		r = name_sender(in, &opts);
		return r ? r : refuse(v, code_of(OSCI_E_SIGNATURE), "the content signature does not hold");
	}
	if (r)
		return r < 0 ? r : refuse(v, code_of(r), "content cannot be opened");
	if (in->contents->n_items != 1)
		return refuse(v, "T099", "exactly one content is expected");
	in->item = &in->contents->items[0];
	if (!in->item->readable || !in->item->data)
		return refuse(v, "T080", "encrypted for another reader");
	find_partner(in);
	if (!in->partner)
		return refuse(v, "T070", "not signed by a partner");
	in->xml = in->item->data;
	in->xml_len = in->item->len;
	r = content_hash(in);
	if (!r && in->contents->n_attachments)
		r = refuse(v, "T099", "a message without attachments is expected");
	return r;
}

/* --- from the message to its fields ------------------------------------------ */

static int take_findings(struct verdict *v, const struct xausl_report *report)
{
	int r = 0;

	for (size_t i = 0; i < report->n_errors && !r; i++) {
		const struct xausl_finding *f = &report->findings[i];
		const char *code = f->standard_code && f->standard_code[0] ? f->standard_code : "X001";

		if (!i)
			osci_fail(&v->cause, OSCI_E_MALFORMED, NULL, f->path ? f->path : "", "%s", f->what);
		r = verdict_reason(v, code, f->path, f->what);
	}
	return r || v->status ? r : refuse(v, "X001", "not valid");
}

/* A message of a kind that no mapping knows and an official package has: the release of the package. */
static const struct xausl_release *foreign(const struct incoming *in, const struct xausl_head *h)
{
	const struct xausl_release *r = h ? xausl_release_by_namespace(in->g->conf->schemas, h->namespace_uri) : NULL;

	if (h && !r)
		r = xgw_release_to_send(in->g, in->partner, NULL, in->row->fetched, NULL);
	return r && !xausl_message_direction(r, h->number) && xausl_release_package(r) ? r : NULL;
}

/* What the frame says, for messages without a mapping. */
static json_t *frame_fields(const struct xausl_head *h, const struct xausl_release *release)
{
	char created[64] = "";

	if (h->created_ms >= 0)
		osci_format_datetime_berlin(created, sizeof(created), h->created_ms);
	return json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s}, s:s*, s:o*}", "message", h->number, "uuid", h->uuid,
			 "created", created, "release", xausl_release_version(release), "author", "key", h->author_key, "name",
			 h->author_name, "reader", "key", h->reader_key, "trigger", h->trigger_uuid[0] ? h->trigger_uuid : NULL,
			 "test", h->test ? json_true() : NULL);
}

/* Fields of valid XML; @h: its frame, or NULL for a message inside of another. */
static int validate(struct incoming *in, struct verdict *v, const struct xausl_head *h, const void *xml, size_t len,
		    json_t **ret)
{
	_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
	const struct xausl_release *package = foreign(in, h);
	const struct xausl_check_opts opts = { .limits = &in->g->limits, .imported = package != NULL };
	const struct xausl *x = in->g->conf->schemas;
	struct osci_err cause = { 0 };
	bool base;
	int r;

	r = xausl_validate(&report, x, &opts, xml, len, &v->cause);
	if (r)
		return r < 0 ? r : refuse(v, "X000", "cannot be read");
	if (report->verdict == XAUSL_NOT_CHECKED) /* that is our trouble, not the message's */
		return osci_fail(&v->cause, -EAGAIN, NULL, "inbound", "not every check could run");
	in->release = report->release[0] ? xausl_release_find(x, report->release) : NULL;
	/* Messages of a base module go their own way of versions. */
	base = report->version && report->version[0] && strcmp(report->version, report->release);
	r = in->release && !base ? xgw_release_accepted(in->g, in->partner, in->release, in->row->fetched) : 0;
	if (r)
		return r < 0 ? osci_fail(&v->cause, r, NULL, "inbound", "its release has not begun") :
			       refuse(v, "V000", "this release is not accepted now");
	if (!in->release)
		in->release = xgw_release_to_send(in->g, in->partner, NULL, in->row->fetched, NULL);
	if (report->verdict == XAUSL_VALID && !in->release)
		return refuse(v, "V000", "no release in force");
	/* What can be read of an invalid message, a Rückweisung refers to. */
	if (package) {
		*ret = frame_fields(h, package);
		return !*ret ? -ENOMEM : report->verdict == XAUSL_VALID ? 0 : take_findings(v, report);
	}
	r = in->release ? xausl_read(ret, in->release, xml, len, &in->g->limits, &cause) : OSCI_E_MALFORMED;
	if (r < 0)
		return osci_fail(&v->cause, r, NULL, "inbound", "cannot be read now");
	if (report->verdict != XAUSL_VALID)
		return take_findings(v, report);
	return r ? refuse(v, "X001", "its fields cannot be read") : 0;
}

static int read_message(struct incoming *in, struct verdict *v)
{
	struct osci_err cause = { 0 };
	int r;

	r = read_head(in, &cause);
	if (r)
		return osci_fail(&v->cause, r, NULL, "inbound", "cannot be read now");
	r = validate(in, v, in->head, in->item->data, in->item->len, &in->json);
	if (r || v->status)
		return r;
	if (strcmp(incoming_text(in->json, "reader", "key"), in->office->party.key))
		return refuse(v, "T080", "the reader is another office");
	if (strcmp(incoming_text(in->json, "author", "key"), in->partner->party.key))
		return refuse(v, "T070", "the author is not who has signed");
	return 0;
}

/* The very same octets again: nothing happens, whatever came of them the first time. */
static int same_again(struct incoming *in, struct verdict *v)
{
	int r = xgw_journal_known(in->g->journal, in->office->party.key, "", in->content, &in->known, &v->cause);

	if (r)
		return r;
	if (in->known.same)
		return repeated(v, "delivered before");
	return in->known.rejected ? repeated(v, "rejected before") : 0;
}

static int seen(struct incoming *in, struct verdict *v, bool *ret)
{
	struct xgw_known known;
	int r = xgw_journal_known(in->g->journal, in->office->party.key, incoming_text(in->json, NULL, "uuid"), "", &known,
				  &v->cause);

	*ret = !r && known.uuid;
	return r;
}

/* --- what it refers to ---------------------------------------------------------- */

/* The message inside of a message. */
static int unpack(struct incoming *in, const char *base64)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_OCTETS_MAX);
	int r = osci_base64_decode(&b, base64, strlen(base64));

	if (r)
		return r;
	in->inside = (unsigned char *)osci_buf_take(&b, &in->inside_len);
	return in->inside ? 0 : -ENOMEM;
}

static int request_of(struct incoming *in, const char *trigger, struct osci_err *err)
{
	int r;

	if (!trigger[0])
		return OSCI_E_EMPTY;
	r = xgw_journal_by_uuid(in->g->journal, in->office->party.key, trigger, &in->request, err);
	if (r)
		return r;
	return xgw_journal_request(in->g->journal, in->request->parent ? in->request->parent : in->request->id, &in->root,
				   err);
}

/* A rejection has to name the message only if that was valid for the other side; but it always holds it. */
static int inside_rejection(struct incoming *in, struct verdict *v)
{
	const char *base64 = incoming_text(in->json, NULL, "original_xml");
	struct osci_err cause = { 0 };
	json_t *ours = NULL;
	int r;

	if (!base64[0])
		return OSCI_E_EMPTY;
	r = unpack(in, base64);
	if (!r)
		r = xausl_read(&ours, in->release, in->inside, in->inside_len, &in->g->limits, &cause);
	if (!r)
		r = request_of(in, incoming_text(ours, NULL, "uuid"), &v->cause);
	json_decref(ours);
	return r > 0 ? OSCI_E_EMPTY : r;
}

/* Only the one it went to may answer or reject it; who forwards it or is not competent may be another. */
static bool may_say(const struct incoming *in, const struct xgw_answer *a)
{
	return a->event == XGW_EV_NOTICE || xgw_config_partner(in->g->conf, in->request->partner) == in->partner;
}

static int assign(struct incoming *in, struct verdict *v, const struct xgw_answer *a)
{
	const char *trigger = incoming_text(in->json, NULL, "trigger");
	int r;

	if (!trigger[0])
		trigger = incoming_text(in->json, "original", "uuid");
	r = request_of(in, trigger, &v->cause);
	if (r == OSCI_E_EMPTY && !trigger[0] && a->event == XGW_EV_REJECTION)
		r = inside_rejection(in, v);
	if (r == OSCI_E_EMPTY)
		return unassigned(in, v, trigger[0] ? "no request of this office has this UUID" : "it names no message");
	if (r)
		return r;
	if (!may_say(in, a))
		return refuse(v, "T070", "the author is not the reader of the message it names");
	if (!xgw_answer_fits(a, in->request->message))
		return unassigned(in, v, "no answer to such a request");
	in->outcome = a->outcome;
	in->event = a->event;
	return 0;
}

/* A message of a kind that means nothing here; it may name one of ours. */
static int carry(struct incoming *in, struct verdict *v)
{
	int r = request_of(in, incoming_text(in->json, NULL, "trigger"), &v->cause);

	in->outcome = "message";
	in->event = XGW_EV_NOTICE;
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* Does the message inside, which is valid, answer a request of ours that went to its author? */
static int answers_ours(struct incoming *in, const json_t *inner, const struct xgw_answer **ret, struct osci_err *err)
{
	const struct xgw_answer *a = xgw_answer_find(incoming_text(inner, NULL, "message"));
	const struct xgw_partner *author = xgw_config_partner(in->g->conf, incoming_text(inner, "author", "key"));
	int r = a && author ? request_of(in, incoming_text(inner, NULL, "trigger"), err) : OSCI_E_EMPTY;

	if (!r && (xgw_config_partner(in->g->conf, in->request->partner) != author ||
		   !xgw_answer_fits(a, in->request->message)))
		r = OSCI_E_EMPTY;
	*ret = a;
	return r;
}

/*
 * A forwarded message.  If the one inside is a valid answer of the partner our request went to, it is treated as if it had
 * come here at once; its signature stayed with the forwarder, who is a configured partner and answers for it.  Else the
 * office gets the whole as it is.
 */
static int forwarded(struct incoming *in, struct verdict *v)
{
	const struct xausl_release *release = in->release;
	struct verdict inside = { .status = NULL };
	const struct xgw_answer *a = NULL;
	json_t *inner = NULL;
	bool known = false;
	int r;

	r = unpack(in, incoming_text(in->json, NULL, "original_xml"));
	if (!r)
		r = validate(in, &inside, NULL, in->inside, in->inside_len, &inner);
	if (!r)
		r = inside.status ? OSCI_E_EMPTY : answers_ours(in, inner, &a, &v->cause);
	json_decref(inside.reasons);
	if (!r && json_object_set(inner, "forwarded_by", json_object_get(in->json, "author")))
		r = -ENOMEM;
	if (r) {
		json_decref(inner);
		xgw_request_freep(&in->request);
		xgw_request_freep(&in->root);
		in->release = release;
		in->outcome = "message";
		return r < 0 ? r : 0;
	}
	json_decref(in->json);
	in->json = inner;
	in->xml = in->inside;
	in->xml_len = in->inside_len;
	in->outcome = a->outcome;
	in->event = a->event;
	r = seen(in, v, &known);
	return r || !known ? r : repeated(v, "the message inside was delivered before");
}

static int find_request(struct incoming *in, struct verdict *v)
{
	const char *number = incoming_text(in->json, NULL, "message");
	int direction = xausl_message_direction(in->release, number);
	const struct xgw_answer *a = xgw_answer_find(number);

	if (direction == 1)
		return refuse(v, "T080", "a message that offices send, none that they receive");
	if (direction == -1 && in->partner != in->g->conf->partners)
		return refuse(v, "T070", "a message that only the BAMF may send");
	if (!strcmp(number, FORWARDED))
		return forwarded(in, v);
	return a ? assign(in, v, a) : carry(in, v);
}

int incoming_check(struct incoming *in, struct verdict *v)
{
	bool known = false;
	int r;

	r = open_message(in, v);
	if (!r && !v->status)
		r = same_again(in, v);
	if (!r && !v->status)
		r = read_message(in, v);
	if (r || v->status)
		return r;
	r = seen(in, v, &known);
	if (r)
		return r;
	if (known) /* only the very same message may have a UUID again */
		return refuse(v, "S100", "another message with this nachrichtenUUID was delivered before");
	return find_request(in, v);
}
