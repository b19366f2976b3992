/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem - region memory of the decision core
 *
 * A request and the persons loaded for it live and die together, so they share one
 * region.  The first failed allocation is remembered; the caller checks once.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/model.h"

#define CHUNK_SIZE 8192

struct sim_chunk {
	struct sim_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char data[];
};

void *sim_alloc(struct sim_mem *mem, size_t size)
{
	const size_t align = _Alignof(max_align_t);

	if (mem->failed || size > SIZE_MAX / 2 - CHUNK_SIZE) {
		mem->failed = true;
		return NULL;
	}
	size = (size + align - 1) / align * align;
	struct sim_chunk *c = mem->head;
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = calloc(1, sizeof(*c) + room);
		if (!c) {
			mem->failed = true;
			return NULL;
		}
		c->size = room;
		c->next = mem->head;
		mem->head = c;
	}
	void *p = c->data + c->used;
	c->used += size;
	return p;
}

char *sim_copy(struct sim_mem *mem, const char *s)
{
	if (!s)
		return NULL;
	size_t len = strlen(s) + 1;
	char *p = sim_alloc(mem, len);
	if (p)
		memcpy(p, s, len);
	return p;
}

void sim_mem_free(struct sim_mem *mem)
{
	while (mem->head) {
		struct sim_chunk *next = mem->head->next;

		free(mem->head);
		mem->head = next;
	}
	mem->failed = false;
}
