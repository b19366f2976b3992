/* SPDX-License-Identifier: Apache-2.0 */
/* open_json - what osci open prints: an opened message as a JSON object */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "tools/tool.h"

/* Takes @value; a failure leaves @ok false, the caller throws everything away. */
static void put(json_t *object, const char *key, json_t *value, bool *ok)
{
	if (!value || json_object_set_new(object, key, value) != 0)
		*ok = false;
}

static void append(json_t *array, json_t *value, bool *ok)
{
	if (!value || json_array_append_new(array, value) != 0)
		*ok = false;
}

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *done(json_t *value, bool ok)
{
	if (ok)
		return value;
	json_decref(value);
	return NULL;
}

static json_t *signature_json(const struct osci_signature *s)
{
	bool valid = s->status == OSCI_SIG_VALID, ok = true;
	json_t *o = json_object();

	put(o, "status", json_string(valid ? "valid" : "absent"), &ok);
	put(o, "algorithm", text(valid ? s->algorithm : NULL), &ok);
	put(o, "certificate_subject", text(valid ? osci_cert_subject(s->cert) : NULL), &ok);
	put(o, "certificate_sha256", text(valid ? osci_cert_sha256(s->cert) : NULL), &ok);
	return done(o, ok);
}

static json_t *control_json(const struct osci_control *c)
{
	json_t *o = json_object();
	bool ok = true;

	put(o, "response", text(c->response), &ok);
	put(o, "challenge", text(c->challenge), &ok);
	put(o, "conversation_id", text(c->conversation_id), &ok);
	put(o, "sequence_number", c->has_sequence ? number(c->sequence) : json_null(), &ok);
	return done(o, ok);
}

