/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-hostile - the corpus of inputs made to be refused, by the row of osci/THREATS.md that each belongs to
 *
 * Every input is opened in a process that may neither connect nor open a file, and has to be refused within a second
 * and with little memory; the message after it opens.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "lib/t_confined.h"
#include "lib/t_corpus.h"
#include "t_order.h"
#include "t_seal.h"
#include "t_vectors.h"
#include "wire/types.h"

#define SMALL (1024 * 1024) /* octets: more is opened from its file alone */
#define OPENS 4             /* of a small input, and one of a good message */

static struct t_vectors vectors;
static struct t_corpus corpus;
static bool at_hand;
static unsigned char *good; /* a message that opens */
static size_t good_len;

/*
 * The envelopes of the corpus carry no xsi:schemaLocation, which alone gets them refused.  With it they have to be refused
 * for what is wrong in them; @unsigned: also without their signature, which holds under no key.
 */
static void repaired(struct osci_buf *out, const char *data, size_t len, bool without_signature)
{
	const char *envelope = memmem(data, len, ":Envelope", 9), *end = data + len, *block, *close;
	char location[256];

	if (!envelope) {
		osci_buf_add(out, data, len);
		return;
	}
	envelope += 9;
	osci_schema_location(location, sizeof(location),
			     memmem(data, len, "EncryptedData", 13) ? "MessageEncrypted" : "ResponseToFetchDelivery");
	osci_buf_add(out, data, (size_t)(envelope - data));
	if (!memmem(data, len, "xmlns:xsi=", 10))
		osci_buf_adds(out, " xmlns:xsi=\"" OSCI_NS_XSI "\"");
	if (!memmem(data, len, "xsi:schemaLocation=", 19))
		osci_buf_addf(out, " xsi:schemaLocation=\"%s\"", location);
	block = memmem(envelope, (size_t)(end - envelope), "<osci:SupplierSignature", 23);
	close = block ? memmem(block, (size_t)(end - block), "</osci:SupplierSignature>", 25) : NULL;
	if (!without_signature || !close) {
		osci_buf_add(out, envelope, (size_t)(end - envelope));
		return;
	}
	osci_buf_add(out, envelope, (size_t)(block - envelope));
	osci_buf_add(out, close + 25, (size_t)(end - close - 25));
}

