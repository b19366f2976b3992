/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - planning of a course, changes of the plan, and what is stored of courses
 *
 * The simulator gives the Kurskennung.  Type, begin and site may change until the start was reported; end,
 * places and teachers later, too.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/handlers.h"

#define PLAN_MONTHS 3 /* planning is reported up to three months ahead */
#define LISTED_MAX  1000

void course_row_clear(struct course_row *r)
{
	json_decref(r->data);
	r->data = NULL;
}

static int read_row(sqlite3_stmt *q, struct course_row *ret)
{
	snprintf(ret->key, sizeof(ret->key), "%s", db_text(q, 0));
	snprintf(ret->party, sizeof(ret->party), "%s", db_text(q, 1));
	snprintf(ret->state, sizeof(ret->state), "%s", db_text(q, 2));
	ret->data = json_loads(db_text(q, 3), 0, NULL);
	return ret->data ? 0 : -ENOMEM;
}

int course_row_find(struct course_call *k, struct course_row *ret, bool *found)
{
	const char *key = course_text(k->in, "course_key");
	bool visible = false;
	sqlite3_stmt *q;
	int r = course_visible(k, "course", key, &visible);

	*found = false;
	*ret = (struct course_row){0};
	if (r == 0)
		r = db_query(&k->st->db, &q, k->err,
			     "SELECT key, party, state, data FROM course WHERE key = ? AND party = ? AND "
			     "environment = ?",
			     "ttt", key, k->user->party, k->user->environment);
	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	if (r == 0 && visible)
		r = read_row(q, ret);
	db_done(q);
	if (r == 0 && visible)
		*found = true;
	else if (r == 0 || r == OSCI_E_EMPTY)
		course_error(k, "unknown_course", "course_key");
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* --- planning ----------------------------------------------------------- */

static int check_asset(struct course_call *k, const char *kind, const char *key, const char *code,
		       const char *field)
{
	bool visible = false, found = false;
	sqlite3_stmt *q;
	int r = course_visible(k, kind, key, &visible);

	r = r ? r
	      : db_query(&k->st->db, &q, k->err,
			 "SELECT 1 FROM course_asset WHERE kind = ? AND key = ? AND party = ?", "ttt", kind,
			 key, k->user->party);
	r = r ? r : db_found(&k->st->db, q, &found, k->err);
	if (r == 0 && !(visible && found))
		course_error(k, code, field);
	return r;
}

int course_check_teachers(struct course_call *k, const json_t *list)
{
	char at[COURSE_PATH_MAX];
	const json_t *v;
	size_t i;
	int r = 0;

	json_array_foreach(list, i, v)
	{
		snprintf(at, sizeof(at), "teachers[%zu].teacher_key", i + 1);
		r = r ? r : check_asset(k, "teacher", course_text(v, "teacher_key"), "unknown_teacher", at);
	}
	return r;
}

/* @plan: all planning data; @was: those stored before, or NULL. */
static int check_plan(struct course_call *k, const json_t *plan, const json_t *was)
{
	const char *begin = course_text(plan, "begin"), *end = course_text(plan, "expected_end");
	bool moved = !was || strcmp(begin, course_text(was, "begin")) != 0;
	const json_t *planned = json_object_get(plan, "planned_participants");
	char latest[SIM_DATE_SIZE];
	int r = check_asset(k, "site", course_text(plan, "site_key"), "unknown_site", "site_key");

	r = r ? r : course_check_teachers(k, json_object_get(plan, "teachers"));
	if (moved && strcmp(begin, k->today) < 0)
		course_error(k, "date_past", "begin");
	if (moved && sim_date_add_months(latest, k->today, PLAN_MONTHS) && strcmp(begin, latest) > 0)
		course_window(k, "planned_too_early", "begin");
	if (strcmp(end, begin) < 0)
		course_error(k, "end_before_begin", "expected_end");
	if (planned && json_integer_value(planned) > json_integer_value(json_object_get(plan, "places")))
		course_error(k, "no_places", "places");
	return r;
}

static int postcode_of(struct course_call *k, const json_t *plan, char *out, size_t size)
{
	json_t *site = NULL;
	int r = course_site_json(k, course_text(plan, "site_key"), &site);

	if (r == 0)
		snprintf(out, size, "%s", course_text(json_object_get(site, "address"), "postcode"));
	json_decref(site);
	return r;
}

static int next_key(struct course_call *k, char *out, size_t size)
{
	sqlite3_stmt *q;
	int r = db_exec(&k->st->db, k->err, "INSERT OR IGNORE INTO meta VALUES ('course', 0)", "");

	r = r ? r
	      : db_exec(&k->st->db, k->err, "UPDATE meta SET value = value + 1 WHERE name = 'course'", "");
	r = r ? r : db_query(&k->st->db, &q, k->err, "SELECT value FROM meta WHERE name = 'course'", "");
	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	if (r == 0)
		snprintf(out, size, "KU-99%06" PRId64, db_int(q, 0));
	db_done(q);
	return r;
}

int course_planning(struct course_call *k)
{
	_cleanup_(osci_freep) char *data = json_dumps(k->in, JSON_COMPACT);
	char key[COURSE_KEY_SIZE], postcode[16] = "";
	int r = data ? check_plan(k, k->in, NULL) : -ENOMEM;

	if (r || json_array_size(k->errors))
		return r;
	r = postcode_of(k, k->in, postcode, sizeof(postcode));
	r = r ? r : next_key(k, key, sizeof(key));
	r = r ? r
	      : db_exec(&k->st->db, k->err,
			"INSERT INTO course (key, party, environment, state, postcode, begin, data) VALUES "
			"(?,?,?,'planned',?,?,?)",
			"tttttt", key, k->user->party, k->user->environment, postcode,
			course_text(k->in, "begin"), data);
	if (r == 0 && k->test_case)
		r = db_exec(&k->st->db, k->err,
			    "INSERT INTO course_prepared (kind, key, test_case) VALUES ('course', ?, ?)",
			    "ti", key, k->test_case);
	if (r == 0)
		course_put_text(k, k->out, "course_key", key);
	return r;
}

static int change_plan(struct course_call *k, const struct course_row *row)
{
	static const char *const fixed[] = {"course_type", "begin", "site_key"};
	char postcode[16] = "";
	json_t *plan = json_deep_copy(row->data);
	int r = plan && json_object_update(plan, k->in) == 0 ? 0 : -ENOMEM;
	int64_t present = 0;

	if (r == 0) {
		json_object_del(plan, "course_key");
		present = course_count_participants(k, row->key, &r);
	}
	if (r == 0 && strcmp(row->state, "ended") == 0)
		course_error(k, "course_ended", "course_key");
	if (r == 0 && present > json_integer_value(json_object_get(plan, "places")))
		course_error(k, "no_places", "places");
	for (size_t i = 0; r == 0 && i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(row->state, "planned") != 0 &&
		    strcmp(course_text(plan, fixed[i]), course_text(row->data, fixed[i])) != 0)
			course_error(k, "course_started", fixed[i]);
	r = r ? r : check_plan(k, plan, row->data);
	_cleanup_(osci_freep) char *data = r ? NULL : json_dumps(plan, JSON_COMPACT);
	if (r == 0 && json_array_size(k->errors) == 0) {
		r = data ? postcode_of(k, plan, postcode, sizeof(postcode)) : -ENOMEM;
		r = r ? r
		      : db_exec(&k->st->db, k->err,
				"UPDATE course SET data = ?, postcode = ?, begin = ? WHERE key = ?", "tttt",
				data, postcode, course_text(plan, "begin"), row->key);
	}
	json_decref(plan);
	return r;
}

int course_update(struct course_call *k)
{
	struct course_row row;
	bool found;
	int r = course_row_find(k, &row, &found);

	if (r == 0 && found)
		r = change_plan(k, &row);
	if (r == 0 && found)
		course_put_text(k, k->out, "course_key", row.key);
	course_row_clear(&row);
	return r;
}

/* --- what is stored ----------------------------------------------------- */

int64_t course_count_participants(struct course_call *k, const char *key, int *ret_error)
{
	sqlite3_stmt *q;
	int64_t n = 0;
	int r = db_query(&k->st->db, &q, k->err,
			 "SELECT count(*) FROM course_participant x WHERE x.course = ? AND " COURSE_PRESENT, "t", key);

	if (r == 0) {
		r = db_step(&k->st->db, q, k->err);
		if (r == 0)
			n = db_int(q, 0);
		db_done(q);
	}
	*ret_error = r;
	return n;
}

int course_brief_json(struct course_call *k, const struct course_row *row, json_t *o)
{
	static const char *const copied[] = {"course_type", "begin", "expected_end", "site_key", "places"};
	int64_t places = json_integer_value(json_object_get(row->data, "places")), taken, planned;
	char postcode[16] = "";
	int r;

	taken = course_count_participants(k, row->key, &r);
	r = r ? r : postcode_of(k, row->data, postcode, sizeof(postcode));
	if (r)
		return r;
	planned = json_integer_value(json_object_get(row->data, "planned_participants"));
	if (strcmp(row->state, "planned") == 0 && planned > taken)
		taken = planned;
	course_put_text(k, o, "course_key", row->key);
	course_put_text(k, o, "state", row->state);
	course_put_text(k, o, "postcode", postcode);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		course_put(k, o, copied[i], json_incref(json_object_get(row->data, copied[i])));
	course_put(k, o, "free_places", json_integer(places > taken ? places - taken : 0));
	return 0;
}

static int add_sections(struct course_call *k, const char *key)
{
	json_t *list = json_array(), *o;
	sqlite3_stmt *q = NULL;
	int r = db_query(&k->st->db, &q, k->err,
			 "SELECT section, begin, expected_end, ended FROM course_section WHERE course = ? "
			 "ORDER BY begin, section",
			 "t", key);

	while (r == 0 && (r = db_step(&k->st->db, q, k->err)) == 0) {
		o = json_pack("{s:s, s:s, s:s}", "section", db_text(q, 0), "begin", db_text(q, 1),
			      "expected_end", db_text(q, 2));
		if (o && db_text(q, 3)[0])
			course_put_text(k, o, "end", db_text(q, 3));
		if (json_array_append_new(list, o) < 0)
			k->mem.failed = true;
	}
	db_done(q);
	course_put(k, k->out, "sections", list);
	return r == OSCI_E_EMPTY ? 0 : r;
}

static int add_participants(struct course_call *k, const char *key)
{
	json_t *list = json_array();
	sqlite3_stmt *q = NULL;
	int r = db_query(
	    &k->st->db, &q, k->err,
	    "SELECT r.kennziffer, p.birth_date FROM course_participant c JOIN record r ON r.id = c.record"
	    " JOIN person p ON p.id = r.person WHERE c.course = ? ORDER BY c.rowid",
	    "t", key);

	while (r == 0 && (r = db_step(&k->st->db, q, k->err)) == 0)
		if (json_array_append_new(list, json_pack("{s:s, s:s}", "kennziffer", db_text(q, 0),
							  "birth_date", db_text(q, 1))) < 0)
			k->mem.failed = true;
	db_done(q);
	course_put(k, k->out, "participants", list);
	return r == OSCI_E_EMPTY ? 0 : r;
}

int course_information(struct course_call *k)
{
	struct course_row row;
	bool found;
	int r = course_row_find(k, &row, &found);

	if (r == 0 && found) {
		r = course_brief_json(k, &row, k->out);
		course_put(k, k->out, "teachers", json_incref(json_object_get(row.data, "teachers")));
		if (json_object_get(row.data, "planned_participants"))
			course_put(k, k->out, "planned_participants",
				   json_incref(json_object_get(row.data, "planned_participants")));
		r = r ? r : add_sections(k, row.key);
		r = r ? r : add_participants(k, row.key);
	}
	course_row_clear(&row);
	return r;
}

int course_list(struct course_call *k)
{
	json_t *list = json_array(), *o;
	struct course_row *rows = sim_alloc(&k->mem, LISTED_MAX * sizeof(*rows));
	sqlite3_stmt *q;
	size_t n = 0;
	int r =
	    !rows
		? -ENOMEM
		: db_query(&k->st->db, &q, k->err,
			   "SELECT key, party, state, data FROM course WHERE party = ?1 AND environment = ?2"
			   " AND (?3 IS NULL OR state = ?3) ORDER BY begin DESC, key DESC LIMIT 1000",
			   "ttt", k->user->party, k->user->environment, course_text(k->in, "state"));

	if (r == 0) {
		while (n < LISTED_MAX && (r = db_step(&k->st->db, q, k->err)) == 0 &&
		       (r = read_row(q, &rows[n])) == 0)
			n++;
		db_done(q);
		r = r == OSCI_E_EMPTY ? 0 : r;
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		o = json_object();
		r = course_brief_json(k, &rows[i], o);
		if (json_array_append_new(list, o) < 0)
			k->mem.failed = true;
	}
	for (size_t i = 0; i < n; i++)
		course_row_clear(&rows[i]);
	course_put(k, k->out, "courses", list);
	return r;
}
