/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common - what functions share: errors and hints, persons by Kennziffer, keys that belong to a test case,
 * events
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "course/call.h"

#define LATE_DAYS 7 /* "within a week" */

void course_today(char *out, int64_t now)
{
	struct osci_civil c;

	osci_berlin_civil(now, &c);
	snprintf(out, SIM_DATE_SIZE, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100);
}

const char *course_text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

void course_error(struct course_call *k, const char *code, const char *field)
{
	if (!course_add_error(k->errors, code, field))
		k->mem.failed = true;
}

void course_hint(struct course_call *k, const char *code, const char *field)
{
	if (!course_add_error(k->hints, code, field))
		k->mem.failed = true;
}

void course_window(struct course_call *k, const char *code, const char *field)
{
	if (k->c->conf.windows == COURSE_WINDOWS_REFUSE)
		course_error(k, code, field);
	else if (k->c->conf.windows == COURSE_WINDOWS_HINT)
		course_hint(k, code, field);
}

void course_put(struct course_call *k, json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value) < 0) /* takes the value in any case */
		k->mem.failed = true;
}

void course_put_text(struct course_call *k, json_t *o, const char *key, const char *text)
{
	if (text)
		course_put(k, o, key, json_string(text));
}

json_t *course_load(struct course_call *k, const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	if (!o)
		k->mem.failed = true;
	return o;
}

bool course_not_future(struct course_call *k, const char *date, const char *field)
{
	if (!date || strcmp(date, k->today) <= 0)
		return true;
	course_error(k, "date_future", field);
	return false;
}

bool course_late(struct course_call *k, const char *date)
{
	int y, m, d, y2, m2, d2;

	return sim_date_parts(date, &y, &m, &d) && sim_date_parts(k->today, &y2, &m2, &d2) &&
	       osci_days_from_civil(y2, m2, d2) - osci_days_from_civil(y, m, d) > LATE_DAYS;
}

bool course_has_event(const struct sim_record *r, const char *kind)
{
	for (size_t i = 0; i < r->n_events; i++)
		if (strcmp(r->events[i].kind, kind) == 0)
			return true;
	return false;
}

/* --- test cases apart from the rest ------------------------------------- */

int course_visible(struct course_call *k, const char *kind, const char *key, bool *ret)
{
	sqlite3_stmt *q;
	bool prepared = false, own = false;
	int r = db_query(
	    &k->st->db, &q, k->err,
	    "SELECT c.party, c.round = (SELECT max(round) FROM course_round WHERE party = c.party)"
	    " FROM course_prepared p JOIN course_case c ON c.id = p.test_case WHERE p.kind = ? AND p.key = ?",
	    "tt", kind, key);

	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	if (r == 0) {
		prepared = true;
		own = strcmp(db_text(q, 0), k->user->party) == 0 && db_int(q, 1);
	}
	db_done(q);
	if (r && r != OSCI_E_EMPTY)
		return r;
	*ret = strcmp(k->user->environment, COURSE_ENV_TEST) == 0 ? prepared && own : !prepared;
	return 0;
}

/* --- persons ------------------------------------------------------------ */

static int load_person(struct course_call *k, int64_t record, struct course_who *ret)
{
	struct sim_person *p = NULL;
	int64_t id = 0;
	int r = db_get_int(&k->st->db, k->err, &id, "SELECT person FROM record WHERE id = ?", "i", record);

	if (r == 0)
		r = sim_store_person(k->st, &k->mem, id, &p, k->err);
	for (size_t i = 0; r == 0 && i < p->n_records; i++) {
		if (p->records[i].id == record) {
			ret->person = p;
			ret->record = &p->records[i];
		}
	}
	return r;
}

int course_find(struct course_call *k, const json_t *who, const char *path, struct course_who *ret)
{
	const char *kennziffer = course_text(who, "kennziffer"), *birth = course_text(who, "birth_date");
	char at[COURSE_PATH_MAX];
	int64_t record = 0;
	bool visible = false;
	int r = course_visible(k, "record", kennziffer, &visible);

	*ret = (struct course_who){0};
	if (r == 0 && visible) {
		r = sim_store_record_by_kennziffer(k->st, kennziffer, &record, k->err);
		if (r == 0)
			r = load_person(k, record, ret);
	}
	if (r && r != OSCI_E_EMPTY)
		return r;
	/* Which of the two does not fit is not told: the pair is the key. */
	if (ret->record && sim_pdate_fits(birth, ret->person->birth_date, k->c->settings->date_overlap))
		return 0;
	*ret = (struct course_who){0};
	snprintf(at, sizeof(at), "%s%skennziffer", path, path[0] ? "." : "");
	course_error(k, "unknown_participant", at);
	return 0;
}

int course_find_all(struct course_call *k, const json_t *list, const char *path, struct course_who *who,
		    size_t n)
{
	char at[COURSE_PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		snprintf(at, sizeof(at), "%s[%zu]", path, i + 1);
		r = course_find(k, json_array_get(list, i), at, &who[i]);
		for (size_t j = 0; r == 0 && who[i].record && j < i; j++)
			if (who[j].record && who[j].record->id == who[i].record->id)
				course_error(k, "participant_twice", at);
	}
	return r;
}

/* --- events ------------------------------------------------------------- */

/* Mapping {key, name, address} of one row; name is left out where NULL. */
static int keyed_json(struct course_call *k, sqlite3_stmt *q, json_t **ret)
{
	json_t *address;
	int r = db_step(&k->st->db, q, k->err);

	if (r == 0) {
		*ret = json_object();
		course_put_text(k, *ret, "key", db_text(q, 0));
		if (db_text(q, 1)[0])
			course_put_text(k, *ret, "name", db_text(q, 1));
		address = course_load(k, db_text(q, 2));
		if (address) {
			json_object_del(address, "country");
			course_put(k, *ret, "address", address);
		}
	}
	db_done(q);
	return r ? r : k->mem.failed ? -ENOMEM : 0;
}

int course_provider_json(struct course_call *k, const char *party, json_t **ret)
{
	sqlite3_stmt *q;
	int r = db_query(&k->st->db, &q, k->err, "SELECT key, name, address FROM course_party WHERE key = ?",
			 "t", party);

	return r ? r : keyed_json(k, q, ret);
}

int course_site_json(struct course_call *k, const char *site, json_t **ret)
{
	sqlite3_stmt *q;
	int r =
	    db_query(&k->st->db, &q, k->err,
		     "SELECT key, '', address FROM course_asset WHERE kind = 'site' AND key = ?", "t", site);

	return r ? r : keyed_json(k, q, ret);
}

int course_event(struct course_call *k, const struct sim_record *rec, json_t *event, int64_t *ret_id)
{
	_cleanup_(osci_freep) char *data = event && !k->mem.failed ? json_dumps(event, JSON_COMPACT) : NULL;
	int r = data ? sim_store_add_event(k->st, rec->id, course_text(event, "event"),
					   course_text(event, "date"), data, k->err)
		     : -ENOMEM;

	if (r == 0 && ret_id)
		*ret_id = db_last_id(&k->st->db);
	return r;
}
