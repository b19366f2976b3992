/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oaep - RSA-OAEP of xmlenc11: digest and MGF1 digest set apart, empty label
 *
 * A wrapped key is refused with one code and one text whatever was wrong with it; the check of
 * the padding itself is OpenSSL's, which is constant in time.  A wrapped key of another length
 * than the modulus is refused at once: that tells the sender nothing it does not know.
 */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/priv.h"

#define RSA_OCTETS_MAX (OSCI_RSA_BITS_MAX / 8)

static void pkey_ctx_freep(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static bool algs_ok(const struct osci_alg *digest, const struct osci_alg *mgf)
{
	return digest && digest->kind == OSCI_ALG_OAEP_DIGEST && mgf && mgf->kind == OSCI_ALG_MGF;
}

int osci_oaep_wrap(const struct osci_cert *cert, const struct osci_alg *digest, const struct osci_alg *mgf,
		   const unsigned char *key, size_t len, struct osci_buf *out, struct osci_err *err)
{
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = NULL;
	unsigned char *room;
	size_t n;

	if (!algs_ok(digest, mgf))
		return osci_fail(err, OSCI_E_USAGE, NULL, "rsa-oaep", "digest and MGF expected");
	if (cert->kind != ALG_KEY_RSA)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, "rsa-oaep", "no RSA certificate");
	ctx = prepared_oaep(cert->prepared, digest, mgf);
	if (!ctx)
		return -ENOMEM;
	n = (size_t)EVP_PKEY_get_size(cert->pkey);
	room = osci_buf_room(out, n);
	if (!room)
		return osci_buf_error(out);
	if (EVP_PKEY_encrypt(ctx, room, &n, key, len) != 1) {
		ERR_clear_error();
		return osci_fail(err, -EIO, NULL, "rsa-oaep", "encryption failed");
	}
	osci_buf_grow(out, n);
	return 0;
}

int osci_oaep_unwrap(const struct osci_key *key, const struct osci_alg *digest, const struct osci_alg *mgf,
		     const void *wrapped, size_t len, struct osci_buf *out, struct osci_err *err)
{
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = NULL;
	unsigned char plain[RSA_OCTETS_MAX];
	size_t size = (size_t)EVP_PKEY_get_size(key->pkey), n = sizeof(plain);
	bool good = key->cert->kind == ALG_KEY_RSA && len == size;

	if (!algs_ok(digest, mgf))
		return osci_fail(err, OSCI_E_USAGE, NULL, "rsa-oaep", "digest and MGF expected");
	if (good) {
		ctx = prepared_oaep(key->prepared, digest, mgf);
		if (!ctx)
			return -ENOMEM;
		good = EVP_PKEY_decrypt(ctx, plain, &n, wrapped, len) == 1;
	}
	if (good)
		osci_buf_add(out, plain, n);
	explicit_bzero(plain, sizeof(plain));
	ERR_clear_error();
	if (osci_buf_error(out) == -ENOMEM)
		return -ENOMEM;
	/* A key that is longer than the caller has room for is a wrong key like any other. */
	if (!good || osci_buf_error(out))
		return osci_fail(err, OSCI_E_DECRYPT, "9202", NULL, "decryption failed");
	return 0;
}
