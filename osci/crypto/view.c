/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view - AES-GCM over blobs: the tag first, then a view that decrypts where it is read
 *
 * GCM is counter mode: octet n depends on the key and the counter of its block alone, so that any part can be had without
 * what comes before it.  The first counter follows from the IV, for 16 octets by GHASH; it is taken from EVP, as the
 * keystream block over zeros, decrypted by the bare block cipher, is the counter that made it.  GCM counts in the
 * last 32 bits alone, counter mode in all 128: a read is cut where the two would part.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/blobs.h"
#include "crypto/priv.h"

#define BLOCK 16
#define KEY_MAX 32

static void cipher_ctx_freep(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void chunk_freep(unsigned char **chunk)
{
	if (*chunk)
		explicit_bzero(*chunk, OSCI_BLOB_CHUNK);
	free(*chunk);
}

static int failed(struct osci_err *err)
{
	ERR_clear_error();
	return osci_fail(err, OSCI_E_DECRYPT, "9202", NULL, "decryption failed");
}

/* What OpenSSL does not do although nothing about the message is wrong. */
static int broken(struct osci_err *err)
{
	ERR_clear_error();
	return osci_fail(err, -EIO, NULL, "cipher", "the cryptographic library failed");
}

int osci_digest_blob(const struct osci_alg *alg, const struct osci_blob *blob, unsigned char out[OSCI_DIGEST_MAX],
		     size_t *ret_len, struct osci_err *err)
{
	const unsigned char *data = osci_blob_data(blob);
	_cleanup_(osci_hash_freep) struct osci_hash *hash = NULL;
	_cleanup_(chunk_freep) unsigned char *chunk = NULL;
	uint64_t len = osci_blob_len(blob), at;
	size_t n;
	int r;

	if (data)
		return osci_digest(alg, data, (size_t)len, out, ret_len);
	r = osci_hash_new(&hash, alg);
	if (r)
		return r;
	chunk = malloc(OSCI_BLOB_CHUNK);
	if (!chunk)
		return -ENOMEM;
	for (at = 0; at < len && !r; at += n) {
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		r = osci_blob_read(blob, at, chunk, n, err);
		if (!r)
			r = osci_hash_add(hash, chunk, n);
	}
	return r ? r : osci_hash_end(hash, out, ret_len);
}

/* --- the tag -------------------------------------------------------------- */

static bool gcm_form_ok(const struct osci_alg *alg, size_t iv_len, const struct osci_blob *sealed)
{
	uint64_t len = osci_blob_len(sealed);

	return alg && alg->kind == OSCI_ALG_CIPHER && !alg->cbc && (iv_len == 12 || iv_len == 16) &&
	       len >= iv_len + GCM_TAG && len - iv_len - GCM_TAG <= GCM_MAX;
}

int osci_gcm_verify_blob(const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
			 const struct osci_blob *sealed, struct osci_hash *hash, struct osci_err *err)
{
	_cleanup_(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = NULL;
	_cleanup_(chunk_freep) unsigned char *chunk = NULL;
	unsigned char iv[BLOCK], tag[GCM_TAG];
	uint64_t at, end;
	size_t n;
	int r, m;

	if (!gcm_form_ok(alg, iv_len, sealed))
		return failed(err);
	ctx = EVP_CIPHER_CTX_new();
	chunk = malloc(OSCI_BLOB_CHUNK);
	if (!ctx || !chunk)
		return -ENOMEM;
	end = osci_blob_len(sealed) - GCM_TAG;
	r = osci_blob_read(sealed, 0, iv, iv_len, err);
	if (!r)
		r = osci_blob_read(sealed, end, tag, GCM_TAG, err);
	if (r)
		return r;
	if (!gcm_begin(ctx, alg, key, iv, iv_len, 0))
		return broken(err);
	for (at = iv_len; at < end; at += n) {
		n = end - at < OSCI_BLOB_CHUNK ? (size_t)(end - at) : OSCI_BLOB_CHUNK;
		r = osci_blob_read(sealed, at, chunk, n, err);
		if (r)
			return r;
		if (EVP_CipherUpdate(ctx, chunk, &m, chunk, (int)n) != 1 || m != (int)n ||
		    (hash && osci_hash_add(hash, chunk, n)))
			return broken(err);
	}
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) != 1 ||
	    EVP_CipherFinal_ex(ctx, chunk, &m) != 1)
		return failed(err);
	return 0;
}

