/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests - language tests, their results from the test institute, and results of "Leben in Deutschland"
 *
 * A Bogennummer is reported once.  The office learns of a language test when its result is there: day and
 * provider, no level and no points.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/handlers.h"

#define RESULTS_MAX 500

static int sheet_known(struct course_call *k, const char *number, bool *ret)
{
	sqlite3_stmt *q;
	int r = db_query(&k->st->db, &q, k->err, "SELECT 1 FROM course_sheet WHERE number = ?", "t", number);

	return r ? r : db_found(&k->st->db, q, ret, k->err);
}

int course_language_test(struct course_call *k)
{
	_cleanup_(osci_freep) char *data = json_dumps(k->in, JSON_COMPACT);
	const char *sheet = course_text(k->in, "sheet_number"), *day = course_text(k->in, "test_date");
	bool test = strcmp(k->user->environment, COURSE_ENV_TEST) == 0, known = false, visible = false;
	struct course_who who;
	int r = data ? course_find(k, k->in, "", &who) : -ENOMEM;

	r = r ? r : sheet_known(k, sheet, &known);
	r = r ? r : course_visible(k, "sheet", sheet, &visible);
	if (r)
		return r;
	/* Numbers of the test are reserved, and only they can be used there: nothing is told of other numbers. */
	if (test && !visible)
		course_error(k, "foreign_test_data", "sheet_number");
	else if (known || !visible)
		course_error(k, "sheet_used", "sheet_number");
	if (who.record && !who.record->registered)
		course_error(k, "not_registered", "kennziffer");
	else if (who.record)
		course_usable(k, who.record, "kennziffer");
	course_not_future(k, day, "test_date");
	if (json_array_size(k->errors))
		return 0;
	course_put_text(k, k->out, "sheet_number", sheet);
	return db_exec(&k->st->db, k->err,
		       "INSERT INTO course_sheet (number, record, party, environment, test_date, data) "
		       "VALUES (?,?,?,?,?,?)",
		       "titttt", sheet, who.record->id, k->user->party, k->user->environment, day, data);
}

struct sheet {
	int64_t record;
	char party[COURSE_KEY_SIZE], day[SIM_DATE_SIZE], level[16];
	bool found;
};

static int read_sheet(struct course_call *k, const char *number, struct sheet *ret)
{
	sqlite3_stmt *q;
	int r = db_query(
	    &k->st->db, &q, k->err,
	    "SELECT record, party, test_date, level FROM course_sheet WHERE number = ? AND environment = ?",
	    "tt", number, k->user->environment);

	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	if (r == 0) {
		ret->found = true;
		ret->record = db_int(q, 0);
		snprintf(ret->party, sizeof(ret->party), "%s", db_text(q, 1));
		snprintf(ret->day, sizeof(ret->day), "%s", db_text(q, 2));
		snprintf(ret->level, sizeof(ret->level), "%s", db_text(q, 3));
	}
	db_done(q);
	return r == OSCI_E_EMPTY ? 0 : r;
}

static int store_level(struct course_call *k, const json_t *entry, const struct sheet *s)
{
	struct sim_record rec = {.id = s->record};
	json_t *provider = NULL, *e = json_object();
	int r = course_provider_json(k, s->party, &provider);

	course_put_text(k, e, "event", "dtz_result");
	course_put_text(k, e, "date", s->day);
	course_put_text(k, e, "level", course_text(entry, "level"));
	if (provider)
		course_put(k, e, "provider", provider);
	r = r ? r : course_event(k, &rec, e, NULL);
	json_decref(e);
	return r ? r
		 : db_exec(&k->st->db, k->err, "UPDATE course_sheet SET level = ? WHERE number = ?", "tt",
			   course_text(entry, "level"), course_text(entry, "sheet_number"));
}

int course_dtz_results(struct course_call *k)
{
	const json_t *list = json_object_get(k->in, "results"), *v;
	char at[COURSE_PATH_MAX];
	size_t i;
	int r = 0;

	/* Written one by one, so that a number that comes twice is found; an error takes all of it back. */
	json_array_foreach(list, i, v)
	{
		struct sheet s = {0};

		snprintf(at, sizeof(at), "results[%zu].sheet_number", i + 1);
		r = r ? r : read_sheet(k, course_text(v, "sheet_number"), &s);
		if (r)
			break;
		if (!s.found)
			course_error(k, "unknown_sheet", at);
		else if (s.level[0])
			course_error(k, "result_known", at);
		else
			r = store_level(k, v, &s);
	}
	course_put(k, k->out, "stored", json_integer((json_int_t)json_array_size(list)));
	return r;
}

static int store_points(struct course_call *k, const json_t *entry, const struct sim_record *rec,
			json_t *provider)
{
	int64_t points = json_integer_value(json_object_get(entry, "points"));
	json_t *e = json_object();
	int r;

	course_put_text(k, e, "event", "lid_result");
	course_put_text(k, e, "date", course_text(entry, "test_date"));
	course_put(k, e, "points", json_integer(points));
	course_put(k, e, "passed", json_boolean(points >= k->c->conf.pass_points));
	course_put(k, e, "provider", json_incref(provider));
	r = course_event(k, rec, e, NULL);
	json_decref(e);
	return r;
}

int course_lid_results(struct course_call *k)
{
	const json_t *list = json_object_get(k->in, "results"), *v;
	struct course_who *who = sim_alloc(&k->mem, RESULTS_MAX * sizeof(*who));
	char at[COURSE_PATH_MAX];
	json_t *provider = NULL;
	size_t i;
	int r = who ? course_find_all(k, list, "results", who, json_array_size(list)) : -ENOMEM;

	r = r ? r : course_provider_json(k, k->user->party, &provider);
	for (i = 0; r == 0 && i < json_array_size(list); i++) {
		snprintf(at, sizeof(at), "results[%zu].test_date", i + 1);
		course_not_future(k, course_text(json_array_get(list, i), "test_date"), at);
		snprintf(at, sizeof(at), "results[%zu].kennziffer", i + 1);
		if (who[i].record && !who[i].record->registered)
			course_error(k, "not_registered", at);
		else if (who[i].record)
			course_usable(k, who[i].record, at);
	}
	if (r == 0 && json_array_size(k->errors) == 0)
		json_array_foreach(list, i, v) r = r ? r : store_points(k, v, who[i].record, provider);
	json_decref(provider);
	course_put(k, k->out, "stored", json_integer((json_int_t)json_array_size(list)));
	return r;
}
