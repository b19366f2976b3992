/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-read-encrypted - encrypted contents made by hand, and the writer's messages read back, cut off and flipped
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"
#include "t_order.h"
#include "t_seal.h"

/* --- encryption ------------------------------------------------------------------ */

#define IV12 T_SEAL_IV12
#define INSIDE(id, inner) "<osci:ContentContainer" NAMESPACES " Id=\"" id "\">" inner "</osci:ContentContainer>"

static void expect_encrypted(int result, const char *plain, const char *method_child, const char *key_info)
{
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST);

	t_seal(&data, plain, strlen(plain), method_child, key_info);
	t_order_expect(result, CONTAINER("c1", INLINE), (const char *)data.data);
}

static void encrypted_contents(void **state)
{
	const char *good = INSIDE("in", INLINE);

	expect_encrypted(0, good, IV12, NULL);
	expect_encrypted(0, good, "", NULL);
	expect_encrypted(0, good, IV12, "<ds:RetrievalMethod Type=\"" OSCI_TYPE_X509DATA "\" URI=\"#addressee\"/>");
	expect_encrypted(0, "<?xml version=\"1.0\"?>\n" INSIDE("in", INLINE) "\n", IV12, NULL);
	expect_encrypted(OSCI_E_MALFORMED, good, "<xenc:KeySize>256</xenc:KeySize>", NULL);
	expect_encrypted(OSCI_E_MALFORMED, good, IV12, "<ds:RetrievalMethod URI=\"#nobody\"/>");
	expect_encrypted(OSCI_E_MALFORMED, good, IV12, "<ds:RetrievalMethod URI=\"#body\"/>");
	expect_encrypted(OSCI_E_MALFORMED, good, IV12, "<ds:RetrievalMethod URI=\"http://x/#addressee\"/>");
	expect_encrypted(OSCI_E_MALFORMED, good, IV12,
			 "<ds:RetrievalMethod URI=\"#addressee\"><ds:Transforms/></ds:RetrievalMethod>");
	expect_encrypted(OSCI_E_ALGORITHM, good, IV12, "<ds:KeyName>reader</ds:KeyName>");
	expect_encrypted(OSCI_E_MALFORMED, good, IV12, "<ds:RetrievalMethod URI=\"#addressee\"/><ds:KeyName/>");
}

/* 12 with the element, 16 without, nothing else; the ciphertext is made with 12 wherever the element stands. */
static void e_06_iv_length(void **state)
{
	static const char *const values[] = { "0", "1", "11", "13", "16", "-12", "+12", "012", "12.0", " 12", "12 ", "0xc", "",
					      "2147483648", "4294967308", "zw\303\266lf" };
	const char *good = INSIDE("in", INLINE);
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char method[256];

		snprintf(method, sizeof(method), "<v:IvLength xmlns:v=\"" OSCI_NS_128 "\" Value=\"%s\"/>", values[i]);
		expect_encrypted(OSCI_E_ALGORITHM, good, method, NULL);
	}
	expect_encrypted(OSCI_E_LIMIT, good, "<v:IvLength xmlns:v=\"" OSCI_NS_128 "\" Value=\"18446744073709551628\"/>", NULL);
	expect_encrypted(OSCI_E_MALFORMED, good, IV12 IV12, NULL);
	expect_encrypted(OSCI_E_MALFORMED, good, "<v:IvLength xmlns:v=\"" OSCI_NS_128 "\"/>", NULL);
	expect_encrypted(OSCI_E_MALFORMED, good, "<v:IvLength xmlns:v=\"" OSCI_NS_128 "\" Value=\"12\">12</v:IvLength>", NULL);
	expect_encrypted(OSCI_E_MALFORMED, good, "<v:IvLength xmlns:v=\"" OSCI_NS_2017 "\" Value=\"12\"/>", NULL);
	expect_encrypted(0, good, IV12, NULL);
	expect_encrypted(0, good, "", NULL);
}

