/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mime - multipart/related as OSCI uses it: MIME headers inside the HTTP body
 *
 * The reader is a push parser: feed octets at any split, events come out.
 * osci_mime_parse() collects the parts of a message held in memory with it.
 * Accepts what the reference implementation writes:
 * unquoted boundary with + / =, leading empty lines, "8-bit", wrong part
 * Content-Length, epilogue; refuses everything else.
 */
#ifndef OSCI_MIME_MIME_H
#define OSCI_MIME_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include <osci/err.h>
#include <osci/limits.h>
#include "base/buf.h"

struct osci_mime_head {
	char content_id[260];   /* without < >; "" never */
	char content_type[128]; /* lower case type/subtype */
	char charset[32];       /* lower case or "" */
	bool base64;            /* transfer encoding base64, or type text/base64 */
};

struct osci_mime_events {
	/* 0 to go on; another value stops the reader and is returned by feed. */
	int (*part_begin)(void *arg, const struct osci_mime_head *head);
	int (*part_data)(void *arg, const void *data, size_t len); /* transfer encoding removed */
	int (*part_end)(void *arg);
};

struct osci_mime_reader;
int osci_mime_reader_new(struct osci_mime_reader **ret, const struct osci_limits *limits,
			 const struct osci_mime_events *events, void *arg);
int osci_mime_reader_feed(struct osci_mime_reader *r, const void *data, size_t len,
			  struct osci_err *err);
int osci_mime_reader_finish(struct osci_mime_reader *r, struct osci_err *err); /* end of input */
void osci_mime_reader_freep(struct osci_mime_reader **r);

struct osci_mime_part {
	struct osci_mime_head head;
	unsigned char *data; /* decoded octets, NUL behind them */
	size_t len;
};

struct osci_mime {
	struct osci_mime_part *parts; /* [0] is the root part; at least one */
	size_t n_parts;
	bool bare; /* input was an envelope without MIME */
};

/* A body that starts with '<' (after BOM and blanks) is a bare envelope: one part "osci@message". */
int osci_mime_parse(struct osci_mime **ret, const void *data, size_t len,
		    const struct osci_limits *limits, struct osci_err *err);
void osci_mime_freep(struct osci_mime **m);
/* Index of the part with this Content-ID, or -1. */
long osci_mime_find(const struct osci_mime *m, const char *content_id);

/* --- writer --- */
/* Fresh boundary of RFC 2046 safe characters, from the CSPRNG. @out of at least 72. */
int osci_mime_boundary(char *out, size_t size);
/* MIME head and root part head; then append the envelope; then parts; then the end. */
void osci_mime_write_begin(struct osci_buf *out, const char *boundary);
void osci_mime_write_part(struct osci_buf *out, const char *boundary, const char *content_id,
			  const void *data, size_t len); /* application/octet-stream, binary */
/* Head alone; the caller appends @len octets. */
void osci_mime_write_part_head(struct osci_buf *out, const char *boundary, const char *content_id, size_t len);
void osci_mime_write_end(struct osci_buf *out, const char *boundary);

#endif
