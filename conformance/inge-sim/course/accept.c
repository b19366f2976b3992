/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept - rounds of the acceptance test, and what came of their cases
 *
 * A call in the test environment belongs to the case whose data it uses; that is why no two cases share any.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/prepare.h"

/* --- which case --------------------------------------------------------- */

static int case_of(struct course_call *k, const char *kind, const char *key, bool *mixed)
{
	int64_t id = 0;
	int r = db_get_int(&k->st->db, k->err, &id,
			   "SELECT p.test_case FROM course_prepared p JOIN course_case c ON c.id = p.test_case"
			   " WHERE p.kind = ? AND p.key = ? AND c.party = ?",
			   "ttt", kind, key, k->user->party);

	if (id && k->test_case && id != k->test_case)
		*mixed = true;
	if (id && !k->test_case)
		k->test_case = id;
	return r == OSCI_E_EMPTY ? 0 : r;
}

static int case_of_keys(struct course_call *k, const json_t *o, bool *mixed)
{
	static const struct {
		const char *field, *kind;
	} keys[] = {{"kennziffer", "record"},
		    {"course_key", "course"},
		    {"site_key", "site"},
		    {"teacher_key", "teacher"},
		    {"sheet_number", "sheet"}};
	int r = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && r == 0; i++)
		if (course_text(o, keys[i].field))
			r = case_of(k, keys[i].kind, course_text(o, keys[i].field), mixed);
	return r;
}

int course_find_case(struct course_call *k)
{
	static const char *const lists[] = {"participants", "results", "teachers"};
	bool mixed = false;
	int r;

	if (k->preparing || strcmp(k->user->environment, COURSE_ENV_TEST) != 0)
		return 0;
	r = case_of_keys(k, k->in, &mixed);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && r == 0; i++) {
		const json_t *list = json_object_get(k->in, lists[i]), *v;
		size_t n;

		json_array_foreach(list, n, v) r =
		    r || n > COURSE_PARTICIPANTS_MAX ? r : case_of_keys(k, v, &mixed);
	}
	if (mixed)
		course_error(k, "foreign_test_data", NULL);
	return r;
}

int course_record_run(struct course_call *k, const struct course_function *f)
{
	_cleanup_buf_ struct osci_buf outcome = OSCI_BUF_INIT(1000);
	const struct course_booklet_case *b = course_booklet;
	sqlite3_stmt *q;
	bool passed;
	const json_t *e;
	size_t i;
	int r;

	if (!k->test_case || k->preparing)
		return 0;
	r = db_query(&k->st->db, &q, k->err, "SELECT name FROM course_case WHERE id = ?", "i", k->test_case);
	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	while (r == 0 && b->name && strcmp(b->name, db_text(q, 0)) != 0)
		b++;
	db_done(q);
	if (r || !b->name)
		return r;
	/* Looking at the data, as the forms of the mask do, is no attempt. */
	if ((f->flags & COURSE_READS) && strcmp(b->function, f->name) != 0)
		return 0;
	json_array_foreach(k->errors, i, e) if (i < 10)
	    osci_buf_addf(&outcome, "%s%s", i ? " " : "", course_text(e, "code"));
	passed = strcmp(b->function, f->name) == 0 &&
		 (b->expected ? course_has_error(k->errors, b->expected) : json_array_size(k->errors) == 0);
	if (osci_buf_error(&outcome))
		return -ENOMEM;
	return db_exec(
	    &k->st->db, k->err,
	    "INSERT INTO course_run (test_case, at, user, function, outcome, passed) VALUES (?,?,?,?,?,?)",
	    "iittti", k->test_case, k->now, k->user->name, f->name,
	    outcome.len ? (const char *)outcome.data : "", (int64_t)passed);
}

/* --- rounds ------------------------------------------------------------- */

void course_round_clear(struct course_round *r)
{
	json_decref(r->cases);
	r->cases = NULL;
}

static int read_runs(struct course *c, int64_t id, json_t *o, bool *passed, struct osci_err *err)
{
	json_t *runs = json_array();
	sqlite3_stmt *q = NULL;
	int r = db_query(&c->store->db, &q, err,
			 "SELECT at, user, function, outcome, passed FROM course_run WHERE test_case = ? "
			 "ORDER BY id DESC LIMIT 20",
			 "i", id);

	*passed = false;
	while (r == 0 && (r = db_step(&c->store->db, q, err)) == 0) {
		if (db_int(q, 4))
			*passed = true;
		json_array_append_new(runs,
				      json_pack("{s:I, s:s, s:s, s:s, s:b}", "at", (json_int_t)db_int(q, 0),
						"user", db_text(q, 1), "function", db_text(q, 2), "outcome",
						db_text(q, 3), "passed", (int)db_int(q, 4)));
	}
	db_done(q);
	json_object_set_new(o, "runs", runs);
	json_object_set_new(o, "passed", json_boolean(*passed));
	return r == OSCI_E_EMPTY ? 0 : r;
}

