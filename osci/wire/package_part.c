/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package_part - an attachment on its way into the message
 *
 * One pass gives the digests of the plain octets for the content signatures and the SHA-256 of what travels.  An attachment
 * in the clear travels as the blob it came in.  Of an encrypted one the pass keeps the ciphertext in memory if it is small;
 * else IV, tag and marks: it is encrypted anew when it is sent, which takes less than keeping it in a file, and held to
 * the marks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/blobs.h"
#include "wire/package_priv.h"

#define IV_MAX 16
#define GCM_TAG 16

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

/* What is kept of a pass. */
struct pass {
	struct osci_sink *sink;   /* all octets; or */
	struct osci_marks *marks; /* of the ciphertext, beside IV and tag; both NULL = nothing is kept */
	unsigned char iv[IV_MAX], tag[GCM_TAG];
	unsigned char sha256[32];
};

static void pass_done(struct pass *pass)
{
	osci_sink_freep(&pass->sink);
	osci_marks_freep(&pass->marks);
}

/* IV and tag come in one piece each, the first one and the last one; @at octets came before, @left will come behind. */
static int keep(struct pass *pass, const unsigned char *data, size_t n, uint64_t at, uint64_t left, struct osci_err *err)
{
	if (pass->sink)
		return osci_sink_add(pass->sink, data, n, err);
	if (!pass->marks)
		return 0;
	if (at > 0 && left > 0)
		return osci_marks_add(pass->marks, data, n);
	if (n > (at == 0 ? IV_MAX : GCM_TAG))
		return OSCI_E_USAGE;
	memcpy(at == 0 ? pass->iv : pass->tag, data, n);
	return 0;
}

static int run(struct osci_stream *stream, struct pass *pass, struct osci_err *err)
{
	_cleanup_(osci_hash_freep) struct osci_hash *hash = NULL;
	_cleanup_buf_ struct osci_buf chunk = { .max = OSCI_BLOB_CHUNK, .secret = true };
	unsigned char digest[OSCI_DIGEST_MAX];
	uint64_t at = 0;
	size_t n;
	int r = osci_hash_new(&hash, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256));

	if (!r && !osci_buf_room(&chunk, OSCI_BLOB_CHUNK))
		r = osci_buf_error(&chunk);
	while (!r) {
		r = osci_stream_read(stream, chunk.data, OSCI_BLOB_CHUNK, &n, err);
		if (r || !n)
			break;
		r = osci_hash_add(hash, chunk.data, n);
		if (!r)
			r = keep(pass, chunk.data, n, at, osci_stream_len(stream) - at - n, err);
		at += n;
	}
	if (!r)
		r = osci_hash_end(hash, digest, &n);
	if (!r)
		memcpy(pass->sha256, digest, sizeof(pass->sha256));
	return r;
}

int package_part_read(struct package *p, struct package_part *part, struct osci_err *err)
{
	_cleanup_(tap_done) struct tap tap = { 0 };
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(pass_done) struct pass pass = { 0 };
	size_t i;
	int r = tap_begin(&tap, part);

	if (!r)
		r = stream_of(p, part, &tap, &stream, err);
	if (!r && part->encrypted)
		r = osci_stream_len(stream) <= OSCI_CRYPTO_MEMORY ? osci_sink_new(&pass.sink, NULL, osci_stream_len(stream)) :
								    osci_marks_new(&pass.marks);
	if (!r)
		r = run(stream, &pass, err);
	for (i = 0; i < tap.n && !r; i++)
		r = osci_hash_end(tap.hashes[i], part->digests[i].value, &part->digests[i].len);
	if (r)
		return r;
	memcpy(part->sha256, pass.sha256, sizeof(part->sha256));
	if (pass.sink)
		return osci_sink_done(&pass.sink, &part->blob, err);
	if (part->encrypted)
		return osci_gcm_sealed(&part->blob, p->suite.cipher, part->key, pass.iv, p->suite.iv_len, pass.tag,
				       part->draft->blob, &pass.marks, err);
	part->blob = osci_blob_ref(part->draft->blob);
	return 0;
}
