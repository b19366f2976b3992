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
	struct osci_key *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	atomic_init(&k->refs, 1);
	k->cert = osci_cert_ref(osci_key_cert(key));
	k->pkey = EVP_RSA_gen(WRONG_KEY_BITS);
	k->seckey = k->pkey ? seckey_new(k->pkey) : NULL;
	if (!k->seckey) {
		osci_key_unrefp(&k);
		return -EIO;
	}
	*ret = k;
	return 0;
}
