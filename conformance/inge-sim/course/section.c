/* SPDX-License-Identifier: Apache-2.0 */
/*
 * section - start of a course and of its sections, changes, and billing
 *
 * The start of a course is reported once and never corrected; it is the start of the first section, too.
 * Every participant's record gets an event; a change of dates changes that event.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/handlers.h"

struct section {
	struct course_row row;
	const char *code;
	char begin[SIM_DATE_SIZE], expected_end[SIM_DATE_SIZE];
	bool found, ended;
	struct course_who who[COURSE_PARTICIPANTS_MAX];
	size_t n;
};

static int read_section(struct course_call *k, struct section *s)
{
	sqlite3_stmt *q;
	int r =
	    db_query(&k->st->db, &q, k->err,
		     "SELECT begin, expected_end, ended FROM course_section WHERE course = ? AND section = ?",
		     "tt", s->row.key, s->code);

	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	if (r == 0) {
		s->found = true;
		snprintf(s->begin, sizeof(s->begin), "%s", db_text(q, 0));
		snprintf(s->expected_end, sizeof(s->expected_end), "%s", db_text(q, 1));
		s->ended = db_text(q, 2)[0];
	}
	db_done(q);
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* Course, section and the persons of the list; *@found false: an error was added. */
static int open_section(struct course_call *k, struct section *s, bool *found)
{
	const json_t *list = json_object_get(k->in, "participants");
	int r = course_row_find(k, &s->row, found);

	if (r || !*found)
		return r;
	s->code = course_text(k->in, "section");
	s->n = json_array_size(list);
	r = read_section(k, s);
	return r ? r : course_find_all(k, list, "participants", s->who, s->n);
}

/* --- checks ------------------------------------------------------------- */

static void check_dates(struct course_call *k, const char *begin, const char *end)
{
	if (course_not_future(k, begin, "begin") && course_late(k, begin))
		course_window(k, "late_report", "begin");
	if (strcmp(end, begin) < 0)
		course_error(k, "end_before_begin", "expected_end");
}

static void check_total(struct course_call *k, size_t listed, const struct course_row *row)
{
	const json_t *total = json_object_get(k->in, "participants_total");
	int64_t places = json_integer_value(json_object_get(row->data, "places"));

	if (total && json_integer_value(total) < (int64_t)listed)
		course_error(k, "total_too_small", "participants_total");
	else if (total && json_integer_value(total) > places)
		course_error(k, "no_places", "participants_total");
	else if ((int64_t)listed > places)
		course_error(k, "no_places", "participants");
}

static void check_person(struct course_call *k, const struct course_who *who, size_t i)
{
	char at[COURSE_PATH_MAX];

	snprintf(at, sizeof(at), "participants[%zu].kennziffer", i + 1);
	if (who->record && !who->record->registered)
		course_error(k, "not_registered", at);
	else if (who->record)
		course_usable(k, who->record, at);
}

static void check_persons(struct course_call *k, const struct section *s)
{
	for (size_t i = 0; i < s->n; i++)
		check_person(k, &s->who[i], i);
}

/* --- writing ------------------------------------------------------------ */

static json_t *start_event(struct course_call *k, const struct section *s, const char *kind, json_t *provider,
			   json_t *site)
{
	json_t *e = json_object();

	course_put_text(k, e, "event", kind);
	course_put_text(k, e, "date", s->begin);
	course_put_text(k, e, "course_key", s->row.key);
	course_put_text(k, e, "course_type", course_text(s->row.data, "course_type"));
	course_put_text(k, e, "section", s->code);
	course_put_text(k, e, "expected_end", s->expected_end);
	course_put(k, e, "provider", json_incref(provider));
	course_put(k, e, "site", json_incref(site));
	return e;
}

static int attend(struct course_call *k, const struct section *s, const struct sim_record *rec, json_t *event)
{
	int64_t id = 0;
	int r = course_event(k, rec, event, &id);

	r = r ? r
	      : db_exec(&k->st->db, k->err,
			"INSERT OR IGNORE INTO course_participant (course, record) VALUES (?,?)", "ti",
			s->row.key, rec->id);
	return r ? r
		 : db_exec(&k->st->db, k->err,
			   "INSERT INTO course_attendance (course, section, record, event, billed) VALUES "
			   "(?,?,?,?,0)",
			   "ttii", s->row.key, s->code, rec->id, id);
}

