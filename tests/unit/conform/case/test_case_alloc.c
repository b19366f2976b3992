/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of loading fails once, jansson's included: -ENOMEM and nothing left, or the whole book
 */
#include <errno.h>

#include "lib/t_alloc.h"
#include "t_case.h"

#define ROUNDS_MAX 20000

static void *take(size_t n) { return malloc(n); }

static void give(void *p) { free(p); }

static void each_allocation_fails_once(const char *text, int wanted)
{
	long n = 1;

	for (;; n++) {
		struct cf_book *b = NULL;
		int e;

		assert_true(n < ROUNDS_MAX);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		e = t_case_load(&b, text, strlen(text));
		t_alloc_countdown = 0;
		if (!t_alloc_failed) {
			assert_int_equal(e, wanted);
			cf_book_freep(&b);
			return;
		}
		if (e != -ENOMEM)
			fail_msg("allocation %ld: %d", n, e);
		assert_null(b);
	}
}

static void a_good_file(void **state)
{
	char *base = t_case_base();

	each_allocation_fails_once(base, 0);
	free(base);
}

static void a_file_with_problems(void **state)
{
	char *base = t_case_base();
	char *one = t_case_with(base, "sex: w", "sex: f");
	char *two = t_case_with(one, "take: false", "took: false");

	each_allocation_fails_once(two, OSCI_E_CONFIG);
	free(two);
	free(one);
	free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_file),
	    cmocka_unit_test(a_file_with_problems),
	};

	json_set_alloc_funcs(take, give);
	return cmocka_run_group_tests_name("case files without memory", tests, t_case_open, t_case_close);
}
