/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-cipher - block ciphers and key transport
 *
 * Round trips, published vectors, every octet flipped, every length cut; and that all failures
 * look the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/rsa.h>

#include "crypto/priv.h"
#include "lib/t_keys.h"

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"

static struct osci_key *rsa, *rsa2;
static const unsigned char key[32] = "0123456789abcdef0123456789abcde";

static const struct osci_alg *cipher(const char *uri)
{
	const struct osci_alg *a = osci_alg_find(OSCI_ALG_CIPHER, uri);

	assert_non_null(a);
	return a;
}

static void assert_one_error(const struct osci_err *err)
{
	assert_int_equal(err->code, OSCI_E_DECRYPT);
	assert_string_equal(err->feedback, "9202");
	assert_string_equal(err->what, "decryption failed");
	assert_string_equal(err->where, "");
}

static void refused(const struct osci_alg *alg, size_t key_len, size_t iv_len, const void *blob, size_t len)
{
	struct osci_buf out = OSCI_BUF_INIT(65536);
	struct osci_err err = { 0 };
	size_t i;

	osci_buf_adds(&out, "kept");
	memset(osci_buf_room(&out, len), 0, len);
	assert_int_equal(osci_cipher_decrypt(alg, key, key_len, iv_len, blob, len, &out, &err), OSCI_E_DECRYPT);
	assert_one_error(&err);
	assert_int_equal(out.len, 4);
	for (i = 4; i < 4 + len; i++) /* nothing of the plain text is left in the room */
		assert_int_equal(out.data[i], 0);
	osci_buf_free(&out);
}

static void gcm(void **state)
{
	static const char *const uris[] = { XENC11 "aes128-gcm", XENC11 "aes192-gcm", XENC11 "aes256-gcm" };
	static const size_t ivs[] = { 12, 16 }, lens[] = { 0, 1, 15, 16, 17, 5000 };
	unsigned char plain[5000];
	size_t a, v, l;

	memset(plain, 'x', sizeof(plain));
	for (a = 0; a < 3; a++)
		for (v = 0; v < 2; v++)
			for (l = 0; l < 6; l++) {
				struct osci_buf blob = OSCI_BUF_INIT(65536), out = OSCI_BUF_INIT(65536);
				const struct osci_alg *alg = cipher(uris[a]);

				assert_int_equal(osci_cipher_encrypt(alg, key, ivs[v], plain, lens[l], &blob), 0);
				assert_int_equal(blob.len, ivs[v] + lens[l] + 16);
				assert_int_equal(osci_cipher_decrypt(alg, key, alg->bits / 8, ivs[v], blob.data,
								     blob.len, &out, NULL), 0);
				assert_int_equal(out.len, lens[l]);
				assert_memory_equal(out.data ? out.data : plain, plain, lens[l]);
				refused(alg, alg->bits / 8 - 1, ivs[v], blob.data, blob.len);
				refused(alg, alg->bits / 8, 28 - ivs[v], blob.data, blob.len);
				osci_buf_free(&blob);
				osci_buf_free(&out);
			}
}

static void e_05_gcm_every_octet(void **state)
{
	const struct osci_alg *alg = cipher(OSCI_URI_AES256_GCM);
	static const char text[] = "Kleiner Inhalt, in dem jedes Oktett zaehlt";
	static const size_t ivs[] = { 12, 16 };
	size_t v, i;

	for (v = 0; v < 2; v++) {
		struct osci_buf blob = OSCI_BUF_INIT(65536);

		assert_int_equal(osci_cipher_encrypt(alg, key, ivs[v], text, sizeof(text), &blob), 0);
		for (i = 0; i < blob.len * 8; i += 3) {
			blob.data[i / 8] ^= (unsigned char)(1u << (i % 8));
			refused(alg, 32, ivs[v], blob.data, blob.len);
			blob.data[i / 8] ^= (unsigned char)(1u << (i % 8));
		}
		for (i = 0; i < blob.len; i++)
			refused(alg, 32, ivs[v], blob.data, i);
		for (i = 0; i <= 40; i++)
			if (i != ivs[v])
				refused(alg, 32, i, blob.data, blob.len);
		osci_buf_free(&blob);
	}
}

