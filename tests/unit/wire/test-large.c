/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-large - messages that do not fit into memory: written, opened and used as streams and views
 *
 * What must hold: memory does not follow the size; nothing is parsed before the tag of what it was encrypted with is right;
 * storage that fails at any read is an error, leaves nothing behind and is not taken for a wrong key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/package.h>
#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_mime.h"
#include "lib/t_reads.h"
#include "t_order.h"
#include "unit/blob/t_blob.h"

#define MB ((size_t)1 << 20)
#define PART (MB + 99077) /* read as a view, not at once */

/* --- what the reader parses ------------------------------------------------------ */

int __real_osci_mime_parse(struct osci_mime **ret, struct osci_blob *body, const struct osci_limits *limits,
			   const struct osci_mime_events *also, void *arg, struct osci_err *err);
int __wrap_osci_mime_parse(struct osci_mime **ret, struct osci_blob *body, const struct osci_limits *limits,
			   const struct osci_mime_events *also, void *arg, struct osci_err *err);
static unsigned parsed; /* messages given to MIME */

int __wrap_osci_mime_parse(struct osci_mime **ret, struct osci_blob *body, const struct osci_limits *limits,
			   const struct osci_mime_events *also, void *arg, struct osci_err *err)
{
	parsed++;
	return __real_osci_mime_parse(ret, body, limits, also, arg, err);
}

/* --- one delivery with one attachment -------------------------------------------- */

static struct osci_limits limits;

static struct osci_open_opts open_opts(void)
{
	static struct osci_key *keys[1];

	keys[0] = t_reader;
	return (struct osci_open_opts){ .limits = &limits, .keys = keys, .n_keys = 1, .trust = t_trust, .now = T_NOW,
					.policy = { .require_signature = true, .require_content_signature = true } };
}

/* @sealed: content encrypted for the reader. */
static struct osci_package *package(struct osci_blob *attachment, bool sealed)
{
	const struct osci_attachment_draft a = { .content_id = "large", .blob = attachment };
	const struct osci_content_draft contents[] = { { .data = "Inhalt", .len = 6 }, { .attachment = &a } };
	const struct osci_author_draft author = { t_office, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft reader = { osci_key_cert(t_reader), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = { .contents = contents, .n_contents = 2, .authors = &author,
							.n_authors = 1, .readers = &reader, .n_readers = sealed };
	const struct osci_package_opts opts = { .limits = &limits };
	struct osci_package *p = NULL;
	struct osci_err err = { 0 };

	if (osci_package_new(&p, &container, 1, &opts, &err))
		fail_msg("package: %s %s", err.where, err.what);
	return p;
}

static int stream_of(struct osci_stream **ret, const struct osci_part *parts, size_t n_parts, const struct osci_package *p,
		     bool encrypted, struct osci_err *err)
{
	const struct osci_draft_cert certs[] = {
		{ .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(t_office) },
		{ .role = OSCI_CIPHER_ADDRESSEE, .cert = osci_key_cert(t_reader) },
		{ .role = OSCI_SIGN_ORIGINATOR, .cert = osci_key_cert(t_office) },
	};
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "Y2g=", .has_sequence = true },
				.message_id = "id-1", .certs = certs, .n_certs = 3, .has_package = true,
				.package = p->xml, .package_len = p->len, .parts = parts, .n_parts = n_parts };
	struct osci_write_opts opts = { .signer = t_office, .limits = &limits,
					.encrypt_for = encrypted ? osci_key_cert(t_reader) : NULL };

	return osci_write_stream(ret, &d, &opts, err);
}

/* The HTTP body, in memory. */
static unsigned char *body_of(size_t *len, struct osci_blob *attachment, bool sealed, bool encrypted)
{
	struct osci_package *p = package(attachment, sealed);
	struct osci_stream *s = NULL;
	unsigned char *data = NULL;
	struct osci_err err = { 0 };

	if (stream_of(&s, p->parts, p->n_parts, p, encrypted, &err) || osci_stream_to_memory(s, &data, len, &err))
		fail_msg("write: %s %s", err.where, err.what);
	assert_int_equal(*len, osci_stream_len(s));
	osci_stream_freep(&s);
	osci_package_freep(&p);
	return data;
}

