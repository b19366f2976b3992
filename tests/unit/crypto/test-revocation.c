/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-revocation - CRLs, OCSP answers, and what a set of trust makes of them
 *
 * Threat row C-02: revoked is always refused; a list or an answer that does not hold is as none; and what is not known
 * is a state of its own.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>

#include "t_revoke.h"

static struct t_pair root, sub, twin, other, leaf, self, no_sign, responder, plain_responder, foreign_responder;
static struct osci_cert *leaf_cert, *self_cert, *sub_cert;
static struct osci_trust *set;

static int setup(void **state)
{
	if (osci_crypto_init(NULL) || osci_trust_new(&set))
		return -1;
	root = t_ca("Root", NULL, T_CA_USAGE);
	sub = t_ca("Sub", &root, T_CA_USAGE);
	twin = t_ca("Sub", &root, T_CA_USAGE); /* same name, other key */
	other = t_ca("Other", NULL, T_CA_USAGE);
	no_sign = t_ca("No CRL", NULL, "critical,keyCertSign");
	leaf = t_end("Office", &sub, NULL);
	self = t_end("Alone", NULL, NULL);
	responder = t_end("Responder", &sub, "OCSPSigning");
	plain_responder = t_end("Plain", &sub, NULL);
	foreign_responder = t_end("Foreign", &other, "OCSPSigning");
	leaf_cert = t_pair_cert(&leaf);
	self_cert = t_pair_cert(&self);
	sub_cert = t_pair_cert(&sub);
	t_trust_pair(set, &root);
	t_trust_pair(set, &sub);
	t_trust_pair(set, &self);
	t_trust_pair(set, &no_sign);
	return 0;
}

static int teardown(void **state)
{
	struct t_pair *all[] = { &root, &sub, &twin, &other, &no_sign, &leaf, &self, &responder, &plain_responder,
				 &foreign_responder };
	size_t i;

	osci_trust_freep(&set);
	osci_cert_unref(leaf_cert);
	osci_cert_unref(self_cert);
	osci_cert_unref(sub_cert);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		t_pair_free(all[i]);
	return 0;
}

static int add(struct osci_revocation *rev, struct t_crl_opts o, struct osci_err *err)
{
	if (!o.issuer)
		o.issuer = &sub;
	return t_add_crl(rev, set, &o, err);
}

