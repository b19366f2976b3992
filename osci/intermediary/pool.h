/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool - memory of one answer: many small pieces, freed together
 *
 * A failed allocation returns NULL; the caller gives up the answer.
 */
#ifndef OSCI_INTERMEDIARY_POOL_H
#define OSCI_INTERMEDIARY_POOL_H

#include <stddef.h>

#include <osci/blob.h>

struct im_pool {
	struct im_piece *pieces;
};

void im_pool_free(struct im_pool *p);
/* Ties @object to the pool: @end is called with it when the pool is freed. On failure it is called at once. */
int im_pool_own(struct im_pool *p, void *object, void (*end)(void *object));
int im_pool_own_blob(struct im_pool *p, struct osci_blob *blob);
void *im_pool_alloc(struct im_pool *p, size_t n, size_t size); /* zeroed; never NULL for n = 0 */
char *im_pool_text(struct im_pool *p, const char *s);          /* NULL stays NULL only for s = NULL */
void *im_pool_copy(struct im_pool *p, const void *data, size_t len); /* a NUL behind */

#endif
