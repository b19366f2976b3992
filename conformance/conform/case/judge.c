/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge - expectations that contradict each other, or what the exchange is
 *
 * Only what cannot come true whatever the partner does is a problem.  A message that a script step answers
 * may get anything, so nothing is held against its answers.  What alternatives of one_of say holds for them
 * alone.
 */
#include <string.h>

#include "case/load.h"

#define BIT_OF(state) (1u << (state))
enum {
	REFUSED,
	QUEUED,
	STORED,
	FETCHED,
	CLARIFICATION,
	QUESTION,
	DECIDED,
	ANSWERED,
	CLOSED,
	REJECTED,
	LAPSED,
	HELD,
	STATES
};
#define ALL	   (BIT_OF(STATES) - 1)
#define NOT_SENT   (BIT_OF(REFUSED) | BIT_OF(QUEUED))
#define MAYBE_SENT BIT_OF(HELD)

/* What answers each request; "" = nothing ever does. */
static const struct {
	const char *request, *answers;
	bool duplicate, question; /* 070004, 070006 can come */
} flows[] = {
    {"070001", "070003 070004 070005", true, false},
    {"070007", "070003 070005", false, false},
    {"070008", "070003 070004 070005 070006", true, true},
    {"070009", "070003 070004 070005 070006", true, true},
    {"070010", "070003 070004 070005 070006", true, true},
    {"070011", "070012", false, false},
    {"070013", "070014 070015", false, false},
    {"070016", "070015 070017", false, false},
    {"070019", "", false, false},
    {"070022", "", false, false},
};
#define FLOWS (sizeof(flows) / sizeof(flows[0]))

static int flow_of(const char *request)
{
	for (size_t i = 0; request && i < FLOWS; i++)
		if (strcmp(flows[i].request, request) == 0)
			return (int)i;
	return -1;
}

unsigned cf_request_bit(const char *number)
{
	int i = flow_of(number);

	return i < 0 ? 0 : 1u << i;
}

const char *cf_kind_of(const char *art)
{
	static const struct {
		const char *art, *kind;
	} kinds[] = {
	    {"1a", "entitlement"}, {"4", "entitlement"}, {"1b", "obligation"},
	    {"2", "obligation"},   {"5", "obligation"},	 {"7", "obligation"},
	    {"3", "admission"},	   {"6", "admission"},	 {"8", "admission"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].art, art) == 0)
			return kinds[i].kind;
	return NULL;
}

bool cf_is_kind(const char *kind)
{
	return kind && (strcmp(kind, "entitlement") == 0 || strcmp(kind, "obligation") == 0 ||
			strcmp(kind, "admission") == 0);
}

/* --- what is known of requests ------------------------------------------------------------------ */

struct cf_known {
	size_t n;
	struct cf_label labels[];
};

struct cf_known *cf_known_save(struct cf_load *l)
{
	struct cf_known *k = osci_pool_array(l->mem, 1, sizeof(*k) + l->n_labels * sizeof(k->labels[0]));

	if (!k)
		return NULL;
	k->n = l->n_labels;
	memcpy(k->labels, l->labels, k->n * sizeof(k->labels[0]));
	return k;
}

void cf_known_restore(struct cf_load *l, const struct cf_known *k)
{
	memcpy(l->labels, k->labels, k->n * sizeof(k->labels[0]));
	l->n_labels = k->n;
}

static struct cf_label *send_of(struct cf_load *l, const char *re)
{
	return re ? cf_label_find(l, re, CF_L_SEND) : NULL;
}

/* Does a script answer the request, so that nothing is known of its answers? */
static bool open_answers(const struct cf_load *l, const struct cf_send *s)
{
	return !s->message || (l->scripted & cf_request_bit(s->message)) || flow_of(s->message) < 0;
}

/* --- fields that fix each other --------------------------------------------------------------------- */

static const char *literal(const struct cf_expecteds *x, const char *name, const struct cf_expected **ret)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->list[i].name, name) == 0 && x->list[i].match.kind == CF_M_EQUALS) {
			*ret = &x->list[i];
			return json_string_value(x->list[i].match.value);
		}
	return NULL;
}

