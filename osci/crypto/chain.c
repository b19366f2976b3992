/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain - signature values by xmlsec transforms over octets that we hold
 *
 * The canonical SignedInfo comes from c14n.c, so that what is signed, what is verified and what
 * is digested share one canonicaliser; the chain here has the one signature transform.  xmlsec's
 * URI look-up, KeyInfo reading and node sets are never used.
 *
 * Guarantees: the algorithm fits the key and is on the allow list; the value has exactly the
 * length that the key demands; any failure of the library is "does not hold".
 */
#include <errno.h>
#include <stdint.h>

#include <openssl/err.h>
#include <xmlsec/buffer.h>

#include "crypto/priv.h"

#define CHAIN_DATA_MAX ((size_t)256 * 1024 * 1024) /* xmlSecSize has 32 bits here */

struct chain {
	xmlSecTransformCtx ctx;
	xmlSecTransformPtr t;
};

static void chain_end(struct chain *c)
{
	xmlSecTransformCtxFinalize(&c->ctx);
	ERR_clear_error();
}

static int chain_begin(struct chain *c, const struct osci_alg *alg, xmlSecTransformOperation op,
		       xmlSecKeyPtr key, struct prepared *prepared)
{
	c->t = NULL;
	if (xmlSecTransformCtxInitialize(&c->ctx) < 0)
		return -ENOMEM;
	c->t = xmlSecTransformCtxCreateAndAppend(&c->ctx, alg_impl(alg)->transform);
	if (!c->t)
		return -ENOMEM;
	c->t->operation = op;
	klass_pss_prepare(c->t, prepared);
	if (xmlSecTransformSetKey(c->t, key) < 0)
		return -EIO;
	return 0;
}

static int check_fit(const struct osci_alg *alg, const struct osci_cert *cert, struct osci_err *err)
{
	if (!alg || alg->kind != OSCI_ALG_SIGN)
		return osci_fail(err, OSCI_E_USAGE, NULL, "signature", "signature algorithm expected");
	if (!osci_alg_fits(alg, cert))
		return osci_fail(err, OSCI_E_ALGORITHM, "9601", "signature", "%s does not fit the key",
				 alg->name);
	return 0;
}

/* Octets of a signature value: the modulus, or r and s in the size of the curve. */
static size_t value_size(EVP_PKEY *pkey, enum alg_key kind)
{
	if (kind == ALG_KEY_EC)
		return 2 * (((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8);
	return (size_t)EVP_PKEY_get_size(pkey);
}

int osci_sign(const struct osci_key *key, const struct osci_alg *alg, const void *data, size_t len,
	      struct osci_buf *out, struct osci_err *err)
{
	struct chain c;
	int r;

	r = check_fit(alg, key->cert, err);
	if (r)
		return r;
	if (len == 0 || len > CHAIN_DATA_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "signature", "%zu octets cannot be signed", len);
	r = chain_begin(&c, alg, xmlSecTransformOperationSign, key->seckey, key->prepared);
	if (r == 0) {
		if (xmlSecTransformCtxBinaryExecute(&c.ctx, data, (xmlSecSize)len) < 0 || !c.ctx.result ||
		    xmlSecBufferGetSize(c.ctx.result) != value_size(key->pkey, key->cert->kind)) {
			r = -EIO;
		} else {
			osci_buf_add(out, xmlSecBufferGetData(c.ctx.result),
				     xmlSecBufferGetSize(c.ctx.result));
			r = osci_buf_error(out);
		}
	}
	chain_end(&c);
	if (r)
		return osci_fail(err, r, NULL, "signature", "cannot be made");
	return 0;
}

int osci_verify_node(const struct osci_cert *cert, const struct osci_alg *alg, xmlNodePtr signed_info,
		     const void *value, size_t value_len, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf canon = OSCI_BUF_INIT(CHAIN_DATA_MAX);
	struct chain c;
	bool good = false;
	int r;

	r = check_fit(alg, cert, err);
	if (r)
		return r;
	if (value_len != value_size(cert->pkey, cert->kind))
		return osci_fail(err, OSCI_E_SIGNATURE, "9601", "ds:SignatureValue",
				 "%zu octets, %zu expected", value_len, value_size(cert->pkey, cert->kind));
	r = osci_c14n_node(signed_info, &canon, err);
	if (r)
		return r;
	r = chain_begin(&c, alg, xmlSecTransformOperationVerify, cert->seckey, cert->prepared);
	if (r == 0 && xmlSecTransformCtxBinaryExecute(&c.ctx, canon.data, (xmlSecSize)canon.len) == 0 &&
	    xmlSecTransformVerify(c.t, value, (xmlSecSize)value_len, &c.ctx) == 0)
		good = c.t->status == xmlSecTransformStatusOk;
	chain_end(&c);
	if (r == -ENOMEM)
		return r;
	if (!good)
		return osci_fail(err, OSCI_E_SIGNATURE, "9601", "ds:SignatureValue",
				 "signature does not hold");
	return 0;
}
