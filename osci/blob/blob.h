/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob - kinds of blobs, sinks and streams of one's own
 *
 * Another room makes a blob, a sink or a stream by a small table of functions: a view that decrypts while it is
 * read, a body opened while it arrives, a message written while it is sent.  Ranges, lengths and ends are checked here,
 * once for every kind.
 */
#ifndef OSCI_BLOB_BLOB_H
#define OSCI_BLOB_BLOB_H

#include <osci/blob.h>
#include "base/buf.h"

struct osci_blob_ops {
	/* Exactly @len octets, @len > 0, inside the length; called by several threads at once, so @self is not changed. */
	int (*read)(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err);
	void (*free)(void *self); /* NULL = nothing to free */
	/* All octets in one piece of memory; NULL = this kind does not lie there. */
	const unsigned char *(*data)(const void *self);
};

/* Takes @self, on failure too: what it is made of is freed by ops->free.  @ops is static. */
int osci_blob_new(struct osci_blob **ret, const struct osci_blob_ops *ops, void *self, uint64_t len);

/* Takes what @b holds, which is empty then, on failure too; wiped in the end if @b is secret. */
int osci_blob_take_buf(struct osci_blob **ret, struct osci_buf *b);

/* What a blob of this kind is made of, or NULL if @b is of another one. */
const void *osci_blob_self(const struct osci_blob *b, const struct osci_blob_ops *ops);

struct osci_sink_ops {
	/* @len > 0 octets, within the maximum.  Not called again after a failure. */
	int (*add)(void *self, const void *data, size_t len, struct osci_err *err);
	/* At most once and only if nothing has failed; free follows. */
	int (*done)(void *self, struct osci_blob **ret, struct osci_err *err);
	void (*free)(void *self);
};

/* Takes @self, on failure too. */
int osci_sink_of(struct osci_sink **ret, const struct osci_sink_ops *ops, void *self, uint64_t max);

struct osci_stream_ops {
	/*
	 * Up to @size octets, 0 < @size <= what is left; *@ret_n 0 is an error, as the length is known.  Not
	 * called again after a failure or behind the end.
	 */
	int (*read)(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err);
	void (*free)(void *self); /* NULL = nothing to free */
};

/* Takes @self, on failure too.  @len: all octets that read will give. */
int osci_stream_new(struct osci_stream **ret, const struct osci_stream_ops *ops, void *self, uint64_t len);

#endif
