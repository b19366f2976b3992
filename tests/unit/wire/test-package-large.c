/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-package-large - an attachment of 100 MiB through package, message and back, in memory that does not grow
 *
 * The octets lie in unlinked files; what the process holds at its peak is measured by the kernel.  Beside that: a file that
 * changes while it is sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static int stream(const struct osci_package *p, const struct osci_cert *encrypt_for, struct osci_stream **ret,
		  struct osci_err *err)
{
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "Y2g=", .has_sequence = true },
				.message_id = "m1@intermed", .certs = p->certs, .n_certs = p->n_certs, .has_package = true,
				.package = p->xml, .package_len = p->len, .parts = p->parts, .n_parts = p->n_parts };
	struct osci_limits l;
	const struct osci_write_opts opts = { .signer = t_office, .encrypt_for = encrypt_for, .limits = &l };

	osci_limits_default(&l);
	l.http_body = 4 * SIZE;
	return osci_write_stream(ret, &d, &opts, err);
}

static struct osci_blob *written(const struct osci_package *p, const struct osci_cert *encrypt_for)
{
	_cleanup_(osci_stream_freep) struct osci_stream *s = NULL;
	struct osci_blob *body = NULL;
	struct osci_err err = { 0 };

	if (stream(p, encrypt_for, &s, &err) || osci_stream_to_blob(s, spool, &body, &err))
		fail_msg("write: %s %s", err.where, err.what);
	return body;
}

/* Who nothing is encrypted for is named by the order. */
static void add_addressee(struct osci_package *p)
{
	struct osci_draft_cert *certs = reallocarray(p->certs, p->n_certs + 1, sizeof(*certs));

	assert_non_null(certs);
	certs[p->n_certs++] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE,
							.cert = osci_cert_ref(osci_key_cert(t_reader)) };
	p->certs = certs;
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
	if (!encrypted)
		add_addressee(p);
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

#define FILE_SIZE ((size_t)3 << 20)

/* One octet of the file becomes another one; @secretly: its time does not show that. */
static void change(int fd, off_t at, bool secretly)
{
	struct timespec times[2];
	struct stat st;
	char c;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	times[1].tv_sec += !secretly; /* the clock of the file system may be too coarse to tell */
	assert_int_equal(futimens(fd, times), 0);
}

/* Reads from the stream until it ends or @stop octets are there, behind the @len that are. */
static int read_to(struct osci_stream *s, unsigned char *data, size_t *len, size_t stop)
{
	size_t n = 1;
	int r = 0;

	while (!r && n && *len < stop) {
		r = osci_stream_read(s, data + *len, OSCI_BLOB_CHUNK, &n, NULL);
		*len += n;
	}
	return r;
}

/*
 * The file changes between the pass that signs and the sending, between two sendings, and within one.  The sending ends
 * before the place that changed, so that nobody sees two texts under one keystream.
 */
static void e_07_file_that_changes(void **state)
{
	unsigned char *first = malloc(2 * FILE_SIZE), *then = malloc(2 * FILE_SIZE);
	const struct osci_author_draft by = T_AUTHOR;
	const struct osci_reader_draft to = T_READER;
	unsigned way;

	for (way = 0; way < 12; way++) {
		bool secretly = way % 2, sealed = way < 6;
		struct osci_blob *blob = NULL;
		char path[] = "/tmp/package-file-XXXXXX";
		int fd = mkostemp(path, O_CLOEXEC), mine = dup(fd);
		struct osci_attachment_draft a = { "datei.bin", NULL };
		const struct osci_content_draft contents[] = { { .attachment = &a } };
		const struct osci_container_draft c = { .contents = contents, .n_contents = 1, .authors = &by, .n_authors = 1,
							.readers = &to, .n_readers = sealed };
		size_t n_first = 0, n_then = 0;
		_cleanup_(osci_stream_freep) struct osci_stream *one = NULL, *two = NULL;
		struct osci_package *p;
		int r;

		assert_int_equal(unlink(path), 0);
		memset(first, 'x', FILE_SIZE);
		assert_int_equal(write(fd, first, FILE_SIZE), (ssize_t)FILE_SIZE);
		assert_int_equal(osci_blob_file(&blob, fd, 0, FILE_SIZE, NULL), 0);
		a.blob = blob;
		p = t_parcel_pack(&c, 1, NULL);
		if (!sealed)
			add_addressee(p);
		if (way % 6 < 2)
			change(mine, FILE_SIZE / 2, secretly);
		assert_int_equal(stream(p, NULL, &one, NULL), 0);
		r = read_to(one, first, &n_first, way % 6 < 4 ? 2 * FILE_SIZE : FILE_SIZE / 4);
		if (way % 6 < 2) {
			assert_int_equal(r, sealed || !secretly ? -ESTALE : 0); /* in the clear the reader finds the digest wrong */
		} else {
			assert_int_equal(r, 0);
			change(mine, FILE_SIZE / 2, secretly);
			if (way % 6 >= 4)
				assert_int_equal(read_to(one, first, &n_first, 2 * FILE_SIZE), sealed || !secretly ? -ESTALE : 0);
			else
				assert_int_equal(stream(p, NULL, &two, NULL), 0);
		}
		if (two) {
			assert_int_equal(read_to(two, then, &n_then, 2 * FILE_SIZE), sealed || !secretly ? -ESTALE : 0);
			assert_true(!sealed || n_then < FILE_SIZE / 2 + OSCI_BLOB_CHUNK);
		} else if (sealed) {
			assert_true(n_first < FILE_SIZE / 2 + OSCI_BLOB_CHUNK);
		}
		osci_stream_freep(&one);
		osci_stream_freep(&two);
		osci_package_freep(&p);
		osci_blob_unref(blob);
		close(mine);
	}
	free(first);
	free(then);
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
	static const struct CMUnitTest tests[] = { cmocka_unit_test(plain), cmocka_unit_test(encrypted),
						   cmocka_unit_test(e_07_file_that_changes) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