/* The persons of @s attend the section from now on. */
static int add_persons(struct course_call *k, const struct section *s, const char *kind)
{
	json_t *provider = NULL, *site = NULL, *event = NULL;
	int r = course_provider_json(k, k->user->party, &provider);

	r = r ? r : course_site_json(k, course_text(s->row.data, "site_key"), &site);
	if (r == 0)
		event = start_event(k, s, kind, provider, site);
	for (size_t i = 0; i < s->n && r == 0; i++)
		r = attend(k, s, s->who[i].record, event);
	json_decref(event);
	json_decref(provider);
	json_decref(site);
	return r;
}

static int add_section(struct course_call *k, struct section *s, const char *kind)
{
	int r = db_exec(&k->st->db, k->err,
			"INSERT INTO course_section (course, section, begin, expected_end) VALUES (?,?,?,?)",
			"tttt", s->row.key, s->code, s->begin, s->expected_end);

	return r ? r : add_persons(k, s, kind);
}

static void set_dates(struct course_call *k, struct section *s)
{
	const char *begin = course_text(k->in, "begin"), *end = course_text(k->in, "expected_end");

	if (begin)
		snprintf(s->begin, sizeof(s->begin), "%s", begin);
	if (end)
		snprintf(s->expected_end, sizeof(s->expected_end), "%s", end);
}

static int answer(struct course_call *k, const struct section *s)
{
	int r;
	int64_t n = course_count_participants(k, s->row.key, &r);

	course_put_text(k, k->out, "course_key", s->row.key);
	course_put_text(k, k->out, "section", s->code);
	course_put(k, k->out, "participants_total", json_integer(n));
	return r;
}

/* --- the frame of all four ----------------------------------------------- */

/* @write is called if neither the course nor @check found an error. */
static int report(struct course_call *k, int (*check)(struct course_call *k, struct section *s),
		  int (*write)(struct course_call *k, struct section *s))
{
	struct section s = {0};
	bool found;
	int r = open_section(k, &s, &found);

	if (r == 0 && found)
		r = check(k, &s);
	if (r == 0 && json_array_size(k->errors) == 0) {
		r = write(k, &s);
		r = r ? r : answer(k, &s);
	}
	course_row_clear(&s.row);
	return r;
}

/* --- start -------------------------------------------------------------- */

static int check_start(struct course_call *k, struct section *s)
{
	set_dates(k, s);
	if (strcmp(s->row.state, "planned") != 0)
		course_error(k, "course_started", "course_key");
	check_dates(k, s->begin, s->expected_end);
	check_total(k, s->n, &s->row);
	check_persons(k, s);
	return course_check_teachers(k, json_object_get(k->in, "teachers"));
}

static int write_start(struct course_call *k, struct section *s)
{
	int r = db_exec(&k->st->db, k->err, "UPDATE course SET state = 'running' WHERE key = ?", "t", s->row.key);

	return r ? r : add_section(k, s, "course_start");
}

int course_start(struct course_call *k) { return report(k, check_start, write_start); }

