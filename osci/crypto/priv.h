/* SPDX-License-Identifier: Apache-2.0 */
/*
 * priv - what the files of osci/crypto share and nobody else sees
 */
#ifndef OSCI_CRYPTO_PRIV_H
#define OSCI_CRYPTO_PRIV_H

#include <stdatomic.h>
#include <stdint.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/keys.h>
#include <xmlsec/transforms.h>

#include "crypto/crypto.h"

#define OSCI_RSA_BITS_MIN 3000
#define OSCI_RSA_BITS_MAX 8192
#define OSCI_EC_BITS_MIN 256

enum alg_key { ALG_KEY_NONE, ALG_KEY_RSA, ALG_KEY_EC };

/* One row of the allow list; struct osci_alg is its public face and stands first. */
struct alg_impl {
	struct osci_alg alg;
	const char *ossl;           /* name for EVP_MD_fetch() or EVP_CIPHER_fetch() */
	enum alg_key key;           /* of signatures */
	EVP_MD *md;                 /* fetched once by alg_init(); NULL for ciphers */
	EVP_CIPHER *cipher;
	xmlSecTransformId transform; /* of signatures */
	unsigned slot;               /* OAEP digests and MGFs: which one among its kind */
};

/* How many the table has of these kinds. */
#define ALG_OAEP_DIGESTS 6
#define ALG_MGFS 3
#define ALG_PSS_HASHES 5

static inline const struct alg_impl *alg_impl(const struct osci_alg *alg)
{
	return (const struct alg_impl *)alg;
}

#define GCM_TAG 16                         /* octets; never fewer */
#define GCM_MAX (((uint64_t)1 << 36) - 32) /* octets under one IV */

/* cipher.c: key and IV into a new context. */
bool gcm_begin(EVP_CIPHER_CTX *ctx, const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv,
	       size_t iv_len, int encrypt);

/*
 * view.c: @len octets of @base from @offset on, encrypted or decrypted in the counter mode of GCM whenever they are read.
 * Nothing is proved: who encrypts sees to it that @base is the same at each reading.
 */
struct osci_blob;
int gcm_ctr(struct osci_blob **ret, const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv,
	    size_t iv_len, struct osci_blob *base, uint64_t offset, uint64_t len, struct osci_err *err);

int alg_init(struct osci_err *err);
int klass_pss_register(void);
/* The key that @t, if it is one of RSA-PSS, is about to get has these contexts. */
struct prepared;
void klass_pss_prepare(xmlSecTransformPtr t, struct prepared *prepared);
/* Klass of the RSA-PSS algorithm with this URI; NULL if it is none. */
xmlSecTransformId klass_pss_id(const char *uri);

/*
 * prepared.c: contexts of OpenSSL for @pkey, which the caller holds longer; with the private key for decrypting and
 * signing, else for encrypting and verifying.
 */
struct prepared *prepared_new(EVP_PKEY *pkey, bool private);
void prepared_free(struct prepared *p);
/* A context of one's own; NULL = no memory. */
EVP_PKEY_CTX *prepared_oaep(struct prepared *p, const struct osci_alg *digest, const struct osci_alg *mgf);
/* RSA-PSS with @hash into the new context @ret: anew, or as a copy of the one of place @i. */
bool pss_begin(EVP_MD_CTX *ret, EVP_MD *hash, EVP_PKEY *pkey, bool sign);
bool prepared_pss(struct prepared *p, size_t i, EVP_MD *hash, EVP_MD_CTX *ret);

struct osci_cert {
	atomic_uint refs;
	X509 *x509;
	EVP_PKEY *pkey;      /* borrowed from x509 */
	xmlSecKeyPtr seckey; /* the public key for xmlsec's transforms; only read */
	struct prepared *prepared;
	enum alg_key kind;
	unsigned char *der;
	size_t der_len;
	char *subject, *issuer, *serial;
	char sha256[65];
	int64_t not_before, not_after;
	uint32_t usage;      /* keyUsage bits, UINT32_MAX if absent */
	bool is_ca;
	bool unknown_critical;
	bool tls_only;       /* extendedKeyUsage names servers and neither mail nor any */
};

struct osci_key {
	atomic_uint refs;
	EVP_PKEY *pkey;
	xmlSecKeyPtr seckey;
	struct prepared *prepared;
	struct osci_cert *cert;
};

/* Certificates read lately, by their octets: a reference, or NULL. */
struct osci_cert *cert_cache_get(const void *der, size_t len);
void cert_cache_put(struct osci_cert *cert);

/* Takes a reference of @pkey into a new xmlsec key; NULL on failure. */
xmlSecKeyPtr seckey_new(EVP_PKEY *pkey);
/* Takes over @x509 on success only. */
int cert_from_x509(struct osci_cert **ret, X509 *x509, struct osci_err *err);
/* Pair of private key and certificate, proved by a signature; takes references of its own. */
int key_new(struct osci_key **ret, EVP_PKEY *pkey, struct osci_cert *cert, struct osci_err *err);
/* The same without the proof. */
int key_unproved(struct osci_key **ret, EVP_PKEY *pkey, struct osci_cert *cert);

/* The CA of the set whose key signed @cert (borrowed), or NULL; *@ret_named: one has the issuer's name at least. */
struct osci_cert *trust_issuer(const struct osci_trust *trust, const struct osci_cert *cert, bool *ret_named);
/* The @i-th certificate of the set, NULL behind the last. */
struct osci_cert *trust_cert(const struct osci_trust *trust, size_t i);

/* Seconds since 1970; false if it is no time. */
bool time_of(const ASN1_TIME *t, int64_t *ret);

/* The digest of a signature by a CA or responder has 256 bits or more. */
bool sigalg_ok(const X509_ALGOR *alg);

/* crl.c: reads and checks one CRL; *@issuer is borrowed from @trust. OSCI_E_KEYFILE. */
struct crl {
	X509_CRL *x509;
	struct osci_cert *issuer;       /* referenced */
	unsigned char *scope;           /* IssuingDistributionPoint in DER, or NULL */
	size_t scope_len;
	ISSUING_DIST_POINT *idp;        /* the same, or NULL */
	int64_t this_update, next_update;
};
int crl_read(struct crl *ret, const struct osci_trust *trust, const void *der, size_t len, int64_t now,
	     struct osci_err *err);
void crl_clear(struct crl *c);
/* The CRL speaks of certificates like this: issuer, kind, distribution point. */
bool crl_covers(const struct crl *c, const struct osci_cert *cert);
/* Its entry for @cert into @state, or "good". */
void crl_state(const struct crl *c, const struct osci_cert *cert, int64_t now, struct osci_revocation_state *state);

/* revocation.c: an answer of a responder, from ocsp.c; OSCI_E_LIMIT if nothing else may go. */
int revocation_put(struct osci_revocation *rev, const struct osci_cert *cert, const struct osci_revocation_state *state);

/* One DER element and nothing else: definite shortest lengths, shortest integers, booleans 00 or FF, strings in one piece. */
bool der_strict(const unsigned char *data, size_t len);

#endif
