/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - the blocks "after" and "check"
 */
#include <string.h>

#include "case/load.h"
#include "case/tables.h"

const char *const cf_journal_states[] = {"refused",  "queued",	"stored",   "fetched", "clarification",
					 "question", "decided", "answered", "closed",  "rejected",
					 "lapsed",   "held",	NULL};

static const struct cf_table record_table = {CF_SIDE_RECORD, NULL, NULL};
static const struct cf_tables record_names = {&record_table, 1};
static const struct cf_table state_table = {CF_SIDE_STATE, NULL, NULL};
static const struct cf_tables state_names = {&state_table, 1};

static const struct cf_match *match_of(struct cf_load *l, cf_node *n, const char *name)
{
	struct cf_match *m = n ? osci_pool_new(l->mem, struct cf_match) : NULL;

	if (m)
		cf_read_match(l, n, &state_names, name, m);
	return m;
}

static void read_person_check(struct cf_load *l, cf_node *n, struct cf_inge_check *ret)
{
	enum { PERSON, IN_FORCE, RECORDS, UNCHANGED, SURNAME, BLOCK };
	static const struct cf_key keys[] = {{"person", true},	 {"in_force", false},
					     {"records", false}, {"unchanged", false},
					     {"surname", false}, {"information_block", false}};
	cf_node *v[6];

	ret->place = cf_place_of(l, n);
	if (!CF_KEYS(l, n, "an entry of inge", keys, v))
		return;
	ret->person = v[PERSON] ? cf_person_of(l, v[PERSON], "person") : NULL;
	ret->in_force = match_of(l, v[IN_FORCE], "in_force");
	ret->surname = match_of(l, v[SURNAME], "surname");
	ret->information_block = match_of(l, v[BLOCK], "information_block");
	if (!v[IN_FORCE] && !v[UNCHANGED] && !v[SURNAME] && !v[BLOCK] &&
	    (!v[RECORDS] || (v[RECORDS]->kind == OSCI_YAML_LIST && !v[RECORDS]->n)))
		cf_problem(l, n, "an entry of inge: nothing of the person is compared");
	if (v[UNCHANGED] && !(ret->unchanged = cf_node_bool(l, v[UNCHANGED], "unchanged")))
		cf_problem(l, v[UNCHANGED], "unchanged: only true is expected; else the key is left out");
	if (!v[RECORDS] || !cf_is_list(l, v[RECORDS], "records"))
		return;
	struct cf_expecteds *list = cf_new(l, v[RECORDS]->n, struct cf_expecteds);
	ret->has_records = true;
	for (cf_node *e = v[RECORDS]->first; e && list; e = e->next) {
		cf_node *r = cf_node_value(l, e);

		if (r)
			cf_read_expecteds(l, r, "a record", &record_names, &list[ret->n_records++]);
	}
	ret->records = list;
}

static void read_inge(struct cf_load *l, cf_node *n, struct cf_check *ret)
{
	if (!n || !cf_is_list(l, n, "inge"))
		return;
	struct cf_inge_check *list = cf_new(l, n->n, struct cf_inge_check);
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);

		if (v)
			read_person_check(l, v, &list[ret->n_inge++]);
	}
	ret->inge = list;
}

static void read_journal(struct cf_load *l, cf_node *n, struct cf_check *ret)
{
	if (!n || !cf_is_mapping(l, n, "journal"))
		return;
	struct cf_journal_check *list = cf_new(l, n->n, struct cf_journal_check);
	for (cf_node *e = n->first; e && list; e = e->next) {
		const struct cf_place at = cf_place_of_key(l, e);
		const struct cf_label *label = cf_label_at(l, e->key, &at, "journal", CF_L_SEND);
		cf_node *v = cf_node_value(l, e);

		if (!label || !v)
			continue;
		struct cf_journal_check *j = &list[ret->n_journal++];
		j->label = label->name;
		j->place = at;
		cf_read_match(l, v, &state_names, "state", &j->match);
	}
	ret->journal = list;
}

static void read_labels(struct cf_load *l, cf_node *n, const char *what, unsigned kinds,
			struct cf_label_checks *ret)
{
	if (!n || !cf_is_list(l, n, what))
		return;
	struct cf_label_check *list = cf_new(l, n->n, struct cf_label_check);
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		const struct cf_label *label = v ? cf_label_of(l, v, what, kinds) : NULL;
		bool twice = false;

		for (size_t i = 0; label && i < ret->n; i++)
			twice |= strcmp(list[i].label, label->name) == 0;
		if (twice)
			cf_problem(l, v, "%s: \"%s\" is in the list already", what, label->name);
		else if (label)
			list[ret->n++] = (struct cf_label_check){label->name, NULL, cf_place_of(l, v)};
	}
	ret->list = list;
}

static void read_sent_as(struct cf_load *l, cf_node *n, struct cf_label_checks *ret)
{
	if (!n || !cf_is_mapping(l, n, "sent_as"))
		return;
	struct cf_label_check *list = cf_new(l, n->n, struct cf_label_check);
	for (cf_node *e = n->first; e && list; e = e->next) {
		const struct cf_place at = cf_place_of_key(l, e);
		const struct cf_label *label = cf_label_at(l, e->key, &at, "sent_as", CF_L_SEND);
		const char *release = cf_node_release(l, cf_node_value(l, e), "sent_as");

		if (label && release)
			list[ret->n++] = (struct cf_label_check){label->name, release, at};
	}
	ret->list = list;
}

static void read_texts(struct cf_load *l, cf_node *n, struct cf_label_checks *ret)
{
	if (!n || !cf_is_list(l, n, "not_delivered"))
		return;
	struct cf_label_check *list = cf_new(l, n->n, struct cf_label_check);
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);
		const char *s = cf_node_text(l, v, "not_delivered");

		if (s)
			list[ret->n++] = (struct cf_label_check){s, NULL, cf_place_of(l, v)};
	}
	ret->list = list;
}

void cf_read_check(struct cf_load *l, cf_node *n, const char *what, struct cf_check *ret)
{
	enum { INGE, JOURNAL, SENT_ONCE, NEVER_SENT, SENT_AS, DELIVERED_ONCE, NOT_DELIVERED };
	static const struct cf_key keys[] = {
	    {"inge", false},	{"journal", false},	   {"sent_once", false},    {"never_sent", false},
	    {"sent_as", false}, {"delivered_once", false}, {"not_delivered", false}};
	cf_node *v[7];

	ret->place = cf_place_of(l, n);
	if (!CF_KEYS(l, n, what, keys, v))
		return;
	bool any = false;
	for (size_t i = 0; i < 7; i++)
		any |= v[i] && (v[i]->kind == OSCI_YAML_SCALAR || v[i]->n);
	if (!any)
		cf_problem(l, n, "%s: nothing is compared", what);
	read_inge(l, v[INGE], ret);
	read_journal(l, v[JOURNAL], ret);
	read_labels(l, v[SENT_ONCE], "sent_once", CF_L_SEND | CF_L_BULK, &ret->sent_once);
	read_labels(l, v[NEVER_SENT], "never_sent", CF_L_SEND, &ret->never_sent);
	read_sent_as(l, v[SENT_AS], &ret->sent_as);
	read_labels(l, v[DELIVERED_ONCE], "delivered_once", CF_L_EXPECT | CF_L_BULK, &ret->delivered_once);
	read_texts(l, v[NOT_DELIVERED], &ret->not_delivered);
	cf_judge_check(l, ret);
}
