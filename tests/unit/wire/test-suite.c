/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-suite - every algorithm written and read again, and until when it is read
 *
 * Signatures are proved by the openssl program as well, messages against the official schemas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include "base/text.h"
#include "crypto/priv.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"
#include "lib/t_xsd.h"
#include "wire/suite.h"

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define XENC "http://www.w3.org/2001/04/xmlenc#"

static struct osci_key *rsa, *curve, *curve521, *reader, *old_reader, *new_reader;
static struct osci_trust *trust;

static const struct {
	const char *uri, *md;
	bool ec, pss;
} signatures[] = {
	{ OSCI_URI_PSS_SHA256, "sha256", false, true },
	{ MORE07 "sha512-rsa-MGF1", "sha512", false, true },
	{ MORE07 "sha3-256-rsa-MGF1", "sha3-256", false, true },
	{ MORE07 "sha3-384-rsa-MGF1", "sha3-384", false, true },
	{ MORE07 "sha3-512-rsa-MGF1", "sha3-512", false, true },
	{ MORE "rsa-sha256", "sha256", false, false },
	{ MORE "rsa-sha512", "sha512", false, false },
	{ MORE "ecdsa-sha256", "sha256", true, false },
	{ MORE "ecdsa-sha512", "sha512", true, false },
};
static const char *const digests[] = { OSCI_URI_SHA256, XENC "sha512", MORE07 "sha3-256", MORE07 "sha3-384",
				       MORE07 "sha3-512" };
