/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump - what InGe holds, as JSON for people and test runners
 *
 * Artificial data of a simulator, so every field is shown, under the names of a preload file.
 */
#include <errno.h>
#include <string.h>

#include "store/store.h"

static const char *const attended_names[] = { "none", "partial", "complete" };
static const char *const ended_names[] = { NULL, "withdrawn", "replaced", "lapsed" };
static const struct {
	unsigned flag;
	const char *name;
} flags[] = {
	{ SIM_FLAG_GERMAN, "german" },     { SIM_FLAG_EU_CITIZEN, "eu_citizen" },
	{ SIM_FLAG_SPAETAUSSIEDLER, "spaetaussiedler" }, { SIM_FLAG_DECEASED, "deceased" },
	{ SIM_FLAG_INFORMATION_BLOCK, "information_block" },
};

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *record_json(const struct sim_record *r)
{
	json_t *offices = json_array(), *events = json_array();

	for (size_t i = 0; i < r->n_taken_over_by; i++)
		json_array_append_new(offices, json_string(r->taken_over_by[i]));
	for (size_t i = 0; i < r->n_events; i++)
		json_array_append_new(events, json_loads(r->events[i].data, 0, NULL));
	return json_pack("{s:s?, s:s, s:s, s:{s:o, s:o, s:o}, s:s, s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o}", "kind",
			 sim_art_kind(r->art), "art", r->art, "kennziffer", r->kennziffer, "issuer", "type",
			 text(r->issuer_type), "name", text(r->issuer_name), "key", text(r->issuer_key), "valid_from",
			 r->valid_from, "valid_until", text(r->valid_until), "registered", text(r->registered), "attended",
			 attended_names[r->attended], "orientation_course_only", r->orientation_course_only,
			 "language_course_only", r->language_course_only, "ended", text(ended_names[r->ended]),
			 "taken_over_by", offices, "events", events);
}

static json_t *person_json(const struct sim_person *p)
{
	json_t *names = json_array(), *codes = json_array();

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (p->flags & flags[i].flag)
			json_array_append_new(names, json_string(flags[i].name));
	for (size_t i = 0; i < p->n_nationalities; i++)
		json_array_append_new(codes, json_string(p->nationalities[i]));
	return json_pack("{s:I, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", (json_int_t)p->id, "label",
			 text(p->label), "surname", text(p->surname), "given_names", text(p->given_names), "birth_date",
			 p->birth_date, "sex", text(p->sex), "azr_number", text(p->azr_number), "nationalities", codes,
			 "flags", names);
}

/* Each record of @p with its person behind @list. */
static int append_records(json_t *list, const struct sim_person *p)
{
	for (size_t i = 0; i < p->n_records; i++) {
		json_t *r = record_json(&p->records[i]);

		if (!r || json_object_set_new(r, "person", person_json(p)) < 0 || json_array_append(list, r) < 0) {
			json_decref(r);
			return -ENOMEM;
		}
		json_decref(r);
	}
	return 0;
}

int sim_store_dump(struct sim_store *st, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	int64_t after = 0;
	int e = list ? 0 : -ENOMEM;

	while (e == 0) {
		struct sim_mem mem = { 0 };
		struct sim_person *p;
		sqlite3_stmt *q;

		e = db_query(&st->db, &q, err, "SELECT min(id) FROM person WHERE id > ?", "i", after);
		if (e)
			break;
		e = db_step(&st->db, q, err);
		after = e == 0 ? db_int(q, 0) : 0;
		db_done(q);
		if (e || after == 0)
			break;
		e = sim_store_person(st, &mem, after, &p, err);
		if (e == 0)
			e = append_records(list, p);
		sim_mem_free(&mem);
	}
	if (e) {
		json_decref(list);
		return e;
	}
	*ret = list;
	return 0;
}
