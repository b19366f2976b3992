/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-again - a ciphertext made again: the same octets as the first time, or none
 *
 * The one thing that must never come out is what the keystream makes of other plain octets, whenever they change.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/text.h"
#include "crypto/blobs.h"
#include "crypto/priv.h"
#include "lib/t_reads.h"

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define LARGE (5 * (size_t)OSCI_BLOB_CHUNK + 4321)

static const unsigned char key[32] = "0123456789abcdef0123456789abcde";
static const char *const gcms[] = { XENC11 "aes128-gcm", XENC11 "aes192-gcm", XENC11 "aes256-gcm" };
static const size_t ivs[] = { 12, 16 };
static unsigned char *plain; /* LARGE octets, or more */

static const struct osci_alg *cipher(const char *uri)
{
	const struct osci_alg *a = osci_alg_find(OSCI_ALG_CIPHER, uri);

	assert_non_null(a);
	return a;
}

/* What was sent once, and the blob that makes it again. */
struct twice {
	unsigned char *once;
	size_t len;
	struct osci_blob *again;
};

/* The marks are filled in pieces of @step octets. */
static struct twice twice(struct osci_blob *b, unsigned a, size_t iv_len, size_t step)
{
	struct osci_stream *s = NULL;
	struct osci_marks *marks = NULL;
	struct twice t = { 0 };
	size_t at, n, end;

	assert_int_equal(osci_encrypt_stream(&s, cipher(gcms[a]), key, iv_len, NULL, b, NULL, NULL), 0);
	assert_int_equal(osci_stream_to_memory(s, &t.once, &t.len, NULL), 0);
	osci_stream_freep(&s);
	end = t.len - GCM_TAG;
	assert_int_equal(osci_marks_new(&marks), 0);
	for (at = iv_len; at < end; at += n) {
		n = end - at < step ? end - at : step;
		assert_int_equal(osci_marks_add(marks, t.once + at, n), 0);
	}
	assert_int_equal(osci_gcm_sealed(&t.again, cipher(gcms[a]), key, t.once, iv_len, t.once + end, b, &marks, NULL), 0);
	assert_null(marks);
	assert_int_equal(osci_blob_len(t.again), t.len);
	return t;
}

static void twice_end(struct twice *t)
{
	osci_blob_unref(t->again);
	free(t->once);
}

static void any_part_of_it(void **state)
{
	static const size_t lens[] = { 0, 1, OSCI_BLOB_CHUNK - 1, OSCI_BLOB_CHUNK, OSCI_BLOB_CHUNK + 1, LARGE };
	static const size_t steps[] = { OSCI_BLOB_CHUNK, 4099, OSCI_BLOB_CHUNK + 7, LARGE };
	size_t a, l, at, n;

	for (a = 0; a < 6; a++)
		for (l = 0; l < 6; l++) {
			struct t_reads r = { .data = plain, .len = lens[l] };
			struct osci_blob *b = t_reads_blob(&r, lens[l]);
			struct twice t = twice(b, a % 3, ivs[a / 3], steps[(a + l) % 4]);
			unsigned char *got = malloc(t.len);

			for (at = 0; at < t.len; at += t.len / 7 + 1)
				for (n = 1; n <= t.len - at; n = n * 5 + 3) {
					assert_int_equal(osci_blob_read(t.again, at, got, n, NULL), 0);
					assert_memory_equal(got, t.once + at, n);
				}
			twice_end(&t);
			osci_blob_unref(b);
			assert_int_equal(r.alive, 0);
			free(got);
		}
}

