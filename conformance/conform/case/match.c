/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match - values to send, and what seen values must be
 */
#include <stdio.h>
#include <string.h>

#include "case/load.h"

#define COUNT_MAX 100000u

static const char *const matchers[] = {"is", "regex", "same_as", "one_of", "not", "count", "contains", NULL};
static const char *const is_words[] = {"present", "absent", "any", NULL};

static bool is_free(const char *name, const char *const *free, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(free[i], name) == 0 || strcmp(free[i], "message") == 0)
			return true;
	return false;
}

static const char *capture_of(struct cf_load *l, cf_node *n)
{
	const struct cf_label *c = cf_label_of(l, n, "same_as", CF_L_CAPTURE);

	return c ? c->name : NULL;
}

/* {same_as: c} alone. */
static cf_node *same_as_node(cf_node *n)
{
	return n->kind == OSCI_YAML_MAPPING && n->n == 1 && strcmp(n->first->key, "same_as") == 0 ? n->first
												  : NULL;
}

void cf_read_fields(struct cf_load *l, cf_node *n, const char *what, const struct cf_tables *t,
		    const char *const *free, size_t n_free, struct cf_fields *ret)
{
	*ret = (struct cf_fields){0};
	if (!n || !cf_is_mapping(l, n, what))
		return;
	struct cf_field *list = cf_new(l, n->n, struct cf_field);
	for (cf_node *e = n->first; e && list; e = e->next) {
		struct cf_field *f = &list[ret->n];
		cf_node *v = cf_node_value(l, e);
		char plain[CF_NAME_MAX];

		if (!v)
			continue;
		const char *same = same_as_node(v) ? capture_of(l, cf_node_value(l, same_as_node(v))) : NULL;
		*f = (struct cf_field){osci_pool_dup(l->mem, e->key, strlen(e->key)), NULL, same,
				       cf_place_of_key(l, e)};
		if (is_free(e->key, free, n_free)) {
			f->value = same ? NULL : cf_node_json(l, v);
		} else if (!cf_name_plain(e->key, plain) ||
			   cf_name_shape(l, t, plain) == CF_NO_FIELD) {
			cf_unknown_field(l, e, t, e->key);
			continue;
		} else if (!same_as_node(v)) {
			f->value = cf_field_json(l, v, t, plain, true);
		}
		ret->n++;
	}
	ret->list = list;
}

/* --- matchers ---------------------------------------------------------------------------------- */

static void bare(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name,
		 struct cf_match *ret)
{
	ret->kind = CF_M_EQUALS;
	ret->value = cf_field_json(l, n, t, name, false);
}

static void match_list(struct cf_load *l, cf_node *n, const char *what, const struct cf_tables *t,
		       const char *name, struct cf_match *ret)
{
	if (!n || !cf_is_list(l, n, what))
		return;
	struct cf_match *list = cf_new(l, n->n, struct cf_match);
	for (cf_node *e = n->first; e && list; e = e->next) {
		cf_node *v = cf_node_value(l, e);

		if (v)
			cf_read_match(l, v, t, name, &list[ret->n++]);
	}
	if (!n->n)
		cf_problem(l, n, "%s: the list is empty", what);
	ret->list = list;
}

/* Entries of "contains": mappings of fields of the list's entries, or values. */
static void entries(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name,
		    struct cf_match *ret)
{
	char entry[CF_NAME_MAX + 2];
	struct cf_entry *list;

	if (!n || !cf_is_list(l, n, "contains"))
		return;
	snprintf(entry, sizeof(entry), "%s[]", name);
	list = cf_new(l, n->n, struct cf_entry);
	for (cf_node *node = n->first; node && list; node = node->next) {
		cf_node *e = cf_node_value(l, node);

		if (!e)
			continue;
		struct cf_entry *to = &list[ret->n++];
		if (e->kind != OSCI_YAML_MAPPING || cf_name_shape(l, t, entry) == CF_VALUE) {
			struct cf_match *self = osci_pool_new(l->mem, struct cf_match);

			if (self)
				cf_read_match(l, e, t, entry, self);
			to->self = self;
			continue;
		}
		struct cf_expected *fields = cf_new(l, e->n, struct cf_expected);
		for (cf_node *f = e->first; f && fields; f = f->next) {
			char below[CF_NAME_MAX * 2], plain[CF_NAME_MAX];
			cf_node *v = cf_node_value(l, f);

			snprintf(below, sizeof(below), "%s.%.100s", name, f->key);
			if (!cf_name_plain(f->key, plain) ||
			    snprintf(below, sizeof(below), "%s.%s", entry, plain) >= (int)CF_NAME_MAX ||
			    cf_name_shape(l, t, below) == CF_NO_FIELD) {
				cf_unknown_field(l, f, t, below);
				continue;
			}
			if (!v)
				continue;
			struct cf_expected *x = &fields[to->fields.n++];
			*x = (struct cf_expected){.name = osci_pool_dup(l->mem, f->key, strlen(f->key)),
						  .place = cf_place_of_key(l, f)};
			cf_read_match(l, v, t, below, &x->match);
		}
		to->fields.list = fields;
	}
	if (!n->n)
		cf_problem(l, n, "contains: the list is empty");
	ret->entries = list;
}