static const struct course_booklet_case *booklet_case(const char *name)
{
	for (const struct course_booklet_case *b = course_booklet; b->name; b++)
		if (strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

static int read_cases(struct course *c, const char *party, struct course_round *ret, struct osci_err *err)
{
	const struct course_booklet_case *b;
	int64_t id = 0;
	bool passed;
	int r = 0;

	ret->cases = json_array();
	ret->all_passed = true;
	while (r == 0 && ret->cases) {
		json_t *o = NULL;
		sqlite3_stmt *q;

		r = db_query(&c->store->db, &q, err,
			     "SELECT id, name, data FROM course_case WHERE party = ? AND round = ? AND id > "
			     "? ORDER BY id LIMIT 1",
			     "tii", party, ret->round, id);
		if (r)
			break;
		r = db_step(&c->store->db, q, err);
		if (r == 0 && (b = booklet_case(db_text(q, 1)))) {
			id = db_int(q, 0);
			o = json_pack("{s:s, s:s, s:s, s:s*, s:s, s:o*}", "name", b->name, "title", b->title,
				      "function", b->function, "expected", b->expected, "text", b->text,
				      "data", json_loads(db_text(q, 2), 0, NULL));
		} else if (r == 0) {
			id = db_int(q, 0);
		}
		db_done(q);
		if (!o)
			continue;
		r = read_runs(c, id, o, &passed, err);
		ret->all_passed = ret->all_passed && passed;
		json_array_append_new(ret->cases, o);
	}
	return r == OSCI_E_EMPTY ? 0 : !ret->cases ? -ENOMEM : r;
}

int course_round_read(struct course *c, const char *party, struct course_round *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int r = db_query(&c->store->db, &q, err,
			 "SELECT round, state, note, decided FROM course_round WHERE party = ? ORDER BY "
			 "round DESC LIMIT 1",
			 "t", party);

	*ret = (struct course_round){0};
	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	if (r == 0) {
		ret->round = db_int(q, 0);
		snprintf(ret->state, sizeof(ret->state), "%s", db_text(q, 1));
		snprintf(ret->note, sizeof(ret->note), "%s", db_text(q, 2));
		snprintf(ret->decided, sizeof(ret->decided), "%s", db_text(q, 3));
	}
	db_done(q);
	if (r == OSCI_E_EMPTY)
		return 0;
	return r ? r : read_cases(c, party, ret, err);
}

int course_round_begin(struct course *c, const struct course_user *user, const char **code,
		       struct osci_err *err)
{
	struct course_round last;
	int r = course_round_read(c, user->party, &last, err);

	*code = NULL;
	if (r == 0 && last.round && strcmp(last.state, "failed") != 0)
		*code = "wrong_state";
	if (r == 0 && !*code) {
		r = db_begin(&c->store->db, err);
		r = r ? r
		      : db_exec(&c->store->db, err,
				"INSERT INTO course_round (party, round, state, made) VALUES (?,?,'open',?)",
				"tii", user->party, last.round + 1, osci_clock_ms(c->clock));
		for (const struct course_booklet_case *b = course_booklet; b->name && r == 0; b++)
			r = course_prepare(c, user, last.round + 1, b, err);
		r = r ? r : db_commit(&c->store->db, err);
		if (r)
			db_rollback(&c->store->db);
	}
	course_round_clear(&last);
	return r;
}

int course_round_submit(struct course *c, const struct course_user *user, const char **code,
			struct osci_err *err)
{
	struct course_round last;
	int r = course_round_read(c, user->party, &last, err);

	*code = NULL;
	if (r == 0 && (!last.round || strcmp(last.state, "open") != 0))
		*code = "wrong_state";
	else if (r == 0 && !last.all_passed)
		*code = "cases_open";
	else if (r == 0)
		r = db_exec(&c->store->db, err,
			    "UPDATE course_round SET state = 'submitted' WHERE party = ? AND round = ?", "ti",
			    user->party, last.round);
	course_round_clear(&last);
	return r;
}

int course_round_decide(struct sim_store *st, const char *party, bool passed, const char *note, int64_t now,
			struct osci_err *err)
{
	char day[SIM_DATE_SIZE];
	int r;

	course_today(day, now);
	r = db_exec(&st->db, err,
		    "UPDATE course_round SET state = ?, note = ?, decided = ? WHERE party = ? AND state = "
		    "'submitted'",
		    "tttt", passed ? "passed" : "failed", note, day, party);
	if (r == 0 && db_changes(&st->db) != 1)
		return osci_fail(err, OSCI_E_STATE, NULL, "order",
				 "no acceptance test of this provider waits for a decision");
	return r;
}
