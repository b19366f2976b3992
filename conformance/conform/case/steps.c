/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps - the steps of a case, one reader for each kind
 */
#include <stdio.h>
#include <string.h>

#include "case/load.h"

static const char *const step_names[] = {"send",	  "expect",  "expect_none", "clerk",	  "provider",
					 "advance_clock", "restart", "fault",	    "office_ack", "script",
					 "check",	  "bulk",    NULL};
static const char *const decision_names[] = {"same_person", "namesake",	       "ignore",
					     "close_case",  "withdraw_record", NULL};
static const char *const what_names[] = {"gateway", "intermediary", "partner", "office", NULL};
static const char *const point_names[] = {"now",       "accepted",	 "store-requested",
					  "stored",    "answer-waiting", "answer-fetched",
					  "delivered", "acknowledged",	 NULL};

const char *cf_step_name(enum cf_step_kind kind) { return step_names[kind]; }

const char *cf_decision_name(enum cf_decision d) { return decision_names[d]; }

const char *cf_what_name(enum cf_what w) { return what_names[w]; }

const char *cf_point_name(enum cf_point p) { return point_names[p]; }

/* --- send ------------------------------------------------------------------------------------------- */

static bool among(const char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], s) == 0)
			return true;
	return false;
}

/* The question that a 070007 answers must have been met. */
static void read_reply(struct cf_load *l, cf_node *n, struct cf_send *ret)
{
	const struct cf_label *a = cf_label_of(l, n, "reply_to", CF_L_EXPECT);
	bool question = false;

	if (!a)
		return;
	for (size_t i = 0; i < a->expect->n_alternatives; i++) {
		const struct cf_alternative *x = &a->expect->alternatives[i];

		if (a->alternative && a->alternative != x)
			continue;
		question |= (x->message && strcmp(x->message, "070006") == 0) ||
			    (x->outcome && strcmp(x->outcome, "question") == 0);
	}
	if (!question)
		cf_problem(
		    l, n,
		    "reply_to: \"%s\" does not expect 070006; expected: the label of an expect of 070006",
		    a->name);
	else
		ret->reply_to = a->name;
	if (ret->message && strcmp(ret->message, "070007") != 0)
		cf_problem(l, n, "reply_to: only 070007 answers a question, not %s", ret->message);
}

static void read_omit(struct cf_load *l, cf_node *n, const struct cf_tables *t, struct cf_send *ret,
		      bool free)
{
	ret->omit = cf_node_texts(l, n, "omit", &ret->n_omit);
	for (cf_node *e = n && n->kind == OSCI_YAML_LIST && !free ? n->first : NULL; e; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		char plain[CF_NAME_MAX];

		if (!v || v->kind != OSCI_YAML_SCALAR || among(ret->wrong, ret->n_wrong, v->text))
			continue;
		if (!cf_name_plain(v->text, plain) ||
		    cf_name_shape(l, t, plain) == CF_NO_FIELD)
			cf_problem(l, v, "omit: %s has no field \"%.100s\"", cf_table_name(l, t), v->text);
	}
}

