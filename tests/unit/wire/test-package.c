/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-package - every shape of package, written and read back
 *
 * Each message goes through writer and reader; what the reader shows is compared with the draft, for each reader with
 * the keys that this one has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "t_parcel.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static const struct osci_content_draft hello[] = { { .data = "Hallo", .len = 5 } };

/* --- contents and authors ------------------------------------------------------------ */

static void inline_contents(void **state)
{
	const struct osci_content_draft contents[] = { { .data = "eins", .len = 4 }, { .data = "" },
						       { .data = "zw\0ei\xff", .len = 6 } };
	const struct osci_container_draft c[] = { { .contents = contents, .n_contents = 3 },
						  { .contents = hello, .n_contents = 1 } };
	struct osci_message *m = t_parcel_pass(c, 2, NULL);
	struct osci_contents *got = t_parcel_unpack(m, NULL, NULL);

	assert_int_equal(got->n_items, 4);
	t_item_is(&got->items[0], "eins");
	t_item_is(&got->items[1], "");
	assert_int_equal(got->items[2].len, 6);
	assert_memory_equal(got->items[2].data, "zw\0ei\xff", 6);
	t_item_is(&got->items[3], "Hallo");
	assert_string_equal(got->items[0].container, got->items[2].container);
	assert_string_not_equal(got->items[0].container, got->items[3].container);
	t_item_by(&got->items[0], NULL, NULL);
	assert_false(got->items[0].encrypted);
	osci_contents_freep(&got);
	osci_message_freep(&m);
}

/* Parallel signatures, of keys of different kinds; each item names all of them. */
static void several_authors(void **state)
{
	const struct osci_content_draft contents[] = { { .data = "eins", .len = 4 }, { .data = "zwei", .len = 4 } };
	const struct osci_author_draft authors[] = { T_AUTHOR, T_CLERK, T_OFFICE };
	struct osci_container_draft c = { .contents = contents, .n_contents = 2, .authors = authors };
	struct osci_package *p;
	size_t i;

	for (c.n_authors = 1; c.n_authors <= 3; c.n_authors++) {
		struct osci_message *m = t_parcel_pass(&c, 1, NULL);
		struct osci_contents *got = t_parcel_unpack(m, NULL, NULL);

		assert_int_equal(got->n_items, 2);
		for (i = 0; i < 2; i++) {
			t_item_is(&got->items[i], i ? "zwei" : "eins");
			assert_int_equal(got->items[i].n_signatures, c.n_authors);
			assert_string_equal(got->items[i].signatures[0].algorithm, OSCI_URI_PSS_SHA256);
			if (c.n_authors > 1)
				assert_string_equal(got->items[i].signatures[1].algorithm, OSCI_URI_ECDSA_SHA256);
		}
		if (c.n_authors == 2)
			t_item_by(&got->items[0], t_author, t_clerk);
		osci_contents_freep(&got);
		osci_message_freep(&m);
	}
	c.n_authors = 3;
	p = t_parcel_pack(&c, 1, NULL);
	assert_int_equal(p->n_certs, 3);
	osci_package_freep(&p);
}

/* A container around a signed one: the outer author signs the inner signature, too. */
static void counter_signature(void **state)
{
	const struct osci_author_draft author = T_AUTHOR, clerk = T_CLERK;
	const struct osci_container_draft inner = { .contents = hello, .n_contents = 1, .authors = &author, .n_authors = 1 };
	const struct osci_content_draft outside[] = { { .container = &inner }, { .data = "gesehen", .len = 7 } };
	const struct osci_reader_draft reader = T_READER;
	struct osci_container_draft outer = { .contents = outside, .n_contents = 2, .authors = &clerk, .n_authors = 1,
					      .readers = &reader };

	for (outer.n_readers = 0; outer.n_readers <= 1; outer.n_readers++) {
		struct osci_message *m = t_parcel_pass(&outer, 1, NULL);
		struct osci_contents *got = t_parcel_unpack(m, t_reader, NULL);

		assert_int_equal(got->n_items, 2);
		t_item_is(&got->items[0], "gesehen");
		t_item_by(&got->items[0], t_clerk, NULL);
		t_item_is(&got->items[1], "Hallo");
		t_item_by(&got->items[1], t_author, NULL);
		assert_int_equal(got->items[1].encrypted, outer.n_readers);
		osci_contents_freep(&got);
		osci_message_freep(&m);
	}
}

