/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reader - what the MIME reader takes and refuses, at every split of the input
 *
 * Each case is fed whole, octet by octet and, if short, in every two pieces: the events must
 * be the same.  Each way in which two readers could understand two things is a case of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "lib/t_mime.h"

#define ROOT_HEAD "Content-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <osci@message>\r\n\r\n"
#define ATT_HEAD(id) "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <" id ">\r\n\r\n"
#define TOP(b) "MIME-Version: 1.0\r\nContent-Type: Multipart/Related; boundary=" b "; type=text/xml\r\n\r\n"

/* --- events as one text --------------------------------------------------- */

static int on_begin(void *arg, const struct osci_mime_head *h)
{
	osci_buf_addf(arg, "[%s|%s|%s|%d:", h->content_id, h->content_type, h->charset, h->base64);
	return 0;
}

static int on_data(void *arg, const void *data, size_t len)
{
	assert_true(len > 0);
	osci_buf_add(arg, data, len);
	return 0;
}

static int on_end(void *arg)
{
	osci_buf_adds(arg, "]");
	return 0;
}

static const struct osci_mime_events events = { on_begin, on_data, on_end };

/* Pieces of @step octets, after a first one of @first. */
static int run(const char *in, size_t len, size_t first, size_t step, struct osci_buf *log)
{
	struct osci_mime_reader *r = NULL;
	size_t pos = 0;
	int res;

	osci_buf_init(log, 1 << 24);
	assert_int_equal(osci_mime_reader_new(&r, NULL, &events, log), 0);
	do {
		size_t n = pos ? step : first;

		if (n > len - pos)
			n = len - pos;
		res = osci_mime_reader_feed(r, in + pos, n, NULL);
		pos += n;
	} while (!res && pos < len);
	if (!res)
		res = osci_mime_reader_finish(r, NULL);
	else /* a stopped reader stays stopped */
		assert_int_equal(osci_mime_reader_feed(r, "x", 1, NULL), res);
	osci_mime_reader_freep(&r);
	assert_null(r);
	return res;
}

static int run_all(const char *in, size_t len, struct osci_buf *log)
{
	int res = run(in, len, len, len, log);
	size_t i;

	for (i = 0; i <= len && len < 3000; i++) {
		struct osci_buf other;
		int r = i ? run(in, len, i, len, &other) : run(in, len, 1, 1, &other);

		assert_int_equal(r, res);
		if (!res) {
			assert_int_equal(other.len, log->len);
			assert_memory_equal(other.data, log->data, log->len);
		}
		osci_buf_free(&other);
	}
	return res;
}

static void takes_n(const char *in, size_t len, const char *want, size_t want_len)
{
	struct osci_buf log;

	assert_int_equal(run_all(in, len, &log), 0);
	assert_int_equal(log.len, want_len);
	assert_memory_equal(log.data, want, want_len);
	osci_buf_free(&log);
}

#define takes(in, want) takes_n(in, sizeof(in) - 1, want, sizeof(want) - 1)

static void refuses_n(const char *in, size_t len, int line)
{
	struct osci_buf log;
	int res = run_all(in, len, &log);

	osci_buf_free(&log);
	if (res != OSCI_E_MALFORMED && res != OSCI_E_LIMIT)
		fail_msg("line %d: result %d", line, res);
}

#define refuses(in) refuses_n(in, sizeof(in) - 1, __LINE__)

#define ROOT_EVENT(data) "[osci@message|text/xml|utf-8|0:" data "]"
#define ATT_EVENT(id, data) "[" id "|application/octet-stream||0:" data "]"

/* --- what real peers write --------------------------------------------------- */

static void plain_message(void **state)
{
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B--\r\n", ROOT_EVENT("<a/>"));
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B\r\n" ATT_HEAD("x") "\0\r\n-\r\n--A\r\r\n\n\r\n--B--\r\n",
	      ROOT_EVENT("<a/>") ATT_EVENT("x", "\0\r\n-\r\n--A\r\r\n\n"));
}