static void read_send(struct cf_load *l, cf_node *n, struct cf_send *ret)
{
	enum { MESSAGE, OFFICE, AS, PERSON, FIELDS, OMIT, EXTRA, WRONG, REPLY, SAME };
	static const struct cf_key keys[] = {{"message", true},	   {"office", true},  {"as", true},
					     {"person", false},	   {"fields", false}, {"omit", false},
					     {"extra", false},	   {"wrong", false},  {"reply_to", false},
					     {"same_id_as", false}};
	cf_node *v[10];

	if (!CF_KEYS(l, n, "send", keys, v))
		return;
	ret->wrong = cf_node_texts(l, v[WRONG], "wrong", &ret->n_wrong);
	bool free = among(ret->wrong, ret->n_wrong, "message");
	ret->message = free ? cf_node_text(l, v[MESSAGE], "message")
			    : cf_read_message(l, v[MESSAGE], "message", CF_SIDE_REQUEST);
	ret->office = v[OFFICE] ? cf_office_of(l, v[OFFICE], "office") : NULL;
	ret->person = v[PERSON] ? cf_person_of(l, v[PERSON], "person") : NULL;
	if (ret->message) {
		const struct cf_table table = {CF_SIDE_REQUEST, ret->message, NULL};
		const struct cf_tables t = {&table, 1};

		cf_read_fields(l, v[FIELDS], "fields", &t, ret->wrong, ret->n_wrong, &ret->fields);
		read_omit(l, v[OMIT], &t, ret, free);
	}
	if (v[EXTRA] && cf_is_mapping(l, v[EXTRA], "extra"))
		ret->extra = cf_node_json(l, v[EXTRA]);
	if (v[REPLY])
		read_reply(l, v[REPLY], ret);
	struct cf_label *same = v[SAME] ? cf_label_of(l, v[SAME], "same_id_as", CF_L_SEND) : NULL;
	if (same)
		same->shared = true;
	ret->same_id_as = same ? same->name : NULL;
	if (same && ret->office && same->office && same->office != ret->office)
		cf_problem(l, v[SAME],
			   "same_id_as: \"%s\" is sent by office %s; bus ids are those of one office",
			   same->name, same->office->label);
	struct cf_label *label = v[AS] ? cf_label_define(l, v[AS], "as", CF_L_SEND) : NULL;
	if (label) {
		ret->label = label->name;
		label->send = ret;
		label->office = ret->office;
		label->shared = same;
	}
}

/* --- partner -------------------------------------------------------------------------------------------- */

static void read_clerk(struct cf_load *l, cf_node *n, struct cf_clerk *ret)
{
	enum { DECISION, RE, RECORD, PERSON };
	static const struct cf_key keys[] = {
	    {"decision", true}, {"re", false}, {"record", false}, {"person", false}};
	cf_node *v[4];

	if (!CF_KEYS(l, n, "clerk", keys, v))
		return;
	int d = v[DECISION] ? cf_node_word(l, v[DECISION], "decision", decision_names) : -1;
	const struct cf_label *re = v[RE] ? cf_label_of(l, v[RE], "re", CF_L_SEND) : NULL;
	const struct cf_label *record = v[RECORD] ? cf_label_of(l, v[RECORD], "record", CF_L_RECORD) : NULL;
	ret->re = re ? re->name : NULL;
	ret->record = record ? record->name : NULL;
	ret->person = v[PERSON] ? cf_person_of(l, v[PERSON], "person") : NULL;
	if (d < 0)
		return;
	ret->decision = (enum cf_decision)d;
	bool withdraw = d == CF_WITHDRAW_RECORD;
	if (withdraw ? !v[RECORD] : !v[RE])
		cf_problem(l, n, "clerk: decision %s needs \"%s\"", decision_names[d],
			   withdraw ? "record" : "re");
	if (withdraw ? v[RE] != NULL : v[RECORD] != NULL)
		cf_problem(l, withdraw ? v[RE] : v[RECORD], "clerk: decision %s has no \"%s\"",
			   decision_names[d], withdraw ? "re" : "record");
	if (v[PERSON] && d != CF_SAME_PERSON)
		cf_problem(l, v[PERSON], "clerk: \"person\" is for decision same_person only");
}

static void read_answer(struct cf_load *l, cf_node *n, struct cf_answer *ret)
{
	enum { MESSAGE, FIELDS, AFTER };
	static const struct cf_key keys[] = {{"message", true}, {"fields", false}, {"after", false}};
	cf_node *v[3];

	ret->after.text = "PT0S";
	if (!CF_KEYS(l, n, "an answer", keys, v))
		return;
	ret->message = cf_read_message(l, v[MESSAGE], "message", CF_SIDE_ANSWER);
	if (v[AFTER])
		cf_node_dur(l, v[AFTER], "after", &ret->after);
	if (!ret->message)
		return;
	const struct cf_table table = {CF_SIDE_ANSWER, ret->message, NULL};
	cf_read_fields(l, v[FIELDS], "fields", &(struct cf_tables){&table, 1}, NULL, 0, &ret->fields);
}

