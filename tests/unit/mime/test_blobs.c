/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_blobs - parts of a body that lies in memory, or anywhere else
 *
 * Both ways give the same parts with the same octets and refuse the same; a part says where it stands whatever the
 * splits; storage that fails at any read is an error and leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "lib/t_mime.h"
#include "lib/t_reads.h"

#define TOP "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B\r\n\r\n"
#define ROOT "--B\r\nContent-Type: text/xml\r\nContent-ID: <osci@message>\r\n\r\n"
#define PART(id, encoding)                                                                                          \
	"\r\n--B\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: " encoding "\r\nContent-ID: <" id  \
	">\r\n\r\n"
#define END "\r\n--B--\r\n"

static struct osci_limits limits;

/* --- ranges ---------------------------------------------------------------------- */

struct ranges {
	struct osci_mime_reader *reader;
	uint64_t offset[8], len[8];
	size_t n, octets;
	bool base64[8];
};

static int on_begin(void *arg, const struct osci_mime_head *head)
{
	struct ranges *r = arg;

	r->base64[r->n] = head->base64;
	r->octets = 0;
	return 0;
}

static int on_data(void *arg, const void *data, size_t len)
{
	((struct ranges *)arg)->octets += len;
	return 0;
}

static int on_end(void *arg)
{
	struct ranges *r = arg;

	osci_mime_reader_range(r->reader, &r->offset[r->n], &r->len[r->n]);
	if (!r->base64[r->n])
		assert_int_equal(r->len[r->n], r->octets);
	r->n++;
	return 0;
}

/* In any two pieces, and octet by octet. */
static void ranges_at_every_split(void **state)
{
	static const struct osci_mime_events events = { on_begin, on_data, on_end };
	static const char in[] = "\r\n\r\n" TOP "\r\n" ROOT "<a/>\r" PART("empty", "binary") PART("crlf", "8bit")
				 "\r\n\r\n--\r\n--A" PART("text", "base64") "QUJD\r\nRA==\r\n"
				 PART("last", "binary") "\r" END "epilogue\r\n--B\r\n";
	static const char *const want[] = { "<a/>\r", "", "\r\n\r\n--\r\n--A", "QUJD\r\nRA==\r\n", "\r" };
	size_t split, i, len = sizeof(in) - 1;

	for (split = 0; split <= len + 1; split++) {
		struct ranges r = { 0 };
		size_t at = 0;

		assert_int_equal(osci_mime_reader_new(&r.reader, NULL, &events, &r), 0);
		while (at < len) {
			size_t n = split > len ? 1 : at < split ? split - at : len - at;

			assert_int_equal(osci_mime_reader_feed(r.reader, in + at, n, NULL), 0);
			at += n;
		}
		assert_int_equal(osci_mime_reader_finish(r.reader, NULL), 0);
		assert_int_equal(r.n, 5);
		for (i = 0; i < 5; i++) {
			assert_int_equal(r.len[i], strlen(want[i]));
			assert_memory_equal(in + r.offset[i], want[i], strlen(want[i]));
		}
		osci_mime_reader_freep(&r.reader);
	}
}

/* --- parts ----------------------------------------------------------------------- */

static unsigned char *octets(size_t len)
{
	unsigned char *p = malloc(len + 1);
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = t_octet(i);
	return p;
}

/* One part of @len octets, as it is or in base64 with lines of @wrap. */
static void message(struct osci_buf *out, const unsigned char *data, size_t len, bool base64, unsigned wrap)
{
	osci_buf_init(out, 3 * len + 4096);
	osci_buf_adds(out, TOP ROOT "<a/>");
	osci_buf_adds(out, base64 ? PART("p", "base64") : PART("p", "binary"));
	if (base64)
		osci_base64_encode(out, data, len, wrap);
	else
		osci_buf_add(out, data, len);
	osci_buf_adds(out, END);
	assert_int_equal(osci_buf_error(out), 0);
}