/* --- readers --------------------------------------------------------------------------- */

static void readers(void **state)
{
	const struct osci_reader_draft to[] = { T_READER, T_SECOND };
	const struct osci_author_draft author = T_AUTHOR;
	struct osci_container_draft c = { .contents = hello, .n_contents = 1, .authors = &author, .n_authors = 1,
					  .readers = to, .n_readers = 2 };
	struct osci_key *const keys[] = { t_reader, t_second, t_stranger };
	size_t i, k;
	int one;

	for (one = 0; one < 2; one++) {
		struct osci_message *m;

		c.one_for_all = one;
		m = t_parcel_pass(&c, 1, NULL);
		for (k = 0; k < 3; k++) {
			struct osci_contents *got = t_parcel_unpack(m, keys[k], NULL);
			size_t readable = 0;

			assert_int_equal(got->n_items, one ? 1 : 2);
			for (i = 0; i < got->n_items; i++) {
				assert_true(got->items[i].encrypted);
				assert_string_equal(got->items[i].algorithm, OSCI_URI_AES256_GCM);
				if (!got->items[i].readable) {
					assert_null(got->items[i].data);
					continue;
				}
				readable++;
				t_item_is(&got->items[i], "Hallo");
				t_item_by(&got->items[i], t_author, NULL);
			}
			assert_int_equal(readable, k < 2 ? 1 : 0);
			osci_contents_freep(&got);
		}
		osci_message_freep(&m);
	}
}

/* The outer layer is for one, what is inside for another: each key opens its layer and no more. */
static void layer_by_layer(void **state)
{
	const struct osci_reader_draft reader = T_READER, second = T_SECOND;
	const struct osci_author_draft author = T_AUTHOR, clerk = T_CLERK;
	const struct osci_container_draft inner = { .contents = hello, .n_contents = 1, .authors = &author, .n_authors = 1,
						    .readers = &second, .n_readers = 1 };
	const struct osci_content_draft outside[] = { { .container = &inner }, { .data = "Begleitzettel", .len = 13 } };
	struct osci_container_draft outer = { .contents = outside, .n_contents = 2, .authors = &clerk,
					      .readers = &reader, .n_readers = 1 };
	struct osci_contents *got;

	for (outer.n_authors = 0; outer.n_authors <= 1; outer.n_authors++) {
		struct osci_message *m = t_parcel_pass(&outer, 1, NULL);

		got = t_parcel_unpack(m, t_reader, t_second);
		assert_int_equal(got->n_items, 2);
		t_item_is(&got->items[0], "Begleitzettel");
		t_item_by(&got->items[0], outer.n_authors ? t_clerk : NULL, NULL);
		t_item_is(&got->items[1], "Hallo");
		t_item_by(&got->items[1], t_author, NULL);
		osci_contents_freep(&got);
		got = t_parcel_unpack(m, t_reader, NULL);
		assert_int_equal(got->n_items, 2);
		assert_true(got->items[0].readable);
		assert_false(got->items[1].readable);
		osci_contents_freep(&got);
		got = t_parcel_unpack(m, t_second, NULL); /* the inner key alone opens nothing */
		assert_int_equal(got->n_items, 1);
		assert_false(got->items[0].readable);
		osci_contents_freep(&got);
		osci_message_freep(&m);
	}
}

