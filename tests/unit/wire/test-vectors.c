/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vectors - every message of the reference implementation opens as its description says, every altered
 * one is refused.  One line of TAP for each file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "t_vectors.h"

static struct t_vectors vectors;

static const char *string(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void same(const char *what, const char *got, const char *expected)
{
	if ((got == NULL) != (expected == NULL) || (got && strcmp(got, expected) != 0))
		fail_msg("%s: %s, expected %s", what, got ? got : "(none)", expected ? expected : "(none)");
}

static void same_cert(const char *what, const struct osci_cert *got, const char *key)
{
	struct osci_cert *expected = t_vectors_cert(&vectors, key);

	assert_non_null(expected);
	if (!got || !osci_cert_equal(got, expected))
		fail_msg("%s: not the certificate %s", what, key);
	osci_cert_unref(expected);
}

static void check_control(const struct osci_message *m, const json_t *j)
{
	const json_t *sequence = json_object_get(j, "sequence_number");

	same("response", m->control.response, string(j, "response"));
	same("challenge", m->control.challenge, string(j, "challenge"));
	same("conversation id", m->control.conversation_id, string(j, "conversation_id"));
	assert_int_equal(m->control.has_sequence, sequence != NULL);
	if (sequence)
		assert_int_equal(m->control.sequence, json_integer_value(sequence));
}

static void check_signature(const struct osci_message *m, const json_t *j)
{
	if (!json_is_true(json_object_get(j, "present"))) {
		assert_int_equal(m->signature.status, OSCI_SIG_ABSENT);
		return;
	}
	assert_int_equal(m->signature.status, OSCI_SIG_VALID);
	same("signature algorithm", m->signature.algorithm, string(j, "algorithm"));
	same_cert("signer", m->signature.cert, string(j, "signer"));
}

static void check_certs(const struct osci_message *m, const json_t *j)
{
	const json_t *entry;
	size_t i;

	assert_int_equal(m->n_certs, json_array_size(j));
	json_array_foreach(j, i, entry) {
		same("role", osci_role_element(m->certs[i].role), string(entry, "element"));
		same("certificate Id", m->certs[i].id, string(entry, "id"));
		same_cert("certificate", m->certs[i].cert, string(entry, "key"));
	}
}

static void check_feedback(const struct osci_feedback *v, size_t n, const json_t *j)
{
	const json_t *entry;
	size_t i;

	assert_int_equal(n, json_array_size(j));
	json_array_foreach(j, i, entry) {
		same("feedback code", v[i].code, string(entry, "code"));
		same("feedback language", v[i].lang, string(entry, "lang"));
		same("feedback text", v[i].text, string(entry, "text"));
	}
}

static void check_cards(const struct osci_message *m, const json_t *j)
{
	const json_t *entry;
	size_t i;

	assert_int_equal(m->n_cards, json_array_size(j));
	json_array_foreach(j, i, entry) {
		same("card: message id", m->cards[i].message_id, string(entry, "message_id"));
		same("card: modified", m->cards[i].recent_modification, string(entry, "recent_modification"));
		same("card: creation", m->cards[i].creation, string(entry, "creation"));
		same("card: forwarding", m->cards[i].forwarding, string(entry, "forwarding"));
		same("card: reception", m->cards[i].reception, string(entry, "reception"));
		same("card: subject", m->cards[i].subject, string(entry, "subject"));
		assert_int_equal(m->cards[i].n_inspections, json_integer_value(json_object_get(entry, "inspections")));
	}
}

static void check_selection(const struct osci_message *m, const json_t *j)
{
	static const char *const kinds[] = { "none", "MessageId", "ReceptionOfDelivery", "RecentModification" };
	const char *rule = string(j, "selection");

	same("selection", kinds[m->selection.kind], rule ? rule : "none");
	if (m->selection.kind == OSCI_SELECT_MESSAGE_ID)
		same("selected id", m->selection.message_ids[0], string(j, "selection_value"));
	else
		same("selected time", m->selection.time, string(j, "selection_value"));
	assert_int_equal(m->selection.limit, json_integer_value(json_object_get(j, "quantity_limit")));
}

static void check_chunk(const struct osci_message *m, const json_t *j)
{
	static const char *const names[] = { "ChunkNumber", "ChunkSize", "TotalMessageSize", "TotalChunkNumbers" };
	const uint64_t got[] = { m->chunk.number, m->chunk.size_kib, m->chunk.total_kib, m->chunk.total_chunks };
	size_t i;

	assert_int_equal(m->chunk.present, j != NULL);
	for (i = 0; j && i < 4; i++)
		assert_int_equal(got[i], string(j, names[i]) ? (uint64_t)atoll(string(j, names[i])) : 0);
	if (j)
		same("received chunks", m->chunk.received, string(j, "ReceivedChunks"));
}

static void check_features(const struct osci_message *m, const json_t *j)
{
	const json_t *entry;
	char text[400];
	size_t i;

	assert_int_equal(m->n_features, json_array_size(j));
	json_array_foreach(j, i, entry) {
		snprintf(text, sizeof(text), "%s %s", m->features[i].key, m->features[i].version);
		same("feature", text, json_string_value(entry));
	}
}

static void check_fields(const struct osci_message *m, const json_t *j)
{
	const json_t *custom = json_object_get(j, "custom_headers");
	size_t i;

	same("message id", m->type == OSCI_PROCESS_DELIVERY ? m->message_id_response : m->message_id,
	     string(j, "message_id"));
	same("subject", m->subject, string(j, "subject"));
	same("languages", m->languages, string(j, "languages"));
	same("receiver", m->receiver_uri, string(j, "content_receiver"));
	check_feedback(m->feedback, m->n_feedback, json_object_get(j, "feedback"));
	check_feedback(m->inside_feedback, m->n_inside_feedback, json_object_get(j, "inside_feedback"));
	check_cards(m, json_object_get(j, "process_cards"));
	check_selection(m, j);
	check_chunk(m, json_object_get(j, "chunk_information"));
	check_features(m, json_object_get(j, "features"));
	assert_int_equal(m->n_custom, json_array_size(custom));
	for (i = 0; i < m->n_custom; i++)
		same("custom header", m->custom[i].xml, json_string_value(json_array_get(custom, i)));
}

/* --- contents ------------------------------------------------------------ */

struct place {
	const struct osci_contents *c;
	size_t n; /* contents of the description seen */
};

static const struct osci_content_item *find(const struct osci_contents *c, const char *container, const char *id)
{
	size_t i;

	for (i = 0; i < c->n_items; i++)
		if (strcmp(c->items[i].id, id) == 0 && strcmp(c->items[i].container, container) == 0)
			return &c->items[i];
	fail_msg("content %s of container %s is missing", id, container);
	return NULL;
}

static void check_octets(const unsigned char *data, size_t len, const json_t *j)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	char hex[2 * OSCI_DIGEST_MAX + 1];
	size_t n;

	assert_int_equal(len, json_integer_value(json_object_get(j, "length")));
	assert_int_equal(osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), data, len, digest, &n), 0);
	osci_hex(hex, digest, n);
	same("sha256", hex, string(j, "sha256"));
}

