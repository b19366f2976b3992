/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse - a whole message held in memory, split into its parts
 *
 * Stands on the push reader: one way of understanding MIME.  A bare envelope without MIME is
 * taken as a message of one part.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mime/mime.h"

struct collector {
	struct osci_mime *m;
	size_t cap;
	struct osci_buf body; /* of the part being read */
};

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
	return 0;
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct collector *c = arg;

	osci_buf_add(&c->body, data, len);
	return osci_buf_error(&c->body);
}

static int part_end(void *arg)
{
	struct collector *c = arg;
	struct osci_mime_part *part = &c->m->parts[c->m->n_parts - 1];

	part->data = (unsigned char *)osci_buf_take(&c->body, &part->len);
	return part->data ? 0 : osci_buf_error(&c->body);
}

void osci_mime_freep(struct osci_mime **pm)
{
	struct osci_mime *m = *pm;
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n_parts; i++)
		free(m->parts[i].data);
	free(m->parts);
	free(m);
	*pm = NULL;
}

/* First octet of a bare envelope, or NULL. */
static const char *find_bare(const char *s, size_t len)
{
	const char *end = s + len;

	if (len >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
		s += 3;
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n'))
		s++;
	return s < end && *s == '<' ? s : NULL;
}

static int parse_bare(struct collector *c, const char *s, size_t len)
{
	static const struct osci_mime_head head = {
		.content_id = "osci@message", .content_type = "text/xml", .charset = "utf-8",
	};
	int r;

	c->m->bare = true;
	r = part_begin(c, &head);
	if (!r)
		r = part_data(c, s, len);
	return r ? r : part_end(c);
}

static int parse_multipart(struct collector *c, const void *data, size_t len, const struct osci_limits *limits,
			   struct osci_err *err)
{
	static const struct osci_mime_events events = { part_begin, part_data, part_end };
	_cleanup_(osci_mime_reader_freep) struct osci_mime_reader *reader = NULL;
	int r = osci_mime_reader_new(&reader, limits, &events, c);

	if (!r)
		r = osci_mime_reader_feed(reader, data, len, err);
	if (!r)
		r = osci_mime_reader_finish(reader, err);
	return r;
}

int osci_mime_parse(struct osci_mime **ret, const void *data, size_t len, const struct osci_limits *limits,
		    struct osci_err *err)
{
	_cleanup_(osci_mime_freep) struct osci_mime *m = calloc(1, sizeof(*m));
	struct collector c = { .m = m, .body = OSCI_BUF_INIT(len) };
	const char *bare = find_bare(data, len);
	int r;

	if (!m)
		return -ENOMEM;
	if (bare)
		r = parse_bare(&c, bare, len - (size_t)(bare - (const char *)data));
	else
		r = parse_multipart(&c, data, len, limits, err);
	osci_buf_free(&c.body);
	if (r)
		return r;
	*ret = m;
	m = NULL;
	return 0;
}

long osci_mime_find(const struct osci_mime *m, const char *content_id)
{
	size_t i;

	for (i = 0; i < m->n_parts; i++)
		if (!strcmp(m->parts[i].head.content_id, content_id))
			return (long)i;
	return -1;
}