static void empty_parts(void **state)
{
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B\r\n" ATT_HEAD("x") "\r\n--B\r\n" ATT_HEAD("y") "--B--",
	      ROOT_EVENT("<a/>") ATT_EVENT("x", "") ATT_EVENT("y", ""));
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B\r\n" ATT_HEAD("x") "-\r\n--B--",
	      ROOT_EVENT("<a/>") ATT_EVENT("x", "-"));
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B\r\n" ATT_HEAD("x") "--\r\n--B--",
	      ROOT_EVENT("<a/>") ATT_EVENT("x", "--"));
}

static void tolerances(void **state)
{
	/* Boundary with + / = unquoted, quoted, folded, lower case, empty lines in front, "8-bit". */
	takes("\r\n\r\n" TOP("M/+b=") "--M/+b=\r\n" ROOT_HEAD "<a/>\r\n--M/+b=--\r\n", ROOT_EVENT("<a/>"));
	takes("content-type: multipart/related;\r\n\tboundary=\"a b\";\r\n type=\"text/xml\"\r\n\r\n\r\n\r\n--a b\r\n"
	      ROOT_HEAD "<a/>\r\n--a b--\r\n", ROOT_EVENT("<a/>"));
	takes(TOP("B") "--B  \r\n" ROOT_HEAD "<a/>\r\n\r\n--B\r\ncontent-id:x.bin\r\nContent-Transfer-Encoding:8-bit\r\n"
	      "Content-Type: image/PNG\r\nX-Own: a (b)\r\nContent-Length: 99999\r\n\r\n\xff\r\n--B-- \t\r\nepilogue\n--B\n",
	      ROOT_EVENT("<a/>\r\n") "[x.bin|image/png||0:\xff]");
	takes("Content-Type: multipart/related; boundary=B; start=\"<osci@message>\"\r\n\r\n--B\r\n" ROOT_HEAD
	      "<a/>\r\n--B--", ROOT_EVENT("<a/>"));
}

static void base64_parts(void **state)
{
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B\r\nContent-Type: text/base64\r\nContent-ID: <e>\r\n"
	      "Content-Transfer-Encoding: 7bit\r\n\r\naGFs\r\nbG8=\r\n\r\n--B--",
	      ROOT_EVENT("<a/>") "[e|text/base64||1:hallo]");
	takes(TOP("B") "--B\r\n" ROOT_HEAD "<a/>\r\n--B\r\nContent-Type: image/png\r\nContent-ID: <e>\r\n"
	      "Content-Transfer-Encoding: BASE64\r\n\r\n\r\n--B--", ROOT_EVENT("<a/>") "[e|image/png||1:]");
}

/* --- hostile input --------------------------------------------------------------- */

static void m01_boundary(void **state)
{
	refuses("Content-Type: multipart/related; type=text/xml\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses(TOP("\"\"") "--\r\n" ROOT_HEAD "x\r\n----");
	refuses(TOP("01234567890123456789012345678901234567890123456789012345678901234567890")
		"--01234567890123456789012345678901234567890123456789012345678901234567890\r\n" ROOT_HEAD
		"x\r\n--01234567890123456789012345678901234567890123456789012345678901234567890--");
	takes(TOP("0123456789012345678901234567890123456789012345678901234567890123456789")
	      "--0123456789012345678901234567890123456789012345678901234567890123456789\r\n" ROOT_HEAD
	      "x\r\n--0123456789012345678901234567890123456789012345678901234567890123456789--", ROOT_EVENT("x"));
	refuses(TOP("B") "--C\r\n" ROOT_HEAD "x\r\n--C--\r\n");          /* never appears */
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\n");            /* no final one */
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n");
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\n--B--\n");              /* bare LF in front */
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B2\r\ny\r\n--B--"); /* prefix of another */
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B--x\r\n");
	refuses("Content-Type: multipart/related; boundary=B; boundary=C\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=\"B\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=B \"C\"\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses(TOP("B") "text\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");      /* preamble */
	refuses(TOP("B") "--B--\r\n");                                    /* no part */
	refuses(TOP("B"));
	refuses("\r\n");
}

#define TWO(id1, id2) TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\n" ATT_HEAD(id1) "1\r\n--B\r\n" ATT_HEAD(id2) "2\r\n--B--"

