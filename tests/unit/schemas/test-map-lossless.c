/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property: for every message, random fields go to XML that the validator and the reference schemas accept, and
 * come back unchanged.  Fields are made from the table (map/sample.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/release.h"
#include "lib/t_confined.h"
#include "map-common.h"
#include "map/sample.h"

#define ROUNDS (100 / (unsigned)T_SLOWER)

static struct map_test t;
static bool with_reference;
static struct map_sample sample = { .seed = 20261122, .often = 2 };

/* S999 says nothing without a detail. */
static void explain(json_t *reasons)
{
	json_t *reason;
	size_t i;

	json_array_foreach(reasons, i, reason) {
		if (strcmp(json_string_value(json_object_get(reason, "code")), "S999") == 0)
			json_object_set_new(reason, "details", json_pack("[{s:s}]", "text", "Erl\xc3\xa4uterung"));
	}
}

/* Who forwards is the last in the list, with the time of this message. */
static void sign_list(json_t *forwarders)
{
	json_t *last = json_array_get(forwarders, json_array_size(forwarders) - 1);
	char created[64];

	osci_format_datetime_berlin(created, sizeof(created), t.frame.created_ms);
	json_object_set_new(last, "key", json_string(t.frame.author.key));
	json_object_set_new(last, "time", json_string(created));
}

/* Rules between fields that the table does not know: the validator does. */
static void obey_rules(const char *number, json_t *fields)
{
	json_t *cases = json_object_get(fields, "cases"), *one;
	json_t *record = json_object_get(fields, "record"), *registration = json_object_get(fields, "registration");
	json_t *sections = json_object_get(fields, "sections"), *section;
	size_t i;

	explain(json_object_get(fields, "reasons"));
	json_array_foreach(cases, i, one) {
		explain(json_object_get(one, "reasons"));
	}
	if (strcmp(number, "000020") == 0) /* not a container in a container */
		json_object_set_new(fields, "original", json_pack("{s:s, s:s}", "message", "070001", "message_name", "Probe"));
	if (strcmp(number, "0030") == 0)
		sign_list(json_object_get(fields, "forwarders"));
	if (record) {
		if (json_object_get(record, "valid_until"))
			json_object_set_new(record, "unlimited", json_false());
	}
	if (json_object_get(registration, "placement_test_waived")) {
		json_object_del(registration, "course_type");
		json_object_del(registration, "course_type_name");
		json_object_del(registration, "section");
		json_object_del(registration, "section_name");
	}
	json_array_foreach(sections, i, section) {
		if (json_object_get(section, "end_expected")) {
			json_object_del(section, "absent_excused");
			json_object_del(section, "absent_unexcused");
		}
	}
}

static void round_trip(const char *number)
{
	json_t *fields, *back;
	char *xml, *a, *b;
	size_t len;

	sample.release = t.release;
	fields = map_sample(&sample, number);
	assert_non_null(fields);
	obey_rules(number, fields);
	xml = map_test_build(&t, number, fields, &len);
	if (!xml)
		fprintf(stderr, "# %s\n", json_dumps(fields, 0));
	assert_non_null(xml);
	if (with_reference && !map_reference_valid(xml, len)) {
		fprintf(stderr, "# %s\n", xml);
		fail_msg("the reference schemas refuse a built %s", number);
	}
	back = map_test_read(&t, xml, len);
	assert_non_null(back);
	assert_string_equal(json_string_value(json_object_get(back, "message")), number);
	map_test_strip(back);
	if (strcmp(number, "070011") == 0)
		json_object_del(fields, "purpose"); /* not sent */
	if (!json_equal(fields, back)) {
		a = json_dumps(fields, JSON_SORT_KEYS);
		b = json_dumps(back, JSON_SORT_KEYS);
		fprintf(stderr, "# sent %s\n# read %s\n", a, b);
		free(a);
		free(b);
		fail_msg("fields of %s changed on the way", number);
	}
	json_decref(fields);
	json_decref(back);
	free(xml);
}

static void test_message(void **state)
{
	unsigned i;

	for (i = 0; i < ROUNDS; i++)
		round_trip(*state);
}

static void test_all_messages_are_here(void **state)
{
	assert_int_equal(t.m->n_messages, 18 + 10);
}

#define MESSAGE(n) { "lossless " n, test_message, NULL, NULL, (void *)(uintptr_t)(n) }

/* A release that no list of this program knows. */
static void test_other_release(void **state)
{
	for (size_t m = 0; m < t.m->n_messages; m++)
		for (unsigned i = 0; i < ROUNDS; i++)
			round_trip(t.m->messages[m].number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_messages_are_here),
		MESSAGE("000002"), MESSAGE("000020"), MESSAGE("000030"), MESSAGE("000040"), MESSAGE("0010"),
		MESSAGE("0020"), MESSAGE("0021"), MESSAGE("0030"), MESSAGE("0031"), MESSAGE("0032"),
		MESSAGE("070001"), MESSAGE("070003"), MESSAGE("070004"), MESSAGE("070005"), MESSAGE("070006"),
		MESSAGE("070007"), MESSAGE("070008"), MESSAGE("070009"), MESSAGE("070010"), MESSAGE("070011"),
		MESSAGE("070012"), MESSAGE("070013"), MESSAGE("070014"), MESSAGE("070015"), MESSAGE("070016"),
		MESSAGE("070017"), MESSAGE("070019"), MESSAGE("070022"),
	};
	const struct CMUnitTest other[] = { cmocka_unit_test(test_other_release) };
	int r;

	if (getenv("XAUSL_TEST_RELEASE")) {
		map_test_open(&t);
		r = cmocka_run_group_tests_name("map-lossless-other", other, NULL, NULL);
		map_test_close(&t);
		return r;
	}
	with_reference = map_reference_open();
	if (!with_reference)
		printf("# SKIP reference schemas are not there: built messages are checked by the own module only\n");
	map_test_open(&t);
	r = cmocka_run_group_tests_name("map-lossless", tests, NULL, NULL);
	map_test_close(&t);
	map_reference_close();
	return r;
}
