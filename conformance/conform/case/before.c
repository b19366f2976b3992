/* SPDX-License-Identifier: Apache-2.0 */
/*
 * before - what stands before the steps: settings, offices, persons, and what InGe holds
 */
#include <stdio.h>
#include <string.h>

#include "case/load.h"

#define REMINDER_MAX	 100u
#define OVERDUE_DEFAULT	 "P1D"
#define REMINDER_DEFAULT 3u

static const struct cf_table person_table = {CF_SIDE_PERSON, NULL, NULL};
static const struct cf_tables person_names = {&person_table, 1};
static const struct cf_table record_table = {CF_SIDE_RECORD, NULL, NULL};
static const struct cf_tables record_names = {&record_table, 1};

/* --- settings ------------------------------------------------------------------------------------ */

static void read_gateway(struct cf_load *l, cf_node *n, struct cf_settings *ret)
{
	enum { OVERDUE, REMINDER, OLD };
	static const struct cf_key keys[] = {
	    {"overdue_after", false}, {"reminder_after", false}, {"old_release_until", false}};
	cf_node *v[3];

	if (!n || !CF_KEYS(l, n, "settings.gateway", keys, v))
		return;
	ret->overdue_given = v[OVERDUE] && cf_node_span(l, v[OVERDUE], "overdue_after", &ret->overdue_after);
	ret->reminder_given = v[REMINDER];
	if (v[REMINDER])
		ret->reminder_after = cf_node_int(l, v[REMINDER], "reminder_after", 1, REMINDER_MAX);
	ret->old_release_given = v[OLD];
	if (v[OLD] && !cf_is_null(v[OLD]))
		cf_node_time(l, v[OLD], "old_release_until", &ret->old_release_until_ms);
}

static void read_partner(struct cf_load *l, cf_node *n, struct cf_settings *ret)
{
	enum { NAMES, DATES, OWN, KEEP };
	static const struct cf_key keys[] = {{"name_match", false},
					     {"partial_date_match", false},
					     {"own_record", false},
					     {"keep_kennziffer", false}};
	static const char *const names[] = {"exact", "folded", NULL};
	static const char *const dates[] = {"exact", "overlap", NULL};
	static const char *const own[] = {"refuse", "repeat", NULL};
	cf_node *v[4];

	if (!n || !CF_KEYS(l, n, "settings.partner", keys, v))
		return;
	/* A word that is unknown gives -1, the value that stands for "free". */
	ret->name_match = v[NAMES] ? (enum cf_name_match)(cf_node_word(l, v[NAMES], "name_match", names) + 1)
				   : CF_NAMES_FREE;
	ret->partial_date_match =
	    v[DATES] ? (enum cf_date_match)(cf_node_word(l, v[DATES], "partial_date_match", dates) + 1)
		     : CF_DATES_FREE;
	ret->own_record =
	    v[OWN] ? (enum cf_own_record)(cf_node_word(l, v[OWN], "own_record", own) + 1) : CF_OWN_FREE;
	if (v[KEEP])
		ret->keep_kennziffer = cf_node_bool(l, v[KEEP], "keep_kennziffer") ? CF_TRUE : CF_FALSE;
}

void cf_read_settings(struct cf_load *l, cf_node *n, struct cf_settings *ret)
{
	enum { GATEWAY, PARTNER };
	static const struct cf_key keys[] = {{"gateway", false}, {"partner", false}};
	cf_node *v[2];

	*ret = (struct cf_settings){.overdue_after = {.days = 1, .text = OVERDUE_DEFAULT},
				    .reminder_after = REMINDER_DEFAULT};
	if (!n || !CF_KEYS(l, n, "settings", keys, v))
		return;
	read_gateway(l, v[GATEWAY], ret);
	read_partner(l, v[PARTNER], ret);
}

/* --- offices ---------------------------------------------------------------------------------------- */

static void read_office(struct cf_load *l, cf_node *e, cf_node *n, struct cf_office *ret)
{
	enum { KEY, NAME, CERTIFICATE };
	static const struct cf_key keys[] = {{"key", true}, {"name", true}, {"certificate", false}};
	static const char *const certificates[] = {"ok", "expired", "revoked", "missing", NULL};
	cf_node *v[3];

	ret->label = osci_pool_dup(l->mem, e->key, strlen(e->key));
	ret->place = cf_place_of_key(l, e);
	if (!CF_KEYS(l, n, "an office", keys, v))
		return;
	ret->key = cf_node_office_key(l, v[KEY], "key");
	ret->name = cf_node_text(l, v[NAME], "name");
	int i = v[CERTIFICATE] ? cf_node_word(l, v[CERTIFICATE], "certificate", certificates) : 0;
	ret->certificate = i < 0 ? CF_CERT_OK : (enum cf_certificate)i;
	for (const struct cf_office *o = l->c->offices; ret->key && o < ret; o++)
		if (o->key && strcmp(o->key, ret->key) == 0)
			cf_problem(l, v[KEY], "key: \"%s\" is the key of office %s already", ret->key,
				   o->label);
}