static void c_02_crl_good_revoked_unknown(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	struct osci_revocation_state s;

	assert_int_equal(osci_revocation_new(&rev), 0);
	osci_revocation_state(rev, leaf_cert, T_NOW, &s);
	assert_int_equal(s.status, OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(s.source, OSCI_REVOCATION_NONE);
	assert_int_equal(add(rev, (struct t_crl_opts){ 0 }, NULL), 0);
	osci_revocation_state(rev, leaf_cert, T_NOW, &s);
	assert_int_equal(s.status, OSCI_REVOCATION_GOOD);
	assert_int_equal(s.source, OSCI_REVOCATION_CRL);
	assert_int_equal(s.this_update, T_NOW - DAY);
	assert_int_equal(s.next_update, T_NOW + DAY);
	assert_int_equal(s.revoked_at, 0);
	assert_int_equal(t_status(rev, self_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(t_status(rev, sub_cert, T_NOW), OSCI_REVOCATION_UNKNOWN); /* its issuer has given no list */
	/* up to nextUpdate, and not before thisUpdate */
	assert_int_equal(t_status(rev, leaf_cert, T_NOW + DAY), OSCI_REVOCATION_GOOD);
	osci_revocation_state(rev, leaf_cert, T_NOW + DAY + 1, &s);
	assert_int_equal(s.status, OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(s.source, OSCI_REVOCATION_CRL);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW - DAY - OSCI_CLOCK_SKEW_S), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW - DAY - OSCI_CLOCK_SKEW_S - 1), OSCI_REVOCATION_UNKNOWN);
	/* a later list revokes; and goes on doing so when it has run out */
	assert_int_equal(add(rev, (struct t_crl_opts){ .revoked = &leaf, .this_update = T_NOW - 60 }, NULL), 0);
	osci_revocation_state(rev, leaf_cert, T_NOW, &s);
	assert_int_equal(s.status, OSCI_REVOCATION_REVOKED);
	assert_int_equal(s.revoked_at, T_NOW - 3 * DAY);
	assert_int_equal(s.reason, 1);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW + 99 * DAY), OSCI_REVOCATION_REVOKED);
	/* an older list takes nothing back */
	assert_int_equal(add(rev, (struct t_crl_opts){ 0 }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_REVOKED);
	/* a certificateHold may be lifted by a newer one */
	assert_int_equal(add(rev, (struct t_crl_opts){ .revoked = &leaf, .reason = 6, .this_update = T_NOW - 50 }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_REVOKED);
	assert_int_equal(add(rev, (struct t_crl_opts){ .this_update = T_NOW - 40 }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_GOOD);
	/* the serial alone revokes nothing: other issuer */
	assert_int_equal(add(rev, (struct t_crl_opts){ .issuer = &root, .revoked = &leaf }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, sub_cert, T_NOW), OSCI_REVOCATION_GOOD);
}

static void c_02_crl_refused(void **state)
{
	const struct {
		struct t_crl_opts o;
		const char *word;
	} cases[] = {
		{ { .issuer = &other }, "no CA of the set" },
		{ { .signer = &twin }, "does not hold" },
		{ { .signer = &leaf }, "does not hold" },
		{ { .issuer = &no_sign }, "may not sign" },
		{ { .issuer = &leaf }, "no CA of the set" },
		{ { .issuer = &self }, "no CA of the set" },
		{ { .md = EVP_sha1() }, "algorithm" },
		{ { .md = EVP_sha224() }, "algorithm" },
		{ { .next_update = -1 }, "no nextUpdate" },
		{ { .this_update = T_NOW + 2 * DAY, .next_update = T_NOW + 3 * DAY }, "future" },
		{ { .this_update = T_NOW, .next_update = T_NOW - 1 }, "before" },
		{ { .ext_nid = NID_delta_crl, .ext = "critical,DER:020101" }, "delta" },
		{ { .ext_nid = NID_delta_crl, .ext = "DER:020101" }, "delta" },
		{ { .ext_nid = NID_netscape_comment, .ext = "critical,DER:1600" }, "critical" },
		{ { .ext_nid = NID_issuing_distribution_point, .ext = "critical,@indirect" }, "indirect" },
		{ { .ext_nid = NID_issuing_distribution_point, .ext = "critical,@reasons" }, "reasons" },
		{ { .ext_nid = NID_issuing_distribution_point, .ext = "critical,@rel" }, "relative" },
	};
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	struct osci_err err;
	size_t i;

	assert_int_equal(osci_revocation_new(&rev), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(add(rev, cases[i].o, &err), OSCI_E_KEYFILE);
		if (!strstr(err.what, cases[i].word))
			fail_msg("\"%s\" has no \"%s\"", err.what, cases[i].word);
		assert_string_equal(err.where, "test.crl");
		assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	}
	assert_int_equal(add(rev, (struct t_crl_opts){ .this_update = T_NOW + OSCI_CLOCK_SKEW_S }, NULL), 0);
}

static void c_02_crl_octets(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	unsigned char *der, *copy;
	size_t len, i;

	assert_int_equal(osci_revocation_new(&rev), 0);
	der = t_crl(&(struct t_crl_opts){ .issuer = &sub }, &len);
	copy = malloc(len + 1);
	for (i = 0; i < len; i++) {
		memcpy(copy, der, len);
		copy[i] ^= 1 << (i % 8);
		assert_int_not_equal(osci_revocation_add_crl(rev, set, copy, len, "x", T_NOW, NULL), 0);
		assert_int_not_equal(osci_revocation_add_crl(rev, set, der, i, "x", T_NOW, NULL), 0);
	}
	memcpy(copy, der, len);
	copy[len] = 0;
	assert_int_not_equal(osci_revocation_add_crl(rev, set, copy, len + 1, "x", T_NOW, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(osci_revocation_add_crl(rev, set, der, len, "x", T_NOW, NULL), 0);
	OPENSSL_free(der);
	free(copy);
}

static void c_02_crl_scope(void **state)
{
	struct t_pair point = t_pair_make(&(struct t_pair_opts){ .curve = "P-256", .issuer = &sub,
								 .usage = "critical,digitalSignature" });
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	_cleanup_(osci_cert_unrefp) struct osci_cert *named = NULL;
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, sub.x509, point.x509, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_crl_distribution_points, "URI:http://ca.test/part1.crl");
	assert_int_equal(X509_add_ext(point.x509, ext, -1), 1);
	assert_true(X509_sign(point.x509, sub.pkey, EVP_sha256()) > 0);
	X509_EXTENSION_free(ext);
	named = t_pair_cert(&point);

	assert_int_equal(osci_revocation_new(&rev), 0);
#define IDP(text) .ext_nid = NID_issuing_distribution_point, .ext = text
	assert_int_equal(add(rev, (struct t_crl_opts){ IDP("critical,@idp") }, NULL), 0);
	assert_int_equal(t_status(rev, named, T_NOW), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	/* lists of other scope stand beside it */
	assert_int_equal(add(rev, (struct t_crl_opts){ IDP("critical,@ca") }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(add(rev, (struct t_crl_opts){ IDP("critical,@user") }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_GOOD);
	assert_int_equal(add(rev, (struct t_crl_opts){ .issuer = &root, IDP("critical,@user") }, NULL), 0);
	assert_int_equal(t_status(rev, sub_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(add(rev, (struct t_crl_opts){ .issuer = &root, IDP("critical,@ca") }, NULL), 0);
	assert_int_equal(t_status(rev, sub_cert, T_NOW), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, named, T_NOW), OSCI_REVOCATION_GOOD);
	t_pair_free(&point);
}

static void c_02_crl_files(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	char path[] = "/tmp/osci-crl-XXXXXX";
	int fd = mkstemp(path);
	struct osci_err err = { 0 };
	unsigned char *der, *der2;
	size_t len, len2;
	FILE *f;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(osci_revocation_add_crl_file(rev, set, path, T_NOW, &err), OSCI_E_KEYFILE);
	der = t_crl(&(struct t_crl_opts){ .issuer = &sub }, &len);
	der2 = t_crl(&(struct t_crl_opts){ .issuer = &root, .revoked = &sub }, &len2);
	t_write(path, der, len);
	assert_int_equal(osci_revocation_add_crl_file(rev, set, path, T_NOW, &err), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_GOOD);
	osci_revocation_unrefp(&rev);
	assert_int_equal(osci_revocation_new(&rev), 0);
	f = fopen(path, "w");
	fputs("# both lists\n", f);
	assert_int_equal(PEM_write(f, PEM_STRING_X509_CRL, "", der, (long)len) > 0, 1);
	assert_int_equal(PEM_write(f, PEM_STRING_X509_CRL, "", der2, (long)len2) > 0, 1);
	fclose(f);
	assert_int_equal(osci_revocation_add_crl_file(rev, set, path, T_NOW, &err), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, sub_cert, T_NOW), OSCI_REVOCATION_REVOKED);
	f = fopen(path, "a");
	fputs("-----BEGIN X509 CRL-----\nAAAA\n", f);
	fclose(f);
	assert_int_equal(osci_revocation_add_crl_file(rev, set, path, T_NOW, &err), OSCI_E_KEYFILE);
	assert_string_equal(err.where, path);
	/* 500 MB are not read to find out that they are too many */
	assert_int_equal(truncate(path, 500l * 1000 * 1000), 0);
	assert_int_equal(osci_revocation_add_crl_file(rev, set, path, T_NOW, &err), OSCI_E_KEYFILE);
	assert_non_null(strstr(err.what, "larger than"));
	unlink(path);
	assert_int_equal(osci_revocation_add_crl_file(rev, set, path, T_NOW, &err), -ENOENT);
	OPENSSL_free(der);
	OPENSSL_free(der2);
}

static void crl_signed_with_rsa_pss(void **state)
{
	struct t_pair rsa = t_pair_make(&(struct t_pair_opts){ .cn = "RSA", .usage = T_CA_USAGE,
							       .constraints = "critical,CA:TRUE" });
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	_cleanup_(osci_trust_freep) struct osci_trust *t = NULL;
	unsigned char *der;
	size_t len;
	int i;

	assert_int_equal(osci_trust_new(&t), 0);
	t_trust_pair(t, &rsa);
	assert_int_equal(osci_revocation_new(&rev), 0);
	for (i = 0; i < 3; i++) {
		der = t_crl(&(struct t_crl_opts){ .issuer = &rsa, .pss = i > 0,
						  .md = i == 2 ? EVP_sha1() : EVP_sha512() }, &len);
		assert_int_equal(osci_revocation_add_crl(rev, t, der, len, "x", T_NOW, NULL), i == 2 ? OSCI_E_KEYFILE : 0);
		OPENSSL_free(der);
	}
	t_pair_free(&rsa);
}

/* --- OCSP ---------------------------------------------------------------- */

static int answer(struct osci_revocation *rev, struct t_ocsp_opts o, const unsigned char *nonce,
		  struct osci_revocation_state *s, struct osci_err *err)
{
	unsigned char *der;
	size_t len;
	int r;

	if (!o.issuer)
		o.issuer = &sub;
	if (!o.cert)
		o.cert = &leaf;
	der = t_ocsp(&o, &len);
	r = osci_revocation_ocsp_response(rev, set, leaf_cert, nonce, der, len, T_NOW, s, err);
	OPENSSL_free(der);
	return r;
}

static void c_02_ocsp_states(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	struct osci_revocation_state s;

	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ .status = V_OCSP_CERTSTATUS_UNKNOWN }, NULL, &s, NULL), 0);
	assert_int_equal(s.status, OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ .id_md = EVP_sha1() }, NULL, &s, NULL), 0);
	assert_int_equal(s.status, OSCI_REVOCATION_GOOD);
	osci_revocation_state(rev, leaf_cert, T_NOW, &s);
	assert_int_equal(s.status, OSCI_REVOCATION_GOOD);
	assert_int_equal(s.source, OSCI_REVOCATION_OCSP);
	assert_int_equal(s.this_update, T_NOW - 60);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW + DAY), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW + DAY + 1), OSCI_REVOCATION_UNKNOWN);
	/* without nextUpdate for an hour only */
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ .next_update = -1, .this_update = T_NOW - 30 }, NULL, &s, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW - 30 + OSCI_OCSP_AGE_S), OSCI_REVOCATION_GOOD);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW - 30 + OSCI_OCSP_AGE_S + 1), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ .status = V_OCSP_CERTSTATUS_REVOKED, .this_update = T_NOW },
				NULL, &s, NULL), 0);
	assert_int_equal(s.status, OSCI_REVOCATION_REVOKED);
	assert_int_equal(s.revoked_at, T_NOW - 3 * DAY);
	/* an older answer, replayed, takes nothing back; nor does a list that does not yet know */
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ 0 }, NULL, &s, NULL), 0);
	assert_int_equal(add(rev, (struct t_crl_opts){ 0 }, NULL), 0);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_REVOKED);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW + 99 * DAY), OSCI_REVOCATION_REVOKED);
}