/* What comes out of the decryption is parsed alone and has to be exactly one container. */
static void decrypted_forms(void **state)
{
	static const char *const bad[] = {
		"", "garbage", "<a/>", INSIDE("in", "") INSIDE("in2", ""), INSIDE("in", "") "text",
		"<!DOCTYPE x>" INSIDE("in", ""), "<soap:Envelope" NAMESPACES "/>", "<osci:Content" NAMESPACES "/>",
		"<osci:ContentContainer Id=\"in\"/>", INSIDE("in", "<p:x/>"), "<?pi?>" INSIDE("in", ""),
		"<?xml version=\"1.0\" encoding=\"UTF-16\"?>" INSIDE("in", ""),
	};
	struct osci_err first = { 0 }, err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), b = OSCI_BUF_INIT(SIZE_MAX_TEST);

		t_seal(&data, bad[i], strlen(bad[i]), IV12, NULL);
		t_order_changed(&b, CONTAINER("c1", INLINE), (const char *)data.data);
		memset(&err, 0, sizeof(err));
		assert_int_equal(t_order_open(b.data, b.len, NULL, &err), OSCI_E_DECRYPT);
		if (i == 0)
			first = err;
		/* Nobody learns from the answer what was inside. */
		assert_memory_equal(&err, &first, sizeof(err));
	}
	/* An Id of the message may not come back inside. */
	expect_encrypted(OSCI_E_MALFORMED, INSIDE("body", INLINE), IV12, NULL);
	expect_encrypted(OSCI_E_MALFORMED, INSIDE("ED", INLINE), IV12, NULL);
	expect_encrypted(OSCI_E_MALFORMED, INSIDE("in", HREF("nowhere")), IV12, NULL);
}

/* Base64 of the key with something behind it is a wrong key, as any other. */
static void broken_key(void **state)
{
	static const char *const ends[] = { "*", "=", "A", "AAAA" };
	const char *good = INSIDE("in", INLINE), *close = "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>";
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), changed = OSCI_BUF_INIT(SIZE_MAX_TEST);
		const char *at;

		t_seal(&data, good, strlen(good), IV12, NULL);
		at = strstr((const char *)data.data, close);
		assert_non_null(at);
		osci_buf_add(&changed, data.data, (size_t)(at - (const char *)data.data));
		osci_buf_adds(&changed, ends[i]);
		osci_buf_adds(&changed, at);
		t_order_expect(OSCI_E_DECRYPT, CONTAINER("c1", INLINE), (const char *)changed.data);
	}
}

static void layers(void **state)
{
	_cleanup_buf_ struct osci_buf inner = OSCI_BUF_INIT(SIZE_MAX_TEST), xml = OSCI_BUF_INIT(SIZE_MAX_TEST);
	unsigned depth;

	osci_buf_adds(&xml, INSIDE("in0", INLINE));
	for (depth = 1; depth <= 5; depth++) {
		char *plain, *at;
		size_t len;

		t_seal(&inner, (const char *)xml.data, xml.len, IV12, NULL);
		plain = osci_buf_take(&inner, &len);
		at = strstr(plain, "Id=\"ed\"");
		at[4] = (char)('a' + depth); /* Ids stay unique from layer to layer */
		t_order_expect(depth <= 4 ? 0 : OSCI_E_LIMIT, CONTAINER("c1", INLINE), plain);
		osci_buf_reset(&xml);
		osci_buf_addf(&xml, "<osci:ContentContainer" NAMESPACES " Id=\"in%u\">%s</osci:ContentContainer>", depth,
			      plain);
		free(plain);
	}
}

/* --- messages of the writer ------------------------------------------------------ */

static unsigned char *written(size_t *len, bool encrypted)
{
	const struct osci_draft_cert certs[] = {
		{ .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(t_office) },
		{ .role = OSCI_CIPHER_ADDRESSEE, .cert = osci_key_cert(t_reader) },
		{ .role = OSCI_SIGN_ORIGINATOR, .cert = osci_key_cert(t_office) },
	};
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "Y2g=", .has_sequence = true },
				.message_id = "id-1", .subject = "Betreff <&>", .certs = certs, .n_certs = 3,
				.has_package = true };
	struct osci_write_opts opts = { .signer = t_office, .encrypt_for = encrypted ? osci_key_cert(t_reader) : NULL };
	struct osci_package *p = t_package("Inhalt", 6, t_office, osci_key_cert(t_reader));
	unsigned char *out = NULL;
	struct osci_err err;

	t_package_into(&d, p);
	if (osci_write(&out, len, &d, &opts, &err))
		fail_msg("write: %s %s", err.where, err.what);
	osci_package_freep(&p);
	return out;
}