/* Encrypted first, then signed by somebody who need not be able to read it. */
static void signed_around_encrypted(void **state)
{
	const struct osci_reader_draft to[] = { T_READER, T_SECOND };
	const struct osci_author_draft clerk = T_CLERK;
	const struct osci_container_draft inner = { .contents = hello, .n_contents = 1, .readers = to, .n_readers = 2 };
	const struct osci_content_draft outside[] = { { .container = &inner } };
	const struct osci_container_draft outer = { .contents = outside, .n_contents = 1, .authors = &clerk, .n_authors = 1 };
	struct osci_message *m = t_parcel_pass(&outer, 1, NULL);
	struct osci_contents *got = t_parcel_unpack(m, t_second, NULL);

	assert_int_equal(got->n_items, 2);
	assert_false(got->items[0].readable);
	t_item_is(&got->items[1], "Hallo");
	osci_contents_freep(&got);
	osci_message_freep(&m);
}

static void deep(void **state)
{
	struct osci_container_draft c[OSCI_PACKAGE_DEPTH + 1];
	struct osci_content_draft contents[OSCI_PACKAGE_DEPTH + 1] = { hello[0] };
	const struct osci_author_draft author = T_AUTHOR;
	const struct osci_reader_draft reader = T_READER;
	struct osci_package *p = NULL;
	struct osci_contents *got;
	struct osci_message *m;
	size_t i;

	for (i = 0; i <= OSCI_PACKAGE_DEPTH; i++) {
		c[i] = (struct osci_container_draft){ .contents = &contents[i], .n_contents = 1, .authors = &author,
						      .n_authors = 1 };
		if (i)
			contents[i] = (struct osci_content_draft){ .container = &c[i - 1] };
	}
	m = t_parcel_pass(&c[OSCI_PACKAGE_DEPTH - 1], 1, NULL);
	got = t_parcel_unpack(m, NULL, NULL);
	assert_int_equal(got->n_items, 1);
	t_item_is(&got->items[0], "Hallo");
	osci_contents_freep(&got);
	osci_message_freep(&m);
	assert_int_equal(osci_package_new(&p, &c[OSCI_PACKAGE_DEPTH], 1, NULL, NULL), OSCI_E_LIMIT);
	/* As many layers of encryption as a reader takes, and one more. */
	for (i = 0; i < 5; i++) {
		c[i].readers = &reader;
		c[i].n_readers = 1;
	}
	m = t_parcel_pass(&c[3], 1, NULL);
	got = t_parcel_unpack(m, t_reader, NULL);
	t_item_is(&got->items[0], "Hallo");
	osci_contents_freep(&got);
	osci_message_freep(&m);
	assert_int_equal(osci_package_new(&p, &c[4], 1, NULL, NULL), OSCI_E_LIMIT);
	assert_null(p);
}

/* --- attachments ------------------------------------------------------------------------- */

static const struct osci_attachment *attachment(const struct osci_contents *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->n_attachments; i++)
		if (!strcmp(c->attachments[i].content_id, id))
			return &c->attachments[i];
	fail_msg("no attachment %s", id);
	return NULL;
}

