/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-alloc - every allocation of this room fails once
 *
 * Allocations are counted by wrapped functions (link option --wrap).  Whatever fails: -ENOMEM, nothing made,
 * nothing lost (the sanitizer build sees a leak), every descriptor closed, the quota given back.
 */
#include "lib/t_alloc.h"
#include "t_blob.h"

static int work(const char *dir)
{
	static const char octets[3000];
	struct osci_spool_conf conf = { .dir = dir, .memory = 1000 };
	struct osci_spool *spool = NULL;
	struct osci_sink *sink = NULL;
	struct osci_blob *all = NULL, *again = NULL, *slice = NULL, *part[3] = { NULL };
	struct osci_stream *stream = NULL;
	unsigned char *data = NULL;
	size_t len = 0;
	int r;

	r = osci_spool_new(&spool, &conf, NULL);
	r = r ? r : osci_sink_new(&sink, spool, 5000);
	r = r ? r : osci_sink_add(sink, octets, 500, NULL);
	r = r ? r : osci_sink_add(sink, octets, 3000, NULL);
	r = r ? r : osci_sink_done(&sink, &part[0], NULL);
	r = r ? r : osci_sink_new(&sink, spool, 5000);
	r = r ? r : osci_sink_add(sink, octets, 700, NULL);
	r = r ? r : osci_sink_done(&sink, &part[1], NULL);
	r = r ? r : osci_blob_copy(&part[2], octets, 20);
	r = r ? r : osci_blob_concat(&all, part, 3);
	r = r ? r : osci_blob_slice(&slice, all, 100, 4000, NULL);
	r = r ? r : osci_stream_of_blob(&stream, slice);
	r = r ? r : osci_stream_to_blob(stream, spool, &again, NULL);
	osci_stream_freep(&stream);
	r = r ? r : osci_stream_of_blob(&stream, again);
	r = r ? r : osci_stream_to_memory(stream, &data, &len, NULL);
	if (r == 0) {
		assert_int_equal(len, 4000);
		assert_memory_equal(data, octets, 3000);
		assert_int_equal(osci_spool_used(spool), 7500);
	} else {
		assert_null(data);
	}
	free(data);
	osci_sink_freep(&sink);
	osci_stream_freep(&stream);
	osci_blob_unref(slice);
	osci_blob_unref(again);
	osci_blob_unref(all);
	for (len = 0; len < 3; len++)
		osci_blob_unref(part[len]);
	if (spool)
		assert_int_equal(osci_spool_used(spool), 0);
	osci_spool_unref(spool);
	return r;
}

static void each_in_turn(void **state)
{
	struct t_dir dir = t_dir_new();
	int before = dup(0), after, r;
	long at;

	close(before);
	for (at = 1;; at++) {
		t_alloc_countdown = at;
		t_alloc_failed = false;
		r = work(dir.path);
		t_alloc_countdown = 0;
		if (!t_alloc_failed)
			break;
		assert_int_equal(r, -ENOMEM);
		after = dup(0); /* the lowest free descriptor is what it was */
		close(after);
		assert_int_equal(after, before);
	}
	assert_int_equal(r, 0);
	assert_true(at > 20);
	t_dir_end(&dir);
}

static void file_given_away(void **state)
{
	struct osci_blob *b = NULL;
	int fd, at;

	for (at = 1; at <= 2; at++) {
		fd = t_file(10);
		t_alloc_countdown = at;
		assert_int_equal(osci_blob_file(&b, fd, 0, 10, NULL), -ENOMEM);
		t_alloc_countdown = 0;
		assert_null(b);
		assert_int_equal(fcntl(fd, F_GETFD), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_in_turn),
		cmocka_unit_test(file_given_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
