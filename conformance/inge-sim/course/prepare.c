/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare - data of a test case: made up, used by this case of this round alone
 *
 * The steps that must have happened before (registration, plan, start) are done by the functions themselves.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/prepare.h"

#define PERSONS_MAX 4

struct preparation {
	struct course *c;
	const struct course_user *user;
	const struct course_booklet_case *b;
	int64_t id; /* of the case */
	char today[SIM_DATE_SIZE], later[SIM_DATE_SIZE];
	char site[COURSE_KEY_SIZE], teacher[COURSE_KEY_SIZE], sheet[COURSE_KEY_SIZE], course[COURSE_KEY_SIZE];
	struct {
		char kennziffer[64], birth[SIM_DATE_SIZE], surname[64];
	} person[PERSONS_MAX];
	struct osci_err *err;
};

static int mark(struct preparation *p, const char *kind, const char *key)
{
	return db_exec(&p->c->store->db, p->err,
		       "INSERT INTO course_prepared (kind, key, test_case) VALUES (?,?,?)", "tti", kind, key,
		       p->id);
}

static int add_asset(struct preparation *p, const char *kind, const char *key, const char *name)
{
	int r = db_exec(&p->c->store->db, p->err,
			"INSERT INTO course_asset (key, kind, party, name, address) SELECT ?1, ?2, key, ?3, "
			"address FROM course_party"
			" WHERE key = ?4",
			"tttt", key, kind, name, p->user->party);

	return r ? r : mark(p, kind, key);
}

/* Names have no digits: 12 becomes "bc". */
static void letters(char *out, size_t size, const char *begin, int64_t n)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, n);
	for (char *d = digits; *d; d++)
		*d = (char)(*d - '0' + 'a');
	snprintf(out, size, "%s%s", begin, digits);
}

static int add_person(struct preparation *p, unsigned i)
{
	static const char *const given[] = {"Alma", "Bero", "Cira", "Dano"};
	struct sim_person who = {.sex = i % 2 ? "m" : "w",
				 .given_names = given[i % 4],
				 .nationalities = {"475"},
				 .n_nationalities = 1};
	struct sim_record rec = {.art = "1b",
				 .issuer_type = "1",
				 .issuer_name = "Ausländerbehörde Prüfstadt (Simulator)",
				 .valid_from = p->today};
	struct sim_store *st = p->c->store;
	int64_t person = 0, record = 0;
	int r = sim_store_next_kennziffer(st, COURSE_PREPARED_PREFIX, p->person[i].kennziffer,
					  sizeof(p->person[i].kennziffer), p->err);

	letters(p->person[i].surname, sizeof(p->person[i].surname), i ? "Zweitfall" : "Prüffall", p->id);
	snprintf(p->person[i].birth, sizeof(p->person[i].birth), "19%02u-%02u-%02u",
		 (unsigned)(60 + p->id % 40), (unsigned)(1 + p->id % 12), 10 + i);
	who.surname = p->person[i].surname;
	who.birth_date = p->person[i].birth;
	rec.kennziffer = p->person[i].kennziffer;
	r = r ? r : sim_store_add_person(st, &who, NULL, "{}", &person, p->err);
	r = r ? r : sim_store_add_record(st, person, &rec, NULL, &record, p->err);
	return r ? r : mark(p, "record", p->person[i].kennziffer);
}

/* --- what has happened before ------------------------------------------- */

/* Takes @in; @key_out (may be NULL) gets the Kurskennung of the answer. */
static int step(struct preparation *p, const char *function, json_t *in, char *key_out)
{
	const struct course_function *f = course_function_find(function, strlen(function));
	struct course_call k;
	int r;

	course_call_init(&k, p->c, p->user, p->err);
	k.in = in;
	k.preparing = true;
	k.test_case = p->id;
	r = !in || k.mem.failed ? -ENOMEM : course_perform_inside(&k, f);
	if (r == 0 && json_array_size(k.errors))
		r = osci_fail(p->err, OSCI_E_STATE, NULL, function, "prepared data are refused: %s",
			      course_text(json_array_get(k.errors, 0), "code"));
	if (r == 0 && key_out)
		snprintf(key_out, COURSE_KEY_SIZE, "%s", course_text(k.out, "course_key"));
	course_call_clear(&k);
	return r;
}

static json_t *address_json(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "street", "Prüfweg", "house_number", "1", "postcode",
			 "99999", "town", "Prüfstadt", "country", "Deutschland");
}