static void judge_kind(struct cf_load *l, const struct cf_expecteds *x, const char *art_name,
		       const char *kind_name)
{
	const struct cf_expected *a, *k;
	const char *art = literal(x, art_name, &a), *kind = literal(x, kind_name, &k);

	if (art && cf_is_kind(kind) && cf_kind_of(art) && strcmp(cf_kind_of(art), kind) != 0)
		cf_problem_at(l, &k->place, "%s: contradiction: %s %s is the one of an %s, not of an %s",
			      kind_name, art_name, art, cf_kind_of(art), kind);
}

static void judge_fields(struct cf_load *l, const struct cf_alternative *a, const struct cf_expecteds *x)
{
	const struct cf_expected *e = NULL;
	const char *outcome = literal(x, "outcome", &e);
	const char *real = a->message ? cf_message_outcome(a->message) : a->outcome;

	if (outcome && real && strcmp(outcome, real) != 0)
		cf_problem_at(l, &e->place, "outcome: contradiction: the outcome of %s is \"%s\", not \"%s\"",
			      a->message ? a->message : a->outcome, real, outcome);
	const char *message = literal(x, "message", &e);
	if (message && a->message && strcmp(message, a->message) != 0)
		cf_problem_at(l, &e->place, "message: contradiction: %s is expected, and this says %s",
			      a->message, message);
	judge_kind(l, x, "record.art", "record.kind");
}

/* The purpose of a 070011 stays with the office. */
static void judge_purpose(struct cf_load *l, const struct cf_alternative *a, const struct cf_expecteds *x)
{
	for (size_t i = 0; a->message && strcmp(a->message, "070011") == 0 && i < x->n; i++) {
		enum cf_match_kind kind = x->list[i].match.kind;

		if (strcmp(x->list[i].name, "purpose") == 0 && kind != CF_M_ABSENT && kind != CF_M_ANY &&
		    kind != CF_M_NOT)
			cf_problem_at(l, &x->list[i].place,
				      "purpose: contradiction: that of a 070011 is not sent, the partner "
				      "cannot see it");
	}
}

/* --- events ------------------------------------------------------------------------------------------- */

static const char *event_name(const struct cf_alternative *a) { return a->message ? a->message : a->outcome; }

/* Outcomes of the partner's messages stand for these. */
static const char *number_of(const struct cf_alternative *a)
{
	static const char *const numbers[] = {"070003", "070004", "070005", "070006",
					      "070012", "070014", "070015", "070017"};

	for (size_t i = 0; a->outcome && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(cf_message_outcome(numbers[i]), a->outcome) == 0)
			return numbers[i];
	return a->message;
}

static void judge_answer(struct cf_load *l, cf_node *n, const struct cf_label *q,
			 const struct cf_alternative *a)
{
	int flow = flow_of(q->send->message);
	const char *number = number_of(a);

	if (open_answers(l, q->send))
		return;
	if (number && strlen(number) == 6 && strncmp(number, "07", 2) == 0 &&
	    !strstr(flows[flow].answers, number))
		cf_problem(l, n, "expect: contradiction: %s never answers %s; expected: %s", number,
			   flows[flow].request, *flows[flow].answers ? flows[flow].answers : "no answer");
	if (a->outcome && strcmp(a->outcome, "reminder") == 0 && !flows[flow].duplicate)
		cf_problem(l, n,
			   "expect: contradiction: there is no reminder for %s, which 070004 never answers",
			   flows[flow].request);
	if (a->outcome && strcmp(a->outcome, "lapsed") == 0 && !flows[flow].question)
		cf_problem(l, n, "expect: contradiction: %s cannot lapse, as 070006 never answers it",
			   flows[flow].request);
}