static void m02_content_id(void **state)
{
	takes(TWO("a1", "a2"), ROOT_EVENT("x") ATT_EVENT("a1", "1") ATT_EVENT("a2", "2"));
	refuses(TWO("a1", "a1"));
	refuses(TWO("a1", "A1"));
	refuses(TWO("a1", "Osci@Message"));
	refuses(TWO("a1", " a1"));
	refuses(TWO("a1", "%611"));
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\n" ATT_HEAD("a") "1\r\n--B\r\nContent-ID: a\r\n"
		"Content-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\n2\r\n--B--");
	refuses(TWO("a1", ""));
	refuses(TOP("B") "--B\r\nContent-Type: text/xml\r\n\r\nx\r\n--B--"); /* none at all */
}

static void m05_nested(void **state)
{
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\nContent-ID: <a>\r\nContent-Type: multipart/mixed; boundary=C\r\n"
		"Content-Transfer-Encoding: binary\r\n\r\n1\r\n--B--");
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\nContent-ID: <a>\r\nContent-Type: message/rfc822\r\n"
		"Content-Transfer-Encoding: binary\r\n\r\n1\r\n--B--");
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\nContent-ID: <a>\r\n"
		"Content-Type: Message/External-Body; access-type=URL\r\nContent-Transfer-Encoding: binary\r\n\r\n1\r\n--B--");
}

static void m06_content_length(void **state)
{
	takes(TOP("B") "--B\r\nContent-Length: -1\r\n" ROOT_HEAD "<a/>\r\n--B--", ROOT_EVENT("<a/>"));
	takes(TOP("B") "--B\r\nContent-Length: 99999999999999999999999\r\n" ROOT_HEAD "<a/>\r\n--B--",
	      ROOT_EVENT("<a/>"));
}

/* One root head with @field in it. */
#define WITH(field) TOP("B") "--B\r\n" field ROOT_HEAD "x\r\n--B--"

static void m07_fields(void **state)
{
	takes(WITH("X-A: b\r\n"), ROOT_EVENT("x"));
	refuses(WITH("X-A: b\r\nx-a: c\r\n"));
	refuses(WITH("Content-ID: <osci@message>\r\n"));
	refuses(WITH("X-A: b\0c\r\n"));
	refuses(WITH("X-A: b\rc\r\n"));
	refuses(WITH("X-A: b\n"));
	refuses(WITH("X-A: b\x01\r\n"));
	refuses(WITH("X-A: \xc3\xa4\r\n"));
	refuses(WITH("X-A: =?utf-8?q?a?=\r\n"));
	refuses(WITH("X-A : b\r\n"));
	refuses(WITH(": b\r\n"));
	refuses(WITH(" folded\r\n"));
	refuses(WITH("X-A: b\r\n \r\n"));
	refuses(WITH("no field\r\n"));
	refuses("Content-Type: multipart/related; boundary*=B\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=B (comment)\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related boundary=B\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=B\nMIME-Version: 1.0\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=\"B\\\"\"\r\n\r\n--B\"\r\n" ROOT_HEAD "x\r\n--B\"--");
	refuses("MIME-Version: 1.1\r\nContent-Type: multipart/related; boundary=B\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
}

static void m08_counts(void **state)
{
	struct osci_buf in, log;
	clock_t start = clock();
	int i;

	osci_buf_init(&in, 1 << 26);
	osci_buf_adds(&in, TOP("B") "--B\r\n" ROOT_HEAD "x");
	for (i = 1; i < 20000; i++)
		osci_buf_addf(&in, "\r\n--B\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n"
			      "Content-ID: <p%d>\r\n\r\n", i);
	osci_buf_adds(&in, "\r\n--B--\r\n");
	assert_int_equal(run((char *)in.data, in.len, in.len, 1, &log), OSCI_E_LIMIT);
	osci_buf_free(&log);
	osci_buf_reset(&in);

	osci_buf_adds(&in, "X-Long: ");
	for (i = 0; i < 4 << 20; i++)
		osci_buf_addc(&in, 'a');
	assert_int_equal(run((char *)in.data, in.len, in.len, 1, &log), OSCI_E_LIMIT);
	osci_buf_free(&log);
	assert_int_equal(run((char *)in.data, in.len, 1, 1, &log), OSCI_E_LIMIT);
	osci_buf_free(&log);
	osci_buf_reset(&in);

	/* Nothing but broken beginnings of the delimiter: time stays linear. */
	osci_buf_adds(&in, TOP("BBBBBBBB") "--BBBBBBBB\r\n" ROOT_HEAD);
	for (i = 0; i < 300000; i++)
		osci_buf_adds(&in, "\r\n--BBBBBBB\r\r\n-");
	osci_buf_adds(&in, "\r\n--BBBBBBBB--");
	assert_int_equal(run((char *)in.data, in.len, in.len, 1, &log), 0);
	osci_buf_free(&log);
	osci_buf_free(&in);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 5);
}

