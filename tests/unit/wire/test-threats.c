/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-threats - rows of osci/THREATS.md that need messages of our own: encryption put together wrongly, signatures moved
 * from message to message, and a random generator that fails
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_broken.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"
#include "t_order.h"
#include "t_seal.h"

#define INSIDE "<osci:ContentContainer" NAMESPACES " Id=\"in\">" INLINE "</osci:ContentContainer>"
#if defined(__SANITIZE_ADDRESS__)
#define MILLION 50000
#else
#define MILLION 1000000
#endif

static bool no_random; /* the kernel gives none */

ssize_t __real_getrandom(void *buf, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *buf, size_t len, unsigned flags);

ssize_t __wrap_getrandom(void *buf, size_t len, unsigned flags)
{
	if (no_random) {
		errno = ENOSYS;
		return -1;
	}
	return __real_getrandom(buf, len, flags);
}

/* A sealed content with @from replaced by @to has to be refused with @result. */
static void sealed_refused(int result, const char *from, const char *to)
{
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), changed = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const char *text, *at;

	t_seal(&data, INSIDE, strlen(INSIDE), T_SEAL_IV12, NULL);
	text = (const char *)data.data;
	at = strstr(text, from);
	if (!at)
		fail_msg("not in the sealed content: %s", from);
	osci_buf_add(&changed, text, (size_t)(at - text));
	osci_buf_adds(&changed, to);
	osci_buf_adds(&changed, at + strlen(from));
	t_order_expect(result, CONTAINER("c1", INLINE), (const char *)changed.data);
}

/* --- encryption ------------------------------------------------------------------ */

#define OAEP_METHOD "<xenc:EncryptionMethod Algorithm=\"" OSCI_URI_OAEP "\">"
#define DIGEST "<ds:DigestMethod Algorithm=\"" OSCI_URI_SHA256 "\"/>"

/* The key of an OAEP recipient under another key transport: refused by the URI, whatever the octets. */
static void e_02_other_key_transports(void **state)
{
	static const char *const uris[] = {
		"http://www.w3.org/2001/04/xmlenc#rsa-1_5", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
		"http://www.w3.org/2001/04/xmlenc#kw-aes256", "http://www.w3.org/2001/04/xmlenc#kw-tripledes",
		"http://www.w3.org/2001/04/xmlenc#dh", "http://www.w3.org/2009/xmlenc11#ECDH-ES", "none", "",
	};
	char to[256];
	size_t i;

	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		snprintf(to, sizeof(to), "<xenc:EncryptionMethod Algorithm=\"%s\">", uris[i]);
		sealed_refused(OSCI_E_ALGORITHM, OAEP_METHOD, to);
	}
}

static void e_08_oaep_parameters(void **state)
{
	sealed_refused(OSCI_E_ALGORITHM, DIGEST, "");
	sealed_refused(OSCI_E_ALGORITHM, DIGEST, "<ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>");
	sealed_refused(OSCI_E_ALGORITHM, DIGEST, "<ds:DigestMethod Algorithm=\"urn:x\"/>");
	sealed_refused(OSCI_E_ALGORITHM, DIGEST, DIGEST DIGEST);
	sealed_refused(OSCI_E_ALGORITHM, OSCI_URI_MGF1_SHA256, "http://www.w3.org/2009/xmlenc11#mgf1sha1");
	sealed_refused(OSCI_E_ALGORITHM, "<x:MGF", "<x:XGF");
	sealed_refused(OSCI_E_ALGORITHM, OAEP_METHOD, OAEP_METHOD "<xenc:OAEPparams>bGFiZWw=</xenc:OAEPparams>");
	sealed_refused(OSCI_E_ALGORITHM, OAEP_METHOD, OAEP_METHOD "<xenc:KeySize>256</xenc:KeySize>");
	/* Named other than done: a wrong key, as any other. */
	sealed_refused(OSCI_E_DECRYPT, DIGEST, "<ds:DigestMethod Algorithm=\"" OSCI_URI_SHA512 "\"/>");
}

