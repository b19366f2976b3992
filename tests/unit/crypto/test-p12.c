/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-p12 - key files, good and bad, and the keys of the interoperability vectors
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "crypto/priv.h"
#include "lib/t_keys.h"

static struct t_pair one, two;
static char path[] = "/tmp/test-p12-XXXXXX";

static void write_p12(PKCS12 *p12)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(p12);
	assert_non_null(f);
	assert_int_equal(i2d_PKCS12_fp(f, p12), 1);
	fclose(f);
	chmod(path, 0600);
	PKCS12_free(p12);
}

static void expect(const char *password, const char *word)
{
	struct osci_key *key = NULL;
	struct osci_err err = { 0 };
	int r = osci_key_load_p12(&key, path, password, OSCI_P12_PRIVATE, &err);

	if (!word) {
		if (r)
			fail_msg("refused: %s", err.what);
		assert_true(osci_cert_equal(osci_key_cert(key), key->cert));
		osci_key_unrefp(&key);
		assert_null(key);
		return;
	}
	assert_int_equal(r, OSCI_E_KEYFILE);
	assert_null(key);
	assert_string_equal(err.where, path);
	if (!strstr(err.what, word))
		fail_msg("\"%s\" has no \"%s\"", err.what, word);
	assert_null(strstr(err.what, "geheim"));
}

static PKCS12 *plain(int nid, int iter, int mac_iter)
{
	return PKCS12_create("geheim", "n", one.pkey, one.x509, NULL, nid, nid, iter, mac_iter, 0);
}

static void good_and_password(void **state)
{
	write_p12(plain(NID_aes_256_cbc, 2048, 2048));
	expect("geheim", NULL);
	expect("Geheim", "wrong password");
	expect("", "wrong password");
	chmod(path, 0640);
	expect("geheim", "mode is 0640");
	chmod(path, 0604);
	expect("geheim", "mode is 0604");
	chmod(path, 0400);
	expect("geheim", NULL);
	write_p12(plain(NID_aes_128_cbc, 10000, 10000));
	expect("geheim", NULL);
}

static void umlaut_password(void **state)
{
	write_p12(PKCS12_create("Schlüssel", "n", one.pkey, one.x509, NULL, NID_aes_256_cbc, NID_aes_256_cbc, 2048, 2048, 0));
	expect("Schlüssel", NULL);
}

static void no_mac(void **state)
{
	write_p12(plain(NID_aes_256_cbc, 2048, -1));
	expect("geheim", "no MAC");
}

static void old_encryption(void **state)
{
	write_p12(PKCS12_create("geheim", "n", one.pkey, one.x509, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
				NID_aes_256_cbc, 2048, 2048, 0));
	expect("geheim", "RC2 or 3DES");
	write_p12(PKCS12_create("geheim", "n", one.pkey, one.x509, NULL, NID_aes_256_cbc,
				NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048, 2048, 0));
	expect("geheim", "RC2 or 3DES");
	write_p12(plain(NID_des_ede3_cbc, 2048, 2048)); /* PBES2, but 3DES inside */
	expect("geheim", "with AES");
}

/* Counts are changed in the file after it was made: nobody may have to compute them. */
static void iterations(void **state)
{
	PKCS12 *p12 = plain(NID_aes_256_cbc, 2048, 2048);
	const ASN1_INTEGER *iter;

	PKCS12_get0_mac(NULL, NULL, NULL, &iter, p12);
	ASN1_INTEGER_set((ASN1_INTEGER *)(uintptr_t)iter, 2000000000);
	write_p12(p12);
	expect("geheim", "10^6");

	p12 = plain(NID_aes_256_cbc, 1000001, 2048);
	write_p12(p12);
	expect("geheim", "10^6");
}

