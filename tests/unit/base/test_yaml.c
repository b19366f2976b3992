/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml, pool: the tree with its lines, what is refused with which place, memory that ends
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/pool.h"
#include "base/yaml.h"

static const struct osci_yaml_limits limits = {1000, 50, 6};

struct told {
	unsigned n, line, column; /* of the last */
	char text[128];
};

static void tell(void *arg, unsigned line, unsigned column, const char *text)
{
	struct told *t = arg;

	t->n++;
	t->line = line;
	t->column = column;
	snprintf(t->text, sizeof(t->text), "%s", text);
}

static void a_tree_knows_its_lines(void **state)
{
	static const char text[] =
	    "# comment\na: 1\n'b c': [x, \"y\\u00fc\", {k: null}]\nd:\n  e: \"long\\ntext\\n\"\n";
	struct osci_yaml *y = NULL;
	struct told t = {0};
	const struct osci_yaml_node *n;

	assert_int_equal(osci_yaml_parse(&y, text, sizeof(text) - 1, &limits, tell, &t), 0);
	n = osci_yaml_root(y);
	assert_int_equal(n->kind, OSCI_YAML_MAPPING);
	assert_int_equal(n->n, 3);
	n = osci_yaml_get(osci_yaml_root(y), "a");
	assert_true(n->plain);
	assert_string_equal(n->text, "1");
	assert_int_equal(n->line, 2);
	assert_int_equal(n->column, 4);
	assert_int_equal(n->key_column, 1);
	n = osci_yaml_get(osci_yaml_root(y), "b c");
	assert_int_equal(n->kind, OSCI_YAML_LIST);
	assert_int_equal(n->n, 3);
	assert_false(n->first->next->plain);
	assert_string_equal(n->first->next->text, "yü");
	assert_null(n->first->key);
	assert_string_equal(n->first->next->next->first->key, "k");
	assert_null(osci_yaml_get(n, "k"));
	n = osci_yaml_get(osci_yaml_get(osci_yaml_root(y), "d"), "e");
	assert_string_equal(n->text, "long\ntext\n");
	assert_int_equal(n->key_line, 5);
	osci_yaml_freep(&y);
	assert_null(y);
}

static void refusals(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *says;
		bool tree; /* what is left can be looked at */
	} rows[] = {
	    {"a: 1\nb: 2\na: 3\n", 3, 1, "key \"a\" twice, first in line 1", true},
	    {"a: &x 1\n", 1, 4, "anchors and tags", true},
	    {"a: !!int 1\n", 1, 4, "anchors and tags", true},
	    {"a: !x {}\n", 1, 4, "anchors and tags", true},
	    {"a: &x []\n", 1, 4, "anchors and tags", true},
	    {"a: 1\n<<: {b: c}\n", 2, 1, "merge keys", true},
	    {"a: \"\\0\"\n", 1, 4, "NUL", true},
	    {"a: |\n  b\n", 1, 4, "| or >", true},
	    {"a: >\n  b\n", 1, 4, "| or >", true},
	    {"a: *x\n", 1, 4, "aliases", false},
	    {"a: 1\n---\nb: 1\n", 3, 1, "one document", false},
	    {"{[a]: b}", 1, 2, "a key must be text", false},
	    {"a: [1\n", 2, 1, "no valid YAML", false},
	    {"a: b\nc: \xff\n", 2, 1, "no UTF-8", false},
	    {"[[[[[[[x]]]]]]]", 1, 7, "nested too deep", false},
	    {"[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,"
	     "8,9,0,1]",
	     1, 100, "too many values", false},
	    {"", 1, 1, "empty", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_yaml *y = NULL;
		struct told t = {0};

		assert_int_equal(osci_yaml_parse(&y, rows[i].text, strlen(rows[i].text), &limits, tell, &t),
				 OSCI_E_MALFORMED);
		if (t.n != 1 || t.line != rows[i].line || t.column != rows[i].column ||
		    !strstr(t.text, rows[i].says))
			fail_msg("%s: %u: %u:%u %s", rows[i].text, t.n, t.line, t.column, t.text);
		assert_int_equal(y != NULL, rows[i].tree);
		osci_yaml_freep(&y);
	}
}

static void the_first_of_two_keys_stays(void **state)
{
	static const char text[] = "{a: 1, b: 2, a: 3, c: 4, a: 5}";
	struct osci_yaml *y = NULL;
	struct told t = {0};

	assert_int_equal(osci_yaml_parse(&y, text, sizeof(text) - 1, &limits, tell, &t), OSCI_E_MALFORMED);
	assert_int_equal(t.n, 2);
	assert_int_equal(osci_yaml_root(y)->n, 3);
	assert_string_equal(osci_yaml_get(osci_yaml_root(y), "a")->text, "1");
	assert_string_equal(osci_yaml_get(osci_yaml_root(y), "c")->text, "4");
	osci_yaml_freep(&y);
}

static void a_file_too_large(void **state)
{
	struct osci_yaml *y = NULL;
	struct told t = {0};
	char text[1001];

	memset(text, 'a', sizeof(text));
	assert_int_equal(osci_yaml_parse(&y, text, sizeof(text), &limits, tell, &t), OSCI_E_MALFORMED);
	assert_non_null(strstr(t.text, "too large"));
	assert_int_equal(osci_yaml_parse(&y, text, 1000, &limits, tell, &t), 0);
	osci_yaml_freep(&y);
}

static void a_pool_ends_at_its_limit(void **state)
{
	struct osci_pool p = OSCI_POOL_INIT(10000);
	char *a = osci_pool_dup(&p, "abc", 2), *b;

	assert_string_equal(a, "ab");
	assert_null(osci_pool_dup(&p, NULL, 0));
	assert_int_equal(p.error, 0);
	b = osci_pool_text(&p, "%s-%d", a, 7);
	assert_string_equal(b, "ab-7");
	assert_int_equal((uintptr_t)b % 16, 0);
	assert_non_null(osci_pool_array(&p, 0, 8));
	assert_null(osci_pool_array(&p, SIZE_MAX / 2, 4));
	assert_int_equal(p.error, OSCI_E_LIMIT);
	assert_null(osci_pool_array(&p, 1, 1)); /* sticky */
	osci_pool_free(&p);
	for (unsigned i = 0; i < 9; i++) {
		char *c = osci_pool_array(&p, 1, 1000);

		assert_non_null(c);
		for (size_t k = 0; k < 1000; k++)
			assert_int_equal(c[k], 0);
		memset(c, 1, 1000);
	}
	assert_null(osci_pool_array(&p, 1, 1000));
	assert_int_equal(p.error, OSCI_E_LIMIT);
	osci_pool_free(&p);
	assert_int_equal(p.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tree_knows_its_lines),	   cmocka_unit_test(refusals),
	    cmocka_unit_test(the_first_of_two_keys_stays), cmocka_unit_test(a_file_too_large),
	    cmocka_unit_test(a_pool_ends_at_its_limit),
	};

	return cmocka_run_group_tests_name("yaml and pool", tests, NULL, NULL);
}
