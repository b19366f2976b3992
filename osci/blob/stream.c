/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream - octets made while they are read, of known length
 *
 * Whatever the kind: never more than the length is given, less is an error, and after an error nothing
 * more comes.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "blob/blob.h"

struct osci_stream {
	const struct osci_stream_ops *ops;
	void *self;
	uint64_t len, left;
	int error;
};

int osci_stream_new(struct osci_stream **ret, const struct osci_stream_ops *ops, void *self, uint64_t len)
{
	struct osci_stream *s = malloc(sizeof(*s));

	if (!s) {
		if (ops->free)
			ops->free(self);
		return -ENOMEM;
	}
	*s = (struct osci_stream){ .ops = ops, .self = self, .len = len, .left = len };
	*ret = s;
	return 0;
}

void osci_stream_freep(struct osci_stream **stream)
{
	struct osci_stream *s = *stream;

	*stream = NULL;
	if (!s)
		return;
	if (s->ops->free)
		s->ops->free(s->self);
	free(s);
}

uint64_t osci_stream_len(const struct osci_stream *s)
{
	return s->len;
}

int osci_stream_read(struct osci_stream *s, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	size_t n = 0;
	int r;

	*ret_n = 0;
	if (s->error)
		return osci_fail(err, s->error, NULL, "stream", "has failed before");
	if (size > s->left)
		size = (size_t)s->left;
	if (size == 0)
		return 0;
	r = s->ops->read(s->self, buf, size, &n, err);
	if (r == 0 && (n == 0 || n > size))
		r = osci_fail(err, -EIO, NULL, "stream", "ends before its length");
	if (r) {
		s->error = r;
		return r;
	}
	s->left -= n;
	*ret_n = n;
	return 0;
}

/* --- of a blob ----------------------------------------------------------- */

struct of_blob {
	struct osci_blob *blob;
	uint64_t pos;
};

static int of_blob_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	struct of_blob *o = self;
	int r = osci_blob_read(o->blob, o->pos, buf, size, err);

	if (r)
		return r;
	o->pos += size;
	*ret_n = size;
	return 0;
}

static void of_blob_free(void *self)
{
	struct of_blob *o = self;

	osci_blob_unref(o->blob);
	free(o);
}

int osci_stream_of_blob(struct osci_stream **ret, struct osci_blob *b)
{
	static const struct osci_stream_ops ops = { of_blob_read, of_blob_free };
	struct of_blob *o = malloc(sizeof(*o));

	if (!o)
		return -ENOMEM;
	*o = (struct of_blob){ .blob = osci_blob_ref(b) };
	return osci_stream_new(ret, &ops, o, osci_blob_len(b));
}

/* --- to its end ---------------------------------------------------------- */

int osci_stream_to_blob(struct osci_stream *s, struct osci_spool *spool, struct osci_blob **ret, struct osci_err *err)
{
	_cleanup_(osci_sink_freep) struct osci_sink *sink = NULL;
	_cleanup_(osci_freep) void *chunk = malloc(OSCI_BLOB_CHUNK);
	size_t n;
	int r;

	r = chunk ? osci_sink_new(&sink, spool, s->left) : -ENOMEM;
	if (r)
		return osci_fail(err, r, NULL, "stream", "no memory");
	do {
		r = osci_stream_read(s, chunk, OSCI_BLOB_CHUNK, &n, err);
		if (r == 0 && n > 0)
			r = osci_sink_add(sink, chunk, n, err);
	} while (r == 0 && n > 0);
	return r ? r : osci_sink_done(&sink, ret, err);
}

int osci_stream_to_memory(struct osci_stream *s, unsigned char **ret, size_t *ret_len, struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *data = NULL;
	size_t len = 0, n;
	int r;

	if (s->left < SIZE_MAX)
		data = malloc((size_t)s->left + 1);
	if (!data)
		return osci_fail(err, -ENOMEM, NULL, "stream", "no memory");
	do {
		r = osci_stream_read(s, data + len, (size_t)s->left, &n, err);
		if (r)
			return r;
		len += n;
	} while (n > 0);
	data[len] = '\0'; /* for those who take it for text */
	*ret = data;
	*ret_len = len;
	data = NULL;
	return 0;
}
