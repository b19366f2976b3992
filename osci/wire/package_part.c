/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package_part - an attachment on its way into the message, read exactly once
 *
 * One pass gives the digests of the plain octets for the content signatures, the ciphertext in a sink of the caller's
 * spool, and the SHA-256 of what travels.  An attachment in the clear travels as the blob it came in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/blobs.h"
#include "wire/package_priv.h"

/* A blob that hashes what is read of it; read in order by the one stream over it, and gone with it. */
struct tap {
	struct osci_blob *blob; /* borrowed */
	struct osci_hash *hashes[PACKAGE_DIGESTS];
	size_t n;
	uint64_t at;
};

static void tap_done(struct tap *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		osci_hash_freep(&t->hashes[i]);
}

static int tap_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	struct tap *t = (struct tap *)self;
	size_t i;
	int r;

	if (offset != t->at)
		return -EINVAL;
	r = osci_blob_read(t->blob, offset, buf, len, err);
	for (i = 0; i < t->n && !r; i++)
		r = osci_hash_add(t->hashes[i], buf, len);
	t->at += len;
	return r;
}

static int tap_begin(struct tap *t, const struct package_part *part)
{
	size_t i;
	int r = 0;

	t->blob = part->draft->blob;
	for (i = 0; i < part->n_digests && !r; i++) {
		r = osci_hash_new(&t->hashes[i], part->digests[i].alg);
		t->n += !r;
	}
	return r;
}

static int stream_of(struct package *p, struct package_part *part, struct tap *tap, struct osci_stream **ret,
		     struct osci_err *err)
{
	static const struct osci_blob_ops ops = { .read = tap_read };
	_cleanup_(osci_blob_unrefp) struct osci_blob *tapped = NULL;
	int r = osci_blob_new(&tapped, &ops, tap, osci_blob_len(tap->blob));

	if (r)
		return r;
	if (!part->encrypted)
		return osci_stream_of_blob(ret, tapped);
	r = osci_random(part->key, p->suite.key_len);
	return r ? r : osci_encrypt_stream(ret, p->suite.cipher, part->key, p->suite.iv_len, NULL, tapped, NULL, err);
}

/* @sink NULL: what comes out is hashed only. */
static int run(struct osci_stream *stream, struct osci_sink *sink, unsigned char sha256[32], struct osci_err *err)
{
	_cleanup_(osci_hash_freep) struct osci_hash *hash = NULL;
	_cleanup_buf_ struct osci_buf chunk = { .max = OSCI_BLOB_CHUNK, .secret = true };
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;
	int r = osci_hash_new(&hash, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256));

	if (!r && !osci_buf_room(&chunk, OSCI_BLOB_CHUNK))
		r = osci_buf_error(&chunk);
	while (!r) {
		r = osci_stream_read(stream, chunk.data, OSCI_BLOB_CHUNK, &n, err);
		if (r || !n)
			break;
		r = osci_hash_add(hash, chunk.data, n);
		if (!r && sink)
			r = osci_sink_add(sink, chunk.data, n, err);
	}
	if (!r)
		r = osci_hash_end(hash, digest, &n);
	if (!r)
		memcpy(sha256, digest, 32);
	return r;
}

int package_part_read(struct package *p, struct package_part *part, struct osci_err *err)
{
	_cleanup_(tap_done) struct tap tap = { 0 };
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(osci_sink_freep) struct osci_sink *sink = NULL;
	size_t i;
	int r = tap_begin(&tap, part);

	if (!r)
		r = stream_of(p, part, &tap, &stream, err);
	if (!r && part->encrypted)
		r = osci_sink_new(&sink, p->opts->spool, osci_stream_len(stream));
	if (!r)
		r = run(stream, sink, part->sha256, err);
	for (i = 0; i < tap.n && !r; i++)
		r = osci_hash_end(tap.hashes[i], part->digests[i].value, &part->digests[i].len);
	if (r)
		return r;
	if (sink)
		return osci_sink_done(&sink, &part->blob, err);
	part->blob = osci_blob_ref(part->draft->blob);
	return 0;
}