static unsigned char *body(size_t *len, bool sealed, bool encrypted)
{
	struct t_reads t = { 0 };
	struct osci_blob *b = t_reads_blob(&t, PART);
	unsigned char *data = body_of(len, b, sealed, encrypted);

	osci_blob_unref(b);
	assert_int_equal(t.alive, 0);
	return data;
}

static void assert_pattern(const struct osci_blob *b, size_t len)
{
	static unsigned char got[100000];
	size_t at, n, i;

	assert_non_null(b);
	assert_int_equal(osci_blob_len(b), len);
	for (at = 0; at < len; at += len / 5 + 1)
		for (n = 1; n <= sizeof(got); n += n < 40 ? 13 : 40000) {
			if (n > len - at)
				break;
			assert_int_equal(osci_blob_read(b, at, got, n, NULL), 0);
			for (i = 0; i < n; i++)
				if (got[i] != t_octet(at + i))
					fail_msg("octet %zu of %zu at %zu", i, n, at);
		}
}

/* --- memory ---------------------------------------------------------------------- */

/* kB; the mark "VmHWM" is what was resident at most since the last call with @reset. */
static long status(const char *name, bool reset)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");
	char line[256];
	long v = -1;

	if (f && reset)
		fputs("5", f);
	if (f)
		fclose(f);
	f = fopen("/proc/self/status", "r");
	assert_non_null(f);
	while (v < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			v = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(f);
	assert_true(v > 0);
	return v;
}

/* 300 MB: encrypted for a reader, signed, encrypted for the way, in files; and all of it back. */
static void attachment_of_300_mb(void **state)
{
	const size_t size = 300 * MB + 5;
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 0, 0);
	struct osci_open_opts opts = open_opts();
	struct t_reads t = { 0 };
	struct osci_blob *attachment = t_reads_blob(&t, size), *file = NULL;
	struct osci_stream *s = NULL;
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_package *p;
	struct osci_err err = { 0 };
	unsigned reads;
	long before;

	limits.http_body = 1024 * MB;
	before = status("VmRSS", true);
	p = package(attachment, true);
	reads = t.reads;
	assert_true(reads <= size / OSCI_BLOB_CHUNK + 3); /* once */
	if (stream_of(&s, p->parts, p->n_parts, p, true, &err))
		fail_msg("write: %s %s", err.where, err.what);
	osci_package_freep(&p);
	assert_int_equal(osci_stream_to_blob(s, spool, &file, &err), 0);
	osci_stream_freep(&s);
	assert_int_equal(osci_spool_used(spool), osci_blob_len(file)); /* what was encrypted is kept nowhere else */
	assert_true(t.reads - reads <= size / OSCI_BLOB_CHUNK + 3); /* once more */

	if (osci_open_blob(&m, file, &opts, &err) || osci_contents_open(&c, m, &opts, &err))
		fail_msg("%s %s: %s", err.feedback, err.where, err.what);
	assert_int_equal(osci_spool_used(spool), osci_blob_len(file)); /* nothing decrypted lies there */
	assert_true(m->transport_encrypted);
	assert_int_equal(m->n_parts, 1);
	assert_null(m->parts[0].data);
	assert_true(m->parts[0].hashed);
	assert_int_equal(c->n_attachments, 1);
	assert_true(c->attachments[0].encrypted);
	assert_null(c->attachments[0].data);
	assert_int_equal(c->attachments[0].len, size);
	assert_int_equal(c->n_items, 2);
	assert_ptr_equal(c->items[1].blob, c->attachments[0].blob);
	assert_null(c->items[1].data);
	assert_int_equal(c->items[1].n_signatures, 1);
	assert_pattern(c->attachments[0].blob, size);
	printf("# %ld kB grown\n", status("VmHWM", false) - before);
	assert_true(status("VmHWM", false) - before < 48 * 1024);

	osci_contents_freep(&c);
	osci_message_freep(&m);
	osci_blob_unref(file);
	osci_blob_unref(attachment);
	osci_spool_unref(spool);
	t_dir_end(&dir);
	osci_limits_default(&limits);
}

/* --- where parts lie ------------------------------------------------------------- */