static void check_part(const struct osci_mime_part *part, const unsigned char *want, size_t len)
{
	unsigned char *got = malloc(len + 1);
	size_t i;

	assert_int_equal(part->len, len);
	assert_int_equal(osci_blob_len(part->blob), len);
	assert_int_equal(osci_blob_read(part->blob, 0, got, len, NULL), 0);
	assert_memory_equal(got, want, len);
	if (part->data)
		assert_memory_equal(part->data, want, len);
	for (i = 0; i < 300 && len; i++) {
		size_t at = i * 7919 % len, n = i % 3 ? i : i * 300;

		if (n > len - at)
			n = len - at;
		assert_int_equal(osci_blob_read(part->blob, at, got, n, NULL), 0);
		assert_memory_equal(got, want + at, n);
	}
	for (i = 0; i < 20 && i < len; i++) { /* the end */
		assert_int_equal(osci_blob_read(part->blob, len - i - 1, got, i + 1, NULL), 0);
		assert_memory_equal(got, want + len - i - 1, i + 1);
	}
	free(got);
}

static void in_memory_or_not(void **state)
{
	const size_t lens[] = { 0, 1, 2, 3, 100000, OSCI_MIME_MEMORY, OSCI_MIME_MEMORY + 1, 2500001 };
	const unsigned wraps[] = { 0, 76, 1 };
	size_t l, w, way;

	for (l = 0; l < sizeof(lens) / sizeof(lens[0]); l++)
		for (w = 0; w < 4; w++)
			for (way = 0; way < 2; way++) {
				bool base64 = w > 0, small = lens[l] <= OSCI_MIME_MEMORY;
				unsigned char *want = octets(lens[l]);
				struct osci_mime *m = NULL;
				struct osci_err err;
				struct osci_blob *b;
				struct osci_buf in;
				struct t_reads t;

				message(&in, want, lens[l], base64, base64 ? wraps[w - 1] : 0);
				t = (struct t_reads){ .data = in.data, .len = in.len, .memory = way };
				b = t_reads_blob(&t, in.len);
				if (osci_mime_parse(&m, b, &limits, NULL, NULL, &err))
					fail_msg("%zu %zu: %s", lens[l], w, err.what);
				osci_blob_unref(b);
				assert_int_equal(m->n_parts, 2);
				assert_int_equal(m->parts[0].len, 4);
				assert_memory_equal(m->parts[0].data, "<a/>", 4);
				if (way || (base64 && small))
					assert_non_null(m->parts[1].data);
				else if (lens[l])
					assert_null(m->parts[1].data);
				check_part(&m->parts[1], want, lens[l]);
				osci_mime_freep(&m);
				assert_int_equal(t.alive, 0);
				osci_buf_free(&in);
				free(want);
			}
}

/* White space in any amount between the characters. */
static void base64_with_blanks(void **state)
{
	size_t len = OSCI_MIME_MEMORY + 5000, i;
	unsigned char *want = octets(len);
	struct osci_buf text = OSCI_BUF_INIT(SIZE_MAX / 2), in = OSCI_BUF_INIT(SIZE_MAX / 2);
	struct osci_mime *m = NULL;
	struct osci_blob *b;
	struct t_reads t;

	osci_base64_encode(&text, want, len, 0);
	osci_buf_adds(&in, TOP ROOT "<a/>" PART("p", "base64"));
	for (i = 0; i < text.len; i++) {
		osci_buf_addc(&in, (char)text.data[i]);
		if (i % 50000 == 17)
			osci_buf_addf(&in, "%*s", 40000, "\t\r\n"); /* more than two steps of the view */
	}
	osci_buf_adds(&in, "\r\n  \r\n" END);
	t = (struct t_reads){ .data = in.data, .len = in.len };
	b = t_reads_blob(&t, in.len);
	assert_int_equal(osci_mime_parse(&m, b, &limits, NULL, NULL, NULL), 0);
	assert_null(m->parts[1].data);
	check_part(&m->parts[1], want, len);
	osci_mime_freep(&m);
	osci_blob_unref(b);
	osci_buf_free(&in);
	osci_buf_free(&text);
	free(want);
}