static const char *const ciphers[] = { XENC11 "aes128-gcm", XENC11 "aes192-gcm", XENC11 "aes256-gcm" };
static const char *const mgfs[] = { OSCI_URI_MGF1_SHA256, OSCI_URI_MGF1_SHA384, OSCI_URI_MGF1_SHA512 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct osci_key *ec_key(const char *name)
{
	struct t_pair p = t_pair_make(&(struct t_pair_opts){ .curve = name, .usage = "critical,digitalSignature" });
	struct osci_key *key = t_pair_key(&p);

	t_pair_free(&p);
	return key;
}

/* The old and the new certificate of one key. */
static void make_renewed(void)
{
	struct t_pair_opts o = { .usage = "critical,keyEncipherment", .cn = "reader", .not_after = T_NOW + 86400 };
	struct t_pair p = t_pair_make(&o), again;

	o.pkey = p.pkey;
	o.not_after = 0;
	again = t_pair_make(&o);
	old_reader = t_pair_key(&p);
	new_reader = t_pair_key(&again);
	t_pair_free(&p);
	t_pair_free(&again);
}

static int setup(void **state)
{
	if (osci_crypto_init(NULL) || osci_trust_new(&trust))
		return -1;
	rsa = t_key("office", 3072, OSCI_USE_SIGN);
	reader = t_key("reader", 3072, OSCI_USE_ENCRYPT);
	curve = ec_key("P-256");
	curve521 = ec_key("P-521");
	make_renewed();
	return osci_trust_add(trust, osci_key_cert(rsa)) || osci_trust_add(trust, osci_key_cert(curve)) ||
	       osci_trust_add(trust, osci_key_cert(curve521));
}

static int teardown(void **state)
{
	osci_trust_freep(&trust);
	osci_key_unref(rsa);
	osci_key_unref(reader);
	osci_key_unref(curve);
	osci_key_unref(curve521);
	osci_key_unref(old_reader);
	osci_key_unref(new_reader);
	return 0;
}

static int write_order(unsigned char **ret, size_t *len, const struct osci_suite *suite, const struct osci_key *signer,
		       const struct osci_key *to, struct osci_err *err)
{
	const struct osci_content_draft content = { .data = "Inhalt", .len = 6 };
	const struct osci_author_draft by = { signer, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft for_reader = { osci_key_cert(to), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = { .contents = &content, .n_contents = 1, .authors = &by,
							.n_authors = signer ? 1 : 0, .readers = &for_reader,
							.n_readers = 1 };
	const struct osci_package_opts opts = { .suite = *suite };
	const struct osci_write_opts write = { .signer = signer, .encrypt_for = osci_key_cert(to), .suite = *suite };
	struct osci_draft_cert certs[2];
	struct osci_package *p = NULL;
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .message_id = "id-1", .certs = certs, .n_certs = 1,
				.control = { .challenge = "Y2hhbGxlbmdl", .has_sequence = true } };
	int r;

	certs[0] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE, .cert = osci_key_cert(to) };
	if (signer)
		certs[d.n_certs++] = (struct osci_draft_cert){ .role = OSCI_SIGN_ORIGINATOR,
							       .cert = osci_key_cert(signer) };
	r = osci_package_new(&p, &container, 1, &opts, err);
	if (r)
		return r;
	t_package_into(&d, p);
	r = osci_write(ret, len, &d, &write, err);
	osci_package_freep(&p);
	return r;
}

static int open_order(const void *data, size_t len, struct osci_key *const *keys, size_t n_keys,
		      const struct osci_policy *policy, struct osci_suite *suite, struct osci_err *err)
{
	struct osci_open_opts opts = { .keys = keys, .n_keys = n_keys, .trust = trust, .now = T_NOW };
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	int r;

	if (policy)
		opts.policy = *policy;
	r = osci_open(&m, data, len, &opts, err);
	if (!r)
		r = osci_contents_open(&c, m, &opts, err);
	if (!r) {
		assert_int_equal(c->n_items, 1);
		assert_true(c->items[0].readable);
		assert_int_equal(c->items[0].len, 6);
		assert_memory_equal(c->items[0].data, "Inhalt", 6);
		if (m->suite.signature) {
			assert_int_equal(c->items[0].n_signatures, 1);
			assert_string_equal(c->items[0].signatures[0].algorithm, m->suite.signature);
		}
		assert_string_equal(c->items[0].algorithm, m->suite.cipher);
	}
	if (!r && suite)
		*suite = m->suite; /* URIs of the allow list: they outlive the message */
	osci_contents_freep(&c);
	osci_message_freep(&m);
	return r;
}

static void pass(const struct osci_suite *suite, const struct osci_key *signer)
{
	struct osci_key *keys[] = { reader };
	struct osci_err err = { 0 };
	struct osci_suite seen;
	unsigned char *data;
	size_t len;

	if (write_order(&data, &len, suite, signer, reader, &err))
		fail_msg("write %s: %s %s", suite->signature, err.where, err.what);
	if (open_order(data, len, keys, 1, NULL, &seen, &err))
		fail_msg("open %s: %s %s", suite->signature, err.where, err.what);
	if (signer) {
		assert_string_equal(seen.signature, suite->signature);
		assert_string_equal(seen.digest, suite->digest);
	} else {
		assert_null(seen.signature);
		assert_null(seen.digest);
	}
	assert_string_equal(seen.cipher, suite->cipher);
	assert_int_equal(seen.iv_octets, suite->iv_octets);
	assert_string_equal(seen.oaep_digest, suite->oaep_digest);
	assert_string_equal(seen.oaep_mgf, suite->oaep_mgf);
	t_xsd_check(data, len, keys, 1, 0);
	free(data);
}

static void every_signature(void **state)
{
	size_t s, d, n = 0;

	for (s = 0; s < COUNT(signatures); s++)
		for (d = 0; d < COUNT(digests); d++, n++) {
			struct osci_suite suite = { .signature = signatures[s].uri, .digest = digests[d],
						    .cipher = ciphers[n % 3], .iv_octets = n % 2 ? 12 : 16,
						    .oaep_digest = OSCI_URI_SHA256, .oaep_mgf = mgfs[n % 3] };

			pass(&suite, signatures[s].ec ? d % 2 ? curve521 : curve : rsa);
		}
}

static void every_encryption(void **state)
{
	size_t c, i, o, m;

	for (c = 0; c < COUNT(ciphers); c++)
		for (i = 12; i <= 16; i += 4)
			for (o = 0; o < COUNT(digests); o++)
				for (m = 0; m < COUNT(mgfs); m++) {
					struct osci_suite suite = { .cipher = ciphers[c], .iv_octets = (unsigned)i,
								    .oaep_digest = digests[o], .oaep_mgf = mgfs[m] };

					pass(&suite, NULL);
				}
}

static void defaults_and_kinds_of_keys(void **state)
{
	struct osci_suite none = { 0 }, seen, own;
	struct osci_key *keys[] = { reader };
	const struct osci_key *signers[] = { rsa, curve };
	struct osci_err err;
	unsigned char *data;
	size_t len, i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(write_order(&data, &len, &none, signers[i], reader, &err), 0);
		assert_int_equal(open_order(data, len, keys, 1, NULL, &seen, &err), 0);
		free(data);
		assert_string_equal(seen.signature, i ? OSCI_URI_ECDSA_SHA256 : OSCI_URI_PSS_SHA256);
		assert_string_equal(seen.digest, OSCI_URI_SHA256);
		assert_string_equal(seen.cipher, OSCI_URI_AES256_GCM);
		assert_int_equal(seen.iv_octets, 12);
		assert_string_equal(seen.oaep_digest, OSCI_URI_SHA256);
		assert_string_equal(seen.oaep_mgf, OSCI_URI_MGF1_SHA256);
		/* an answer in kind takes what its own key can do */
		own = osci_suite_in_kind(&seen, i ? rsa : curve);
		assert_null(own.signature);
		assert_string_equal(own.cipher, OSCI_URI_AES256_GCM);
		assert_string_equal(osci_suite_in_kind(&seen, i ? curve : rsa).signature, seen.signature);
	}
	own = osci_suite_in_kind(&(struct osci_suite){ .cipher = XENC "aes256-cbc", .oaep_digest = MORE "sha384",
						       .oaep_mgf = OSCI_URI_MGF1_SHA384 }, rsa);
	assert_null(own.cipher);
	assert_null(own.oaep_digest);
	assert_null(own.oaep_mgf);
}