/* In memory if the message is, and views of it if not; the same octets, plain and encrypted. */
static void parts_are_views(void **state)
{
	struct osci_open_opts opts = open_opts();
	unsigned way;

	for (way = 0; way < 8; way++) {
		bool sealed = way & 1, encrypted = way & 2, memory = way & 4;
		struct osci_message *m = NULL;
		struct osci_contents *c = NULL;
		struct osci_err err = { 0 };
		size_t len;
		unsigned char *data = body(&len, sealed, encrypted);
		struct t_reads t = { .data = data, .len = len };
		struct osci_blob *b = t_reads_blob(&t, len);

		parsed = 0;
		if ((memory ? osci_open(&m, data, len, &opts, &err) : osci_open_blob(&m, b, &opts, &err)) ||
		    osci_contents_open(&c, m, &opts, &err))
			fail_msg("%s %s: %s", err.feedback, err.where, err.what);
		assert_int_equal(parsed, encrypted ? 2 : 1);
		assert_int_equal(m->parts[0].data != NULL, memory);
		assert_int_equal(c->attachments[0].data != NULL, memory);
		assert_ptr_equal(c->items[1].data, c->attachments[0].data);
		assert_int_equal(c->attachments[0].encrypted, sealed);
		assert_pattern(c->attachments[0].blob, PART);
		if (memory)
			assert_memory_equal(c->items[0].data, "Inhalt", 6);
		if (encrypted) {
			assert_string_equal(m->suite.cipher, OSCI_URI_AES256_GCM);
			assert_int_equal(m->suite.iv_octets, 12);
			assert_string_equal(m->suite.oaep_digest, OSCI_URI_SHA256);
			assert_string_equal(m->suite.oaep_mgf, OSCI_URI_MGF1_SHA256);
		} else {
			assert_null(m->suite.cipher);
		}
		osci_contents_freep(&c);
		osci_message_freep(&m);
		osci_blob_unref(b);
		assert_int_equal(t.alive, 0);
		free(data);
	}
}

/* Whoever will keep large parts gets them as files, if there is room and the tag is right; the message is the same. */
static void parts_are_kept(void **state)
{
	struct t_dir dir = t_dir_new();
	size_t way;

	for (way = 0; way < 4; way++) { /* kept, no room, tag wrong, small */
		struct osci_spool *spool = t_spool(dir.path, 0, way == 1 ? PART : 0);
		struct osci_open_opts opts = open_opts();
		struct t_reads source = { 0 }, t = { 0 };
		struct osci_blob *attachment = t_reads_blob(&source, way == 3 ? MB / 2 : PART), *b;
		struct osci_message *m = NULL;
		struct osci_contents *c = NULL;
		struct osci_err err = { 0 };
		unsigned char *data = body_of(&t.len, attachment, true, true);
		unsigned reads;

		if (way == 2)
			data[t.len - 200] ^= 1;
		t.data = data;
		opts.keep = spool;
		b = t_reads_blob(&t, t.len);
		assert_int_equal(osci_open_blob(&m, b, &opts, &err), way == 2 ? OSCI_E_DECRYPT : 0);
		if (way != 2) {
			reads = t.reads;
			assert_int_equal(osci_spool_used(spool), way == 0 ? m->parts[0].len : 0);
			assert_int_equal(osci_contents_open(&c, m, &opts, &err), 0);
			assert_pattern(c->attachments[0].blob, osci_blob_len(attachment));
			assert_int_equal(c->items[1].n_signatures, 1);
			if (way == 0)
				assert_int_equal(t.reads, reads); /* what came is not needed any more */
		}
		osci_contents_freep(&c);
		osci_message_freep(&m);
		assert_int_equal(osci_spool_used(spool), 0);
		osci_blob_unref(b);
		osci_blob_unref(attachment);
		free(data);
		osci_spool_unref(spool);
	}
	t_dir_end(&dir);
}

/* What is handed on with its digest is not read before it is sent; a wrong digest is the reader's to find. */
static void handed_on(void **state)
{
	struct osci_open_opts opts = open_opts();
	struct osci_message *m = NULL;
	struct osci_package *p;
	struct osci_stream *s = NULL;
	struct osci_err err = { 0 };
	struct osci_part part;
	struct t_reads t = { 0 };
	struct osci_blob *b = t_reads_blob(&t, PART);
	unsigned char *data = NULL;
	unsigned reads;
	size_t len, i;

	p = package(b, false);
	assert_int_equal(p->n_parts, 1);
	for (i = 0; i < 3; i++) {
		part = p->parts[0];
		assert_true(part.hashed);
		part.hashed = i > 0;
		part.sha256[0] ^= i == 2;
		reads = t.reads;
		assert_int_equal(stream_of(&s, &part, 1, p, false, &err), 0);
		assert_int_equal(t.reads == reads, i > 0);
		assert_int_equal(osci_stream_to_memory(s, &data, &len, &err), 0);
		assert_int_equal(osci_open(&m, data, len, &opts, &err), i == 2 ? OSCI_E_SIGNATURE : 0);
		osci_message_freep(&m);
		osci_stream_freep(&s);
		free(data);
	}
	osci_package_freep(&p);
	osci_blob_unref(b);
}

