/* SPDX-License-Identifier: Apache-2.0 */
/* test_text - base64 at every split, numbers, ids, UTF-8, escaping, random ids */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <osci/err.h>
#include "base/text.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static void test_base64_encode(void **state)
{
	static const char *const pairs[][2] = { { "", "" },	    { "f", "Zg==" },	 { "fo", "Zm8=" },
						{ "foo", "Zm9v" },  { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
						{ "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(100), d = OSCI_BUF_INIT(100);

		osci_base64_encode(&b, pairs[i][0], strlen(pairs[i][0]), 0);
		osci_buf_room(&b, 0);
		assert_string_equal(b.data, pairs[i][1]);
		assert_int_equal(osci_base64_decode(&d, (char *)b.data, b.len), 0);
		assert_int_equal(d.len, strlen(pairs[i][0]));
		osci_buf_free(&d);
	}
}

static void test_base64_wrap(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1000), d = OSCI_BUF_INIT(1000);
	unsigned char in[171];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7);
	osci_base64_encode(&b, in, sizeof(in), 76);
	assert_int_equal(b.len, 228 + 2);
	assert_int_equal(b.data[76], '\n');
	assert_int_equal(b.data[153], '\n');
	assert_int_not_equal(b.data[b.len - 1], '\n');
	assert_int_equal(osci_base64_decode(&d, (char *)b.data, b.len), 0);
	assert_int_equal(d.len, sizeof(in));
	assert_memory_equal(d.data, in, sizeof(in));
}

/* Whole result of a decoder that gets @text in two pieces cut at @cut. */
static int decode_split(const char *text, size_t cut, struct osci_buf *out)
{
	struct osci_base64_dec d;
	size_t len = strlen(text);
	int r;

	osci_base64_dec_init(&d);
	r = osci_base64_dec_feed(&d, text, cut, out);
	if (!r)
		r = osci_base64_dec_feed(&d, text + cut, len - cut, out);
	return r ? r : osci_base64_dec_finish(&d);
}

static void test_base64_splits(void **state)
{
	static const struct {
		const char *text, *plain; /* plain NULL = refused */
	} cases[] = {
		{ "Zm9vYmFy", "foobar" },
		{ " Zm9v\r\n\tYmFy \n", "foobar" },
		{ "Z g = =", "f" },
		{ "Zm8=\n\n", "fo" },
		{ "", "" },
		{ "   ", "" },
		{ "Zg=", NULL },
		{ "Zg", NULL },
		{ "Z", NULL },
		{ "Z===", NULL },
		{ "=", NULL },
		{ "====", NULL },
		{ "Zg===", NULL },
		{ "Zg==Zg==", NULL },
		{ "Zm8=A", NULL },
		{ "Zh==", NULL },  /* spare bits */
		{ "Zm9=", NULL },  /* spare bits */
		{ "Zm9-", NULL },  /* URL alphabet */
		{ "Zm9_", NULL },
		{ "Zm9v.", NULL },
		{ "Zm\v9v", NULL },
		{ "Zm9v\xc3\xa4", NULL },
		{ "Z=g=", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t cut = 0; cut <= strlen(cases[i].text); cut++) {
			struct osci_buf out = OSCI_BUF_INIT(100);
			int r = decode_split(cases[i].text, cut, &out);

			assert_int_equal(r, cases[i].plain ? 0 : OSCI_E_MALFORMED);
			if (cases[i].plain) {
				assert_int_equal(out.len, strlen(cases[i].plain));
				assert_true(!out.len || !memcmp(out.data, cases[i].plain, out.len));
			}
			osci_buf_free(&out);
		}
	}
}

static void test_base64_nul_and_limit(void **state)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(5);
	struct osci_buf nul = OSCI_BUF_INIT(100);

	assert_int_equal(osci_base64_decode(&nul, "Zm9\0v", 5), OSCI_E_MALFORMED);
	osci_buf_free(&nul);
	assert_int_equal(osci_base64_decode(&out, "Zm9vYmFy", 8), OSCI_E_LIMIT);
	assert_null(out.data);
}

static void test_base64_all_octets(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1 << 16), d = OSCI_BUF_INIT(1 << 16);
	unsigned char in[5000];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 131 + i / 256);
	osci_base64_encode(&b, in, sizeof(in), 76);
	assert_int_equal(osci_base64_decode(&d, (char *)b.data, b.len), 0);
	assert_int_equal(d.len, sizeof(in));
	assert_memory_equal(d.data, in, sizeof(in));
}

