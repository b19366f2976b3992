/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/blob.h - octets that need not fit into memory
 *
 * A blob is a finished run of octets, wherever it lies: in memory, in a file, or as a view of another
 * one.  A sink is a blob in the making.  A stream is octets made while they are read, once and in order,
 * of known length.  A spool says where large ones lie: unlinked files of one directory, mode 0600.
 *
 * Blobs are reference counted, immutable and may be read by several threads at once.  Nothing is ever mapped
 * into memory, so the resident size does not follow the size of a message.
 */
#ifndef OSCI_BLOB_H
#define OSCI_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OSCI_BLOB_CHUNK 65536u /* octets: what readers and writers move at once */

/* --- blobs ------------------------------------------------------------ */

struct osci_blob;

int osci_blob_copy(struct osci_blob **ret, const void *data, size_t len);
/* Takes malloc()ed octets, on failure too; @secret: wiped before they are freed. */
int osci_blob_take(struct osci_blob **ret, void *data, size_t len, bool secret);
/*
 * Octets of an open regular file from @offset on; takes @fd, on failure too. OSCI_E_LIMIT if the file is shorter.
 * Nobody writes to the file as long as the blob lives: if its size or the time of its last change is another one, reading
 * is -ESTALE.  A new file under the same name is no change of this one.
 */
int osci_blob_file(struct osci_blob **ret, int fd, uint64_t offset, uint64_t len, struct osci_err *err);
/* A part of another blob, or several in a row: views, nothing is copied. */
int osci_blob_slice(struct osci_blob **ret, struct osci_blob *whole, uint64_t offset, uint64_t len, struct osci_err *err);
int osci_blob_concat(struct osci_blob **ret, struct osci_blob *const *parts, size_t n);

struct osci_blob *osci_blob_ref(struct osci_blob *b);
struct osci_blob *osci_blob_unref(struct osci_blob *b); /* NULL allowed, returns NULL */
void osci_blob_unrefp(struct osci_blob **b);

uint64_t osci_blob_len(const struct osci_blob *b);
/* Exactly @len octets; -EIO if the storage fails or @offset + @len lies behind the end, -ESTALE if a file has changed. */
int osci_blob_read(const struct osci_blob *b, uint64_t offset, void *buf, size_t len, struct osci_err *err);
/* Its octets if they lie in memory in one piece, else NULL; valid as long as the blob. */
const unsigned char *osci_blob_data(const struct osci_blob *b);

/* --- spool and sinks -------------------------------------------------- */

struct osci_spool_conf {
	const char *dir;   /* existing directory of our own; NULL = everything stays in memory */
	size_t memory;     /* a blob of at most this many octets stays in memory; 0 = 1 MiB */
	uint64_t max;      /* octets of all files of the spool together; 0 = no limit; more is OSCI_E_LIMIT */
};

struct osci_spool; /* may be shared by threads */
int osci_spool_new(struct osci_spool **ret, const struct osci_spool_conf *conf, struct osci_err *err);
struct osci_spool *osci_spool_unref(struct osci_spool *s); /* blobs made in it keep it alive; NULL allowed */
void osci_spool_unrefp(struct osci_spool **s);
uint64_t osci_spool_used(const struct osci_spool *s); /* octets in files now */

struct osci_sink;
/* @spool NULL = memory only.  More than @max octets are OSCI_E_LIMIT. */
int osci_sink_new(struct osci_sink **ret, struct osci_spool *spool, uint64_t max);
int osci_sink_add(struct osci_sink *s, const void *data, size_t len, struct osci_err *err);
uint64_t osci_sink_len(const struct osci_sink *s);
/* Ends it: *@s is freed and NULL, also on failure. */
int osci_sink_done(struct osci_sink **s, struct osci_blob **ret, struct osci_err *err);
void osci_sink_freep(struct osci_sink **s);

/* --- streams ---------------------------------------------------------- */

struct osci_stream;
uint64_t osci_stream_len(const struct osci_stream *s);
/* Up to @size octets; *@ret_n 0 only at the end.  A failure is final: whoever reads must drop what came so far. */
int osci_stream_read(struct osci_stream *s, void *buf, size_t size, size_t *ret_n, struct osci_err *err);
void osci_stream_freep(struct osci_stream **s);
int osci_stream_of_blob(struct osci_stream **ret, struct osci_blob *b); /* takes a reference */
/* Reads it to its end: into a blob of the spool, or into malloc()ed memory. */
int osci_stream_to_blob(struct osci_stream *s, struct osci_spool *spool, struct osci_blob **ret, struct osci_err *err);
int osci_stream_to_memory(struct osci_stream *s, unsigned char **ret, size_t *ret_len, struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
