/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto - algorithms of the OSCI profile, by URI, from one allow list
 *
 * Canonicalisation is our own (c14n.c), over the one subtree that we hold; signature algorithms are
 * xmlsec1 transforms (RSA-PSS our own klasses) over the canonical octets.  xmlsec's URI look-up, its
 * KeyInfo processing and its I/O callbacks are never used.  Digests and encryption are OpenSSL EVP:
 * OSCI's GCM (IV of 12 with IvLength, of 16 without) and xmlenc11 OAEP do not exist in xmlsec
 * 1.2.37, and attachments stream.
 */
#ifndef OSCI_CRYPTO_CRYPTO_H
#define OSCI_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libxml/tree.h>

#include <osci/err.h>
#include <osci/key.h>
#include "base/buf.h"

/* OpenSSL, xmlsec, own klasses (RSA-PSS), error callbacks; once, in the main thread. */
int osci_crypto_init(struct osci_err *err);

enum osci_alg_kind {
	OSCI_ALG_DIGEST, /* of references */
	OSCI_ALG_SIGN,
	OSCI_ALG_CIPHER,
	OSCI_ALG_KEYTRANS,
	OSCI_ALG_OAEP_DIGEST,
	OSCI_ALG_MGF,
	OSCI_ALG_C14N,
};

struct osci_alg {
	enum osci_alg_kind kind;
	const char *uri;
	const char *name;    /* short, for texts and JSON: "sha256-rsa-MGF1" */
	unsigned bits;       /* digest or key size */
	bool cbc;            /* readable only if the policy allows CBC */
	bool write;          /* may be written */
};

/* NULL if the URI is not on the allow list of this kind. */
const struct osci_alg *osci_alg_find(enum osci_alg_kind kind, const char *uri);
const struct osci_alg *osci_alg_by_name(enum osci_alg_kind kind, const char *name); /* the short one */
/* The signature algorithm is one for this kind of key. */
bool osci_alg_fits(const struct osci_alg *sign, const struct osci_cert *cert);
bool osci_cert_is_rsa(const struct osci_cert *cert);
/* Does @cert name @issuer, and is it signed with its key?  What either may be used for is not looked at. */
bool osci_cert_issued(const struct osci_cert *issuer, const struct osci_cert *cert);
/* Bits of the modulus or of the curve. */
unsigned osci_cert_bits(const struct osci_cert *cert);

#define OSCI_URI_C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define OSCI_URI_BASE64 "http://www.w3.org/2000/09/xmldsig#base64"
#define OSCI_URI_SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define OSCI_URI_SHA512 "http://www.w3.org/2001/04/xmlenc#sha512"
#define OSCI_URI_PSS_SHA256 "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
#define OSCI_URI_ECDSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define OSCI_URI_OAEP "http://www.w3.org/2009/xmlenc11#rsa-oaep"
#define OSCI_URI_MGF1_SHA256 "http://www.w3.org/2009/xmlenc11#mgf1sha256"
#define OSCI_URI_MGF1_SHA384 "http://www.w3.org/2009/xmlenc11#mgf1sha384"
#define OSCI_URI_MGF1_SHA512 "http://www.w3.org/2009/xmlenc11#mgf1sha512"
#define OSCI_URI_AES256_GCM "http://www.w3.org/2009/xmlenc11#aes256-gcm"

#define OSCI_DIGEST_MAX 64

/* Digest of octets / of the canonical form of the subtree at @node (inclusive C14N, no comments). */
int osci_digest(const struct osci_alg *alg, const void *data, size_t len,
		unsigned char out[OSCI_DIGEST_MAX], size_t *ret_len);
int osci_digest_node(const struct osci_alg *alg, xmlNodePtr node,
		     unsigned char out[OSCI_DIGEST_MAX], size_t *ret_len, struct osci_err *err);
/* Canonical form itself; fails (never empty) on any error of the canonicaliser. */
int osci_c14n_node(xmlNodePtr node, struct osci_buf *out, struct osci_err *err);

/* The digest of octets that come piece by piece. */
struct osci_hash;
int osci_hash_new(struct osci_hash **ret, const struct osci_alg *digest);
int osci_hash_add(struct osci_hash *h, const void *data, size_t len);
int osci_hash_end(struct osci_hash *h, unsigned char out[OSCI_DIGEST_MAX], size_t *ret_len);
void osci_hash_freep(struct osci_hash **h);

/* Signature value over octets (the canonical SignedInfo). */
int osci_sign(const struct osci_key *key, const struct osci_alg *alg, const void *data, size_t len,
	      struct osci_buf *out, struct osci_err *err);
/* Over the canonical form of the SignedInfo node; OSCI_E_SIGNATURE if it does not hold. */
int osci_verify_node(const struct osci_cert *cert, const struct osci_alg *alg, xmlNodePtr signed_info,
		     const void *value, size_t value_len, struct osci_err *err);

/* Blob = IV, ciphertext, tag. Key of alg->bits/8 octets. @iv_len 12 or 16. CBC: decrypt only, IV of the block. */
int osci_cipher_encrypt(const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
			const void *data, size_t len, struct osci_buf *out);
/* OSCI_E_DECRYPT for every cause, one text; @out is wiped then. */
int osci_cipher_decrypt(const struct osci_alg *alg, const unsigned char *key, size_t key_len,
			size_t iv_len, const void *blob, size_t len, struct osci_buf *out,
			struct osci_err *err);

/* RSA-OAEP of xmlenc11 with explicit digest (OSCI_ALG_OAEP_DIGEST) and MGF1 digest, empty label. */
int osci_oaep_wrap(const struct osci_cert *cert, const struct osci_alg *digest, const struct osci_alg *mgf,
		   const unsigned char *key, size_t len, struct osci_buf *out, struct osci_err *err);
int osci_oaep_unwrap(const struct osci_key *key, const struct osci_alg *digest, const struct osci_alg *mgf,
		     const void *wrapped, size_t len, struct osci_buf *out, struct osci_err *err);

#endif