static void c_02_ocsp_responders(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	struct t_pair old = t_pair_make(&(struct t_pair_opts){ .cn = "Old", .curve = "P-256", .issuer = &sub,
							       .usage = "critical,digitalSignature",
							       .extended = "OCSPSigning", .not_after = T_NOW - 1 });
	const struct {
		struct t_ocsp_opts o;
		int result;
	} cases[] = {
		{ { .signer = &responder, .send_signer = true }, 0 },
		{ { .send_signer = true }, 0 },
		{ { .signer = &responder }, OSCI_E_UNTRUSTED }, /* its certificate is missing */
		{ { .signer = &plain_responder, .send_signer = true }, OSCI_E_UNTRUSTED },
		{ { .signer = &foreign_responder, .send_signer = true }, OSCI_E_UNTRUSTED },
		{ { .signer = &leaf, .send_signer = true }, OSCI_E_UNTRUSTED },
		{ { .signer = &root, .send_signer = true }, OSCI_E_UNTRUSTED },
		{ { .signer = &other, .send_signer = true }, OSCI_E_UNTRUSTED },
		{ { .signer = &old, .send_signer = true }, OSCI_E_UNTRUSTED },
		{ { .md = EVP_sha1() }, OSCI_E_SIGNATURE },
		{ { .cert = &responder }, OSCI_E_MALFORMED }, /* of another certificate */
		{ { .issuer = &root, .signer = &sub }, OSCI_E_MALFORMED }, /* same serial, other issuer */
		{ { .id_md = EVP_md5() }, OSCI_E_MALFORMED },
		{ { .response_status = OCSP_RESPONSE_STATUS_TRYLATER }, OSCI_E_EMPTY },
		{ { .response_status = OCSP_RESPONSE_STATUS_UNAUTHORIZED }, OSCI_E_EMPTY },
		{ { .this_update = T_NOW + DAY, .next_update = T_NOW + 2 * DAY }, OSCI_E_STATE },
		{ { .this_update = T_NOW - 2 * DAY, .next_update = T_NOW - DAY }, OSCI_E_STATE },
		{ { .this_update = T_NOW - 2 * OSCI_OCSP_AGE_S, .next_update = -1 }, OSCI_E_STATE },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct osci_err err = { 0 };
		int r;

		assert_int_equal(osci_revocation_new(&rev), 0);
		r = answer(rev, cases[i].o, NULL, NULL, &err);
		if (r != cases[i].result)
			fail_msg("case %zu: %s %s", i, osci_result_name(r), err.what);
		assert_int_equal(t_status(rev, leaf_cert, T_NOW), r ? OSCI_REVOCATION_UNKNOWN : OSCI_REVOCATION_GOOD);
		osci_revocation_unrefp(&rev);
	}
	t_pair_free(&old);
}

