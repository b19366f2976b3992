/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-blob - every kind of blob: what it holds, its edges, its end
 */
#include <pthread.h>

#include "t_blob.h"

static const size_t lens[] = { 0, 1, 2, 255, 4096, OSCI_BLOB_CHUNK - 1, OSCI_BLOB_CHUNK, OSCI_BLOB_CHUNK + 1, 200001 };
#define N_LENS (sizeof(lens) / sizeof(lens[0]))

static void memory(void **state)
{
	struct osci_blob *b = NULL;
	unsigned char *secret;
	size_t i;

	for (i = 0; i < N_LENS; i++) {
		unsigned char *data = malloc(lens[i] + 1);

		t_fill(data, 0, lens[i]);
		assert_int_equal(osci_blob_copy(&b, data, lens[i]), 0);
		memset(data, 0x55, lens[i]); /* it is a copy */
		free(data);
		assert_non_null(osci_blob_data(b));
		t_holds(b, 0, lens[i]);
		b = osci_blob_unref(b);
		assert_null(b);
		b = t_memory(7, lens[i]);
		t_holds(b, 7, lens[i]);
		osci_blob_unrefp(&b);
		assert_null(b);
	}
	secret = malloc(32);
	t_fill(secret, 3, 32);
	assert_int_equal(osci_blob_take(&b, secret, 32, true), 0);
	t_holds(b, 3, 32);
	assert_ptr_equal(osci_blob_ref(b), b);
	assert_null(osci_blob_unref(b)); /* one reference is left */
	t_holds(b, 3, 32);
	osci_blob_unref(b);
	assert_int_equal(osci_blob_take(&b, NULL, 0, true), 0);
	t_holds(b, 0, 0);
	assert_non_null(osci_blob_data(b));
	osci_blob_unref(b);
	assert_null(osci_blob_unref(NULL));
	assert_null(osci_blob_ref(NULL));
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void file(void **state)
{
	struct osci_blob *b = NULL;
	struct osci_err err;
	unsigned char c;
	size_t i;
	int fd, p[2];

	for (i = 0; i < N_LENS; i++) {
		fd = t_file(lens[i] + 20);
		lseek(fd, 5, SEEK_SET); /* the position is of no importance */
		assert_int_equal(osci_blob_file(&b, fd, 9, lens[i], &err), 0);
		assert_null(osci_blob_data(b));
		t_holds(b, 9, lens[i]);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
		osci_blob_unrefp(&b);
		assert_false(is_open(fd));
	}
	/* to its very end, and one octet more */
	fd = t_file(100);
	assert_int_equal(osci_blob_file(&b, fd, 60, 40, NULL), 0);
	t_holds(b, 60, 40);
	assert_int_equal(ftruncate(fd, 80), 0); /* it becomes shorter under our hands */
	assert_int_equal(osci_blob_read(b, 19, &c, 1, &err), -ESTALE);
	assert_string_equal(err.what, "changed while it was in use");
	assert_int_equal(osci_blob_read(b, 20, &c, 1, &err), -ESTALE);
	osci_blob_unrefp(&b);
	fd = t_file(100);
	assert_int_equal(osci_blob_file(&b, fd, 60, 41, &err), OSCI_E_LIMIT);
	assert_false(is_open(fd));
	fd = t_file(100);
	assert_int_equal(osci_blob_file(&b, fd, UINT64_MAX, 2, &err), OSCI_E_LIMIT);
	assert_false(is_open(fd));
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(osci_blob_file(&b, p[0], 0, 0, &err), OSCI_E_USAGE);
	assert_false(is_open(p[0]));
	close(p[1]);
	assert_int_equal(osci_blob_file(&b, -1, 0, 0, &err), -EBADF);
	fd = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(osci_blob_file(&b, fd, 0, 0, &err), OSCI_E_USAGE);
	assert_null(b);
}

/* Dated back, longer, dated forth: -ESTALE. What leaves the octets alone is no change. */
static void file_that_changes(void **state)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	struct osci_blob *b = NULL;
	struct osci_err err;
	struct stat st;
	int fd, way;
	char c[9];

	for (way = 0; way < 4; way++) {
		fd = t_file(100);
		assert_int_equal(osci_blob_file(&b, fd, 10, 80, NULL), 0);
		assert_int_equal(osci_blob_read(b, 0, c, 9, NULL), 0);
		assert_int_equal(fstat(fd, &st), 0);
		if (way == 0)
			assert_int_equal(futimens(fd, times), 0);
		if (way == 1)
			assert_int_equal(ftruncate(fd, 101), 0);
		if (way == 2) { /* by a nanosecond */
			times[1] = st.st_mtim;
			times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
			assert_int_equal(futimens(fd, times), 0);
		}
		if (way == 3)
			assert_int_equal(fchmod(fd, 0400), 0); /* no octet is another one */
		assert_int_equal(osci_blob_read(b, 0, c, 9, &err), way == 3 ? 0 : -ESTALE);
		if (way != 3)
			assert_string_equal(err.what, "changed while it was in use");
		osci_blob_unrefp(&b);
	}
}

