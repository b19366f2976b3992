/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults_key - a key that lies about its certificate, for the fault bad_signature
 *
 * The library proves that key and certificate are a pair, so the pair is put together here by hand.
 */
#include <errno.h>
#include <stdlib.h>
#include <openssl/rsa.h>

#include "agent.h"
#include "crypto/priv.h"

#define WRONG_KEY_BITS 3072

void sim_wrong_key_free(struct osci_key **key)
{
	osci_key_unrefp(key);
}

int sim_wrong_key(struct osci_key **ret, const struct osci_key *key)
{
	EVP_PKEY *pkey = EVP_RSA_gen(WRONG_KEY_BITS);
	int r = pkey ? key_unproved(ret, pkey, osci_key_cert(key)) : -EIO;

	EVP_PKEY_free(pkey);
	return r;
}
