/* SPDX-License-Identifier: Apache-2.0 */
/* open_json - messages, certificates, process cards and feedback as JSON */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/blobs.h"
#include <osci/feedback.h>
#include "tools/tool.h"

static json_t *signature_json(const struct osci_signature *s)
{
	bool valid = s->status == OSCI_SIG_VALID, ok = true;
	json_t *o = json_object();

	jput(o, "status", json_string(valid ? "valid" : "absent"), &ok);
	jput(o, "algorithm", jtext(valid ? s->algorithm : NULL), &ok);
	jput(o, "certificate_subject", jtext(valid ? osci_cert_subject(s->cert) : NULL), &ok);
	jput(o, "certificate_sha256", jtext(valid ? osci_cert_sha256(s->cert) : NULL), &ok);
	return jdone(o, ok);
}

static json_t *control_json(const struct osci_control *c)
{
	json_t *o = json_object();
	bool ok = true;

	jput(o, "response", jtext(c->response), &ok);
	jput(o, "challenge", jtext(c->challenge), &ok);
	jput(o, "conversation_id", jtext(c->conversation_id), &ok);
	jput(o, "sequence_number", c->has_sequence ? jnumber(c->sequence) : json_null(), &ok);
	return jdone(o, ok);
}

static json_t *certificates_json(const struct osci_message *m)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_certs && ok; i++) {
		o = json_object();
		jput(o, "role", json_string(osci_role_element(m->certs[i].role)), &ok);
		jput(o, "id", jtext(m->certs[i].id), &ok);
		jput(o, "subject", jtext(osci_cert_subject(m->certs[i].cert)), &ok);
		jput(o, "sha256", jtext(osci_cert_sha256(m->certs[i].cert)), &ok);
		jappend(a, o, &ok);
	}
	return jdone(a, ok);
}

json_t *feedback_json(const struct osci_feedback *f, size_t n)
{
	json_t *a = json_array(), *o, *words;
	bool ok = true;
	size_t i;

	for (i = 0; i < n && ok; i++) {
		o = json_object();
		jput(o, "code", jtext(f[i].code), &ok);
		jput(o, "lang", jtext(f[i].lang), &ok);
		jput(o, "text", jtext(f[i].text), &ok);
		words = json_null();
		if (osci_feedback_index(f[i].code) < OSCI_FEEDBACK_CODES) {
			words = json_object();
			jput(words, "de", json_string(osci_feedback_text(f[i].code, "de")), &ok);
			jput(words, "en", json_string(osci_feedback_text(f[i].code, "en")), &ok);
		}
		jput(o, "meaning", words, &ok);
		jappend(a, o, &ok);
	}
	return jdone(a, ok);
}

static json_t *inspections_json(const struct osci_card *c)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < c->n_inspections && ok; i++) {
		const struct osci_inspection *p = &c->inspections[i];

		o = json_object();
		jput(o, "time", jtext(p->time), &ok);
		jput(o, "subject", jtext(p->subject), &ok);
		jput(o, "issuer", jtext(p->issuer), &ok);
		jput(o, "serial", jtext(p->serial), &ok);
		jput(o, "type", jtext(p->cert_type), &ok);
		jput(o, "math", jtext(p->math), &ok);
		jput(o, "offline", jtext(p->offline), &ok);
		jput(o, "online", jtext(p->online), &ok);
		jappend(a, o, &ok);
	}
	return jdone(a, ok);
}

json_t *card_json(const struct osci_card *c)
{
	json_t *o;
	bool ok = true;

	if (!c)
		return json_null();
	o = json_object();
	jput(o, "message_id", jtext(c->message_id), &ok);
	jput(o, "recent_modification", jtext(c->recent_modification), &ok);
	jput(o, "creation", jtext(c->creation), &ok);
	jput(o, "forwarding", jtext(c->forwarding), &ok);
	jput(o, "reception", jtext(c->reception), &ok);
	jput(o, "subject", jtext(c->subject), &ok);
	jput(o, "inspections", inspections_json(c), &ok);
	return jdone(o, ok);
}

static json_t *cards_json(const struct osci_message *m)
{
	json_t *a = json_array();
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_cards && ok; i++)
		jappend(a, card_json(&m->cards[i]), &ok);
	return jdone(a, ok);
}

static json_t *selection_json(const struct osci_selection *s)
{
	static const char *const kinds[] = { "none", "MessageId", "ReceptionOfDelivery", "RecentModification" };
	json_t *o = json_object(), *ids = json_array();
	bool ok = true;
	size_t i;

	for (i = 0; i < s->n_message_ids && ok; i++)
		jappend(ids, jtext(s->message_ids[i]), &ok);
	jput(o, "rule", json_string(kinds[s->kind]), &ok);
	jput(o, "message_ids", ids, &ok);
	jput(o, "time", jtext(s->time), &ok);
	jput(o, "no_reception", json_boolean(s->no_reception), &ok);
	jput(o, "role", jtext(s->role), &ok);
	jput(o, "limit", s->limit ? jnumber(s->limit) : json_null(), &ok);
	return jdone(o, ok);
}