/* --- the tag first --------------------------------------------------------------- */

static void open_fails(const unsigned char *data, size_t len, bool memory, int result)
{
	struct osci_open_opts opts = open_opts();
	struct t_reads t = { .data = data, .len = len, .memory = memory };
	struct osci_blob *b = t_reads_blob(&t, len);
	struct osci_message *m = NULL;
	struct osci_err err = { 0 };

	parsed = 0;
	assert_int_equal(osci_open_blob(&m, b, &opts, &err), result);
	if (result == OSCI_E_DECRYPT) {
		assert_string_equal(err.feedback, "9202");
		assert_string_equal(err.what, "decryption failed");
		assert_int_equal(parsed, 1); /* the envelope, not what it holds */
	}
	osci_message_freep(&m);
	osci_blob_unref(b);
	assert_int_equal(t.alive, 0);
}

/* The octets of part "osci_enc" begin and end here. */
static void sealed_range(unsigned char *data, size_t len, size_t *begin, size_t *end)
{
	unsigned char *at = memmem(data, len, "<osci_enc>", 10), *tail = data + len - 4;

	assert_non_null(at);
	at = memmem(at, len - (size_t)(at - data), "\r\n\r\n", 4);
	*begin = (size_t)(at - data) + 4;
	while (memcmp(tail, "\r\n--", 4) != 0)
		tail--;
	*end = (size_t)(tail - data);
}

static void e_05_nothing_is_parsed_before_the_tag(void **state)
{
	size_t len, begin, end, i, way;

	for (way = 0; way < 3; way++) { /* small, large in memory, large elsewhere */
		struct t_reads t = { 0 };
		struct osci_blob *b = t_reads_blob(&t, way ? PART : 1000);
		unsigned char *data = body_of(&len, b, true, true), *cut = malloc(len);
		bool memory = way == 1;

		sealed_range(data, len, &begin, &end);
		open_fails(data, len, memory, 0);
		assert_int_equal(parsed, 2);
		for (i = 0; i < 7; i++) {
			const size_t at[] = { begin, begin + 11, begin + 12, begin + 12 + (end - begin) / 2, end - 17, end - 16,
					      end - 1 };

			data[at[i]] ^= 1;
			open_fails(data, len, memory, OSCI_E_DECRYPT);
			data[at[i]] ^= 1;
		}
		/* Tags of 15 down to 0 octets, then ciphertext shorter than IV and tag. */
		for (i = 1; i <= 17; i++) {
			memcpy(cut, data, end - i);
			memcpy(cut + end - i, data + end, len - end);
			open_fails(cut, len - i, memory, OSCI_E_DECRYPT);
		}
		for (i = 0; i <= 28; i++) {
			memcpy(cut, data, begin + i);
			memcpy(cut + begin + i, data + end, len - end);
			open_fails(cut, begin + i + len - end, memory, OSCI_E_DECRYPT);
		}
		free(cut);
		free(data);
		osci_blob_unref(b);
	}
}

