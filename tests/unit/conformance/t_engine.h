/* SPDX-License-Identifier: Apache-2.0 */
/* t_engine - an InGe without network: messages of two offices in, answers out, all of them valid XML of the release */
#ifndef T_ENGINE_H
#define T_ENGINE_H

#include "base/text.h"
#include "engine.h"
#include "orders.h"
#include "preload.h"
#include "t_releases.h"
#include "t_store.h"

/* Not every program uses every one. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

#define NOW INT64_C(1794816000000) /* 2026-11-16 09:00 in Berlin */
#define DAY INT64_C(86400000)

static const struct sim_office offices[] = { { .key = A, .name = "Landeshauptstadt München, Ausländerbehörde" },
					     { .key = B, .name = "Stadt Ulm, Ausländerbehörde" } };
static const struct xausl_party bamf = { "dbs:990000000070", "Bundesamt für Migration und Flüchtlinge", "Am Beispielpark", "210",
					 "90461", "Nürnberg", "01", "inge@bamf.example" };
static struct sim_store st;
static struct sim_engine e;
static int64_t now;
static unsigned deliveries;

static int setup(void **state)
{
	if (t_make_dir(state))
		return -1;
	t_open(&st);
	e = (struct sim_engine){ .store = &st, .xausl = x, .bamf = bamf, .offices = offices, .n_offices = 2,
				 .kennziffer_prefix = "99", .contact_reference = "81B-7301" };
	sim_settings_default(&e.settings);
	now = NOW;
	deliveries = 0;
	return 0;
}

static int teardown(void **state)
{
	sim_store_close(&st);
	return t_remove_dir(state);
}

/* Fields of @number for a person; texts by printf would hide quotes, so JSON is packed. */
static json_t *fields_of(const char *number, const char *surname, const char *azr)
{
	json_t *f = json_pack("{s:{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:n, s:[s]}, s:s, s:s}", "person", "surname",
			      surname, "given_names", "Ada", "birth_date", "1990-02-03", "sex", "w", "address", "street",
			      "Probeweg", "postcode", "80331", "town", "München", "azr_number", azr, "birth_place",
			      "nationalities", "327", "residence_title", "AERL-STAT-041", "file_reference", "Az 1");

	if (strcmp(number, "070001") == 0)
		json_object_set_new(f, "orientation_course_only", json_false());
	if (strcmp(number, "070008") == 0)
		json_object_set_new(f, "language_course_only", json_false());
	if (strcmp(number, "070010") == 0)
		json_object_set_new(f, "valid_until", json_string("2027-06-30"));
	if (strcmp(number, "070011") == 0) {
		json_object_del(f, "residence_title");
		json_object_set_new(f, "purpose", json_string("granting"));
	}
	return f;
}

static json_t *pair_of(const char *kennziffer, const char *birth_date)
{
	return json_pack("{s:{s:s}, s:s}", "person", "birth_date", birth_date, "kennziffer", kennziffer);
}

static char *xml_of(const char *number, json_t *fields, const struct sim_office *o, const char *reader, char *uuid,
		    size_t *len)
{
	struct xausl_frame f = { .uuid = uuid, .created_ms = now, .product = "t", .vendor = "t" };
	json_t *errors = NULL;
	struct osci_err err = { 0 };
	char *xml = NULL;

	if (!uuid[0])
		assert_int_equal(osci_uuid4(uuid), 0);
	f.author = (struct xausl_party){ o->key, o->name, "Weg", "1", "80331", "München", "01", "a@example" };
	f.reader = (struct xausl_party){ .key = reader, .name = "BAMF" };
	if (xausl_build(&xml, len, release, number, fields, &f, &errors, &err))
		fail_msg("%s: %s %s", number, err.what, errors ? json_dumps(errors, 0) : "");
	json_decref(fields);
	return xml;
}

static void deliver(const struct sim_office *o, const char *xml, size_t len)
{
	struct osci_err err = { 0 };
	unsigned char *raw = NULL;
	char id[32];
	int64_t row;
	size_t raw_len;

	snprintf(id, sizeof(id), "m%u", ++deliveries);
	assert_int_equal(sim_store_fetched(&st, id, "raw", 3, now, &err), 0);
	assert_int_equal(sim_store_next_fetched(&st, &row, &raw, &raw_len, &err), 0);
	osci_freep(&raw);
	if (sim_engine_message(&e, row, o, xml, len, now, &err))
		fail_msg("%s: %s", err.where, err.what);
	assert_int_equal(sim_store_next_fetched(&st, &row, &raw, &raw_len, &err), OSCI_E_EMPTY);
}

/* Sends and drops @fields; uuid of the request in @uuid (made if ""). */
static void submit_as(const struct sim_office *o, const char *number, json_t *fields, char *uuid)
{
	size_t len = 0;
	char *xml = xml_of(number, fields, o, bamf.key, uuid, &len);

	deliver(o, xml, len);
	free(xml);
}

static char last[SIM_UUID_SIZE];
static void submit(const char *number, json_t *fields)
{
	last[0] = '\0';
	submit_as(&offices[0], number, fields, last);
}

/* Next answer as neutral JSON; it must be valid and name @trigger. */
static json_t *answer(const char *number, const char *trigger)
{
	struct sim_outgoing o;
	struct xausl_report *report = NULL;
	struct osci_err err = { 0 };
	json_t *f = NULL;

	if (sim_store_next_answer(&st, now, &o, &err))
		fail_msg("no answer, %s expected", number);
	if (strcmp(o.number, number) != 0)
		fail_msg("%s instead of %s", o.number, number);
	assert_int_equal(xausl_validate(&report, x, NULL, o.xml, o.len, &err), 0);
	if (report->verdict != XAUSL_VALID)
		fail_msg("%s: %s %s", number, report->findings[0].path, report->findings[0].what);
	xausl_report_freep(&report);
	assert_int_equal(xausl_read(&f, release, o.xml, o.len, NULL, &err), 0);
	assert_string_equal(json_string_value(json_object_get(f, "uuid")), o.uuid);
	assert_string_equal(json_string_value(json_object_get(f, "trigger")), trigger);
	assert_int_equal(sim_store_answer_end(&st, o.id, "sent", now, &err), 0);
	sim_outgoing_clear(&o);
	return f;
}

static void no_answer(void)
{
	struct sim_outgoing o;

	assert_int_equal(sim_store_next_answer(&st, INT64_MAX, &o, NULL), OSCI_E_EMPTY);
}

/* Text at a dotted name. */
static const char *at(const json_t *f, const char *name)
{
	char copy[64], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", name);
	for (char *t = strtok_r(copy, ".", &save); t; t = strtok_r(NULL, ".", &save))
		f = json_is_array(f) ? json_array_get(f, (size_t)(t[0] - '1')) : json_object_get(f, t);
	return json_string_value(f);
}

static void preload(const char *text)
{
	struct osci_err err = { 0 };

	t_write("file", text);
	if (sim_preload(&st, x, t_path("file"), NULL, &err))
		fail_msg("%s: %s", err.where, err.what);
}

#endif
