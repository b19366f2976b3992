/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse - a message of any size, split into its parts
 *
 * Stands on the push reader: one way of understanding MIME.  A scan finds out where the parts are, while the body arrives
 * or is read once in pieces; parts without a transfer encoding are slices of it.  A bare envelope without MIME is taken
 * as a message of one part, if the body is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blob/blob.h"
#include "mime/priv.h"

/* Where a part stands in the body; its blob is made when all of that is there. */
struct place {
	uint64_t offset, len;
};

struct osci_mime_scan {
	struct osci_mime *m;
	struct place *places; /* one for each part */
	size_t cap;
	size_t root_max;
	bool begun;
	bool in_memory; /* the body lies there, and so will every part */
	struct osci_mime_reader *reader;
	struct osci_buf plain; /* of a part in base64, as long as it goes into memory */
	bool large;            /* it does not */
	const struct osci_mime_events *also; /* NULL = nobody else is told */
	void *arg;
	struct osci_err *err; /* of the call under way */
};

static bool is_root(const struct osci_mime_scan *c)
{
	return c->m->n_parts == 1;
}

static int part_begin(void *arg, const struct osci_mime_head *head)
{
	struct osci_mime_scan *c = arg;

	if (c->m->n_parts == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 2;
		void *parts = reallocarray(c->m->parts, cap, sizeof(*c->m->parts));
		void *places = parts ? reallocarray(c->places, cap, sizeof(*c->places)) : NULL;

		if (parts)
			c->m->parts = parts;
		if (!places)
			return -ENOMEM;
		c->places = places;
		c->cap = cap;
	}
	osci_mime_reader_range(c->reader, &c->places[c->m->n_parts].offset, &c->places[c->m->n_parts].len);
	c->m->parts[c->m->n_parts++] = (struct osci_mime_part){ .head = *head };
	c->large = false;
	return c->also && !is_root(c) ? c->also->part_begin(c->arg, head) : 0;
}

static int too_large(struct osci_mime_scan *c)
{
	return osci_fail(c->err, OSCI_E_LIMIT, "9100", "MIME", "root part over %zu octets", c->root_max);
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct osci_mime_scan *c = arg;
	int r = c->also && !is_root(c) ? c->also->part_data(c->arg, data, len) : 0;

	if (r || !c->m->parts[c->m->n_parts - 1].head.base64 || c->large)
		return r;
	if (is_root(c) && c->plain.len + len > c->root_max)
		return too_large(c);
	if (!is_root(c) && !c->in_memory && c->plain.len + len > OSCI_MIME_MEMORY) {
		c->large = true;
		osci_buf_free(&c->plain);
		return 0;
	}
	osci_buf_add(&c->plain, data, len);
	return osci_buf_error(&c->plain);
}

static int end_at(struct osci_mime_scan *c, uint64_t offset, uint64_t len)
{
	struct osci_mime_part *part = &c->m->parts[c->m->n_parts - 1];

	c->places[c->m->n_parts - 1] = (struct place){ offset, len };
	if (part->head.base64 && !c->large)
		return osci_blob_take_buf(&part->blob, &c->plain);
	return is_root(c) && len > c->root_max ? too_large(c) : 0;
}

static int part_end(void *arg)
{
	struct osci_mime_scan *c = arg;
	uint64_t offset, len;
	int r;

	osci_mime_reader_range(c->reader, &offset, &len);
	r = end_at(c, offset, len);
	return !r && c->also && !is_root(c) ? c->also->part_end(c->arg) : r;
}

void osci_mime_freep(struct osci_mime **pm)
{
	struct osci_mime *m = *pm;
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n_parts; i++)
		osci_blob_unref(m->parts[i].blob);
	free(m->parts);
	free(m);
	*pm = NULL;
}

int osci_mime_copy(struct osci_mime **ret, const struct osci_mime *m)
{
	struct osci_mime *copy = malloc(sizeof(*copy));
	size_t i;

	*ret = NULL;
	if (copy)
		*copy = *m;
	if (copy)
		copy->parts = reallocarray(NULL, m->n_parts, sizeof(*copy->parts));
	if (!copy || !copy->parts) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy->parts, m->parts, m->n_parts * sizeof(*copy->parts));
	for (i = 0; i < m->n_parts; i++)
		osci_blob_ref(copy->parts[i].blob);
	*ret = copy;
	return 0;
}

/* --- while it arrives ------------------------------------------------------ */

int osci_mime_scan_new(struct osci_mime_scan **ret, const struct osci_limits *limits,
		       const struct osci_mime_events *also, void *arg)
{
	static const struct osci_mime_events events = { part_begin, part_data, part_end };
	_cleanup_(osci_mime_scan_freep) struct osci_mime_scan *c = calloc(1, sizeof(*c));
	int r;

	*ret = NULL;
	if (!c)
		return -ENOMEM;
	c->m = calloc(1, sizeof(*c->m));
	if (!c->m)
		return -ENOMEM;
	r = osci_mime_reader_new(&c->reader, limits, &events, c);
	if (r)
		return r;
	c->root_max = limits->xml_bytes;
	c->also = also;
	c->arg = arg;
	osci_buf_init_secret(&c->plain, SIZE_MAX - 1); /* root_max, OSCI_MIME_MEMORY and the body bound it */
	*ret = c;
	c = NULL;
	return 0;
}

void osci_mime_scan_freep(struct osci_mime_scan **scan)
{
	struct osci_mime_scan *c = *scan;

	*scan = NULL;
	if (!c)
		return;
	osci_mime_reader_freep(&c->reader);
	osci_mime_freep(&c->m);
	osci_buf_free(&c->plain);
	free(c->places);
	free(c);
}