/* The same for an attachment of encrypted content. */
static void e_05_attachment_tag(void **state)
{
	struct osci_open_opts opts = open_opts();
	size_t way, i;

	for (way = 0; way < 2; way++) {
		struct t_reads t = { 0 };
		struct osci_blob *b = t_reads_blob(&t, way ? PART : 1000);
		struct osci_package *p = package(b, true);
		size_t sealed = p->parts[0].len;

		for (i = 0; i <= 20; i++) {
			struct osci_part part = { .content_id = p->parts[0].content_id };
			struct osci_message *m = NULL;
			struct osci_contents *c = NULL;
			struct osci_stream *s = NULL;
			struct osci_blob *file = NULL;
			struct osci_err err = { 0 };
			unsigned char *octets = malloc(sealed), *data = NULL;
			struct t_reads elsewhere = { 0 };
			int r;

			/* 0 as it is; 1 to 16 octets cut off; then one octet changed. */
			assert_int_equal(osci_blob_read(p->parts[0].blob, 0, octets, sealed, NULL), 0);
			if (i > 16)
				octets[i == 17 ? 0 : i == 18 ? 12 : i == 19 ? sealed - 16 : sealed - 1] ^= 1;
			assert_int_equal(osci_blob_take(&part.blob, octets, sealed - (i <= 16 ? i : 0), false), 0);
			assert_int_equal(stream_of(&s, &part, 1, p, false, &err), 0);
			assert_int_equal(osci_stream_to_memory(s, &data, &elsewhere.len, &err), 0);
			elsewhere.data = data;
			file = t_reads_blob(&elsewhere, elsewhere.len);
			assert_int_equal(osci_open_blob(&m, file, &opts, &err), 0); /* the order signature is right */
			r = osci_contents_open(&c, m, &opts, &err);
			assert_int_equal(r, i ? OSCI_E_DECRYPT : 0);
			if (i)
				assert_string_equal(err.what, "decryption failed");
			osci_contents_freep(&c);
			osci_message_freep(&m);
			osci_blob_unref(file);
			assert_int_equal(elsewhere.alive, 0);
			osci_stream_freep(&s);
			osci_blob_unref(part.blob);
			free(data);
		}
		osci_package_freep(&p);
		osci_blob_unref(b);
		assert_int_equal(t.alive, 0);
	}
}

/* --- storage that fails ---------------------------------------------------------- */

static void reading_fails_anywhere(void **state)
{
	struct osci_open_opts opts = open_opts();
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_err err;
	size_t len;
	unsigned char *data = body(&len, true, true);
	struct t_reads t = { .data = data, .len = len };
	struct osci_blob *b = t_reads_blob(&t, len);
	unsigned at;
	int r;

	for (at = 1;; at++) {
		t.fail_at = at;
		t.reads = 0;
		memset(&err, 0, sizeof(err));
		r = osci_open_blob(&m, b, &opts, &err);
		if (r == 0)
			break;
		assert_int_equal(r, -EIO);
		assert_null(m);
		assert_int_equal(t.alive, 1);
	}
	/* Three passes: structure, tag, inner structure with the digest of the part. */
	assert_in_range(at, 3 * (len / OSCI_BLOB_CHUNK), 4 * (len / OSCI_BLOB_CHUNK));
	for (at = 1;; at++) {
		t.fail_at = at;
		t.reads = 0;
		r = osci_contents_open(&c, m, &opts, &err);
		if (r == 0)
			break;
		assert_int_equal(r, -EIO);
		assert_null(c);
	}
	/* One: the tag with the digest that the content signature wants. */
	assert_in_range(at, len / OSCI_BLOB_CHUNK, 2 * (len / OSCI_BLOB_CHUNK));
	t.fail_at = 0;
	assert_pattern(c->attachments[0].blob, PART);
	osci_contents_freep(&c);
	osci_message_freep(&m);
	osci_blob_unref(b);
	assert_int_equal(t.alive, 0);
	free(data);
}

/* Before the stream is there (digest) or while it is read: a final error either way. */
static void writing_fails_anywhere(void **state)
{
	unsigned at, early, late;
	unsigned char *data;
	struct osci_err err;
	size_t len, i;

	for (i = 0; i < 2; i++) {
		struct t_reads plain = { 0 };
		struct osci_blob *whole = t_reads_blob(&plain, PART), *b;
		struct osci_package *p = package(whole, false);
		struct t_reads t = { 0 };

		b = t_reads_blob(&t, PART);
		early = late = 0;
		for (at = 1;; at++) {
			struct osci_part part = { .content_id = p->parts[0].content_id, .blob = b };
			struct osci_stream *s = NULL;
			int r;

			t.fail_at = at;
			t.reads = 0;
			data = NULL;
			r = stream_of(&s, &part, 1, p, i, &err);
			early += r != 0;
			if (!r) {
				r = osci_stream_to_memory(s, &data, &len, &err);
				late += r != 0;
			}
			osci_stream_freep(&s);
			assert_int_equal(t.alive, 1);
			free(data);
			if (!r)
				break;
			assert_int_equal(r, -EIO);
			assert_null(data);
		}
		assert_int_equal(early, PART / OSCI_BLOB_CHUNK + 1);
		assert_int_equal(late, i ? early : 1); /* in clear it is read in one piece */
		osci_blob_unref(b);
		assert_int_equal(t.alive, 0);
		osci_package_freep(&p);
		osci_blob_unref(whole);
	}
}

