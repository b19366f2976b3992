/* SPDX-License-Identifier: Apache-2.0 */
/* match: every matcher against what fits and what does not, and its words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/match.h"

/* Values a test needs live until it ends. */
static json_t *pool;

static const json_t *value(const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(v);
	json_array_append_new(pool, v);
	return v;
}

static int set_up(void **state)
{
	pool = json_array();
	return 0;
}

static int tear_down(void **state)
{
	json_decref(pool);
	return 0;
}

static bool fits(const struct cf_match *m, const char *have)
{
	const json_t *captures = value("{\"k\":\"990\",\"n\":7}");
	int r = cf_fits(m, have ? value(have) : NULL, captures);

	assert_in_range(r, 0, 1);
	return r;
}

static struct cf_match equals(const char *v)
{
	return (struct cf_match){ .kind = CF_M_EQUALS, .value = value(v) };
}

static void simple(void **state)
{
	struct cf_match m = equals("\"a\"");

	assert_true(fits(&m, "\"a\""));
	assert_false(fits(&m, "\"A\""));
	assert_false(fits(&m, "1"));
	assert_false(fits(&m, NULL));
	assert_false(fits(&m, "null"));
	m = equals("null");
	assert_true(fits(&m, "null"));
	assert_false(fits(&m, NULL));
	m = equals("1");
	assert_true(fits(&m, "1"));
	assert_false(fits(&m, "\"1\""));
	assert_false(fits(&m, "true"));
	m = equals("[\"a\",\"b\"]");
	assert_true(fits(&m, "[\"a\",\"b\"]"));
	assert_false(fits(&m, "[\"b\",\"a\"]"));
	m = equals("\"\xc3\xa4\""); /* text is compared by code points, not normalised */
	assert_false(fits(&m, "\"a\xcc\x88\""));
}

static void is(void **state)
{
	static const char *const there[] = { "\"a\"", "false", "0", "\"\"", "[null]", "{\"a\":{\"b\":1}}" };
	static const char *const empty[] = { "{}", "[]", "{\"a\":{}}", "[[],{}]", NULL };
	struct cf_match present = { .kind = CF_M_PRESENT }, absent = { .kind = CF_M_ABSENT },
			any = { .kind = CF_M_ANY };

	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		assert_true(fits(&present, there[i]));
		assert_false(fits(&absent, there[i]));
		assert_true(fits(&any, there[i]));
	}
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		assert_false(fits(&present, empty[i]));
		assert_true(fits(&absent, empty[i]));
		assert_true(fits(&any, empty[i]));
	}
	assert_false(fits(&present, "null"));
	assert_false(fits(&absent, "null"));
}

static void combined(void **state)
{
	struct cf_match list[2] = { equals("\"a\""), { .kind = CF_M_REGEX, .text = "b+." } };
	struct cf_match one_of = { .kind = CF_M_ONE_OF, .list = list, .n = 2 },
			no = { .kind = CF_M_NOT, .list = &one_of, .n = 1 };
	struct cf_match same = { .kind = CF_M_SAME_AS, .text = "k" },
			other = { .kind = CF_M_SAME_AS, .text = "unknown" };

	assert_true(fits(&one_of, "\"a\""));
	assert_true(fits(&one_of, "\"bb\xc3\xa4\""));
	assert_false(fits(&one_of, "\"b\""));
	assert_false(fits(&one_of, NULL));
	assert_false(fits(&no, "\"a\""));
	assert_true(fits(&no, "\"c\""));
	assert_true(fits(&no, NULL));
	assert_true(fits(&same, "\"990\""));
	assert_false(fits(&same, "990"));
	assert_false(fits(&same, NULL));
	assert_false(fits(&other, "\"990\""));
}

