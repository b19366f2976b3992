/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool - chunks of growing size; what does not fit into one gets its own
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/err.h>
#include "base/pool.h"

#define CHUNK_MIN 4096u
#define CHUNK_MAX (256u << 10)
#define ALIGN	  16u

struct osci_pool_chunk {
	struct osci_pool_chunk *next;
	size_t size, used;
	_Alignas(ALIGN) unsigned char data[];
};

static void *fail(struct osci_pool *a, int error)
{
	a->error = error;
	return NULL;
}

static struct osci_pool_chunk *chunk_for(struct osci_pool *a, size_t n)
{
	struct osci_pool_chunk *c = a->chunks;
	size_t size = c ? c->size * 2 : CHUNK_MIN;

	if (c && c->size - c->used >= n)
		return c;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < n)
		size = n;
	c = calloc(1, sizeof(*c) + size);
	if (!c)
		return fail(a, -ENOMEM);
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *osci_pool_array(struct osci_pool *a, size_t n, size_t size)
{
	size_t all;

	if (a->error)
		return NULL;
	if (__builtin_mul_overflow(n, size, &all) || all > SIZE_MAX - ALIGN)
		return fail(a, OSCI_E_LIMIT);
	all = all ? (all + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
	if (all > a->max - a->used)
		return fail(a, OSCI_E_LIMIT);
	struct osci_pool_chunk *c = chunk_for(a, all);
	if (!c)
		return NULL;
	void *ret = c->data + c->used;
	c->used += all;
	a->used += all;
	return ret;
}

char *osci_pool_dup(struct osci_pool *a, const char *s, size_t len)
{
	char *copy = s && len < SIZE_MAX ? osci_pool_array(a, len + 1, 1) : NULL;

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *osci_pool_text(struct osci_pool *a, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	char *ret = len < 0 ? fail(a, -ENOMEM) : osci_pool_array(a, (size_t)len + 1, 1);
	if (ret)
		vsnprintf(ret, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return ret;
}

void osci_pool_free(struct osci_pool *a)
{
	while (a->chunks) {
		struct osci_pool_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	a->used = 0;
	a->error = 0;
}