static void read_script(struct cf_load *l, cf_node *n, struct cf_script *ret)
{
	enum { MESSAGE, OFFICE, ANSWERS };
	static const struct cf_key keys[] = {{"message", true}, {"office", true}, {"answers", true}};
	cf_node *v[3];

	if (!CF_KEYS(l, n, "script", keys, v))
		return;
	ret->message = cf_read_message(l, v[MESSAGE], "message", CF_SIDE_REQUEST);
	ret->office = v[OFFICE] ? cf_office_of(l, v[OFFICE], "office") : NULL;
	if (ret->message)
		l->scripted |= cf_request_bit(ret->message);
	if (!v[ANSWERS] || !cf_is_list(l, v[ANSWERS], "answers"))
		return;
	struct cf_answer *list = cf_new(l, v[ANSWERS]->n, struct cf_answer);
	for (cf_node *e = v[ANSWERS]->first; e && list; e = e->next) {
		cf_node *a = cf_node_value(l, e);

		if (a)
			read_answer(l, a, &list[ret->n_answers++]);
	}
	ret->answers = list;
}

/* --- clock, processes, load -------------------------------------------------------------------------------
 */

static void read_advance(struct cf_load *l, cf_node *n, struct cf_advance *ret)
{
	enum { BY, TO };
	static const struct cf_key keys[] = {{"by", false}, {"to", false}};
	cf_node *v[2];

	if (!CF_KEYS(l, n, "advance_clock", keys, v))
		return;
	if (!v[BY] == !v[TO])
		cf_problem(l, n, "advance_clock: exactly one of \"by\" and \"to\" is expected");
	if (cf_node_span(l, v[BY], "by", &ret->by))
		l->now_ms = cf_dur_add(l->now_ms, &ret->by);
	ret->to = cf_node_time(l, v[TO], "to", &ret->to_ms);
	if (!ret->to)
		return;
	if (ret->to_ms < l->now_ms) {
		char now[24];

		cf_time_format(l->now_ms, now);
		cf_problem(l, v[TO], "to: the clock stands at %s or later here, and never goes back", now);
	} else {
		l->now_ms = ret->to_ms;
	}
}

static void read_restart(struct cf_load *l, cf_node *n, struct cf_restart *ret)
{
	enum { WHAT, HOW, AT };
	static const struct cf_key keys[] = {{"what", true}, {"how", false}, {"at", false}};
	static const char *const hows[] = {"kill", "stop", NULL};
	cf_node *v[3];

	if (!CF_KEYS(l, n, "restart", keys, v))
		return;
	int what = v[WHAT] ? cf_node_word(l, v[WHAT], "what", what_names) : 0;
	int how = v[HOW] ? cf_node_word(l, v[HOW], "how", hows) : 0;
	int at = v[AT] ? cf_node_word(l, v[AT], "at", point_names + 1) + 1 : 0;
	ret->what = what < 0 ? CF_GATEWAY : (enum cf_what)what;
	ret->how = how == 1 ? CF_STOP : CF_KILL;
	ret->at = (enum cf_point)at;
}

static void read_office_ack(struct cf_load *l, cf_node *n, struct cf_office_ack *ret)
{
	enum { OFFICE, MODE };
	static const struct cf_key keys[] = {{"office", true}, {"mode", true}};
	static const char *const modes[] = {"withhold", "give", NULL};
	cf_node *v[2];

	if (!CF_KEYS(l, n, "office_ack", keys, v))
		return;
	ret->office = v[OFFICE] ? cf_office_of(l, v[OFFICE], "office") : NULL;
	ret->give = v[MODE] && cf_node_word(l, v[MODE], "mode", modes) == 1;
}