static void wrong_pair(void **state)
{
	/* PKCS12_create() would refuse the pair itself */
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL, *certs = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12 *p12;

	assert_non_null(PKCS12_add_cert(&certs, two.x509));
	assert_non_null(PKCS12_add_key(&bags, one.pkey, 0, 2048, NID_aes_256_cbc, "geheim"));
	assert_int_equal(PKCS12_add_safe(&safes, certs, NID_aes_256_cbc, 2048, "geheim"), 1);
	assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
	p12 = PKCS12_add_safes(safes, 0);
	assert_int_equal(PKCS12_set_mac(p12, "geheim", -1, NULL, 0, 2048, NULL), 1);
	write_p12(p12);
	expect("geheim", "no certificate fits");

	/* a second key */
	assert_non_null(PKCS12_add_key(&bags, two.pkey, 0, 2048, NID_aes_256_cbc, "geheim"));
	assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
	p12 = PKCS12_add_safes(safes, 0);
	assert_int_equal(PKCS12_set_mac(p12, "geheim", -1, NULL, 0, 2048, NULL), 1);
	write_p12(p12);
	expect("geheim", "several private keys");
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_pop_free(certs, PKCS12_SAFEBAG_free);
}

static void other_bags(void **state)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12 *p12;
	size_t i;

	/* a key that lies there in the clear */
	assert_non_null(PKCS12_add_cert(&bags, one.x509));
	assert_non_null(PKCS12_add_key(&bags, one.pkey, 0, 0, -1, NULL));
	assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
	p12 = PKCS12_add_safes(safes, 0);
	assert_int_equal(PKCS12_set_mac(p12, "geheim", -1, NULL, 0, 2048, NULL), 1);
	write_p12(p12);
	expect("geheim", "neither certificate nor encrypted key");
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);

	/* many certificates, no key */
	safes = NULL;
	bags = NULL;
	for (i = 0; i < 70; i++)
		assert_non_null(PKCS12_add_cert(&bags, one.x509));
	assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
	p12 = PKCS12_add_safes(safes, 0);
	assert_int_equal(PKCS12_set_mac(p12, "geheim", -1, NULL, 0, 2048, NULL), 1);
	write_p12(p12);
	expect("geheim", "more than 64");
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static void weak_key(void **state)
{
	struct t_pair_opts o = { .bits = 2048 };
	struct t_pair weak = t_pair_make(&o);

	t_pair_write_p12(&weak, path, "geheim");
	expect("geheim", "3000 bits");
	t_pair_free(&weak);
}

static void damaged(void **state)
{
	struct osci_buf file = OSCI_BUF_INIT(65536);
	size_t i;

	write_p12(plain(NID_aes_256_cbc, 1, 1));
	assert_int_equal(osci_file_read(path, 60000, true, &file, NULL), 0);
	for (i = 0; i < file.len; i += 7) {
		struct osci_key *key = NULL;
		FILE *f = fopen(path, "wb");

		file.data[i] ^= 0x41;
		fwrite(file.data, 1, file.len, f);
		fclose(f);
		file.data[i] ^= 0x41;
		if (osci_key_load_p12(&key, path, "geheim", 0, NULL) == 0)
			osci_key_unrefp(&key); /* a friendly name or the like */
		f = fopen(path, "wb");
		fwrite(file.data, 1, i, f);
		fclose(f);
		assert_int_equal(osci_key_load_p12(&key, path, "geheim", 0, NULL), OSCI_E_KEYFILE);
	}
	osci_buf_free(&file);
}

static void files(void **state)
{
	struct osci_key *key = NULL;
	struct osci_err err;

	assert_int_equal(osci_key_load_p12(&key, "/nowhere/at/all.p12", "x", 0, &err), -ENOENT);
	assert_string_equal(err.where, "/nowhere/at/all.p12");
	assert_int_equal(osci_key_load_p12(&key, "/tmp", "x", 0, &err), OSCI_E_KEYFILE);
	assert_null(osci_key_unref(NULL));
	assert_null(osci_key_ref(NULL));
}

