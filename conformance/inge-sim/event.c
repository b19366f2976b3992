/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - which data a course event has
 *
 * Kinds and data as in the description of preload files (conformance/README.md).  What an office is told must be fit for the
 * message: codes, characters, addresses.
 */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "rules/model.h"

#define DEFAULT_PROVIDER_KEY "TR-990001"
#define DEFAULT_PROVIDER_NAME "Sprachschule Prüfstadt"
#define DEFAULT_SITE_KEY "KO-990001-01"

enum form { END, TEXT, DATE, DATE_OR_WAIVED, COUNT, FLAG };
struct datum {
	const char *key;
	enum form form;
	bool required;
};

static const struct kind {
	const char *name;
	struct datum data[6];
} kinds[] = {
	{ "registration",
	  { { "course_type", TEXT, false }, { "section", TEXT, false }, { "placement_test", DATE_OR_WAIVED, true } } },
	{ "planning",
	  { { "course_key", TEXT, true },
	    { "course_type", TEXT, true },
	    { "begin", DATE, true },
	    { "section", TEXT, false },
	    { "expected_end", DATE, false } } },
	{ "course_start",
	  { { "course_key", TEXT, true },
	    { "course_type", TEXT, true },
	    { "section", TEXT, true },
	    { "expected_end", DATE, true } } },
	{ "section_start",
	  { { "section", TEXT, true },
	    { "expected_end", DATE, true },
	    { "course_key", TEXT, false },
	    { "course_type", TEXT, false } } },
	{ "section_end",
	  { { "absent_excused", COUNT, true },
	    { "absent_unexcused", COUNT, true },
	    { "section", TEXT, false }, /* without: the last one */
	    { "hours", COUNT, false } } },
	{ "dtz_result", { { "level", TEXT, true } } },
	{ "lid_result", { { "points", COUNT, true }, { "passed", FLAG, true } } },
	{ "abort", { { NULL, END, false } } },
	{ "completion", { { "successful", FLAG, true } } },
	{ "repetition_admitted", { { NULL, END, false } } },
	{ "repetition_registration", { { NULL, END, false } } },
};

static const struct kind *find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static bool fits(const json_t *v, enum form form)
{
	switch (form) {
	case TEXT:
		return json_string_length(v) > 0;
	case DATE:
		return sim_date_ok(json_string_value(v));
	case DATE_OR_WAIVED:
		return json_is_string(v) &&
		       (strcmp(json_string_value(v), "waived") == 0 || sim_date_ok(json_string_value(v)));
	case COUNT:
		return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= 100000;
	case FLAG:
		return json_is_boolean(v);
	case END:
		break;
	}
	return false;
}

static const struct datum *known(const struct kind *k, const char *key)
{
	for (size_t i = 0; i < sizeof(k->data) / sizeof(k->data[0]) && k->data[i].key; i++)
		if (strcmp(k->data[i].key, key) == 0)
			return &k->data[i];
	return NULL;
}

static bool fail(struct sim_event_fault *ret, const char *key, const char *what)
{
	ret->key = key;
	ret->what = what;
	snprintf(ret->place, sizeof(ret->place), "%s", key ? key : "");
	return false;
}

/* Where a value shows in 070015; of the others only the characters are looked at. */
static const struct {
	const char *key, *number, *field;
} told[] = {
	{ "course_type", "070015", "registration.course_type" }, { "section", "070015", "registration.section" },
	{ "course_key", "070015", "sections[].course_key" },	 { "provider", "070015", "registration.provider" },
	{ "site", "070015", "sections[].site" },		 { "level", "070014", "reason.text" },
};

static bool told_ok(const struct xausl *x, const char *key, const json_t *v, struct sim_event_fault *ret)
{
	char place[SIM_FIELD_SIZE];

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (strcmp(told[i].key, key) != 0)
			continue;
		ret->what = sim_fit_all(x, told[i].number, told[i].field, v, place);
		ret->key = key;
		if (ret->what)
			snprintf(ret->place, sizeof(ret->place), "%s%s", key, place + strlen(told[i].field));
		return !ret->what;
	}
	return true;
}