static void read_bulk(struct cf_load *l, cf_node *n, struct cf_bulk *ret)
{
	enum { AS, MESSAGE, REQUESTS, OVER, FIELDS, EXPECT, WITHIN };
	static const struct cf_key keys[] = {{"as", true},    {"message", true}, {"requests", true},
					     {"over", true},  {"fields", true},	 {"expect", true},
					     {"within", true}};
	cf_node *v[7];

	if (!CF_KEYS(l, n, "bulk", keys, v))
		return;
	ret->message = cf_read_message(l, v[MESSAGE], "message", CF_SIDE_REQUEST);
	ret->requests = v[REQUESTS] ? cf_node_int(l, v[REQUESTS], "requests", 1, CF_BULK_MAX) : 0;
	if (cf_node_dur(l, v[OVER], "over", &ret->over))
		l->now_ms = cf_dur_add(l->now_ms, &ret->over);
	cf_node_span(l, v[WITHIN], "within", &ret->within);
	if (ret->message) {
		const struct cf_table table = {CF_SIDE_REQUEST, ret->message, NULL};

		cf_read_fields(l, v[FIELDS], "fields", &(struct cf_tables){&table, 1}, NULL, 0, &ret->fields);
	}
	cf_node *x = v[EXPECT];
	if (x && x->kind == OSCI_YAML_SCALAR && strspn(x->text, "0123456789") == strlen(x->text))
		ret->expect_message = cf_read_message(l, x, "expect", CF_SIDE_OFFICE);
	else if (x)
		ret->expect_outcome = cf_read_outcome(l, x, "expect", CF_SIDE_OFFICE);
	const struct cf_label *label = v[AS] ? cf_label_define(l, v[AS], "as", CF_L_BULK) : NULL;
	ret->label = label ? label->name : NULL;
	if (x)
		cf_judge_bulk(l, x, ret);
}

/* --- all
 * ----------------------------------------------------------------------------------------------------- */

static void read_step(struct cf_load *l, cf_node *n, struct cf_step *ret)
{
	cf_node *e = n->first, *v = cf_node_value(l, e);
	size_t kind = 0;

	ret->place = cf_place_of_key(l, e);
	ret->index = ++l->n_steps;
	while (step_names[kind] && strcmp(step_names[kind], e->key) != 0)
		kind++;
	if (!step_names[kind]) {
		cf_problem_at(l, &ret->place, "\"%.60s\" is no step; expected: %s", e->key,
			      cf_words_text(l, step_names));
		return;
	}
	ret->kind = (enum cf_step_kind)kind;
	if (!v)
		return;
	switch (ret->kind) {
	case CF_SEND:
		read_send(l, v, &ret->send);
		break;
	case CF_EXPECT:
		cf_read_expect(l, v, &ret->expect);
		break;
	case CF_EXPECT_NONE:
		cf_read_expect_none(l, v, &ret->none);
		break;
	case CF_CLERK:
		read_clerk(l, v, &ret->clerk);
		break;
	case CF_PROVIDER:
		cf_read_provider(l, v, true, &ret->provider);
		break;
	case CF_ADVANCE:
		read_advance(l, v, &ret->advance);
		break;
	case CF_RESTART:
		read_restart(l, v, &ret->restart);
		break;
	case CF_FAULT:
		cf_read_fault(l, v, &ret->fault);
		break;
	case CF_OFFICE_ACK:
		read_office_ack(l, v, &ret->office_ack);
		break;
	case CF_SCRIPT:
		read_script(l, v, &ret->script);
		break;
	case CF_CHECK:
		cf_read_check(l, v, "check", &ret->check);
		break;
	case CF_BULK:
		read_bulk(l, v, &ret->bulk);
		break;
	}
}

void cf_read_steps(struct cf_load *l, cf_node *n, struct cf_steps *ret)
{
	*ret = (struct cf_steps){0};
	if (!n || !cf_is_list(l, n, l->depth ? "then" : "steps"))
		return;
	if (!n->n)
		cf_problem(l, n, "%s: the list is empty", l->depth ? "then" : "steps");
	struct cf_step *list = cf_new(l, n->n, struct cf_step);
	ret->list = list;
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);

		if (!v)
			continue;
		if (l->n_steps == CF_STEPS_MAX) {
			cf_problem(l, v, "more than %u steps in one case", CF_STEPS_MAX);
			return;
		}
		if (v->kind != OSCI_YAML_MAPPING || v->n != 1) {
			cf_problem(l, v, "a step is a mapping with one key; expected: %s",
				   cf_words_text(l, step_names));
			continue;
		}
		read_step(l, v, &list[ret->n++]);
	}
}
