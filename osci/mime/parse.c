/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse - a message of any size, split into its parts
 *
 * Stands on the push reader: one way of understanding MIME.  The body is read once, in pieces; parts without a
 * transfer encoding are slices of it.  A bare envelope without MIME is taken as a message of one part.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blob/blob.h"
#include "mime/priv.h"

struct collector {
	struct osci_mime *m;
	size_t cap;
	struct osci_blob *body;
	size_t root_max;
	struct osci_mime_reader *reader;
	struct osci_buf plain; /* of a part in base64, as long as it goes into memory */
	bool large;            /* it does not */
	const struct osci_mime_events *also; /* NULL = nobody else is told */
	void *arg;
	struct osci_err *err;
};

static bool is_root(const struct collector *c)
{
	return c->m->n_parts == 1;
}

static int part_begin(void *arg, const struct osci_mime_head *head)
{
	struct collector *c = arg;

	if (c->m->n_parts == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 2;
		struct osci_mime_part *parts = reallocarray(c->m->parts, cap, sizeof(*parts));

		if (!parts)
			return -ENOMEM;
		c->m->parts = parts;
		c->cap = cap;
	}
	c->m->parts[c->m->n_parts++] = (struct osci_mime_part){ .head = *head };
	c->large = false;
	return c->also && !is_root(c) ? c->also->part_begin(c->arg, head) : 0;
}

static int too_large(struct collector *c)
{
	return osci_fail(c->err, OSCI_E_LIMIT, "9100", "MIME", "root part over %zu octets", c->root_max);
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct collector *c = arg;
	int r = c->also && !is_root(c) ? c->also->part_data(c->arg, data, len) : 0;

	if (r || !c->m->parts[c->m->n_parts - 1].head.base64 || c->large)
		return r;
	if (is_root(c) && c->plain.len + len > c->root_max)
		return too_large(c);
	if (!is_root(c) && !osci_blob_data(c->body) && c->plain.len + len > OSCI_MIME_MEMORY) {
		c->large = true;
		osci_buf_free(&c->plain);
		return 0;
	}
	osci_buf_add(&c->plain, data, len);
	return osci_buf_error(&c->plain);
}

/* A root part that lies elsewhere comes into memory. */
static int root_part(struct collector *c, struct osci_mime_part *part)
{
	uint64_t len = osci_blob_len(part->blob);
	unsigned char *data;
	int r;

	if (len > c->root_max)
		return too_large(c);
	if (osci_blob_data(part->blob))
		return 0;
	data = malloc((size_t)len);
	if (!data)
		return -ENOMEM;
	r = osci_blob_read(part->blob, 0, data, (size_t)len, c->err);
	osci_blob_unrefp(&part->blob);
	if (!r)
		return osci_blob_take(&part->blob, data, (size_t)len, true);
	explicit_bzero(data, (size_t)len);
	free(data);
	return r;
}

static int end_at(struct collector *c, uint64_t offset, uint64_t len)
{
	struct osci_mime_part *part = &c->m->parts[c->m->n_parts - 1];
	_cleanup_(osci_blob_unrefp) struct osci_blob *text = NULL;
	int r;

	if (part->head.base64 && !c->large) {
		r = osci_blob_take_buf(&part->blob, &c->plain);
	} else {
		r = osci_blob_slice(part->head.base64 ? &text : &part->blob, c->body, offset, len, c->err);
		if (!r && part->head.base64)
			r = mime_base64_view(&part->blob, text, c->err);
	}
	if (!r && is_root(c))
		r = root_part(c, part);
	if (r)
		return r;
	part->data = osci_blob_data(part->blob);
	part->len = (size_t)osci_blob_len(part->blob);
	return 0;
}

static int part_end(void *arg)
{
	struct collector *c = arg;
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

/* Offset of the first octet of a bare envelope, or -1. */
static long find_bare(const unsigned char *s, size_t len)
{
	size_t i = len >= 3 && !memcmp(s, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n'))
		i++;
	return i < len && s[i] == '<' ? (long)i : -1;
}

static int parse_bare(struct collector *c, uint64_t at)
{
	static const struct osci_mime_head head = {
		.content_id = "osci@message", .content_type = "text/xml", .charset = "utf-8",
	};
	int r;

	c->m->bare = true;
	r = part_begin(c, &head);
	return r ? r : end_at(c, at, osci_blob_len(c->body) - at);
}

/* The first @n octets are at @data, and all of them if the body lies in memory; else @data is room for pieces. */
static int parse_multipart(struct collector *c, unsigned char *room, const unsigned char *data, size_t n)
{
	uint64_t at = 0, len = osci_blob_len(c->body);
	int r;

	for (;;) {
		r = osci_mime_reader_feed(c->reader, data, n, c->err);
		at += n;
		if (r || at == len)
			break;
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		r = osci_blob_read(c->body, at, room, n, c->err);
		if (r)
			break;
	}
	return r ? r : osci_mime_reader_finish(c->reader, c->err);
}

static int parse_body(struct collector *c)
{
	const unsigned char *data = osci_blob_data(c->body);
	uint64_t len = osci_blob_len(c->body);
	size_t n = data || len < OSCI_BLOB_CHUNK ? (size_t)len : OSCI_BLOB_CHUNK;
	_cleanup_(osci_freep) unsigned char *room = NULL;
	long bare;
	int r;

	if (!data) {
		room = malloc(OSCI_BLOB_CHUNK);
		if (!room)
			return -ENOMEM;
		r = osci_blob_read(c->body, 0, room, n, c->err);
		if (r)
			return r;
		data = room;
	}
	/* Looked for in the first piece alone: the answer does not depend on where the body lies. */
	bare = find_bare(data, n < OSCI_BLOB_CHUNK ? n : OSCI_BLOB_CHUNK);
	r = bare >= 0 ? parse_bare(c, (uint64_t)bare) : parse_multipart(c, room, data, n);
	if (room)
		explicit_bzero(room, OSCI_BLOB_CHUNK); /* may have been decrypted */
	return r;
}

int osci_mime_parse(struct osci_mime **ret, struct osci_blob *body, const struct osci_limits *limits,
		    const struct osci_mime_events *also, void *arg, struct osci_err *err)
{
	static const struct osci_mime_events events = { part_begin, part_data, part_end };
	_cleanup_(osci_mime_freep) struct osci_mime *m = calloc(1, sizeof(*m));
	_cleanup_(osci_mime_reader_freep) struct osci_mime_reader *reader = NULL;
	struct collector c = { .m = m, .body = body, .root_max = limits->xml_bytes, .err = err, .arg = arg };
	int r = m ? osci_mime_reader_new(&reader, limits, &events, &c) : -ENOMEM;

	if (r)
		return r;
	c.reader = reader;
	c.also = osci_blob_data(body) ? NULL : also;
	osci_buf_init_secret(&c.plain, osci_blob_len(body));
	r = parse_body(&c);
	osci_buf_free(&c.plain);
	if (r)
		return r;
	*ret = m;
	m = NULL;
	return 0;
}
