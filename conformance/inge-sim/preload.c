/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preload - checks a preload file and stores its entries
 *
 * Every key, type and value is checked before it is stored; what is unknown is refused, and so is what could not be told
 * to an office: an answer with it could not be written.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/text.h"
#include "event.h"
#include "preload.h"
#include "yamljson.h"

#define ORIGIN_SIZE 65
#define TAKEN_OVER_MAX 16
#define EVENTS_MAX 1000 /* of one record */

struct loading {
	struct sim_store *st;
	const struct xausl *x;
	struct yj *y;
	const json_t *persons; /* top-level mapping or NULL */
	struct osci_err *err;
	size_t added;
};

static const char *const person_keys[] = { "label", "surname", "given_names", "sex", "birth_date", "address", "azr_number",
					   "birth_place", "birth_place_district", "nationalities", "other_surname",
					   "birth_name", "former_surnames", "surname_spellings", NULL };
static const char *const entry_keys[] = { "person", "stored", "flags", "records", NULL };
static const char *const record_keys[] = { "as", "kind", "art", "issuer", "file_reference", "kennziffer", "valid_from",
					   "valid_until", "registered", "attended", "orientation_course_only",
					   "language_course_only", "taken_over_by", "events", NULL };
static const char *const issuer_keys[] = { "type", "name", "key", NULL };
static const char *const top_keys[] = { "persons", "inge", NULL };
static const char *const int_keys[] = { "absent_excused", "absent_unexcused", "points", NULL };

#define FAIL(l, parent, key, ...) yj_fail((l)->y, parent, key, (l)->err, __VA_ARGS__)

static int check_keys(struct loading *l, const json_t *o, const char *const *keys, const char *what)
{
	if (!json_is_object(o))
		return FAIL(l, o, NULL, "%s: mapping expected", what);
	for (void *it = json_object_iter((json_t *)o); it; it = json_object_iter_next((json_t *)o, it)) {
		const char *const *k = keys;

		while (*k && strcmp(*k, json_object_iter_key(it)) != 0)
			k++;
		if (!*k)
			return FAIL(l, o, json_object_iter_key(it), "unknown key of %s", what);
	}
	return 0;
}

enum need { OPTIONAL, REQUIRED, NULLABLE /* key required, may be null */ };

static int get_text(struct loading *l, const json_t *o, const char *key, enum need need, const char **ret)
{
	const json_t *v = json_object_get(o, key);

	*ret = json_string_value(v);
	if (!v && need != OPTIONAL)
		return FAIL(l, o, NULL, "%s is missing", key);
	if (v && !json_is_string(v) && !(json_is_null(v) && need != REQUIRED))
		return FAIL(l, o, key, "%s: text expected", key);
	if (*ret && !**ret)
		return FAIL(l, o, key, "%s: empty text", key);
	return 0;
}

/* Text that must be able to stand in @field of message @number. */
static int get_fit(struct loading *l, const json_t *o, const char *key, enum need need, const char *number, const char *field,
		   const char **ret)
{
	int e = get_text(l, o, key, need, ret);
	const char *problem = e == 0 && *ret ? sim_fit(l->x, number, field, json_object_get(o, key)) : NULL;

	return problem ? FAIL(l, o, key, "%s: %s", key, problem) : e;
}

static int get_date(struct loading *l, const json_t *o, const char *key, enum need need, const char **ret)
{
	int e = get_text(l, o, key, need, ret);

	if (e == 0 && *ret && !sim_date_ok(*ret))
		e = FAIL(l, o, key, "%s: date YYYY-MM-DD expected", key);
	return e;
}

static int get_flag(struct loading *l, const json_t *o, const char *key, bool *ret)
{
	const json_t *v = json_object_get(o, key);

	*ret = json_is_true(v);
	return v && !json_is_boolean(v) ? FAIL(l, o, key, "%s: true or false expected", key) : 0;
}

