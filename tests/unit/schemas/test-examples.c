/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-examples - the published examples: valid ones pass, each invalid one has a finding of the right layer
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schemas.h"
#include "base/buf.h"

static struct xausl *x;
static unsigned wrong;

static void show(const char *name, const struct xausl_report *r)
{
	for (size_t i = 0; i < r->n_findings; i++)
		print_message("# %s: %s %s %s:%u %s: %s, expected: %s\n", name, r->findings[i].id,
			      r->findings[i].standard_code, r->findings[i].layer, r->findings[i].line,
			      r->findings[i].path, r->findings[i].what, r->findings[i].expected);
}

static void valid(const char *name, const char *data, size_t len, void *ud)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;

	assert_int_equal(xausl_validate(&r, x, NULL, data, len, NULL), 0);
	if (r->verdict != XAUSL_VALID || !r->number[0] || strncmp(r->number, name, strcspn(name, "-")) != 0 ||
	    strcmp(r->release, "26.11") != 0)
		wrong++;
	show(name, r);
}

static void invalid(const char *name, const char *data, size_t len, void *ud)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	bool rule = ud != NULL;

	assert_int_equal(xausl_validate(&r, x, NULL, data, len, NULL), 0);
	if (r->verdict != XAUSL_INVALID)
		wrong++;
	for (size_t i = 0; i < r->n_findings; i++) {
		const char *layer = r->findings[i].layer;
		bool schema = !strcmp(layer, "schema") || !strcmp(layer, "xml");

		if (rule && schema)
			wrong++;
		if (!r->findings[i].standard_code[0] || !r->findings[i].what[0])
			wrong++;
	}
	if (!rule && r->n_findings && !strcmp(r->findings[0].layer, "rule"))
		wrong++;
}

static void test_valid(void **state)
{
	char dir[4096];

	if (!schemas_reference("examples/valid", dir, sizeof(dir)))
		skip();
	wrong = 0;
	assert_true(schemas_each(dir, valid, NULL) >= 26);
	assert_true(schemas_each(schemas_reference("examples/admin/valid", dir, sizeof(dir)), valid, NULL) >= 11);
	assert_int_equal(wrong, 0);
}

static void test_invalid(void **state)
{
	char dir[4096];

	if (!schemas_reference("examples/invalid", dir, sizeof(dir)))
		skip();
	wrong = 0;
	assert_true(schemas_each(dir, invalid, NULL) >= 38);
	assert_true(schemas_each(schemas_reference("examples/admin/invalid", dir, sizeof(dir)), invalid, NULL) >= 10);
	assert_int_equal(wrong, 0);
}

static void test_rule_violations(void **state)
{
	char dir[4096];

	if (!schemas_reference("examples/rule-violations", dir, sizeof(dir)))
		skip();
	wrong = 0;
	assert_true(schemas_each(dir, invalid, (void *)"rule") >= 8);
	assert_int_equal(wrong, 0);
}

static int setup(void **state)
{
	x = schemas_open();
	return 0;
}

static int teardown(void **state)
{
	xausl_freep(&x);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_rule_violations),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
