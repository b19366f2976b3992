/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_keys - keys and certificates made for a test, in memory
 *
 * Every function aborts the test program on failure.  Fields left 0 in the options take the
 * default named beside them.
 */
#ifndef T_KEYS_H
#define T_KEYS_H

#include <stdbool.h>
#include <stdint.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <osci/key.h>

#define T_NOW 1796000000 /* 2026-11-29: inside the default validity */

struct t_pair {
	EVP_PKEY *pkey;
	X509 *x509;
};

struct t_pair_opts {
	const char *cn;          /* "Test" */
	EVP_PKEY *pkey;          /* a new key of @bits if NULL */
	unsigned bits;           /* RSA, 3072 */
	const char *curve;       /* EC instead */
	const char *usage;       /* "digitalSignature,keyEncipherment"; "" = no such extension */
	const char *extended;    /* extendedKeyUsage, none */
	const char *alt;         /* subjectAltName, "IP:127.0.0.1"; none */
	const char *constraints; /* "critical,CA:FALSE" */
	int64_t not_before, not_after; /* T_NOW minus, plus 30 days */
	const struct t_pair *issuer;   /* self-signed if NULL */
};

struct t_pair t_pair_make(const struct t_pair_opts *opts);
void t_pair_free(struct t_pair *p);
struct osci_cert *t_pair_cert(const struct t_pair *p);
struct osci_key *t_pair_key(const struct t_pair *p);
/* All in one: a key with a self-signed certificate of this use (OSCI_USE_*, or both). */
struct osci_key *t_key(const char *cn, unsigned bits, unsigned use);
/* PKCS#12 file with mode 0600, AES-256. */
void t_pair_write_p12(const struct t_pair *p, const char *path, const char *password);

#endif
