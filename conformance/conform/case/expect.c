/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect - steps that wait for a message or outcome, or for silence
 */
#include <string.h>

#include "case/load.h"

#define WITHIN_GATEWAY ((struct cf_dur){.seconds = 10, .text = "PT10S"})
#define WITHIN_OTHER   ((struct cf_dur){.seconds = 900, .text = "PT15M"})

static enum cf_side side_of(enum cf_at at)
{
	return at == CF_AT_OFFICE ? CF_SIDE_OFFICE : at == CF_AT_PARTNER ? CF_SIDE_PARTNER : CF_SIDE_OPERATOR;
}

static enum cf_at read_at(struct cf_load *l, cf_node *n)
{
	static const char *const words[] = {"office", "partner", "operator", NULL};
	int i = n ? cf_node_word(l, n, "at", words) : 0;

	return i < 0 ? CF_AT_OFFICE : (enum cf_at)i;
}

/* At the operator there are no messages, at the partner no outcomes. */
static const char *message_at(struct cf_load *l, cf_node *n, enum cf_at at)
{
	if (at != CF_AT_OPERATOR)
		return cf_read_message(l, n, "message", side_of(at));
	cf_problem(l, n, "message: the operator sees outcomes only; expected: \"outcome\" with one of %s",
		   cf_words_text(l, cf_operator_outcomes));
	return NULL;
}

static const char *outcome_at(struct cf_load *l, cf_node *n, enum cf_at at)
{
	if (at != CF_AT_PARTNER)
		return cf_read_outcome(l, n, "outcome", side_of(at));
	cf_problem(l, n, "outcome: the partner sees messages only; expected: \"message\"");
	return NULL;
}

/* Steps behind an alternative: what they define and learn ends with it. */
static void read_then(struct cf_load *l, cf_node *n, struct cf_steps *ret)
{
	if (l->depth == CF_NESTING_MAX) {
		cf_problem(l, n, "then: nested too deep");
		return;
	}
	l->depth++;
	cf_read_steps(l, n, ret);
	l->depth--;
}

static void read_alternative(struct cf_load *l, cf_node *n, struct cf_expect *e, struct cf_alternative *ret)
{
	enum { MESSAGE, OUTCOME, AS, FIELDS, THEN };
	static const struct cf_key keys[] = {
	    {"message", false}, {"outcome", false}, {"as", false}, {"fields", false}, {"then", false}};
	const struct cf_known *known = cf_known_save(l);
	size_t n_labels = l->n_labels;
	int64_t now = l->now_ms;
	cf_node *v[5];

	ret->place = cf_place_of(l, n);
	if (!known || !CF_KEYS(l, n, "an alternative of one_of", keys, v))
		return;
	if (!v[MESSAGE] == !v[OUTCOME])
		cf_problem(
		    l, n, "an alternative of one_of: exactly one of \"message\" and \"outcome\" is expected");
	ret->message = v[MESSAGE] ? message_at(l, v[MESSAGE], e->at) : NULL;
	ret->outcome = v[OUTCOME] ? outcome_at(l, v[OUTCOME], e->at) : NULL;
	if (ret->message || ret->outcome) {
		const struct cf_table table = {side_of(e->at), ret->message, ret->outcome};

		cf_read_expecteds(l, v[FIELDS], "fields", &(struct cf_tables){&table, 1}, &ret->fields);
	}
	struct cf_label *label = v[AS] ? cf_label_define(l, v[AS], "as", CF_L_EXPECT) : NULL;
	if (label) {
		ret->label = label->name;
		label->expect = e;
		label->alternative = ret;
	}
	if (v[THEN])
		read_then(l, v[THEN], &ret->then);
	l->n_labels = n_labels;
	l->now_ms = now;
	cf_known_restore(l, known);
}

/* Message and outcome of a plain expect, or the alternatives without what they define. */
static void read_events(struct cf_load *l, cf_node *n, cf_node *message, cf_node *outcome, cf_node *one_of,
			struct cf_expect *ret)
{
	if (!message + !outcome + !one_of != 2) {
		cf_problem(l, n,
			   "expect: exactly one of \"message\", \"outcome\" and \"one_of\" is expected");
		return;
	}
	if (one_of && !cf_is_list(l, one_of, "one_of"))
		return;
	struct cf_alternative *list = cf_new(l, one_of ? one_of->n : 1, struct cf_alternative);
	if (!list)
		return;
	ret->one_of = one_of;
	ret->alternatives = list;
	if (one_of) {
		if (one_of->n < 2)
			cf_problem(l, one_of, "one_of: at least two alternatives are expected");
		return;
	}
	ret->n_alternatives = 1;
	list->place = cf_place_of(l, n);
	list->message = message ? message_at(l, message, ret->at) : NULL;
	list->outcome = outcome ? outcome_at(l, outcome, ret->at) : NULL;
	if (!list->message && !list->outcome)
		ret->n_alternatives = 0;
}

/* One table for each alternative, to look up the fields and captures of all. */
static void read_tables(struct cf_load *l, cf_node *one_of, const struct cf_expect *e, struct cf_tables *ret)
{
	size_t n = one_of ? one_of->n : e->n_alternatives;
	struct cf_table *list = cf_new(l, n, struct cf_table);

	*ret = (struct cf_tables){list, 0};
	if (!list)
		return;
	if (!one_of) {
		for (size_t i = 0; i < n; i++)
			list[ret->n++] = (struct cf_table){side_of(e->at), e->alternatives[i].message,
							   e->alternatives[i].outcome};
		return;
	}
	for (cf_node *a = one_of->first; a; a = a->next) {
		cf_node *v = cf_node_value(l, a);
		cf_node *m =
		    v && v->kind == OSCI_YAML_MAPPING ? cf_node_value(l, osci_yaml_get(v, "message")) : NULL;
		cf_node *o =
		    v && v->kind == OSCI_YAML_MAPPING ? cf_node_value(l, osci_yaml_get(v, "outcome")) : NULL;

		if ((m && m->kind == OSCI_YAML_SCALAR) || (o && o->kind == OSCI_YAML_SCALAR))
			list[ret->n++] =
			    (struct cf_table){side_of(e->at), m ? m->text : NULL, o ? o->text : NULL};
	}
}

