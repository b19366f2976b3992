/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepared - contexts of OpenSSL that were made ready once for a key and an algorithm, and are copied for each use
 *
 * Before OpenSSL 3 touches a key it looks up algorithm, provider and digests by their names, which takes as long as
 * reading a small document; a copy takes references.  A context is made when it is first asked for and stays with the key
 * until that is freed.  It is never used itself, only copied, so that threads share it without a lock; two
 * that make the same one at the same time keep one of the two.
 */
#include <stdlib.h>

#include <openssl/rsa.h>

#include "crypto/priv.h"

struct prepared {
	EVP_PKEY *pkey; /* borrowed from the owner */
	bool private;
	_Atomic(EVP_PKEY_CTX *) oaep[ALG_OAEP_DIGESTS][ALG_MGFS];
	_Atomic(EVP_MD_CTX *) pss[ALG_PSS_HASHES];
};

struct prepared *prepared_new(EVP_PKEY *pkey, bool private)
{
	struct prepared *p = calloc(1, sizeof(*p));

	if (p) {
		p->pkey = pkey;
		p->private = private;
	}
	return p;
}

void prepared_free(struct prepared *p)
{
	size_t i, j;

	if (!p)
		return;
	for (i = 0; i < ALG_OAEP_DIGESTS; i++)
		for (j = 0; j < ALG_MGFS; j++)
			EVP_PKEY_CTX_free(p->oaep[i][j]);
	for (i = 0; i < ALG_PSS_HASHES; i++)
		EVP_MD_CTX_free(p->pss[i]);
	free(p);
}

static EVP_PKEY_CTX *oaep_begin(const struct prepared *p, EVP_MD *digest, EVP_MD *mgf)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, p->pkey, NULL);

	if (ctx && (p->private ? EVP_PKEY_decrypt_init(ctx) : EVP_PKEY_encrypt_init(ctx)) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, digest) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

EVP_PKEY_CTX *prepared_oaep(struct prepared *p, const struct osci_alg *digest, const struct osci_alg *mgf)
{
	_Atomic(EVP_PKEY_CTX *) *place = &p->oaep[alg_impl(digest)->slot][alg_impl(mgf)->slot];
	EVP_PKEY_CTX *ctx = atomic_load(place), *other = NULL;

	if (!ctx) {
		ctx = oaep_begin(p, alg_impl(digest)->md, alg_impl(mgf)->md);
		if (ctx && !atomic_compare_exchange_strong(place, &other, ctx)) {
			EVP_PKEY_CTX_free(ctx);
			ctx = other;
		}
	}
	return ctx ? EVP_PKEY_CTX_dup(ctx) : NULL;
}

bool pss_begin(EVP_MD_CTX *ctx, EVP_MD *hash, EVP_PKEY *pkey, bool sign)
{
	EVP_PKEY_CTX *pctx = NULL; /* owned by @ctx */

	return (sign ? EVP_DigestSignInit(ctx, &pctx, hash, NULL, pkey) :
		       EVP_DigestVerifyInit(ctx, &pctx, hash, NULL, pkey)) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, hash) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool prepared_pss(struct prepared *p, size_t i, EVP_MD *hash, EVP_MD_CTX *ret)
{
	EVP_MD_CTX *ctx = atomic_load(&p->pss[i]), *other = NULL;

	if (!ctx) {
		ctx = EVP_MD_CTX_new();
		if (!ctx || !pss_begin(ctx, hash, p->pkey, p->private)) {
			EVP_MD_CTX_free(ctx);
			return false;
		}
		if (!atomic_compare_exchange_strong(&p->pss[i], &other, ctx)) {
			EVP_MD_CTX_free(ctx);
			ctx = other;
		}
	}
	return EVP_MD_CTX_copy_ex(ret, ctx) == 1;
}