static json_t *chunk_json(const struct osci_chunk *c)
{
	json_t *o;
	bool ok = true;

	if (!c->present)
		return json_null();
	o = json_object();
	jput(o, "info_only", json_boolean(c->info_only), &ok);
	jput(o, "number", jnumber(c->number), &ok);
	jput(o, "size_kib", jnumber(c->size_kib), &ok);
	jput(o, "total_kib", jnumber(c->total_kib), &ok);
	jput(o, "total_chunks", jnumber(c->total_chunks), &ok);
	jput(o, "received", jtext(c->received), &ok);
	return jdone(o, ok);
}

static json_t *feature_list_json(const struct osci_message *m)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_features && ok; i++) {
		o = json_object();
		jput(o, "key", jtext(m->features[i].key), &ok);
		jput(o, "version", jtext(m->features[i].version), &ok);
		jappend(a, o, &ok);
	}
	return jdone(a, ok);
}

json_t *features_json(const struct osci_features *f)
{
	json_t *o = json_object(), *a = json_array();
	bool ok = true;
	char text[600];
	size_t i;

	for (i = 0; i < f->n && ok; i++) {
		snprintf(text, sizeof(text), "%s %s", f->list[i].key, f->list[i].version ? f->list[i].version : "");
		jappend(a, json_string(text), &ok);
	}
	jput(o, "list", a, &ok);
	jput(o, "min_chunk_kib", f->min_chunk ? jnumber(f->min_chunk) : json_null(), &ok);
	jput(o, "max_chunk_kib", f->max_chunk ? jnumber(f->max_chunk) : json_null(), &ok);
	jput(o, "max_message_kib", f->max_message ? jnumber(f->max_message) : json_null(), &ok);
	jput(o, "chunk_timeout_s", f->chunk_timeout ? jnumber(f->chunk_timeout) : json_null(), &ok);
	return jdone(o, ok);
}

static void algorithm(json_t *o, const char *key, enum osci_alg_kind kind, const char *uri, bool *ok)
{
	const struct osci_alg *alg = osci_alg_find(kind, uri);

	jput(o, key, jtext(alg ? alg->name : NULL), ok);
}

json_t *suite_json(const struct osci_suite *s)
{
	json_t *o = json_object();
	bool ok = true;

	algorithm(o, "signature", OSCI_ALG_SIGN, s->signature, &ok);
	algorithm(o, "digest", OSCI_ALG_DIGEST, s->digest, &ok);
	algorithm(o, "cipher", OSCI_ALG_CIPHER, s->cipher, &ok);
	jput(o, "iv_octets", s->iv_octets ? jnumber(s->iv_octets) : json_null(), &ok);
	algorithm(o, "oaep_digest", OSCI_ALG_OAEP_DIGEST, s->oaep_digest, &ok);
	algorithm(o, "oaep_mgf", OSCI_ALG_MGF, s->oaep_mgf, &ok);
	return jdone(o, ok);
}

json_t *cert_json(const struct osci_cert *cert)
{
	json_t *o = json_object(), *use = json_array();
	int64_t when = osci_cert_not_before(cert);
	bool ok = true;

	jput(o, "subject", jtext(osci_cert_subject(cert)), &ok);
	jput(o, "issuer", jtext(osci_cert_issuer(cert)), &ok);
	jput(o, "serial", jtext(osci_cert_serial(cert)), &ok);
	jput(o, "not_before", jtime(when), &ok);
	jput(o, "not_after", jtime(osci_cert_not_after(cert)), &ok);
	jput(o, "key", json_string(osci_cert_is_rsa(cert) ? "RSA" : "EC"), &ok);
	jput(o, "bits", jnumber(osci_cert_bits(cert)), &ok);
	if (osci_cert_check(cert, OSCI_USE_SIGN, when, NULL) == 0)
		jappend(use, json_string("sign"), &ok);
	if (osci_cert_check(cert, OSCI_USE_ENCRYPT, when, NULL) == 0)
		jappend(use, json_string("encrypt"), &ok);
	jput(o, "usage", use, &ok);
	jput(o, "sha256", jtext(osci_cert_sha256(cert)), &ok);
	return jdone(o, ok);
}

static json_t *custom_json(const struct osci_message *m)
{
	json_t *a = json_array();
	bool ok = true;
	size_t i;

	for (i = 0; i < m->n_custom && ok; i++)
		jappend(a, json_stringn(m->custom[i].xml, m->custom[i].len), &ok);
	return jdone(a, ok);
}

static json_t *fault_json(const struct osci_message *m)
{
	json_t *o;
	bool ok = true;

	if (m->type != OSCI_FAULT)
		return json_null();
	o = json_object();
	jput(o, "faultcode", jtext(m->fault_code), &ok);
	jput(o, "code", jtext(m->fault_osci), &ok);
	jput(o, "text", jtext(m->fault_text), &ok);
	return jdone(o, ok);
}

