/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-prepared - contexts made ready once for a key: threads that use a new key at the same moment
 *
 * Every thread has to get what it asked for, whoever made the shared context; another algorithm or key gets another one.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto/priv.h"
#include "lib/t_keys.h"

#define THREADS 4
#define ROUNDS 12
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"

static struct osci_key *rsa, *rsa2;
static pthread_barrier_t barrier;

struct worker {
	const struct osci_key *key;
	const char *sign, *digest, *mgf;
	xmlDocPtr doc;
	int failed;
};

static xmlDocPtr signed_info(struct osci_buf *canon)
{
	xmlDocPtr doc = xmlNewDoc(BAD_CAST "1.0");

	assert_non_null(doc);
	xmlDocSetRootElement(doc, xmlNewNode(NULL, BAD_CAST "x"));
	assert_int_equal(osci_c14n_node(xmlDocGetRootElement(doc), canon, NULL), 0);
	return doc;
}

static void *work(void *arg)
{
	struct osci_buf value = OSCI_BUF_INIT(1024), wrapped = OSCI_BUF_INIT(1024), plain = OSCI_BUF_INIT(1024);
	struct worker *w = arg;
	const struct osci_alg *sign = osci_alg_find(OSCI_ALG_SIGN, w->sign);
	const struct osci_alg *digest = osci_alg_find(OSCI_ALG_OAEP_DIGEST, w->digest);
	const struct osci_alg *mgf = osci_alg_find(OSCI_ALG_MGF, w->mgf);

	pthread_barrier_wait(&barrier);
	w->failed = osci_sign(w->key, sign, "<x></x>", 7, &value, NULL) ||
		    osci_verify_node(w->key->cert, sign, xmlDocGetRootElement(w->doc), value.data, value.len, NULL) ||
		    osci_oaep_wrap(w->key->cert, digest, mgf, (const unsigned char *)"0123456789abcdef", 16, &wrapped, NULL) ||
		    osci_oaep_unwrap(w->key, digest, mgf, wrapped.data, wrapped.len, &plain, NULL) ||
		    plain.len != 16 || memcmp(plain.data, "0123456789abcdef", 16) != 0;
	osci_buf_free(&value);
	osci_buf_free(&wrapped);
	osci_buf_free(&plain);
	return NULL;
}

/* The same pair in objects that nobody used before. */
static struct osci_key *fresh(const struct osci_key *key)
{
	struct osci_cert *cert = NULL;
	struct osci_key *k = NULL;

	assert_int_equal(X509_up_ref(key->cert->x509), 1);
	assert_int_equal(cert_from_x509(&cert, key->cert->x509, NULL), 0);
	assert_int_equal(key_unproved(&k, key->pkey, cert), 0);
	osci_cert_unref(cert);
	return k;
}

static void first_use_by_many(void **state)
{
	static const char *const signs[] = { OSCI_URI_PSS_SHA256, OSCI_URI_PSS_SHA256, MORE07 "sha3-512-rsa-MGF1",
					     MORE "rsa-sha256" };
	static const char *const digests[] = { OSCI_URI_SHA256, OSCI_URI_SHA256, OSCI_URI_SHA512, MORE "sha384" };
	struct osci_buf canon = OSCI_BUF_INIT(64);
	xmlDocPtr doc = signed_info(&canon);
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	size_t round, i;

	assert_string_equal((char *)canon.data, "<x></x>");
	for (round = 0; round < ROUNDS; round++) {
		struct osci_key *key = fresh(rsa);

		assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
		for (i = 0; i < THREADS; i++) {
			workers[i] = (struct worker){ key, signs[i], digests[i], OSCI_URI_MGF1_SHA256, doc, 1 };
			assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
		}
		for (i = 0; i < THREADS; i++) {
			pthread_join(threads[i], NULL);
			assert_int_equal(workers[i].failed, 0);
		}
		pthread_barrier_destroy(&barrier);
		osci_key_unrefp(&key);
	}
	osci_buf_free(&canon);
	xmlFreeDoc(doc);
}

/* What was prepared for one key and one hash serves no other, in whatever order they are used. */
static void nothing_is_mixed_up(void **state)
{
	static const char *const uris[] = { OSCI_URI_PSS_SHA256, MORE07 "sha512-rsa-MGF1", MORE07 "sha3-256-rsa-MGF1" };
	struct osci_buf canon = OSCI_BUF_INIT(64);
	xmlDocPtr doc = signed_info(&canon);
	struct osci_buf values[3][2];
	const struct osci_key *const keys[] = { rsa, rsa2 };
	size_t i, k, j, l;

	for (i = 0; i < 3; i++)
		for (k = 0; k < 2; k++) {
			values[i][k] = (struct osci_buf)OSCI_BUF_INIT(1024);
			assert_int_equal(osci_sign(keys[k], osci_alg_find(OSCI_ALG_SIGN, uris[i]), canon.data, canon.len,
						   &values[i][k], NULL), 0);
		}
	for (i = 0; i < 3; i++)
		for (k = 0; k < 2; k++)
			for (j = 0; j < 3; j++)
				for (l = 0; l < 2; l++)
					assert_int_equal(osci_verify_node(keys[l]->cert, osci_alg_find(OSCI_ALG_SIGN, uris[j]),
									  xmlDocGetRootElement(doc), values[i][k].data,
									  values[i][k].len, NULL),
							 i == j && k == l ? 0 : OSCI_E_SIGNATURE);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 2; k++)
			osci_buf_free(&values[i][k]);
	osci_buf_free(&canon);
	xmlFreeDoc(doc);
}

static int setup(void **state)
{
	assert_int_equal(osci_crypto_init(NULL), 0);
	rsa = t_key("Eins", 3072, OSCI_USE_SIGN);
	rsa2 = t_key("Zwei", 3072, OSCI_USE_SIGN);
	return 0;
}

static int teardown(void **state)
{
	osci_key_unrefp(&rsa);
	osci_key_unrefp(&rsa2);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(first_use_by_many), cmocka_unit_test(nothing_is_mixed_up) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
