/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_reads - a blob that lies in no memory, counts who reads it and fails when told
 */
#ifndef T_READS_H
#define T_READS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blob/blob.h"
#include "lib/t_octet.h"

struct t_reads {
	const unsigned char *data; /* borrowed */
	uint64_t offset;           /* of @data in the blob; t_octet() elsewhere */
	size_t len;
	unsigned reads;            /* so far */
	unsigned fail_at;          /* this read, counted from 1, and all behind it fail; 0 = none */
	unsigned alive;            /* blobs made of it and not yet freed */
	bool memory;               /* it does lie in memory; @offset 0 then */
};

static inline int t_reads_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	struct t_reads *t = *(struct t_reads *const *)self;
	uint64_t at = offset > t->offset ? offset : t->offset, end = offset + len;
	size_t i;

	if (end > t->offset + t->len)
		end = t->offset + t->len;
	if (++t->reads >= t->fail_at && t->fail_at)
		return osci_fail(err, -EIO, NULL, "test", "read %u fails", t->reads);
	for (i = 0; i < len && !(t->len && offset >= t->offset && offset + len <= t->offset + t->len); i++)
		((unsigned char *)buf)[i] = t_octet(offset + i);
	if (at < end)
		memcpy((char *)buf + (at - offset), t->data + (at - t->offset), (size_t)(end - at));
	return 0;
}

static inline const unsigned char *t_reads_data(const void *self)
{
	const struct t_reads *t = *(struct t_reads *const *)self;

	return t->memory ? t->data : NULL;
}

static inline void t_reads_free(void *self)
{
	(*(struct t_reads **)self)->alive--;
	free(self);
}

/* @len octets; NULL = no memory. */
static inline struct osci_blob *t_reads_blob(struct t_reads *t, uint64_t len)
{
	static const struct osci_blob_ops ops = { t_reads_read, t_reads_free, t_reads_data };
	struct t_reads **self = malloc(sizeof(*self));
	struct osci_blob *b = NULL;

	if (!self)
		return NULL;
	*self = t;
	t->alive++;
	return osci_blob_new(&b, &ops, self, len) ? NULL : b;
}

#endif
