/* SPDX-License-Identifier: Apache-2.0 */
/* facts - see facts.h */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "facts.h"

#define CERTS_MAX 32
#define CONTENTS_MAX 64

const char *const vector_key_names[VK_COUNT] = {
	"office-sign", "office-cipher", "intermediary-sign", "intermediary-cipher", "recipient-sign", "recipient-cipher",
	"reader-cipher", "author-sign", "stranger",
};

static void text(json_t *o, const char *key, const char *value)
{
	if (value)
		json_object_set_new(o, key, json_string(value));
}

static void number(json_t *o, const char *key, uint64_t value)
{
	if (value)
		json_object_set_new(o, key, json_integer((json_int_t)value));
}

static void list(json_t *o, const char *key, json_t *a)
{
	if (json_array_size(a))
		json_object_set_new(o, key, a);
	else
		json_decref(a);
}

static void hash(json_t *o, const char *key, const void *data, size_t len)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	char hex[2 * OSCI_DIGEST_MAX + 1];
	size_t n;

	if (osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), data, len, digest, &n))
		abort();
	osci_hex(hex, digest, n);
	text(o, key, hex);
}

static json_t *feedback(const struct osci_feedback *f, size_t n)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *o = json_object();

		text(o, "code", f[i].code);
		text(o, "lang", f[i].lang);
		text(o, "text", f[i].text);
		json_array_append_new(a, o);
	}
	return a;
}

static void card_time(json_t *o, const char *key, const char *time, const struct osci_stamp *stamp)
{
	json_t *s;

	text(o, key, time);
	if (!stamp->algorithm)
		return;
	s = json_object();
	text(s, "algorithm", stamp->algorithm);
	hash(s, "sha256", stamp->token, stamp->len);
	json_object_set_new(json_object_get(o, "stamps"), key, s);
}