static void slices(void **state)
{
	struct osci_blob *whole = t_memory(0, 1000), *part = NULL, *inner = NULL;
	struct osci_err err;
	size_t from, len;

	for (from = 0; from <= 1000; from += from < 3 || from > 996 ? 1 : 61)
		for (len = 0; len <= 1000 - from; len += len < 3 ? 1 : 83) {
			assert_int_equal(osci_blob_slice(&part, whole, from, len, NULL), 0);
			t_holds(part, from, len);
			assert_non_null(osci_blob_data(part));
			assert_int_equal(osci_blob_slice(&inner, part, len / 3, len / 2, NULL), 0);
			osci_blob_unrefp(&part);
			t_holds(inner, from + len / 3, len / 2);
			osci_blob_unrefp(&inner);
		}
	assert_int_equal(osci_blob_slice(&part, whole, 0, 1001, &err), OSCI_E_USAGE);
	assert_int_equal(osci_blob_slice(&part, whole, 1001, 0, &err), OSCI_E_USAGE);
	assert_int_equal(osci_blob_slice(&part, whole, 2, UINT64_MAX, &err), OSCI_E_USAGE);
	assert_null(part);
	/* a slice keeps what it shows */
	assert_int_equal(osci_blob_slice(&part, whole, 10, 50, NULL), 0);
	osci_blob_unrefp(&whole);
	t_holds(part, 10, 50);
	osci_blob_unrefp(&part);
}

/* Pieces of memory and file whose boundaries fall at @cuts of one run of octets. */
static struct osci_blob *cut_up(const size_t *cuts, size_t n, size_t total)
{
	struct osci_blob *parts[16], *all = NULL;
	struct osci_blob *store = NULL;
	size_t i, from = 0;

	assert_int_equal(osci_blob_file(&store, t_file(total), 0, total, NULL), 0);
	for (i = 0; i <= n; i++) {
		size_t to = i < n ? cuts[i] : total;

		if (i % 2)
			assert_int_equal(osci_blob_slice(&parts[i], store, from, to - from, NULL), 0);
		else
			parts[i] = t_memory(from, to - from);
		from = to;
	}
	assert_int_equal(osci_blob_concat(&all, parts, n + 1), 0);
	for (i = 0; i <= n; i++)
		osci_blob_unref(parts[i]);
	osci_blob_unref(store);
	return all;
}

static void concats(void **state)
{
	static const size_t cuts[] = { 0, 1, 1, 5, 64, 65, 200, 200, 299 };
	struct osci_blob *all = cut_up(cuts, 9, 300), *again = NULL, *slice = NULL, *list[3];
	unsigned char want[900], got[900];
	size_t from, len;

	t_holds(all, 0, 300);
	assert_null(osci_blob_data(all));
	for (from = 0; from <= 300; from++)
		for (len = 0; len <= 300 - from; len += 7) {
			t_fill(want, from, len);
			assert_int_equal(osci_blob_read(all, from, got, len, NULL), 0);
			assert_memory_equal(got, want, len);
		}
	/* slices of a concatenation of slices of concatenations */
	for (from = 0; from <= 75; from += 3) {
		assert_int_equal(osci_blob_slice(&list[0], all, from, 200 - from, NULL), 0);
		assert_int_equal(osci_blob_slice(&list[1], all, 200, 0, NULL), 0);
		assert_int_equal(osci_blob_slice(&list[2], all, 200, 100, NULL), 0);
		assert_int_equal(osci_blob_concat(&again, list, 3), 0);
		t_holds(again, from, 300 - from);
		assert_int_equal(osci_blob_slice(&slice, again, from, 150, NULL), 0);
		t_holds(slice, 2 * from, 150);
		osci_blob_unrefp(&slice);
		osci_blob_unrefp(&again);
		for (len = 0; len < 3; len++)
			osci_blob_unref(list[len]);
	}
	osci_blob_unrefp(&all);
}

