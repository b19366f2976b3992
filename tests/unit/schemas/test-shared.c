/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-shared - libxausl as another program uses it: public headers and the shared library alone
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

static void test_validate(void **state)
{
	static const char text[] = "<a xmlns='http://www.osci.de/xauslaender2611'/>";
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	char schemas[4096], versions[4096], why[512];
	struct xausl_report *r = NULL;
	struct osci_err err = { 0 };
	struct osci_limits limits;
	const struct xausl_check_opts opts = { .limits = &limits };
	struct xausl *x = NULL;

	assert_non_null(root);
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root);
	snprintf(versions, sizeof(versions), "%s/versions", root);
	osci_limits_default(&limits);
	if (xausl_open(&x, schemas, versions, &err))
		fail_msg("%s", osci_err_text(&err, why, sizeof(why)));
	assert_int_equal(xausl_validate(&r, x, &opts, text, strlen(text), &err), 0);
	assert_int_equal(r->verdict, XAUSL_INVALID);
	assert_string_equal(r->findings[0].id, "schema.root");
	xausl_report_freep(&r);
	assert_null(r);
	assert_int_equal(xausl_message_direction(xausl_release_find(x, "26.11"), "070001"), 1);
	xausl_freep(&x);
	assert_null(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_validate) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
