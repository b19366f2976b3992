/* SPDX-License-Identifier: Apache-2.0 */
/* pool - memory of one answer, freed together; a list of allocations */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intermediary/pool.h"

struct im_piece {
	struct im_piece *next;
	void *object; /* not ours to free() but by @end; NULL = none */
	void (*end)(void *object);
	max_align_t data[];
};

void im_pool_free(struct im_pool *p)
{
	while (p->pieces) {
		struct im_piece *next = p->pieces->next;

		if (p->pieces->end)
			p->pieces->end(p->pieces->object);
		free(p->pieces);
		p->pieces = next;
	}
}

void *im_pool_alloc(struct im_pool *p, size_t n, size_t size)
{
	struct im_piece *piece;
	size_t total;

	if (__builtin_mul_overflow(n, size, &total) || __builtin_add_overflow(total, sizeof(*piece) + 1, &total))
		return NULL;
	piece = calloc(1, total);
	if (!piece)
		return NULL;
	piece->next = p->pieces;
	p->pieces = piece;
	return piece->data;
}

int im_pool_own(struct im_pool *p, void *object, void (*end)(void *object))
{
	if (!im_pool_alloc(p, 0, 1)) {
		end(object);
		return -ENOMEM;
	}
	p->pieces->object = object;
	p->pieces->end = end;
	return 0;
}

static void end_blob(void *blob)
{
	osci_blob_unref(blob);
}

int im_pool_own_blob(struct im_pool *p, struct osci_blob *blob)
{
	return im_pool_own(p, blob, end_blob);
}

void *im_pool_copy(struct im_pool *p, const void *data, size_t len)
{
	char *copy = im_pool_alloc(p, len, 1);

	if (copy && len)
		memcpy(copy, data, len);
	return copy;
}

char *im_pool_text(struct im_pool *p, const char *s)
{
	return s ? im_pool_copy(p, s, strlen(s)) : NULL;
}