static json_t *digest_json(const struct osci_content_item *p)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	unsigned char digest[OSCI_DIGEST_MAX];
	char hex[2 * OSCI_DIGEST_MAX + 1];
	size_t n;

	if (p->blob ? osci_digest_blob(sha256, p->blob, digest, &n, NULL) : osci_digest(sha256, p->data, p->len, digest, &n))
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
			jappend(s, signature_json(&p->signatures[k]), &ok);
		o = json_object();
		jput(o, "id", jtext(p->id), &ok);
		jput(o, "container", jtext(p->container), &ok);
		jput(o, "encrypted", json_boolean(p->encrypted), &ok);
		jput(o, "readable", json_boolean(p->readable), &ok);
		jput(o, "algorithm", jtext(p->algorithm), &ok);
		jput(o, "signatures", s, &ok);
		jput(o, "attachment", jtext(p->attachment), &ok);
		jput(o, "file", jtext(files ? files[i] : NULL), &ok);
		jput(o, "bytes", p->readable ? jnumber(p->len) : json_null(), &ok);
		jput(o, "sha256", p->readable ? digest_json(p) : json_null(), &ok);
		jappend(a, o, &ok);
	}
	return jdone(a, ok);
}

/* An attachment lies in the file of the content that points to it. */
static const char *attachment_file(const struct osci_contents *c, char *const *files, const char *content_id)
{
	size_t i;

	for (i = 0; files && i < c->n_items; i++)
		if (c->items[i].attachment && strcmp(c->items[i].attachment, content_id) == 0)
			return files[i];
	return NULL;
}

json_t *attachments_json(const struct osci_contents *c, char *const *files)
{
	json_t *a = json_array(), *o;
	bool ok = true;
	size_t i;

	for (i = 0; i < c->n_attachments && ok; i++) {
		const struct osci_attachment *p = &c->attachments[i];

		o = json_object();
		jput(o, "content_id", jtext(p->content_id), &ok);
		jput(o, "encrypted", json_boolean(p->encrypted), &ok);
		jput(o, "readable", json_boolean(p->blob != NULL), &ok);
		jput(o, "algorithm", jtext(p->algorithm), &ok);
		jput(o, "file", jtext(attachment_file(c, files, p->content_id)), &ok);
		jput(o, "bytes", p->blob ? jnumber(osci_blob_len(p->blob)) : json_null(), &ok);
		jappend(a, o, &ok);
	}
	return jdone(a, ok);
}

json_t *values_json(json_t *o, const struct osci_message *m)
{
	bool ok = true;

	jput(o, "control_block", control_json(&m->control), &ok);
	jput(o, "languages", jtext(m->languages), &ok);
	jput(o, "receiver_uri", jtext(m->receiver_uri), &ok);
	jput(o, "quality_creation", jtext(m->quality_creation), &ok);
	jput(o, "quality_reception", jtext(m->quality_reception), &ok);
	jput(o, "selection", selection_json(&m->selection), &ok);
	jput(o, "feedback", feedback_json(m->feedback, m->n_feedback), &ok);
	jput(o, "inside_feedback", feedback_json(m->inside_feedback, m->n_inside_feedback), &ok);
	jput(o, "process_cards", cards_json(m), &ok);
	jput(o, "chunk", chunk_json(&m->chunk), &ok);
	jput(o, "features", feature_list_json(m), &ok);
	jput(o, "custom_headers", custom_json(m), &ok);
	jput(o, "certificates", certificates_json(m), &ok);
	return jdone(o, ok);
}

json_t *message_json(const struct osci_message *m, const struct osci_contents *c, char *const *files)
{
	const char *block = osci_type_answer(m->type) != OSCI_FAULT ? "ClientSignature" : "SupplierSignature";
	json_t *o = json_object();
	bool ok = true;

	jput(o, "type", json_string(osci_type_name(m->type)), &ok);
	jput(o, "transport_encrypted", json_boolean(m->transport_encrypted), &ok);
	jput(o, "transport_algorithm", jtext(m->transport_cipher), &ok);
	jput(o, "message_id", jtext(m->message_id), &ok);
	jput(o, "subject", jtext(m->subject), &ok);
	jput(o, "client_signature", signature_json(&m->signature), &ok);
	jput(o, "signature_block", m->signature.status == OSCI_SIG_VALID ? json_string(block) : json_null(), &ok);
	o = ok ? values_json(o, m) : jdone(o, ok);
	jput(o, "contents", c ? contents_json(c, files) : json_null(), &ok);
	jput(o, "attachments", c ? attachments_json(c, files) : json_null(), &ok);
	jput(o, "fault", fault_json(m), &ok);
	return jdone(o, ok);
}

json_t *rejected_json(const struct osci_err *err)
{
	json_t *o = json_object(), *outer = json_object();
	bool ok = true;

	jput(o, "code", json_string(err->feedback[0] ? err->feedback : "9100"), &ok);
	jput(o, "reason", json_string(err->what[0] ? err->what : osci_result_name(err->code)), &ok);
	jput(o, "where", json_string(err->where), &ok);
	jput(outer, "rejected", o, &ok);
	return jdone(outer, ok);
}
