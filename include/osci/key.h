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

/* --- revocation --------------------------------------------------------- */

/*
 * What is known of revoked certificates: CRLs by issuer, OCSP answers by certificate.  Thread-safe; one object may
 * serve several sets of trust.  It does no I/O but reading the files it is told to read: whoever fetches CRLs and asks
 * responders does so elsewhere, at addresses from the configuration, never at those a certificate names.
 */
struct osci_revocation;

#define OSCI_CRL_MAX ((size_t)16 << 20) /* octets of a file */
#define OSCI_CRLS_MAX 256u
#define OSCI_OCSP_MAX ((size_t)64 << 10) /* octets of a response */
#define OSCI_OCSP_CACHE_MAX 4096u        /* answers kept */
#define OSCI_OCSP_AGE_S 3600             /* how long an answer without nextUpdate counts */
#define OSCI_CLOCK_SKEW_S 300            /* a thisUpdate so much ahead of us is not yet the future */

enum osci_revocation_status { OSCI_REVOCATION_UNKNOWN, OSCI_REVOCATION_GOOD, OSCI_REVOCATION_REVOKED };
enum osci_revocation_source { OSCI_REVOCATION_NONE, OSCI_REVOCATION_CRL, OSCI_REVOCATION_OCSP };

struct osci_revocation_state {
	enum osci_revocation_status status;
	enum osci_revocation_source source; /* UNKNOWN with a source: it is there, but stale */
	int64_t this_update, next_update;   /* of the source; 0 = none */
	int64_t revoked_at;                 /* 0 = not revoked */
	int reason;                         /* CRLReason, -1 = not said */
};

int osci_revocation_new(struct osci_revocation **ret);
struct osci_revocation *osci_revocation_ref(struct osci_revocation *rev);
struct osci_revocation *osci_revocation_unref(struct osci_revocation *rev); /* NULL allowed, returns NULL */
void osci_revocation_unrefp(struct osci_revocation **rev);

/*
 * All CRLs of a file, PEM or one in DER.  Each must be signed by a CA of @trust that may sign CRLs, with a digest of
 * 256 bits or more, not from the future, with nextUpdate; delta and indirect CRLs, those for some reasons only and
 * unknown critical extensions are refused.  An expired one is taken (what it revokes stays revoked).  It replaces an
 * older one of the same issuer and scope; where a newer one is known, nothing changes.  OSCI_E_KEYFILE with the
 * cause, -errno if the file cannot be read.
 */
int osci_revocation_add_crl_file(struct osci_revocation *rev, const struct osci_trust *trust, const char *path,
				 int64_t now, struct osci_err *err);
/* The same for octets in memory; @name is the place in errors. */
int osci_revocation_add_crl(struct osci_revocation *rev, const struct osci_trust *trust, const void *data, size_t len,
			    const char *name, int64_t now, struct osci_err *err);

/*
 * OCSP request for @cert, whose issuer is in @trust, for the caller to send.  @nonce of OSCI_OCSP_NONCE octets is filled
 * and put into the request; NULL = none (responders that answer in advance).  *@ret malloc()ed.
 * OSCI_E_UNTRUSTED if the issuer is not there.
 */
#define OSCI_OCSP_NONCE 16
#define OSCI_OCSP_SHA1_ID 1u /* name the certificate by SHA-1: older responders know nothing else. No signature is made */
int osci_ocsp_request(unsigned char **ret, size_t *ret_len, const struct osci_trust *trust, const struct osci_cert *cert,
		      unsigned char *nonce, unsigned flags, struct osci_err *err);
/*
 * A responder's answer about @cert: signed by its issuer or by a responder this issuer has named (OCSPSigning),
 * naming this certificate, within its times, with the nonce if @nonce is given and the answer has one.  Good and revoked are
 * kept, "unknown" is not; *@state (may be NULL) gets what it says.  OSCI_E_SIGNATURE, OSCI_E_UNTRUSTED (responder),
 * OSCI_E_MALFORMED, OSCI_E_STATE (other nonce, out of time), OSCI_E_EMPTY (responder gives no answer).
 */
int osci_revocation_ocsp_response(struct osci_revocation *rev, const struct osci_trust *trust,
				  const struct osci_cert *cert, const unsigned char *nonce, const void *data, size_t len,
				  int64_t now, struct osci_revocation_state *state, struct osci_err *err);

/* What is known of @cert at @now: revoked if any source says so. Never waits, never fails. */
void osci_revocation_state(struct osci_revocation *rev, const struct osci_cert *cert, int64_t now,
			   struct osci_revocation_state *ret);

/* How a set of trust deals with it; zero = what is known counts, nothing is demanded. */
struct osci_revocation_rules {
	bool demand_sign, demand_encrypt; /* by use: a certificate of which nothing is known is refused (OSCI_E_UNCHECKED);
					   * not one that is listed itself and self-signed */
	unsigned grace_s;                 /* "good" counts so long after nextUpdate */
};
/* Before the set is used; takes a reference. @rev NULL = no checks. @rules NULL = zero. */
void osci_trust_set_revocation(struct osci_trust *trust, struct osci_revocation *rev,
			       const struct osci_revocation_rules *rules);

/* --- judging a certificate ---------------------------------------------- */

/* Why a certificate is not taken; in the order in which they are found. */
enum osci_trust_cause {
	OSCI_TRUST_OK,
	OSCI_TRUST_PERIOD,    /* outside its validity period (3500, 3700, 3701, 3704 to 3706, 3708) */
	OSCI_TRUST_USAGE,     /* key usage, a CA's, an extension */
	OSCI_TRUST_ISSUER,    /* unknown, or the issuer's signature does not hold (9700, 9704, 9706, 9708, 9711) */
	OSCI_TRUST_REVOKED,   /* it, or a CA above it (9701, 9705, 9707, 9709, 9712) */
	OSCI_TRUST_UNCHECKED, /* revocation not known and demanded (3501, 3707) */
};
/* Values of an inspection report. */
enum osci_math { OSCI_MATH_OK, OSCI_MATH_CORRUPTED, OSCI_MATH_INDETERMINATE };
enum osci_offline { OSCI_OFFLINE_VALID, OSCI_OFFLINE_INVALID };
enum osci_online { OSCI_ONLINE_ABSENT, OSCI_ONLINE_OK, OSCI_ONLINE_REVOKED };

struct osci_trust_state {
	enum osci_trust_cause cause;
	enum osci_math math;       /* issuer's signature; indeterminate = the set lacks the issuer */
	enum osci_offline offline; /* validity period at @now */
	enum osci_online online;   /* absent = nothing fresh is known */
	struct osci_revocation_state revocation; /* of the certificate; or of the CA above it that is revoked */
};
/* Fills *@ret; 0 or -errno. Everything is found out, whatever the cause. */
int osci_trust_state(const struct osci_trust *trust, const struct osci_cert *cert, enum osci_usage use, int64_t now,
		     struct osci_trust_state *ret);
/*
 * 0, OSCI_E_UNTRUSTED, OSCI_E_REVOKED or OSCI_E_UNCHECKED; includes osci_cert_check(). The feedback code in @err is that
 * of a client's signature or of a recipient's cipher certificate; for other roles take osci_trust_state().
 */
int osci_trust_check(const struct osci_trust *trust, const struct osci_cert *cert,
		     enum osci_usage use, int64_t now, struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
