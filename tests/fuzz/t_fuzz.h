/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_fuzz - what the fuzz targets of the message reader share
 *
 * One cipher key and one trusted signer are made at start; messages are put together around the fuzzer's octets so
 * that they get past the checks in front of the code that is meant.
 */
#ifndef T_FUZZ_H
#define T_FUZZ_H

#include <stdint.h>

#include <osci/message.h>
#include "base/buf.h"
#include "crypto/crypto.h"

#define FUZZ_NOW 1796000000 /* T_NOW of t_keys */
#define FUZZ_MAX ((size_t)4 * 1024 * 1024)

extern struct osci_key *fuzz_key;     /* opens what is encrypted for it */
extern struct osci_trust *fuzz_trust; /* knows that one certificate */

int fuzz_init(void);
/* Everything there is to know of a message: opens, reads contents, carries on. -1 = refused. */
int fuzz_open(const void *data, size_t len, const struct osci_policy *policy, struct osci_err *err);
/* An unsigned StoreDelivery of an implicit dialog up to, and behind, the children of ContentPackage. */
void fuzz_store_head(struct osci_buf *b);
void fuzz_store_tail(struct osci_buf *b);
/* xenc:EncryptedData whose plain text is @data, for fuzz_key. */
void fuzz_encrypted(struct osci_buf *b, const struct osci_alg *alg, const void *data, size_t len);
/* The same around octets that are taken as the cipher's output. */
void fuzz_encrypted_raw(struct osci_buf *b, const struct osci_alg *alg, const void *blob, size_t len);

#endif
