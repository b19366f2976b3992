/* SPDX-License-Identifier: Apache-2.0 */
/* requests - defects in what the partner gets, and in what the office is told of its mistakes */
#include <stdlib.h>
#include <string.h>

#include <xausl/schema.h>
#include "defects/defect.h"

#define HOUR_MS 3600000

int __real_xausl_build(char **ret, size_t *ret_len, const struct xausl_release *r, const char *number, const json_t *fields,
		       const struct xausl_frame *frame, json_t **errors, struct osci_err *err);
int __wrap_xausl_build(char **ret, size_t *ret_len, const struct xausl_release *r, const char *number, const json_t *fields,
		       const struct xausl_frame *frame, json_t **errors, struct osci_err *err);

/* Takes the combining marks away, as who normalises or maps letters one by one. */
static void no_marks(json_t *v)
{
	const char *s = json_string_value(v), *key;
	json_t *inner;
	char text[4096];
	size_t i, n = 0;

	json_object_foreach(v, key, inner)
		no_marks(inner);
	json_array_foreach(v, i, inner)
		no_marks(inner);
	for (; s && *s && n < sizeof(text) - 1; s++)
		if (s[1] && ((unsigned char)*s == 0xcc || ((unsigned char)*s == 0xcd && (unsigned char)s[1] < 0xb0)))
			s++;
		else
			text[n++] = *s;
	text[n] = '\0';
	if (s)
		json_string_set_nocheck(v, text);
}

static void cut(json_t *person, const char *name, size_t max)
{
	const char *s = json_string_value(json_object_get(person, name));
	size_t n = max;

	if (!s || strlen(s) <= max)
		return;
	while (n && (s[n] & 0xc0) == 0x80)
		n--;
	json_object_set_new(person, name, json_stringn(s, n));
}

static void spoil(json_t *f)
{
	json_t *person = json_object_get(f, "person"), *other;
	const char *birth = json_string_value(json_object_get(person, "birth_date"));
	char day[16];

	if (defect("names-swapped") && json_object_get(person, "surname") && json_object_get(person, "given_names")) {
		other = json_incref(json_object_get(person, "surname"));
		json_object_set(person, "surname", json_object_get(person, "given_names"));
		json_object_set_new(person, "given_names", other);
	}
	if (defect("birth-date-completed") && birth && strlen(birth) < 10) {
		snprintf(day, sizeof(day), "%.7s%s", birth, strlen(birth) == 4 ? "-01-01" : "-01");
		json_object_set_new(person, "birth_date", json_string(day));
	}
	if (defect("contact-not-sent"))
		json_object_del(f, "contact");
	for (int i = 0; i < 2; i++) {
		const char *flag = i ? "language_course_only" : "orientation_course_only";

		if (defect("flag-lost") && json_object_get(f, flag))
			json_object_set_new(f, flag, json_false());
	}
	other = json_object_get(f, "replace");
	if (defect("decision-inverted") && other)
		json_object_set_new(f, "replace", json_boolean(!json_is_true(other)));
	other = json_object_get(person, "nationalities");
	while (defect("nationalities-one") && json_array_size(other) > 1)
		json_array_remove(other, 1);
	if (defect("marks-lost"))
		no_marks(f);
	if (defect("names-cut")) {
		cut(person, "surname", 80);
		cut(person, "given_names", 80);
	}
	if (defect("name-made-up") && json_is_null(json_object_get(person, "given_names")))
		json_object_set_new(person, "given_names", json_string("unbekannt"));
	if (defect("block-not-sent"))
		json_object_del(f, "information_block");
	if (defect("suffix-not-sent"))
		json_object_del(json_object_get(person, "address"), "house_number_suffix");
	other = json_object_get(f, "purpose");
	if (defect("purpose-inverted") && other)
		json_object_set_new(f, "purpose", json_string(strcmp(json_string_value(other), "permit_extension") == 0
								      ? "obligation_check" : "permit_extension"));
	if (defect("kennziffer-not-sent") && person && json_object_get(person, "surname"))
		json_object_del(f, "kennziffer");
}

/* Takes the fields away that the errors call unknown; false if there is no such error. */
static bool without_unknown(json_t *f, const json_t *errors)
{
	bool any = false;
	json_t *e;
	size_t i;

	json_array_foreach((json_t *)errors, i, e) {
		const char *code = json_string_value(json_object_get(e, "code"));
		const char *field = json_string_value(json_object_get(e, "field")), *dot;
		json_t *o = f;

		if (!code || !field || strcmp(code, "unknown_field") != 0)
			continue;
		while ((dot = strchr(field, '.'))) {
			o = json_object_getn(o, field, (size_t)(dot - field));
			field = dot + 1;
		}
		any |= !json_object_del(o, field);
	}
	return any;
}

static void rename_errors(json_t *errors, const json_t *fields)
{
	char *values = defect("values-in-errors") ? json_dumps(fields, JSON_COMPACT) : NULL;
	json_t *e;
	size_t i;

	json_array_foreach(errors, i, e)
		if (values)
			json_object_set_new(e, "text", json_string(values));
	free(values);

	json_array_foreach(errors, i, e)
		if (defect("error-code-wrong"))
			json_object_set_new(e, "code", json_string("invalid"));
	while (defect("first-error-alone") && json_array_size(errors) > 1)
		json_array_remove(errors, 1);
}

int __wrap_xausl_build(char **ret, size_t *ret_len, const struct xausl_release *r, const char *number, const json_t *fields,
		       const struct xausl_frame *frame, json_t **errors, struct osci_err *err)
{
	json_t *mine = json_deep_copy(fields);
	struct xausl_frame f = *frame;
	int e;

	if (xausl_message_direction(r, number) == 1)
		spoil(mine);
	if (defect("uuid-again"))
		f.uuid = "0f0e0d0c-0b0a-4908-8706-050403020100";
	if (defect("created-an-hour-off"))
		f.created_ms -= HOUR_MS;
	e = __real_xausl_build(ret, ret_len, r, number, mine, &f, errors, err);
	if (e > 0 && errors && defect("unknown-fields-ignored") && without_unknown(mine, *errors)) {
		json_decref(*errors);
		*errors = NULL;
		e = __real_xausl_build(ret, ret_len, r, number, mine, &f, errors, err);
	}
	if (e > 0 && errors)
		rename_errors(*errors, fields);
	json_decref(mine);
	return e;
}
