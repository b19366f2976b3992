/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unseal - AES-GCM while IV, ciphertext and tag arrive
 *
 * Which octets are the tag is known only at the end, so the last 16 are held back.  What is given out before the tag is
 * right is proved by nothing: whoever asks for it keeps it from everybody until then, and wipes it otherwise.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/blobs.h"
#include "crypto/priv.h"

#define IV_MAX 16

struct osci_unseal {
	EVP_CIPHER_CTX *ctx;
	const struct osci_alg *alg;
	unsigned char key[32];
	unsigned char iv[IV_MAX], last[GCM_TAG];
	size_t iv_len, n_iv, n_last;
	uint64_t len; /* of the plain octets */
};

void osci_unseal_freep(struct osci_unseal **unseal)
{
	struct osci_unseal *u = *unseal;

	*unseal = NULL;
	if (!u)
		return;
	EVP_CIPHER_CTX_free(u->ctx); /* wipes the key */
	explicit_bzero(u, sizeof(*u));
	free(u);
}

int osci_unseal_new(struct osci_unseal **ret, const struct osci_alg *alg, const unsigned char *key, size_t iv_len)
{
	struct osci_unseal *u;

	*ret = NULL;
	if (!alg || alg->kind != OSCI_ALG_CIPHER || alg->cbc || (iv_len != 12 && iv_len != IV_MAX))
		return OSCI_E_USAGE;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->ctx = EVP_CIPHER_CTX_new();
	if (!u->ctx) {
		free(u);
		return -ENOMEM;
	}
	u->alg = alg;
	u->iv_len = iv_len;
	memcpy(u->key, key, alg->bits / 8);
	*ret = u;
	return 0;
}

static int broken(void)
{
	ERR_clear_error();
	return -EIO;
}

static int decrypt(struct osci_unseal *u, const unsigned char *data, size_t len, unsigned char *out)
{
	int n = 0;

	if (len > GCM_MAX - u->len)
		return OSCI_E_DECRYPT;
	if (len > 0 && (EVP_CipherUpdate(u->ctx, out, &n, data, (int)len) != 1 || n != (int)len))
		return broken();
	u->len += len;
	return 0;
}

int osci_unseal_add(struct osci_unseal *u, const void *data, size_t len, unsigned char *out, size_t *ret_n)
{
	const unsigned char *p = data;
	size_t n = u->iv_len - u->n_iv < len ? u->iv_len - u->n_iv : len, old;
	int r;

	*ret_n = 0;
	if (n > 0) {
		memcpy(u->iv + u->n_iv, p, n);
		u->n_iv += n;
		p += n;
		len -= n;
		if (u->n_iv == u->iv_len && !gcm_begin(u->ctx, u->alg, u->key, u->iv, u->iv_len, 0))
			return broken();
	}
	if (len <= GCM_TAG - u->n_last) {
		memcpy(u->last + u->n_last, p, len);
		u->n_last += len;
		return 0;
	}
	/* All but the last GCM_TAG octets, of those held back and those that came. */
	n = u->n_last + len - GCM_TAG;
	old = n < u->n_last ? n : u->n_last;
	r = decrypt(u, u->last, old, out);
	if (!r)
		r = decrypt(u, p, n - old, out + old);
	if (r)
		return r;
	memmove(u->last, u->last + old, u->n_last - old);
	u->n_last -= old;
	p += n - old;
	len -= n - old;
	memcpy(u->last + u->n_last, p, len);
	u->n_last += len;
	*ret_n = n;
	return 0;
}

int osci_unseal_end(struct osci_unseal *u)
{
	unsigned char end[1];
	int n;

	if (u->n_iv == u->iv_len && u->n_last == GCM_TAG &&
	    EVP_CIPHER_CTX_ctrl(u->ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, u->last) == 1 &&
	    EVP_CipherFinal_ex(u->ctx, end, &n) == 1)
		return 0;
	ERR_clear_error();
	return OSCI_E_DECRYPT;
}