/* Nothing wrong in them but the signature, or a value that is carried as text and never used as a path or log line. */
static bool only_unsigned(const char *name)
{
	static const char *const list[] = { "sig-", "message-id-traversal", "subject-log-injection", "content-length-",
					    "schemalocation-remote" };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (strncmp(name, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

struct job {
	const char *name;
	int fd;
	unsigned char *data; /* small inputs */
	size_t len;
};

/* Refused, with a code and a cause; otherwise false and @text says why not. */
static bool is_refused(int r, const struct osci_err *err, const char *form, char *text, size_t size)
{
	if (r > 0 && err->what[0] && strlen(err->feedback) == 4)
		return true;
	snprintf(text, size, "%s: result %d, %s, %s", form, r, err->feedback, err->what);
	return false;
}

static bool refuses(const void *data, size_t len, const struct osci_open_opts *opts, const char *form, char *text,
		    size_t size)
{
	struct osci_err err = { 0 };
	int r = t_open(data, len, opts, NULL, NULL, &err);

	return is_refused(r, &err, form, text, size);
}

static int open_input(void *arg, char *text, size_t size)
{
	_cleanup_buf_ struct osci_buf located = OSCI_BUF_INIT(16 * SMALL), bare = OSCI_BUF_INIT(16 * SMALL);
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *file = NULL;
	const struct job *job = arg;
	struct osci_err err = { 0 };
	int r;

	opts.policy.require_signature = true;
	r = osci_blob_file(&file, dup(job->fd), 0, job->len, &err);
	if (!r)
		r = osci_open_blob(&m, file, &opts, &err);
	if (!is_refused(r, &err, "from its file", text, size))
		return 1;
	if (job->data) {
		repaired(&located, (const char *)job->data, job->len, false);
		repaired(&bare, (const char *)job->data, job->len, true);
		if (!refuses(located.data, located.len, &opts, "with a schemaLocation", text, size) ||
		    !refuses(bare.data, bare.len, &opts, "without the signature that is demanded", text, size))
			return 1;
		opts.policy.require_signature = false;
		if (!only_unsigned(strchr(job->name, '/') + 1) &&
		    !refuses(bare.data, bare.len, &opts, "without signature", text, size))
			return 1;
	}
	opts.policy.require_signature = false;
	r = t_open(good, good_len, &opts, NULL, NULL, &err);
	snprintf(text, size, "the message after it: %s", err.what);
	return r;
}

/* CPU seconds per opening at most @seconds. */
static void row(double seconds, const char *const *patterns)
{
	char path[4096];
	const char *name;
	struct stat st;
	size_t i = 0, n = 0;

	if (!at_hand)
		skip();
	for (; (name = t_corpus_next(&corpus, patterns, &i)); n++) {
		struct job job = { .name = name };
		struct t_cost cost;

		t_corpus_path(&corpus, name, path);
		job.fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(job.fd >= 0 && fstat(job.fd, &st) == 0);
		job.len = (size_t)st.st_size;
		if (job.len <= SMALL)
			job.data = t_read(path, &job.len);
		cost = t_confined(name, open_input, &job);
		if (cost.result)
			fail_msg("%s: %s", name, cost.text);
		if (cost.seconds > seconds * OPENS * T_SLOWER || (T_SLOWER == 1.0 && cost.kib > T_MEMORY_MAX))
			fail_msg("%s: %.3f s, %ld KiB", name, cost.seconds, cost.kib);
		free(job.data);
		close(job.fd);
	}
	assert_true(n > 0);
}

#define ROW(name, seconds, ...)                                                                                              \
	static void name(void **state)                                                                                      \
	{                                                                                                                    \
		static const char *const patterns[] = { __VA_ARGS__, NULL };                                                 \
                                                                                                                             \
		row(seconds, patterns);                                                                                      \
	}

ROW(x_01_doctypes_and_external_entities, 1, "xml/dtd-*", "xml/xxe-*", "xml/attlist-declares-id.xml")
ROW(x_02_bombs, 0.01, "xml/*bomb*", "xml/billion-laughs.xml", "xml/entity-loop.xml", "xml/attlist-defaults.xml",
    "gen/quadratic-entity.xml")
ROW(x_03_depth, 1, "xml/deep-1000.xml", "xml/unclosed-deep.xml", "gen/deep-100k.xml")
ROW(x_04_sizes, 1, "gen/attributes-*", "gen/namespaces-*", "gen/distinct-*", "gen/text-*", "gen/attribute-value-*",
    "gen/comment-*")
ROW(x_05_encodings, 1, "xml/*utf*", "xml/latin1-*", "xml/overlong-slash.xml", "xml/nul-in-text.xml", "xml/charref-*",
    "xml/cesu8-*", "xml/only-bom.xml", "xml/binary.xml")
ROW(x_06_namespaces, 1, "xml/ns-undeclared-prefix.xml", "xml/ns-xml-prefix-*", "xml/ns-duplicate-*")
ROW(x_07_canonical_form_fails, 1, "xml/ns-relative-uri.xml")
ROW(x_08_comments_in_values, 1, "xml/comment-*")
ROW(x_09_includes_and_instructions, 1, "xml/xinclude-file.xml", "xml/schemalocation-remote.xml", "xml/pi-in-header.xml")
ROW(x_10_behind_the_root, 1, "xml/nul-after-root.xml", "xml/garbage-after-root.xml", "xml/truncated.xml",
    "xml/empty-file.xml")
ROW(x_11_namespaces_that_look_right, 1, "xml/ns-osci-trailing-slash.xml", "xml/ns-soap12-envelope.xml")
ROW(x_13_numbers, 1, "soap/sequence-number-overflow.xml")
ROW(m_01_boundaries, 1, "mime/*boundary*")
ROW(m_02_content_ids_twice, 1, "mime/duplicate-content-id.mime")
ROW(m_03_parts_and_references, 1, "mime/cid-to-nowhere.mime", "mime/unreferenced-part.mime")
ROW(m_05_nested, 1, "mime/nested-multipart.mime")
ROW(m_06_content_lengths, 1, "mime/content-length-*")
ROW(m_07_fields, 1, "mime/header-nul.mime")
ROW(m_08_counts, 1, "gen/mime-*")
ROW(m_09_transfer_encodings, 1, "mime/base64-garbage.mime")
ROW(m_10_root, 1, "mime/root-not-xml.mime")
ROW(m_11_names_as_paths, 1, "mime/content-id-path.mime")
ROW(w_01_blocks, 1, "soap/controlblock-*", "soap/unknown-mustunderstand-header.xml", "soap/no-header.xml")
ROW(w_03_ids_twice, 1, "soap/duplicate-id.xml")
ROW(w_04_envelopes, 1, "soap/nested-envelope.xml", "soap/two-*", "soap/body-before-header.xml")
ROW(w_06_no_references, 1, "soap/sig-zero-references.xml")
ROW(w_11_values, 1, "soap/message-id-*", "soap/conversation-id-*", "soap/subject-*")
ROW(a_01_sha1, 1, "soap/sig-rsa-sha1.xml")
ROW(a_02_hmac, 1, "soap/sig-hmac-sha256.xml")
ROW(a_03_no_algorithm, 1, "soap/sig-none-algorithm.xml")
ROW(a_04_transforms, 1, "soap/sig-transform-*")
ROW(a_05_reference_uris, 1, "soap/sig-reference-*")
ROW(a_06_key_infos, 1, "soap/sig-retrievalmethod-http.xml", "soap/sig-keyvalue.xml")
ROW(a_11_ten_thousand_references, 1, "gen/sig-10k-references.xml")
ROW(e_01_rsa_v15, 1, "soap/enc-rsa15.xml")
ROW(e_04_3des, 1, "soap/enc-3des.xml")
ROW(e_05_no_tag, 1, "mime/enc-gcm-no-tag.mime")
ROW(e_06_iv_lengths, 1, "soap/enc-ivlen-*")
ROW(e_09_cipher_references, 1, "soap/enc-cipherreference-http.xml")

/* --- the same inside an encryption, and certificates ------------------------------- */

static int open_sealed(void *arg, char *text, size_t size)
{
	const struct osci_buf *b = arg;
	struct osci_err err = { 0 };
	int r = t_order_open(b->data, b->len, NULL, &err);

	snprintf(text, size, "result %d: %s %s: %s", r, err.feedback, err.where, err.what);
	return r == OSCI_E_DECRYPT && strcmp(err.what, "decryption failed") == 0 ? 0 : 1;
}

/* Decrypted octets go through the same door, and the answer does not tell what was wrong in them. */
static void x_14_inner_documents(void **state)
{
	static const char *const patterns[] = { "xml/*", "soap/*", NULL };
	char path[4096];
	const char *name;
	size_t i = 0;

	if (!at_hand)
		skip();
	while ((name = t_corpus_next(&corpus, patterns, &i))) {
		_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), b = OSCI_BUF_INIT(SIZE_MAX_TEST);
		unsigned char *plain;
		struct t_cost cost;
		size_t len;

		t_corpus_path(&corpus, name, path);
		plain = t_read(path, &len);
		assert_non_null(plain);
		t_seal(&data, (const char *)plain, len, T_SEAL_IV12, NULL);
		t_order_changed(&b, CONTAINER("c1", INLINE), (const char *)data.data);
		cost = t_confined(name, open_sealed, &b);
		if (cost.result || cost.seconds > T_SLOWER)
			fail_msg("%s inside: %s, %.3f s", name, cost.text, cost.seconds);
		free(plain);
	}
}

static int open_octets(void *arg, char *text, size_t size)
{
	const struct osci_open_opts opts = t_vectors_opts(&vectors);
	const struct osci_buf *b = arg;

	return refuses(b->data, b->len, &opts, "in a message", text, size) ? 0 : 1;
}

/* Each hostile certificate in the place of one that the message really carries. */
static void c_05_certificates(void **state)
{
	static const char *const patterns[] = { "cert/*", NULL };
	const char *at, *close, *name;
	char path[4096];
	size_t i = 0;

	if (!at_hand)
		skip();
	at = strstr((const char *)good, "<ds:X509Certificate>");
	assert_non_null(at);
	at += strlen("<ds:X509Certificate>");
	close = strchr(at, '<');
	while ((name = t_corpus_next(&corpus, patterns, &i))) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(16 * SMALL);
		struct t_cost cost;
		unsigned char *der;
		size_t len;

		t_corpus_path(&corpus, name, path);
		der = t_read(path, &len);
		assert_non_null(der);
		osci_buf_add(&b, good, (size_t)(at - (const char *)good));
		osci_base64_encode(&b, der, len, 76);
		osci_buf_add(&b, close, good_len - (size_t)(close - (const char *)good));
		cost = t_confined(name, open_octets, &b);
		if (cost.result || cost.seconds > T_SLOWER)
			fail_msg("%s: %s, %.3f s", name, cost.text, cost.seconds);
		free(der);
	}
}

/* Those of HTTP and of release packages are the business of other tests. */
static void every_input_has_a_row(void **state)
{
	static const char *const mine[] = { "xml/", "soap/", "mime/", "cert/", "gen/" };
	size_t i, k;

	if (!at_hand)
		skip();
	for (i = 0; i < corpus.n; i++)
		for (k = 0; k < sizeof(mine) / sizeof(mine[0]); k++)
			if (strncmp(corpus.names[i], mine[k], strlen(mine[k])) == 0 && !corpus.used[i] &&
			    strcmp(corpus.names[i], "gen/http-header-1m.http") != 0)
				fail_msg("%s belongs to no test", corpus.names[i]);
	printf("# %zu inputs in the corpus\n", corpus.n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x_01_doctypes_and_external_entities),
		cmocka_unit_test(x_02_bombs),
		cmocka_unit_test(x_03_depth),
		cmocka_unit_test(x_04_sizes),
		cmocka_unit_test(x_05_encodings),
		cmocka_unit_test(x_06_namespaces),
		cmocka_unit_test(x_07_canonical_form_fails),
		cmocka_unit_test(x_08_comments_in_values),
		cmocka_unit_test(x_09_includes_and_instructions),
		cmocka_unit_test(x_10_behind_the_root),
		cmocka_unit_test(x_11_namespaces_that_look_right),
		cmocka_unit_test(x_13_numbers),
		cmocka_unit_test(m_01_boundaries),
		cmocka_unit_test(m_02_content_ids_twice),
		cmocka_unit_test(m_03_parts_and_references),
		cmocka_unit_test(m_05_nested),
		cmocka_unit_test(m_06_content_lengths),
		cmocka_unit_test(m_07_fields),
		cmocka_unit_test(m_08_counts),
		cmocka_unit_test(m_09_transfer_encodings),
		cmocka_unit_test(m_10_root),
		cmocka_unit_test(m_11_names_as_paths),
		cmocka_unit_test(w_01_blocks),
		cmocka_unit_test(w_03_ids_twice),
		cmocka_unit_test(w_04_envelopes),
		cmocka_unit_test(w_06_no_references),
		cmocka_unit_test(w_11_values),
		cmocka_unit_test(a_01_sha1),
		cmocka_unit_test(a_02_hmac),
		cmocka_unit_test(a_03_no_algorithm),
		cmocka_unit_test(a_04_transforms),
		cmocka_unit_test(a_05_reference_uris),
		cmocka_unit_test(a_06_key_infos),
		cmocka_unit_test(a_11_ten_thousand_references),
		cmocka_unit_test(e_01_rsa_v15),
		cmocka_unit_test(e_04_3des),
		cmocka_unit_test(e_05_no_tag),
		cmocka_unit_test(e_06_iv_lengths),
		cmocka_unit_test(e_09_cipher_references),
		cmocka_unit_test(x_14_inner_documents),
		cmocka_unit_test(c_05_certificates),
		cmocka_unit_test(every_input_has_a_row),
	};
	char path[4400];
	int r;

	at_hand = t_vectors_load(&vectors) && t_corpus_load(&corpus);
	if (t_order_setup(NULL))
		return 1;
	if (at_hand) {
		struct osci_open_opts opts = t_vectors_opts(&vectors);
		struct osci_err err;

		snprintf(path, sizeof(path), "%s/store-01-plain.01-storeDelivery.bin", vectors.dir);
		good = t_read(path, &good_len);
		/* Once here: what libraries read when they are first used is not the message's doing. */
		if (!good || t_open(good, good_len, &opts, NULL, NULL, &err))
			return 1;
	}
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(good);
	t_order_teardown(NULL);
	t_corpus_free(&corpus);
	t_vectors_free(&vectors);
	return r;
}