/* In the place of the ciphertext: whatever is named there is not asked for. */
static void e_09_cipher_reference_forms(void **state)
{
	static const struct {
		const char *uri;
		int result;
	} cases[] = {
		{ "http://attacker.invalid/x", OSCI_E_ALGORITHM }, { "file:///etc/passwd", OSCI_E_ALGORITHM },
		{ "/etc/passwd", OSCI_E_ALGORITHM },               { "#body", OSCI_E_ALGORITHM },
		{ "cid:", OSCI_E_ALGORITHM },                      { "CID:x", OSCI_E_ALGORITHM },
		{ "", OSCI_E_ALGORITHM },                          { "cid:nowhere", OSCI_E_MALFORMED },
		{ "cid:osci@message", OSCI_E_MALFORMED },
	};
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const char *last, *text;
	size_t i;

	t_seal(&data, INSIDE, strlen(INSIDE), T_SEAL_IV12, NULL);
	text = (const char *)data.data;
	last = strstr(strstr(text, "</xenc:EncryptedKey>"), "<xenc:CipherValue>");
	assert_non_null(last);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST), order = OSCI_BUF_INIT(SIZE_MAX_TEST);
		struct osci_err err = { 0 };
		int r;

		osci_buf_add(&b, text, (size_t)(last - text));
		osci_buf_addf(&b, "<xenc:CipherReference URI=\"%s\"/></xenc:CipherData></xenc:EncryptedData>", cases[i].uri);
		t_order_changed(&order, CONTAINER("c1", INLINE), (const char *)b.data);
		r = t_order_open(order.data, order.len, NULL, &err);
		if (r <= 0)
			fail_msg("\"%s\": result %d, %s", cases[i].uri, r, err.what);
	}
	sealed_refused(OSCI_E_MALFORMED, "<xenc:CipherData><xenc:CipherValue>",
		       "<xenc:CipherData><xenc:CipherReference URI=\"cid:a\"/><xenc:CipherValue>");
}

static void e_10_many_keys_chains_and_wraps(void **state)
{
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), many = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const char *text, *key, *end;
	unsigned i;

	t_seal(&data, INSIDE, strlen(INSIDE), T_SEAL_IV12, NULL);
	text = (const char *)data.data;
	key = strstr(text, "<xenc:EncryptedKey>");
	end = strstr(text, "</xenc:EncryptedKey>") + strlen("</xenc:EncryptedKey>");
	osci_buf_add(&many, text, (size_t)(key - text));
	for (i = 0; i < 65; i++)
		osci_buf_add(&many, key, (size_t)(end - key));
	osci_buf_adds(&many, end);
	t_order_expect(OSCI_E_LIMIT, CONTAINER("c1", INLINE), (const char *)many.data);
	/* A key under a key. */
	osci_buf_reset(&many);
	osci_buf_adds(&many, "<ds:KeyInfo>");
	osci_buf_add(&many, key, (size_t)(end - key));
	osci_buf_adds(&many, "</ds:KeyInfo>");
	sealed_refused(OSCI_E_ALGORITHM, "<ds:KeyInfo><ds:RetrievalMethod URI=\"#addressee\"/></ds:KeyInfo>",
		       (const char *)many.data);
	/* A key in the clear where it encrypts a content. */
	sealed_refused(OSCI_E_MALFORMED, "<ds:KeyInfo><xenc:EncryptedKey>",
		       "<ds:KeyInfo><ds:MgmtData>AAAA</ds:MgmtData><xenc:EncryptedKey>");
}

