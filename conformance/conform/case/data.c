/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data - neutral JSON made from a case: requests, load, course events
 *
 * Names are walked, not recursed over; a name of a loaded case has at most CF_NAME_MAX octets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "case/load.h"

/* Cuts the next part off: "a[2].b" gives "a", then 2, then "b".  False at the end. */
struct walk {
	const char *rest;
	char name[CF_NAME_MAX]; /* "" = an entry of a list */
	size_t entry;		/* from 1 */
};

static bool next_part(struct walk *w)
{
	size_t len;

	w->name[0] = '\0';
	if (*w->rest == '.')
		w->rest++;
	if (*w->rest == '[') {
		uint64_t entry = 0;

		len = strspn(w->rest + 1, "0123456789");
		if (osci_parse_u64(w->rest + 1, len, UINT32_MAX, &entry) || w->rest[len + 1] != ']')
			return false;
		w->entry = (size_t)entry;
		w->rest += len + 2;
		return true;
	}
	len = strcspn(w->rest, ".[");
	if (!len || len >= sizeof(w->name))
		return false;
	memcpy(w->name, w->rest, len);
	w->name[len] = '\0';
	w->rest += len;
	return true;
}

static json_t *part_of(const json_t *root, const struct walk *w)
{
	return w->name[0] ? json_object_get(root, w->name) : w->entry ? json_array_get(root, w->entry - 1) : NULL;
}

const json_t *cf_path_get(const json_t *root, const char *name)
{
	struct walk w = {.rest = name};

	while (root && next_part(&w))
		root = part_of(root, &w);
	return *w.rest ? NULL : root; /* the rest is no name */
}

/* Takes @value.  Entries of a list follow each other: the one behind the last is added. */
static int put_part(json_t *root, const struct walk *w, json_t *value)
{
	int e;

	if (w->name[0] ? !json_is_object(root)
		       : !json_is_array(root) || !w->entry || w->entry > json_array_size(root) + 1) {
		json_decref(value);
		return OSCI_E_USAGE;
	}
	e = w->name[0]				 ? json_object_set_new(root, w->name, value)
	    : w->entry <= json_array_size(root) ? json_array_set_new(root, w->entry - 1, value)
						 : json_array_append_new(root, value);
	return e ? -ENOMEM : 0;
}

int cf_path_set(json_t *root, const char *name, json_t *value)
{
	struct walk w = {.rest = name};

	if (!value)
		return -ENOMEM;
	while (next_part(&w)) {
		if (!*w.rest)
			return put_part(root, &w, value);
		json_t *below = part_of(root, &w);
		if (!below) {
			below = *w.rest == '[' ? json_array() : json_object();
			int e = put_part(root, &w, below);
			if (e) {
				json_decref(value);
				return e;
			}
		}
		root = below;
	}
	json_decref(value);
	return OSCI_E_USAGE;
}

void cf_path_del(json_t *root, const char *name)
{
	struct walk w = {.rest = name};

	while (root && next_part(&w)) {
		if (!*w.rest && w.name[0])
			json_object_del(root, w.name);
		else if (!*w.rest && w.entry)
			json_array_remove(root, w.entry - 1);
		root = part_of(root, &w);
	}
}

/* Puts a copy in: what is on its way must not share parts with the book. */
static int set_copy(json_t *root, const char *name, const json_t *value, struct osci_err *err)
{
	json_t *copy = json_deep_copy(value);
	int e = copy ? cf_path_set(root, name, copy) : -ENOMEM;

	return e > 0 ? osci_fail(err, e, NULL, name, "a value stands in the way of this name") : e;
}

static int set_fields(json_t *root, const struct cf_fields *f, cf_captured_fn *captured, void *arg,
		      struct osci_err *err)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct cf_field *x = &f->list[i];
		const json_t *v = x->same_as ? captured(arg, x->same_as) : x->value;

		if (!v)
			return osci_fail(err, OSCI_E_STATE, NULL, x->name,
					 "the value \"%s\" was not captured", x->same_as ? x->same_as : "");
		int e = set_copy(root, x->name, v, err);
		if (e)
			return e;
	}
	return 0;
}

