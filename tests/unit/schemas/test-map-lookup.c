/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl_field_get(), _find(), _check(): the fields of a message, and which values they can have
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <xausl/schema.h>

static struct xausl *x;
static const struct xausl_release *r;

static int open_all(void **state)
{
	char schemas[4096], versions[4096];
	const char *root = getenv("XAUSL_SOURCE_ROOT");

	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root);
	snprintf(versions, sizeof(versions), "%s/versions", root);
	if (xausl_open(&x, schemas, versions, NULL))
		return -1;
	r = xausl_release_find(x, "26.11");
	return r ? 0 : -1;
}

static int close_all(void **state)
{
	xausl_freep(&x);
	return 0;
}

static void fields_are_listed(void **state)
{
	struct xausl_field f;
	size_t n = 0;

	while (xausl_field_get(r, "070001", n, &f)) {
		assert_true(*f.name && *f.type && *f.when);
		n++;
	}
	assert_in_range(n, 30, 60);
	assert_false(xausl_field_get(r, "070002", 0, &f));
	assert_false(xausl_field_get(xausl_release_find(x, "26.05"), "070001", 0, &f)); /* no module */
	assert_true(xausl_field_find(r, "070001", "person.nationalities[]", &f));
	assert_string_equal(f.type, "code(Staatsangehoerigkeit)");
	assert_string_equal(f.when, "1 to 4");
	assert_false(xausl_field_find(r, "070001", "person.nationalities", &f));
	assert_false(xausl_field_find(r, "070001", "replace", &f));
}

static void values_are_checked(void **state)
{
	static const struct {
		const char *number, *name, *json; /* a JSON list of one value */
		const char *code;		  /* NULL: it fits */
	} rows[] = {
	    {"070001", "person.surname", "[\"Öz\"]", NULL},
	    {"070001", "person.surname", "[null]", NULL},
	    {"070001", "person.surname", "[true]", "invalid"},
	    {"070001", "person.surname", "[\"\\u0007\"]", "invalid"},
	    {"070001", "person.birth_date", "[\"1986\"]", NULL},
	    {"070001", "person.birth_date", "[\"1986-04\"]", NULL},
	    {"070001", "person.birth_date", "[\"1986-02-30\"]", "invalid"},
	    {"070001", "person.birth_date", "[null]", "invalid"},
	    {"070001", "person.azr_number", "[\"260101999999\"]", NULL},
	    {"070001", "person.azr_number", "[\"26010199999\"]", "invalid"},
	    {"070001", "person.address.postcode", "[\"803311\"]", "invalid"},
	    {"070001", "person.nationalities[]", "[\"327\"]", NULL},
	    {"070001", "person.nationalities[]", "[\"XYZ\"]", "unknown_code"},
	    {"070001", "residence_title", "[\"AERL-STAT-406\"]", NULL},
	    {"070001", "residence_title", "[\"AERL-STAT-030\"]", "code_not_allowed"},
	    {"070001", "orientation_course_only", "[false]", NULL},
	    {"070001", "orientation_course_only", "[\"false\"]", "invalid"},
	    {"070001", "information_block", "[true]", NULL},
	    {"070001", "information_block", "[false]", "invalid"},
	    {"070013", "purpose", "[\"obligation_check\"]", NULL},
	    {"070013", "purpose", "[\"granting\"]", "unknown_code"},
	    {"070011", "purpose", "[\"granting\"]", NULL},
	    {"070007", "question", "[\"x\"]", "invalid"},
	    {"070007", "question", "[\"01234567-89ab-cdef-0123-456789abcdef\"]", NULL},
	    {"070003", "record.kind", "[\"entitlement\"]", NULL},
	    {"070003", "record.kind", "[\"right\"]", "unknown_code"},
	    {"070003", "record.valid_until", "[\"2026-11-31\"]", "invalid"},
	    {"070005", "reason.name", "[\"Sonstiges\"]", NULL},
	    {"070005", "reason.name", "[1]", "invalid"},
	    {"070012", "result", "[\"none\"]", NULL},
	    {"070012", "result", "[\"nothing\"]", "unknown_code"},
	    {"070012", "result", "[null]", "invalid"},
	    {"070015", "sections[].absent_excused", "[3]", NULL},
	    {"070015", "sections[].absent_excused", "[\"3\"]", "invalid"},
	};
	const char *code, *expected;
	json_t *one;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		one = json_loads(rows[i].json, 0, NULL);
		assert_non_null(one);
		int e = xausl_field_check(r, rows[i].number, rows[i].name, json_array_get(one, 0), &code,
					  &expected);
		if (e != (rows[i].code ? OSCI_E_MALFORMED : 0) ||
		    (rows[i].code && strcmp(rows[i].code, code) != 0))
			fail_msg("%s %s: %d %s", rows[i].name, rows[i].json, e, code ? code : "");
		json_decref(one);
	}
	assert_int_equal(xausl_field_check(r, "070001", "nothing", NULL, &code, &expected), OSCI_E_EMPTY);
	assert_int_equal(xausl_field_check(r, "999999", "kennziffer", NULL, &code, &expected), OSCI_E_EMPTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fields_are_listed),
					   cmocka_unit_test(values_are_checked)};

	return cmocka_run_group_tests_name("fields of messages", tests, open_all, close_all);
}