/* Read in order, in pieces that are no chunks: nothing of the base is read twice. */
static void each_octet_is_read_once(void **state)
{
	struct t_reads r = { .data = plain, .len = LARGE };
	struct osci_blob *b = t_reads_blob(&r, LARGE);
	struct twice t = twice(b, 2, 12, OSCI_BLOB_CHUNK);
	unsigned char got[1000];
	size_t at, n;

	r.reads = 0;
	for (at = 0; at < t.len; at += n) {
		n = t.len - at < sizeof(got) ? t.len - at : sizeof(got);
		assert_int_equal(osci_blob_read(t.again, at, got, n, NULL), 0);
		assert_memory_equal(got, t.once + at, n);
	}
	assert_int_equal(r.reads, LARGE / OSCI_BLOB_CHUNK + 1);
	twice_end(&t);
	osci_blob_unref(b);
}

/* Reads all of it from @at on in pieces; octets that came are those of the first time. Returns how many came. */
static size_t read_on(const struct twice *t, size_t at, int end)
{
	unsigned char got[3000];
	struct osci_err err = { 0 };
	size_t n;
	int r = 0;

	for (; at < t->len && !r; at += r ? 0 : n) {
		n = t->len - at < sizeof(got) ? t->len - at : sizeof(got);
		memset(got, 0, n);
		r = osci_blob_read(t->again, at, got, n, &err);
		if (!r)
			assert_memory_equal(got, t->once + at, n);
		/* Of the pieces of a refused read some may be right; what is not must not be there. */
		for (size_t i = 0; r && i < n; i++)
			assert_true(got[i] == 0 || got[i] == t->once[at + i]);
	}
	assert_int_equal(r, end);
	if (end)
		assert_string_equal(err.what, "changed while it was being sent");
	return at;
}

/* One octet anywhere, changed between the pass and the sending, between two sendings and within one. */
static void e_07_plain_octets_change(void **state)
{
	static const size_t places[] = { 0, 15, OSCI_BLOB_CHUNK - 1, OSCI_BLOB_CHUNK, 3 * OSCI_BLOB_CHUNK + 77, LARGE - 1 };
	size_t i, when, came;

	for (i = 0; i < 6; i++)
		for (when = 0; when < 3; when++) {
			struct t_reads r = { .data = plain, .len = LARGE };
			struct osci_blob *b = t_reads_blob(&r, LARGE);
			struct twice t = twice(b, 2, 12, OSCI_BLOB_CHUNK);
			size_t start = 0, chunk = places[i] / OSCI_BLOB_CHUNK * OSCI_BLOB_CHUNK;

			if (when == 1)
				assert_int_equal(read_on(&t, 0, 0), t.len);
			if (when == 2) { /* the chunk before is out already */
				start = 12 + chunk;
				if (start > 12)
					assert_int_equal(osci_blob_read(t.again, start - 1, (unsigned char[1]){ 0 }, 1, NULL), 0);
			}
			/* What was proved last may still be given: it is of the first time. */
			if (when == 1 && chunk == LARGE / OSCI_BLOB_CHUNK * OSCI_BLOB_CHUNK)
				assert_int_equal(osci_blob_read(t.again, 0, (unsigned char[13]){ 0 }, 13, NULL), 0);
			plain[places[i]] ^= 1;
			came = read_on(&t, start, -ESTALE);
			assert_true(came <= 12 + chunk);
			assert_int_equal(read_on(&t, came, -ESTALE), came); /* nor when asked again */
			plain[places[i]] ^= 1;
			assert_int_equal(read_on(&t, 0, 0), t.len); /* it is the same again: so is the ciphertext */
			twice_end(&t);
			osci_blob_unref(b);
		}
}

