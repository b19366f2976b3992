/* SPDX-License-Identifier: Apache-2.0 */
/* arena - everything an open message points to, freed together */
#include <errno.h>
#include <stdlib.h>

#include "wire/read.h"

int osci_arena_keep(struct osci_arena *a, void *p)
{
	void **items;

	if (!p)
		return 0;
	if (a->n == a->cap) {
		size_t cap = a->cap ? 2 * a->cap : 64;

		items = reallocarray(a->items, cap, sizeof(*items));
		if (!items) {
			free(p);
			return -ENOMEM;
		}
		a->items = items;
		a->cap = cap;
	}
	a->items[a->n++] = p;
	return 0;
}

void *osci_arena_alloc(struct osci_arena *a, size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	return p && osci_arena_keep(a, p) == 0 ? p : NULL;
}

char *osci_arena_copy(struct osci_arena *a, const void *data, size_t len)
{
	char *p = osci_arena_alloc(a, len + 1, 1);

	if (p && len)
		memcpy(p, data, len);
	return p;
}

void osci_arena_free(struct osci_arena *a)
{
	while (a->n > 0)
		free(a->items[--a->n]);
	free(a->items);
	a->items = NULL;
	a->cap = 0;
}
