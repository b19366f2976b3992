/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite - from the algorithms that a caller asks for to the rows of the allow list
 *
 * The one place that knows defaults, what is written at all, and what fits a key.
 */
#ifndef OSCI_WIRE_SUITE_H
#define OSCI_WIRE_SUITE_H

#include <osci/message.h>
#include "crypto/crypto.h"

#define WIRE_KEY_OCTETS_MAX 32 /* AES-256 */

/* Everything set, but @sign is NULL without a signer. */
struct wire_suite {
	const struct osci_alg *digest, *sign;
	const struct osci_alg *cipher, *oaep_digest, *oaep_mgf;
	size_t iv_len;  /* 12: IvLength is written; 16: no such element */
	size_t key_len; /* octets of the session key */
};

/* @suite NULL = defaults. @signer NULL = nothing is signed. OSCI_E_ALGORITHM: not written, or does not fit the key. */
int wire_suite_init(struct wire_suite *ret, const struct osci_suite *suite, const struct osci_key *signer,
		    struct osci_err *err);

#endif