/* A plain expect says how the request went. */
static void learn(struct cf_load *l, cf_node *n, struct cf_label *q, const struct cf_alternative *a)
{
	bool refused = a->outcome && strcmp(a->outcome, "rejected-by-gateway") == 0;

	if (refused && q->accepted)
		cf_problem(l, n, "expect: contradiction: \"%s\" was not refused, says an earlier expect",
			   q->name);
	if (!refused && q->refused)
		cf_problem(l, n, "expect: contradiction: \"%s\" is refused by the gateway, so %s cannot come",
			   q->name, event_name(a));
	q->refused |= refused;
	q->accepted |= !refused;
	q->answered |= number_of(a) != NULL || (a->outcome && strcmp(a->outcome, "rejected-by-partner") == 0);
}

void cf_judge_expect(struct cf_load *l, cf_node *n, const struct cf_expect *e)
{
	struct cf_label *q = send_of(l, e->re);

	for (size_t i = 0; i < e->n_alternatives; i++) {
		const struct cf_alternative *a = &e->alternatives[i];

		judge_fields(l, a, &a->fields);
		if (!e->one_of)
			judge_fields(l, a, &e->fields);
		if (e->at == CF_AT_PARTNER) {
			judge_purpose(l, a, &a->fields);
			judge_purpose(l, a, &e->fields);
		}
		if (!q || !q->send || !event_name(a))
			continue;
		if (e->at == CF_AT_OFFICE)
			judge_answer(l, n, q, a);
		if (e->at == CF_AT_PARTNER && a->message && q->send->message && a->message[0] == '0' &&
		    a->message[1] == '7' && strcmp(a->message, q->send->message) != 0)
			cf_problem(l, n,
				   "expect: contradiction: \"%s\" is %s, so the partner cannot get it as %s",
				   q->name, q->send->message, a->message);
	}
	if (!q || !q->send)
		return;
	if (e->at == CF_AT_OFFICE && e->office && q->office && e->office != q->office)
		cf_problem(l, n,
			   "expect: contradiction: \"%s\" is a request of office %s; answers to it go there, "
			   "not to %s",
			   q->name, q->office->label, e->office->label);
	if (!e->one_of && e->n_alternatives == 1 && !q->shared && e->at != CF_AT_OPERATOR &&
	    event_name(e->alternatives))
		learn(l, n, q, &e->alternatives[0]);
}

void cf_judge_bulk(struct cf_load *l, cf_node *n, const struct cf_bulk *b)
{
	const struct cf_alternative a = {.message = b->expect_message, .outcome = b->expect_outcome};
	const struct cf_send request = {.message = b->message};
	const struct cf_label q = {.send = &request};

	judge_answer(l, n, &q, &a);
}

/* --- after, check -------------------------------------------------------------------------------------- */

/* States that fit a match. */
static unsigned states_of(const struct cf_match *m)
{
	unsigned ret = 0;

	switch (m->kind) {
	case CF_M_EQUALS:
		for (unsigned i = 0; i < STATES; i++)
			if (m->value && json_is_string(m->value) &&
			    strcmp(json_string_value(m->value), cf_journal_states[i]) == 0)
				return BIT_OF(i);
		return ALL;
	case CF_M_REGEX:
		for (unsigned i = 0; m->text && !cf_regex_problem(m->text) && i < STATES; i++)
			ret |= cf_regex_fits(m->text, cf_journal_states[i]) ? BIT_OF(i) : 0;
		return m->text && !cf_regex_problem(m->text) ? ret : ALL;
	case CF_M_ONE_OF:
		for (size_t i = 0; i < m->n; i++)
			ret |= states_of(&m->list[i]);
		return m->n ? ret : ALL;
	default:
		return ALL;
	}
}

static bool in(const struct cf_label_checks *list, const char *label)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->list[i].label, label) == 0)
			return true;
	return false;
}