static void read_captures(struct cf_load *l, cf_node *n, const struct cf_tables *t, struct cf_expect *ret)
{
	if (!n || !cf_is_mapping(l, n, "capture"))
		return;
	struct cf_capture *list = cf_new(l, n->n, struct cf_capture);
	for (cf_node *e = n->first; e && list; e = e->next) {
		const struct cf_place at = cf_place_of_key(l, e);
		cf_node *v = cf_node_value(l, e);
		const char *field = cf_node_text(l, v, "capture");
		char plain[CF_NAME_MAX];

		if (!field)
			continue;
		if (!cf_name_plain(field, plain) || cf_name_shape(l, t, plain) != CF_VALUE) {
			cf_problem(l, v, "capture: %s has no value \"%.100s\"", cf_table_name(l, t), field);
			continue;
		}
		const struct cf_label *c = cf_label_define_name(
		    l, osci_pool_dup(l->mem, e->key, strlen(e->key)), &at, "capture", CF_L_CAPTURE);
		if (c)
			list[ret->n_captures++] = (struct cf_capture){c->name, field, at};
	}
	ret->captures = list;
}

static bool quick(const char *outcome)
{
	return outcome &&
	       (strcmp(outcome, "accepted-by-gateway") == 0 || strcmp(outcome, "rejected-by-gateway") == 0);
}

static void default_within(struct cf_expect *ret, const struct cf_tables *t)
{
	bool all = t->n > 0;

	for (size_t i = 0; i < t->n; i++)
		all &= quick(t->list[i].outcome);
	ret->within = all ? WITHIN_GATEWAY : WITHIN_OTHER;
}

void cf_read_expect(struct cf_load *l, cf_node *n, struct cf_expect *ret)
{
	enum { MESSAGE, OUTCOME, ONE_OF, AT, OFFICE, RE, AS, WITHIN, FIELDS, CAPTURE };
	static const struct cf_key keys[] = {
	    {"message", false}, {"outcome", false}, {"one_of", false}, {"at", false},	  {"office", false},
	    {"re", false},	{"as", false},	    {"within", false}, {"fields", false}, {"capture", false}};
	struct cf_tables t;
	cf_node *v[10];

	if (!CF_KEYS(l, n, "expect", keys, v))
		return;
	ret->at = read_at(l, v[AT]);
	ret->office = v[OFFICE] ? cf_office_of(l, v[OFFICE], "office") : NULL;
	if (!v[OFFICE] && ret->at == CF_AT_OFFICE)
		cf_problem(l, n, "expect: at the office the key \"office\" is needed");
	const struct cf_label *re = v[RE] ? cf_label_of(l, v[RE], "re", CF_L_SEND) : NULL;
	ret->re = re ? re->name : NULL;
	read_events(l, n, v[MESSAGE], v[OUTCOME], v[ONE_OF], ret);
	if (!ret->alternatives)
		return;
	read_tables(l, v[ONE_OF], ret, &t);
	default_within(ret, &t);
	cf_node_span(l, v[WITHIN], "within", &ret->within);
	if (t.n)
		cf_read_expecteds(l, v[FIELDS], "fields", &t, &ret->fields);
	struct cf_label *label = v[AS] ? cf_label_define(l, v[AS], "as", CF_L_EXPECT) : NULL;
	if (label) {
		ret->label = label->name;
		label->expect = ret;
	}
	if (t.n)
		read_captures(l, v[CAPTURE], &t, ret);
	/* The alternatives come last: their steps know what the expect itself defines. */
	for (cf_node *e = v[ONE_OF] ? v[ONE_OF]->first : NULL; e; e = e->next) {
		cf_node *a = cf_node_value(l, e);

		if (a)
			read_alternative(l, a, ret,
					 (struct cf_alternative *)&ret->alternatives[ret->n_alternatives++]);
	}
	cf_judge_fields(l, ret);
	cf_judge_expect(l, n, ret);
}

void cf_read_expect_none(struct cf_load *l, cf_node *n, struct cf_expect_none *ret)
{
	enum { FOR, AT, OFFICE, RE, MESSAGE, OUTCOME };
	static const struct cf_key keys[] = {{"for", true}, {"at", false},	{"office", false},
					     {"re", false}, {"message", false}, {"outcome", false}};
	cf_node *v[6];

	if (!CF_KEYS(l, n, "expect_none", keys, v))
		return;
	ret->at = read_at(l, v[AT]);
	ret->office = v[OFFICE] ? cf_office_of(l, v[OFFICE], "office") : NULL;
	const struct cf_label *re = v[RE] ? cf_label_of(l, v[RE], "re", CF_L_SEND) : NULL;
	ret->re = re ? re->name : NULL;
	if (v[MESSAGE] && v[OUTCOME])
		cf_problem(l, n, "expect_none: at most one of \"message\" and \"outcome\" is expected");
	ret->message = v[MESSAGE] ? message_at(l, v[MESSAGE], ret->at) : NULL;
	ret->outcome = v[OUTCOME] ? outcome_at(l, v[OUTCOME], ret->at) : NULL;
	if (cf_node_span(l, v[FOR], "for", &ret->time))
		l->now_ms = cf_dur_add(l->now_ms, &ret->time);
}