/* Two containers point to one attachment; one MIME part, one key. */
static void attachments(void **state)
{
	struct osci_blob *blobs[] = { t_blob("Anlage eins"), t_blob(""), t_blob("Anlage drei") };
	const struct osci_attachment_draft one = { "eins.bin", blobs[0] }, two = { NULL, blobs[1] },
					   three = { "a+b=c:d@e", blobs[2] };
	const struct osci_content_draft first[] = { { .data = "Text", .len = 4 }, { .attachment = &one },
						    { .attachment = &two }, { .attachment = &one } };
	const struct osci_content_draft second[] = { { .attachment = &one }, { .attachment = &three } };
	const struct osci_author_draft authors[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft to[] = { T_READER, T_SECOND };
	struct osci_container_draft c[] = { { .contents = first, .n_contents = 4, .authors = authors, .readers = to },
					    { .contents = second, .n_contents = 2, .authors = authors, .readers = to } };
	int shape;
	size_t i;

	for (shape = 0; shape < 12; shape++) {
		int n_readers = shape / 2 % 3;
		struct osci_message *m;
		struct osci_contents *got;
		struct osci_package *p;

		for (i = 0; i < 2; i++) {
			c[i].n_authors = shape & 1 ? 2 : 0;
			c[i].n_readers = (size_t)n_readers;
			c[i].one_for_all = shape >= 6;
		}
		p = t_parcel_pack(c, 2, NULL);
		assert_int_equal(p->n_parts, 3);
		for (i = 0; i < 3; i++) {
			unsigned char digest[OSCI_DIGEST_MAX];
			size_t len;

			assert_true(p->parts[i].hashed);
			assert_int_equal(osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), p->parts[i].data,
						     p->parts[i].len, digest, &len), 0);
			assert_memory_equal(p->parts[i].sha256, digest, 32);
			if (n_readers)
				assert_int_equal(p->parts[i].len, osci_blob_len(blobs[i]) + 12 + 16);
			else
				assert_ptr_equal(p->parts[i].blob, blobs[i]);
		}
		osci_package_freep(&p);
		m = t_parcel_pass(c, 2, NULL);
		got = t_parcel_unpack(m, t_reader, NULL);
		for (i = 0; i < got->n_items; i++) {
			const struct osci_content_item *item = &got->items[i];

			if (!item->readable)
				continue;
			assert_int_equal(item->n_signatures, shape & 1 ? 2 : 0);
			if (!item->attachment)
				t_item_is(item, "Text");
			else if (!strcmp(item->attachment, "eins.bin"))
				t_item_is(item, "Anlage eins");
			else if (!strcmp(item->attachment, "a+b=c:d@e"))
				t_item_is(item, "Anlage drei");
			else
				t_item_is(item, "");
		}
		assert_int_equal(got->n_attachments, 3);
		assert_int_equal(attachment(got, "eins.bin")->encrypted, n_readers > 0);
		assert_int_equal(attachment(got, "eins.bin")->len, 11);
		assert_memory_equal(attachment(got, "eins.bin")->data, "Anlage eins", 11);
		osci_contents_freep(&got);
		if (n_readers) {
			got = t_parcel_unpack(m, t_stranger, NULL);
			assert_null(attachment(got, "eins.bin")->data);
			assert_true(attachment(got, "eins.bin")->encrypted);
			osci_contents_freep(&got);
		}
		osci_message_freep(&m);
	}
	for (i = 0; i < 3; i++)
		osci_blob_unref(blobs[i]);
}

/* Attachments of containers inside a signed or encrypted one: covered and keyed there. */
static void nested_attachments(void **state)
{
	struct osci_blob *blob = t_blob("Anlage");
	const struct osci_attachment_draft a = { "a", blob };
	const struct osci_author_draft author = T_AUTHOR, clerk = T_CLERK;
	const struct osci_reader_draft reader = T_READER;
	const struct osci_content_draft inside[] = { { .attachment = &a } };
	struct osci_container_draft inner = { .contents = inside, .n_contents = 1, .authors = &author, .readers = &reader };
	const struct osci_content_draft outside[] = { { .data = "x", .len = 1 }, { .container = &inner } };
	struct osci_container_draft outer = { .contents = outside, .n_contents = 2, .authors = &clerk, .readers = &reader };
	const struct osci_container_draft more = { .contents = inside, .n_contents = 1, .readers = &reader,
						   .n_readers = 1 };
	int shape;

	for (shape = 0; shape < 16; shape++) {
		struct osci_container_draft list[2] = { outer, more };
		struct osci_contents *got;
		struct osci_message *m;
		size_t i, seen = 0;

		inner.n_authors = shape & 1;
		inner.n_readers = shape >> 1 & 1;
		list[0].n_authors = shape >> 2 & 1;
		list[0].n_readers = shape >> 3 & 1;
		m = t_parcel_pass(list, shape & 10 ? 2 : 1, NULL);
		got = t_parcel_unpack(m, t_reader, NULL);
		for (i = 0; i < got->n_items; i++)
			if (got->items[i].attachment) {
				t_item_is(&got->items[i], "Anlage");
				seen++;
			}
		assert_int_equal(seen, shape & 10 ? 2 : 1);
		osci_contents_freep(&got);
		osci_message_freep(&m);
	}
	osci_blob_unref(blob);
}