/* Index of @value among @words, or -1. */
static int among(const char *value, const char *const *words)
{
	for (int i = 0; value && words[i]; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	return -1;
}

static int read_flags(struct loading *l, const json_t *entry, unsigned *ret)
{
	static const char *const words[] = { "german", "eu_citizen", "spaetaussiedler", "deceased", "information_block",
					     NULL };
	const json_t *list = json_object_get(entry, "flags"), *v;
	size_t i;

	*ret = 0;
	if (list && !json_is_array(list))
		return FAIL(l, entry, "flags", "flags: list expected");
	json_array_foreach(list, i, v) {
		int bit = among(json_string_value(v), words);

		if (bit < 0)
			return FAIL(l, entry, "flags", "flags: unknown flag");
		*ret |= 1u << bit;
	}
	return 0;
}

/* One person: as it is under `persons` or in the entry, what is stored otherwise, and the two in one. */
struct who {
	const json_t *given, *stored;
	json_t *merged; /* a copy, without places */
	const char *label;
};

/* At the place where the key stands. */
static int person_fail(struct loading *l, const struct who *w, const char *key, const char *place, const char *what)
{
	return FAIL(l, json_object_get(w->stored, key) ? w->stored : w->given, key, "%s: %s", place, what);
}

static int find_person(struct loading *l, const json_t *entry, struct who *w)
{
	const char *key;
	json_t *v;
	int e;

	w->given = json_object_get(entry, "person");
	w->stored = json_object_get(entry, "stored");
	w->label = json_string_value(w->given);
	if (w->label) {
		w->given = json_object_get(l->persons, w->label);
		if (!w->given)
			return FAIL(l, entry, "person", "no such person under persons");
	}
	if (!w->given)
		return FAIL(l, entry, NULL, "person is missing");
	if (!json_is_object(w->given))
		return w->label ? FAIL(l, l->persons, w->label, "a person is a mapping") :
				  FAIL(l, entry, "person", "person: label or mapping expected");
	e = check_keys(l, w->given, person_keys, "person");
	if (e == 0 && w->stored && !json_is_object(w->stored))
		e = FAIL(l, entry, "stored", "stored: mapping expected");
	if (e == 0 && w->stored)
		e = check_keys(l, w->stored, person_keys, "stored");
	if (e)
		return e;
	w->merged = json_deep_copy(w->given);
	if (!w->merged)
		return -ENOMEM;
	json_object_foreach((json_t *)w->stored, key, v)
		if (json_object_set(w->merged, key, v) < 0)
			return -ENOMEM;
	return 0;
}

static int person_text(struct loading *l, const struct who *w, const char *key, enum need need, const char **ret)
{
	const json_t *v = json_object_get(w->merged, key);

	*ret = json_string_value(v);
	if (!v && need != OPTIONAL)
		return FAIL(l, w->given, NULL, "%s is missing", key);
	if (v && !json_is_string(v) && !(json_is_null(v) && need != REQUIRED))
		return person_fail(l, w, key, key, "text expected");
	return *ret && !**ret ? person_fail(l, w, key, key, "empty text") : 0;
}

/* What an office could send of a person: nothing else is held. */
static int person_fits(struct loading *l, const struct who *w)
{
	char field[SIM_FIELD_SIZE], place[SIM_FIELD_SIZE];
	const char *key;
	json_t *v;

	json_object_foreach(w->merged, key, v) {
		const char *problem;

		if (json_is_null(v) || strcmp(key, "label") == 0)
			continue;
		snprintf(field, sizeof(field), "person.%s", key);
		problem = sim_fit_all(l->x, "070001", field, v, place);
		if (problem)
			return person_fail(l, w, key, place + strlen("person."), problem);
	}
	return 0;
}

static int read_person(struct loading *l, const json_t *entry, const struct who *w, struct sim_person *p)
{
	static const char *const sexes[] = { "m", "w", "d", "x", NULL };
	const json_t *list = json_object_get(w->merged, "nationalities"), *v;
	const char *label;
	size_t i;
	int e = person_text(l, w, "surname", NULLABLE, &p->surname);

	e = e ? e : person_text(l, w, "given_names", NULLABLE, &p->given_names);
	e = e ? e : person_text(l, w, "birth_date", REQUIRED, &p->birth_date);
	e = e ? e : person_text(l, w, "sex", OPTIONAL, &p->sex);
	e = e ? e : person_text(l, w, "azr_number", OPTIONAL, &p->azr_number);
	e = e ? e : person_text(l, w, "label", OPTIONAL, &label);
	if (e)
		return e;
	p->label = w->label ? w->label : label;
	if (!sim_pdate_ok(p->birth_date))
		return person_fail(l, w, "birth_date", "birth_date", "YYYY-MM-DD, YYYY-MM or YYYY expected");
	if (p->sex && among(p->sex, sexes) < 0)
		return person_fail(l, w, "sex", "sex", "m, w, d or x expected");
	if (list && !json_is_null(list) && !json_is_array(list))
		return person_fail(l, w, "nationalities", "nationalities", "list expected");
	json_array_foreach(list, i, v) {
		if (p->n_nationalities == SIM_NATIONALITIES_MAX || json_string_length(v) != 3)
			return person_fail(l, w, "nationalities", "nationalities", "up to four keys of three digits expected");
		p->nationalities[p->n_nationalities++] = json_string_value(v);
	}
	e = person_fits(l, w);
	return e ? e : read_flags(l, entry, &p->flags);
}

static int read_issuer(struct loading *l, const json_t *o, struct sim_record *r)
{
	const json_t *issuer = json_object_get(o, "issuer");
	int e;

	if (!issuer)
		return FAIL(l, o, NULL, "issuer is missing");
	if (!json_is_object(issuer))
		return FAIL(l, o, "issuer", "issuer: mapping expected");
	e = check_keys(l, issuer, issuer_keys, "issuer");
	e = e ? e : get_text(l, issuer, "type", NULLABLE, &r->issuer_type);
	e = e ? e : get_fit(l, issuer, "name", REQUIRED, "070012", "record.issuer.name", &r->issuer_name);
	e = e ? e : get_fit(l, issuer, "key", OPTIONAL, "070012", "record.issuer.key", &r->issuer_key);
	if (e == 0 && r->issuer_type && (r->issuer_type[0] < '1' || r->issuer_type[0] > '4' || r->issuer_type[1]))
		e = FAIL(l, issuer, "type", "type: 1 to 4 or null expected");
	return e;
}

static int read_taken_over(struct loading *l, const json_t *o, struct sim_record *r, const char **keys)
{
	const json_t *list = json_object_get(o, "taken_over_by"), *v;
	size_t i;

	if (list && !json_is_array(list))
		return FAIL(l, o, "taken_over_by", "taken_over_by: list expected");
	json_array_foreach(list, i, v) {
		if (i == TAKEN_OVER_MAX || json_string_length(v) == 0)
			return FAIL(l, o, "taken_over_by", "taken_over_by: up to %d keys of offices expected",
				    TAKEN_OVER_MAX);
		if (sim_fit(l->x, "070012", "record.issuer.key", v))
			return FAIL(l, o, "taken_over_by", "taken_over_by: key of an office expected, azr: and six digits");
		keys[i] = json_string_value(v);
	}
	r->taken_over_by = keys;
	r->n_taken_over_by = json_array_size(list);
	return 0;
}

static int read_record(struct loading *l, const json_t *o, struct sim_record *r, const char **keys, const char **as)
{
	static const char *const attended[] = { "none", "partial", "complete", NULL };
	const char *kind, *how;
	int e = check_keys(l, o, record_keys, "record");

	e = e ? e : get_text(l, o, "as", OPTIONAL, as);
	e = e ? e : get_text(l, o, "kind", REQUIRED, &kind);
	e = e ? e : get_text(l, o, "art", REQUIRED, &r->art);
	e = e ? e : read_issuer(l, o, r);
	e = e ? e : get_fit(l, o, "file_reference", OPTIONAL, "070003", "file_reference", &r->file_reference);
	e = e ? e : get_fit(l, o, "kennziffer", REQUIRED, "070012", "record.kennziffer", &r->kennziffer);
	e = e ? e : get_date(l, o, "valid_from", REQUIRED, &r->valid_from);
	e = e ? e : get_date(l, o, "valid_until", NULLABLE, &r->valid_until);
	e = e ? e : get_date(l, o, "registered", NULLABLE, &r->registered);
	e = e ? e : get_text(l, o, "attended", REQUIRED, &how);
	e = e ? e : get_flag(l, o, "orientation_course_only", &r->orientation_course_only);
	e = e ? e : get_flag(l, o, "language_course_only", &r->language_course_only);
	e = e ? e : read_taken_over(l, o, r, keys);
	if (e)
		return e;
	if (!sim_art_kind(r->art))
		return FAIL(l, o, "art", "art: unknown code");
	if (strcmp(sim_art_kind(r->art), kind) != 0)
		return FAIL(l, o, "kind", "kind does not fit art");
	if (among(how, attended) < 0)
		return FAIL(l, o, "attended", "attended: none, partial or complete expected");
	if (r->valid_until && strcmp(r->valid_until, r->valid_from) < 0)
		return FAIL(l, o, "valid_until", "valid_until: lies before valid_from");
	r->attended = (enum sim_attended)among(how, attended);
	return 0;
}

/* A section by an earlier event of the list, which need not be in the order of time. */
static bool section_before(const json_t *list, size_t at)
{
	const char *date = json_string_value(json_object_get(json_array_get(list, at), "date"));

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);
		const char *other = json_string_value(json_object_get(e, "date"));
		int order = other ? strcmp(other, date) : 1;

		if (i != at && (order < 0 || (order == 0 && i < at)) && sim_event_gives_section(e))
			return true;
	}
	return false;
}

