/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-stream - streams of blobs, streams that generate, streams that fail
 */
#include "t_blob.h"

struct source {
	uint64_t at, fail_at; /* 0 = never */
	size_t step;
	int error;            /* 0: says it is at its end */
	int reads;
};

static int frees;

static int source_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	struct source *s = self;

	s->reads++;
	assert_true(size > 0);
	if (s->fail_at && s->at >= s->fail_at) {
		*ret_n = 0;
		return s->error ? osci_fail(err, s->error, NULL, "source", "broken") : 0;
	}
	*ret_n = size < s->step ? size : s->step;
	t_fill(buf, s->at, *ret_n);
	s->at += *ret_n;
	return 0;
}

static void source_free(void *self)
{
	frees++;
}

static const struct osci_stream_ops source_ops = { source_read, source_free };

static struct osci_stream *stream_of(struct source *s, uint64_t len)
{
	struct osci_stream *stream = NULL;

	assert_int_equal(osci_stream_new(&stream, &source_ops, s, len), 0);
	assert_int_equal(osci_stream_len(stream), len);
	return stream;
}

static void of_blob(void **state)
{
	static const size_t steps[] = { 1, 3, 999, 1000, 1001, 5000 };
	struct osci_blob *b = t_memory(0, 1000);
	unsigned char got[6000], want[1000];
	size_t i, n, len;

	t_fill(want, 0, 1000);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct osci_stream *s = NULL;

		assert_int_equal(osci_stream_of_blob(&s, b), 0);
		len = 0;
		do {
			assert_int_equal(osci_stream_read(s, got + len, steps[i], &n, NULL), 0);
			len += n;
		} while (n > 0);
		assert_int_equal(len, 1000);
		assert_memory_equal(got, want, 1000);
		assert_int_equal(osci_stream_read(s, got, 1, &n, NULL), 0); /* the end stays the end */
		assert_int_equal(n, 0);
		osci_stream_freep(&s);
		assert_null(s);
		osci_stream_freep(&s);
	}
	osci_blob_unref(b);
}

static void to_blob_and_memory(void **state)
{
	static const uint64_t lens[] = { 0, 1, 1000, OSCI_BLOB_CHUNK, 300001 };
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 1000, 0);
	struct osci_blob *b = NULL;
	unsigned char *data = NULL, want[300001];
	size_t i, n;

	t_fill(want, 0, sizeof(want));
	for (i = 0; i < 5; i++) {
		struct source src = { .step = 777 };
		struct osci_stream *s = stream_of(&src, lens[i]);

		assert_int_equal(osci_stream_to_blob(s, spool, &b, NULL), 0);
		t_holds(b, 0, (size_t)lens[i]);
		assert_int_equal(osci_blob_data(b) == NULL, lens[i] > 1000);
		osci_blob_unrefp(&b);
		osci_stream_freep(&s);
		src = (struct source){ .step = 100000 };
		s = stream_of(&src, lens[i]);
		assert_int_equal(osci_stream_to_memory(s, &data, &n, NULL), 0);
		assert_int_equal(n, lens[i]);
		assert_memory_equal(data, want, n);
		free(data);
		osci_stream_freep(&s);
	}
	assert_int_equal(frees, 10);
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

/* The rest of a stream of which somebody has read already. */
static void the_rest(void **state)
{
	struct source src = { .step = 64 };
	struct osci_stream *s = stream_of(&src, 500);
	struct osci_blob *b = NULL;
	unsigned char got[100];
	size_t n;

	assert_int_equal(osci_stream_read(s, got, 10, &n, NULL), 0);
	assert_int_equal(n, 10);
	assert_int_equal(osci_stream_to_blob(s, NULL, &b, NULL), 0);
	t_holds(b, 10, 490);
	osci_blob_unref(b);
	osci_stream_freep(&s);
}

static void failures(void **state)
{
	static const int errors[] = { -EIO, OSCI_E_LIMIT, OSCI_E_DECRYPT, 0 };
	size_t i, n;

	for (i = 0; i < 4; i++) {
		int want = errors[i] ? errors[i] : -EIO; /* ends too early */
		struct source src = { .step = 50, .fail_at = 100, .error = errors[i] };
		struct osci_stream *s = stream_of(&src, 500);
		struct osci_blob *b = NULL;
		unsigned char *data = NULL, c;
		struct osci_err err;

		assert_int_equal(osci_stream_to_blob(s, NULL, &b, &err), want);
		assert_null(b);
		assert_int_equal(err.code, want);
		assert_int_equal(src.reads, 3);
		assert_int_equal(osci_stream_read(s, &c, 1, &n, &err), want); /* final: it is not asked again */
		assert_int_equal(n, 0);
		assert_int_equal(osci_stream_to_memory(s, &data, &n, &err), want);
		assert_null(data);
		assert_int_equal(src.reads, 3);
		osci_stream_freep(&s);
	}
}

/* A source that lies about how much it gave. */
static int liar_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	*ret_n = size + 1;
	return 0;
}

static void more_than_asked(void **state)
{
	static const struct osci_stream_ops ops = { liar_read, NULL };
	struct osci_stream *s = NULL;
	unsigned char c;
	size_t n;

	assert_int_equal(osci_stream_new(&s, &ops, NULL, 10), 0);
	assert_int_equal(osci_stream_read(s, &c, 1, &n, NULL), -EIO);
	assert_int_equal(n, 0);
	osci_stream_freep(&s);
}

static void spool_too_small(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 10, 100);
	struct source src = { .step = 50 };
	struct osci_stream *s = stream_of(&src, 500);
	struct osci_blob *b = NULL;
	struct osci_err err;

	assert_int_equal(osci_stream_to_blob(s, spool, &b, &err), OSCI_E_LIMIT);
	assert_null(b);
	assert_int_equal(osci_spool_used(spool), 0);
	osci_stream_freep(&s);
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_blob),       cmocka_unit_test(to_blob_and_memory), cmocka_unit_test(the_rest),
		cmocka_unit_test(failures),      cmocka_unit_test(more_than_asked),    cmocka_unit_test(spool_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
