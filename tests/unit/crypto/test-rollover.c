/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-rollover - a CA that changed its key: two certificates of one name in the set of trust
 *
 * Each list of revoked certificates counts for what was issued under the key that signed it (threat row C-02).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "t_revoke.h"

static struct t_pair root, old, young, leaf;
static struct osci_trust *set;
static struct osci_cert *of_old[2], *of_young[2]; /* [1] does not say under which key it was issued */

/* A certificate as @like with its number, but issued by @ca; with @bare it does not say under which key. */
static struct osci_cert *same_number(const struct t_pair *like, const struct t_pair *ca, bool bare)
{
	struct t_pair p = t_end("Office", ca, NULL);
	struct osci_cert *cert;

	if (bare)
		X509_EXTENSION_free(X509_delete_ext(p.x509, X509_get_ext_by_NID(p.x509, NID_authority_key_identifier, -1)));
	assert_int_equal(X509_set_serialNumber(p.x509, X509_get_serialNumber(like->x509)), 1);
	assert_true(X509_sign(p.x509, ca->pkey, EVP_sha256()) > 0);
	cert = t_pair_cert(&p);
	t_pair_free(&p);
	return cert;
}

static int setup(void **state)
{
	if (osci_crypto_init(NULL) || osci_trust_new(&set))
		return -1;
	root = t_ca("Root", NULL, T_CA_USAGE);
	old = t_ca("Sub", &root, T_CA_USAGE);
	young = t_ca("Sub", &root, T_CA_USAGE);
	leaf = t_end("Office", &old, NULL);
	t_trust_pair(set, &root);
	t_trust_pair(set, &old);
	t_trust_pair(set, &young);
	for (int bare = 0; bare < 2; bare++) {
		of_old[bare] = same_number(&leaf, &old, bare);
		of_young[bare] = same_number(&leaf, &young, bare);
	}
	return 0;
}

static int teardown(void **state)
{
	for (int bare = 0; bare < 2; bare++) {
		osci_cert_unref(of_old[bare]);
		osci_cert_unref(of_young[bare]);
	}
	osci_trust_freep(&set);
	t_pair_free(&leaf);
	t_pair_free(&young);
	t_pair_free(&old);
	t_pair_free(&root);
	return 0;
}

/* @first signs the list that comes first; what @own and @others are issued under follows from it. */
static void in_order(const struct t_pair *first, struct osci_cert **own, const struct t_pair *second,
		     struct osci_cert **others)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;

	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(t_add_crl(rev, set, &(struct t_crl_opts){ .issuer = first }, NULL), 0);
	for (int bare = 0; bare < 2; bare++) {
		assert_int_equal(t_status(rev, own[bare], T_NOW), OSCI_REVOCATION_GOOD);
		assert_int_equal(t_status(rev, others[bare], T_NOW), OSCI_REVOCATION_UNKNOWN);
	}
	/* the same number under the other key: revoked there, and only there */
	assert_int_equal(t_add_crl(rev, set, &(struct t_crl_opts){ .issuer = second, .revoked = &leaf,
								   .this_update = T_NOW - 60 }, NULL), 0);
	for (int bare = 0; bare < 2; bare++) {
		assert_int_equal(t_status(rev, own[bare], T_NOW), OSCI_REVOCATION_GOOD);
		assert_int_equal(t_status(rev, others[bare], T_NOW), OSCI_REVOCATION_REVOKED);
	}
	/* neither list replaces the other */
	assert_int_equal(t_add_crl(rev, set, &(struct t_crl_opts){ .issuer = first, .revoked = &leaf }, NULL), 0);
	assert_int_equal(t_status(rev, own[0], T_NOW), OSCI_REVOCATION_REVOKED);
	assert_int_equal(t_status(rev, others[0], T_NOW), OSCI_REVOCATION_REVOKED);
}

static void c_02_crl_of_two_keys_of_a_ca(void **state)
{
	in_order(&old, of_old, &young, of_young);
	in_order(&young, of_young, &old, of_old);
}

/* A key of that name which is in no set says nothing. */
static void c_02_crl_of_a_third_key(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	struct t_pair third = t_ca("Sub", &root, T_CA_USAGE);

	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(t_add_crl(rev, set, &(struct t_crl_opts){ .issuer = &third }, NULL), OSCI_E_KEYFILE);
	assert_int_equal(t_status(rev, of_old[0], T_NOW), OSCI_REVOCATION_UNKNOWN);
	t_pair_free(&third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_02_crl_of_two_keys_of_a_ca), cmocka_unit_test(c_02_crl_of_a_third_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