static void check_attachment(const struct osci_contents *c, const json_t *j)
{
	size_t i;

	for (i = 0; i < c->n_attachments; i++)
		if (strcmp(c->attachments[i].content_id, string(j, "content_id")) == 0)
			break;
	assert_true(i < c->n_attachments);
	assert_int_equal(c->attachments[i].encrypted, json_is_true(json_object_get(j, "encrypted")));
	same("attachment algorithm", c->attachments[i].algorithm, string(j, "algorithm"));
	check_octets(c->attachments[i].data, c->attachments[i].len, j);
}

static void check_payload(struct place *p, const json_t *j);

/* Depth is that of a description in the repository of vectors: two or three. */
static void check_container(struct place *p, const json_t *j, bool encrypted, const char *algorithm)
{
	const json_t *signatures = json_object_get(j, "signatures"), *contents = json_object_get(j, "contents"), *entry;
	const struct osci_content_item *item;
	size_t i, k;

	json_array_foreach(contents, i, entry) {
		if (strcmp(string(entry, "type"), "container") == 0) {
			check_container(p, json_object_get(entry, "container"), encrypted, algorithm);
			continue;
		}
		item = find(p->c, string(j, "id"), string(entry, "id"));
		p->n++;
		assert_true(item->readable);
		assert_int_equal(item->encrypted, encrypted);
		same("content algorithm", item->algorithm, encrypted ? algorithm : NULL);
		same("attachment", item->attachment, string(entry, "content_id"));
		check_octets(item->data, item->len, entry);
		if (item->attachment)
			check_attachment(p->c, entry);
		assert_int_equal(item->n_signatures, json_array_size(signatures));
		for (k = 0; k < item->n_signatures; k++) {
			const json_t *s = json_array_get(signatures, k);

			assert_int_equal(item->signatures[k].status, OSCI_SIG_VALID);
			same("content signature", item->signatures[k].algorithm, string(s, "algorithm"));
			same_cert("content signer", item->signatures[k].cert, string(s, "signer"));
		}
	}
	check_payload(p, json_object_get(j, "encrypted_data"));
}