static void lists(void **state)
{
	struct cf_match two = { .kind = CF_M_COUNT, .count = 2 }, none = { .kind = CF_M_COUNT };
	struct cf_match a_or_b[2] = { equals("\"a\""), equals("\"b\"") };
	struct cf_expected wide = { .name = "code", .match = { .kind = CF_M_ONE_OF, .list = a_or_b, .n = 2 } };
	struct cf_expected tight[2] = { { .name = "code", .match = equals("\"a\"") },
					{ .name = "x.y", .match = equals("1") } };
	struct cf_entry entries[2] = { { .fields = { &wide, 1 } }, { .fields = { tight, 2 } } };
	struct cf_match contains = { .kind = CF_M_CONTAINS, .entries = entries, .n = 2 };
	struct cf_entry twice[2] = { { .self = &a_or_b[0] }, { .self = &a_or_b[0] } };
	struct cf_match both = { .kind = CF_M_CONTAINS, .entries = twice, .n = 2 };

	assert_true(fits(&two, "[1,2]"));
	assert_false(fits(&two, "[1]"));
	assert_false(fits(&two, NULL));
	assert_false(fits(&two, "{\"a\":1,\"b\":2}"));
	assert_true(fits(&none, NULL));
	assert_true(fits(&none, "[]"));
	/* the wide entry must not take the only one that the tight entry fits */
	assert_true(fits(&contains, "[{\"code\":\"a\",\"x\":{\"y\":1}},{\"code\":\"b\"}]"));
	assert_true(fits(&contains, "[{\"code\":\"z\"},{\"code\":\"b\",\"q\":0},{\"code\":\"a\",\"x\":{\"y\":1}}]"));
	assert_false(fits(&contains, "[{\"code\":\"a\",\"x\":{\"y\":1}}]"));
	assert_false(fits(&contains, "[{\"code\":\"a\"},{\"code\":\"b\"}]"));
	assert_false(fits(&contains, "[\"a\",\"b\"]"));
	assert_false(fits(&contains, "{\"code\":\"a\"}"));
	assert_false(fits(&contains, NULL));
	assert_true(fits(&both, "[\"b\",\"a\",\"a\"]"));
	assert_false(fits(&both, "[\"a\",\"b\"]"));
}

static void fields(void **state)
{
	struct cf_expected list[2] = { { .name = "sections[2].begin", .match = equals("\"x\"") },
				       { .name = "record.issuer.key", .match = { .kind = CF_M_ABSENT } } };
	struct cf_expecteds e = { list, 2 };
	const struct cf_expected *which = NULL;
	const json_t *good = value("{\"sections\":[{},{\"begin\":\"x\"}]}");

	assert_int_equal(cf_all_fit(&e, good, NULL, &which), 1);
	assert_int_equal(cf_all_fit(&e, value("{\"sections\":[{\"begin\":\"x\"}]}"), NULL, &which), 0);
	assert_ptr_equal(which, &list[0]);
	assert_int_equal(
		cf_all_fit(&e, value("{\"sections\":[{},{\"begin\":\"x\"}],\"record\":{\"issuer\":{\"key\":\"k\"}}}"),
			   NULL, &which),
		0);
	assert_ptr_equal(which, &list[1]);
}

static void words(void **state)
{
	struct cf_match a = equals("\"a\"");
	struct cf_match no = { .kind = CF_M_NOT, .list = &a, .n = 1 }, same = { .kind = CF_M_SAME_AS, .text = "k" };
	struct cf_expected code = { .name = "code", .match = { .kind = CF_M_REGEX, .text = "1.*" } };
	struct cf_entry entries[2] = { { .fields = { &code, 1 } }, { .self = &no } };
	struct cf_match contains = { .kind = CF_M_CONTAINS, .entries = entries, .n = 2 };
	struct cf_match list[3] = { contains, same, { .kind = CF_M_COUNT, .count = 3 } };
	struct cf_match all = { .kind = CF_M_ONE_OF, .list = list, .n = 3 };
	json_t *w = cf_match_words(&all, value("{\"k\":\"990\"}"));

	assert_true(
		json_equal(w, value("{\"one_of\":[{\"contains\":[{\"code\":{\"regex\":\"1.*\"}},{\"not\":\"a\"}]},"
				    "{\"same_as\":\"k\",\"value\":\"990\"},{\"count\":3}]}")));
	json_decref(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(simple, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(combined, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(words, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