static void pass_file(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = { { "geheim", true }, { "geheim\n", true }, { "geheim\r\nnext\n", true }, { "geheim ", false },
		      { "\ngeheim", false }, { "", false } };
	char pass[] = "/tmp/test-pass-XXXXXX";
	struct osci_key *key = NULL;
	struct osci_err err;
	size_t i;
	int fd = mkstemp(pass);

	close(fd);
	write_p12(plain(NID_aes_256_cbc, 2048, 2048));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *f = fopen(pass, "w");
		int r;

		fputs(cases[i].text, f);
		fclose(f);
		r = osci_key_load_p12_passfile(&key, path, pass, OSCI_P12_PRIVATE, &err);
		assert_int_equal(r, cases[i].good ? 0 : OSCI_E_KEYFILE);
		osci_key_unrefp(&key);
	}
	chmod(pass, 0644);
	assert_int_equal(osci_key_load_p12_passfile(&key, path, pass, OSCI_P12_PRIVATE, &err), OSCI_E_KEYFILE);
	assert_string_equal(err.where, pass);
	unlink(pass);
	assert_int_equal(osci_key_load_p12_passfile(&key, path, pass, 0, &err), -ENOENT);
}

static void vectors(void **state)
{
	static const char *const names[] = { "office-enc-3072", "office-sig-4096", "bamf-enc-ca", "bamf-sig-ca" };
	const char *shared = getenv("XAUSL_SHARED");
	struct osci_trust *trust;
	char file[4096];
	size_t i;

	assert_int_equal(osci_trust_new(&trust), 0);
	for (i = 0; i < 4; i++) {
		struct osci_key *key = NULL;
		struct osci_cert *pem = NULL;
		struct osci_err err = { 0 };
		enum osci_usage use = strstr(names[i], "-sig-") ? OSCI_USE_SIGN : OSCI_USE_ENCRYPT;

		snprintf(file, sizeof(file), "%s/vectors/osci/keys/%s.p12", shared ? shared : ".", names[i]);
		if (access(file, R_OK) < 0) {
			osci_trust_freep(&trust);
			print_message("# SKIP no keys of the interoperability vectors\n");
			skip();
		}
		if (osci_key_load_p12(&key, file, "osci-test", 0, &err))
			fail_msg("%s: %s", err.where, err.what);
		snprintf(file, sizeof(file), "%s/vectors/osci/keys/%s.cert.pem", shared, names[i]);
		assert_int_equal(osci_cert_load_pem(&pem, file, &err), 0);
		assert_true(osci_cert_equal(osci_key_cert(key), pem));
		assert_int_equal(osci_cert_check(pem, use, T_NOW, &err), 0);
		assert_int_equal(osci_cert_check(pem, OSCI_USE_SIGN + OSCI_USE_ENCRYPT - use, T_NOW, &err), OSCI_E_UNTRUSTED);
		if (strstr(names[i], "-ca") && i == 2) {
			assert_int_equal(osci_trust_check(trust, pem, use, T_NOW, &err), OSCI_E_UNTRUSTED);
			snprintf(file, sizeof(file), "%s/vectors/osci/keys/ca-root.cert.pem", shared);
			assert_int_equal(osci_trust_add_pem(trust, file, &err), 0);
			snprintf(file, sizeof(file), "%s/vectors/osci/keys/ca-sub.cert.pem", shared);
			assert_int_equal(osci_trust_add_pem(trust, file, &err), 0);
		}
		if (strstr(names[i], "-ca") && osci_trust_check(trust, pem, use, T_NOW, &err))
			fail_msg("%s: %s", names[i], err.what);
		osci_cert_unref(pem);
		osci_key_unref(key);
	}
	osci_trust_freep(&trust);
}

static int setup(void **state)
{
	struct t_pair_opts o = { .cn = "Eins" };
	int fd = mkstemp(path);

	assert_int_equal(osci_crypto_init(NULL), 0);
	close(fd);
	one = t_pair_make(&o);
	two = t_pair_make(&o);
	return 0;
}

static int teardown(void **state)
{
	t_pair_free(&one);
	t_pair_free(&two);
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_and_password), cmocka_unit_test(umlaut_password), cmocka_unit_test(no_mac),
		cmocka_unit_test(old_encryption),    cmocka_unit_test(iterations),      cmocka_unit_test(wrong_pair),
		cmocka_unit_test(other_bags),        cmocka_unit_test(weak_key),        cmocka_unit_test(damaged),
		cmocka_unit_test(files),             cmocka_unit_test(pass_file),       cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