static int load_events(struct loading *l, const json_t *o, int64_t record)
{
	const json_t *list = json_object_get(o, "events"), *v;
	size_t i;
	int e = 0;

	if (list && (!json_is_array(list) || json_array_size(list) > EVENTS_MAX))
		return FAIL(l, o, "events", "events: list of at most %d expected", EVENTS_MAX);
	json_array_foreach(list, i, v) {
		struct sim_event_fault f;

		if (!json_is_object(v))
			return FAIL(l, o, "events", "events: an event is a mapping");
		if (!sim_event_ok(v, l->x, &f))
			return FAIL(l, v, f.key, "%s%s%s", f.place, f.place[0] ? ": " : "", f.what);
		if (sim_event_needs_section(v) && !section_before(list, i))
			return FAIL(l, v, NULL, "course_key and course_type are needed, for no section comes before");
		_cleanup_(osci_freep) char *data = json_dumps(v, JSON_COMPACT);
		e = data ? sim_store_add_event(l->st, record, json_string_value(json_object_get(v, "event")),
					       json_string_value(json_object_get(v, "date")), data, l->err) :
			   -ENOMEM;
		if (e)
			return e;
	}
	return 0;
}

static int load_records(struct loading *l, const json_t *entry, int64_t person)
{
	const json_t *list = json_object_get(entry, "records"), *v;
	size_t i;

	if (list && (!json_is_array(list) || json_array_size(list) > SIM_ENDED_MAX))
		return FAIL(l, entry, "records", "records: list of at most %d expected", SIM_ENDED_MAX);
	json_array_foreach(list, i, v) {
		struct sim_record r = { 0 };
		const char *keys[TAKEN_OVER_MAX], *as = NULL;
		int64_t id = 0;
		int e = json_is_object(v) ? read_record(l, v, &r, keys, &as) :
					    FAIL(l, entry, "records", "records: a record is a mapping");

		if (e == 0) {
			e = sim_store_add_record(l->st, person, &r, as, &id, l->err);
			if (e == OSCI_E_EXISTS)
				return FAIL(l, v, "kennziffer", "kennziffer is in use");
		}
		e = e ? e : load_events(l, v, id);
		if (e)
			return e;
	}
	return 0;
}