int osci_mime_scan_feed(struct osci_mime_scan *c, const void *data, size_t len, struct osci_err *err)
{
	const unsigned char *first = data;

	c->err = err;
	/* What begins otherwise may become a bare envelope, or be one. */
	if (!c->begun && len > 0 && !(first[0] >= 'A' && first[0] <= 'Z') && !(first[0] >= 'a' && first[0] <= 'z'))
		return osci_fail(err, OSCI_E_MALFORMED, "9100", "MIME", "no field at the beginning");
	c->begun |= len > 0;
	return osci_mime_reader_feed(c->reader, data, len, err);
}

const struct osci_mime *osci_mime_scan_parts(const struct osci_mime_scan *c)
{
	return c->m;
}

void osci_mime_scan_place(const struct osci_mime_scan *c, size_t part, uint64_t *offset, uint64_t *len)
{
	*offset = c->places[part].offset;
	*len = c->places[part].len;
}

/* A root part that lies elsewhere comes into memory. */
static int root_part(struct osci_mime_part *part, struct osci_err *err)
{
	uint64_t len = osci_blob_len(part->blob);
	unsigned char *data;
	int r;

	if (osci_blob_data(part->blob))
		return 0;
	data = malloc((size_t)len);
	if (!data)
		return -ENOMEM;
	r = osci_blob_read(part->blob, 0, data, (size_t)len, err);
	osci_blob_unrefp(&part->blob);
	if (!r)
		return osci_blob_take(&part->blob, data, (size_t)len, true);
	explicit_bzero(data, (size_t)len);
	free(data);
	return r;
}

static int place_part(struct osci_mime_part *part, const struct place *place, struct osci_blob *body, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *text = NULL;
	int r;

	if (part->blob)
		return 0;
	r = osci_blob_slice(part->head.base64 ? &text : &part->blob, body, place->offset, place->len, err);
	return !r && part->head.base64 ? mime_base64_view(&part->blob, text, err) : r;
}

int osci_mime_scan_end(struct osci_mime_scan *c, struct osci_err *err)
{
	c->err = err;
	return osci_mime_reader_finish(c->reader, err);
}

int osci_mime_scan_take(struct osci_mime_scan *c, struct osci_blob *body, struct osci_mime **ret, struct osci_err *err)
{
	size_t i;
	int r;

	for (i = 0; i < c->m->n_parts; i++) {
		struct osci_mime_part *part = &c->m->parts[i];

		r = place_part(part, &c->places[i], body, err);
		if (!r && i == 0)
			r = root_part(part, err);
		if (r)
			return r;
		part->data = osci_blob_data(part->blob);
		part->len = (size_t)osci_blob_len(part->blob);
	}
	*ret = c->m;
	c->m = NULL;
	return 0;
}

/* --- when it is there ------------------------------------------------------ */

/* Offset of the first octet of a bare envelope, or -1. */
static long find_bare(const unsigned char *s, size_t len)
{
	size_t i = len >= 3 && !memcmp(s, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n'))
		i++;
	return i < len && s[i] == '<' ? (long)i : -1;
}

static int scan_bare(struct osci_mime_scan *c, uint64_t at, uint64_t len)
{
	static const struct osci_mime_head head = {
		.content_id = "osci@message", .content_type = "text/xml", .charset = "utf-8",
	};
	int r;

	c->m->bare = true;
	r = part_begin(c, &head);
	return r ? r : end_at(c, at, len - at);
}

/* The first @n octets are at @data, and all of them if the body lies in memory; else @data is room for pieces. */
static int scan_multipart(struct osci_mime_scan *c, const struct osci_blob *body, unsigned char *room,
			  const unsigned char *data, size_t n, struct osci_err *err)
{
	uint64_t at = 0, len = osci_blob_len(body);
	int r;

	for (;;) {
		r = osci_mime_reader_feed(c->reader, data, n, err);
		at += n;
		if (r || at == len)
			break;
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		r = osci_blob_read(body, at, room, n, err);
		if (r)
			break;
	}
	return r ? r : osci_mime_scan_end(c, err);
}

static int scan_body(struct osci_mime_scan *c, const struct osci_blob *body, struct osci_err *err)
{
	const unsigned char *data = osci_blob_data(body);
	uint64_t len = osci_blob_len(body);
	size_t n = data || len < OSCI_BLOB_CHUNK ? (size_t)len : OSCI_BLOB_CHUNK;
	_cleanup_(osci_freep) unsigned char *room = NULL;
	long bare;
	int r;

	if (!data) {
		room = malloc(OSCI_BLOB_CHUNK);
		if (!room)
			return -ENOMEM;
		r = osci_blob_read(body, 0, room, n, err);
		if (r)
			return r;
		data = room;
	}
	/* Looked for in the first piece alone: the answer does not depend on where the body lies. */
	bare = find_bare(data, n < OSCI_BLOB_CHUNK ? n : OSCI_BLOB_CHUNK);
	r = bare >= 0 ? scan_bare(c, (uint64_t)bare, len) : scan_multipart(c, body, room, data, n, err);
	if (room)
		explicit_bzero(room, OSCI_BLOB_CHUNK); /* may have been decrypted */
	return r;
}

int osci_mime_parse(struct osci_mime **ret, struct osci_blob *body, const struct osci_limits *limits,
		    const struct osci_mime_events *also, void *arg, struct osci_err *err)
{
	_cleanup_(osci_mime_scan_freep) struct osci_mime_scan *c = NULL;
	bool in_memory = osci_blob_data(body) != NULL;
	int r = osci_mime_scan_new(&c, limits, in_memory ? NULL : also, arg);

	if (r)
		return r;
	c->in_memory = in_memory;
	c->err = err;
	r = scan_body(c, body, err);
	return r ? r : osci_mime_scan_take(c, body, ret, err);
}