static void concats_at_the_edges(void **state)
{
	struct osci_blob *b = t_memory(0, 100), *one = NULL, *two[2], *whole = NULL;

	assert_int_equal(osci_blob_concat(&one, NULL, 0), 0);
	t_holds(one, 0, 0);
	assert_non_null(osci_blob_data(one));
	osci_blob_unrefp(&one);
	/* all of one blob is this blob */
	assert_int_equal(osci_blob_concat(&one, &b, 1), 0);
	assert_ptr_equal(one, b);
	osci_blob_unrefp(&one);
	assert_int_equal(osci_blob_slice(&one, b, 0, 100, NULL), 0);
	assert_ptr_equal(one, b);
	osci_blob_unrefp(&one);
	/* neighbours join again, and lie in memory in one piece */
	assert_int_equal(osci_blob_slice(&two[0], b, 10, 30, NULL), 0);
	assert_int_equal(osci_blob_slice(&two[1], b, 40, 50, NULL), 0);
	assert_int_equal(osci_blob_concat(&whole, two, 2), 0);
	assert_non_null(osci_blob_data(whole));
	t_holds(whole, 10, 80);
	osci_blob_unrefp(&whole);
	/* the same blob twice does not */
	two[1] = osci_blob_unref(two[1]);
	two[1] = osci_blob_ref(two[0]);
	assert_int_equal(osci_blob_concat(&whole, two, 2), 0);
	assert_null(osci_blob_data(whole));
	assert_int_equal(osci_blob_len(whole), 60);
	osci_blob_unrefp(&whole);
	osci_blob_unref(two[0]);
	osci_blob_unref(two[1]);
	osci_blob_unref(b);
}

/* Views of views stay one level: a hundred thousand on top of each other would end the stack. */
static void never_nested(void **state)
{
	struct osci_blob *b = NULL, *next, *pair[2];
	int i;

	pair[0] = t_memory(0, 100);
	pair[1] = t_memory(100, 100000);
	assert_int_equal(osci_blob_concat(&b, pair, 2), 0);
	osci_blob_unref(pair[0]);
	osci_blob_unref(pair[1]);
	for (i = 0; i < 100000; i++) {
		assert_int_equal(osci_blob_slice(&next, b, 1, osci_blob_len(b) - 1, NULL), 0);
		osci_blob_unref(b);
		b = next;
	}
	t_holds(b, 100000, 100);
	osci_blob_unref(b);
}

/* Doubled until there are more pieces than are taken, and lengths that would not fit. */
static int huge_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	memset(buf, 0x42, len);
	return 0;
}

static int huge_frees;

static void huge_free(void *self)
{
	huge_frees++;
}

static void limits(void **state)
{
	static const struct osci_blob_ops ops = { huge_read, huge_free, NULL };
	struct osci_blob *pair[2], *next = NULL, *first;
	unsigned char c = 0;
	int i, r = 0;

	assert_int_equal(osci_blob_new(&pair[0], &ops, NULL, (uint64_t)INT64_MAX - 1), 0);
	pair[1] = pair[0];
	assert_int_equal(osci_blob_concat(&next, pair, 2), OSCI_E_LIMIT);
	assert_int_equal(osci_blob_slice(&next, pair[0], INT64_MAX - 3, 2, NULL), 0);
	assert_int_equal(osci_blob_read(next, 1, &c, 1, NULL), 0);
	assert_int_equal(c, 0x42);
	osci_blob_unref(next);
	osci_blob_unref(pair[0]);
	assert_int_equal(huge_frees, 1);
	first = pair[0] = pair[1] = t_memory(0, 1);
	for (i = 0; r == 0 && i < 64; i++) {
		r = osci_blob_concat(&next, pair, 2);
		if (r)
			break;
		if (pair[0] != first)
			osci_blob_unref(pair[0]);
		pair[0] = pair[1] = next;
	}
	assert_int_equal(r, OSCI_E_LIMIT);
	assert_int_equal(i, 20);
	assert_int_equal(osci_blob_len(pair[0]), 1 << 20);
	osci_blob_unref(pair[0]);
	osci_blob_unref(first);
}

/* --- several threads ----------------------------------------------------- */

static void *reader(void *arg)
{
	struct osci_blob *b = osci_blob_ref(arg), *part = NULL;
	unsigned char want[1000], got[1000];
	uint64_t at = (uintptr_t)&want / 64 % 4096;
	long bad = 0;
	int i;

	for (i = 0; i < 3000; i++) {
		at = (at * 1103515245 + 12345) % (osci_blob_len(b) - sizeof(got));
		t_fill(want, at, sizeof(want));
		if (osci_blob_read(b, at, got, sizeof(got), NULL) || memcmp(got, want, sizeof(got)) ||
		    osci_blob_slice(&part, b, at, 100, NULL) || osci_blob_read(part, 0, got, 100, NULL) ||
		    memcmp(got, want, 100))
			bad++;
		osci_blob_unrefp(&part);
	}
	osci_blob_unref(b);
	return (void *)(intptr_t)bad;
}

static void read_by_threads(void **state)
{
	static const size_t cuts[] = { 999, 5000, 60000, 61000 };
	struct osci_blob *b = cut_up(cuts, 4, 100000);
	pthread_t t[8];
	void *bad;
	int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&t[i], NULL, reader, b), 0);
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
	osci_blob_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(file),
		cmocka_unit_test(file_that_changes),
		cmocka_unit_test(slices),
		cmocka_unit_test(concats),
		cmocka_unit_test(concats_at_the_edges),
		cmocka_unit_test(never_nested),
		cmocka_unit_test(limits),
		cmocka_unit_test(read_by_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