/* Test case 16 of the GCM specification has additional data; case 14 has none: all zero. */
static void gcm_published(void **state)
{
	static const unsigned char zero[32], expect[] = {
		0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
		0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
	};
	struct osci_buf out = OSCI_BUF_INIT(64);
	unsigned char blob[12 + 32] = { 0 };

	memcpy(blob + 12, expect, 32);
	assert_int_equal(osci_cipher_decrypt(cipher(OSCI_URI_AES256_GCM), zero, 32, 12, blob, sizeof(blob), &out, NULL), 0);
	assert_int_equal(out.len, 16);
	assert_memory_equal(out.data, zero, 16);
	osci_buf_free(&out);
}

static void gcm_iv_fresh(void **state)
{
	struct osci_buf a = OSCI_BUF_INIT(64), b = OSCI_BUF_INIT(64);

	assert_int_equal(osci_cipher_encrypt(cipher(OSCI_URI_AES256_GCM), key, 12, "x", 1, &a), 0);
	assert_int_equal(osci_cipher_encrypt(cipher(OSCI_URI_AES256_GCM), key, 12, "x", 1, &b), 0);
	assert_memory_not_equal(a.data, b.data, 12);
	osci_buf_free(&a);
	osci_buf_free(&b);
}

static void encrypt_refuses(void **state)
{
	struct osci_buf out = OSCI_BUF_INIT(64);

	assert_int_equal(osci_cipher_encrypt(cipher(OSCI_URI_AES256_GCM), key, 13, "x", 1, &out), OSCI_E_USAGE);
	assert_int_equal(osci_cipher_encrypt(cipher(XENC "aes256-cbc"), key, 16, "x", 1, &out), OSCI_E_USAGE);
	assert_int_equal(osci_cipher_encrypt(NULL, key, 12, "x", 1, &out), OSCI_E_USAGE);
	assert_int_equal(osci_cipher_encrypt(cipher(OSCI_URI_AES256_GCM), key, 12, key, 37, &out), OSCI_E_LIMIT);
	osci_buf_free(&out);
}

/* Encrypts as a peer does: PKCS#7 padding by OpenSSL, or @pad_last octets of our own making. */
static size_t cbc_peer(const struct osci_alg *alg, const unsigned char *plain, size_t len, bool pad,
		       unsigned char *blob)
{
	int block = EVP_CIPHER_get_block_size(alg_impl(alg)->cipher), n = 0, end = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	memset(blob, 0x5a, (size_t)block);
	assert_int_equal(EVP_EncryptInit_ex(ctx, alg_impl(alg)->cipher, NULL, key, blob), 1);
	EVP_CIPHER_CTX_set_padding(ctx, pad);
	assert_int_equal(EVP_EncryptUpdate(ctx, blob + block, &n, plain, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, blob + block + n, &end), 1);
	EVP_CIPHER_CTX_free(ctx);
	return (size_t)(block + n + end);
}