/* --- somebody else is told ------------------------------------------------------------ */

struct told {
	struct osci_buf octets; /* of all parts, "|" behind each */
	unsigned parts, pieces, stop_at;
};

static int told_begin(void *arg, const struct osci_mime_head *head)
{
	struct told *t = arg;

	t->parts++;
	return strcmp(head->content_id, "osci@message") == 0 ? -EINVAL : 0; /* never the root */
}

static int told_data(void *arg, const void *data, size_t len)
{
	struct told *t = arg;

	osci_buf_add(&t->octets, data, len);
	return ++t->pieces == t->stop_at ? OSCI_E_STATE : 0;
}

static int told_end(void *arg)
{
	osci_buf_addc(&((struct told *)arg)->octets, '|');
	return 0;
}

/* The octets of every part behind the root, as they are without base64, in one reading; what is returned counts. */
static void also_told(void **state)
{
	static const struct osci_mime_events also = { told_begin, told_data, told_end };
	size_t len = 3 * OSCI_BLOB_CHUNK + 77;
	unsigned char *want = octets(len);
	int base64;

	for (base64 = 0; base64 < 2; base64++) {
		struct told told = { .octets = OSCI_BUF_INIT(4 * len) };
		struct osci_mime *m = NULL;
		struct osci_blob *b;
		struct osci_buf in;
		struct t_reads t;

		message(&in, want, len, base64, 76);
		t = (struct t_reads){ .data = in.data, .len = in.len };
		b = t_reads_blob(&t, in.len);
		assert_int_equal(osci_mime_parse(&m, b, &limits, &also, &told, NULL), 0);
		assert_int_equal(told.parts, m->n_parts - 1);
		assert_int_equal(told.octets.len, len + told.parts);
		assert_memory_equal(told.octets.data, want, len);
		osci_mime_freep(&m);
		told.stop_at = told.pieces + 2;
		assert_int_equal(osci_mime_parse(&m, b, &limits, &also, &told, NULL), OSCI_E_STATE);
		assert_null(m);
		osci_blob_unref(b);
		osci_buf_free(&told.octets);
		osci_buf_free(&in);
	}
	free(want);
}

/* A part that changes behind our back is an error, never other octets than were found at first. */
static void base64_that_changes(void **state)
{
	size_t len = OSCI_MIME_MEMORY + 5000;
	unsigned char *want = octets(len), *got = malloc(len), *mark;
	struct osci_mime *m = NULL;
	struct osci_blob *b;
	struct osci_buf in;
	struct t_reads t;

	message(&in, want, len, true, 76);
	t = (struct t_reads){ .data = in.data, .len = in.len };
	b = t_reads_blob(&t, in.len);
	assert_int_equal(osci_mime_parse(&m, b, &limits, NULL, NULL, NULL), 0);
	mark = in.data + in.len / 2;
	*mark = '*';
	assert_int_equal(osci_blob_read(m->parts[1].blob, 0, got, len, NULL), -EIO);
	memset(mark, ' ', 1000); /* fewer octets than before */
	assert_int_equal(osci_blob_read(m->parts[1].blob, 0, got, len, NULL), -EIO);
	osci_mime_freep(&m);
	osci_blob_unref(b);
	osci_buf_free(&in);
	free(got);
	free(want);
}