/* A responder's key that was stolen answers for nobody any more; whether its certificate is good need not be known. */
static void c_02_ocsp_responder_revoked(void **state)
{
	const struct t_ocsp_opts o = { .signer = &responder, .send_signer = true };
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;

	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(add(rev, (struct t_crl_opts){ .this_update = T_NOW - 3 * DAY, .next_update = T_NOW - 2 * DAY }, NULL), 0);
	assert_int_equal(answer(rev, o, NULL, NULL, NULL), 0);
	assert_int_equal(add(rev, (struct t_crl_opts){ .revoked = &responder }, NULL), 0);
	assert_int_equal(answer(rev, o, NULL, NULL, NULL), OSCI_E_UNTRUSTED);
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ 0 }, NULL, NULL, NULL), 0);
}

static void c_02_ocsp_nonce_and_request(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	unsigned char nonce[OSCI_OCSP_NONCE], second[OSCI_OCSP_NONCE], *der;
	const unsigned char *p;
	OCSP_REQUEST *req;
	OCSP_CERTID *id;
	ASN1_INTEGER *serial;
	ASN1_OBJECT *md;
	unsigned flags;
	size_t len;

	assert_int_equal(osci_revocation_new(&rev), 0);
	for (flags = 0; flags <= OSCI_OCSP_SHA1_ID; flags++) {
		assert_int_equal(osci_ocsp_request(&der, &len, set, leaf_cert, flags ? NULL : nonce, flags, NULL), 0);
		p = der;
		req = d2i_OCSP_REQUEST(NULL, &p, (long)len);
		assert_non_null(req);
		assert_int_equal(OCSP_request_onereq_count(req), 1);
		id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(req, 0));
		assert_int_equal(OCSP_id_get0_info(NULL, &md, NULL, &serial, id), 1);
		assert_int_equal(OBJ_obj2nid(md), flags ? NID_sha1 : NID_sha256);
		assert_int_equal(ASN1_INTEGER_cmp(serial, X509_get_serialNumber(leaf.x509)), 0);
		assert_int_equal(OCSP_REQUEST_get_ext_count(req), flags ? 0 : 1);
		OCSP_REQUEST_free(req);
		free(der);
	}
	assert_int_equal(osci_ocsp_request(&der, &len, set, leaf_cert, second, 0, NULL), 0);
	free(der);
	assert_memory_not_equal(nonce, second, sizeof(nonce));
	assert_int_equal(osci_ocsp_request(&der, &len, set, self_cert, NULL, 0, NULL), OSCI_E_UNTRUSTED);
	assert_null(der);
	/* the answer to another request is a replay */
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ .nonce = second }, nonce, NULL, NULL), OSCI_E_STATE);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ .nonce = nonce }, nonce, NULL, NULL), 0);
	assert_int_equal(answer(rev, (struct t_ocsp_opts){ 0 }, nonce, NULL, NULL), 0); /* answered in advance */
}

