/* SPDX-License-Identifier: Apache-2.0 */
/* ordered: what a case orders against what was sent, name by name */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <osci/err.h>

#include "run/ordered.h"

static int note(void *arg, const char *name, const json_t *ordered, const json_t *seen)
{
	char *text = arg;
	size_t n = strlen(text);

	snprintf(text + n, 1024 - n, "%s%s%s", n ? " " : "", !ordered ? "+" : !seen ? "-" : "~", name);
	return 0;
}

static void same(const char *ordered, const char *seen, const char *want)
{
	json_t *a = json_loads(ordered, 0, NULL), *b = json_loads(seen, 0, NULL);
	char text[1024] = "";

	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(cf_ordered(a, b, note, text), 0);
	assert_string_equal(text, want);
	json_decref(a);
	json_decref(b);
}

static void differences(void **state)
{
	same("{\"a\":1,\"b\":{\"c\":\"x\"}}", "{\"b\":{\"c\":\"x\"},\"a\":1}", "");
	same("{\"a\":1}", "{\"a\":2}", "~a");
	same("{\"a\":{\"b\":\"x\",\"c\":\"y\"}}", "{\"a\":{\"b\":\"x\"}}", "-a.c");
	same("{\"a\":{\"b\":\"x\"}}", "{\"a\":{\"b\":\"x\",\"c\":\"y\"}}", "+a.c");
	same("{\"l\":[\"1\",\"2\"]}", "{\"l\":[\"1\",\"3\"]}", "~l[2]");
	same("{\"l\":[\"1\"]}", "{\"l\":[\"1\",\"3\"]}", "+l[2]");
	same("{\"l\":[\"1\",\"2\"]}", "{\"l\":[\"2\",\"1\"]}", "~l[1] ~l[2]"); /* order is part of an order */
	same("{\"l\":[{\"t\":\"1\"}]}", "{\"l\":[{\"t\":\"2\"}]}", "~l[1].t");
	same("{\"n\":null}", "{}", "-n");
	same("{\"n\":null}", "{\"n\":null}", "");
	same("{\"n\":null}", "{\"n\":\"x\"}", "~n");
	same("{}", "{\"n\":null}", "+n");
	same("{\"f\":false}", "{}", "-f");
	same("{\"f\":\"1\"}", "{\"f\":1}", "~f");
	same("{\"a\":{\"b\":1}}", "{\"a\":1}", "-a.b");
}

static void own_business(void **state)
{
	same("{\"message\":\"070009\",\"x\":1}",
	     "{\"message\":\"070009\",\"uuid\":\"u\",\"created\":\"t\",\"release\":\"r\",\"author\":{\"key\":\"k\"},"
	     "\"reader\":{\"key\":\"k\",\"name\":\"n\"},\"trigger\":\"t\",\"x\":1}", "");
	same("{\"x\":1}", "{\"x\":1,\"contact\":{\"surname\":\"s\",\"channels\":[{\"type\":\"01\"}]},"
			"\"file_reference\":\"7\"}", "");
	same("{\"file_reference\":\"7\",\"contact\":{\"surname\":\"s\"}}",
	     "{\"file_reference\":\"8\",\"contact\":{\"surname\":\"s\",\"reference\":\"r\"}}",
	     "~file_reference +contact.reference");
	same("{\"t\":\"01\"}", "{\"t\":\"01\",\"t_name\":\"text of the code\"}", "");
	same("{}", "{\"t_name\":\"x\"}", "+t_name"); /* there is no code of that name */
	same("{\"person\":{\"surname\":\"a\"}}", "{\"person\":{\"surname\":\"a\"},\"author_more\":\"x\"}", "+author_more");
}

static void depth(void **state)
{
	json_t *deep = json_array();
	char text[1024] = "";

	for (unsigned i = 0; i < CF_ORDERED_DEPTH_MAX + 1; i++) {
		json_t *one = json_array();

		json_array_append_new(one, deep);
		deep = one;
	}
	assert_int_equal(cf_ordered(deep, deep, note, text), OSCI_E_LIMIT);
	json_decref(deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(own_business),
		cmocka_unit_test(depth),
	};

	return cmocka_run_group_tests_name("conform-run-ordered", tests, NULL, NULL);
}
