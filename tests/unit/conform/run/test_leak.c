/* SPDX-License-Identifier: Apache-2.0 */
/* leak: whole words of what must not be said, in lines of a log */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "run/leak.h"

static json_t *secrets(void)
{
	json_t *s = json_object();

	assert_int_equal(cf_leak_words(s, "Haddun Selim Idris", "a surname"), 0);
	assert_int_equal(cf_leak_words(s, "Al-Marante", "a surname"), 0);
	assert_int_equal(cf_leak_words(s, "O'Neill", "a surname"), 0);
	assert_int_equal(cf_leak_words(s, "Émilie Ng", "a given name"), 0);
	assert_int_equal(cf_leak_words(s, "An der alten Weide", "a street"), 0);
	json_object_set_new(s, "1986-04-12", json_string("a birth date"));
	json_object_set_new(s, "9900010014", json_string("a Kennziffer"));
	return s;
}

static void found(void **state)
{
	static const struct {
		const char *text, *kind;
	} lines[] = {
		{ "{\"event\":\"x\",\"what\":\"Haddun\"}", "a surname" },
		{ "Selim", "a surname" },
		{ "name=Al-Marante;", "a surname" },
		{ "/tmp/pl-Al-Marante-x.xml", "a surname" },
		{ "Émilie's", "a given name" },
		{ "by O'Neill", "a surname" },
		{ "(Émilie)", "a given name" },
		{ "alten", "a street" },
		{ "born 1986-04-12.", "a birth date" },
		{ "pl-1986-04-12-7", "a birth date" },
		{ "\"9900010014\"", "a Kennziffer" },
		{ "file 9900010014.xml", "a Kennziffer" },
	};

	json_t *s = secrets();

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *kind = cf_leak_in(s, lines[i].text);

		assert_non_null(kind);
		assert_string_equal(kind, lines[i].kind);
	}
	json_decref(s);
}

static void not_found(void **state)
{
	static const char *const lines[] = {
		"",
		"-",
		"haddun",
		"HADDUN",
		"Haddunx",
		"xHaddun",
		"Ng",
		"An der",
		"Marante",
		"1986-04-120",
		"21986-04-12",
		"1986-04",
		"Neill",
		"99000100140",
		"099000100140",
		"\xc3\x89milien",
		"2026-11-16T09:00:00.000Z office azr:001800",
		"a-b-c-d-e-f-g-h-i-j-k-l-m",
		"\xff\xfe",
		"Weid",
		"reader dbs:99000100 14, author azr:9900010014", /* keys of authorities */
	};
	json_t *s = secrets();
	char hyphens[10001];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_null(cf_leak_in(s, lines[i]));
	memset(hyphens, 'a', sizeof(hyphens) - 1);
	hyphens[sizeof(hyphens) - 1] = '\0';
	assert_null(cf_leak_in(s, hyphens));
	for (size_t i = 1; i < sizeof(hyphens) - 1; i += 2)
		hyphens[i] = '-';
	assert_null(cf_leak_in(s, hyphens));
	json_decref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