static void regex(struct cf_load *l, cf_node *n, const char *name, bool text, struct cf_match *ret)
{
	ret->text = cf_node_text(l, n, "regex");
	const char *problem = ret->text ? cf_regex_problem(ret->text) : NULL;

	if (problem)
		cf_problem(l, n, "regex: %s", problem);
	if (!text)
		cf_problem(l, n, "%s: only a text can be compared with a regex", name);
}

static bool is_text_field(const struct cf_load *l, const struct cf_tables *t, const char *name)
{
	const char *type = cf_name_type(l, t, name);

	return strcmp(type, "bool") != 0 && strcmp(type, "int") != 0 && strcmp(type, "true") != 0;
}

static void matcher(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name,
		    struct cf_match *ret)
{
	enum cf_shape shape = cf_name_shape(l, t, name);
	cf_node *v = cf_node_value(l, n->first);
	size_t i = 0;
	int word;

	while (matchers[i] && strcmp(matchers[i], n->first->key) != 0)
		i++;
	if (!matchers[i]) {
		const struct cf_place at = cf_place_of_key(l, n->first);

		cf_problem_at(l, &at, "%s: \"%.60s\" is no matcher; expected: a value, or one of %s", name,
			      n->first->key, cf_words_text(l, matchers));
		return;
	}
	if (n->n != 1) {
		cf_problem(l, n, "%s: a matcher has exactly one key, not %zu", name, n->n);
		return;
	}
	if (!v)
		return;
	if (shape != CF_LIST && i >= 5) {
		cf_problem(l, n, "%s: \"%s\" is for lists, and this is none", name, matchers[i]);
		return;
	}
	if (shape != CF_VALUE && (i == 1 || (i == 2 && shape == CF_OBJECT))) {
		cf_problem(l, n, "%s: \"%s\" is for values, and this is a %s", name, matchers[i],
			   shape == CF_LIST ? "list" : "group of fields");
		return;
	}
	switch (i) {
	case 0:
		word = cf_node_word(l, v, "is", is_words);
		ret->kind = word == 0 ? CF_M_PRESENT : word == 1 ? CF_M_ABSENT : CF_M_ANY;
		break;
	case 1:
		ret->kind = CF_M_REGEX;
		regex(l, v, name, is_text_field(l, t, name), ret);
		break;
	case 2:
		ret->kind = CF_M_SAME_AS;
		ret->text = capture_of(l, v);
		break;
	case 3:
		ret->kind = CF_M_ONE_OF;
		match_list(l, v, "one_of", t, name, ret);
		break;
	case 4: {
		struct cf_match *inner = osci_pool_new(l->mem, struct cf_match);

		ret->kind = CF_M_NOT;
		if (inner)
			cf_read_match(l, v, t, name, inner);
		ret->list = inner;
		ret->n = 1;
		if (inner && inner->kind == CF_M_ANY)
			cf_problem(l, n, "%s: contradiction: nothing can be other than anything", name);
		break;
	}
	case 5:
		ret->kind = CF_M_COUNT;
		ret->count = cf_node_int(l, v, "count", 0, COUNT_MAX);
		break;
	default:
		ret->kind = CF_M_CONTAINS;
		entries(l, v, t, name, ret);
	}
}

void cf_read_match(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name,
		   struct cf_match *ret)
{
	*ret = (struct cf_match){.place = cf_place_of(l, n)};
	if (l->nesting == CF_NESTING_MAX) {
		cf_problem(l, n, "matchers are nested too deep");
		return;
	}
	l->nesting++;
	if (n->kind == OSCI_YAML_MAPPING && n->n == 0)
		cf_problem(l, n, "%s: an empty mapping is neither a value nor a matcher", name);
	else if (n->kind == OSCI_YAML_MAPPING)
		matcher(l, n, t, name, ret);
	else
		bare(l, n, t, name, ret);
	l->nesting--;
}

void cf_read_expecteds(struct cf_load *l, cf_node *n, const char *what, const struct cf_tables *t,
		       struct cf_expecteds *ret)
{
	*ret = (struct cf_expecteds){0};
	if (!n || !cf_is_mapping(l, n, what))
		return;
	struct cf_expected *list = cf_new(l, n->n, struct cf_expected);
	for (cf_node *e = n->first; e && list; e = e->next) {
		char plain[CF_NAME_MAX];
		cf_node *v = cf_node_value(l, e);

		if (!cf_name_plain(e->key, plain) || cf_name_shape(l, t, plain) == CF_NO_FIELD) {
			cf_unknown_field(l, e, t, e->key);
			continue;
		}
		if (!v)
			continue;
		struct cf_expected *x = &list[ret->n++];
		x->name = osci_pool_dup(l->mem, e->key, strlen(e->key));
		x->place = cf_place_of_key(l, e);
		cf_read_match(l, v, t, plain, &x->match);
	}
	ret->list = list;
}
