/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part_digests - SHA-256 of each part while the message is split, and the part itself if somebody will keep it
 *
 * An attachment that has to be decrypted whenever it is read is expensive to read.  Nearly every signature digests with
 * SHA-256; where one does not, the part is read once more.
 *
 * Large parts go to files of the spool only if the caller names one, at most PARTS_KEPT of a message, as each takes a
 * descriptor.  A part for which there is no room is decrypted whenever it is read, like all the others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/read.h"

#define PARTS_KEPT 8
#define KEEP_FROM OSCI_MIME_MEMORY /* octets: what is smaller is read again cheaply */

struct osci_part_digest {
	unsigned char sha256[32];
	struct osci_blob *kept; /* NULL = not kept */
};

static int part_begin(void *arg, const struct osci_mime_head *head)
{
	struct osci_part_digests *d = arg;
	void *more = reallocarray(d->list, d->n + 1, sizeof(*d->list));

	if (!more)
		return -ENOMEM;
	d->list = more;
	osci_hash_freep(&d->hash);
	osci_sink_freep(&d->sink);
	if (d->keep && d->n_kept < PARTS_KEPT && osci_sink_new(&d->sink, d->keep, UINT64_MAX))
		return -ENOMEM;
	return osci_hash_new(&d->hash, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256));
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct osci_part_digests *d = arg;

	if (d->sink && osci_sink_add(d->sink, data, len, NULL))
		osci_sink_freep(&d->sink);
	return osci_hash_add(d->hash, data, len);
}

static int part_end(void *arg)
{
	struct osci_part_digests *d = arg;
	struct osci_part_digest *part = &d->list[d->n];
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t len;
	int r = osci_hash_end(d->hash, digest, &len);

	if (r)
		return r;
	*part = (struct osci_part_digest){ .kept = NULL };
	memcpy(part->sha256, digest, sizeof(part->sha256));
	if (d->sink && osci_sink_len(d->sink) > KEEP_FROM && osci_sink_done(&d->sink, &part->kept, NULL) == 0)
		d->n_kept++;
	osci_sink_freep(&d->sink);
	d->n++;
	return 0;
}

const struct osci_mime_events osci_part_digests_events = { part_begin, part_data, part_end };

int osci_part_digests_copy(struct osci_part_digests *d, const struct osci_part_digests *from)
{
	size_t i;

	osci_part_digests_free(d);
	if (!from->n)
		return 0;
	d->list = calloc(from->n, sizeof(*d->list));
	if (!d->list)
		return -ENOMEM;
	d->n = from->n;
	for (i = 0; i < from->n; i++)
		memcpy(d->list[i].sha256, from->list[i].sha256, sizeof(d->list[i].sha256));
	return 0;
}

void osci_part_digests_of(const struct osci_part_digests *d, size_t i, struct osci_part *part)
{
	part->hashed = i < d->n;
	if (!part->hashed)
		return;
	memcpy(part->sha256, d->list[i].sha256, sizeof(part->sha256));
	if (d->list[i].kept) {
		part->blob = d->list[i].kept;
		part->data = osci_blob_data(part->blob);
	}
}

void osci_part_digests_free(struct osci_part_digests *d)
{
	size_t i;

	osci_hash_freep(&d->hash);
	osci_sink_freep(&d->sink);
	for (i = 0; i < d->n; i++)
		osci_blob_unref(d->list[i].kept);
	free(d->list);
	*d = (struct osci_part_digests){ 0 };
}
