/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms - detached signature of a file beside it, by OpenSSL's CMS
 *
 * OpenSSL is asked for one thing at a time, and never to judge certificates: it would use the system's.  The time of
 * signing is set before the signature is made, so that no clock is read here.
 */
#include <errno.h>
#include <limits.h>
#include <time.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "crypto/cms.h"
#include "crypto/crypto.h"
#include "crypto/priv.h"

static void free_bio(BIO **b)
{
	BIO_free(*b);
}

static void free_cms(CMS_ContentInfo **c)
{
	CMS_ContentInfo_free(*c);
}

static bool set_time(CMS_SignerInfo *si, int64_t time)
{
	ASN1_TIME *t = ASN1_TIME_adj(NULL, (time_t)time, 0, 0);
	bool ok = t && CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, t->type, t, -1) == 1;

	ASN1_TIME_free(t);
	return ok;
}

static bool set_padding(CMS_SignerInfo *si, const struct osci_key *key)
{
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

	if (!osci_cert_is_rsa(key->cert))
		return true;
	return ctx && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

int osci_cms_sign(struct osci_buf *out, const struct osci_key *key, const void *data, size_t len, int64_t time,
		  struct osci_err *err)
{
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
	_cleanup_(free_bio) BIO *in = len <= INT_MAX ? BIO_new_mem_buf(data, (int)len) : NULL;
	_cleanup_(free_cms) CMS_ContentInfo *cms = in ? CMS_sign(NULL, NULL, NULL, in, flags) : NULL;
	unsigned char *der = NULL;
	CMS_SignerInfo *si;
	int n;

	if (!cms) {
		ERR_clear_error();
		return -ENOMEM;
	}
	si = CMS_add1_signer(cms, key->cert->x509, key->pkey, EVP_sha256(), flags | CMS_KEY_PARAM);
	if (!si || !set_padding(si, key) || !set_time(si, time) || CMS_final(cms, in, NULL, flags) != 1) {
		ERR_clear_error();
		return osci_fail(err, OSCI_E_KEYFILE, NULL, NULL, "the key cannot sign");
	}
	n = i2d_CMS_ContentInfo(cms, &der);
	if (n <= 0) {
		ERR_clear_error();
		return -ENOMEM;
	}
	osci_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	return osci_buf_error(out);
}

static int refuse(struct osci_err *err, int code, const char *what)
{
	ERR_clear_error();
	return osci_fail(err, code, NULL, NULL, "%s", what);
}

static bool digest_strong(const CMS_SignerInfo *si)
{
	X509_ALGOR *digest = NULL;
	int nid;

	CMS_SignerInfo_get0_algs((CMS_SignerInfo *)si, NULL, NULL, &digest, NULL);
	nid = digest ? OBJ_obj2nid(digest->algorithm) : NID_undef;
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

static int64_t claimed_time(const CMS_SignerInfo *si)
{
	const X509_ATTRIBUTE *a = CMS_signed_get_attr(si, CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1));
	const ASN1_TYPE *value = a ? X509_ATTRIBUTE_get0_type((X509_ATTRIBUTE *)a, 0) : NULL;
	struct tm tm;

	if (!value || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
		return 0;
	return ASN1_TIME_to_tm(value->value.asn1_string, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* The certificate inside that names itself as the signer's, within our limits. */
static int signer_cert(struct osci_cert **ret, CMS_ContentInfo *cms, CMS_SignerInfo *si, struct osci_err *err)
{
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	unsigned char *der = NULL;
	X509 *own = NULL;
	int rc, n;

	for (int i = 0; i < sk_X509_num(certs) && !own; i++)
		if (!CMS_SignerInfo_cert_cmp(si, sk_X509_value(certs, i)))
			own = sk_X509_value(certs, i);
	if (!own) {
		sk_X509_pop_free(certs, X509_free);
		return refuse(err, OSCI_E_SIGNATURE, "the signer's certificate is not in the signature");
	}
	CMS_SignerInfo_set1_signer_cert(si, own);
	n = i2d_X509(own, &der);
	rc = n > 0 ? osci_cert_from_der(ret, der, (size_t)n, err) : -ENOMEM;
	OPENSSL_free(der);
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

static int verify(struct osci_cert **ret_cert, int64_t *ret_time, CMS_ContentInfo *cms, BIO *data, struct osci_err *err)
{
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOCRL;
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *si;
	int rc;

	if (sk_CMS_SignerInfo_num(signers) != 1)
		return refuse(err, OSCI_E_SIGNATURE, "one signer is expected");
	if (CMS_is_detached(cms) != 1)
		return refuse(err, OSCI_E_MALFORMED, "the signature holds content of its own");
	si = sk_CMS_SignerInfo_value(signers, 0);
	if (!digest_strong(si))
		return refuse(err, OSCI_E_ALGORITHM, "digest is none of SHA-256, SHA-384, SHA-512");
	rc = signer_cert(ret_cert, cms, si, err);
	if (rc)
		return rc;
	if (CMS_verify(cms, NULL, NULL, data, NULL, flags) != 1)
		return refuse(err, OSCI_E_SIGNATURE, "the signature does not hold");
	*ret_time = claimed_time(si);
	return 0;
}

int osci_cms_verify(struct osci_cert **ret_cert, int64_t *ret_time, const void *signature, size_t signature_len,
		    const void *data, size_t len, struct osci_err *err)
{
	_cleanup_(free_bio) BIO *in = len <= INT_MAX ? BIO_new_mem_buf(data, (int)len) : NULL;
	const unsigned char *p = signature;
	_cleanup_(free_cms) CMS_ContentInfo *cms = NULL;
	int rc;

	*ret_cert = NULL;
	*ret_time = 0;
	if (signature_len > OSCI_CMS_MAX)
		return refuse(err, OSCI_E_LIMIT, "the signature is too large");
	if (!in)
		return -ENOMEM;
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)signature_len);
	if (!cms || p != (const unsigned char *)signature + signature_len ||
	    OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return refuse(err, OSCI_E_MALFORMED, "no CMS signature");
	rc = verify(ret_cert, ret_time, cms, in, err);
	ERR_clear_error();
	if (rc)
		osci_cert_unrefp(ret_cert);
	return rc;
}
