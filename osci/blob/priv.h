/* SPDX-License-Identifier: Apache-2.0 */
/*
 * priv - what the files of this room share
 */
#ifndef OSCI_BLOB_PRIV_H
#define OSCI_BLOB_PRIV_H

#include "blob/blob.h"

/* A part of a blob that is no view itself. */
struct piece {
	struct osci_blob *base;
	uint64_t offset, len;
	uint64_t start; /* in the view */
};

/* NULL if @b is no view; else its pieces, in order and none empty. */
const struct piece *blob_pieces(const struct osci_blob *b, size_t *ret_n);

/* A file of @spool, which gets @len octets back when the blob goes; takes @fd, on failure too. */
int blob_of_spooled(struct osci_blob **ret, int fd, uint64_t len, struct osci_spool *spool);

struct osci_spool *spool_ref(struct osci_spool *s);
void spool_release(struct osci_spool *s, uint64_t len);

#endif