/* --- the view ------------------------------------------------------------- */

struct view {
	struct osci_blob *base;
	uint64_t offset; /* of the first octet, in @base */
	EVP_CIPHER *ctr;
	unsigned char key[KEY_MAX];
	unsigned char counter[BLOCK]; /* of the first block */
};

static void view_free(void *self)
{
	struct view *v = self;

	osci_blob_unref(v->base);
	EVP_CIPHER_free(v->ctr);
	explicit_bzero(v, sizeof(*v));
	free(v);
}

static void view_freep(struct view **v)
{
	if (*v)
		view_free(*v);
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

/* Octets of one block series, from @skip into its first block on, in place. */
static bool apply(const struct view *v, EVP_CIPHER_CTX *ctx, const unsigned char counter[BLOCK], size_t skip,
		  unsigned char *data, size_t len)
{
	unsigned char lost[BLOCK] = { 0 };
	int n;
	bool good = EVP_EncryptInit_ex(ctx, v->ctr, NULL, v->key, counter) == 1 &&
		    (!skip || EVP_EncryptUpdate(ctx, lost, &n, lost, (int)skip) == 1) &&
		    EVP_EncryptUpdate(ctx, data, &n, data, (int)len) == 1 && n == (int)len;

	explicit_bzero(lost, sizeof(lost));
	return good;
}

/* Counter mode: the same both ways. */
static bool apply_at(const struct view *v, uint64_t offset, unsigned char *data, size_t len)
{
	_cleanup_(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char counter[BLOCK];
	bool good = ctx != NULL;

	memcpy(counter, v->counter, sizeof(counter));
	while (len > 0 && good) {
		size_t skip = offset % BLOCK, n = len < OSCI_BLOB_CHUNK ? len : OSCI_BLOB_CHUNK;
		uint32_t count = be32(v->counter + 12) + (uint32_t)(offset / BLOCK);
		uint64_t until_wrap = ((uint64_t)1 << 32) - count; /* blocks */

		if (until_wrap * BLOCK - skip < n)
			n = (size_t)(until_wrap * BLOCK - skip);
		put_be32(counter + 12, count);
		good = apply(v, ctx, counter, skip, data, n);
		data += n;
		offset += n;
		len -= n;
	}
	return good;
}

static int view_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	const struct view *v = self;
	int r = osci_blob_read(v->base, v->offset + offset, buf, len, err);

	if (!r && !apply_at(v, offset, buf, len)) {
		explicit_bzero(buf, len);
		r = broken(err);
	}
	return r;
}

static EVP_CIPHER *fetch(const struct osci_alg *alg, const char *mode)
{
	char name[32];

	snprintf(name, sizeof(name), "AES-%u-%s", alg->bits, mode);
	return EVP_CIPHER_fetch(NULL, name, NULL);
}

static bool first_counter(const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv, size_t iv_len,
			  unsigned char counter[BLOCK])
{
	static const unsigned char zeros[BLOCK];
	_cleanup_(cipher_ctx_freep) EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new(), *block = EVP_CIPHER_CTX_new();
	unsigned char keystream[BLOCK];
	EVP_CIPHER *ecb = fetch(alg, "ECB");
	int n;
	bool good = gcm && block && ecb && gcm_begin(gcm, alg, key, iv, iv_len, 1) &&
		    EVP_EncryptUpdate(gcm, keystream, &n, zeros, BLOCK) == 1 && n == BLOCK &&
		    EVP_DecryptInit_ex(block, ecb, NULL, key, NULL) == 1 &&
		    EVP_CIPHER_CTX_set_padding(block, 0) == 1 &&
		    EVP_DecryptUpdate(block, counter, &n, keystream, BLOCK) == 1 && n == BLOCK;

	explicit_bzero(keystream, sizeof(keystream));
	EVP_CIPHER_free(ecb);
	return good;
}

int gcm_ctr(struct osci_blob **ret, const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv,
	    size_t iv_len, struct osci_blob *base, uint64_t offset, uint64_t len, struct osci_err *err)
{
	static const struct osci_blob_ops ops = { .read = view_read, .free = view_free };
	_cleanup_(view_freep) struct view *v = calloc(1, sizeof(*v));
	struct view *self = v;

	if (!v)
		return -ENOMEM;
	v->base = osci_blob_ref(base);
	v->offset = offset;
	v->ctr = fetch(alg, "CTR");
	memcpy(v->key, key, alg->bits / 8);
	if (!v->ctr || !first_counter(alg, key, iv, iv_len, v->counter))
		return broken(err);
	v = NULL;
	return osci_blob_new(ret, &ops, self, len);
}

int osci_gcm_view(struct osci_blob **ret, const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
		  struct osci_blob *sealed, struct osci_err *err)
{
	unsigned char iv[BLOCK];
	int r;

	if (!gcm_form_ok(alg, iv_len, sealed))
		return osci_fail(err, OSCI_E_USAGE, NULL, "cipher", "AES-GCM expected");
	r = osci_blob_read(sealed, 0, iv, iv_len, err);
	return r ? r : gcm_ctr(ret, alg, key, iv, iv_len, sealed, iv_len, osci_blob_len(sealed) - iv_len - GCM_TAG, err);
}

/* --- either way ------------------------------------------------------------ */

static int into_memory(const struct osci_alg *alg, const unsigned char *key, size_t key_len, size_t iv_len,
		       const struct osci_blob *sealed, struct osci_hash *hash, struct osci_blob **ret,
		       struct osci_err *err)
{
	size_t len = (size_t)osci_blob_len(sealed);
	_cleanup_buf_ struct osci_buf plain = { .max = len, .secret = true };
	_cleanup_(osci_freep) unsigned char *copy = NULL;
	const unsigned char *data = osci_blob_data(sealed);
	int r;

	if (!data) {
		data = copy = malloc(len + 1);
		if (!copy)
			return -ENOMEM;
		r = osci_blob_read(sealed, 0, copy, len, err);
		if (r)
			return r;
	}
	r = osci_cipher_decrypt(alg, key, key_len, iv_len, data, len, &plain, err);
	if (!r && hash && osci_hash_add(hash, plain.data, plain.len))
		r = broken(err);
	return r ? r : osci_blob_take_buf(ret, &plain);
}

int osci_decrypt_blob(const struct osci_alg *alg, const unsigned char *key, size_t key_len, size_t iv_len,
		      struct osci_blob *sealed, size_t cbc_max, struct osci_hash *hash, struct osci_blob **ret,
		      struct osci_err *err)
{
	uint64_t len = osci_blob_len(sealed);
	int r;

	if (!alg || alg->kind != OSCI_ALG_CIPHER)
		return OSCI_E_USAGE;
	if (key_len != alg->bits / 8 || (alg->cbc && len > cbc_max))
		return failed(err);
	if (alg->cbc || len <= OSCI_CRYPTO_MEMORY || osci_blob_data(sealed))
		return into_memory(alg, key, key_len, iv_len, sealed, hash, ret, err);
	r = osci_gcm_verify_blob(alg, key, iv_len, sealed, hash, err);
	return r ? r : osci_gcm_view(ret, alg, key, iv_len, sealed, err);
}
