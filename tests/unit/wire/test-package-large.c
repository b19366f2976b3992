/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-package-large - an attachment of 100 MiB through package, message and back, in memory that does not grow
 *
 * The octets lie in unlinked files; what the process holds at its peak is measured by the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "t_parcel.h"

#define SIZE ((uint64_t)100 << 20)
#define GROWTH_MAX ((size_t)24 << 10) /* KiB; what the sanitizers hold back comes on top */

static char dir[] = "/tmp/package-XXXXXX";
static struct osci_spool *spool;

static size_t peak_kib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return (size_t)u.ru_maxrss;
}

/* Octets that are not all the same, made piece by piece. */
static struct osci_blob *large(void)
{
	static unsigned char piece[OSCI_BLOB_CHUNK];
	struct osci_sink *sink = NULL;
	struct osci_blob *blob = NULL;
	uint64_t n;
	size_t i;

	assert_int_equal(osci_sink_new(&sink, spool, SIZE), 0);
	for (n = 0; n < SIZE; n += sizeof(piece)) {
		for (i = 0; i < sizeof(piece); i += 512)
			piece[i] = (unsigned char)(n >> 16) ^ (unsigned char)i;
		assert_int_equal(osci_sink_add(sink, piece, sizeof(piece), NULL), 0);
	}
	assert_int_equal(osci_sink_done(&sink, &blob, NULL), 0);
	return blob;
}

static void digest(const struct osci_blob *b, unsigned char out[OSCI_DIGEST_MAX])
{
	_cleanup_(osci_hash_freep) struct osci_hash *h = NULL;
	static unsigned char piece[OSCI_BLOB_CHUNK];
	uint64_t n, len = osci_blob_len(b);
	size_t size;

	assert_int_equal(osci_hash_new(&h, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256)), 0);
	for (n = 0; n < len; n += size) {
		size = len - n < sizeof(piece) ? (size_t)(len - n) : sizeof(piece);
		assert_int_equal(osci_blob_read(b, n, piece, size, NULL), 0);
		assert_int_equal(osci_hash_add(h, piece, size), 0);
	}
	assert_int_equal(osci_hash_end(h, out, &size), 0);
}

static struct osci_blob *written(const struct osci_package *p, const struct osci_cert *encrypt_for)
{
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "Y2g=", .has_sequence = true },
				.message_id = "m1@intermed", .certs = p->certs, .n_certs = p->n_certs, .has_package = true,
				.package = p->xml, .package_len = p->len, .parts = p->parts, .n_parts = p->n_parts };
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	struct osci_limits l;
	const struct osci_write_opts opts = { .signer = t_office, .encrypt_for = encrypt_for, .limits = &l };
	struct osci_blob *body = NULL;
	struct osci_err err = { 0 };

	osci_limits_default(&l);
	l.http_body = 4 * SIZE;
	if (osci_write_stream(&stream, &d, &opts, &err) || osci_stream_to_blob(stream, spool, &body, &err))
		fail_msg("write: %s %s", err.where, err.what);
	return body;
}

static void through(bool encrypted)
{
	struct osci_key *const keys[] = { t_reader, t_second };
	struct osci_blob *blob = large(), *body;
	const struct osci_attachment_draft a = { "gross.bin", blob };
	const struct osci_content_draft contents[] = { { .data = "Text", .len = 4 }, { .attachment = &a } };
	const struct osci_author_draft by[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft to = T_READER;
	const struct osci_container_draft c = { .contents = contents, .n_contents = 2, .authors = by, .n_authors = 2,
						.readers = &to, .n_readers = encrypted };
	unsigned char before[OSCI_DIGEST_MAX], after[OSCI_DIGEST_MAX];
	struct osci_contents *got = NULL;
	struct osci_message *m = NULL;
	struct osci_err err = { 0 };
	struct osci_package *p;
	struct osci_limits l;
	struct osci_open_opts open = { .keys = keys, .n_keys = 2, .trust = t_trust, .now = T_NOW, .limits = &l,
				       .policy = { .require_signature = true, .require_content_signature = true } };
	size_t start;

	osci_limits_default(&l);
	l.http_body = 4 * SIZE;
	digest(blob, before);
	start = peak_kib();
	p = t_parcel_pack(&c, 1, NULL);
	assert_null(p->parts[0].data);
	if (!encrypted) {
		struct osci_draft_cert *certs = reallocarray(p->certs, p->n_certs + 1, sizeof(*certs));

		assert_non_null(certs);
		certs[p->n_certs++] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE,
								.cert = osci_cert_ref(osci_key_cert(t_reader)) };
		p->certs = certs;
	}
	body = written(p, osci_key_cert(t_second));
	osci_package_freep(&p);
	osci_blob_unref(blob);
	if (osci_open_blob(&m, body, &open, &err) || osci_contents_open(&got, m, &open, &err))
		fail_msg("open: %s %s", err.where, err.what);
	assert_int_equal(got->n_items, 2);
	assert_int_equal(got->items[1].n_signatures, 2);
	assert_null(got->items[1].data);
	assert_int_equal(osci_blob_len(got->items[1].blob), SIZE);
	digest(got->items[1].blob, after);
	assert_memory_equal(before, after, 32);
	osci_contents_freep(&got);
	osci_message_freep(&m);
	osci_blob_unref(body);
	assert_int_equal(osci_spool_used(spool), 0);
	print_message("# %zu KiB at the peak, %zu before\n", peak_kib(), start);
	assert_true(peak_kib() - start < GROWTH_MAX);
}

static void plain(void **state)
{
	through(false);
}

static void encrypted(void **state)
{
	through(true);
}

static int setup(void **state)
{
	const struct osci_spool_conf conf = { .dir = dir };

	return t_parcel_setup(state) || !mkdtemp(dir) || osci_spool_new(&spool, &conf, NULL);
}

static int teardown(void **state)
{
	osci_spool_unref(spool);
	rmdir(dir);
	return t_parcel_teardown(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(plain), cmocka_unit_test(encrypted) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
