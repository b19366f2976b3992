/* SPDX-License-Identifier: Apache-2.0 */
/* test_buf - ceiling, sticky error, escapes, taking the memory; texts of the error object */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/err.h>
#include <osci/limits.h>
#include "base/buf.h"

static void test_ceiling(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(10);

	osci_buf_add(&b, "0123456789", 10);
	assert_int_equal(osci_buf_error(&b), 0);
	assert_string_equal(b.data, "0123456789");
	osci_buf_addc(&b, 'x');
	assert_int_equal(osci_buf_error(&b), OSCI_E_LIMIT);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	osci_buf_adds(&b, "");
	osci_buf_addf(&b, "%d", 1);
	assert_int_equal(osci_buf_error(&b), OSCI_E_LIMIT);
	assert_null(osci_buf_take(&b, NULL));
	assert_null(osci_buf_room(&b, 1));
	osci_buf_fail(&b, -ENOMEM); /* the first error stays */
	assert_int_equal(osci_buf_error(&b), OSCI_E_LIMIT);
	osci_buf_free(&b);
	osci_buf_add(&b, "again", 5);
	assert_int_equal(osci_buf_error(&b), 0);
}

static void test_huge_request(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(100);

	osci_buf_addc(&b, 'a');
	assert_null(osci_buf_room(&b, SIZE_MAX));
	assert_int_equal(osci_buf_error(&b), OSCI_E_LIMIT);
}

static void test_growth(void **state)
{
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(1 << 20), secret;

	osci_buf_init_secret(&secret, 1 << 20);
	for (int i = 0; i < 20000; i++) {
		osci_buf_addc(&plain, (char)('a' + i % 26));
		osci_buf_addc(&secret, (char)('a' + i % 26));
	}
	assert_int_equal(plain.len, 20000);
	assert_int_equal(secret.len, 20000);
	assert_memory_equal(plain.data, secret.data, 20001);
	osci_buf_reset(&secret);
	assert_int_equal(secret.len, 0);
	assert_int_equal(secret.data[0], 0);
	assert_int_equal(secret.data[10], 0); /* wiped */
}

static void test_take(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(100);
	size_t len = 7;
	char *s = osci_buf_take(&b, &len);

	assert_string_equal(s, "");
	assert_int_equal(len, 0);
	free(s);
	osci_buf_addf(&b, "%s-%d", "x", 42);
	s = osci_buf_take(&b, &len);
	assert_string_equal(s, "x-42");
	assert_int_equal(len, 4);
	assert_null(b.data);
	free(s);
	osci_buf_free(&b);
}

static void test_escapes(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1000);

	osci_buf_add_xml_text(&b, "a<b>&\"'\t\r\n", 10);
	assert_string_equal(b.data, "a&lt;b&gt;&amp;\"'\t&#xD;\n");
	osci_buf_reset(&b);
	osci_buf_add_xml_attr(&b, "a<b>&\"'\t\r\n", 10);
	assert_string_equal(b.data, "a&lt;b>&amp;&quot;'&#x9;&#xD;&#xA;");
}

static void test_err(void **state)
{
	struct osci_err err;
	char text[600], big[400];

	assert_int_equal(osci_fail(NULL, 5, "9601", "x", "y"), 5);
	assert_int_equal(osci_fail(&err, OSCI_E_SIGNATURE, "9601", "a\nb", "cause %d\x1b", 3), OSCI_E_SIGNATURE);
	assert_string_equal(err.where, "a?b");
	assert_string_equal(err.what, "cause 3?");
	assert_string_equal(osci_err_text(&err, text, sizeof(text)), "9601 a?b: cause 3?");
	memset(big, 'x', sizeof(big));
	memcpy(big + OSCI_ERR_WHAT_MAX - 2, "\xc3\xa4", 2); /* cut through the character */
	big[sizeof(big) - 1] = '\0';
	osci_fail(&err, -ENOMEM, NULL, NULL, "%s", big);
	assert_int_equal(strlen(err.what), OSCI_ERR_WHAT_MAX - 2);
	assert_string_equal(err.feedback, "");
	osci_fail(&err, OSCI_E_EMPTY, NULL, NULL, "%s", "");
	assert_string_equal(osci_err_text(&err, text, sizeof(text)), "OSCI_E_EMPTY");
	assert_string_equal(osci_result_name(0), "OSCI_OK");
	assert_string_equal(osci_result_name(OSCI_E_MORE), "OSCI_E_MORE");
	assert_string_equal(osci_result_name(-ENOMEM), "ENOMEM");
	assert_string_equal(osci_result_name(9999), "unknown result");
	assert_string_equal(osci_result_name(-99999), "unknown result");
}

static void test_limits(void **state)
{
	struct osci_limits l;

	osci_limits_default(&l);
	assert_int_equal(l.http_body, 100 * 1024 * 1024);
	assert_int_equal(l.certificate_der, 16 * 1024);
	assert_int_equal(l.subject_chars, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ceiling), cmocka_unit_test(test_huge_request),
		cmocka_unit_test(test_growth),	cmocka_unit_test(test_take),
		cmocka_unit_test(test_escapes), cmocka_unit_test(test_err),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
