/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/key.h - certificates, private keys, trust
 *
 * Certificates and keys are reference counted and immutable; they may be shared
 * between threads.  Times are seconds since 1970 (UTC) and always passed in.
 */
#ifndef OSCI_KEY_H
#define OSCI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What a certificate is used for; checked against keyUsage (absent keyUsage allows both). */
enum osci_usage {
	OSCI_USE_SIGN = 1,    /* digitalSignature or nonRepudiation */
	OSCI_USE_ENCRYPT = 2, /* keyEncipherment or dataEncipherment */
};

#define OSCI_CERT_DER_MAX 16384 /* octets */

struct osci_cert;
struct osci_key;
struct osci_trust;

/*
 * Strict DER: encodes back to the same octets, nothing behind it, size within
 * OSCI_CERT_DER_MAX, RSA modulus 3000..8192 bits with odd exponent > 1, or EC on a
 * named curve of 256 bits or more.  OSCI_E_KEYFILE otherwise.
 */
int osci_cert_from_der(struct osci_cert **ret, const void *der, size_t len, struct osci_err *err);
/* First certificate of a PEM file; -errno if it cannot be read. */
int osci_cert_load_pem(struct osci_cert **ret, const char *path, struct osci_err *err);
struct osci_cert *osci_cert_ref(struct osci_cert *cert);
struct osci_cert *osci_cert_unref(struct osci_cert *cert); /* NULL allowed, returns NULL */
void osci_cert_unrefp(struct osci_cert **cert);

const unsigned char *osci_cert_der(const struct osci_cert *cert, size_t *ret_len);
const char *osci_cert_subject(const struct osci_cert *cert); /* RFC 2253, UTF-8 */
const char *osci_cert_issuer(const struct osci_cert *cert);  /* RFC 2253, UTF-8 */
const char *osci_cert_serial(const struct osci_cert *cert);  /* decimal */
const char *osci_cert_sha256(const struct osci_cert *cert);  /* 64 lower-case hex digits of the DER */
int64_t osci_cert_not_before(const struct osci_cert *cert);
int64_t osci_cert_not_after(const struct osci_cert *cert);
bool osci_cert_equal(const struct osci_cert *a, const struct osci_cert *b); /* octet by octet */
/* Validity period at @now and key usage; OSCI_E_UNTRUSTED with the cause. */
int osci_cert_check(const struct osci_cert *cert, enum osci_usage use, int64_t now,
		    struct osci_err *err);

/*
 * PKCS#12 with exactly one private key and its certificate.  MAC demanded, at most
 * 10^6 iterations; the pair is proved by a test operation.  OSCI_E_KEYFILE: wrong
 * password, no MAC, RC2/3DES, several keys, pair does not fit, file readable by
 * others (only with OSCI_P12_PRIVATE).  -errno: file cannot be read.
 */
#define OSCI_P12_PRIVATE 1u /* demand mode 0600 or 0400 */
int osci_key_load_p12(struct osci_key **ret, const char *path, const char *password,
		      unsigned flags, struct osci_err *err);
/* Reads the first line of @path as password (mode demanded as above with OSCI_P12_PRIVATE). */
int osci_key_load_p12_passfile(struct osci_key **ret, const char *path, const char *passfile,
			       unsigned flags, struct osci_err *err);
struct osci_key *osci_key_ref(struct osci_key *key);
struct osci_key *osci_key_unref(struct osci_key *key);
void osci_key_unrefp(struct osci_key **key);
struct osci_cert *osci_key_cert(const struct osci_key *key); /* borrowed */

/*
 * A set of trusted certificates: a peer's certificate is trusted if it is one of
 * them, octet by octet, or if it was issued under one of them that is a CA (path
 * of at most OSCI_TRUST_DEPTH, every certificate valid at @now, CA flags, X509_STRICT,
 * auth level 2).  Nothing from the system store, nothing fetched.
 */
#define OSCI_TRUST_DEPTH 4
int osci_trust_new(struct osci_trust **ret);
void osci_trust_freep(struct osci_trust **trust);
int osci_trust_add(struct osci_trust *trust, struct osci_cert *cert); /* takes a reference */
/* All certificates of a PEM file; a cross or sub CA is used for building paths and as anchor. */
int osci_trust_add_pem(struct osci_trust *trust, const char *path, struct osci_err *err);
/* 0 or OSCI_E_UNTRUSTED; includes osci_cert_check(). */
int osci_trust_check(const struct osci_trust *trust, const struct osci_cert *cert,
		     enum osci_usage use, int64_t now, struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