/* Contents that somebody else encrypted once open for whoever moves them; a demanded signature is not among what moves. */
static void e_11_contents_of_another_message(void **state)
{
	const struct osci_policy policy = { .require_content_signature = true };
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	struct osci_err err = { 0 };

	t_seal(&data, INSIDE, strlen(INSIDE), T_SEAL_IV12, NULL);
	t_order_changed(&b, CONTAINER("c1", INLINE), (const char *)data.data);
	assert_int_equal(t_order_open(b.data, b.len, NULL, &err), 0);
	assert_int_equal(t_order_open(b.data, b.len, &policy, &err), OSCI_E_UNSIGNED);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void assert_unique(uint64_t *v, size_t n)
{
	size_t i;

	qsort(v, n, sizeof(*v), by_value);
	for (i = 1; i < n; i++)
		assert_true(v[i] != v[i - 1]);
}

/* Half an IV each, so a repetition by chance among a million has a probability below 10^-7. */
static void e_07_no_iv_twice_in_a_million(void **state)
{
	const struct osci_alg *gcm = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	static const unsigned char key[32] = { 1 };
	uint64_t *seen = calloc(MILLION, sizeof(*seen));
	struct osci_buf b = OSCI_BUF_INIT(64);
	size_t i;

	assert_non_null(seen);
	for (i = 0; i < MILLION; i++) {
		osci_buf_reset(&b);
		assert_int_equal(osci_cipher_encrypt(gcm, key, 12, "x", 1, &b), 0);
		memcpy(&seen[i], b.data, sizeof(seen[i]));
	}
	assert_unique(seen, MILLION);
	osci_buf_free(&b);
	free(seen);
}

/* Parent and child of a fork, and each message: no key twice. */
static void e_07_session_keys_after_a_fork(void **state)
{
	uint64_t seen[64];
	int fds[2], status;
	pid_t pid;
	size_t i;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	for (i = pid ? 0 : 32; i < (pid ? 32u : 64u); i++)
		if (osci_random(&seen[i], sizeof(seen[i])))
			_exit(1);
	if (!pid)
		_exit(write(fds[1], seen + 32, 32 * sizeof(seen[0])) != (ssize_t)(32 * sizeof(seen[0])));
	assert_int_equal(read(fds[0], seen + 32, 32 * sizeof(seen[0])), (ssize_t)(32 * sizeof(seen[0])));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fds[0]);
	close(fds[1]);
	assert_unique(seen, 64);
}

/* E-03 in the library: not only the octets of the answer, every octet of the error is the same. */
static void e_03_one_error_for_every_cause(void **state)
{
	static const enum t_broken causes[] = { T_BROKEN_OAEP, T_BROKEN_KEY_LENGTH, T_BROKEN_TAG };
	struct osci_err first = { 0 }, err;
	size_t i;

	for (i = 0; i < 3; i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536);

		t_broken_make(&b, causes[i], osci_key_cert(t_reader));
		memset(&err, 0, sizeof(err));
		assert_int_equal(t_order_open(b.data, b.len, NULL, &err), OSCI_E_DECRYPT);
		assert_string_equal(err.feedback, "9202");
		if (i == 0)
			first = err;
		assert_memory_equal(&err, &first, sizeof(err));
	}
}

/* --- signatures ------------------------------------------------------------------ */

static char *signed_order(const char *challenge, const char *id)
{
	const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(t_office), NULL },
						 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(t_reader), NULL },
						 { OSCI_SIGN_ORIGINATOR, osci_key_cert(t_office), NULL } };
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = challenge, .has_sequence = true },
				.message_id = id, .certs = certs, .n_certs = 3 };
	const struct osci_write_opts opts = { .signer = t_office };
	struct osci_package *p = t_package("Inhalt", 6, t_office, NULL);
	unsigned char *out;
	struct osci_err err;
	size_t len;

	t_package_into(&d, p);
	if (osci_write(&out, &len, &d, &opts, &err))
		fail_msg("%s: %s", err.where, err.what);
	osci_package_freep(&p);
	assert_true(t_order_open(out, len, &(struct osci_policy){ .require_signature = true }, &err) == 0);
	out = realloc(out, len + 1);
	assert_non_null(out);
	out[len] = '\0';
	return (char *)out;
}

/* From the first @start to behind the next @end. */
static char *cut(const char *text, const char *start, const char *end, const char **rest)
{
	const char *a = strstr(text, start), *b = a ? strstr(a, end) : NULL;

	assert_non_null(b);
	*rest = b + strlen(end);
	return strndup(a, (size_t)(*rest - a));
}

static void moved(const char *into, const char *start, const char *end, const char *piece)
{
	const struct osci_policy policy = { .require_signature = true };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	_cleanup_(osci_freep) char *old = NULL;
	struct osci_err err = { 0 };
	const char *rest;
	int r;

	old = cut(into, start, end, &rest);
	osci_buf_add(&b, into, (size_t)(rest - into) - strlen(old));
	osci_buf_adds(&b, piece);
	osci_buf_adds(&b, rest);
	r = t_order_open(b.data, b.len, &policy, &err);
	if (r <= 0)
		fail_msg("result %d: %s", r, err.what);
	assert_int_equal(strncmp(err.feedback, "9", 1), 0);
}

