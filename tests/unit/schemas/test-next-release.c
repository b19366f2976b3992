/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-next-release - two releases side by side: the real 26.11 and a made-up 27.05 that no C file knows
 *
 * Every kind of change that a release can bring is built, checked and read in both; and the change is gone through
 * moment by moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include <xausl/calendar.h>
#include "base/buf.h"
#include "base/text.h"
#include "xml/xml.h"

static char dir[] = "/tmp/xausl-next-XXXXXX";
static struct xausl *x;
static const struct xausl_release *old, *new;

static int64_t at(const char *when)
{
	int64_t ms;

	assert_int_equal(osci_parse_datetime(when, strlen(when), &ms), 0);
	return ms;
}

static int run(const char *const argv[])
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, (char **)(uintptr_t)argv, environ))
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int setup(void **state)
{
	char program[4096], schemas[128], versions[128], text[512];
	struct osci_err err = { 0 };

	snprintf(program, sizeof(program), "%s/tests/lib/made_up_release.py", getenv("XAUSL_SOURCE_ROOT"));
	if (osci_xml_init() || !mkdtemp(dir) || run((const char *const[]){ "python3", program, dir, NULL }))
		return -1;
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", dir);
	snprintf(versions, sizeof(versions), "%s/versions", dir);
	if (xausl_open(&x, schemas, versions, &err)) {
		print_error("%s\n", osci_err_text(&err, text, sizeof(text)));
		return -1;
	}
	old = xausl_release_find(x, "26.11");
	new = xausl_release_find(x, "27.05");
	return old && new ? 0 : -1;
}

static int teardown(void **state)
{
	xausl_freep(&x);
	return run((const char *const[]){ "rm", "-r", dir, NULL });
}

/* --- messages ------------------------------------------------------------ */

/* Fields of an office that are right in 26.11; @number as in the bus manual. */
static json_t *fields_of(const char *number)
{
	const char *person = "{'given_names':'Lea','surname':'Probe','sex':'w','birth_date':'1990-05-17',"
			     "'azr_number':'901231123456','birth_place':'Probestadt','nationalities':['163'],"
			     "'address':{'postcode':'12345','street':'Lindenweg','town':'Musterstadt'}}";
	static const struct {
		const char *number, *rest;
	} all[] = {
		{ "070001", "'residence_title':'AERL-STAT-001','orientation_course_only':false" },
		{ "070008", "'residence_title':'AERL-STAT-001','language_course_only':false" },
		{ "070010", "'residence_title':'AERL-STAT-001','valid_until':'2028-02-29'" },
		{ "070019", NULL },
	};
	char text[1024] = "{'person':{'birth_date':'1990-05-17'},'kennziffer':'9900000001','new_surname':'Neu'}";
	json_t *f;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].rest && !strcmp(all[i].number, number))
			snprintf(text, sizeof(text), "{'person':%s,%s}", person, all[i].rest);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	f = json_loads(text, 0, NULL);
	assert_non_null(f);
	return f;
}

/*
 * "" if the message can be built in @r, is valid by its own namespace, and comes back as it was given; else "field code"
 * of the first problem.  Takes @fields.
 */
static const char *built(const struct xausl_release *r, const char *number, json_t *fields)
{
	static char out[256];
	const struct xausl_frame frame = {
		.uuid = "2d0f8276-4278-465f-9065-15494e98d72b",
		.created_ms = at("2027-05-01T00:00:00+02:00"),
		.author = { "azr:011200", "Ausländerbehörde", "Amtsgasse", "7", "12345", "Musterstadt", "01", "abh@stadt.example" },
		.reader = { .key = "dbs:990000000070", .name = "BAMF" },
		.product = "Probe",
		.vendor = "Muster",
	};
	_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
	_cleanup_(osci_freep) char *xml = NULL;
	json_t *errors = NULL, *back = NULL, *value;
	struct osci_err err = { 0 };
	struct osci_limits limits;
	char text[512];
	const char *name;
	size_t len = 0;
	int result;

	osci_limits_default(&limits);
	out[0] = '\0';
	result = xausl_build(&xml, &len, r, number, fields, &frame, &errors, &err);
	if (result) {
		const json_t *first = json_array_get(errors, 0);

		if (result != OSCI_E_MALFORMED)
			fail_msg("%s", osci_err_text(&err, text, sizeof(text)));
		snprintf(out, sizeof(out), "%s %s", json_string_value(json_object_get(first, "field")),
			 json_string_value(json_object_get(first, "code")));
	} else {
		assert_int_equal(xausl_validate(&report, x, NULL, xml, len, NULL), 0);
		assert_int_equal(report->verdict, XAUSL_VALID);
		assert_string_equal(report->release, xausl_release_version(r));
		assert_string_equal(report->number, number);
		assert_int_equal(xausl_read(&back, r, xml, len, &limits, NULL), 0);
		assert_string_equal(json_string_value(json_object_get(back, "release")), xausl_release_version(r));
		json_object_foreach(fields, name, value)
			assert_true(json_equal(value, json_object_get(back, name)));
	}
	json_decref(errors);
	json_decref(back);
	json_decref(fields);
	return out;
}

