/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider - course events: which data each has
 */
#include <string.h>

#include "case/load.h"

#define LESSONS_MAX 100000u
#define DATA_MAX    6

enum form { END, TEXT, DATE, DATE_OR_WAIVED, COUNT, FLAG, COURSE_TYPE, SECTION, PROVIDER };
struct datum {
	const char *key;
	enum form form;
	bool required;
};

static const struct {
	const char *name;
	struct datum data[DATA_MAX];
} kinds[] = {
    {"registration",
     {{"course_type", COURSE_TYPE, false},
      {"section", SECTION, false},
      {"placement_test", DATE_OR_WAIVED, true}}},
    {"planning", {{"course_key", TEXT, true}, {"course_type", COURSE_TYPE, true}, {"begin", DATE, true}}},
    {"course_start",
     {{"course_key", TEXT, true},
      {"course_type", COURSE_TYPE, true},
      {"section", SECTION, true},
      {"expected_end", DATE, true}}},
    {"section_start",
     {{"section", SECTION, true},
      {"expected_end", DATE, true},
      {"course_key", TEXT, false},
      {"course_type", COURSE_TYPE, false}}},
    {"section_end", {{"absent_excused", COUNT, true}, {"absent_unexcused", COUNT, true}}},
    {"dtz_result", {{"level", TEXT, true}}},
    {"lid_result", {{"points", COUNT, true}, {"passed", FLAG, true}}},
    {"abort", {{NULL, END, false}}},
    {"completion", {{"successful", FLAG, true}}},
    {"repetition_admitted", {{NULL, END, false}}},
    {"repetition_registration", {{NULL, END, false}}},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int find_kind(struct cf_load *l, cf_node *n)
{
	const char *words[KINDS + 1] = {NULL};

	for (size_t i = 0; i < KINDS; i++)
		words[i] = kinds[i].name;
	return cf_node_word(l, n, "event", words);
}

/* The value of one key, new reference or NULL (reported, or no memory). */
static json_t *datum_json(struct cf_load *l, cf_node *n, const char *key, enum form form)
{
	static const struct cf_table table = {CF_SIDE_OFFICE, "070015", NULL};
	static const struct cf_tables names = {&table, 1};
	const char *s = NULL;

	switch (form) {
	case TEXT:
		s = cf_node_text(l, n, key);
		break;
	case DATE_OR_WAIVED:
		s = cf_node_text(l, n, key);
		if (s && strcmp(s, "waived") != 0 && !cf_date_ok(s)) {
			cf_problem(l, n, "%s: \"%.60s\" is neither a date nor \"waived\"", key, s);
			return NULL;
		}
		break;
	case DATE:
		s = cf_node_date(l, n, key);
		break;
	case COURSE_TYPE:
		s = cf_node_code(l, n, key, "BAMFABH-Kursart");
		break;
	case SECTION:
		s = cf_node_code(l, n, key, "BAMFABH-Kursabschnitt");
		break;
	case COUNT:
		return cf_keep(l, json_integer(cf_node_int(l, n, key, 0, LESSONS_MAX)));
	case FLAG:
		return cf_keep(l, json_boolean(cf_node_bool(l, n, key)));
	case PROVIDER:
		return cf_is_mapping(l, n, key) ? cf_field_json(l, n, &names, "registration.provider", false)
						: NULL;
	case END:
		break;
	}
	return s ? cf_keep(l, json_string(s)) : NULL;
}

void cf_read_provider(struct cf_load *l, cf_node *n, bool with_record, struct cf_provider *ret)
{
	static const struct datum provider = {"provider", PROVIDER, false};
	struct cf_key keys[DATA_MAX + 5] = {{"event", true}, {"date", true}};
	const struct datum *data[DATA_MAX + 5] = {NULL};
	size_t n_keys = 2;
	cf_node *v[DATA_MAX + 5];

	ret->place = cf_place_of(l, n);
	if (!cf_is_mapping(l, n, "provider"))
		return;
	cf_node *event = cf_node_value(l, osci_yaml_get(n, "event"));
	int kind = event ? find_kind(l, event) : -1;
	if (event && kind < 0)
		return; /* which other keys there may be is not known */
	for (size_t i = 0; kind >= 0 && i < DATA_MAX && kinds[kind].data[i].key; i++) {
		data[n_keys] = &kinds[kind].data[i];
		keys[n_keys++] = (struct cf_key){kinds[kind].data[i].key, kinds[kind].data[i].required};
	}
	data[n_keys] = &provider;
	keys[n_keys++] = (struct cf_key){"provider", false};
	if (with_record)
		keys[n_keys++] = (struct cf_key){"record", true};
	cf_node_keys(l, n, with_record ? "provider" : "an event", keys, n_keys, v);
	ret->event = kind >= 0 ? kinds[kind].name : NULL;
	ret->date = cf_node_date(l, v[1], "date");

	struct cf_field *list = cf_new(l, n_keys, struct cf_field);
	for (size_t i = 2; list && i < n_keys; i++) {
		if (!data[i] || !v[i])
			continue;
		struct cf_field *f = &list[ret->data.n];
		*f = (struct cf_field){.name = data[i]->key, .place = cf_place_of(l, v[i])};
		if (v[i]->kind == OSCI_YAML_MAPPING && v[i]->n == 1 &&
		    strcmp(v[i]->first->key, "same_as") == 0) {
			const struct cf_label *c =
			    cf_label_of(l, cf_node_value(l, v[i]->first), "same_as", CF_L_CAPTURE);

			f->same_as = c ? c->name : NULL;
		} else {
			f->value = datum_json(l, v[i], data[i]->key, data[i]->form);
		}
		ret->data.n += f->value || f->same_as;
	}
	ret->data.list = list;
	cf_node *record = with_record ? v[n_keys - 1] : NULL;
	if (!record)
		return;
	if (record->kind == OSCI_YAML_MAPPING) {
		static const struct cf_key same[] = {{"same_as", true}};
		cf_node *s[1];

		CF_KEYS(l, record, "record", same, s);
		const struct cf_label *c = cf_label_of(l, s[0], "same_as", CF_L_CAPTURE);
		ret->record_same_as = c ? c->name : NULL;
	} else {
		const struct cf_label *r = cf_label_of(l, record, "record", CF_L_RECORD);

		ret->record = r ? r->name : NULL;
	}
}