/* Provider and site need what their elements need. */
static bool whole(const char *key, const json_t *v, struct sim_event_fault *ret)
{
	static const char *const needed[] = { "key", "name", "address" }, *const of_address[] = { "street", "postcode", "town" };
	const json_t *address = json_object_get(v, "address");

	if (!json_is_object(v))
		return fail(ret, key, "mapping expected");
	for (size_t i = 0; i < 3; i++) {
		if (!json_object_get(v, needed[i]) && (i != 1 || strcmp(key, "site") != 0)) {
			fail(ret, key, "is missing");
			snprintf(ret->place, sizeof(ret->place), "%s.%s", key, needed[i]);
			return false;
		}
	}
	for (size_t i = 0; i < 3; i++) {
		if (!json_object_get(address, of_address[i])) {
			fail(ret, key, json_is_object(address) ? "is missing" : "mapping expected");
			snprintf(ret->place, sizeof(ret->place), "%s.address%s%s", key, json_is_object(address) ? "." : "",
				 json_is_object(address) ? of_address[i] : "");
			return false;
		}
	}
	return true;
}

static const char *expected_of(enum form form)
{
	switch (form) {
	case DATE:
		return "date YYYY-MM-DD expected";
	case DATE_OR_WAIVED:
		return "date YYYY-MM-DD or waived expected";
	case COUNT:
		return "number from 0 to 100000 expected";
	case FLAG:
		return "true or false expected";
	default:
		return "text expected";
	}
}

static bool datum_ok(const struct kind *k, const char *name, const json_t *v, const struct xausl *x, struct sim_event_fault *ret)
{
	const struct datum *d = known(k, name);

	if (strcmp(name, "event") == 0 || strcmp(name, "date") == 0)
		return true;
	if (strcmp(name, "provider") == 0 || strcmp(name, "site") == 0) {
		if (!whole(name, v, ret))
			return false;
	} else if (!d) {
		return fail(ret, name, "this kind of event has no such key");
	} else if (!fits(v, d->form)) {
		return fail(ret, name, expected_of(d->form));
	}
	return !x || told_ok(x, name, v, ret);
}

bool sim_event_ok(const json_t *event, const struct xausl *x, struct sim_event_fault *ret)
{
	const struct kind *k;
	const char *name;
	json_t *v;

	if (!json_is_object(event))
		return fail(ret, NULL, "an event is a mapping");
	k = find(json_string_value(json_object_get(event, "event")));
	if (!json_object_get(event, "event"))
		return fail(ret, "event", "is missing");
	if (!k)
		return fail(ret, "event", "unknown kind of event");
	if (!json_object_get(event, "date"))
		return fail(ret, "date", "is missing");
	if (!sim_date_ok(json_string_value(json_object_get(event, "date"))))
		return fail(ret, "date", "date YYYY-MM-DD expected");
	json_object_foreach((json_t *)event, name, v)
		if (!datum_ok(k, name, v, x, ret))
			return false;
	for (size_t i = 0; i < sizeof(k->data) / sizeof(k->data[0]) && k->data[i].key; i++)
		if (k->data[i].required && !json_object_get(event, k->data[i].key))
			return fail(ret, k->data[i].key, "is missing, this kind of event needs it");
	return true;
}

/* The two kinds that begin one; a plan has an expected end, too. */
static bool begins_section(const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));

	return kind && (strcmp(kind, "course_start") == 0 || strcmp(kind, "section_start") == 0);
}

bool sim_event_gives_section(const json_t *event)
{
	return begins_section(event) && json_object_get(event, "course_key") &&
	       json_object_get(event, "course_type");
}

bool sim_event_needs_section(const json_t *event)
{
	return begins_section(event) && !sim_event_gives_section(event);
}

static json_t *default_address(void)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "street", "Lernweg", "house_number", "3", "postcode", "99999", "town",
			 "Prüfstadt");
}

json_t *sim_event_provider(const json_t *event)
{
	json_t *own = json_object_get(event, "provider");

	if (own)
		return json_incref(own);
	return json_pack("{s:s, s:s, s:o}", "key", DEFAULT_PROVIDER_KEY, "name", DEFAULT_PROVIDER_NAME, "address",
			 default_address());
}

json_t *sim_event_site(const json_t *event)
{
	json_t *own = json_object_get(event, "site"), *address = json_object_get(json_object_get(event, "provider"), "address");

	if (own)
		return json_incref(own);
	return json_pack("{s:s, s:o}", "key", DEFAULT_SITE_KEY, "address",
			 address ? json_incref(address) : default_address());
}
