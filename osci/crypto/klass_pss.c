/* SPDX-License-Identifier: Apache-2.0 */
/*
 * klass_pss - RSA-PSS of RFC 6931 for xmlsec 1.2, which has none
 *
 * MGF1 with the hash of the signature, salt as long as the hash, trailer 1; a signature with
 * another salt length does not verify.  The klasses work in any transform chain; registered
 * once, after the klasses of the library, as these URIs are new to it.
 */
#include <string.h>

#include <xmlsec/buffer.h>
#include <xmlsec/openssl/crypto.h>

#include "crypto/priv.h"

struct pss_hash {
	const xmlChar *name, *uri;
	const char *ossl;
	EVP_MD *md;
};

#define URI07 "http://www.w3.org/2007/05/xmldsig-more#"
#define HASH(n, o) { BAD_CAST n, BAD_CAST URI07 n, o, NULL }

static struct pss_hash hashes[] = {
	HASH("sha256-rsa-MGF1", "SHA2-256"), HASH("sha512-rsa-MGF1", "SHA2-512"),
	HASH("sha3-256-rsa-MGF1", "SHA3-256"), HASH("sha3-384-rsa-MGF1", "SHA3-384"),
	HASH("sha3-512-rsa-MGF1", "SHA3-512"),
};

#define N_HASHES (sizeof(hashes) / sizeof(hashes[0]))
_Static_assert(N_HASHES == ALG_PSS_HASHES, "one context of a key for each hash");

/* Stands behind xmlSecTransform in the object. */
struct pss_ctx {
	EVP_MD_CTX *md;
	struct prepared *prepared; /* borrowed, or NULL */
	bool keyed;
};

#define OBJ_SIZE (sizeof(xmlSecTransform) + sizeof(struct pss_ctx))

static struct _xmlSecTransformKlass klasses[N_HASHES];

static struct pss_ctx *pss_ctx(xmlSecTransformPtr t)
{
	return (struct pss_ctx *)((unsigned char *)t + sizeof(xmlSecTransform));
}

static const struct pss_hash *pss_hash(xmlSecTransformPtr t)
{
	size_t i;

	for (i = 0; i < N_HASHES; i++)
		if (t->id == &klasses[i])
			return &hashes[i];
	return NULL;
}

static int pss_initialize(xmlSecTransformPtr t)
{
	struct pss_ctx *c;

	if (!pss_hash(t))
		return -1;
	c = pss_ctx(t);
	memset(c, 0, sizeof(*c));
	c->md = EVP_MD_CTX_new();
	return c->md ? 0 : -1;
}

static void pss_finalize(xmlSecTransformPtr t)
{
	struct pss_ctx *c = pss_ctx(t);

	EVP_MD_CTX_free(c->md);
	memset(c, 0, sizeof(*c));
}

static int pss_set_key_req(xmlSecTransformPtr t, xmlSecKeyReqPtr req)
{
	req->keyId = xmlSecOpenSSLKeyDataRsaId;
	if (t->operation == xmlSecTransformOperationSign) {
		req->keyType = xmlSecKeyDataTypePrivate;
		req->keyUsage = xmlSecKeyUsageSign;
	} else {
		req->keyType = xmlSecKeyDataTypePublic;
		req->keyUsage = xmlSecKeyUsageVerify;
	}
	return 0;
}

static int pss_set_key(xmlSecTransformPtr t, xmlSecKeyPtr key)
{
	const struct pss_hash *h = pss_hash(t);
	struct pss_ctx *c = pss_ctx(t);
	xmlSecKeyDataPtr value = xmlSecKeyGetValue(key);
	bool sign = t->operation == xmlSecTransformOperationSign;
	EVP_PKEY *pkey;

	if (!h || c->keyed || !value || !xmlSecKeyDataCheckId(value, xmlSecOpenSSLKeyDataRsaId))
		return -1;
	pkey = xmlSecOpenSSLKeyDataRsaGetEvp(value);
	if (!pkey)
		return -1;
	c->keyed = c->prepared ? prepared_pss(c->prepared, (size_t)(h - hashes), h->md, c->md) :
				 pss_begin(c->md, h->md, pkey, sign);
	return c->keyed ? 0 : -1;
}

