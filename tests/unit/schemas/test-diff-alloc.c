/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-diff-alloc - comparing two releases, and requests through both, with allocations failing one at a time: -ENOMEM, never
 * a shorter list; run by made_up_release.py, which brings the second release
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <xausl/diff.h>
#include "base/text.h"
#include "lib/t_alloc.h"

#define POINTS 120 /* places in a run at which one fails */

static struct xausl *x;
static const struct xausl_release *from, *to;

/* 0 with how much came out in *@ret; the same in each call. */
typedef int work(size_t *ret);

static void fail_at_each(work *f, long points)
{
	size_t right, n;
	long all, at, step;

	t_alloc_countdown = INT32_MAX;
	assert_int_equal(f(&right), 0);
	all = INT32_MAX - t_alloc_countdown;
	assert_true(right > 0 && all > 3);
	step = all / points + 1;
	for (at = 1; at <= all; at += step) {
		int r;

		t_alloc_failed = false;
		t_alloc_countdown = at;
		r = f(&n);
		t_alloc_countdown = 0;
		if (!t_alloc_failed || r != -ENOMEM)
			fail_msg("allocation %ld of %ld: %d, %zu of %zu", at, all, r, n, right);
	}
}

static int compare(size_t *ret)
{
	_cleanup_(xausl_diff_freep) struct xausl_diff *d = NULL;
	int r = xausl_diff(&d, from, to, NULL);

	*ret = d ? d->n : 0;
	return r;
}

static int render(size_t *ret, enum xausl_report_format format)
{
	static struct xausl_diff *d;
	_cleanup_(osci_freep) char *text = NULL;
	long left = t_alloc_countdown;
	int r;

	t_alloc_countdown = 0;
	if (!d)
		assert_int_equal(xausl_diff(&d, from, to, NULL), 0);
	t_alloc_countdown = left;
	*ret = 0;
	r = xausl_diff_render(&text, ret, format, d, NULL);
	left = t_alloc_countdown;
	t_alloc_countdown = 0;
	assert_true(r || strlen(text) == *ret);
	t_alloc_countdown = left;
	return r;
}

static int as_text(size_t *ret)
{
	return render(ret, XAUSL_REPORT_TEXT);
}

static int as_json(size_t *ret)
{
	return render(ret, XAUSL_REPORT_JSON);
}

static int as_page(size_t *ret)
{
	return render(ret, XAUSL_REPORT_HTML);
}

static int requests(size_t *ret)
{
	_cleanup_(xausl_regress_freep) struct xausl_regress *g = NULL;
	_cleanup_(osci_freep) char *text = NULL;
	int r = xausl_regress_open(&g, from, to, true, NULL);

	*ret = 0;
	if (!r)
		r = xausl_regress_built_in(g, NULL);
	if (!r)
		r = xausl_regress_complete(g, NULL);
	if (!r)
		*ret = xausl_regress_count(g).items;
	return r;
}

static void test_compare(void **state)
{
	fail_at_each(compare, POINTS);
}

static void test_render(void **state)
{
	fail_at_each(as_text, POINTS);
	fail_at_each(as_json, POINTS);
	fail_at_each(as_page, POINTS);
}

static void test_requests(void **state)
{
	fail_at_each(requests, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare), cmocka_unit_test(test_render), cmocka_unit_test(test_requests),
	};
	char schemas[4096], versions[4096];
	int r;

	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", getenv("XAUSL_DATADIR"));
	snprintf(versions, sizeof(versions), "%s/versions", getenv("XAUSL_DATADIR"));
	r = xausl_open(&x, schemas, versions, NULL);
	from = r ? NULL : xausl_release_find(x, "26.11");
	to = r ? NULL : xausl_release_find(x, "27.05");
	r = from && to ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	xausl_freep(&x);
	return r;
}
