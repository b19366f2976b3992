/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms - detached signature of a file beside it (CMS SignedData, DER)
 *
 * One signer, SHA-256, RSA-PSS or ECDSA, its certificate inside, signed attributes with the time of signing.  Checking
 * demands the same: one signer, a digest of 256 bits or more, a certificate within the limits of osci_cert_from_der(), no
 * content inside, nothing behind.  Whether the certificate is trusted is the caller's question.
 */
#ifndef OSCI_CRYPTO_CMS_H
#define OSCI_CRYPTO_CMS_H

#include <osci/key.h>

#include "base/buf.h"

#define OSCI_CMS_MAX (64u << 10) /* octets of a signature */

/* @time: seconds since 1970, what the signature claims.  0, -ENOMEM, OSCI_E_KEYFILE. */
int osci_cms_sign(struct osci_buf *out, const struct osci_key *key, const void *data, size_t len, int64_t time,
		  struct osci_err *err);
/*
 * 0: the signature is one of @data; *@ret_cert (new reference) made it, *@ret_time is what it claims, 0 = nothing.
 * OSCI_E_SIGNATURE, OSCI_E_ALGORITHM, OSCI_E_MALFORMED, OSCI_E_LIMIT.
 */
int osci_cms_verify(struct osci_cert **ret_cert, int64_t *ret_time, const void *signature, size_t signature_len,
		    const void *data, size_t len, struct osci_err *err);

#endif