static void c_02_ocsp_octets(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	unsigned char *der, *copy;
	size_t len, i;

	assert_int_equal(osci_revocation_new(&rev), 0);
	der = t_ocsp(&(struct t_ocsp_opts){ .issuer = &sub, .cert = &leaf }, &len);
	copy = malloc(OSCI_OCSP_MAX + 1);
	memset(copy, 0, OSCI_OCSP_MAX + 1);
	for (i = 0; i < len; i++) {
		memcpy(copy, der, len);
		copy[i] ^= 1 << (i % 8);
		assert_int_not_equal(osci_revocation_ocsp_response(rev, set, leaf_cert, NULL, copy, len, T_NOW, NULL, NULL), 0);
		assert_int_not_equal(osci_revocation_ocsp_response(rev, set, leaf_cert, NULL, der, i, T_NOW, NULL, NULL), 0);
	}
	memcpy(copy, der, len);
	assert_int_equal(osci_revocation_ocsp_response(rev, set, leaf_cert, NULL, copy, len + 1, T_NOW, NULL, NULL),
			 OSCI_E_MALFORMED);
	assert_int_equal(osci_revocation_ocsp_response(rev, set, leaf_cert, NULL, copy, OSCI_OCSP_MAX + 1, T_NOW, NULL, NULL),
			 OSCI_E_MALFORMED);
	assert_int_equal(t_status(rev, leaf_cert, T_NOW), OSCI_REVOCATION_UNKNOWN);
	OPENSSL_free(der);
	free(copy);
}

