/* SPDX-License-Identifier: Apache-2.0 */
/* test-load - small messages that would cost much: many contents of one part, many foreign header blocks */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_mime.h"
#include "t_order.h"

#define SECONDS_MAX 3.0 /* of CPU, where unbounded work takes far more */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void opens(int result, const struct osci_buf *b, const struct osci_policy *policy)
{
	struct osci_err err = { 0 };
	double t = seconds();
	int r;

	assert_int_equal(osci_buf_error(b), 0);
	r = t_order_open(b->data, b->len, policy, &err);
	t = seconds() - t;
	if (r != result || t > SECONDS_MAX)
		fail_msg("result %d, expected %d, after %.2f s (%s %s: %s)", r, result, t, err.feedback, err.where, err.what);
}

static void wrap(struct osci_buf *out, const struct osci_buf *envelope, const void *part, size_t len)
{
	osci_mime_write_begin(out, "boundary");
	osci_buf_add(out, envelope->data, envelope->len);
	t_mime_part(out, "boundary", "a", part, len);
	osci_mime_write_end(out, "boundary");
}

/* Each is looked at once, however many share the part. */
static void contents_of_one_part(void **state)
{
	_cleanup_buf_ struct osci_buf inner = OSCI_BUF_INIT(SIZE_MAX_TEST), envelope = OSCI_BUF_INIT(SIZE_MAX_TEST),
				      b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	unsigned i;

	for (i = 0; i < 98000; i++)
		osci_buf_adds(&inner, "<osci:Content href=\"cid:a\"/>");
	t_order_changed(&envelope, INLINE, (const char *)inner.data);
	wrap(&b, &envelope, "part", 4);
	opens(0, &b, NULL);
}

static void reference(struct osci_buf *out, const char *uri, const void *octets, size_t len)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;

	assert_int_equal(osci_digest(sha256, octets, len, digest, &n), 0);
	osci_buf_addf(out, "<ds:Reference URI=\"%s\"><ds:DigestMethod Algorithm=\"" OSCI_URI_SHA256
			   "\"></ds:DigestMethod><ds:DigestValue>", uri);
	osci_base64_encode(out, digest, n, 0);
	osci_buf_adds(out, "</ds:DigestValue></ds:Reference>");
}

/* ds:Signature of the office over @n contents "h0", "h1", ... of the part. */
static void sign(struct osci_buf *out, unsigned n, const void *part, size_t len)
{
	_cleanup_buf_ struct osci_buf info = OSCI_BUF_INIT(SIZE_MAX_TEST), canon = OSCI_BUF_INIT(SIZE_MAX_TEST),
				      value = OSCI_BUF_INIT(4096);
	char text[1024], uri[32];
	unsigned i;

	osci_buf_adds(&info, "<ds:CanonicalizationMethod Algorithm=\"" OSCI_URI_C14N "\"></ds:CanonicalizationMethod>"
			     "<ds:SignatureMethod Algorithm=\"" OSCI_URI_PSS_SHA256 "\"></ds:SignatureMethod>");
	for (i = 0; i < n; i++) {
		snprintf(uri, sizeof(uri), "#h%u", i);
		snprintf(text, sizeof(text), "<osci:Content" NAMESPACES " Id=\"h%u\" href=\"cid:a\"></osci:Content>", i);
		reference(&info, uri, text, strlen(text));
	}
	reference(&info, "cid:a", part, len);
	osci_buf_addf(&canon, "<ds:SignedInfo" NAMESPACES ">%s</ds:SignedInfo>", (const char *)info.data);
	assert_int_equal(osci_sign(t_office, osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256), canon.data, canon.len,
				   &value, NULL), 0);
	osci_buf_addf(out, "<ds:Signature><ds:SignedInfo>%s</ds:SignedInfo><ds:SignatureValue>", (const char *)info.data);
	osci_base64_encode(out, value.data, value.len, 76);
	osci_buf_adds(out, "</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod URI=\"#author\"/></ds:KeyInfo></ds:Signature>");
}

static void signed_order(struct osci_buf *out, unsigned n, const void *signed_part, const void *part, size_t len)
{
	_cleanup_buf_ struct osci_buf inner = OSCI_BUF_INIT(SIZE_MAX_TEST), envelope = OSCI_BUF_INIT(SIZE_MAX_TEST),
				      whole = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const char *at;
	const unsigned char *der;
	unsigned i;
	size_t l;

	sign(&inner, n, signed_part, len);
	for (i = 0; i < n; i++)
		osci_buf_addf(&inner, "<osci:Content Id=\"h%u\" href=\"cid:a\"/>", i);
	t_order_changed(&envelope, INLINE, (const char *)inner.data);
	at = strstr((const char *)envelope.data, "</osci:NonIntermediaryCertificates>");
	assert_non_null(at);
	osci_buf_add(&whole, envelope.data, (size_t)(at - (const char *)envelope.data));
	osci_buf_adds(&whole, "<osci:SignatureCertificateOriginator Id=\"author\"><ds:X509Data><ds:X509Certificate>");
	der = osci_cert_der(osci_key_cert(t_office), &l);
	osci_base64_encode(&whole, der, l, 76);
	osci_buf_adds(&whole, "</ds:X509Certificate></ds:X509Data></osci:SignatureCertificateOriginator>");
	osci_buf_adds(&whole, at);
	wrap(out, &whole, part, len);
}

/* The digest of a part is taken once for a signature, and it counts for every content that has the part. */
static void signed_contents_of_one_part(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST), other = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const struct osci_policy policy = { .require_content_signature = true };
	const size_t len = (size_t)16 * 1024 * 1024;
	unsigned char *part = calloc(len, 1), *changed = calloc(len, 1);

	assert_non_null(part);
	assert_non_null(changed);
	signed_order(&b, 1000, part, part, len);
	opens(0, &b, &policy);
	changed[len - 1] = 1;
	signed_order(&other, 2, part, changed, len);
	opens(OSCI_E_SIGNATURE, &other, &policy);
	free(part);
	free(changed);
}

static void foreign_blocks(struct osci_buf *out, unsigned n)
{
	_cleanup_buf_ struct osci_buf head = OSCI_BUF_INIT(SIZE_MAX_TEST), envelope = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const char *at;
	unsigned i;

	/* A start tag full of declarations comes back in the canonical form of every block. */
	osci_buf_adds(&head, "<soap:Header");
	for (i = 0; i < 12; i++)
		osci_buf_addf(&head, " xmlns:p%u=\"urn:%01300u\"", i, i);
	osci_buf_adds(&head, ">");
	t_order_changed(&envelope, "<soap:Header>", (const char *)head.data);
	at = strstr((const char *)envelope.data, "</soap:Header>");
	assert_non_null(at);
	osci_buf_add(out, envelope.data, (size_t)(at - (const char *)envelope.data));
	for (i = 0; i < n; i++)
		osci_buf_addf(out, "<p1:a Id=\"f%u\"/>", i);
	osci_buf_adds(out, at);
}

static void many_foreign_blocks(void **state)
{
	static const struct {
		unsigned n;
		int result;
	} cases[] = { { 32, 0 }, { 33, OSCI_E_LIMIT }, { 20000, OSCI_E_LIMIT } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);

		foreign_blocks(&b, cases[i].n);
		opens(cases[i].result, &b, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_of_one_part),
		cmocka_unit_test(signed_contents_of_one_part),
		cmocka_unit_test(many_foreign_blocks),
	};

	return cmocka_run_group_tests(tests, t_order_setup, t_order_teardown);
}
