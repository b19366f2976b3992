/* SPDX-License-Identifier: Apache-2.0 */
/*
 * algs - the allow list: every algorithm this project knows, in one table
 *
 * OSCI-Transport 1.2 with the corrigenda up to 8.  What is not in the table does not exist:
 * SHA-1, MD5, RIPEMD-160, HMAC, RSA v1.5 key transport, MGF1 with SHA-1, exclusive and commented
 * C14N have no row.  RSA v1.5 signatures are written only for a caller who names them.  CBC and
 * 3DES are read where the policy says so; SHA-384 is read in rsa-oaep alone, where peers may
 * have it, and not written, as the schema's list of digests lacks it.  OpenSSL objects are
 * fetched once: a fetch per message costs more than a digest.
 */
#include <string.h>

#include <xmlsec/openssl/crypto.h>

#include "crypto/priv.h"

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define DSIG_MORE07 "http://www.w3.org/2007/05/xmldsig-more#"

#define DIGEST(u, n, b, o) { .alg = { OSCI_ALG_DIGEST, u, n, b, false, true }, .ossl = o }
#define SIGN(u, n, b, k) { .alg = { OSCI_ALG_SIGN, u, n, b, false, true }, .key = k }
#define OAEP(u, n, b, w, o) { .alg = { OSCI_ALG_OAEP_DIGEST, u, n, b, false, w }, .ossl = o }
#define CIPHER(u, n, b, cbc, o) { .alg = { OSCI_ALG_CIPHER, u, n, b, cbc, !(cbc) }, .ossl = o }
#define MGF(u, n, b, o) { .alg = { OSCI_ALG_MGF, u, n, b, false, true }, .ossl = o }

static struct alg_impl table[] = {
	DIGEST(OSCI_URI_SHA256, "sha256", 256, "SHA2-256"),
	DIGEST(OSCI_URI_SHA512, "sha512", 512, "SHA2-512"),
	DIGEST(DSIG_MORE07 "sha3-256", "sha3-256", 256, "SHA3-256"),
	DIGEST(DSIG_MORE07 "sha3-384", "sha3-384", 384, "SHA3-384"),
	DIGEST(DSIG_MORE07 "sha3-512", "sha3-512", 512, "SHA3-512"),

	SIGN(OSCI_URI_PSS_SHA256, "sha256-rsa-MGF1", 256, ALG_KEY_RSA),
	SIGN(DSIG_MORE07 "sha512-rsa-MGF1", "sha512-rsa-MGF1", 512, ALG_KEY_RSA),
	SIGN(DSIG_MORE07 "sha3-256-rsa-MGF1", "sha3-256-rsa-MGF1", 256, ALG_KEY_RSA),
	SIGN(DSIG_MORE07 "sha3-384-rsa-MGF1", "sha3-384-rsa-MGF1", 384, ALG_KEY_RSA),
	SIGN(DSIG_MORE07 "sha3-512-rsa-MGF1", "sha3-512-rsa-MGF1", 512, ALG_KEY_RSA),
	SIGN(DSIG_MORE "rsa-sha256", "rsa-sha256", 256, ALG_KEY_RSA),
	SIGN(DSIG_MORE "rsa-sha512", "rsa-sha512", 512, ALG_KEY_RSA),
	SIGN(OSCI_URI_ECDSA_SHA256, "ecdsa-sha256", 256, ALG_KEY_EC),
	SIGN(DSIG_MORE "ecdsa-sha512", "ecdsa-sha512", 512, ALG_KEY_EC),

	CIPHER(XENC11 "aes128-gcm", "aes128-gcm", 128, false, "AES-128-GCM"),
	CIPHER(XENC11 "aes192-gcm", "aes192-gcm", 192, false, "AES-192-GCM"),
	CIPHER(OSCI_URI_AES256_GCM, "aes256-gcm", 256, false, "AES-256-GCM"),
	CIPHER(XENC "aes128-cbc", "aes128-cbc", 128, true, "AES-128-CBC"),
	CIPHER(XENC "aes192-cbc", "aes192-cbc", 192, true, "AES-192-CBC"),
	CIPHER(XENC "aes256-cbc", "aes256-cbc", 256, true, "AES-256-CBC"),
	CIPHER(XENC "tripledes-cbc", "tripledes-cbc", 192, true, "DES-EDE3-CBC"),