/* --- the set of trust ---------------------------------------------------- */

static void state_is(const struct osci_trust *t, const struct osci_cert *cert, int64_t now, enum osci_trust_cause cause,
		     enum osci_math math, enum osci_offline offline, enum osci_online online)
{
	static const int results[] = { 0, OSCI_E_UNTRUSTED, OSCI_E_UNTRUSTED, OSCI_E_UNTRUSTED, OSCI_E_REVOKED,
				       OSCI_E_UNCHECKED };
	struct osci_trust_state s;

	assert_int_equal(osci_trust_state(t, cert, OSCI_USE_SIGN, now, &s), 0);
	assert_int_equal(s.cause, cause);
	assert_int_equal(s.math, math);
	assert_int_equal(s.offline, offline);
	assert_int_equal(s.online, online);
	assert_int_equal(osci_trust_check(t, cert, OSCI_USE_SIGN, now, NULL), results[cause]);
}

static struct osci_trust *set_with(struct osci_revocation *rev, struct osci_revocation_rules rules)
{
	struct osci_trust *t = NULL;

	assert_int_equal(osci_trust_new(&t), 0);
	t_trust_pair(t, &root);
	t_trust_pair(t, &sub);
	t_trust_pair(t, &self);
	osci_trust_set_revocation(t, rev, &rules);
	return t;
}