static void reads_fail(void **state)
{
	unsigned char *want = octets(OSCI_MIME_MEMORY + 1);
	struct osci_mime *m = NULL;
	struct osci_buf in;
	struct osci_blob *b;
	struct osci_err err;
	struct t_reads t;
	unsigned at;
	int r = -1;

	message(&in, want, OSCI_MIME_MEMORY + 1, true, 76);
	t = (struct t_reads){ .data = in.data, .len = in.len };
	b = t_reads_blob(&t, in.len);
	for (at = 1; r; at++) {
		t.fail_at = at;
		t.reads = 0;
		r = osci_mime_parse(&m, b, &limits, NULL, NULL, &err);
		if (r)
			assert_int_equal(r, -EIO);
		if (r)
			assert_null(m);
	}
	assert_true(at > in.len / OSCI_BLOB_CHUNK);
	assert_int_equal(osci_blob_read(m->parts[1].blob, 0, want, 1, NULL), -EIO);
	osci_mime_freep(&m);
	osci_blob_unref(b);
	assert_int_equal(t.alive, 0);
	osci_buf_free(&in);
	free(want);
}

/* --- the root part --------------------------------------------------------------- */

static int parse_root(const char *text, size_t len, bool memory, size_t root_max, struct osci_mime **ret)
{
	struct osci_limits l = limits;
	struct t_reads t = { .data = (const unsigned char *)text, .len = len, .memory = memory };
	struct osci_blob *b = t_reads_blob(&t, len);
	int r;

	l.xml_bytes = root_max;
	r = osci_mime_parse(ret, b, &l, NULL, NULL, NULL);
	if (!r) {
		assert_int_equal((*ret)->parts[0].len, 4);
		assert_memory_equal((*ret)->parts[0].data, "<a/>", 4);
	}
	osci_mime_freep(ret);
	osci_blob_unref(b);
	assert_int_equal(t.alive, 0);
	return r;
}

/* Always in memory, and bounded; with base64, too, and without MIME. */
static void root_part(void **state)
{
	static const char plain[] = TOP ROOT "<a/>" END, bare[] = " \r\n<a/>";
	static const char base64[] = TOP "--B\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n"
					 "Content-ID: <osci@message>\r\n\r\nPGEvPg==" END;
	struct osci_mime *m = NULL;
	int memory;

	for (memory = 0; memory < 2; memory++) {
		assert_int_equal(parse_root(plain, sizeof(plain) - 1, memory, 4, &m), 0);
		assert_int_equal(parse_root(plain, sizeof(plain) - 1, memory, 3, &m), OSCI_E_LIMIT);
		assert_int_equal(parse_root(bare, sizeof(bare) - 1, memory, 4, &m), 0);
		assert_int_equal(parse_root(bare, sizeof(bare) - 1, memory, 3, &m), OSCI_E_LIMIT);
		assert_int_equal(parse_root(base64, sizeof(base64) - 1, memory, 4, &m), 0);
		assert_int_equal(parse_root(base64, sizeof(base64) - 1, memory, 3, &m), OSCI_E_LIMIT);
		assert_int_equal(parse_root("", 0, memory, 4, &m), OSCI_E_MALFORMED);
	}
}

/* A bare envelope begins in the first 64 KiB, wherever the body lies. */
static void bare_behind_blanks(void **state)
{
	char *in = malloc(OSCI_BLOB_CHUNK + 8);
	struct osci_mime *m = NULL;
	int memory;

	for (memory = 0; memory < 2; memory++) {
		memset(in, ' ', OSCI_BLOB_CHUNK);
		memcpy(in + OSCI_BLOB_CHUNK, "<a/>", 4);
		assert_int_equal(parse_root(in, OSCI_BLOB_CHUNK + 4, memory, 4, &m), OSCI_E_LIMIT); /* no MIME head either */
		memcpy(in + OSCI_BLOB_CHUNK - 1, "<a/>", 4);
		assert_int_equal(parse_root(in, OSCI_BLOB_CHUNK + 3, memory, 4, &m), 0);
	}
	free(in);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_at_every_split),
		cmocka_unit_test(in_memory_or_not),
		cmocka_unit_test(base64_with_blanks),
		cmocka_unit_test(also_told),
		cmocka_unit_test(base64_that_changes),
		cmocka_unit_test(reads_fail),
		cmocka_unit_test(root_part),
		cmocka_unit_test(bare_behind_blanks),
	};

	osci_limits_default(&limits);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
