/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-csv - the reader of tables: what it takes, what it refuses and at which line
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/csv.h"
#include "base/buf.h"

static int parse(struct xausl_csv **t, const char *text, struct osci_err *err)
{
	return xausl_csv_parse(t, "t.csv", text, strlen(text), err);
}

static void test_rows(void **state)
{
	_cleanup_(xausl_csv_freep) struct xausl_csv *t = NULL;

	assert_int_equal(parse(&t, "# comment; \"\n\na;b;\r\n\"x;\"\"y\"\"\";;z\n;\nlast", NULL), 0);
	assert_int_equal(t->n_rows, 4);
	assert_int_equal(t->rows[0].line, 3);
	assert_int_equal(t->rows[0].n, 3);
	assert_string_equal(t->rows[0].field[0], "a");
	assert_string_equal(t->rows[0].field[1], "b");
	assert_string_equal(t->rows[0].field[2], "");
	assert_int_equal(t->rows[1].line, 4);
	assert_string_equal(t->rows[1].field[0], "x;\"y\"");
	assert_string_equal(t->rows[1].field[1], "");
	assert_string_equal(t->rows[1].field[2], "z");
	assert_int_equal(t->rows[2].n, 2);
	assert_int_equal(t->rows[3].line, 6);
	assert_string_equal(t->rows[3].field[0], "last");
	assert_string_equal(xausl_csv_field(&t->rows[3], 0), "last");
	assert_string_equal(xausl_csv_field(&t->rows[3], 1), "");
}

static void test_empty(void **state)
{
	_cleanup_(xausl_csv_freep) struct xausl_csv *t = NULL;

	assert_int_equal(parse(&t, "", NULL), 0);
	assert_int_equal(t->n_rows, 0);
}

static void test_quoted_empty_at_end(void **state)
{
	_cleanup_(xausl_csv_freep) struct xausl_csv *t = NULL;

	assert_int_equal(parse(&t, "a;\"\"", NULL), 0);
	assert_int_equal(t->rows[0].n, 2);
	assert_string_equal(t->rows[0].field[1], "");
}

static void test_refused(void **state)
{
	static char many[XAUSL_CSV_FIELDS_MAX + 1];
	const struct {
		const char *text, *where;
	} bad[] = {
		{ "a\nb;\"open", "t.csv:2" },
		{ "a\n\nb;\"open\nx\"", "t.csv:3" },
		{ "a\"b", "t.csv:1" },
		{ "\"a\"b;c", "t.csv:1" },
		{ "a\tb", "t.csv:1" },
		{ "a\n\x01", "t.csv:2" },
		{ "a\rb", "t.csv:1" },
		{ "\xef\xbb\xbf" "a", "t.csv:1" },
		{ "a\n\xff", "t.csv:2" },
		{ "\xc0\xaf", "t.csv:1" },
		{ "\xed\xa0\x80", "t.csv:1" },
		{ "\xe4\xb8", "t.csv:1" },
		{ many, "t.csv:1" },
	};

	memset(many, ';', XAUSL_CSV_FIELDS_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct xausl_csv *t = NULL;
		struct osci_err err = { 0 };

		assert_int_equal(parse(&t, bad[i].text, &err), OSCI_E_CONFIG);
		assert_null(t);
		assert_string_equal(err.where, bad[i].where);
		assert_true(err.what[0] != '\0');
	}
}

static void test_nul_and_sizes(void **state)
{
	struct xausl_csv *t = NULL;
	char *big;

	assert_int_equal(xausl_csv_parse(&t, "t.csv", "a\0b", 3, NULL), OSCI_E_CONFIG);
	big = malloc(XAUSL_CSV_BYTES_MAX + 1);
	assert_non_null(big);
	memset(big, 'a', XAUSL_CSV_BYTES_MAX + 1);
	assert_int_equal(xausl_csv_parse(&t, "t.csv", big, XAUSL_CSV_BYTES_MAX + 1, NULL), OSCI_E_CONFIG);
	memset(big, '\n', XAUSL_CSV_ROWS_MAX + 2);
	assert_int_equal(xausl_csv_parse(&t, "t.csv", big, XAUSL_CSV_ROWS_MAX + 2, NULL), OSCI_E_CONFIG);
	free(big);
}

static void test_load(void **state)
{
	struct xausl_csv *t = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(xausl_csv_load(&t, "/nonexistent/x.csv", &err), OSCI_E_CONFIG);
	assert_int_equal(xausl_csv_load(&t, "/", &err), OSCI_E_CONFIG);
	assert_null(t);
	xausl_csv_freep(&t);
	xausl_csv_freep(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_quoted_empty_at_end),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul_and_sizes),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
