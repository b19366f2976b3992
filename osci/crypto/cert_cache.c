/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_cache - certificates read lately, found by their octets
 *
 * Every message brings the same few certificates; OpenSSL 3 takes longer to read one than to verify
 * a signature with it, and the first use of a key costs once more.  Only what passed all checks of
 * osci_cert_from_der() is kept, and only the same octets find it: whether a certificate is valid
 * now and trusted is asked anew each time.  CACHE_SIZE places, the one unused longest goes first,
 * so a sender of ever new certificates costs others a little time and nothing else.
 */
#include <pthread.h>
#include <string.h>

#include "crypto/priv.h"

#define CACHE_SIZE 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	struct osci_cert *cert;
	uint64_t used;
} cache[CACHE_SIZE];
static uint64_t clock_hand;

struct osci_cert *cert_cache_get(const void *der, size_t len)
{
	struct osci_cert *found = NULL;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < CACHE_SIZE && !found; i++) {
		struct osci_cert *c = cache[i].cert;

		if (!c || c->der_len != len || memcmp(c->der, der, len) != 0)
			continue;
		found = osci_cert_ref(c);
		cache[i].used = ++clock_hand;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void cert_cache_put(struct osci_cert *cert)
{
	struct osci_cert *old;
	size_t i, place = 0;

	pthread_mutex_lock(&lock);
	for (i = 1; i < CACHE_SIZE; i++)
		if (cache[i].used < cache[place].used)
			place = i;
	old = cache[place].cert;
	cache[place].cert = osci_cert_ref(cert);
	cache[place].used = ++clock_hand;
	pthread_mutex_unlock(&lock);
	osci_cert_unref(old);
}