static json_t *with(json_t *fields, const char *name, json_t *value)
{
	assert_int_equal(json_object_set_new(fields, name, value), 0);
	return fields;
}

/*
 * A base module has the same namespace in both releases: the newest answers unless one is demanded.  A message number is
 * that of the release that built it.
 */
static void test_base_module(void **state)
{
	const struct xausl_frame frame = {
		.uuid = "2d0f8276-4278-465f-9065-15494e98d72b",
		.created_ms = at("2026-12-01T00:00:00+01:00"),
		.author = { "azr:011200", "Ausländerbehörde", "Amtsgasse", "7", "12345", "Musterstadt", "01", "abh@stadt.example" },
		.reader = { .key = "dbs:990000000070", .name = "BAMF" },
		.product = "Probe",
		.vendor = "Muster",
	};
	json_t *fields = json_pack("{s:[{s:s}], s:s, s:{s:s, s:s, s:s}}", "reasons", "code", "X001", "original_xml", "PGEvPg==",
				   "original", "uuid", "1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001", "message", "070003", "created",
				   "2026-11-30T12:00:00.000+01:00");
	const struct xausl_release *const wanted[] = { NULL, old, new };
	_cleanup_(osci_freep) char *xml = NULL;
	json_t *errors = NULL;
	size_t len;

	assert_non_null(fields);
	assert_int_equal(xausl_build(&xml, &len, old, "0010", fields, &frame, &errors, NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		const struct xausl_check_opts opts = { .release = wanted[i] };
		const struct xausl_release *r = wanted[i] ? wanted[i] : new;
		_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
		json_t *back = NULL, *original;

		assert_int_equal(xausl_validate(&report, x, &opts, xml, len, NULL), 0);
		assert_int_equal(report->verdict, XAUSL_VALID);
		assert_string_equal(report->release, xausl_release_version(r));
		assert_string_equal(report->standard, "XInneres-Rueckweisung");
		assert_string_equal(report->version, "6");
		assert_int_equal(xausl_read(&back, r, xml, len, NULL, NULL), 0);
		assert_string_equal(json_string_value(json_object_get(back, "trigger")), "1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001");
		original = json_object_get(back, "original");
		assert_string_equal(json_string_value(json_object_get(original, "message")), "070003");
		if (r == old)
			assert_null(json_object_get(original, "list_version"));
		else
			assert_string_equal(json_string_value(json_object_get(original, "list_version")), "19");
		json_decref(back);
	}
	json_decref(fields);
}

/* What does not change is built of the same fields. */
static void test_same(void **state)
{
	assert_string_equal(built(old, "070001", fields_of("070001")), "");
	assert_string_equal(built(new, "070001", fields_of("070001")), "");
	assert_string_equal(xausl_release_namespace(new), "http://www.osci.de/xauslaender2705");
}

static void test_new_mandatory(void **state)
{
	assert_string_equal(built(old, "070019", fields_of("070019")), "");
	assert_string_equal(built(new, "070019", fields_of("070019")), "changed_on missing");
	assert_string_equal(built(new, "070019", with(fields_of("070019"), "changed_on", json_string("2027-05-01"))), "");
	assert_string_equal(built(old, "070019", with(fields_of("070019"), "changed_on", json_string("2027-05-01"))),
			    "changed_on unknown_field");
}

static void test_becomes_mandatory(void **state)
{
	assert_string_equal(built(old, "070008", fields_of("070008")), "");
	assert_string_equal(built(new, "070008", fields_of("070008")), "kennziffer missing");
	assert_string_equal(built(new, "070008", with(fields_of("070008"), "kennziffer", json_string("9900000001"))), "");
}

static void test_dropped(void **state)
{
	json_t *f = fields_of("070010");

	assert_string_equal(built(old, "070010", fields_of("070010")), "");
	assert_string_equal(built(new, "070010", fields_of("070010")), "valid_until unknown_field");
	json_object_del(f, "valid_until");
	assert_string_equal(built(new, "070010", f), "");
}

static void test_cardinality(void **state)
{
	for (int i = 0; i < 2; i++) {
		json_t *f = fields_of("070001");

		json_object_set_new(json_object_get(f, "person"), "nationalities",
				    json_pack("[s, s, s, s, s]", "163", "121", "122", "123", "124"));
		assert_string_equal(built(i ? new : old, "070001", f), i ? "" : "person.nationalities too_many");
	}
}

static void test_narrower(void **state)
{
	const char *longer = "99000000012345678";

	assert_string_equal(built(old, "070019", with(fields_of("070019"), "kennziffer", json_string(longer))), "");
	assert_string_equal(built(new, "070019",
				  with(with(fields_of("070019"), "changed_on", json_string("2027-05-01")), "kennziffer",
				       json_string(longer))),
			    "kennziffer invalid");
	assert_string_equal(built(new, "070019",
				  with(with(fields_of("070019"), "changed_on", json_string("2027-05-01")), "kennziffer",
				       json_string(longer + 1))),
			    "");
}

static void test_codes(void **state)
{
	static const char *const titles[] = { "AERL-STAT-002", "AERL-STAT-999" };

	for (int i = 0; i < 2; i++) {
		assert_string_equal(built(i ? new : old, "070001",
					  with(fields_of("070001"), "residence_title", json_string(titles[i]))),
				    "");
		assert_string_equal(built(i ? old : new, "070001",
					  with(fields_of("070001"), "residence_title", json_string(titles[i]))),
				    "residence_title unknown_code");
	}
	assert_non_null(xausl_code_name(old, "BAMFABH-Kursart", "8"));
	assert_null(xausl_code_name(new, "BAMFABH-Kursart", "8"));
	assert_null(xausl_code_name(old, "BAMFABH-Kursart", "25"));
	assert_string_equal(xausl_code_name(new, "BAMFABH-Kursart", "25"), "Erfundener Kurs");
}

static void test_new_message(void **state)
{
	const char *text = "{\"person\":{\"birth_date\":\"1990\"},\"kennziffer\":\"9900000001\",\"text\":\"Grüße\"}";

	assert_int_equal(xausl_message_direction(old, "070023"), 0);
	assert_int_equal(xausl_message_direction(new, "070023"), 1);
	assert_string_equal(built(new, "070023", json_loads(text, 0, NULL)), "");
}

/* --- the change ------------------------------------------------------------ */

static const char *sent(const struct xausl_announcement *a, size_t n, const char *when)
{
	const struct xausl_release *r = xausl_release_to_send(x, a, n, at(when), NULL);

	return r ? xausl_release_version(r) : "-";
}

static enum xausl_acceptance accepted(const struct xausl_release *r, const char *when)
{
	return xausl_release_acceptance(x, NULL, 0, r, at(when));
}

static void test_change(void **state)
{
	const struct xausl_announcement late[] = { { "26.11", 0, at("2027-05-10T09:00:00+02:00") },
						   { "27.05", at("2027-05-10T09:00:00+02:00"), 0 } };
	const struct xausl_announcement early[] = { { "26.11", 0, 0 }, { "27.05", at("2027-04-01T00:00:00+02:00"), 0 } };

	assert_string_equal(sent(NULL, 0, "2026-10-31T23:59:59+01:00"), "-");
	assert_string_equal(sent(NULL, 0, "2026-11-01T00:00:00+01:00"), "26.11");
	assert_string_equal(sent(NULL, 0, "2027-04-30T23:59:59+02:00"), "26.11");
	assert_string_equal(sent(NULL, 0, "2027-05-01T00:00:00+02:00"), "27.05");
	assert_string_equal(sent(late, 2, "2027-05-01T00:00:00+02:00"), "26.11");
	assert_string_equal(sent(late, 2, "2027-05-10T08:59:59+02:00"), "26.11");
	assert_string_equal(sent(late, 2, "2027-05-10T09:00:00+02:00"), "27.05");
	assert_string_equal(sent(early, 2, "2027-04-30T23:59:59+02:00"), "26.11");
	assert_string_equal(sent(early, 2, "2027-05-01T00:00:00+02:00"), "27.05");

	assert_int_equal(accepted(new, "2027-04-30T23:59:59+02:00"), XAUSL_ACCEPT_TOO_EARLY);
	assert_int_equal(accepted(old, "2027-04-30T23:59:59+02:00"), XAUSL_ACCEPT_IN_FORCE);
	assert_int_equal(accepted(new, "2027-05-01T00:00:00+02:00"), XAUSL_ACCEPT_IN_FORCE);
	assert_int_equal(accepted(old, "2027-05-01T00:00:00+02:00"), XAUSL_ACCEPT_OLD);
	assert_int_equal(accepted(old, "2027-05-07T23:59:59+02:00"), XAUSL_ACCEPT_OLD);
	assert_int_equal(accepted(old, "2027-05-08T00:00:00+02:00"), XAUSL_ACCEPT_TOO_LATE);
	assert_ptr_equal(xausl_release_at(x, at("2027-04-30T21:59:59.999Z")), old);
	assert_ptr_equal(xausl_release_at(x, at("2027-04-30T22:00:00Z")), new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_module),
		cmocka_unit_test(test_same),	    cmocka_unit_test(test_new_mandatory), cmocka_unit_test(test_becomes_mandatory),
		cmocka_unit_test(test_dropped),	    cmocka_unit_test(test_cardinality),	  cmocka_unit_test(test_narrower),
		cmocka_unit_test(test_codes),	    cmocka_unit_test(test_new_message),	  cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
