/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob - the counted object, and octets in memory
 *
 * Every read of every kind comes through osci_blob_read(), which alone checks the range.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "blob/priv.h"

struct osci_blob {
	atomic_uint refs;
	const struct osci_blob_ops *ops;
	void *self;
	uint64_t len;
};

int osci_blob_new(struct osci_blob **ret, const struct osci_blob_ops *ops, void *self, uint64_t len)
{
	struct osci_blob *b = malloc(sizeof(*b));

	if (!b) {
		if (ops->free)
			ops->free(self);
		return -ENOMEM;
	}
	atomic_init(&b->refs, 1);
	b->ops = ops;
	b->self = self;
	b->len = len;
	*ret = b;
	return 0;
}

struct osci_blob *osci_blob_ref(struct osci_blob *b)
{
	if (b)
		atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

struct osci_blob *osci_blob_unref(struct osci_blob *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	if (b->ops->free)
		b->ops->free(b->self);
	free(b);
	return NULL;
}

void osci_blob_unrefp(struct osci_blob **b)
{
	*b = osci_blob_unref(*b);
}

uint64_t osci_blob_len(const struct osci_blob *b)
{
	return b->len;
}

int osci_blob_read(const struct osci_blob *b, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	if (offset > b->len || len > b->len - offset)
		return osci_fail(err, -EIO, NULL, "blob", "read behind the end");
	return len ? b->ops->read(b->self, offset, buf, len, err) : 0;
}

const unsigned char *osci_blob_data(const struct osci_blob *b)
{
	return b->ops->data ? b->ops->data(b->self) : NULL;
}

const void *osci_blob_self(const struct osci_blob *b, const struct osci_blob_ops *ops)
{
	return b->ops == ops ? b->self : NULL;
}

/* --- octets in memory ---------------------------------------------------- */

struct memory {
	unsigned char *data;
	size_t len;
	bool secret;
};

static int memory_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	const struct memory *m = self;

	memcpy(buf, m->data + offset, len);
	return 0;
}

static const unsigned char *memory_data(const void *self)
{
	return ((const struct memory *)self)->data;
}

static void memory_free(void *self)
{
	struct memory *m = self;

	if (m->secret && m->data)
		explicit_bzero(m->data, m->len);
	free(m->data);
	free(m);
}

int osci_blob_take(struct osci_blob **ret, void *data, size_t len, bool secret)
{
	static const struct osci_blob_ops ops = { memory_read, memory_free, memory_data };
	struct memory *m = malloc(sizeof(*m));

	if (!data)
		data = calloc(1, 1); /* an empty blob lies in memory, too */
	if (!m || !data) {
		if (data && secret)
			explicit_bzero(data, len);
		free(data);
		free(m);
		return -ENOMEM;
	}
	*m = (struct memory){ .data = data, .len = len, .secret = secret };
	return osci_blob_new(ret, &ops, m, len);
}

int osci_blob_copy(struct osci_blob **ret, const void *data, size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);

	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, data, len);
	return osci_blob_take(ret, copy, len, false);
}

int osci_blob_take_buf(struct osci_blob **ret, struct osci_buf *b)
{
	size_t len;
	char *data = osci_buf_take(b, &len);

	return data ? osci_blob_take(ret, data, len, b->secret) : osci_buf_error(b);
}