static int register_person(struct preparation *p, unsigned i)
{
	return step(p, "registration",
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:s, s:s}", "kennziffer",
			      p->person[i].kennziffer, "birth_date", p->person[i].birth, "surname",
			      p->person[i].surname, "given_names", "Alma", "date", p->today, "address",
			      address_json(), "nationality", "475", "placement_waived", 1, "course_type", "1",
			      "section", "1"),
		    NULL);
}

static json_t *participants(const struct preparation *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->b->persons; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "kennziffer", p->person[i].kennziffer,
						      "birth_date", p->person[i].birth));
	return list;
}

static int happened_before(struct preparation *p)
{
	int r = 0;

	for (unsigned i = 0; i < p->b->persons && p->b->setup >= COURSE_SETUP_REGISTERED && r == 0; i++)
		r = register_person(p, i);
	if (r == 0 && p->b->setup >= COURSE_SETUP_PLANNED) {
		r = step(p, "course-planning",
			 json_pack("{s:s, s:s, s:s, s:s, s:[{s:s}], s:i}", "course_type", "1", "begin",
				   p->today, "expected_end", p->later, "site_key", p->site, "teachers",
				   "teacher_key", p->teacher, "places", 20),
			 p->course);
	}
	if (r == 0 && p->b->setup >= COURSE_SETUP_STARTED)
		r = step(p, "course-start",
			 json_pack("{s:s, s:s, s:s, s:s, s:i, s:o}", "course_key", p->course, "begin",
				   p->today, "section", "1", "expected_end", p->later, "participants_total",
				   (int)p->b->persons, "participants", participants(p)),
			 NULL);
	if (r == 0 && p->b->setup >= COURSE_SETUP_SHEET)
		r = step(p, "language-test",
			 json_pack("{s:s, s:s, s:s, s:s, s:s}", "kennziffer", p->person[0].kennziffer,
				   "birth_date", p->person[0].birth, "test_number", "1234567", "sheet_number",
				   p->sheet, "test_date", p->today),
			 NULL);
	return r;
}

/* --- the case ----------------------------------------------------------- */

static int write_data(struct preparation *p)
{
	json_t *persons = json_array(), *data;
	_cleanup_(osci_freep) char *text = NULL;

	for (unsigned i = 0; i < p->b->persons; i++)
		json_array_append_new(
		    persons, json_pack("{s:s, s:s, s:s}", "kennziffer", p->person[i].kennziffer, "birth_date",
				       p->person[i].birth, "surname", p->person[i].surname));
	data = json_pack("{s:o, s:s, s:s, s:s}", "persons", persons, "site_key", p->site, "teacher_key",
			 p->teacher, "sheet_number", p->sheet);
	if (data && p->course[0])
		json_object_set_new(data, "course_key", json_string(p->course));
	if (data)
		text = json_dumps(data, JSON_COMPACT);
	json_decref(data);
	return text ? db_exec(&p->c->store->db, p->err, "UPDATE course_case SET data = ? WHERE id = ?", "ti",
			      text, p->id)
		    : -ENOMEM;
}

int course_prepare(struct course *c, const struct course_user *user, int64_t round,
		   const struct course_booklet_case *b, struct osci_err *err)
{
	struct preparation p = {.c = c, .user = user, .b = b, .err = err};
	int r = db_exec(&c->store->db, err,
			"INSERT INTO course_case (party, round, name, data) VALUES (?,?,?,'{}')", "tit",
			user->party, round, b->name);

	if (r)
		return r;
	p.id = db_last_id(&c->store->db);
	course_today(p.today, osci_clock_ms(c->clock));
	if (!sim_date_add_months(p.later, p.today, 2))
		return osci_fail(err, OSCI_E_USAGE, NULL, "clock", "no such date");
	snprintf(p.site, sizeof(p.site), "KO-P%05" PRId64, p.id);
	snprintf(p.teacher, sizeof(p.teacher), "LK-P%05" PRId64, p.id);
	snprintf(p.sheet, sizeof(p.sheet), "BO-P%05" PRId64, p.id);
	r = add_asset(&p, "site", p.site, "Kursort für den Prüffall");
	r = r ? r : add_asset(&p, "teacher", p.teacher, "Lehrkraft für den Prüffall");
	r = r ? r : mark(&p, "sheet", p.sheet);
	for (unsigned i = 0; i < b->persons && i < PERSONS_MAX && r == 0; i++)
		r = add_person(&p, i);
	r = r ? r : happened_before(&p);
	return r ? r : write_data(&p);
}