static void check_payload(struct place *p, const json_t *j)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(j, i, entry)
		check_container(p, json_object_get(entry, "container"), json_is_true(json_object_get(entry, "encrypted")),
				string(entry, "algorithm"));
}

static void check_fault(const struct osci_message *m, const json_t *j)
{
	same("fault code", m->fault_code, string(j, "faultcode"));
	same("fault text", m->fault_text, string(j, "faultstring"));
	same("OSCI code", m->fault_osci, string(j, "osci_code"));
	assert_int_equal(m->signature.status, OSCI_SIG_ABSENT);
}

/* --- one file -------------------------------------------------------------- */

static bool needs_cbc(const char *name)
{
	return strstr(name, "cbc") != NULL;
}

static json_t *description(const char *name, unsigned char **data, size_t *len)
{
	char path[8192];
	json_t *j;

	snprintf(path, sizeof(path), "%s/%s.json", vectors.dir, name);
	j = json_load_file(path, 0, NULL);
	assert_non_null(j);
	snprintf(path, sizeof(path), "%s/%s", vectors.dir, string(j, "file"));
	*data = t_read(path, len);
	assert_non_null(*data);
	return j;
}

static void accept(const char *name, const json_t *j, const unsigned char *data, size_t len)
{
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	const json_t *transport = json_object_get(j, "transport");
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_err err;
	struct place p = { 0 };
	int r;

	opts.policy.allow_cbc = needs_cbc(name);
	r = t_open(data, len, &opts, &m, &c, &err);
	if (r)
		fail_msg("refused (%d): %s %s: %s", r, err.feedback, err.where, err.what);
	same("type", osci_type_name(m->type), string(j, "message_type"));
	assert_int_equal(m->transport_encrypted, json_is_true(json_object_get(transport, "encrypted")));
	same("transport cipher", m->transport_cipher, string(transport, "algorithm"));
	if (m->type == OSCI_FAULT) {
		check_fault(m, j);
	} else {
		check_control(m, json_object_get(j, "control_block"));
		check_signature(m, json_object_get(j, "message_signature"));
		check_certs(m, json_object_get(j, "certificates"));
		check_fields(m, json_object_get(j, "fields"));
	}
	p.c = c;
	check_payload(&p, json_object_get(j, "payload"));
	assert_int_equal(p.n, c->n_items);
	osci_contents_freep(&c);
	osci_message_freep(&m);
}

static bool behind_cbc(const json_t *j)
{
	const char *cipher = string(json_object_get(j, "transport"), "algorithm");

	return cipher && strstr(cipher, "-cbc") != NULL;
}

/* The answer to whatever is wrong behind a cipher without authentication: this one, to the octet. */
static void one_failure(const unsigned char *data, size_t len, const struct osci_open_opts *opts)
{
	struct osci_err err, expected = { 0 };

	osci_fail(&expected, OSCI_E_DECRYPT, "9202", "xenc:EncryptedData", "decryption failed");
	assert_int_equal(t_open(data, len, opts, NULL, NULL, &err), OSCI_E_DECRYPT);
	assert_string_equal(err.feedback, expected.feedback);
	assert_string_equal(err.where, expected.where);
	assert_string_equal(err.what, expected.what);
}

