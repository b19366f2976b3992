/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_inge - the records InGe holds of a person
 *
 * A person of the case may be several in InGe: one loaded before the case, which keeps its label, and those that its
 * requests made.  All of them together are "the person" here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/assign.h"
#include "run/check.h"
#include "run/match.h"

/* Keys of a record that the case format knows; its course events and what follows from the day are none. */
static const char *const record_keys[] = { "kind",
					   "art",
					   "issuer",
					   "kennziffer",
					   "valid_from",
					   "valid_until",
					   "registered",
					   "attended",
					   "orientation_course_only",
					   "language_course_only",
					   "taken_over_by" };

static bool has_label(const json_t *entry, const char *label)
{
	const char *own = json_string_value(json_object_get(entry, "label"));

	return own && !strcmp(own, label);
}

static bool made_by(const struct cf_play *p, const json_t *entry, const struct cf_person *person)
{
	json_t *requests = json_object_get(entry, "requests"), *uuid;
	size_t i;

	if (json_is_string(json_object_get(entry, "label")))
		return false;
	json_array_foreach (requests, i, uuid)
		for (size_t k = 0; k < p->n_requests; k++)
			if (p->requests[k].person == person && *p->requests[k].uuid &&
			    !strcmp(p->requests[k].uuid, json_string_value(uuid) ? json_string_value(uuid) : ""))
				return true;
	return false;
}

/* All records of the person, and other values of the first entry that has them; @in_force NULL: all. New references.
 */
static json_t *records_of(const struct cf_play *p, const json_t *inge, const struct cf_person *person, bool in_force)
{
	json_t *all = json_array(), *entry, *record;
	size_t i, k;

	json_array_foreach (inge, i, entry) {
		if (!has_label(entry, person->label) && !made_by(p, entry, person))
			continue;
		json_array_foreach (json_object_get(entry, "records"), k, record)
			if (!in_force || json_is_true(json_object_get(record, "in_force")))
				json_array_append(all, record);
	}
	return all;
}

static const json_t *value_of(const struct cf_play *p, const json_t *inge, const struct cf_person *person,
			      const char *key)
{
	json_t *entry;
	size_t i;

	json_array_foreach (inge, i, entry)
		if (has_label(entry, person->label))
			return json_object_get(entry, key);
	json_array_foreach (inge, i, entry)
		if (made_by(p, entry, person))
			return json_object_get(entry, key);
	return NULL;
}

/* --- records ----------------------------------------------------------------------------- */

struct wanted {
	struct cf_look *l;
	const struct cf_inge_check *c;
	const json_t *have;
};

static bool record_fits(void *arg, size_t want, size_t have)
{
	struct wanted *w = arg;

	return cf_all_fit(&w->c->records[want], json_array_get(w->have, have), w->l->p->captures, NULL) > 0;
}

static json_t *expected_words(const struct cf_expecteds *e, const json_t *captures)
{
	json_t *o = json_object();

	for (size_t i = 0; i < e->n; i++)
		json_object_set_new(o, e->list[i].name, cf_match_words(&e->list[i].match, captures));
	return o;
}

static void look_records(struct cf_look *l, const struct cf_inge_check *c, const json_t *have, const char *field)
{
	struct wanted w = { l, c, have };
	size_t left = 0;
	int r = cf_assign(c->n_records, json_array_size(have), record_fits, &w, &left);
	char *expected = NULL, *seen = NULL;
	json_t *words;

	if (r > 0)
		return;
	words = expected_words(&c->records[left], l->p->captures);
	if (r < 0 || cf_result_set_json(&expected, words) || cf_result_set_json(&seen, have))
		l->broken = true;
	else
		cf_look_say(l, c->place.line, field, expected, seen, "no record of its own fits entry %zu", left + 1);
	json_decref(words);
	free(expected);
	free(seen);
}

static json_t *without_the_day(const json_t *records)
{
	json_t *all = json_array(), *record;
	size_t i;

	json_array_foreach (records, i, record) {
		json_t *one = json_object();

		for (size_t k = 0; k < sizeof(record_keys) / sizeof(record_keys[0]); k++)
			json_object_set(one, record_keys[k], json_object_get(record, record_keys[k]));
		json_array_append_new(all, one);
	}
	return all;
}

static void look_unchanged(struct cf_look *l, const struct cf_inge_check *c, const char *field)
{
	json_t *before = records_of(l->p, l->p->begin, c->person, false),
	       *now = records_of(l->p, l->inge, c->person, false);
	json_t *was = without_the_day(before), *is = without_the_day(now);
	char *expected = NULL, *seen = NULL;

	if (!json_equal(was, is)) {
		if (cf_result_set_json(&expected, was) || cf_result_set_json(&seen, is))
			l->broken = true;
		else
			cf_look_say(l, c->place.line, field, expected, seen,
				    "the records are not as at the start of the case");
	}
	json_decref(before);
	json_decref(now);
	json_decref(was);
	json_decref(is);
	free(expected);
	free(seen);
}

static void look_value(struct cf_look *l, const struct cf_inge_check *c, const char *key, const struct cf_match *m,
		       const json_t *have)
{
	char field[160];

	snprintf(field, sizeof(field), "inge.%s.%s", c->person->label, key);
	if (m && !cf_fits(m, have, l->p->captures))
		cf_look_fail(l, c->place.line, field, m, have, "InGe holds another value");
}

void cf_look_inge(struct cf_look *l)
{
	for (size_t i = 0; i < l->k->n_inge && !l->broken; i++) {
		const struct cf_inge_check *c = &l->k->inge[i];
		json_t *in_force = records_of(l->p, l->inge, c->person, true);
		json_t *all = records_of(l->p, l->inge, c->person, false);
		json_t *n = json_integer((json_int_t)json_array_size(in_force));
		char field[160];

		look_value(l, c, "in_force", c->in_force, n);
		look_value(l, c, "surname", c->surname, value_of(l->p, l->inge, c->person, "surname"));
		look_value(l, c, "information_block", c->information_block,
			   value_of(l->p, l->inge, c->person, "information_block"));
		snprintf(field, sizeof(field), "inge.%s.records", c->person->label);
		if (c->has_records)
			look_records(l, c, c->in_force ? in_force : all, field);
		if (c->unchanged)
			look_unchanged(l, c, field);
		json_decref(in_force);
		json_decref(all);
		json_decref(n);
	}
}
