/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carrier - what both ends of a chunked transfer do alike
 *
 * The chunk is the one attachment of the message, named by the one content of the one container; nothing of it is
 * encrypted by itself.  ReceivedChunks is a list of chunk numbers.
 */
#ifndef OSCI_DIALOG_CARRIER_H
#define OSCI_DIALOG_CARRIER_H

#include <osci/message.h>
#include "base/buf.h"

#define OSCI_CHUNK_CID "ChunkBlobStoreDelivery"
#define OSCI_PARTIAL_SUFFIX "_Partial"
#define OSCI_KIB UINT64_C(1024)

/* Package and part of a partial message; @chunk is borrowed. */
void osci_carrier_draft(struct osci_draft *draft, struct osci_part *part, struct osci_blob *chunk);
/* The chunk of a partial message, with a reference; OSCI_E_MALFORMED if it is not shaped so. */
int osci_carrier_open(const struct osci_message *m, struct osci_blob **ret, struct osci_err *err);

/* Numbers in @list ("", "-1" = none) into @set[1..total]; OSCI_E_MALFORMED for others and for repetitions. */
int osci_chunks_read(const char *list, bool *set, uint64_t total, struct osci_err *err);
void osci_chunks_write(struct osci_buf *out, uint64_t first, uint64_t last); /* "1 2 3" */

/* Chunks of @chunk_kib that @kib take. */
uint64_t osci_chunks_of(uint64_t kib, uint64_t chunk_kib);
uint64_t osci_kib_of(uint64_t octets); /* rounded up */
/* The wish (0 = default) within the limits announced. */
uint64_t osci_chunk_size(uint64_t wish, const struct osci_features *f);
bool osci_chunks_supported(const struct osci_features *f);
/* Length of @id without the suffix of partial orders. */
size_t osci_partial_id_len(const char *id);
/* Is @a the id @b, one of them with the suffix of partial orders or not? */
bool osci_partial_id_equal(const char *a, const char *b);

#endif
