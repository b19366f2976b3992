/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part_digests - SHA-256 of each part while the message is split
 *
 * An attachment that has to be decrypted whenever it is read is expensive to read.  Nearly every signature digests with
 * SHA-256; where one does not, the part is read once more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/read.h"

static int part_begin(void *arg, const struct osci_mime_head *head)
{
	struct osci_part_digests *d = arg;
	void *more = reallocarray(d->sha256, d->n + 1, sizeof(*d->sha256));

	if (!more)
		return -ENOMEM;
	d->sha256 = more;
	osci_hash_freep(&d->hash);
	return osci_hash_new(&d->hash, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256));
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct osci_part_digests *d = arg;

	return osci_hash_add(d->hash, data, len);
}

static int part_end(void *arg)
{
	struct osci_part_digests *d = arg;
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t len;
	int r = osci_hash_end(d->hash, digest, &len);

	if (!r)
		memcpy(d->sha256[d->n++], digest, sizeof(*d->sha256));
	return r;
}

const struct osci_mime_events osci_part_digests_events = { part_begin, part_data, part_end };

void osci_part_digests_free(struct osci_part_digests *d)
{
	osci_hash_freep(&d->hash);
	free(d->sha256);
	*d = (struct osci_part_digests){ 0 };
}