int course_persons(struct sim_store *st, const char *course, const char *unbilled, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	sqlite3_stmt *q = NULL;
	int r = !list ? -ENOMEM : db_query(
	    &st->db, &q, err,
	    "SELECT r.kennziffer, p.birth_date FROM course_participant x JOIN record r ON r.id = x.record"
	    " JOIN person p ON p.id = r.person WHERE x.course = ?1 AND CASE WHEN ?2 IS NOT NULL THEN EXISTS"
	    " (SELECT 1 FROM course_attendance b WHERE b.course = ?1 AND b.section = ?2 AND b.record = r.id AND b.billed = 0)"
	    " ELSE r.ended = 0 AND (r.attended < 2 OR EXISTS"
	    " (SELECT 1 FROM event e WHERE e.record = r.id AND e.kind = 'repetition_registration')) AND " COURSE_PRESENT
	    " END ORDER BY x.rowid LIMIT 100",
	    "tt", course, unbilled);

	while (r == 0 && (r = db_step(&st->db, q, err)) == 0)
		if (json_array_append_new(list, json_pack("{s:s, s:s}", "kennziffer", db_text(q, 0),
							  "birth_date", db_text(q, 1))) < 0)
			r = -ENOMEM;
	db_done(q);
	*ret = list;
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* Everybody in the course whose record can still be reported on. */
static int present_persons(struct course_call *k, struct section *s)
{
	json_t *list = NULL;
	int r = course_persons(k->st, s->row.key, NULL, &list, k->err);

	s->n = json_array_size(list);
	r = r ? r : course_find_all(k, list, "participants", s->who, s->n);
	json_decref(list);
	return r;
}

static int check_section_start(struct course_call *k, struct section *s)
{
	int r = 0;

	if (s->found)
		course_error(k, "section_started", "section");
	else if (strcmp(s->row.state, "planned") == 0)
		course_error(k, "course_not_started", "course_key");
	else if (strcmp(s->row.state, "ended") == 0)
		course_error(k, "course_ended", "course_key");
	set_dates(k, s);
	check_dates(k, s->begin, s->expected_end);
	if (s->n == 0)
		r = present_persons(k, s);
	check_total(k, s->n, &s->row);
	check_persons(k, s);
	return r;
}

static int write_section_start(struct course_call *k, struct section *s) { return add_section(k, s, "section_start"); }

int course_section_start(struct course_call *k) { return report(k, check_section_start, write_section_start); }

/* --- changes ------------------------------------------------------------ */

static int change_event(struct course_call *k, const struct section *s, int64_t id, const char *text)
{
	_cleanup_(osci_freep) char *data = NULL;
	json_t *e = course_load(k, text);

	course_put_text(k, e, "date", s->begin);
	course_put_text(k, e, "expected_end", s->expected_end);
	if (e)
		data = json_dumps(e, JSON_COMPACT);
	json_decref(e);
	return data ? db_exec(&k->st->db, k->err, "UPDATE event SET date = ?, data = ? WHERE id = ?", "tti",
			      s->begin, data, id)
		    : -ENOMEM;
}

/* One event after the other: a row may not change under a query that reads it. */
static int change_events(struct course_call *k, const struct section *s)
{
	int64_t id = 0;
	int r = 0;

	while (r == 0) {
		_cleanup_(osci_freep) char *text = NULL;
		sqlite3_stmt *q;

		r = db_query(&k->st->db, &q, k->err,
			     "SELECT e.id, e.data FROM course_attendance a JOIN event e ON e.id = a.event"
			     " WHERE a.course = ? AND a.section = ? AND e.id > ? ORDER BY e.id LIMIT 1",
			     "tti", s->row.key, s->code, id);
		if (r)
			break;
		r = db_step(&k->st->db, q, k->err);
		if (r == 0) {
			id = db_int(q, 0);
			text = strdup(db_text(q, 1));
		}
		db_done(q);
		if (r == 0)
			r = text ? change_event(k, s, id, text) : -ENOMEM;
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}

static int attends(struct course_call *k, const struct section *s, const struct sim_record *rec, bool *ret,
		   bool *billed)
{
	sqlite3_stmt *q;
	int r =
	    db_query(&k->st->db, &q, k->err,
		     "SELECT billed FROM course_attendance WHERE course = ? AND section = ? AND record = ?",
		     "tti", s->row.key, s->code, rec->id);

	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	*ret = r == 0;
	*billed = r == 0 && db_int(q, 0);
	db_done(q);
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* Persons to join: those who are there already are no error, and are left alone. */
static int check_joining(struct course_call *k, struct section *s)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		bool there = false, billed;

		if (s->who[i].record)
			r = attends(k, s, s->who[i].record, &there, &billed);
		if (there)
			continue;
		check_person(k, &s->who[i], i);
		s->who[n++] = s->who[i];
	}
	s->n = n;
	return r;
}

static int check_update(struct course_call *k, struct section *s)
{
	if (!s->found)
		course_error(k, "section_not_started", "section");
	else if (s->ended)
		course_error(k, "section_ended", "section");
	set_dates(k, s);
	if (s->found && strcmp(s->expected_end, s->begin) < 0)
		course_error(k, "end_before_begin", "expected_end");
	course_not_future(k, s->begin, "begin");
	return check_joining(k, s);
}

static int write_update(struct course_call *k, struct section *s)
{
	int r = db_exec(
	    &k->st->db, k->err,
	    "UPDATE course_section SET begin = ?, expected_end = ? WHERE course = ? AND section = ?", "tttt", s->begin,
	    s->expected_end, s->row.key, s->code);

	r = r ? r : change_events(k, s);
	r = r ? r : add_persons(k, s, "section_start");
	/* Counted with those who joined; the error takes them back. */
	if (r == 0 && s->n && course_count_participants(k, s->row.key, &r) >
				 json_integer_value(json_object_get(s->row.data, "places")))
		course_error(k, "no_places", "participants");
	return r;
}

int course_section_update(struct course_call *k) { return report(k, check_update, write_update); }

/* --- billing ------------------------------------------------------------ */

static int check_billed(struct course_call *k, const struct section *s)
{
	char at[COURSE_PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		bool there = false, billed = false;

		if (!s->who[i].record)
			continue;
		snprintf(at, sizeof(at), "participants[%zu].kennziffer", i + 1);
		r = attends(k, s, s->who[i].record, &there, &billed);
		if (!there)
			course_error(k, "not_in_course", at);
		else if (billed)
			course_error(k, "section_ended", at);
	}
	return r;
}

static int bill(struct course_call *k, const struct section *s, const struct sim_record *rec,
		const json_t *entry)
{
	static const char *const copied[] = {"hours", "absent_excused", "absent_unexcused"};
	json_t *e = json_object();
	int r;

	course_put_text(k, e, "event", "section_end");
	course_put_text(k, e, "date", course_text(k->in, "end"));
	course_put_text(k, e, "section", s->code);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (json_object_get(entry, copied[i]))
			course_put(k, e, copied[i], json_incref(json_object_get(entry, copied[i])));
	r = course_event(k, rec, e, NULL);
	json_decref(e);
	return r ? r
		 : db_exec(&k->st->db, k->err,
			   "UPDATE course_attendance SET billed = 1 WHERE course = ? AND section = ? AND "
			   "record = ?",
			   "tti", s->row.key, s->code, rec->id);
}

/* The section is over when everybody is billed, the course when that is its last day or later. */
static int close_section(struct course_call *k, const struct section *s)
{
	const char *end = course_text(k->in, "end");
	int r =
	    db_exec(&k->st->db, k->err,
		    "UPDATE course_section SET ended = ?1 WHERE course = ?2 AND section = ?3 AND NOT EXISTS"
		    " (SELECT 1 FROM course_attendance WHERE course = ?2 AND section = ?3 AND billed = 0)",
		    "ttt", end, s->row.key, s->code);

	if (r == 0 && strcmp(end, course_text(s->row.data, "expected_end")) >= 0)
		r = db_exec(&k->st->db, k->err,
			    "UPDATE course SET state = 'ended' WHERE key = ?1 AND NOT EXISTS"
			    " (SELECT 1 FROM course_section WHERE course = ?1 AND ended IS NULL)",
			    "t", s->row.key);
	return r;
}

static int check_end(struct course_call *k, struct section *s)
{
	const char *end = course_text(k->in, "end");

	if (!s->found)
		course_error(k, "section_not_started", "section");
	else if (strcmp(end, s->begin) < 0)
		course_error(k, "end_before_begin", "end");
	course_not_future(k, end, "end");
	return s->found ? check_billed(k, s) : 0;
}

static int write_end(struct course_call *k, struct section *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = bill(k, s, s->who[i].record, json_array_get(json_object_get(k->in, "participants"), i));
	return r ? r : close_section(k, s);
}

int course_section_end(struct course_call *k) { return report(k, check_end, write_end); }