static void a_01_e_01_never_written(void **state)
{
	static const struct osci_suite refused[] = {
		{ .digest = "http://www.w3.org/2000/09/xmldsig#sha1" }, { .digest = MORE "sha384" },
		{ .digest = XENC "ripemd160" }, { .digest = "" },
		{ .signature = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" }, { .signature = MORE "hmac-sha256" },
		{ .signature = MORE "ecdsa-sha256" }, { .signature = OSCI_URI_SHA256 },
		{ .cipher = XENC "aes256-cbc" }, { .cipher = XENC "aes128-cbc" }, { .cipher = XENC "tripledes-cbc" },
		{ .cipher = XENC "rsa-1_5" }, { .cipher = OSCI_URI_OAEP },
		{ .iv_octets = 1 }, { .iv_octets = 13 }, { .iv_octets = 32 },
		{ .oaep_digest = "http://www.w3.org/2000/09/xmldsig#sha1" }, { .oaep_digest = MORE "sha384" },
		{ .oaep_mgf = XENC11 "mgf1sha1" }, { .oaep_mgf = OSCI_URI_SHA256 },
	};
	struct osci_err err;
	unsigned char *data;
	size_t len, i;

	for (i = 0; i < COUNT(refused); i++) {
		memset(&err, 0, sizeof(err));
		if (write_order(&data, &len, &refused[i], rsa, reader, &err) != OSCI_E_ALGORITHM)
			fail_msg("case %zu is written", i);
		assert_true(err.what[0] != 0);
	}
}

/* Value in the form the program reads: DER where we have r and s. */
static void save_value(const char *path, const struct osci_buf *value, bool ec)
{
	unsigned char *der = NULL;
	FILE *f = fopen(path, "wb");
	int n;

	assert_non_null(f);
	if (ec) {
		ECDSA_SIG *sig = ECDSA_SIG_new();
		int half = (int)value->len / 2;

		assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(value->data, half, NULL),
						BN_bin2bn(value->data + half, half, NULL)), 1);
		n = i2d_ECDSA_SIG(sig, &der);
		assert_int_equal(fwrite(der, 1, (size_t)n, f), n);
		ECDSA_SIG_free(sig);
		OPENSSL_free(der);
	} else {
		assert_int_equal(fwrite(value->data, 1, value->len, f), value->len);
	}
	fclose(f);
}