/* --- base64 ---------------------------------------------------------------------- */

static void as_base64(struct osci_buf *out, const unsigned char *data, size_t len, const char *content_id)
{
	char field[64];
	unsigned char *id, *head_end;
	size_t begin, end;

	snprintf(field, sizeof(field), "<%s>", content_id);
	id = memmem(data, len, field, strlen(field));
	assert_non_null(id);
	head_end = memmem(id, len - (size_t)(id - data), "\r\n\r\n", 4);
	begin = (size_t)(head_end - data) + 4;
	for (end = len - 4; memcmp(data + end, "\r\n--", 4) != 0; end--)
		;
	while (memcmp(id, "\r\n--", 4) != 0)
		id--;
	osci_buf_add(out, data, (size_t)(id - data));
	osci_buf_adds(out, "\r\n");
	id += 2;
	osci_buf_add(out, id, strcspn((const char *)id, "\r"));
	osci_buf_addf(out, "\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
			   "Content-ID: <%s>\r\n\r\n", content_id);
	osci_base64_encode(out, data + begin, end - begin, 76);
	osci_buf_add(out, data + end, len - end);
	assert_int_equal(osci_buf_error(out), 0);
}

/* Ciphertext and attachments in base64: views of views, and no file. */
static void base64_parts(void **state)
{
	struct osci_open_opts opts = open_opts();
	unsigned way;

	for (way = 0; way < 8; way++) {
		bool sealed = way & 1, encrypted = way & 2, memory = way & 4;
		_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(SIZE_MAX_TEST);
		struct osci_message *m = NULL;
		struct osci_contents *c = NULL;
		struct osci_err err = { 0 };
		struct osci_blob *b;
		struct t_reads t = { .memory = memory };
		size_t len;
		unsigned char *data = body(&len, sealed, encrypted);

		as_base64(&text, data, len, encrypted ? "osci_enc" : "large");
		t.data = text.data;
		t.len = text.len;
		b = t_reads_blob(&t, text.len);
		if (osci_open_blob(&m, b, &opts, &err) || osci_contents_open(&c, m, &opts, &err))
			fail_msg("%u: %s %s: %s", way, err.feedback, err.where, err.what);
		assert_int_equal(c->attachments[0].data != NULL, memory);
		assert_pattern(c->attachments[0].blob, PART);
		osci_contents_freep(&c);
		osci_message_freep(&m);
		osci_blob_unref(b);
		assert_int_equal(t.alive, 0);
		free(data);
	}
}

/* --- limits ---------------------------------------------------------------------- */

static void body_limit(void **state)
{
	struct osci_open_opts opts = open_opts();
	struct osci_message *m = NULL;
	struct t_reads t = { 0 };
	struct osci_err err = { 0 };
	struct osci_blob *b;
	size_t len;
	unsigned char *data = body(&len, true, true);

	limits.http_body = len;
	assert_int_equal(osci_open(&m, data, len, &opts, &err), 0);
	osci_message_freep(&m);
	limits.http_body = len - 1;
	assert_int_equal(osci_open(&m, data, len, &opts, &err), OSCI_E_LIMIT);
	assert_string_equal(err.feedback, "9100");
	/* Refused by its length alone. */
	b = t_reads_blob(&t, (uint64_t)1 << 40);
	assert_int_equal(osci_open_blob(&m, b, &opts, &err), OSCI_E_LIMIT);
	assert_int_equal(t.reads, 0);
	osci_blob_unref(b);
	free(data);
	osci_limits_default(&limits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attachment_of_300_mb),
		cmocka_unit_test(parts_are_views),
		cmocka_unit_test(parts_are_kept),
		cmocka_unit_test(handed_on),
		cmocka_unit_test(e_05_nothing_is_parsed_before_the_tag),
		cmocka_unit_test(e_05_attachment_tag),
		cmocka_unit_test(reading_fails_anywhere),
		cmocka_unit_test(writing_fails_anywhere),
		cmocka_unit_test(base64_parts),
		cmocka_unit_test(body_limit),
	};

	osci_limits_default(&limits);
	return cmocka_run_group_tests(tests, t_order_setup, t_order_teardown);
}