/* --- through an intermediary ---------------------------------------------------------------- */

/* The answer with which the delivery of @m is handed on: package, parts and certificates as they came. */
static struct osci_message *handed_on(const struct osci_message *m)
{
	const struct osci_feedback done = { "0801", "de", "ausgef\xc3\xbchrt" };
	const struct osci_card card = { .message_id = "m1@intermed", .recent_modification = "2026-11-22T09:00:00Z",
					.creation = "2026-11-22T09:00:00Z", .forwarding = "2026-11-22T09:00:01Z" };
	struct osci_draft_cert certs[16];
	struct osci_draft d = {
		.type = OSCI_RESPONSE_TO_FETCH_DELIVERY, .feedback = &done, .n_feedback = 1, .cards = &card, .n_cards = 1,
		.control = { .response = "cg==", .challenge = "Yw==", .conversation_id = "1", .has_sequence = true },
		.certs = certs, .has_package = true, .parts = m->parts, .n_parts = m->n_parts,
	};
	const struct osci_write_opts opts = { .signer = t_office };
	struct osci_message *out;
	struct osci_err err = { 0 };
	unsigned char *data = NULL;
	char *package = NULL;
	size_t len, i;

	for (i = 0; i < m->n_certs; i++)
		certs[d.n_certs++] = (struct osci_draft_cert){ m->certs[i].role, m->certs[i].cert, m->certs[i].id };
	assert_int_equal(osci_message_package(m, &package, &d.package_len, NULL), 0);
	d.package = package;
	if (osci_write(&data, &len, &d, &opts, &err))
		fail_msg("write: %s %s", err.where, err.what);
	out = t_parcel_open(data, len);
	free(data);
	free(package);
	return out;
}

