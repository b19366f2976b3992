/* SPDX-License-Identifier: Apache-2.0 */
/*
 * never - what an expect can never meet: fields that exclude each other, alternatives nothing is left for
 *
 * Texts of matchers are compared, not what they mean: what is found is wrong for sure, and much is not found.
 * Only lists of a usual length are compared, each entry with each other.
 */
#include <string.h>

#include "case/load.h"

#define COMPARED_MAX 200u /* fields, alternatives */

/* Do both say the same? False if that is not seen at once. */
static bool same_match(const struct cf_match *a, const struct cf_match *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case CF_M_EQUALS:
		return a->value && b->value && json_equal(a->value, b->value);
	case CF_M_REGEX:
	case CF_M_SAME_AS:
		return a->text && b->text && strcmp(a->text, b->text) == 0;
	case CF_M_COUNT:
		return a->count == b->count;
	case CF_M_PRESENT:
	case CF_M_ABSENT:
	case CF_M_ANY:
		return true;
	default:
		return false;
	}
}

/* Is each condition of @a one of @b's, so that what meets @b has met @a? */
static bool within(const struct cf_expecteds *a, const struct cf_expecteds *b)
{
	if (a->n > b->n || b->n > COMPARED_MAX)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		bool found = a->list[i].match.kind == CF_M_ANY;

		for (size_t k = 0; k < b->n && !found; k++)
			found = strcmp(a->list[i].name, b->list[k].name) == 0 &&
				same_match(&a->list[i].match, &b->list[k].match);
		if (!found)
			return false;
	}
	return true;
}

static bool same_event(const struct cf_alternative *a, const struct cf_alternative *b)
{
	const char *outcome = a->outcome ? a->outcome : a->message ? cf_message_outcome(a->message) : NULL;

	if (b->message)
		return a->message ? strcmp(a->message, b->message) == 0
				  : outcome && cf_message_outcome(b->message) &&
					strcmp(outcome, cf_message_outcome(b->message)) == 0;
	return a->outcome && b->outcome && strcmp(a->outcome, b->outcome) == 0;
}

static void judge_alternatives(struct cf_load *l, const struct cf_expect *e)
{
	for (size_t i = 1; i < e->n_alternatives && e->n_alternatives <= COMPARED_MAX; i++)
		for (size_t k = 0; k < i; k++) {
			const struct cf_alternative *a = &e->alternatives[k], *b = &e->alternatives[i];

			if (!same_event(a, b) || !within(&a->fields, &b->fields))
				continue;
			cf_problem_at(l, &b->place,
				      "one_of: contradiction: this alternative is never met, the one in line "
				      "%u takes all of it",
				      a->place.line);
			break;
		}
}

/* Something must be there for it to fit. */
static bool needs_value(const struct cf_match *m)
{
	return m->kind == CF_M_PRESENT || m->kind == CF_M_EQUALS || m->kind == CF_M_REGEX ||
	       m->kind == CF_M_SAME_AS || (m->kind == CF_M_COUNT && m->count) ||
	       (m->kind == CF_M_CONTAINS && m->n);
}

static bool is_below(const char *name, const char *above)
{
	size_t n = strlen(above);

	return strncmp(name, above, n) == 0 && (name[n] == '.' || name[n] == '[' || !name[n]);
}

static void judge_absent(struct cf_load *l, const struct cf_expecteds *x, const struct cf_expect *e)
{
	for (size_t i = 0; i < x->n && x->n <= COMPARED_MAX; i++) {
		const char *absent = x->list[i].name;

		if (x->list[i].match.kind != CF_M_ABSENT)
			continue;
		for (size_t k = 0; k < x->n; k++)
			if (k != i && is_below(x->list[k].name, absent) && needs_value(&x->list[k].match))
				cf_problem_at(l, &x->list[k].place,
					      "%s: contradiction: it is part of %s, which is to be absent",
					      x->list[k].name, absent);
		for (size_t k = 0; k < e->n_captures; k++)
			if (is_below(e->captures[k].field, absent))
				cf_problem_at(l, &e->captures[k].place,
					      "capture: contradiction: %s is to be absent", absent);
	}
}

void cf_judge_fields(struct cf_load *l, const struct cf_expect *e)
{
	static const struct cf_expect nothing;

	judge_absent(l, &e->fields, e);
	for (size_t i = 0; i < e->n_alternatives; i++)
		judge_absent(l, &e->alternatives[i].fields, e->n_alternatives == 1 ? e : &nothing);
	judge_alternatives(l, e);
}