	{ .alg = { OSCI_ALG_KEYTRANS, OSCI_URI_OAEP, "rsa-oaep", 0, false, true } },

	OAEP(OSCI_URI_SHA256, "sha256", 256, true, "SHA2-256"),
	OAEP(DSIG_MORE "sha384", "sha384", 384, false, "SHA2-384"),
	OAEP(OSCI_URI_SHA512, "sha512", 512, true, "SHA2-512"),
	OAEP(DSIG_MORE07 "sha3-256", "sha3-256", 256, true, "SHA3-256"),
	OAEP(DSIG_MORE07 "sha3-384", "sha3-384", 384, true, "SHA3-384"),
	OAEP(DSIG_MORE07 "sha3-512", "sha3-512", 512, true, "SHA3-512"),

	MGF(OSCI_URI_MGF1_SHA256, "mgf1sha256", 256, "SHA2-256"),
	MGF(OSCI_URI_MGF1_SHA384, "mgf1sha384", 384, "SHA2-384"),
	MGF(OSCI_URI_MGF1_SHA512, "mgf1sha512", 512, "SHA2-512"),

	{ .alg = { OSCI_ALG_C14N, OSCI_URI_C14N, "c14n", 0, false, true } },
};

#define TABLE_LEN (sizeof(table) / sizeof(table[0]))

const struct osci_alg *osci_alg_find(enum osci_alg_kind kind, const char *uri)
{
	size_t i;

	if (!uri)
		return NULL;
	for (i = 0; i < TABLE_LEN; i++)
		if (table[i].alg.kind == kind && strcmp(table[i].alg.uri, uri) == 0)
			return &table[i].alg;
	return NULL;
}

const struct osci_alg *osci_alg_by_name(enum osci_alg_kind kind, const char *name)
{
	size_t i;

	for (i = 0; i < TABLE_LEN; i++)
		if (table[i].alg.kind == kind && strcmp(table[i].alg.name, name) == 0)
			return &table[i].alg;
	return NULL;
}

bool osci_alg_fits(const struct osci_alg *sign, const struct osci_cert *cert)
{
	return sign->kind == OSCI_ALG_SIGN && alg_impl(sign)->key == cert->kind;
}

/* RSA v1.5 and ECDSA are xmlsec's own; RSA-PSS is ours. */
static xmlSecTransformId find_transform(const char *uri)
{
	xmlSecTransformId id = klass_pss_id(uri);

	if (id)
		return id;
	return xmlSecTransformIdListFindByHref(xmlSecTransformIdsGet(), (const xmlChar *)uri,
					       xmlSecTransformUsageSignatureMethod);
}

int alg_init(struct osci_err *err)
{
	unsigned digests = 0, mgfs = 0;
	size_t i;

	for (i = 0; i < TABLE_LEN; i++) {
		struct alg_impl *a = &table[i];
		bool ok = true;

		switch (a->alg.kind) {
		case OSCI_ALG_DIGEST:
		case OSCI_ALG_OAEP_DIGEST:
		case OSCI_ALG_MGF:
			if (!a->md)
				a->md = EVP_MD_fetch(NULL, a->ossl, NULL);
			if (a->alg.kind != OSCI_ALG_DIGEST)
				a->slot = a->alg.kind == OSCI_ALG_MGF ? mgfs++ : digests++;
			ok = a->md && digests <= ALG_OAEP_DIGESTS && mgfs <= ALG_MGFS;
			break;
		case OSCI_ALG_CIPHER:
			if (!a->cipher)
				a->cipher = EVP_CIPHER_fetch(NULL, a->ossl, NULL);
			ok = a->cipher != NULL;
			break;
		case OSCI_ALG_SIGN:
			a->transform = find_transform(a->alg.uri);
			ok = a->transform != NULL;
			break;
		case OSCI_ALG_KEYTRANS:
		case OSCI_ALG_C14N:
			break;
		}
		if (!ok)
			return osci_fail(err, OSCI_E_ALGORITHM, NULL, a->alg.name,
					 "not offered by the cryptographic library");
	}
	return 0;
}
