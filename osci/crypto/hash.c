/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash - a digest piece by piece
 */
#include <errno.h>
#include <stdlib.h>

#include "crypto/priv.h"

struct osci_hash {
	EVP_MD_CTX *ctx;
};

void osci_hash_freep(struct osci_hash **h)
{
	if (*h)
		EVP_MD_CTX_free((*h)->ctx);
	free(*h);
	*h = NULL;
}

int osci_hash_new(struct osci_hash **ret, const struct osci_alg *digest)
{
	_cleanup_(osci_hash_freep) struct osci_hash *h = calloc(1, sizeof(*h));

	*ret = NULL;
	if (!h)
		return -ENOMEM;
	if (!digest || digest->kind != OSCI_ALG_DIGEST)
		return OSCI_E_USAGE;
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx)
		return -ENOMEM;
	if (EVP_DigestInit_ex(h->ctx, alg_impl(digest)->md, NULL) != 1)
		return -EIO;
	*ret = h;
	h = NULL;
	return 0;
}

int osci_hash_add(struct osci_hash *h, const void *data, size_t len)
{
	return EVP_DigestUpdate(h->ctx, data, len) == 1 ? 0 : -EIO;
}

int osci_hash_end(struct osci_hash *h, unsigned char out[OSCI_DIGEST_MAX], size_t *ret_len)
{
	unsigned int n = 0;

	if (EVP_DigestFinal_ex(h->ctx, out, &n) != 1)
		return -EIO;
	*ret_len = n;
	return 0;
}