void klass_pss_prepare(xmlSecTransformPtr t, struct prepared *prepared)
{
	if (pss_hash(t))
		pss_ctx(t)->prepared = prepared;
}

static int pss_verify(xmlSecTransformPtr t, const xmlSecByte *data, xmlSecSize size,
		      xmlSecTransformCtxPtr ctx)
{
	struct pss_ctx *c = pss_ctx(t);

	if (!c->keyed || t->operation != xmlSecTransformOperationVerify ||
	    t->status != xmlSecTransformStatusFinished)
		return -1;
	t->status = EVP_DigestVerifyFinal(c->md, data, size) == 1 ? xmlSecTransformStatusOk :
								    xmlSecTransformStatusFail;
	return 0;
}

static int pss_finish_sign(xmlSecTransformPtr t)
{
	struct pss_ctx *c = pss_ctx(t);
	size_t len = 0;

	if (EVP_DigestSignFinal(c->md, NULL, &len) != 1 || len > UINT16_MAX ||
	    xmlSecBufferSetMaxSize(&t->outBuf, (xmlSecSize)len) < 0 ||
	    EVP_DigestSignFinal(c->md, xmlSecBufferGetData(&t->outBuf), &len) != 1)
		return -1;
	return xmlSecBufferSetSize(&t->outBuf, (xmlSecSize)len);
}

static int pss_execute(xmlSecTransformPtr t, int last, xmlSecTransformCtxPtr ctx)
{
	struct pss_ctx *c = pss_ctx(t);
	bool sign = t->operation == xmlSecTransformOperationSign;
	xmlSecSize n;

	if (!c->keyed)
		return -1;
	if (t->status == xmlSecTransformStatusNone)
		t->status = xmlSecTransformStatusWorking;
	if (t->status == xmlSecTransformStatusFinished)
		return xmlSecBufferGetSize(&t->inBuf) == 0 ? 0 : -1;
	if (t->status != xmlSecTransformStatusWorking)
		return -1;

	n = xmlSecBufferGetSize(&t->inBuf);
	if (n > 0) {
		const xmlSecByte *data = xmlSecBufferGetData(&t->inBuf);

		if ((sign ? EVP_DigestSignUpdate(c->md, data, n) : EVP_DigestVerifyUpdate(c->md, data, n)) != 1 ||
		    xmlSecBufferRemoveHead(&t->inBuf, n) < 0)
			return -1;
	}
	if (!last)
		return 0;
	if (sign && pss_finish_sign(t) < 0)
		return -1;
	t->status = xmlSecTransformStatusFinished;
	return 0;
}

int klass_pss_register(void)
{
	size_t i;

	for (i = 0; i < N_HASHES; i++) {
		hashes[i].md = EVP_MD_fetch(NULL, hashes[i].ossl, NULL);
		if (!hashes[i].md)
			return -1;
		klasses[i] = (struct _xmlSecTransformKlass){
			.klassSize = sizeof(xmlSecTransformKlass),
			.objSize = OBJ_SIZE,
			.name = hashes[i].name,
			.href = hashes[i].uri,
			.usage = xmlSecTransformUsageSignatureMethod,
			.initialize = pss_initialize,
			.finalize = pss_finalize,
			.setKeyReq = pss_set_key_req,
			.setKey = pss_set_key,
			.verify = pss_verify,
			.getDataType = xmlSecTransformDefaultGetDataType,
			.pushBin = xmlSecTransformDefaultPushBin,
			.popBin = xmlSecTransformDefaultPopBin,
			.execute = pss_execute,
		};
		if (xmlSecTransformIdsRegister(&klasses[i]) < 0)
			return -1;
	}
	return 0;
}

xmlSecTransformId klass_pss_id(const char *uri)
{
	size_t i;

	for (i = 0; i < N_HASHES; i++)
		if (strcmp((const char *)hashes[i].uri, uri) == 0)
			return &klasses[i];
	return NULL;
}