static json_t *certificates_json(const struct osci_message *m)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_certs && ok; i++) {
		o = json_object();
		put(o, "role", json_string(osci_role_element(m->certs[i].role)), &ok);
		put(o, "id", text(m->certs[i].id), &ok);
		put(o, "subject", text(osci_cert_subject(m->certs[i].cert)), &ok);
		put(o, "sha256", text(osci_cert_sha256(m->certs[i].cert)), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

static json_t *feedback_json(const struct osci_feedback *f, size_t n)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < n && ok; i++) {
		o = json_object();
		put(o, "code", text(f[i].code), &ok);
		put(o, "lang", text(f[i].lang), &ok);
		put(o, "text", text(f[i].text), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

static json_t *inspections_json(const struct osci_card *c)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < c->n_inspections && ok; i++) {
		const struct osci_inspection *p = &c->inspections[i];

		o = json_object();
		put(o, "time", text(p->time), &ok);
		put(o, "subject", text(p->subject), &ok);
		put(o, "issuer", text(p->issuer), &ok);
		put(o, "serial", text(p->serial), &ok);
		put(o, "type", text(p->cert_type), &ok);
		put(o, "math", text(p->math), &ok);
		put(o, "offline", text(p->offline), &ok);
		put(o, "online", text(p->online), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

static json_t *cards_json(const struct osci_message *m)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_cards && ok; i++) {
		const struct osci_card *c = &m->cards[i];

		o = json_object();
		put(o, "message_id", text(c->message_id), &ok);
		put(o, "recent_modification", text(c->recent_modification), &ok);
		put(o, "creation", text(c->creation), &ok);
		put(o, "forwarding", text(c->forwarding), &ok);
		put(o, "reception", text(c->reception), &ok);
		put(o, "subject", text(c->subject), &ok);
		put(o, "inspections", inspections_json(c), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

static json_t *selection_json(const struct osci_selection *s)
{
	static const char *const kinds[] = { "none", "MessageId", "ReceptionOfDelivery", "RecentModification" };
	json_t *o = json_object(), *ids = json_array();
	bool ok = true;
	size_t i;

	for (i = 0; i < s->n_message_ids && ok; i++)
		append(ids, text(s->message_ids[i]), &ok);
	put(o, "rule", json_string(kinds[s->kind]), &ok);
	put(o, "message_ids", ids, &ok);
	put(o, "time", text(s->time), &ok);
	put(o, "no_reception", json_boolean(s->no_reception), &ok);
	put(o, "role", text(s->role), &ok);
	put(o, "limit", s->limit ? number(s->limit) : json_null(), &ok);
	return done(o, ok);
}

static json_t *chunk_json(const struct osci_chunk *c)
{
	json_t *o;
	bool ok = true;

	if (!c->present)
		return json_null();
	o = json_object();
	put(o, "info_only", json_boolean(c->info_only), &ok);
	put(o, "number", number(c->number), &ok);
	put(o, "size_kib", number(c->size_kib), &ok);
	put(o, "total_kib", number(c->total_kib), &ok);
	put(o, "total_chunks", number(c->total_chunks), &ok);
	put(o, "received", text(c->received), &ok);
	return done(o, ok);
}

static json_t *features_json(const struct osci_message *m)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_features && ok; i++) {
		o = json_object();
		put(o, "key", text(m->features[i].key), &ok);
		put(o, "version", text(m->features[i].version), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

static json_t *custom_json(const struct osci_message *m)
{
	json_t *a = json_array();
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_custom && ok; i++)
		append(a, json_stringn(m->custom[i].xml, m->custom[i].len), &ok);
	return done(a, ok);
}

static json_t *fault_json(const struct osci_message *m)
{
	json_t *o;
	bool ok = true;

	if (m->type != OSCI_FAULT)
		return json_null();
	o = json_object();
	put(o, "faultcode", text(m->fault_code), &ok);
	put(o, "code", text(m->fault_osci), &ok);
	put(o, "text", text(m->fault_text), &ok);
	return done(o, ok);
}

static json_t *digest_json(const unsigned char *data, size_t len)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	char hex[2 * OSCI_DIGEST_MAX + 1];
	size_t n;

	if (osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), data, len, digest, &n) != 0)
		return NULL;
	osci_hex(hex, digest, n);
	return json_string(hex);
}

static json_t *contents_json(const struct osci_contents *c, char *const *files)
{
	json_t *a = json_array(), *o, *s;
	bool ok = true;
	size_t i, k;

	for (i = 0; i < c->n_items && ok; i++) {
		const struct osci_content_item *p = &c->items[i];

		s = json_array();
		for (k = 0; k < p->n_signatures && ok; k++)
			append(s, signature_json(&p->signatures[k]), &ok);
		o = json_object();
		put(o, "id", text(p->id), &ok);
		put(o, "container", text(p->container), &ok);
		put(o, "encrypted", json_boolean(p->encrypted), &ok);
		put(o, "readable", json_boolean(p->readable), &ok);
		put(o, "algorithm", text(p->algorithm), &ok);
		put(o, "signatures", s, &ok);
		put(o, "attachment", text(p->attachment), &ok);
		put(o, "file", text(files[i]), &ok);
		put(o, "bytes", p->readable ? number(p->len) : json_null(), &ok);
		put(o, "sha256", p->readable ? digest_json(p->data, p->len) : json_null(), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

/* An attachment lies in the file of the content that points to it. */
static const char *attachment_file(const struct osci_contents *c, char *const *files, const char *content_id)
{
	size_t i;

	for (i = 0; i < c->n_items; i++)
		if (c->items[i].attachment && strcmp(c->items[i].attachment, content_id) == 0)
			return files[i];
	return NULL;
}

static json_t *attachments_json(const struct osci_contents *c, char *const *files)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < c->n_attachments && ok; i++) {
		const struct osci_attachment *p = &c->attachments[i];

		o = json_object();
		put(o, "content_id", text(p->content_id), &ok);
		put(o, "encrypted", json_boolean(p->encrypted), &ok);
		put(o, "readable", json_boolean(p->data != NULL), &ok);
		put(o, "algorithm", text(p->algorithm), &ok);
		put(o, "file", text(attachment_file(c, files, p->content_id)), &ok);
		put(o, "bytes", p->data ? number(p->len) : json_null(), &ok);
		append(a, o, &ok);
	}
	return done(a, ok);
}

json_t *message_json(const struct osci_message *m, const struct osci_contents *c, char *const *files)
{
	const char *block = osci_type_answer(m->type) != OSCI_FAULT ? "ClientSignature" : "SupplierSignature";
	json_t *o = json_object();
	bool ok = true;

	put(o, "type", json_string(osci_type_name(m->type)), &ok);
	put(o, "transport_encrypted", json_boolean(m->transport_encrypted), &ok);
	put(o, "transport_algorithm", text(m->transport_cipher), &ok);
	put(o, "message_id", text(m->message_id), &ok);
	put(o, "subject", text(m->subject), &ok);
	put(o, "client_signature", signature_json(&m->signature), &ok);
	put(o, "signature_block", m->signature.status == OSCI_SIG_VALID ? json_string(block) : json_null(), &ok);
	put(o, "control_block", control_json(&m->control), &ok);
	put(o, "languages", text(m->languages), &ok);
	put(o, "receiver_uri", text(m->receiver_uri), &ok);
	put(o, "quality_creation", text(m->quality_creation), &ok);
	put(o, "quality_reception", text(m->quality_reception), &ok);
	put(o, "selection", selection_json(&m->selection), &ok);
	put(o, "feedback", feedback_json(m->feedback, m->n_feedback), &ok);
	put(o, "inside_feedback", feedback_json(m->inside_feedback, m->n_inside_feedback), &ok);
	put(o, "process_cards", cards_json(m), &ok);
	put(o, "chunk", chunk_json(&m->chunk), &ok);
	put(o, "features", features_json(m), &ok);
	put(o, "custom_headers", custom_json(m), &ok);
	put(o, "certificates", certificates_json(m), &ok);
	put(o, "contents", contents_json(c, files), &ok);
	put(o, "attachments", attachments_json(c, files), &ok);
	put(o, "fault", fault_json(m), &ok);
	return done(o, ok);
}

json_t *rejected_json(const struct osci_err *err)
{
	json_t *o = json_object(), *outer = json_object();
	bool ok = true;

	put(o, "code", json_string(err->feedback[0] ? err->feedback : "9100"), &ok);
	put(o, "reason", json_string(err->what[0] ? err->what : osci_result_name(err->code)), &ok);
	put(o, "where", json_string(err->where), &ok);
	put(outer, "rejected", o, &ok);
	return done(outer, ok);
}
