/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case file says against itself, and what compares nothing: refused, and nothing that only looks like it.
 */
#include "t_case.h"

static const struct t_change contradictions[] = {
    {"message: '070001', for: PT1M}",
     "message: '070001', for: PT1M}\n  - expect: {message: '070011', at: partner, fields: {purpose: "
     "granting}}",
     "- expect: {message: '070011'", "the partner cannot see it"},
    {"message: '070006'\n      office: A\n      re: q1", "message: '070012'\n      office: A\n      re: q1",
     "- expect:\n      message: '070012'",
     "070012 never answers 070009; expected: 070003 070004 070005 070006", 99},
    {"        outcome: question", "        outcome: refused", NULL, "the outcome of 070006 is \"question\""},
    {"        record.kind: entitlement", "        record.kind: obligation", NULL,
     "record.art 1a is the one of an entitlement"},
    {"      office: A\n      re: q1\n      as: a1", "      office: B\n      re: q1\n      as: a1",
     "message: '070006'\n      office: B", "answers to it go there, not to B"},
    {"{message: '070009', at: partner, re: q1, fields: {person.nationalities: {count: 1}}}",
     "{message: '070001', at: partner, re: q1}", NULL, "the partner cannot get it as 070001"},
    {"outcome: accepted-by-gateway, office: A, re: q1", "outcome: rejected-by-gateway, office: A, re: q1",
     "message: '070009', at: partner", "\"q1\" is refused by the gateway, so 070009 cannot come", 99},
    {"journal: {q1: closed, q3: refused}", "journal: {q1: queued, q3: refused}", NULL,
     "\"q1\" is sent, and a request in this state is not"},
    {"journal: {q1: closed, q3: refused}", "journal: {q1: closed, q3: stored}", NULL, "\"q3\" is never sent",
     1},
    {"journal: {q1: closed, q3: refused}", "journal: {q1: closed, q3: held}", NULL,
     "\"q3\" is refused by the gateway"},
    {"journal: {q1: closed, q3: refused}", "journal: {q1: done}", NULL, "one of refused, queued, stored"},
    {"journal: {q1: closed, q3: refused}", "journal: {q2: question}", NULL,
     "a 070007 is never in this state"},
    {"journal: {q1: closed, q3: refused}", "journal: {a1: closed}", NULL,
     "\"a1\" is an expect; expected: the label of a send"},
    {"sent_once: [q1, q2]", "sent_once: [q1, q3]", NULL, "\"q3\" is in never_sent, too", 1},
    {"never_sent: [q3]", "never_sent: [q3, q1]", "sent_once: [q1", "\"q1\" is in never_sent, too", 99},
    {"sent_once: [q1, q2]", "sent_once: [q1, q1]", NULL, "\"q1\" is in the list already"},
    {"sent_as: {q1: '26.11'}", "sent_as: {q1: '26'}", NULL, "is no release of the calendar"},
    {"delivered_once: [a1]\n    not", "delivered_once: [a2]\n    not", NULL,
     "nothing is called \"a2\" up to here"},
    {"delivered_once: [a1]\n    not", "delivered_once: [q1]\n    not", NULL,
     "\"q1\" is a send; expected: the label of an expect or a bulk"},
    {"mailbox: 'azr:001800'}}", "mailbox: 'azr:001800'}, as: o1}\n  - check: {delivered_once: [o1]}",
     "  - check: {delivered_once: [o1]}", "\"o1\" is no delivery to an office"},
    {"in_force: 1\n      records", "in_force: 0\n      records", NULL,
     "1 records are expected, and only 0 in force"},
    {"records: [{kind: obligation, art: '1b'", "records: [{kind: entitlement, art: '1b'", NULL,
     "art 1b is the one of an obligation"},
    {"records: [{kind: obligation", "records: [{colour: red", NULL, "a record has no field \"colour\""},
    {"unchanged: true", "unchanged: false", NULL, "only true is expected"},
    {"    - {person: n, unchanged: true}", "    - {unchanged: true}", NULL, "the key \"person\" is missing"},
    {"after: {sent_once: [b], delivered_once: [b]}", "after: {}", NULL, "nothing is compared"},
    {"after: {sent_once: [b]", "after: {never_sent: [b]", NULL,
     "\"b\" is a bulk; expected: the label of a send"},
    {"    not_delivered: ['9999990099']", "    not_deliverd: ['9999990099']", NULL,
     "after: unknown key \"not_deliverd\""},
    {"{message: '070005', fields: {notes: {contains: [{code: '17580'}]}}}",
     "{message: '070003', fields: {record.kennziffer: {same_as: k1}}}", NULL, "this alternative is never met"},
    {"        record.art: '1a'", "        record: {is: absent}\n        record.art: '1a'", "record.art:",
     "record.art: contradiction: it is part of record, which is to be absent", 4},
    {"        record.valid_until: {regex: '2[0-9]{3}-.*'}\n      capture: {k1: record.kennziffer}",
     "        record.valid_until: {is: absent}\n      capture: {k1: record.kennziffer, k9: record.valid_until}",
     "capture: {k1: record.kennziffer, k9", "capture: contradiction: record.valid_until is to be absent"},
    {"{as: b, message: '070009'", "{as: b, message: '070019'", NULL, "no field \"residence_title\"", 1},
    {"expect: '070003', within", "expect: '070012', within", NULL, "070012 never answers 070009"},
    {"journal: {q1: closed, q3: refused}", "journal: {q1: {regex: 'c.*x'}}", NULL,
     "no state fits; there are: refused, queued"},
    {"after: {sent_once: [b], delivered_once: [b]}", "after: {sent_once: [], journal: {}}", NULL,
     "after: nothing is compared"},
    {"{person: n, unchanged: true}", "{person: n}", NULL, "nothing of the person is compared"},
    {"{person: n, unchanged: true}", "{person: n, records: []}", NULL, "nothing of the person is compared"},
};


