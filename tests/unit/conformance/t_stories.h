/* SPDX-License-Identifier: Apache-2.0 */
/* t_stories - little stories of one person: what InGe holds, and what the office asks */
#ifndef T_STORIES_H
#define T_STORIES_H

#include "t_engine.h"

/* What a person is known with; more records may follow. */
#define PERSON(azr, more)                                                                                            \
	"inge:\n- person: {label: p, surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', sex: w, azr_number: " \
	azr "}\n  flags: [" more "]\n  records:\n"
#define BARE(flag)                                                                                                   \
	"inge:\n- person: {label: p, surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', sex: w, azr_number: " \
	SAME "}\n  flags: [" flag "]\n"
#define REC(...) REC_OF(__VA_ARGS__) /* two steps: an argument may stand for several */
#define REC_OF(kind, art, type, name, key, more)                                                                     \
	"  - {kind: " kind ", art: '" art "', issuer: {type: " type ", name: '" name "'" key "}, kennziffer: '9900010001'," \
	" valid_from: '2026-06-01', valid_until: null, " more "}\n"
#define NONE "registered: null, attended: none"
#define SAME "'260101999999'"
#define BY_A ", key: 'azr:011200'"
#define BY_B ", key: 'azr:001800'"
#define OTHER_JC "'2'", "Jobcenter X", ""

static void report(const char *number)
{
	submit(number, fields_of(number, "Beispiel", "260101999999"));
}

static void other_spelling(void)
{
	submit("070001", fields_of("070001", "BEISPIEL", "260101999990"));
}

static void year_only(void)
{
	json_t *f = fields_of("070001", "Beispiel", "260101999990");

	json_object_set_new(json_object_get(f, "person"), "birth_date", json_string("1990"));
	submit("070001", f);
}

static void namesake(void)
{
	submit("070001", fields_of("070001", "Beispiel", "260101999990"));
}

static void wrong_pair(void)
{
	json_t *f = fields_of("070001", "Anders", "260101999990");

	json_object_set_new(f, "kennziffer", json_string("9900010001"));
	json_object_set_new(json_object_get(f, "person"), "birth_date", json_string("1970-01-01"));
	submit("070001", f);
}

static void information_by_name(void)
{
	submit("070011", fields_of("070011", "Beispiel", "260101999990"));
}

static void rename_nobody(void)
{
	json_t *f = pair_of("9900099999", "1990-02-03");

	json_object_set_new(f, "new_surname", json_string("Neu"));
	submit("070019", f);
}

static void entitlement(void)
{
	report("070001");
}

static void obligation(void)
{
	report("070009");
}

static void information(void)
{
	report("070011");
}

static void attendance(void)
{
	json_t *f = pair_of("9900010001", "1990-02-03");

	json_object_set_new(f, "purpose", json_string("obligation_check"));
	submit("070013", f);
}

static void takeover(void)
{
	submit("070016", pair_of("9900010001", "1990-02-03"));
}

static void take_over_twice(void)
{
	takeover();
	takeover();
}

/* 070006 comes, and the office says yes. */
static void replace_it(void)
{
	char question[SIM_UUID_SIZE];
	struct sim_outgoing o;

	obligation();
	assert_int_equal(sim_store_next_answer(&st, now, &o, NULL), 0);
	assert_string_equal(o.number, "070006");
	snprintf(question, sizeof(question), "%s", o.uuid);
	sim_outgoing_clear(&o);
	submit("070007", json_pack("{s:s, s:b}", "question", question, "replace", 1));
}

#endif
