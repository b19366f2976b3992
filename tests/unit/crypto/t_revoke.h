/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_revoke - CRLs and OCSP answers made for a test
 *
 * Every function aborts the test program on failure.  Fields left 0 take the default named beside them.
 */
#ifndef T_REVOKE_H
#define T_REVOKE_H

#include <openssl/ocsp.h>

#include "crypto/priv.h"
#include "lib/t_keys.h"

#define DAY 86400

struct t_crl_opts {
	const struct t_pair *issuer;
	const struct t_pair *signer;   /* issuer */
	const struct t_pair *revoked;  /* none */
	int reason;                    /* keyCompromise (1) */
	int64_t this_update, next_update; /* T_NOW minus, plus one day; next -1 = none */
	const EVP_MD *md;              /* SHA-256 */
	bool pss;
	int ext_nid;                   /* an extension with this text ... */
	const char *ext;               /* ... "critical," first if it is */
};

/* DER in a buffer of its own, to be OPENSSL_free()d. */
unsigned char *t_crl(const struct t_crl_opts *o, size_t *ret_len);
void t_write(const char *path, const void *data, size_t len);

struct t_ocsp_opts {
	const struct t_pair *issuer;
	const struct t_pair *cert;
	const struct t_pair *signer;   /* issuer */
	bool send_signer;              /* its certificate goes along */
	int status;                    /* V_OCSP_CERTSTATUS_* */
	int64_t this_update, next_update; /* T_NOW minus 60 s, plus one day; next -1 = none */
	const unsigned char *nonce;    /* none */
	const EVP_MD *id_md;           /* SHA-256: how the certificate is named */
	const EVP_MD *md;              /* SHA-256: of the signature */
	int response_status;           /* successful */
};

/* CA and end certificate on P-256. */
#define T_CA_USAGE "critical,keyCertSign,cRLSign"
struct t_pair t_ca(const char *cn, const struct t_pair *issuer, const char *usage);
struct t_pair t_end(const char *cn, const struct t_pair *issuer, const char *extended);
void t_trust_pair(struct osci_trust *t, const struct t_pair *p);
/* Makes a list and adds it, at T_NOW. */
int t_add_crl(struct osci_revocation *rev, const struct osci_trust *trust, const struct t_crl_opts *o, struct osci_err *err);
enum osci_revocation_status t_status(struct osci_revocation *rev, const struct osci_cert *cert, int64_t now);

unsigned char *t_ocsp(const struct t_ocsp_opts *o, size_t *ret_len);

#endif