static void of_contradictions(void **state)
{
	t_case_changes(contradictions, sizeof(contradictions) / sizeof(contradictions[0]));
}

/* Odd, but nothing to be held against the file. */
static void odd_files_are_taken(void **state)
{
	static const char *const changes[][2] = {
	    {"message: '070001', for: PT1M}",
	     "message: '070001', for: PT1M}\n  - expect_none: {at: operator, for: PT1M}"},
	    {"message: '070001', for: PT1M}", "message: '070001', for: PT1M}\n  - expect: {message: "
					      "'070011', at: partner, fields: {purpose: {is: absent}}}"},
	    {"message: '070001', for: PT1M}",
	     "message: '070001', for: PT1M}\n  - expect: {message: '0020', office: A}"},
	    /* The second alternative is for what the first does not take. */
	    {"{message: '070005', fields: {notes: {contains: [{code: '17580'}]}}}",
	     "{message: '070003', fields: {record.art: '2'}}"},
	    {"{message: '070005', fields: {notes: {contains: [{code: '17580'}]}}}",
	     "{message: '070003'}"},
	    {"{person: n, unchanged: true}", "{person: n, in_force: 0, records: []}"},
	    {"fields: {residence_title: AERL-STAT-041}", "fields: {residence_title: AERL-STAT-041, "
							 "'person.nationalities[2]': '475', 'contact.channels[1].type': '01', "
							 "'contact.channels[1].value': '0'}, omit: ['person.nationalities[1]']"},
	    {"kind: delay, message: '070006', by: PT5M", "kind: reject, message: '070009', code: V000"},
	    /* The same bus id: what is refused as one can be accepted as the other. */
	    {"  - clerk: {re: q1, decision: same_person, person: p}",
	     "  - send: {message: '070001', office: A, as: q4, person: n, same_id_as: q3, fields: "
	     "{orientation_course_only: "
	     "false, residence_title: AERL-STAT-406}}\n  - expect: {message: '070003', office: A, re: q3}"},
	};
	char *base = t_case_base();

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char *text = t_case_with(base, changes[i][0], changes[i][1]);
		struct cf_book *b = NULL;

		if (t_case_load(&b, text, strlen(text)))
			cf_book_print_problems(b, stderr);
		assert_int_equal(b->n_problems, 0);
		cf_book_freep(&b);
		free(text);
	}
	free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_contradictions),
	    cmocka_unit_test(odd_files_are_taken),
	};

	return cmocka_run_group_tests_name("contradictions of case files", tests, t_case_open, t_case_close);
}