/* A file changed by somebody who sets its time back: no look at the file shows that. */
static void e_07_file_dated_back(void **state)
{
	char path[] = "/tmp/t-again-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC), mine;
	struct osci_blob *b = NULL;
	struct osci_err err = { 0 };
	unsigned char got[100];
	struct stat st;
	struct twice t;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, plain, LARGE), (ssize_t)LARGE);
	mine = dup(fd);
	assert_int_equal(osci_blob_file(&b, fd, 0, LARGE, NULL), 0);
	t = twice(b, 2, 12, OSCI_BLOB_CHUNK);
	assert_int_equal(osci_blob_read(t.again, 0, got, 100, NULL), 0);
	assert_int_equal(fstat(mine, &st), 0);
	assert_int_equal(pwrite(mine, "!", 1, 2 * OSCI_BLOB_CHUNK), 1);
	assert_int_equal(futimens(mine, (struct timespec[]){ st.st_atim, st.st_mtim }), 0);
	assert_int_equal(osci_blob_read(b, 2 * OSCI_BLOB_CHUNK, got, 100, NULL), 0);
	assert_int_equal(osci_blob_read(t.again, 12 + 2 * OSCI_BLOB_CHUNK, got, 100, &err), -ESTALE);
	assert_string_equal(err.where, "attachment");
	assert_int_equal(unlink(path), 0);
	close(mine);
	osci_blob_unref(b);
	twice_end(&t);
}

/* Storage that fails is no change, and nothing is left of it. */
static void reads_fail(void **state)
{
	struct t_reads r = { .data = plain, .len = LARGE };
	struct osci_blob *b = t_reads_blob(&r, LARGE);
	struct twice t = twice(b, 2, 16, OSCI_BLOB_CHUNK);
	unsigned char got[32];

	r.fail_at = r.reads + 1;
	assert_int_equal(osci_blob_read(t.again, 16, got, 32, NULL), -EIO);
	r.fail_at = 0;
	assert_int_equal(osci_blob_read(t.again, 16, got, 32, NULL), 0);
	assert_memory_equal(got, t.once + 16, 32);
	twice_end(&t);
	osci_blob_unref(b);
}

#define THREADS 4

static void *reads_all(void *arg)
{
	const struct twice *t = arg;
	unsigned char *got = malloc(t->len);
	size_t i;
	bool same = got != NULL;

	for (i = 0; i < 20 && same; i++)
		same = osci_blob_read(t->again, i * 777, got, t->len - i * 777, NULL) == 0 &&
		       memcmp(got, t->once + i * 777, t->len - i * 777) == 0;
	free(got);
	return same ? arg : NULL;
}

static void by_several_threads(void **state)
{
	struct t_reads r = { .data = plain, .len = LARGE, .memory = true };
	struct osci_blob *b = t_reads_blob(&r, LARGE);
	struct twice t = twice(b, 0, 12, OSCI_BLOB_CHUNK);
	pthread_t threads[THREADS];
	void *good;
	size_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reads_all, &t), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
	twice_end(&t);
	osci_blob_unref(b);
}

static void not_made(void **state)
{
	struct t_reads r = { .data = plain, .len = LARGE };
	struct osci_blob *b = t_reads_blob(&r, LARGE), *out = NULL;
	struct osci_marks *marks = NULL;

	assert_int_equal(osci_marks_new(&marks), 0);
	assert_int_equal(osci_marks_add(marks, plain, LARGE - 1), 0);
	assert_int_equal(osci_gcm_sealed(&out, cipher(gcms[2]), key, key, 12, key, b, &marks, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_marks_add(marks, plain, 1), 0);
	assert_int_equal(osci_gcm_sealed(&out, cipher(XENC "aes256-cbc"), key, key, 16, key, b, &marks, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_gcm_sealed(&out, cipher(gcms[2]), key, key, 13, key, b, &marks, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_gcm_sealed(&out, NULL, key, key, 12, key, b, &marks, NULL), OSCI_E_USAGE);
	assert_null(out);
	assert_non_null(marks);
	osci_marks_freep(&marks);
	osci_blob_unref(b);
	assert_int_equal(r.alive, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_part_of_it),
		cmocka_unit_test(each_octet_is_read_once),
		cmocka_unit_test(e_07_plain_octets_change),
		cmocka_unit_test(e_07_file_dated_back),
		cmocka_unit_test(reads_fail),
		cmocka_unit_test(by_several_threads),
		cmocka_unit_test(not_made),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	plain = t_octets(LARGE);
	if (!plain)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(plain);
	return r;
}
