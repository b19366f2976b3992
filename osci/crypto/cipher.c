/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cipher - AES-GCM both ways, AES-CBC and 3DES reading, over octets in memory
 *
 * Blob of GCM: IV of 12 or 16 octets, ciphertext, tag of 16 octets; no additional data.  Nothing
 * is released before the tag is right.  Blob of CBC: IV of one block, ciphertext; XML Encryption
 * padding, whose last octet counts and whose others are arbitrary.
 *
 * Every failure gives the same code and text.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>

#include "base/text.h"
#include "crypto/priv.h"

#define GCM_IV 12           /* octets of an IV if nobody says otherwise */
#define PIECE_MAX (1 << 30) /* EVP counts in int */

static void cipher_ctx_freep(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

/* Stream ciphers only write what they are given; CBC without padding does so for whole blocks. */
static bool update(EVP_CIPHER_CTX *ctx, unsigned char *out, const unsigned char *in, size_t len)
{
	while (len > 0) {
		int piece = len > PIECE_MAX ? PIECE_MAX : (int)len, n = 0;

		if (EVP_CipherUpdate(ctx, out, &n, in, piece) != 1 || n != piece)
			return false;
		in += piece;
		out += piece;
		len -= (size_t)piece;
	}
	return true;
}

bool gcm_begin(EVP_CIPHER_CTX *ctx, const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv,
	       size_t iv_len, int encrypt)
{
	EVP_CIPHER *cipher = alg_impl(alg)->cipher;

	if (iv_len == GCM_IV)
		return EVP_CipherInit_ex(ctx, cipher, NULL, key, iv, encrypt) == 1;
	return EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, encrypt) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_len, NULL) == 1 &&
	       EVP_CipherInit_ex(ctx, NULL, NULL, key, iv, encrypt) == 1;
}

int osci_cipher_encrypt(const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
			const void *data, size_t len, struct osci_buf *out)
{
	_cleanup_(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = NULL;
	unsigned char *iv, *body, *tag, end[1];
	int n = 0;

	if (!alg || alg->kind != OSCI_ALG_CIPHER || !alg->write || (iv_len != 12 && iv_len != 16) ||
	    len > SIZE_MAX - iv_len - GCM_TAG)
		return OSCI_E_USAGE;
	ctx = EVP_CIPHER_CTX_new();
	iv = osci_buf_room(out, iv_len + len + GCM_TAG);
	if (!ctx || !iv)
		return osci_buf_error(out) ? osci_buf_error(out) : -ENOMEM;
	body = iv + iv_len;
	tag = body + len;
	if (osci_random(iv, iv_len) || !gcm_begin(ctx, alg, key, iv, iv_len, 1) ||
	    !update(ctx, body, data, len) || EVP_CipherFinal_ex(ctx, end, &n) != 1 || n != 0 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, tag) != 1) {
		explicit_bzero(iv, iv_len + len + GCM_TAG);
		ERR_clear_error();
		return -EIO;
	}
	osci_buf_grow(out, iv_len + len + GCM_TAG);
	return 0;
}

/* @body has room for the ciphertext. */
static bool gcm_decrypt(EVP_CIPHER_CTX *ctx, const struct osci_alg *alg, const unsigned char *key,
			size_t iv_len, const unsigned char *blob, size_t body_len, unsigned char *body)
{
	unsigned char tag[GCM_TAG], end[1];
	int n = 0;

	memcpy(tag, blob + iv_len + body_len, GCM_TAG);
	return gcm_begin(ctx, alg, key, blob, iv_len, 0) && update(ctx, body, blob + iv_len, body_len) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) == 1 &&
	       EVP_CipherFinal_ex(ctx, end, &n) == 1 && n == 0;
}

/* Sets *@ret_len to the length without padding. */
static bool cbc_decrypt(EVP_CIPHER_CTX *ctx, const struct osci_alg *alg, const unsigned char *key,
			size_t block, const unsigned char *blob, size_t body_len, unsigned char *body,
			size_t *ret_len)
{
	size_t pad;

	if (EVP_CipherInit_ex(ctx, alg_impl(alg)->cipher, NULL, key, blob, 0) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 || !update(ctx, body, blob + block, body_len))
		return false;
	pad = body[body_len - 1];
	if (pad < 1 || pad > block)
		return false;
	*ret_len = body_len - pad;
	return true;
}

static int failed(struct osci_err *err)
{
	ERR_clear_error();
	return osci_fail(err, OSCI_E_DECRYPT, "9202", NULL, "decryption failed");
}

int osci_cipher_decrypt(const struct osci_alg *alg, const unsigned char *key, size_t key_len, size_t iv_len,
			const void *blob, size_t len, struct osci_buf *out, struct osci_err *err)
{
	_cleanup_(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = NULL;
	size_t body_len, plain_len;
	unsigned char *body;
	bool good;

	if (!alg || alg->kind != OSCI_ALG_CIPHER)
		return OSCI_E_USAGE;
	if (key_len != alg->bits / 8)
		return failed(err);
	if (alg->cbc) {
		size_t block = (size_t)EVP_CIPHER_get_block_size(alg_impl(alg)->cipher);

		if (len < 2 * block || len % block != 0)
			return failed(err);
		iv_len = block;
		body_len = len - block;
	} else {
		if ((iv_len != 12 && iv_len != 16) || len < iv_len + GCM_TAG)
			return failed(err);
		body_len = len - iv_len - GCM_TAG;
	}
	ctx = EVP_CIPHER_CTX_new();
	body = osci_buf_room(out, body_len);
	if (!ctx || !body)
		return osci_fail(err, osci_buf_error(out) ? osci_buf_error(out) : -ENOMEM, NULL, NULL,
				 "no room for the plain text");
	plain_len = body_len;
	if (alg->cbc)
		good = cbc_decrypt(ctx, alg, key, iv_len, blob, body_len, body, &plain_len);
	else
		good = gcm_decrypt(ctx, alg, key, iv_len, blob, body_len, body);
	if (!good) {
		explicit_bzero(body, body_len);
		return failed(err);
	}
	osci_buf_grow(out, plain_len);
	return 0;
}
