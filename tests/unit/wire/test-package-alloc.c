/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-package-alloc - every allocation fails once while a package is written, and while it is opened
 *
 * Allocations of this library are counted by wrapped functions (link option --wrap).  Whatever fails: an error, never a
 * crash, a leak (the sanitizer build sees it) or a wrong success.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <osci/metadata.h>
#include "lib/t_alloc.h"
#include "t_parcel.h"

/* Fails the first, the second ... allocation of @work until all of it goes well. */
static void each_fails(int (*work)(void *), void *arg)
{
	long n;
	int r;

	for (n = 1;; n++) {
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = work(arg);
		t_alloc_countdown = 0;
		if (!t_alloc_failed)
			break;
		if (r != -ENOMEM)
			fail_msg("allocation %ld failed, result %d", n, r);
		assert_true(n < 10000);
	}
	assert_int_equal(r, 0);
	print_message("# %ld allocations\n", n - 1);
}

/* Two authors, nested and layered containers, attachments of each kind. */
static int pack(void *arg)
{
	struct osci_blob *const *blobs = arg;
	const struct osci_attachment_draft one = { "one", blobs[0] }, two = { NULL, blobs[1] };
	const struct osci_author_draft by[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft to[] = { T_READER, T_SECOND };
	const struct osci_content_draft inside[] = { { .data = "Text", .len = 4 }, { .attachment = &one } };
	const struct osci_container_draft inner = { .contents = inside, .n_contents = 2, .authors = by + 1, .n_authors = 1 };
	const struct osci_content_draft outside[] = { { .container = &inner }, { .attachment = &one } };
	const struct osci_content_draft clear[] = { { .attachment = &two } };
	const struct osci_container_draft c[] = {
		{ .contents = outside, .n_contents = 2, .authors = by + 1, .n_authors = 1, .readers = to, .n_readers = 1 },
		{ .contents = clear, .n_contents = 1, .authors = by + 1, .n_authors = 1 },
	};
	struct osci_package *p = NULL;
	int r = osci_package_new(&p, c, 2, NULL, NULL);

	assert_int_equal(p != NULL, r == 0);
	osci_package_freep(&p);
	return r;
}

static int unpack(void *arg)
{
	struct osci_key *const keys[] = { t_reader, NULL };
	struct osci_contents *c = NULL;
	int r = t_parcel_contents(&c, arg, keys, NULL);

	assert_int_equal(c != NULL, r == 0);
	osci_contents_freep(&c);
	return r;
}

static void writing(void **state)
{
	struct osci_blob *blobs[] = { t_blob("Anlage"), t_blob("") };

	each_fails(pack, blobs);
	osci_blob_unref(blobs[0]);
	osci_blob_unref(blobs[1]);
}

static void reading(void **state)
{
	struct osci_blob *blob = t_blob("Anlage");
	const struct osci_attachment_draft one = { "one", blob };
	const struct osci_author_draft by = T_CLERK;
	const struct osci_reader_draft to = T_READER;
	const struct osci_content_draft inside[] = { { .data = "Text", .len = 4 }, { .attachment = &one } };
	const struct osci_container_draft inner = { .contents = inside, .n_contents = 2, .authors = &by, .n_authors = 1 };
	const struct osci_content_draft outside[] = { { .container = &inner } };
	const struct osci_container_draft c = { .contents = outside, .n_contents = 1, .authors = &by, .n_authors = 1,
						.readers = &to, .n_readers = 1 };
	struct osci_message *m = t_parcel_pass(&c, 1, NULL);

	each_fails(unpack, m);
	osci_message_freep(&m);
	osci_blob_unref(blob);
}

/* --- MessageMetaData --------------------------------------------------------- */

static int describe(void *arg)
{
	static const struct osci_meta_token token = {
		"SIGNATURE", NULL,
		"<w:UsernameToken xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">"
		"</w:UsernameToken>",
	};
	static const struct osci_meta_identifier others[] = { { "r2", "t" }, { "r3", "t" } };
	static const struct osci_metadata d = {
		.author = { { "a", "t" }, &token, 1 }, .reader = { { "r", "t" } }, .other_readers = others,
		.n_other_readers = 2, .message_id = "urn:m", .service = "urn:s", .undefined_scenario = "x",
		.message_type = { "urn:l", "1", "c" }, .payload_schema = "urn:p",
	};
	struct osci_metadata *got = NULL;
	struct osci_custom c;
	int r = osci_metadata_write(&c, &d, NULL);

	assert_int_equal(c.xml != NULL, r == 0);
	if (!r)
		r = osci_metadata_read(&got, &c, NULL);
	osci_metadata_freep(&got);
	osci_custom_clear(&c);
	return r;
}

static void metadata(void **state)
{
	each_fails(describe, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writing), cmocka_unit_test(reading), cmocka_unit_test(metadata),
	};

	return cmocka_run_group_tests(tests, t_parcel_setup, t_parcel_teardown);
}