static void e_04_cbc(void **state)
{
	static const char *const uris[] = { XENC "aes128-cbc", XENC "aes192-cbc", XENC "aes256-cbc",
					    XENC "tripledes-cbc" };
	unsigned char plain[64], blob[128];
	size_t a, l, n;

	memset(plain, 'x', sizeof(plain));
	for (a = 0; a < 4; a++) {
		const struct osci_alg *alg = cipher(uris[a]);
		size_t block = (size_t)EVP_CIPHER_get_block_size(alg_impl(alg)->cipher);

		for (l = 0; l < 50; l++) {
			struct osci_buf out = OSCI_BUF_INIT(256);

			n = cbc_peer(alg, plain, l, true, blob);
			assert_int_equal(osci_cipher_decrypt(alg, key, alg->bits / 8, 16, blob, n, &out, NULL), 0);
			assert_int_equal(out.len, l);
			assert_memory_equal(out.data, plain, l);
			osci_buf_free(&out);
			refused(alg, alg->bits / 8, 16, blob, n - 1);
		}
		refused(alg, alg->bits / 8, 16, blob, 0);
		refused(alg, alg->bits / 8, 16, blob, block);
		refused(alg, 1, 16, blob, n);
		/* only the last octet of the padding counts; 0 and more than a block are wrong */
		for (l = 0; l < 256; l++) {
			struct osci_buf out = OSCI_BUF_INIT(256);

			plain[2 * block - 1] = (unsigned char)l;
			n = cbc_peer(alg, plain, 2 * block, false, blob);
			if (l < 1 || l > block) {
				refused(alg, alg->bits / 8, 16, blob, n);
				continue;
			}
			assert_int_equal(osci_cipher_decrypt(alg, key, alg->bits / 8, 16, blob, n, &out, NULL), 0);
			assert_int_equal(out.len, 2 * block - l);
			osci_buf_free(&out);
		}
	}
}

static const char *const digests[] = { OSCI_URI_SHA256, XENC "sha512", MORE07 "sha3-256", MORE07 "sha3-512" };
static const char *const mgfs[] = { OSCI_URI_MGF1_SHA256, XENC11 "mgf1sha384", XENC11 "mgf1sha512" };

static void oaep(void **state)
{
	size_t d, m, d2, m2;

	for (d = 0; d < 4; d++)
		for (m = 0; m < 3; m++) {
			struct osci_buf wrapped = OSCI_BUF_INIT(4096);
			const struct osci_alg *dig = osci_alg_find(OSCI_ALG_OAEP_DIGEST, digests[d]);
			const struct osci_alg *mgf = osci_alg_find(OSCI_ALG_MGF, mgfs[m]);

			assert_int_equal(osci_oaep_wrap(rsa->cert, dig, mgf, key, 32, &wrapped, NULL), 0);
			assert_int_equal(wrapped.len, 384);
			for (d2 = 0; d2 < 4; d2++)
				for (m2 = 0; m2 < 3; m2++) {
					struct osci_buf out = OSCI_BUF_INIT(32); /* room for the key alone */
					struct osci_err err = { 0 };
					int r = osci_oaep_unwrap(rsa, osci_alg_find(OSCI_ALG_OAEP_DIGEST, digests[d2]),
								 osci_alg_find(OSCI_ALG_MGF, mgfs[m2]), wrapped.data,
								 wrapped.len, &out, &err);

					if (d == d2 && m == m2) {
						assert_int_equal(r, 0);
						assert_int_equal(out.len, 32);
						assert_memory_equal(out.data, key, 32);
					} else {
						assert_int_equal(r, OSCI_E_DECRYPT);
						assert_one_error(&err);
					}
					osci_buf_free(&out);
				}
			osci_buf_free(&wrapped);
		}
}

