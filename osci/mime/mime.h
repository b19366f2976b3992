/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mime - multipart/related as OSCI uses it: MIME headers inside the HTTP body
 *
 * The reader is a push parser: feed octets at any split, events come out.
 * osci_mime_parse() finds the parts of a message of any size with it.
 * Accepts what the reference implementation writes:
 * unquoted boundary with + / =, leading empty lines, "8-bit", wrong part
 * Content-Length, epilogue; refuses everything else.
 */
#ifndef OSCI_MIME_MIME_H
#define OSCI_MIME_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/blob.h>
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
/* In part_end: where the part stands in all that was fed, with its transfer encoding; in part_begin the offset. */
void osci_mime_reader_range(const struct osci_mime_reader *r, uint64_t *offset, uint64_t *len);
void osci_mime_reader_freep(struct osci_mime_reader **r);

struct osci_mime_part {
	struct osci_mime_head head;
	struct osci_blob *blob;    /* transfer encoding removed */
	const unsigned char *data; /* the same if it lies in memory, else NULL; the root part always does */
	size_t len;
};

struct osci_mime {
	struct osci_mime_part *parts; /* [0] is the root part; at least one */
	size_t n_parts;
	bool bare; /* input was an envelope without MIME */
};

/*
 * Parts as they stand are slices of @body.  base64 is decoded into memory if @body lies there or the part has at
 * most OSCI_MIME_MEMORY octets, else whenever it is read.  The root part has at most limits->xml_bytes.
 * A body that starts with '<' (after BOM and blanks) is a bare envelope: one part "osci@message".
 * @also (may be NULL) gets the events of the parts behind the root of a @body that does not lie in memory, so that they
 * need not be read again; what it returns counts as with the reader.
 */
int osci_mime_parse(struct osci_mime **ret, struct osci_blob *body, const struct osci_limits *limits,
		    const struct osci_mime_events *also, void *arg, struct osci_err *err);
#define OSCI_MIME_MEMORY ((size_t)1 << 20)
void osci_mime_freep(struct osci_mime **m);
int osci_mime_copy(struct osci_mime **ret, const struct osci_mime *m); /* the same blobs */

/*
 * The same while the body arrives, in any pieces; it begins with a field, is no bare envelope and will not lie in memory.
 * After a failure of feed or end there is nothing to take.
 */
struct osci_mime_scan;
int osci_mime_scan_new(struct osci_mime_scan **ret, const struct osci_limits *limits,
		       const struct osci_mime_events *also, void *arg);
int osci_mime_scan_feed(struct osci_mime_scan *s, const void *data, size_t len, struct osci_err *err);
int osci_mime_scan_end(struct osci_mime_scan *s, struct osci_err *err); /* end of input */
/* @body: all that was fed.  Once. */
int osci_mime_scan_take(struct osci_mime_scan *s, struct osci_blob *body, struct osci_mime **ret, struct osci_err *err);
/* The parts that have begun, without blobs. */
const struct osci_mime *osci_mime_scan_parts(const struct osci_mime_scan *s);
/* Where a part stands in all that was fed; its length from part_end on. */
void osci_mime_scan_place(const struct osci_mime_scan *s, size_t part, uint64_t *offset, uint64_t *len);
void osci_mime_scan_freep(struct osci_mime_scan **s);
#define OSCI_MIME_HELD 80 /* octets: an end of a part is seen at most so many behind it */

/* --- writer --- */
/* Fresh boundary of RFC 2046 safe characters, from the CSPRNG. @out of at least 72. */
int osci_mime_boundary(char *out, size_t size);
/* MIME head and root part head; then append the envelope; then parts; then the end. */
void osci_mime_write_begin(struct osci_buf *out, const char *boundary);
/* Head of application/octet-stream, binary; the caller appends @len octets. */
void osci_mime_write_part_head(struct osci_buf *out, const char *boundary, const char *content_id, uint64_t len);
void osci_mime_write_end(struct osci_buf *out, const char *boundary);

#endif