/* What the policy of the caller adds: signatures demanded, CBC refused, nobody trusted. */
static void accept_stricter(const char *name, const json_t *j, const unsigned char *data, size_t len)
{
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	bool is_signed = json_is_true(json_object_get(json_object_get(j, "message_signature"), "present"));
	bool encrypted = json_is_true(json_object_get(json_object_get(j, "transport"), "encrypted"));
	bool fault = strcmp(string(j, "message_type"), "soapFault") == 0, cbc = encrypted && behind_cbc(j);
	struct osci_err err;

	if (needs_cbc(name)) {
		assert_int_equal(t_open(data, len, &opts, NULL, NULL, &err), OSCI_E_ALGORITHM);
		opts.policy.allow_cbc = true;
	}
	opts.policy.require_signature = true;
	assert_int_equal(t_open(data, len, &opts, NULL, NULL, &err),
			 is_signed || fault ? 0 : cbc ? OSCI_E_DECRYPT : OSCI_E_UNSIGNED);
	opts.policy.require_signature = false;
	opts.policy.require_encryption = true;
	assert_int_equal(t_open(data, len, &opts, NULL, NULL, &err), encrypted || fault ? 0 : OSCI_E_MALFORMED);
	opts.policy.require_encryption = false;
	opts.trust = NULL;
	if (is_signed)
		assert_int_equal(t_open(data, len, &opts, NULL, NULL, &err), cbc ? OSCI_E_DECRYPT : OSCI_E_UNTRUSTED);
	/* Behind CBC a wrong signature is a failed decryption even for who would rather be told. */
	opts.policy.report_signature = true;
	if (is_signed && cbc)
		one_failure(data, len, &opts);
	opts = t_vectors_opts(&vectors);
	opts.policy.allow_cbc = true;
	opts.n_keys = 0;
	if (encrypted) {
		assert_int_equal(t_open(data, len, &opts, NULL, NULL, &err), OSCI_E_NO_KEY);
		assert_string_equal(err.feedback, "9200");
	}
}

static void refuse(const char *name, const json_t *j, const unsigned char *data, size_t len)
{
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	const char *code = string(j, "suggested_osci_code"), *layer = string(j, "layer");
	struct osci_err err;
	int r;

	opts.policy.allow_cbc = needs_cbc(name);
	r = t_open(data, len, &opts, NULL, NULL, &err);
	if (r <= 0 || !err.what[0] || strlen(err.feedback) != 4)
		fail_msg("result %d (%s %s), but: %s", r, err.feedback, err.what, string(j, "reason"));
	if (code)
		same("code", err.feedback, code);
	if (needs_cbc(name))
		one_failure(data, len, &opts);
	if (strcmp(layer, "trust") == 0)
		assert_int_equal(r, OSCI_E_UNTRUSTED);
	if (strcmp(layer, "algorithm-policy") == 0)
		assert_int_equal(r, OSCI_E_ALGORITHM);
}

static void one(void **state)
{
	const char *name = *state;
	unsigned char *data;
	size_t len;
	json_t *j = description(name, &data, &len);

	if (strcmp(string(j, "expect"), "accept") == 0) {
		accept(name, j, data, len);
		accept_stricter(name, j, data, len);
	} else {
		refuse(name, j, data, len);
	}
	json_decref(j);
	free(data);
}

int main(void)
{
	struct CMUnitTest *tests;
	char **names;
	size_t n, i;
	int r;

	if (!t_vectors_load(&vectors)) {
		printf("1..0 # SKIP no vectors\n");
		t_vectors_free(&vectors);
		return 0;
	}
	names = t_names(vectors.dir, ".json", &n);
	tests = calloc(n, sizeof(*tests));
	for (i = 0; i < n; i++) {
		names[i][strlen(names[i]) - strlen(".json")] = '\0';
		tests[i].name = names[i];
		tests[i].test_func = one;
		tests[i].initial_state = names[i];
	}
	r = _cmocka_run_group_tests("vectors", tests, n, NULL, NULL);
	printf("# %zu vectors\n", n);
	free(tests);
	t_names_free(names);
	t_vectors_free(&vectors);
	return r;
}