/* Mark of an entry: SHA-256 of its normal form with the person in it. */
static int origin_of(const json_t *entry, const json_t *person, char out[ORIGIN_SIZE])
{
	unsigned char digest[32];
	json_t *whole = json_deep_copy(entry);
	char *text = NULL;
	int e = -ENOMEM;

	if (whole && json_object_set(whole, "person", (json_t *)person) == 0)
		text = json_dumps(whole, JSON_SORT_KEYS | JSON_COMPACT);
	if (text && EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) == 1) {
		osci_hex(out, digest, sizeof(digest));
		e = 0;
	}
	osci_freep(&text);
	json_decref(whole);
	return e;
}

static int load_entry(struct loading *l, const json_t *entry)
{
	_cleanup_(osci_freep) char *data = NULL;
	char origin[ORIGIN_SIZE];
	struct sim_person p = { 0 };
	struct who w = { 0 };
	int64_t id = 0;
	int e = check_keys(l, entry, entry_keys, "entry");

	e = e ? e : find_person(l, entry, &w);
	e = e ? e : read_person(l, entry, &w, &p);
	e = e ? e : origin_of(entry, w.merged, origin);
	if (e == 0 && !sim_store_has_origin(l->st, origin)) {
		if (p.label && (e = sim_store_person_by_label(l->st, p.label, &id, l->err)) != OSCI_E_EMPTY)
			e = e ? e : FAIL(l, entry, "person", "label: in use for another person");
		else
			e = 0;
		data = e ? NULL : json_dumps(w.merged, JSON_COMPACT);
		e = e ? e : data ? sim_store_add_person(l->st, &p, origin, data, &id, l->err) : -ENOMEM;
		e = e ? e : load_records(l, entry, id);
		l->added++;
	}
	json_decref(w.merged);
	return e;
}

static int load_all(struct loading *l)
{
	const json_t *root = yj_root(l->y), *list, *v;
	size_t i;
	int e = check_keys(l, root, top_keys, "file");

	if (e)
		return e;
	l->persons = json_object_get(root, "persons");
	list = json_object_get(root, "inge");
	if (l->persons && !json_is_object(l->persons))
		return FAIL(l, root, "persons", "persons: mapping expected");
	if (!json_is_array(list))
		return FAIL(l, root, "inge", "inge: list expected");
	json_array_foreach(list, i, v) {
		if (!json_is_object(v))
			return FAIL(l, root, "inge", "inge: an entry is a mapping");
		if ((e = load_entry(l, v)))
			return e;
	}
	return 0;
}

int sim_preload(struct sim_store *st, const struct xausl *x, const char *path, size_t *ret_n, struct osci_err *err)
{
	struct osci_err own;
	struct loading l = { .st = st, .x = x, .err = err ? err : &own };
	int e = yj_read(&l.y, path, int_keys, l.err);

	if (e)
		return e;
	e = db_begin(&st->db, l.err);
	e = e ? e : load_all(&l);
	e = e ? e : db_commit(&st->db, l.err);
	if (e)
		db_rollback(&st->db);
	if (ret_n)
		*ret_n = l.added;
	yj_freep(&l.y);
	return e;
}