void cf_read_offices(struct cf_load *l, cf_node *n)
{
	if (!n || !cf_is_mapping(l, n, "offices"))
		return;
	if (!n->n)
		cf_problem(l, n, "offices: at least one office is expected");
	struct cf_office *list = cf_new(l, n->n, struct cf_office);
	l->c->offices = list;
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		const struct cf_place at = cf_place_of_key(l, e);

		if (!v || !cf_label_define_name(l, e->key, &at, "offices", CF_L_OFFICE))
			continue;
		read_office(l, e, v, &list[l->c->n_offices]);
		l->c->n_offices++;
	}
}

/* --- persons ----------------------------------------------------------------------------------------- */

/* Object of the fields of a person; @nulls: any of them may be null. */
static json_t *read_person(struct cf_load *l, cf_node *n, const char *what, bool nulls)
{
	json_t *data = cf_keep(l, json_object());

	if (!data || !cf_is_mapping(l, n, what))
		return data;
	for (cf_node *e = n->first; e; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		char plain[CF_NAME_MAX];

		if (!cf_name_plain(e->key, plain) || strpbrk(plain, ".[") ||
		    cf_name_shape(l, &person_names, plain) == CF_NO_FIELD) {
			cf_unknown_field(l, e, &person_names, e->key);
			continue;
		}
		if (!v)
			continue;
		json_t *value = nulls && cf_is_null(v) ? cf_keep(l, json_null())
						       : cf_field_json(l, v, &person_names, plain, false);
		if (value && json_object_set(data, e->key, value))
			cf_keep(l, NULL);
	}
	return data;
}

/* What may occur in one case only: remembers who has it. */
static void only_here(struct cf_load *l, json_t *registry, cf_node *at, const char *value, const char *what)
{
	const char *other = json_string_value(json_object_get(registry, value));

	if (other && strcmp(other, l->c->base_id) != 0)
		cf_problem(l, at, "%s occurs in case %s, too; expected: each in one case only", what, other);
	else if (!other && json_object_set_new(registry, value, json_string(l->c->base_id)))
		cf_keep(l, NULL);
}

static void check_only(struct cf_load *l, cf_node *n, const json_t *p)
{
	const char *azr = json_string_value(json_object_get(p, "azr_number"));
	const char *surname = json_string_value(json_object_get(p, "surname"));
	const char *birth = json_string_value(json_object_get(p, "birth_date"));
	const char *sex = json_string_value(json_object_get(p, "sex"));

	if (azr)
		only_here(l, l->azr_numbers, osci_yaml_get(n, "azr_number"), azr, "the AZR number");
	if (!surname || !birth)
		return;
	const char *all = osci_pool_text(l->mem, "%s|%s|%s", surname, birth, sex ? sex : "");
	if (all)
		only_here(l, l->people, n, all, "a person of this surname, birth date and sex");
}

void cf_read_persons(struct cf_load *l, cf_node *n)
{
	if (!n || !cf_is_mapping(l, n, "persons"))
		return;
	struct cf_person *list = cf_new(l, n->n, struct cf_person);
	l->c->persons = list;
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		const struct cf_place at = cf_place_of_key(l, e);

		if (!v || !cf_label_define_name(l, e->key, &at, "persons", CF_L_PERSON))
			continue;
		struct cf_person *p = &list[l->c->n_persons++];
		p->label = osci_pool_dup(l->mem, e->key, strlen(e->key));
		p->place = at;
		p->data = read_person(l, v, "a person", false);
		if (p->data)
			check_only(l, v, p->data);
	}
}

/* --- InGe ------------------------------------------------------------------------------------------------
 */

enum {
	AS,
	KIND,
	ART,
	ISSUER,
	KENNZIFFER,
	FROM,
	UNTIL,
	REGISTERED,
	ATTENDED,
	ORIENTATION,
	LANGUAGE,
	TAKEN,
	EVENTS,
	RECORD_KEYS
};
static const struct cf_key record_keys[] = {
    {"as", true},
    {"kind", true},
    {"art", true},
    {"issuer", true},
    {"kennziffer", true},
    {"valid_from", true},
    {"valid_until", true},
    {"registered", true},
    {"attended", true},
    {"orientation_course_only", false},
    {"language_course_only", false},
    {"taken_over_by", false},
    {"events", false},
};

static void check_record(struct cf_load *l, cf_node **v, const struct cf_record *r)
{
	const char *art = json_string_value(json_object_get(r->data, "art"));
	const char *from = json_string_value(json_object_get(r->data, "valid_from"));
	const char *until = json_string_value(json_object_get(r->data, "valid_until"));

	if (art && cf_is_kind(r->kind) && cf_kind_of(art) && strcmp(cf_kind_of(art), r->kind) != 0)
		cf_problem(l, v[KIND], "kind: art %s is the one of an %s, not of an %s", art, cf_kind_of(art),
			   r->kind);
	if (from && until && strcmp(from, until) > 0)
		cf_problem(l, v[UNTIL], "valid_until: %s is before valid_from %s", until, from);
	if (!r->kennziffer)
		return;
	only_here(l, l->kennziffern, v[KENNZIFFER], r->kennziffer, "the Kennziffer");
	for (size_t i = 0; i < l->c->n_inge; i++)
		for (size_t k = 0; k < l->c->inge[i].n_records; k++) {
			const struct cf_record *other = &l->c->inge[i].records[k];

			if (other != r && other->kennziffer && strcmp(other->kennziffer, r->kennziffer) == 0)
				cf_problem(l, v[KENNZIFFER], "kennziffer: record %s has the same",
					   other->label);
		}
}