static void a_10_openssl_program_agrees(void **state)
{
	static const char text[] = "<ds:SignedInfo></ds:SignedInfo>";
	char dir[] = "/tmp/osci-suite-XXXXXX", path[64], command[512];
	size_t s, k;

	if (system("openssl version >/dev/null 2>&1") != 0) {
		print_message("# SKIP no program openssl\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	for (s = 0; s < COUNT(signatures); s++)
		for (k = 0; k < 2; k++) {
			const struct osci_key *key = !signatures[s].ec ? rsa : k ? curve521 : curve;
			_cleanup_buf_ struct osci_buf value = OSCI_BUF_INIT(2048);
			FILE *f;

			assert_int_equal(osci_sign(key, osci_alg_find(OSCI_ALG_SIGN, signatures[s].uri), text,
						   sizeof(text) - 1, &value, NULL), 0);
			snprintf(path, sizeof(path), "%s/key", dir);
			f = fopen(path, "w");
			assert_int_equal(PEM_write_PUBKEY(f, key->pkey), 1);
			fclose(f);
			snprintf(path, sizeof(path), "%s/text", dir);
			f = fopen(path, "w");
			fputs(text, f);
			fclose(f);
			snprintf(path, sizeof(path), "%s/value", dir);
			save_value(path, &value, signatures[s].ec);
			/* -1: the salt is as long as the digest, no other */
			snprintf(command, sizeof(command),
				 "cd %s && openssl dgst -%s -verify key %s -signature value text >/dev/null 2>&1", dir,
				 signatures[s].md,
				 signatures[s].pss ? "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1" : "");
			if (system(command) != 0)
				fail_msg("openssl refuses %s", signatures[s].uri);
		}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* --- keys that overlap ---------------------------------------------------- */

/* c_07: a partner or we change keys; what was encrypted for either certificate is read while both are there. */
static void c_07_old_and_new_certificate(void **state)
{
	struct osci_key *both[] = { new_reader, old_reader }, *others[] = { reader, new_reader, old_reader };
	struct osci_key *const one[] = { new_reader }, *const to[] = { old_reader, new_reader, reader };
	struct osci_suite none = { 0 };
	struct osci_err err;
	size_t len, i;

	for (i = 0; i < COUNT(to); i++) {
		unsigned char *data;
		int r;

		assert_int_equal(write_order(&data, &len, &none, rsa, to[i], &err), 0);
		assert_int_equal(open_order(data, len, others, 3, NULL, NULL, &err), 0);
		r = open_order(data, len, both, 2, NULL, NULL, &err);
		assert_int_equal(r, to[i] == reader ? OSCI_E_NO_KEY : 0);
		/* the same key under its other certificate is no key: certificates are compared, octet by octet */
		r = open_order(data, len, one, 1, NULL, NULL, &err);
		assert_int_equal(r, to[i] == new_reader ? 0 : OSCI_E_NO_KEY);
		if (r)
			assert_string_equal(err.feedback, "9200");
		free(data);
	}
}

/* e_12: no key is wrapped for a certificate that cannot take one. */
static void e_12_not_encrypted_for_a_curve(void **state)
{
	struct osci_suite none = { 0 };
	struct osci_err err;
	unsigned char *data;
	size_t len;

	assert_int_equal(write_order(&data, &len, &none, rsa, curve, &err), OSCI_E_ALGORITHM);
	assert_int_equal(osci_trust_check(trust, osci_key_cert(curve), OSCI_USE_ENCRYPT, T_NOW, &err), OSCI_E_UNTRUSTED);
	assert_int_equal(osci_trust_check(trust, osci_key_cert(rsa), OSCI_USE_ENCRYPT, T_NOW, &err), OSCI_E_UNTRUSTED);
}

/* --- the calendar --------------------------------------------------------- */

static struct osci_algorithms *table(const char *text)
{
	char path[] = "/tmp/osci-algorithms-XXXXXX";
	struct osci_algorithms *a = NULL;
	struct osci_err err;
	int fd = mkstemp(path);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	if (osci_algorithms_load(&a, path, &err))
		fail_msg("%s: %s", err.where, err.what);
	unlink(path);
	return a;
}

#define ROW(use, uri, bits, day) use ";" uri ";" bits ";" day ";test\n"
#define ROWS(sig, dig, trans, cipher) \
	ROW("signature", OSCI_URI_PSS_SHA256, "3000", sig) ROW("digest", OSCI_URI_SHA256, "0", dig) \
	ROW("mask", OSCI_URI_MGF1_SHA256, "0", "") ROW("key transport", OSCI_URI_OAEP, "3000", trans) \
	ROW("cipher", OSCI_URI_AES256_GCM, "256", cipher)

static void reader_asks_the_calendar(void **state)
{
	static const struct {
		const char *rows, *feedback;
	} cases[] = {
		{ ROWS("", "", "", ""), NULL },
		{ ROWS("2099-12-31", "2099-12-31", "2099-12-31", "2099-12-31"), NULL },
		{ ROWS("2025-12-31", "", "", ""), "9601" },
		{ ROWS("", "2025-12-31", "", ""), "9202" }, /* rsa-oaep has the same digest, and comes first */
		{ ROWS("", "", "2025-12-31", ""), "9202" },
		{ ROWS("", "", "", "2025-12-31"), "9202" },
		{ ROW("digest", OSCI_URI_SHA256, "0", ""), "9202" }, /* what is not listed may not be used */
		{ ROW("signature", OSCI_URI_PSS_SHA256, "4000", "") ROW("digest", OSCI_URI_SHA256, "0", "")
		  ROW("mask", OSCI_URI_MGF1_SHA256, "0", "") ROW("key transport", OSCI_URI_OAEP, "3000", "")
		  ROW("cipher", OSCI_URI_AES256_GCM, "256", ""), "9601" },
	};
	struct osci_key *keys[] = { reader };
	struct osci_suite none = { 0 };
	struct osci_err err;
	unsigned char *data;
	size_t len, i;

	assert_int_equal(write_order(&data, &len, &none, rsa, reader, &err), 0);
	for (i = 0; i < COUNT(cases); i++) {
		_cleanup_(osci_algorithms_freep) struct osci_algorithms *a = table(cases[i].rows);
		struct osci_policy policy = { .algorithms = a };
		int r = open_order(data, len, keys, 1, &policy, NULL, &err);

		assert_int_equal(r, cases[i].feedback ? OSCI_E_ALGORITHM : 0);
		if (r)
			assert_string_equal(err.feedback, cases[i].feedback);
		assert_int_equal(osci_suite_check(NULL, rsa, osci_key_cert(reader), a, T_NOW, &err), r);
	}
	free(data);
}

static void calendar_days_and_keys(void **state)
{
	_cleanup_(osci_algorithms_freep) struct osci_algorithms *a =
		table("# comment\n\n" ROW("signature", "urn:x", "2000", "2023-12-31") ROW("signature", "urn:x", "3000", ""));
	int64_t end = 1704067200; /* 2024-01-01 */
	struct osci_err err;

	assert_int_equal(osci_algorithms_check(a, "urn:x", 2048, end - 1, &err), 0);
	assert_int_equal(osci_algorithms_check(a, "urn:x", 2048, end, &err), OSCI_E_ALGORITHM);
	assert_non_null(strstr(err.what, "last day"));
	assert_int_equal(osci_algorithms_check(a, "urn:x", 3072, end, &err), 0);
	assert_int_equal(osci_algorithms_check(a, "urn:x", 1024, end - 1, &err), OSCI_E_ALGORITHM);
	assert_non_null(strstr(err.what, "too short"));
	assert_int_equal(osci_algorithms_check(a, "urn:y", 0, end, &err), OSCI_E_ALGORITHM);
	assert_int_equal(osci_algorithms_check(a, "urn:x", 0, end, &err), 0);
}

static void calendar_refuses(void **state)
{
	static const char *const bad[] = {
		"", "# nothing\n", "signature;urn:x;3000;\n", "thing;urn:x;3000;;s\n", "signature;;3000;;s\n",
		"signature;urn:x;-1;;s\n", "signature;urn:x;;;s\n", "signature;urn:x;3000;2025-02-30;s\n",
		"signature;urn:x;3000;31.12.2025;s\n", "signature;urn:x;3000;20-5-06-30;s\n", "signature;urn:x;3000;2025-1--01;s\n",
		"signature;urn:x;3000;;\n", "signature;urn:x;999999;;s\n",
	};
	struct osci_algorithms *a = NULL;
	struct osci_err err;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		char path[] = "/tmp/osci-algorithms-XXXXXX";
		int fd = mkstemp(path);

		assert_true(fd >= 0 && write(fd, bad[i], strlen(bad[i])) == (ssize_t)strlen(bad[i]));
		close(fd);
		assert_int_equal(osci_algorithms_load(&a, path, &err), OSCI_E_CONFIG);
		assert_null(a);
		unlink(path);
	}
	assert_true(osci_algorithms_load(&a, "/nonexistent/algorithms.csv", &err) < 0);
}

/* The table of the project knows every algorithm of the allow list, and today's defaults are in date. */
static void own_calendar(void **state)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	_cleanup_(osci_algorithms_freep) struct osci_algorithms *a = NULL;
	struct osci_suite v15 = { .signature = MORE "rsa-sha256" };
	struct osci_err err = { 0 };
	char path[4096];
	size_t i;

	snprintf(path, sizeof(path), "%s/versions/algorithms.csv", root ? root : ".");
	if (osci_algorithms_load(&a, path, &err))
		fail_msg("%s: %s", err.where, err.what);
	for (i = 0; i < COUNT(signatures); i++)
		assert_int_equal(osci_algorithms_check(a, signatures[i].uri, 0, 1700000000, &err), 0);
	for (i = 0; i < COUNT(digests); i++)
		assert_int_equal(osci_algorithms_check(a, digests[i], 0, T_NOW, &err), 0);
	for (i = 0; i < COUNT(ciphers); i++)
		assert_int_equal(osci_algorithms_check(a, ciphers[i], 0, T_NOW, &err), 0);
	for (i = 0; i < COUNT(mgfs); i++)
		assert_int_equal(osci_algorithms_check(a, mgfs[i], 0, T_NOW, &err), 0);
	assert_int_equal(osci_suite_check(NULL, rsa, osci_key_cert(reader), a, T_NOW, &err), 0);
	assert_int_equal(osci_suite_check(NULL, curve, NULL, a, T_NOW, &err), 0);
	assert_int_equal(osci_suite_check(&v15, rsa, NULL, a, T_NOW, &err), OSCI_E_ALGORITHM);
	assert_int_equal(osci_suite_check(NULL, rsa, NULL, a, 2082758400, &err), OSCI_E_ALGORITHM); /* 2036 */
}

/* --- fresh keys and IVs ---------------------------------------------------- */

#define PAIRS 100000

static int compare32(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static void e_07_no_key_or_iv_twice(void **state)
{
	const struct osci_alg *gcm = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	unsigned char (*keys)[32] = calloc(PAIRS, 32), (*ivs)[32] = calloc(PAIRS, 32), mine[32], theirs[32];
	struct osci_buf blob = OSCI_BUF_INIT(64);
	int pipes[2], status;
	size_t i;
	pid_t pid;

	assert_non_null(keys);
	assert_non_null(ivs);
	for (i = 0; i < PAIRS; i++) {
		assert_int_equal(osci_random(keys[i], 32), 0);
		osci_buf_reset(&blob);
		assert_int_equal(osci_cipher_encrypt(gcm, keys[i], 12, "", 0, &blob), 0);
		memcpy(ivs[i], blob.data, 12);
	}
	qsort(keys, PAIRS, 32, compare32);
	qsort(ivs, PAIRS, 32, compare32);
	for (i = 1; i < PAIRS; i++) {
		assert_memory_not_equal(keys[i - 1], keys[i], 32);
		assert_memory_not_equal(ivs[i - 1], ivs[i], 12);
	}
	/* nor on both sides of a fork */
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0)
		_exit(osci_random(mine, 32) || write(pipes[1], mine, 32) != 32);
	assert_int_equal(osci_random(mine, 32), 0);
	assert_int_equal(read(pipes[0], theirs, 32), 32);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_memory_not_equal(mine, theirs, 32);
	close(pipes[0]);
	close(pipes[1]);
	osci_buf_free(&blob);
	free(keys);
	free(ivs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signature), cmocka_unit_test(every_encryption),
		cmocka_unit_test(defaults_and_kinds_of_keys), cmocka_unit_test(a_01_e_01_never_written),
		cmocka_unit_test(a_10_openssl_program_agrees), cmocka_unit_test(c_07_old_and_new_certificate),
		cmocka_unit_test(e_12_not_encrypted_for_a_curve), cmocka_unit_test(reader_asks_the_calendar),
		cmocka_unit_test(calendar_days_and_keys), cmocka_unit_test(calendar_refuses),
		cmocka_unit_test(own_calendar), cmocka_unit_test(e_07_no_key_or_iv_twice),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
