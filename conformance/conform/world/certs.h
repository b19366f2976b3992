/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs - keys, certificates, PKCS#12 and lists of revoked certificates as OpenSSL objects and files
 *
 * No state and no folder of its own; texts of OpenSSL are not passed on.
 */
#ifndef CF_WORLD_CERTS_H
#define CF_WORLD_CERTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <osci/err.h>

#define CF_RSA_BITS 3072
#define CF_FROM "20000101000000Z"   /* a case may be set in any year */
#define CF_TO "20491231235959Z"
#define CF_ENDED "20010101000000Z"  /* of an expired one */

enum cf_cert_kind { CF_KIND_CA, CF_KIND_SIGN, CF_KIND_CIPHER };

struct cf_cert_opts {
	enum cf_cert_kind kind;
	const char *name;    /* CN */
	const char *until;   /* ASN1 time */
	uint64_t serial;
};

/* NULL without memory or if OpenSSL refuses. */
EVP_PKEY *cf_rsa_new(void);
/* @issuer NULL: signed by itself. */
X509 *cf_cert_new(const struct cf_cert_opts *o, EVP_PKEY *pkey, X509 *issuer, EVP_PKEY *issuer_key);
/* Files appear whole, with mode 0600. */
int cf_write_key(const char *path, EVP_PKEY *pkey, struct osci_err *err);
int cf_write_cert(const char *path, X509 *cert, struct osci_err *err);
int cf_write_p12(const char *path, const char *pass_path, EVP_PKEY *pkey, X509 *cert, struct osci_err *err);
/* OSCI_E_EMPTY: there is none; OSCI_E_KEYFILE: it cannot be used. */
int cf_read_key(const char *path, EVP_PKEY **ret, struct osci_err *err);
int cf_read_cert(const char *path, X509 **ret, struct osci_err *err);
/* Revokes the serial numbers given. */
int cf_write_crl(const char *path, const uint64_t *serials, size_t n, X509 *ca, EVP_PKEY *ca_key, struct osci_err *err);

#endif