static void test_numbers(void **state)
{
	uint64_t v = 7;

	assert_int_equal(osci_parse_u64("0", 1, 0, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(osci_parse_u64("007", 3, 7, &v), 0);
	assert_int_equal(v, 7);
	assert_int_equal(osci_parse_u64("8", 1, 7, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("9", 1, 3, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("18446744073709551615", 20, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(osci_parse_u64("18446744073709551616", 20, UINT64_MAX, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("99999999999999999999999", 23, UINT64_MAX, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("", 0, 9, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("-1", 2, 9, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("+1", 2, 9, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64(" 1", 2, 9, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("1\0", 2, 99, &v), OSCI_E_MALFORMED);
	assert_int_equal(osci_parse_u64("2147483648", 10, 2147483647, &v), OSCI_E_MALFORMED);
}

static void test_hex(void **state)
{
	char out[9];

	osci_hex(out, "\x00\xff\x1a\xb0", 4);
	assert_string_equal(out, "00ff1ab0");
}

static void test_ids(void **state)
{
	assert_true(osci_id_ok("aZ09@._:+/=-", 12, 256));
	assert_false(osci_id_ok("", 0, 256));
	assert_false(osci_id_ok("abc", 3, 2));
	assert_false(osci_id_ok("a b", 3, 9));
	assert_false(osci_id_ok("a\0b", 3, 9));
	assert_false(osci_id_ok("a'b", 3, 9));
	assert_false(osci_id_ok("a\\b", 3, 9));
	assert_false(osci_id_ok("\xc3\xa4", 2, 9));
	assert_false(osci_id_ok("a\n", 2, 9));
	assert_true(osci_content_id_ok("Anlage 1 (Größe), 'neu'.pdf", 256));
	assert_true(osci_content_id_ok("a", 1));
	assert_false(osci_content_id_ok("ab", 1));
	assert_false(osci_content_id_ok("", 9));
	assert_false(osci_content_id_ok("a/b", 9));
	assert_false(osci_content_id_ok("a\tb", 9));
	assert_false(osci_content_id_ok("a|b", 9));
	assert_false(osci_content_id_ok("a\xe3\x80\x80" "b", 9)); /* ideographic space */
	assert_false(osci_content_id_ok("a\xc3", 9));
}

static void test_utf8(void **state)
{
	static const char *const good[] = { "", "abc", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd" };
	static const char *const bad[] = { "\x80",	 "\xc3",	 "\xc0\xaf",	     "\xe0\x80\xaf",
					   "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",
					   "\xe2\x82",	 "\xc3(",	 "\xf0\x8f\xbf\xbf" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(osci_utf8_ok(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(osci_utf8_ok(bad[i], strlen(bad[i])));
	assert_false(osci_utf8_ok("a\0b", 3));
}

static void test_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain \xc3\xa4", "plain \xc3\xa4" },
		{ "a\r\nb", "a\\u{d}\\u{a}b" },
		{ "\x1b[31m", "\\u{1b}[31m" },
		{ "c1\xc2\x9b", "c1\\u{9b}" },
		{ "x\xe2\x80\xaey", "x\\u{202e}y" },
		{ "z\xe2\x80\x8b", "z\\u{200b}" },
		{ "bad\xff", "bad\\xff" },
		{ "cut\xe2\x82", "cut\\xe2\\x82" },
		{ "back\\slash", "back\\\\slash" },
		{ "%n%s", "%n%s" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(200);

		osci_escape_line(&b, cases[i].in, strlen(cases[i].in));
		assert_string_equal(b.data, cases[i].out);
	}
}

static void test_uuid(void **state)
{
	char a[37], b[37];

	assert_int_equal(osci_uuid4(a), 0);
	assert_int_equal(osci_uuid4(b), 0);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '4');
	assert_non_null(strchr("89ab", a[19]));
	assert_int_equal(a[8], '-');
	assert_int_equal(a[23], '-');
	assert_int_equal(strspn(a, "0123456789abcdef-"), 36);
}

/* Long texts with blanks at odd places, and every octet at every place of a group. */
static void test_base64_long(void **state)
{
	struct osci_buf text = OSCI_BUF_INIT(20000), out = OSCI_BUF_INIT(5000), spaced = OSCI_BUF_INIT(40000);
	unsigned char in[4099];
	size_t i, gap;
	int c;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 31 ^ i >> 5);
	osci_base64_encode(&text, in, sizeof(in), 0);
	for (gap = 1; gap < 1100; gap += gap < 12 ? 1 : 97) {
		osci_buf_free(&spaced);
		osci_buf_free(&out);
		for (i = 0; i < text.len; i++) {
			if (i % gap == 0)
				osci_buf_addc(&spaced, " \t\r\n"[i / gap % 4]);
			osci_buf_addc(&spaced, (char)text.data[i]);
		}
		assert_int_equal(osci_base64_decode(&out, (char *)spaced.data, spaced.len), 0);
		assert_int_equal(out.len, sizeof(in));
		assert_memory_equal(out.data, in, sizeof(in));
	}
	for (c = 0; c < 256; c++)
		for (i = 1024; i < 1028; i++) {
			unsigned char was = text.data[i];
			bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
				      c == '+' || c == '/';

			text.data[i] = (unsigned char)c;
			osci_buf_free(&out);
			assert_int_equal(osci_base64_decode(&out, (char *)text.data, text.len),
					 letter ? 0 : OSCI_E_MALFORMED);
			text.data[i] = was;
		}
	osci_buf_free(&text);
	osci_buf_free(&spaced);
	osci_buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64_encode), cmocka_unit_test(test_base64_wrap),
		cmocka_unit_test(test_base64_splits), cmocka_unit_test(test_base64_nul_and_limit),
		cmocka_unit_test(test_base64_all_octets), cmocka_unit_test(test_base64_long), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_hex), cmocka_unit_test(test_ids), cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_escape), cmocka_unit_test(test_uuid),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