static void e_03_oaep_refuses(void **state)
{
	const struct osci_alg *dig = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	const struct osci_alg *mgf = osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256);
	struct osci_buf wrapped = OSCI_BUF_INIT(4096), out = OSCI_BUF_INIT(4096), small = OSCI_BUF_INIT(16);
	unsigned char long_key[200] = { 1 };
	struct osci_err err = { 0 };
	size_t i;

	assert_int_equal(osci_oaep_wrap(rsa->cert, dig, mgf, key, 32, &wrapped, NULL), 0);
	assert_int_equal(osci_oaep_unwrap(rsa2, dig, mgf, wrapped.data, wrapped.len, &out, &err), OSCI_E_DECRYPT);
	assert_one_error(&err);
	for (i = 0; i < wrapped.len; i += 29) {
		wrapped.data[i] ^= 0x10;
		assert_int_equal(osci_oaep_unwrap(rsa, dig, mgf, wrapped.data, wrapped.len, &out, &err), OSCI_E_DECRYPT);
		assert_one_error(&err);
		wrapped.data[i] ^= 0x10;
	}
	for (i = 0; i < wrapped.len; i += 61) {
		assert_int_equal(osci_oaep_unwrap(rsa, dig, mgf, wrapped.data, i, &out, &err), OSCI_E_DECRYPT);
		assert_one_error(&err);
	}
	assert_int_equal(out.len, 0);
	/* a key too long for the caller is a wrong key, not another error */
	assert_int_equal(osci_oaep_unwrap(rsa, dig, mgf, wrapped.data, wrapped.len, &small, &err), OSCI_E_DECRYPT);
	assert_one_error(&err);
	assert_int_equal(osci_oaep_unwrap(rsa, mgf, dig, wrapped.data, wrapped.len, &out, &err), OSCI_E_USAGE);
	assert_int_equal(osci_oaep_wrap(rsa->cert, dig, NULL, key, 32, &wrapped, NULL), OSCI_E_USAGE);
	memset(wrapped.data, 0, wrapped.len);
	assert_int_equal(osci_oaep_unwrap(rsa, dig, mgf, wrapped.data, wrapped.len, &out, &err), OSCI_E_DECRYPT);
	memset(wrapped.data, 0xff, wrapped.len); /* above the modulus */
	assert_int_equal(osci_oaep_unwrap(rsa, dig, mgf, wrapped.data, wrapped.len, &out, &err), OSCI_E_DECRYPT);
	assert_one_error(&err);
	osci_buf_free(&wrapped);
	assert_int_equal(osci_oaep_wrap(rsa->cert, dig, mgf, long_key, sizeof(long_key), &wrapped, NULL), 0);
	assert_int_equal(osci_oaep_unwrap(rsa, dig, mgf, wrapped.data, wrapped.len, &out, &err), 0);
	assert_int_equal(out.len, sizeof(long_key));
	osci_buf_free(&wrapped);
	osci_buf_free(&out);
	osci_buf_free(&small);
}

/* A label, or SHA-1 as xmlenc11 presets it: both are a wrong key to us. */
static void e_08_oaep_of_peers(void **state)
{
	const struct osci_alg *dig = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	const struct osci_alg *mgf = osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256);
	unsigned char wrapped[1024];
	int variant;

	for (variant = 0; variant < 4; variant++) {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa->pkey, NULL);
		struct osci_buf out = OSCI_BUF_INIT(4096);
		struct osci_err err = { 0 };
		size_t n = sizeof(wrapped);
		int r;

		assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
		if (variant == 3) {
			assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
		} else {
			assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
			EVP_PKEY_CTX_set_rsa_oaep_md(ctx, variant == 2 ? EVP_sha1() : EVP_sha256());
			EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, variant == 2 ? EVP_sha1() : EVP_sha256());
		}
		if (variant == 1)
			EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, OPENSSL_strdup("label"), 5);
		assert_int_equal(EVP_PKEY_encrypt(ctx, wrapped, &n, key, 32), 1);
		r = osci_oaep_unwrap(rsa, dig, mgf, wrapped, n, &out, &err);
		if (variant == 0) {
			assert_int_equal(r, 0);
		} else {
			assert_int_equal(r, OSCI_E_DECRYPT);
			assert_one_error(&err);
		}
		EVP_PKEY_CTX_free(ctx);
		osci_buf_free(&out);
	}
}

static int setup(void **state)
{
	assert_int_equal(osci_crypto_init(NULL), 0);
	rsa = t_key("Eins", 3072, OSCI_USE_ENCRYPT);
	rsa2 = t_key("Zwei", 3072, OSCI_USE_ENCRYPT);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcm),          cmocka_unit_test(e_05_gcm_every_octet), cmocka_unit_test(gcm_published),
		cmocka_unit_test(gcm_iv_fresh), cmocka_unit_test(encrypt_refuses), cmocka_unit_test(e_04_cbc),
		cmocka_unit_test(oaep),         cmocka_unit_test(e_03_oaep_refuses),    cmocka_unit_test(e_08_oaep_of_peers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