static void read_back(void **state)
{
	struct osci_key *const keys[] = { t_reader };
	struct osci_open_opts opts = { .keys = keys, .n_keys = 1, .trust = t_trust, .now = T_NOW,
				       .signer = osci_key_cert(t_office),
				       .policy = { .require_signature = true, .require_encryption = true,
						   .require_content_signature = true } };
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_err err = { 0 };
	unsigned char *data;
	size_t len;

	data = written(&len, true);
	if (osci_open(&m, data, len, &opts, &err) || osci_contents_open(&c, m, &opts, &err))
		fail_msg("%s %s: %s", err.feedback, err.where, err.what);
	assert_string_equal(m->message_id, "id-1");
	assert_string_equal(m->subject, "Betreff <&>");
	assert_true(osci_cert_equal(m->signature.cert, osci_key_cert(t_office)));
	assert_int_equal(c->n_items, 1);
	assert_int_equal(c->items[0].len, 6);
	assert_memory_equal(c->items[0].data, "Inhalt", 6);
	assert_int_equal(c->items[0].n_signatures, 1);
	osci_contents_freep(&c);
	osci_message_freep(&m);
	/* Another signer demanded, or nobody trusted. */
	opts.signer = osci_key_cert(t_supplier);
	assert_int_equal(osci_open(&m, data, len, &opts, &err), OSCI_E_UNTRUSTED);
	assert_null(m);
	opts.signer = NULL;
	opts.trust = NULL;
	assert_int_equal(osci_open(&m, data, len, &opts, &err), OSCI_E_UNTRUSTED);
	opts.trust = t_trust;
	opts.now = T_NOW + 400LL * 86400;
	assert_int_equal(osci_open(&m, data, len, &opts, &err), OSCI_E_UNTRUSTED);
	free(data);
}

/* No prefix of a message opens, and none does harm. */
static void cut_off(void **state)
{
	unsigned char *data, *copy;
	struct osci_err err;
	size_t len, i;

	data = written(&len, true);
	for (i = 0; i + 4 < len; i += i < 2000 ? 7 : 97) {
		copy = malloc(i ? i : 1); /* exact, so that a sanitizer sees reading behind it */
		assert_non_null(copy);
		memcpy(copy, data, i);
		assert_true(t_order_open(copy, i, NULL, &err) > 0);
		free(copy);
	}
	free(data);
}

/* A flipped bit anywhere is refused, unless it changes nothing (line ends of MIME, blanks, case of names). */
static void flipped(void **state)
{
	unsigned char *data, before;
	unsigned opened = 0, n = 0;
	struct osci_err err;
	size_t len, i;

	data = written(&len, false);
	for (i = 0; i < len; i += 23) {
		before = data[i];
		data[i] ^= (unsigned char)(1u << (i % 7));
		opened += t_order_open(data, len, NULL, &err) == 0;
		data[i] = before;
		n++;
	}
	assert_true(opened * 50 < n);
	free(data);
	/* Every octet of the envelope's ciphertext counts. */
	data = written(&len, true);
	{
		unsigned char *blob = memmem(data, len, "<osci_enc>", 10), *end = data + len;

		assert_non_null(blob);
		blob = memmem(blob, (size_t)(end - blob), "\r\n\r\n", 4);
		for (i = 4; blob + i < end - 80; i += 61) {
			blob[i] ^= 1;
			assert_true(t_order_open(data, len, NULL, &err) > 0);
			blob[i] ^= 1;
		}
	}
	assert_int_equal(t_order_open(data, len, NULL, &err), 0);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encrypted_contents),
		cmocka_unit_test(e_06_iv_length),
		cmocka_unit_test(decrypted_forms),
		cmocka_unit_test(broken_key),
		cmocka_unit_test(layers),
		cmocka_unit_test(read_back),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(flipped),
	};

	return cmocka_run_group_tests(tests, t_order_setup, t_order_teardown);
}