static void judge_state(struct cf_load *l, const struct cf_check *k, const struct cf_journal_check *j)
{
	const struct cf_label *q = send_of(l, j->label);
	unsigned states = states_of(&j->match), possible = ALL;

	if (!q || !q->send)
		return;
	if (!states) {
		cf_problem_at(l, &j->place, "journal: contradiction: no state fits; there are: %s",
			      cf_words_text(l, cf_journal_states));
		return;
	}
	int flow = flow_of(q->send->message);
	if (!open_answers(l, q->send)) {
		if (!flows[flow].duplicate)
			possible &= ~BIT_OF(CLARIFICATION);
		if (!flows[flow].question)
			possible &= ~(BIT_OF(QUESTION) | BIT_OF(DECIDED) | BIT_OF(LAPSED));
		if (!(states & possible))
			cf_problem_at(l, &j->place, "journal: contradiction: a %s is never in this state",
				      flows[flow].request);
	}
	if ((in(&k->sent_once, j->label) || in(&k->sent_as, j->label)) && !(states & ~NOT_SENT))
		cf_problem_at(l, &j->place,
			      "journal: contradiction: \"%s\" is sent, and a request in this state is not",
			      j->label);
	if (in(&k->never_sent, j->label) && !(states & (NOT_SENT | MAYBE_SENT)))
		cf_problem_at(l, &j->place,
			      "journal: contradiction: \"%s\" is never sent, and a request in this state is",
			      j->label);
	if (q->shared)
		return;
	if (q->refused && !(states & BIT_OF(REFUSED)))
		cf_problem_at(l, &j->place,
			      "journal: contradiction: \"%s\" is refused by the gateway, says an expect",
			      j->label);
	if (q->accepted && states == BIT_OF(REFUSED))
		cf_problem_at(l, &j->place, "journal: contradiction: \"%s\" was not refused, says an expect",
			      j->label);
}

static void judge_sent(struct cf_load *l, const struct cf_check *k, const struct cf_label_checks *list,
		       const char *what)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct cf_label_check *c = &list->list[i];
		const struct cf_label *q = send_of(l, c->label);

		if (in(&k->never_sent, c->label))
			cf_problem_at(l, &c->place, "%s: contradiction: \"%s\" is in never_sent, too", what,
				      c->label);
		else if (q && q->refused && q->send && !q->shared)
			cf_problem_at(
			    l, &c->place,
			    "%s: contradiction: \"%s\" is refused by the gateway, so it is never sent", what,
			    c->label);
	}
}

static void judge_person(struct cf_load *l, const struct cf_inge_check *p)
{
	const json_t *n = p->in_force && p->in_force->kind == CF_M_EQUALS ? p->in_force->value : NULL;

	if (json_is_integer(n) && (json_int_t)p->n_records > json_integer_value(n))
		cf_problem_at(l, &p->in_force->place,
			      "in_force: contradiction: %zu records are expected, and only %d in force",
			      p->n_records, (int)json_integer_value(n));
	for (size_t i = 0; i < p->n_records; i++)
		judge_kind(l, &p->records[i], "art", "kind");
}

void cf_judge_check(struct cf_load *l, const struct cf_check *k)
{
	for (size_t i = 0; i < k->n_inge; i++)
		judge_person(l, &k->inge[i]);
	for (size_t i = 0; i < k->n_journal; i++)
		judge_state(l, k, &k->journal[i]);
	judge_sent(l, k, &k->sent_once, "sent_once");
	judge_sent(l, k, &k->sent_as, "sent_as");
	for (size_t i = 0; i < k->never_sent.n; i++) {
		const struct cf_label *q = send_of(l, k->never_sent.list[i].label);

		if (q && q->answered)
			cf_problem_at(
			    l, &k->never_sent.list[i].place,
			    "never_sent: contradiction: the partner answered \"%s\", says an expect",
			    q->name);
	}
	for (size_t i = 0; i < k->delivered_once.n; i++) {
		const struct cf_label_check *c = &k->delivered_once.list[i];
		const struct cf_label *a = cf_label_find(l, c->label, CF_L_EXPECT);

		if (a && a->expect && a->expect->at != CF_AT_OFFICE)
			cf_problem_at(l, &c->place,
				      "delivered_once: contradiction: \"%s\" is no delivery to an office",
				      c->label);
	}
}