static json_t *cards(const struct osci_card *c, size_t n)
{
	json_t *a = json_array();
	size_t i, k;

	for (i = 0; i < n; i++) {
		json_t *o = json_object(), *inspections = json_array();

		text(o, "message_id", c[i].message_id);
		text(o, "recent_modification", c[i].recent_modification);
		json_object_set_new(o, "stamps", json_object());
		card_time(o, "creation", c[i].creation, &c[i].creation_stamp);
		card_time(o, "forwarding", c[i].forwarding, &c[i].forwarding_stamp);
		card_time(o, "reception", c[i].reception, &c[i].reception_stamp);
		text(o, "subject", c[i].subject);
		for (k = 0; k < c[i].n_inspections; k++) {
			const struct osci_inspection *p = &c[i].inspections[k];
			json_t *q = json_object();

			text(q, "time", p->time);
			text(q, "subject", p->subject);
			text(q, "issuer", p->issuer);
			text(q, "serial", p->serial);
			text(q, "type", p->cert_type);
			text(q, "math", p->math);
			text(q, "offline", p->offline);
			text(q, "online", p->online);
			json_array_append_new(inspections, q);
		}
		list(o, "inspections", inspections);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *selection(const struct osci_selection *s)
{
	static const char *const kinds[] = { "none", "MessageId", "ReceptionOfDelivery", "RecentModification" };
	json_t *o = json_object(), *ids = json_array();
	size_t i;

	text(o, "rule", kinds[s->kind]);
	for (i = 0; i < s->n_message_ids; i++)
		json_array_append_new(ids, json_string(s->message_ids[i]));
	list(o, "message_ids", ids);
	text(o, "time", s->time);
	text(o, "role", s->role);
	number(o, "no_reception", s->no_reception);
	number(o, "limit", s->limit);
	return o;
}

static json_t *chunk(const struct osci_chunk *c)
{
	json_t *o = json_object();

	number(o, "info_only", c->info_only);
	number(o, "number", c->number);
	number(o, "size_kib", c->size_kib);
	number(o, "total_kib", c->total_kib);
	number(o, "total_chunks", c->total_chunks);
	text(o, "received", c->received);
	return o;
}

static json_t *features(const struct osci_features *f)
{
	json_t *o = json_object(), *a = json_array();
	size_t i;

	for (i = 0; i < f->n; i++) {
		json_t *one = json_object();

		text(one, "key", f->list[i].key);
		text(one, "version", f->list[i].version);
		json_array_append_new(a, one);
	}
	list(o, "list", a);
	number(o, "max_chunk", f->max_chunk);
	number(o, "min_chunk", f->min_chunk);
	number(o, "max_message", f->max_message);
	number(o, "chunk_timeout", f->chunk_timeout);
	return o;
}

static json_t *control(const struct osci_control *c)
{
	json_t *o = json_object();

	text(o, "response", c->response);
	text(o, "challenge", c->challenge);
	text(o, "conversation_id", c->conversation_id);
	if (c->has_sequence)
		json_object_set_new(o, "sequence_number", json_integer((json_int_t)c->sequence));
	return o;
}

/* By role, then as they came: blocks of the intermediary stand first in a message and last in the list of roles. */
static json_t *certificates(const struct osci_draft_cert *v, size_t n)
{
	json_t *a = json_array();
	unsigned role;
	size_t i;

	for (role = 0; role <= OSCI_SIGN_INTERMEDIARY; role++)
		for (i = 0; i < n; i++) {
			json_t *o;

			if ((unsigned)v[i].role != role)
				continue;
			o = json_object();
			text(o, "role", osci_role_element(v[i].role));
			text(o, "sha256", osci_cert_sha256(v[i].cert));
			json_array_append_new(a, o);
		}
	return a;
}

static json_t *contents(const struct fact_content *v, size_t n)
{
	json_t *a = json_array();
	size_t i, k;

	for (i = 0; i < n; i++) {
		json_t *o = json_object(), *signers = json_array();

		text(o, "algorithm", v[i].algorithm);
		text(o, "attachment", v[i].attachment);
		json_object_set_new(o, "readable", json_boolean(v[i].data != NULL));
		if (v[i].data) {
			json_object_set_new(o, "bytes", json_integer((json_int_t)v[i].len));
			hash(o, "sha256", v[i].data, v[i].len);
		}
		for (k = 0; k < v[i].n_signers; k++)
			json_array_append_new(signers, json_string(osci_cert_sha256(v[i].signers[k])));
		list(o, "signers", signers);
		json_array_append_new(a, o);
	}
	return a;
}

json_t *facts_json(const struct facts *f)
{
	const struct osci_draft *d = f->draft;
	json_t *o = json_object();

	text(o, "type", osci_type_name(d->type));
	text(o, "transport_algorithm", f->transport_cipher);
	if (d->type == OSCI_FAULT) {
		text(o, "faultcode", d->fault_code);
		text(o, "fault_osci", d->fault_osci);
		text(o, "fault_text", d->fault_text);
		return o;
	}
	text(o, "signature_algorithm", f->signature);
	text(o, "signer", f->signer ? osci_cert_sha256(f->signer) : NULL);
	json_object_set_new(o, "control_block", control(&d->control));
	text(o, "languages", d->languages);
	text(o, "message_id", d->message_id);
	text(o, "message_id_response", d->message_id_response);
	text(o, "subject", d->subject);
	text(o, "receiver_uri", d->receiver_uri);
	text(o, "quality_creation", d->quality_creation);
	text(o, "quality_reception", d->quality_reception);
	json_object_set_new(o, "selection", selection(&d->selection));
	list(o, "feedback", feedback(d->feedback, d->n_feedback));
	list(o, "inside_feedback", feedback(d->inside_feedback, d->n_inside_feedback));
	list(o, "process_cards", cards(d->cards, d->n_cards));
	if (d->chunk.present)
		json_object_set_new(o, "chunk", chunk(&d->chunk));
	json_object_set_new(o, "features", features(d->features));
	number(o, "custom_headers", d->n_custom);
	list(o, "certificates", certificates(f->certs, f->n_certs));
	json_object_set_new(o, "has_content", json_boolean(d->has_package));
	list(o, "contents", contents(f->contents, f->n_contents));
	return o;
}

json_t *facts_of_message(const struct osci_message *m, const struct osci_contents *c)
{
	struct osci_draft d = {
		.type = m->type, .control = m->control, .languages = m->languages, .message_id = m->message_id,
		.message_id_response = m->message_id_response, .subject = m->subject, .receiver_uri = m->receiver_uri,
		.quality_creation = m->quality_creation, .quality_reception = m->quality_reception,
		.selection = m->selection, .feedback = m->feedback, .n_feedback = m->n_feedback,
		.inside_feedback = m->inside_feedback, .n_inside_feedback = m->n_inside_feedback, .cards = m->cards,
		.n_cards = m->n_cards, .chunk = m->chunk, .features = &m->announced, .n_custom = m->n_custom,
		.has_package = m->has_content, .fault_code = m->fault_code, .fault_osci = m->fault_osci,
		.fault_text = m->fault_text,
	};
	struct osci_draft_cert certs[CERTS_MAX];
	struct fact_content items[CONTENTS_MAX];
	struct facts f = { .draft = &d, .certs = certs, .n_certs = m->n_certs, .contents = items, .n_contents = c->n_items };
	size_t i, k;

	if (m->n_certs > CERTS_MAX || c->n_items > CONTENTS_MAX)
		abort();
	f.transport_cipher = m->transport_cipher;
	if (m->signature.status == OSCI_SIG_VALID) {
		f.signature = m->signature.algorithm;
		f.signer = m->signature.cert;
	}
	for (i = 0; i < m->n_certs; i++)
		certs[i] = (struct osci_draft_cert){ m->certs[i].role, m->certs[i].cert, NULL };
	for (i = 0; i < c->n_items; i++) {
		const struct osci_content_item *item = &c->items[i];

		items[i] = (struct fact_content){ .data = item->readable ? item->data : NULL, .len = item->len,
						  .algorithm = item->encrypted ? item->algorithm : NULL,
						  .attachment = item->attachment };
		for (k = 0; k < item->n_signatures && k < 4; k++)
			items[i].signers[items[i].n_signers++] = item->signatures[k].cert;
	}
	return facts_json(&f);
}