/* Signatures in the clear hold in the other envelope, too: nested, with attachments, around something encrypted. */
static void through_an_intermediary(void **state)
{
	struct osci_blob *blob = t_blob("Anlage");
	const struct osci_attachment_draft a = { "a", blob };
	const struct osci_author_draft author = T_AUTHOR, both[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft reader = T_READER;
	const struct osci_content_draft inside[] = { { .attachment = &a }, { .data = "innen", .len = 5 } };
	const struct osci_container_draft inner = { .contents = inside, .n_contents = 2, .authors = &author, .n_authors = 1 };
	const struct osci_container_draft sealed = { .contents = hello, .n_contents = 1, .readers = &reader, .n_readers = 1 };
	const struct osci_content_draft outside[] = { { .container = &inner }, { .container = &sealed } };
	const struct osci_container_draft c = { .contents = outside, .n_contents = 2, .authors = both, .n_authors = 2 };
	struct osci_message *m = t_parcel_pass(&c, 1, NULL), *next;
	struct osci_contents *got;
	int hop;

	for (hop = 0; hop < 2; hop++) { /* what was handed on can be handed on */
		next = handed_on(m);
		osci_message_freep(&m);
		m = next;
		got = t_parcel_unpack(m, t_reader, NULL);
		assert_int_equal(got->n_items, 3);
		t_item_is(&got->items[0], "Anlage");
		t_item_by(&got->items[0], t_author, NULL);
		t_item_is(&got->items[1], "innen");
		t_item_is(&got->items[2], "Hallo");
		osci_contents_freep(&got);
	}
	osci_message_freep(&m);
	osci_blob_unref(blob);
}

/* --- algorithms --------------------------------------------------------------------------- */

static void suites(void **state)
{
	static const struct osci_suite list[] = {
		{ .digest = OSCI_URI_SHA512, .cipher = "http://www.w3.org/2009/xmlenc11#aes128-gcm", .iv_octets = 16 },
		{ .digest = "http://www.w3.org/2007/05/xmldsig-more#sha3-512", .oaep_digest = OSCI_URI_SHA512 },
		{ .cipher = "http://www.w3.org/2009/xmlenc11#aes192-gcm" },
	};
	struct osci_blob *blob = t_blob("Anlage");
	const struct osci_attachment_draft a = { NULL, blob };
	const struct osci_content_draft contents[] = { { .data = "x", .len = 1 }, { .attachment = &a } };
	const struct osci_author_draft authors[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft reader = T_READER;
	const struct osci_container_draft inner = { .contents = contents, .n_contents = 2, .authors = authors, .n_authors = 2,
						    .suite = &list[0] };
	const struct osci_content_draft outside = { .container = &inner };
	size_t i, k;

	for (i = 0; i < N(list); i++) {
		const struct osci_package_opts opts = { .suite = list[i] };
		const struct osci_container_draft c[] = {
			{ .contents = contents, .n_contents = 2, .authors = authors, .n_authors = 2, .readers = &reader,
			  .n_readers = 1 },
			/* the attachment is signed with digests of two kinds */
			{ .contents = &outside, .n_contents = 1, .authors = authors, .n_authors = 1, .readers = &reader,
			  .n_readers = 1 },
		};
		struct osci_message *m = t_parcel_pass(c, 2, &opts);
		struct osci_contents *got = t_parcel_unpack(m, t_reader, NULL);

		assert_int_equal(got->n_items, 4);
		for (k = 0; k < 4; k++) {
			t_item_by(&got->items[k], t_author, t_clerk);
			if (list[i].cipher)
				assert_string_equal(got->items[k].algorithm, list[i].cipher);
		}
		osci_contents_freep(&got);
		osci_message_freep(&m);
	}
	osci_blob_unref(blob);
}

/* --- refusals ------------------------------------------------------------------------------ */

static void refused(int result, const struct osci_container_draft *c, size_t n)
{
	struct osci_package *p = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(osci_package_new(&p, c, n, NULL, &err), result);
	assert_int_equal(err.code, result);
	assert_true(err.what[0]);
	assert_null(p);
}

static void wrong_calls(void **state)
{
	struct osci_blob *blob = t_blob("Anlage");
	const struct osci_attachment_draft a = { "a", blob }, same = { "A", blob }, none = { "b", NULL };
	const struct osci_attachment_draft bad[] = { { "a/b", blob }, { "", blob }, { "osci@message", blob },
						     { "\xc3\xa4", blob } };
	const struct osci_author_draft author = T_AUTHOR, wrong_author = { t_author, OSCI_SIGN_ADDRESSEE },
				       no_key = { NULL, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft reader = T_READER, wrong_reader = { osci_key_cert(t_reader), OSCI_SIGN_ORIGINATOR },
				       no_cert = { NULL, OSCI_CIPHER_ADDRESSEE };
	struct osci_container_draft c = { .contents = hello, .n_contents = 1 };
	struct osci_container_draft two[2];
	struct osci_content_draft content[2] = { { .data = "x", .len = 1, .attachment = &a } };
	struct osci_suite suite = { .digest = "urn:unknown" };
	size_t i;

	refused(OSCI_E_USAGE, &(struct osci_container_draft){ 0 }, 1);
	c.contents = content;
	refused(OSCI_E_USAGE, &c, 1); /* two kinds */
	content[0] = (struct osci_content_draft){ 0 };
	refused(OSCI_E_USAGE, &c, 1); /* none */
	content[0].attachment = &none;
	refused(OSCI_E_USAGE, &c, 1);
	for (i = 0; i < N(bad); i++) {
		content[0].attachment = &bad[i];
		refused(OSCI_E_USAGE, &c, 1);
	}
	content[0].attachment = &a;
	content[1].attachment = &same;
	c.n_contents = 2;
	refused(OSCI_E_USAGE, &c, 1); /* one Content-ID for two parts */
	c.n_contents = 1;
	c.authors = &wrong_author;
	c.n_authors = 1;
	refused(OSCI_E_USAGE, &c, 1);
	c.authors = &no_key;
	refused(OSCI_E_USAGE, &c, 1);
	c.authors = &author;
	c.suite = &suite;
	refused(OSCI_E_ALGORITHM, &c, 1);
	suite = (struct osci_suite){ .signature = OSCI_URI_ECDSA_SHA256 };
	refused(OSCI_E_ALGORITHM, &c, 1); /* not for this key */
	suite = (struct osci_suite){ .cipher = "http://www.w3.org/2001/04/xmlenc#aes256-cbc" };
	c.readers = &reader;
	c.n_readers = 1;
	refused(OSCI_E_ALGORITHM, &c, 1);
	c.suite = NULL;
	c.readers = &wrong_reader;
	refused(OSCI_E_USAGE, &c, 1);
	c.readers = &no_cert;
	refused(OSCI_E_USAGE, &c, 1);
	c.readers = &reader;
	two[0] = two[1] = c;
	two[1].n_readers = 0;
	refused(OSCI_E_USAGE, two, 2); /* one attachment, in the clear and encrypted */
	content[1] = (struct osci_content_draft){ .container = &two[0] };
	two[1].n_contents = 2;
	refused(OSCI_E_USAGE, &two[1], 1);
	osci_blob_unref(blob);
}

static void limits(void **state)
{
	struct osci_limits l;
	const struct osci_author_draft authors[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft to[] = { T_READER, T_SECOND };
	const struct osci_content_draft contents[] = { { .data = "Hallo", .len = 5 }, { .data = "Hallo", .len = 5 } };
	const struct osci_container_draft c = { .contents = contents, .n_contents = 2, .authors = authors, .n_authors = 2,
						.readers = to, .n_readers = 2, .one_for_all = true };
	const struct osci_package_opts opts = { .limits = &l };
	struct osci_package *p = NULL;
	unsigned *const counts[] = { &l.signatures, &l.encrypted_keys, &l.containers, &l.references,
				     &l.references_message };
	size_t i;

	for (i = 0; i <= N(counts); i++) {
		struct osci_err err = { 0 };

		osci_limits_default(&l);
		if (i < N(counts))
			*counts[i] = 1;
		else
			l.xml_bytes = 4000;
		assert_int_equal(osci_package_new(&p, &c, 1, &opts, &err), OSCI_E_LIMIT);
		assert_int_equal(err.code, OSCI_E_LIMIT);
		assert_null(p);
		if (i < N(counts)) {
			*counts[i] = counts[i] == &l.references_message ? 4 : 2; /* both authors sign both contents */
			assert_int_equal(osci_package_new(&p, &c, 1, &opts, &err), 0);
			osci_package_freep(&p);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_contents),   cmocka_unit_test(several_authors),
		cmocka_unit_test(counter_signature), cmocka_unit_test(readers),
		cmocka_unit_test(layer_by_layer),    cmocka_unit_test(signed_around_encrypted),
		cmocka_unit_test(deep),              cmocka_unit_test(attachments),
		cmocka_unit_test(nested_attachments), cmocka_unit_test(suites),
		cmocka_unit_test(through_an_intermediary),
		cmocka_unit_test(wrong_calls),       cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, t_parcel_setup, t_parcel_teardown);
}