#define LATER (T_NOW + 31 * DAY) /* behind the end of every certificate here */

static void c_02_set_of_trust(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	_cleanup_(osci_trust_freep) struct osci_trust *soft = NULL, *hard = NULL, *none = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(osci_revocation_new(&rev), 0);
	soft = set_with(rev, (struct osci_revocation_rules){ 0 });
	hard = set_with(rev, (struct osci_revocation_rules){ .demand_sign = true, .grace_s = 3600 });
	none = set_with(NULL, (struct osci_revocation_rules){ .demand_sign = true });
	/* nothing is known */
	state_is(soft, leaf_cert, T_NOW, OSCI_TRUST_OK, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	state_is(hard, leaf_cert, T_NOW, OSCI_TRUST_UNCHECKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	state_is(none, leaf_cert, T_NOW, OSCI_TRUST_UNCHECKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	assert_int_equal(osci_trust_check(hard, leaf_cert, OSCI_USE_SIGN, T_NOW, &err), OSCI_E_UNCHECKED);
	assert_string_equal(err.feedback, "9710");
	/* who lists a self-signed certificate takes it off the list */
	state_is(hard, self_cert, T_NOW, OSCI_TRUST_OK, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	/* half of the path is known */
	assert_int_equal(add(rev, (struct t_crl_opts){ 0 }, NULL), 0);
	state_is(soft, leaf_cert, T_NOW, OSCI_TRUST_OK, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_OK);
	state_is(hard, leaf_cert, T_NOW, OSCI_TRUST_UNCHECKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_OK);
	assert_int_equal(add(rev, (struct t_crl_opts){ .issuer = &root }, NULL), 0);
	state_is(hard, leaf_cert, T_NOW, OSCI_TRUST_OK, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_OK);
	state_is(none, leaf_cert, T_NOW, OSCI_TRUST_UNCHECKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	/* a list that has run out counts for the grace period */
	state_is(hard, leaf_cert, T_NOW + DAY + 3600, OSCI_TRUST_OK, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	state_is(hard, leaf_cert, T_NOW + DAY + 3601, OSCI_TRUST_UNCHECKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID,
		 OSCI_ONLINE_ABSENT);
	/* outside its time, and revoked: revoked is said */
	state_is(soft, leaf_cert, LATER, OSCI_TRUST_PERIOD, OSCI_MATH_OK, OSCI_OFFLINE_INVALID, OSCI_ONLINE_ABSENT);
	assert_int_equal(add(rev, (struct t_crl_opts){ .revoked = &leaf }, NULL), 0);
	state_is(soft, leaf_cert, LATER, OSCI_TRUST_REVOKED, OSCI_MATH_OK, OSCI_OFFLINE_INVALID, OSCI_ONLINE_REVOKED);
	state_is(soft, leaf_cert, T_NOW, OSCI_TRUST_REVOKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_REVOKED);
	state_is(hard, leaf_cert, T_NOW, OSCI_TRUST_REVOKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_REVOKED);
	assert_int_equal(osci_trust_check(soft, leaf_cert, OSCI_USE_SIGN, T_NOW, &err), OSCI_E_REVOKED);
	assert_string_equal(err.feedback, "9701");
}

static void c_02_ca_revoked(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	_cleanup_(osci_trust_freep) struct osci_trust *soft = NULL, *listed = NULL;

	assert_int_equal(osci_revocation_new(&rev), 0);
	soft = set_with(rev, (struct osci_revocation_rules){ 0 });
	listed = set_with(rev, (struct osci_revocation_rules){ 0 });
	assert_int_equal(osci_trust_add(listed, leaf_cert), 0);
	assert_int_equal(add(rev, (struct t_crl_opts){ 0 }, NULL), 0);
	assert_int_equal(add(rev, (struct t_crl_opts){ .issuer = &root, .revoked = &sub }, NULL), 0);
	state_is(soft, leaf_cert, T_NOW, OSCI_TRUST_REVOKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_REVOKED);
	state_is(listed, leaf_cert, T_NOW, OSCI_TRUST_REVOKED, OSCI_MATH_OK, OSCI_OFFLINE_VALID, OSCI_ONLINE_REVOKED);
}

/* What an inspection report says of a certificate that is not believed. */
static void c_04_math_result(void **state)
{
	struct t_pair forged = t_end("Forged", &twin, NULL), stranger = t_end("Stranger", &other, NULL);
	_cleanup_(osci_cert_unrefp) struct osci_cert *a = t_pair_cert(&forged), *b = t_pair_cert(&stranger);
	struct osci_trust_state s;

	assert_int_equal(osci_trust_state(set, a, OSCI_USE_SIGN, T_NOW, &s), 0);
	assert_int_equal(s.cause, OSCI_TRUST_ISSUER);
	/* the key identifier tells that another key of the same name signed: nothing can be said */
	assert_int_equal(s.math, OSCI_MATH_INDETERMINATE);
	state_is(set, b, T_NOW, OSCI_TRUST_ISSUER, OSCI_MATH_INDETERMINATE, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	t_pair_free(&forged);
	t_pair_free(&stranger);

	forged = t_end("Forged", &sub, NULL);
	assert_true(X509_sign(forged.x509, twin.pkey, EVP_sha256()) > 0);
	osci_cert_unrefp(&a);
	a = t_pair_cert(&forged);
	state_is(set, a, T_NOW, OSCI_TRUST_ISSUER, OSCI_MATH_CORRUPTED, OSCI_OFFLINE_VALID, OSCI_ONLINE_ABSENT);
	assert_int_equal(osci_trust_state(set, leaf_cert, OSCI_USE_ENCRYPT, T_NOW, &s), 0);
	assert_int_equal(s.cause, OSCI_TRUST_USAGE);
	t_pair_free(&forged);
}

/* --- many threads --------------------------------------------------------- */

static void *ask(void *data)
{
	struct osci_revocation *rev = data;
	int i;

	for (i = 0; i < 300; i++)
		if (t_status(rev, leaf_cert, T_NOW) != OSCI_REVOCATION_GOOD)
			return rev;
	return NULL;
}

static void threads(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	pthread_t t[4];
	void *wrong;
	int i;

	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(add(rev, (struct t_crl_opts){ .revoked = &self }, NULL), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, ask, rev), 0);
	for (i = 0; i < 50; i++) {
		assert_int_equal(add(rev, (struct t_crl_opts){ .revoked = &self, .this_update = T_NOW - 1000 + i }, NULL), 0);
		assert_int_equal(answer(rev, (struct t_ocsp_opts){ .this_update = T_NOW - 1000 + i }, NULL, NULL, NULL), 0);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], &wrong), 0);
		assert_null(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_02_crl_good_revoked_unknown), cmocka_unit_test(c_02_crl_refused),
		cmocka_unit_test(c_02_crl_octets), cmocka_unit_test(c_02_crl_scope), cmocka_unit_test(c_02_crl_files),
		cmocka_unit_test(crl_signed_with_rsa_pss), cmocka_unit_test(c_02_ocsp_states),
		cmocka_unit_test(c_02_ocsp_responders), cmocka_unit_test(c_02_ocsp_responder_revoked),
		cmocka_unit_test(c_02_ocsp_nonce_and_request),
		cmocka_unit_test(c_02_ocsp_octets), cmocka_unit_test(c_02_set_of_trust),
		cmocka_unit_test(c_02_ca_revoked), cmocka_unit_test(c_04_math_result), cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