static void check_issuer(struct cf_load *l, cf_node *n)
{
	static const struct cf_key keys[] = {{"type", true}, {"name", true}, {"key", false}};
	cf_node *v[3];

	CF_KEYS(l, n, "issuer", keys, v);
}

static void read_events(struct cf_load *l, cf_node *n, struct cf_record *ret)
{
	if (!n || !cf_is_list(l, n, "events"))
		return;
	struct cf_provider *list = cf_new(l, n->n, struct cf_provider);
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);

		if (v)
			cf_read_provider(l, v, false, &list[ret->n_events++]);
	}
	ret->events = list;
}

static void read_record(struct cf_load *l, cf_node *n, struct cf_record *ret)
{
	json_t *data = cf_keep(l, json_object());
	cf_node *v[RECORD_KEYS];

	ret->place = cf_place_of(l, n);
	ret->data = data;
	if (!data || !CF_KEYS(l, n, "a record", record_keys, v))
		return;
	const struct cf_label *as = v[AS] ? cf_label_define(l, v[AS], "as", CF_L_RECORD) : NULL;
	ret->label = as ? as->name : NULL;
	if (v[ISSUER] && v[ISSUER]->kind == OSCI_YAML_MAPPING)
		check_issuer(l, v[ISSUER]);
	for (size_t i = KIND; i < EVENTS; i++) {
		json_t *value =
		    v[i] ? cf_field_json(l, v[i], &record_names, record_keys[i].name, false) : NULL;

		if (value && json_object_set(data, record_keys[i].name, value))
			cf_keep(l, NULL);
	}
	for (size_t i = ORIENTATION; i <= LANGUAGE; i++)
		if (!v[i] && json_object_set_new(data, record_keys[i].name, json_false()))
			cf_keep(l, NULL);
	ret->kind = json_string_value(json_object_get(data, "kind"));
	ret->kennziffer = json_string_value(json_object_get(data, "kennziffer"));
	if (ret->kennziffer && !*ret->kennziffer)
		cf_problem(l, v[KENNZIFFER], "kennziffer: the text is empty");
	check_record(l, v, ret);
	read_events(l, v[EVENTS], ret);
}

static void read_flags(struct cf_load *l, cf_node *n, struct cf_inge *ret)
{
	static const char *const words[] = {"german",	"eu_citizen",	     "spaetaussiedler",
					    "deceased", "information_block", NULL};

	if (!n || !cf_is_list(l, n, "flags"))
		return;
	const char **list = cf_new(l, n->n, const char *);
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		int i = v ? cf_node_word(l, v, "flags", words) : -1;

		if (i >= 0)
			list[ret->n_flags++] = words[i];
	}
	ret->flags = list;
}

static void read_entry(struct cf_load *l, cf_node *n, struct cf_inge *ret)
{
	enum { PERSON, STORED, FLAGS, RECORDS };
	static const struct cf_key keys[] = {
	    {"person", true}, {"stored", false}, {"flags", false}, {"records", false}};
	cf_node *v[4];

	ret->place = cf_place_of(l, n);
	if (!CF_KEYS(l, n, "an entry of inge", keys, v))
		return;
	ret->person = cf_person_of(l, v[PERSON], "person");
	for (const struct cf_inge *o = l->c->inge; ret->person && o < ret; o++)
		if (o->person == ret->person)
			cf_problem(l, v[PERSON], "person: \"%s\" has an entry already, in line %u",
				   ret->person->label, o->place.line);
	if (v[STORED])
		ret->stored = read_person(l, v[STORED], "stored", true);
	read_flags(l, v[FLAGS], ret);
	if (!v[RECORDS] || !cf_is_list(l, v[RECORDS], "records"))
		return;
	struct cf_record *list = cf_new(l, v[RECORDS]->n, struct cf_record);
	ret->records = list;
	for (cf_node *e = v[RECORDS]->first; e && list; e = e->next) {
		cf_node *r = cf_node_value(l, e);

		if (r)
			read_record(l, r, &list[ret->n_records++]);
	}
}

void cf_read_inge(struct cf_load *l, cf_node *n)
{
	if (!n || !cf_is_list(l, n, "inge"))
		return;
	struct cf_inge *list = cf_new(l, n->n, struct cf_inge);
	l->c->inge = list;
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);

		if (v)
			read_entry(l, v, &list[l->c->n_inge++]);
	}
}