#define BLOCK "<osci:ClientSignature", "</osci:ClientSignature>"
#define SIGNATURE "<ds:Signature ", "</ds:Signature>"

static void w_07_signature_of_another_message(void **state)
{
	char *a = signed_order("YQ==", "id-a"), *b = signed_order("Yg==", "id-b"), *piece, *inner, *block;
	const char *rest, *body = strstr(b, "<soap:Body");

	piece = cut(a, BLOCK, &rest);
	moved(b, BLOCK, piece);
	/* The signature of a content in the place of the message's, and the other way round. */
	assert_non_null(body);
	inner = strstr(body, "<ds:Signature>") ? cut(body, "<ds:Signature>", "</ds:Signature>", &rest) :
						 cut(body, SIGNATURE, &rest);
	block = strstr(b, "<ds:Signature>") ? cut(b, "<ds:Signature>", "</ds:Signature>", &rest) : cut(b, SIGNATURE, &rest);
	moved(b, block, "", inner);
	moved(b, inner, "", block);
	free(piece);
	free(inner);
	free(block);
	free(a);
	free(b);
}

/* Ciphertext beside a clear Body, or an order that claims to be an envelope. */
static void w_09_clear_beside_encrypted(void **state)
{
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(SIZE_MAX_TEST), b = OSCI_BUF_INIT(SIZE_MAX_TEST);

	t_seal(&data, INSIDE, strlen(INSIDE), T_SEAL_IV12, NULL);
	osci_buf_adds(&b, "</osci:ContentPackage>");
	osci_buf_adds(&b, (const char *)data.data);
	t_order_expect(OSCI_E_MALFORMED, "</osci:ContentPackage>", (const char *)b.data);
	osci_buf_reset(&b);
	osci_buf_adds(&b, "<soap:Body Id=\"body\">");
	osci_buf_adds(&b, (const char *)data.data);
	t_order_expect(OSCI_E_MALFORMED, "<soap:Body Id=\"body\">", (const char *)b.data);
	t_order_expect(OSCI_E_MALFORMED, "soapStoreDelivery.xsd", "soapMessageEncrypted.xsd");
}

/* --- the random generator --------------------------------------------------------- */

static void p_12_no_random_numbers(void **state)
{
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .control = { .challenge = "YQ==", .has_sequence = true } };
	const struct osci_write_opts opts = { .signer = t_office, .encrypt_for = osci_key_cert(t_reader) };
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(t_office), NULL };
	const struct osci_alg *gcm = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	unsigned char *out = NULL, key[32] = { 0 };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536), broken = OSCI_BUF_INIT(65536);
	struct osci_err err = { 0 };
	char uuid[37] = "";
	size_t len;

	d.certs = &cert;
	d.n_certs = 1;
	t_broken_make(&broken, T_BROKEN_OAEP, osci_key_cert(t_reader));
	no_random = true;
	assert_int_equal(osci_random(key, sizeof(key)), -EIO);
	assert_int_equal(osci_uuid4(uuid), -EIO);
	assert_true(osci_write(&out, &len, &d, &opts, &err) < 0);
	assert_null(out);
	assert_true(osci_cipher_encrypt(gcm, key, 12, "x", 1, &b) < 0);
	assert_int_equal(b.len, 0);
	/* The random key that hides which step failed: without it there is no answer at all. */
	assert_true(t_order_open(broken.data, broken.len, NULL, &err) < 0);
	no_random = false;
	assert_int_equal(osci_write(&out, &len, &d, &opts, &err), 0);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e_02_other_key_transports),
		cmocka_unit_test(e_03_one_error_for_every_cause),
		cmocka_unit_test(e_07_no_iv_twice_in_a_million),
		cmocka_unit_test(e_07_session_keys_after_a_fork),
		cmocka_unit_test(e_08_oaep_parameters),
		cmocka_unit_test(e_09_cipher_reference_forms),
		cmocka_unit_test(e_10_many_keys_chains_and_wraps),
		cmocka_unit_test(e_11_contents_of_another_message),
		cmocka_unit_test(w_07_signature_of_another_message),
		cmocka_unit_test(w_09_clear_beside_encrypted),
		cmocka_unit_test(p_12_no_random_numbers),
	};

	return cmocka_run_group_tests(tests, t_order_setup, t_order_teardown);
}
