/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-faults - a check that fails itself never says "valid", and never blames the message
 *
 * Each allocation of a run fails once, those of libxml2 too, but for those inside xmlSchemaValidateDoc(): libxml2 2.9 ends
 * the process there (xmlSchemaCopyValue); instead it fails as a whole.  The caller's function fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/xmlmemory.h>
#include <libxml/xmlschemas.h>

#include "schemas.h"
#include "base/buf.h"
#include "lib/t_alloc.h"

#define ALLOCATIONS_MAX 100000

static struct xausl *x;
static bool schema_fails;

int __real_xmlSchemaValidateDoc(xmlSchemaValidCtxtPtr ctxt, xmlDocPtr doc);
int __wrap_xmlSchemaValidateDoc(xmlSchemaValidCtxtPtr ctxt, xmlDocPtr doc);

int __wrap_xmlSchemaValidateDoc(xmlSchemaValidCtxtPtr ctxt, xmlDocPtr doc)
{
	long left = t_alloc_countdown;
	int r;

	if (schema_fails)
		return -1;
	t_alloc_countdown = 0;
	r = __real_xmlSchemaValidateDoc(ctxt, doc);
	t_alloc_countdown = left;
	return r;
}

/* Of libxml2: through the same counted functions as those of the code under test. */
static void *count_malloc(size_t n)
{
	return malloc(n);
}

static void *count_realloc(void *p, size_t n)
{
	return realloc(p, n);
}

static char *count_strdup(const char *s)
{
	return strdup(s);
}

static void each_allocation(const char *number, const char *from, const char *to, enum xausl_verdict right)
{
	_cleanup_(osci_freep) char *text = schemas_message(number), *changed = schemas_replace(text, from, to);
	unsigned failed = 0, wrong = 0, told = 0;
	bool more = true;

	for (long k = 1; more && k < ALLOCATIONS_MAX; k++) {
		_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
		struct osci_err err = { 0 };
		int rc;

		t_alloc_failed = false;
		t_alloc_countdown = k;
		rc = xausl_validate(&r, x, NULL, changed, strlen(changed), &err);
		t_alloc_countdown = 0;
		more = t_alloc_failed;
		if (!more) {
			assert_int_equal(rc, 0);
			assert_int_equal(r->verdict, right);
			break;
		}
		failed++;
		told += rc < 0 || r->verdict == XAUSL_NOT_CHECKED;
		if (rc < 0 ? r != NULL : r->verdict != right && r->verdict != XAUSL_NOT_CHECKED) {
			wrong++;
			print_error("%s, %s: allocation %ld: %d, verdict %d %s\n", number, to, k, rc, r ? (int)r->verdict : -1,
				    r && r->n_findings ? r->findings[0].what : "");
		}
	}
	assert_false(more);
	assert_true(failed > 100);
	assert_true(told > failed / 2);
	assert_int_equal(wrong, 0);
}

static void test_allocations_valid(void **state)
{
	each_allocation("070001", "Probestadt", "Musterstadt", XAUSL_VALID);
}

static void test_allocations_invalid(void **state)
{
	each_allocation("070001", "1990-05-17", "1990-05", XAUSL_INVALID);
	each_allocation("070001", "<code>AERL-STAT-001<", "<code>AERL-STAT-000<", XAUSL_INVALID);
	each_allocation("070001", "<code>AERL-STAT-001<", "<code>STAT-04<", XAUSL_INVALID);
	each_allocation("070001", "<code>070001<", "<code>070008<", XAUSL_INVALID);
	each_allocation("070003", "teilnahmeUnbefristet>false", "teilnahmeUnbefristet> 1 ", XAUSL_INVALID);
}

static void test_schema_fails(void **state)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	_cleanup_(osci_freep) char *text = schemas_message("070001");

	schema_fails = true;
	assert_int_equal(xausl_validate(&r, x, NULL, text, strlen(text), NULL), 0);
	schema_fails = false;
	assert_int_equal(r->verdict, XAUSL_NOT_CHECKED);
	assert_int_equal(r->n_errors, 1);
	assert_string_equal(r->findings[0].id, "check.incomplete");
	assert_string_equal(r->findings[0].standard_code, "");
	xausl_report_freep(&r);
	assert_int_equal(xausl_validate(&r, x, NULL, text, strlen(text), NULL), 0);
	assert_int_equal(r->verdict, XAUSL_VALID);
}

static int known(void *arg, const char *trigger_uuid, const char *number)
{
	assert_string_equal(trigger_uuid, "1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001");
	assert_string_equal(number, "070003");
	return *(int *)arg;
}

static void test_known(void **state)
{
	static const struct {
		int result;
		enum xausl_verdict verdict;
		const char *id;
	} tests[] = {
		{ 0, XAUSL_VALID, NULL },
		{ 1, XAUSL_INVALID, "frame.trigger-unknown" },
		{ -EIO, XAUSL_NOT_CHECKED, "check.incomplete" },
	};
	_cleanup_(osci_freep) char *text = schemas_message("070003");

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
		int result = tests[i].result;
		const struct xausl_check_opts opts = { .known = known, .arg = &result };

		assert_int_equal(xausl_validate(&r, x, &opts, text, strlen(text), NULL), 0);
		assert_int_equal(r->verdict, tests[i].verdict);
		if (tests[i].id)
			assert_string_equal(r->findings[0].id, tests[i].id);
	}
}

static int setup(void **state)
{
	assert_int_equal(xmlMemSetup(free, count_malloc, count_realloc, count_strdup), 0);
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
		cmocka_unit_test(test_allocations_valid),
		cmocka_unit_test(test_allocations_invalid),
		cmocka_unit_test(test_schema_fails),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
