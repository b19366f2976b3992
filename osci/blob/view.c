/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view - parts of blobs in a row
 *
 * A slice and a concatenation are the same thing: a list of pieces of blobs that are no views themselves.
 * A view of views takes over their pieces, so that nothing ever nests, whatever is put together; neighbours
 * join again.  A read finds its first piece by halving.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "blob/priv.h"

#define PIECES_MAX ((size_t)1 << 20)

struct view {
	struct piece *pieces;
	size_t n;
};

static size_t find_piece(const struct view *v, uint64_t offset)
{
	size_t low = 0, high = v->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (v->pieces[mid].start <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static int view_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	const struct view *v = self;
	char *out = buf;
	size_t i;
	int r;

	for (i = find_piece(v, offset); len > 0; i++) {
		const struct piece *p = &v->pieces[i];
		uint64_t skip = offset - p->start;
		size_t n = p->len - skip < len ? (size_t)(p->len - skip) : len;

		r = osci_blob_read(p->base, p->offset + skip, out, n, err);
		if (r)
			return r;
		out += n;
		offset += n;
		len -= n;
	}
	return 0;
}

static const unsigned char *view_data(const void *self)
{
	const struct view *v = self;
	const unsigned char *data;

	if (v->n != 1)
		return NULL;
	data = osci_blob_data(v->pieces[0].base);
	return data ? data + v->pieces[0].offset : NULL;
}

static void view_free(void *self)
{
	struct view *v = self;
	size_t i;

	for (i = 0; i < v->n; i++)
		osci_blob_unref(v->pieces[i].base);
	free(v->pieces);
	free(v);
}

static void view_freep(struct view **v)
{
	if (*v)
		view_free(*v);
}

static const struct osci_blob_ops view_ops = { view_read, view_free, view_data };

const struct piece *blob_pieces(const struct osci_blob *b, size_t *ret_n)
{
	const struct view *v = osci_blob_self(b, &view_ops);

	if (!v)
		return NULL;
	*ret_n = v->n;
	return v->pieces;
}

static struct view *view_new(size_t room)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->pieces = reallocarray(NULL, room ? room : 1, sizeof(*v->pieces));
	if (!v->pieces) {
		free(v);
		return NULL;
	}
	return v;
}

static uint64_t view_end(const struct view *v)
{
	return v->n ? v->pieces[v->n - 1].start + v->pieces[v->n - 1].len : 0;
}

static void add_piece(struct view *v, struct osci_blob *base, uint64_t offset, uint64_t len)
{
	struct piece *last = v->n ? &v->pieces[v->n - 1] : NULL;

	if (len == 0)
		return;
	if (last && last->base == base && last->offset + last->len == offset) {
		last->len += len;
		return;
	}
	v->pieces[v->n] = (struct piece){ osci_blob_ref(base), offset, len, view_end(v) };
	v->n++;
}

/* Number of pieces that a view of @b takes over. */
static size_t count_pieces(const struct osci_blob *b)
{
	size_t n = 1;

	blob_pieces(b, &n);
	return n;
}

/* There is room for all pieces of @b. */
static void add_range(struct view *v, struct osci_blob *b, uint64_t offset, uint64_t len)
{
	const struct piece *p;
	size_t n, i;

	p = blob_pieces(b, &n);
	if (!p) {
		add_piece(v, b, offset, len);
		return;
	}
	for (i = 0; i < n && len > 0; i++) {
		uint64_t skip, take;

		if (p[i].start + p[i].len <= offset)
			continue;
		skip = offset - p[i].start;
		take = p[i].len - skip < len ? p[i].len - skip : len;
		add_piece(v, p[i].base, p[i].offset + skip, take);
		offset += take;
		len -= take;
	}
}

/* Nothing at all lies in memory, and all of one blob is this blob. */
static int finish(struct view **v, struct osci_blob **ret)
{
	const struct piece *p = (*v)->pieces;
	struct view *done = *v;

	if (done->n == 0)
		return osci_blob_copy(ret, NULL, 0);
	if (done->n == 1 && p->offset == 0 && p->len == osci_blob_len(p->base)) {
		*ret = osci_blob_ref(p->base);
		return 0;
	}
	*v = NULL;
	return osci_blob_new(ret, &view_ops, done, view_end(done));
}

int osci_blob_slice(struct osci_blob **ret, struct osci_blob *whole, uint64_t offset, uint64_t len, struct osci_err *err)
{
	_cleanup_(view_freep) struct view *v = NULL;

	if (offset > osci_blob_len(whole) || len > osci_blob_len(whole) - offset)
		return osci_fail(err, OSCI_E_USAGE, NULL, "blob", "slice reaches behind the end");
	v = view_new(count_pieces(whole));
	if (!v)
		return osci_fail(err, -ENOMEM, NULL, "blob", "no memory");
	add_range(v, whole, offset, len);
	return finish(&v, ret);
}

int osci_blob_concat(struct osci_blob **ret, struct osci_blob *const *parts, size_t n)
{
	_cleanup_(view_freep) struct view *v = NULL;
	uint64_t len = 0;
	size_t room = 0, i;

	for (i = 0; i < n; i++) {
		room += count_pieces(parts[i]);
		if (room > PIECES_MAX || osci_blob_len(parts[i]) > INT64_MAX - len)
			return OSCI_E_LIMIT;
		len += osci_blob_len(parts[i]);
	}
	v = view_new(room);
	if (!v)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		add_range(v, parts[i], 0, osci_blob_len(parts[i]));
	return finish(&v, ret);
}