int cf_fields_data(json_t **ret, const struct cf_fields *f, cf_captured_fn *captured, void *arg,
		   struct osci_err *err)
{
	json_t *data = json_object();
	int e = data ? set_fields(data, f, captured, arg, err) : -ENOMEM;

	*ret = NULL;
	if (e)
		json_decref(data);
	else
		*ret = data;
	return e;
}

/* Requests that name a person by Kennziffer and birth date alone. */
static bool by_key(const char *message)
{
	static const char *const numbers[] = {"070013", "070016", "070019", "070022"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i], message) == 0)
			return true;
	return false;
}

/* The fields of the person that the message has: all, the birth date, or none (070007). */
static int set_person(json_t *root, const char *message, const json_t *person, struct osci_err *err)
{
	const json_t *birth = json_object_get(person, "birth_date");

	if (strcmp(message, "070007") == 0)
		return 0;
	if (!by_key(message))
		return set_copy(root, "person", person, err);
	return birth ? set_copy(root, "person.birth_date", birth, err) : 0;
}

static int set_extra(json_t *root, const json_t *extra, struct osci_err *err)
{
	const char *name;
	json_t *v;
	int e = 0;

	json_object_foreach((json_t *)extra, name, v)
	{
		e = set_copy(root, name, v, err);
		if (e == OSCI_E_USAGE && json_object_set_new(root, name, json_deep_copy(v)) == 0)
			e = 0; /* no dotted name: as it stands */
		if (e)
			break;
	}
	return e;
}

int cf_send_data(json_t **ret, const struct cf_send *s, cf_captured_fn *captured, void *arg,
		 struct osci_err *err)
{
	json_t *data = json_object();
	int e = data ? 0 : -ENOMEM;

	*ret = NULL;
	if (e == 0 && s->person)
		e = set_person(data, s->message, s->person->data, err);
	if (e == 0)
		e = set_fields(data, &s->fields, captured, arg, err);
	for (size_t i = 0; e == 0 && i < s->n_omit; i++)
		cf_path_del(data, s->omit[i]);
	if (e == 0 && s->extra)
		e = set_extra(data, s->extra, err);
	if (e)
		json_decref(data);
	else
		*ret = data;
	return e;
}

int cf_bulk_data(json_t **ret, const struct cf_bulk *b, unsigned n, cf_captured_fn *captured, void *arg,
		 struct osci_err *err)
{
	struct osci_civil day = osci_civil_utc((osci_days_from_civil(1980, 1, 1) + (int64_t)n) * 86400000);
	char letters[16], surname[32], azr[16], birth[16];
	json_t *data, *person;

	*ret = NULL;
	snprintf(letters, sizeof(letters), "%u", n);
	for (char *c = letters; *c; c++)
		*c = (char)('a' + *c - '0');
	snprintf(surname, sizeof(surname), "Reihe%s", letters);
	snprintf(azr, sizeof(azr), "990000%06u", n % 1000000);
	snprintf(birth, sizeof(birth), "%04u-%02u-%02u", (unsigned)day.year % 10000,
		 (unsigned)day.month % 100, (unsigned)day.day % 100);
	person = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[s], s:{s:s, s:s, s:s, s:s}}", "surname",
			   surname, "given_names", "Probe", "birth_date", birth, "sex", "w", "azr_number",
			   azr, "birth_place", "Reihenstadt", "nationalities", "327", "address", "street",
			   "Reihenweg", "house_number", "1", "postcode", "99999", "town", "Prüfstadt");
	data = json_object();
	int e = data && person ? set_person(data, b->message, person, err) : -ENOMEM;
	json_decref(person);
	if (e == 0)
		e = set_fields(data, &b->fields, captured, arg, err);
	if (e)
		json_decref(data);
	else
		*ret = data;
	return e;
}
