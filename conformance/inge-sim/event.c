/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - which data a course event has
 *
 * Kinds and data as in the description of preload files (conformance/README.md).  Codes of course types
 * and sections are checked when an answer with them is built, for the lists belong to a release.
 */
#include <stdbool.h>
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
	{ "planning", { { "course_key", TEXT, true }, { "course_type", TEXT, true }, { "begin", DATE, true } } },
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

const char *sim_event_problem(const json_t *event, const char **key)
{
	const struct kind *k;
	const json_t *v;
	void *it;

	*key = NULL;
	if (!json_is_object(event))
		return "an event is a mapping";
	k = find(json_string_value(json_object_get(event, "event")));
	*key = "event";
	if (!k)
		return "unknown kind of event";
	*key = "date";
	if (!sim_date_ok(json_string_value(json_object_get(event, "date"))))
		return "date YYYY-MM-DD expected";
	for (it = json_object_iter((json_t *)event); it; it = json_object_iter_next((json_t *)event, it)) {
		const char *name = json_object_iter_key(it);
		const struct datum *d = known(k, name);

		v = json_object_iter_value(it);
		*key = name;
		if (strcmp(name, "event") == 0 || strcmp(name, "date") == 0)
			continue;
		if (strcmp(name, "provider") == 0 || strcmp(name, "site") == 0) {
			if (!json_is_object(v))
				return "provider and site are mappings";
			continue;
		}
		if (!d)
			return "this kind of event has no such key";
		if (!fits(v, d->form))
			return "value of another type expected";
	}
	for (size_t i = 0; i < sizeof(k->data) / sizeof(k->data[0]) && k->data[i].key; i++) {
		*key = k->data[i].key;
		if (k->data[i].required && !json_object_get(event, *key))
			return "required for this kind of event";
	}
	*key = NULL;
	return NULL;
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