static void m09_encodings(void **state)
{
#define ENC(e, body) TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\nContent-ID: <a>\r\nContent-Type: a/b\r\n" \
	"Content-Transfer-Encoding: " e "\r\n\r\n" body "\r\n--B--"
	takes(ENC("7bit", "aGE="), ROOT_EVENT("x") "[a|a/b||0:aGE=]");
	refuses(ENC("base64", "aG*="));
	refuses(ENC("base64", "aGE"));
	refuses(ENC("base64", "aGE=aGE="));
	refuses(ENC("base64", "aGF="));
	refuses(ENC("base64", "--"));
	refuses(ENC("quoted-printable", "a"));
	refuses(ENC("gzip", "a"));
	refuses(ENC("", "a"));
	refuses(TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\nContent-ID: <a>\r\nContent-Type: a/b\r\n\r\n1\r\n--B--");
}

static void m10_root(void **state)
{
	refuses(TOP("B") "--B\r\n" ATT_HEAD("osci@message") "x\r\n--B--");
	refuses(TOP("B") "--B\r\nContent-Type: text/xml; charset=ISO-8859-1\r\nContent-ID: <a>\r\n\r\nx\r\n--B--");
	refuses(TOP("B") "--B\r\nContent-ID: <a>\r\n\r\nx\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=B; start=\"<other>\"\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: multipart/related; boundary=B; type=\"application/xop+xml\"\r\n\r\n--B\r\n" ROOT_HEAD
		"x\r\n--B--");
	refuses("Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
	refuses("Content-Type: text/xml\r\n\r\n<a/>");
	refuses("MIME-Version: 1.0\r\n\r\n--B\r\n" ROOT_HEAD "x\r\n--B--");
}

#define ID(id) TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\n" ATT_HEAD(id) "1\r\n--B--"

static void m11_names(void **state)
{
	struct osci_buf in;
	int i;

	takes(ID("Anlage_1.b-c@d"), ROOT_EVENT("x") ATT_EVENT("Anlage_1.b-c@d", "1"));
	refuses(ID("../../etc/cron.d/x"));
	refuses(ID("/etc/passwd"));
	refuses(ID("a\\b"));
	refuses(ID("a..b"));
	refuses(ID(".hidden"));
	refuses(ID("-rf"));
	refuses(ID("a\0b"));
	/* what peers do: the file's name */
	takes(ID("Antrag M\xc3\xbcller, Stra\xc3\x9f" "e (1).pdf"),
	      ROOT_EVENT("x") ATT_EVENT("Antrag M\xc3\xbcller, Stra\xc3\x9f" "e (1).pdf", "1"));
	refuses(ID("a\xfc" "b")); /* ISO 8859-1 */
	refuses(ID("a\xc2\xa0" "b"));
	refuses(ID(" a"));
	refuses(ID("a "));
	refuses(ID("a\"b"));
	refuses(ID("a&b"));
	refuses(ID("a%20b"));
	refuses(ID("a>b"));
	refuses(ID("a\xe2\x80\xae" "b"));
	osci_buf_init(&in, 8192);
	osci_buf_adds(&in, TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B\r\nContent-ID: <");
	for (i = 0; i < 4096; i++)
		osci_buf_addc(&in, 'a');
	osci_buf_adds(&in, ">\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\n1\r\n--B--");
	refuses_n((char *)in.data, in.len, __LINE__);
	osci_buf_free(&in);
}

/* --- the caller stops; in memory; writer ------------------------------------------ */

static int stop_at_data(void *arg, const void *data, size_t len)
{
	return -42;
}

static void callback_stops(void **state)
{
	static const struct osci_mime_events stopping = { on_begin, stop_at_data, on_end };
	static const char in[] = TOP("B") "--B\r\n" ROOT_HEAD "x\r\n--B--";
	struct osci_mime_reader *r = NULL;
	struct osci_buf log;

	osci_buf_init(&log, 4096);
	assert_int_equal(osci_mime_reader_new(&r, NULL, &stopping, &log), 0);
	assert_int_equal(osci_mime_reader_feed(r, in, sizeof(in) - 1, NULL), -42);
	assert_int_equal(osci_mime_reader_finish(r, NULL), -42);
	osci_mime_reader_freep(&r);
	osci_buf_free(&log);
}

static void parse_in_memory(void **state)
{
	static const char in[] = TWO("a1", "a2");
	struct osci_mime *m = NULL;
	struct osci_err err;

	assert_int_equal(t_mime_parse(&m, in, sizeof(in) - 1, &err), 0);
	assert_false(m->bare);
	assert_int_equal(m->n_parts, 3);
	assert_string_equal(m->parts[2].head.content_id, "a2");
	assert_int_equal(m->parts[2].len, 1);
	assert_memory_equal(m->parts[2].data, "2", 1);
	osci_mime_freep(&m);
	assert_null(m);

	assert_int_equal(t_mime_parse(&m, in, sizeof(in) - 5, &err), OSCI_E_MALFORMED);
	assert_string_equal(err.feedback, "9100");
	assert_null(m);
	assert_int_equal(t_mime_parse(&m, "", 0, NULL), OSCI_E_MALFORMED);

	assert_int_equal(t_mime_parse(&m, "\xef\xbb\xbf\r\n <a/>", 10, &err), 0);
	assert_true(m->bare);
	assert_int_equal(m->n_parts, 1);
	assert_int_equal(m->parts[0].len, 4);
	assert_memory_equal(m->parts[0].data, "<a/>", 4);
	assert_string_equal(m->parts[0].head.content_id, "osci@message");
	osci_mime_freep(&m);
}

static void written_is_read(void **state)
{
	char boundary[72], other[72];
	struct osci_buf out;
	struct osci_mime *m = NULL;

	assert_int_equal(osci_mime_boundary(boundary, sizeof(boundary)), 0);
	assert_int_equal(osci_mime_boundary(other, sizeof(other)), 0);
	assert_string_not_equal(boundary, other);
	assert_int_equal(osci_mime_boundary(other, 20), OSCI_E_USAGE);
	osci_buf_init(&out, 4096);
	osci_mime_write_begin(&out, boundary);
	osci_buf_adds(&out, "<a/>");
	t_mime_part(&out, boundary, "p.bin", "\r\n\0\xff", 4);
	t_mime_part(&out, boundary, "q.bin", "", 0);
	osci_mime_write_end(&out, boundary);
	assert_int_equal(t_mime_parse(&m, out.data, out.len, NULL), 0);
	assert_int_equal(m->n_parts, 3);
	assert_int_equal(m->parts[0].len, 4);
	assert_memory_equal(m->parts[0].data, "<a/>", 4);
	assert_int_equal(m->parts[1].len, 4);
	assert_memory_equal(m->parts[1].data, "\r\n\0\xff", 4);
	assert_int_equal(m->parts[2].len, 0);
	osci_mime_freep(&m);
	osci_buf_free(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_message),     cmocka_unit_test(empty_parts),
		cmocka_unit_test(tolerances),        cmocka_unit_test(base64_parts),
		cmocka_unit_test(m01_boundary),      cmocka_unit_test(m02_content_id),
		cmocka_unit_test(m05_nested),        cmocka_unit_test(m06_content_length),
		cmocka_unit_test(m07_fields),        cmocka_unit_test(m08_counts),
		cmocka_unit_test(m09_encodings),     cmocka_unit_test(m10_root),
		cmocka_unit_test(m11_names),         cmocka_unit_test(callback_stops),
		cmocka_unit_test(parse_in_memory),   cmocka_unit_test(written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
