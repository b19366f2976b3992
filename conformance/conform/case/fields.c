/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields - which names a message, outcome or record has, and which values
 *
 * Fields of messages come from the mapping of the release; the rest from tables.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "case/tables.h"

#define DIGITS_MAX 4 /* of the number of a list entry */

bool cf_name_plain(const char *name, char ret[CF_NAME_MAX])
{
	size_t len = 0;
	bool part = false; /* something stands since the last dot */

	while (*name) {
		if (len + 3 >= CF_NAME_MAX)
			return false;
		if (*name == '[') {
			size_t digits = strspn(name + 1, "0123456789");

			if (!part || digits > DIGITS_MAX || (digits && name[1] == '0') ||
			    name[1 + digits] != ']' || !digits ||
			    (name[2 + digits] && name[2 + digits] != '.'))
				return false;
			memcpy(ret + len, "[]", 2);
			len += 2;
			name += digits + 2;
			continue;
		}
		if (*name == '.' ? !part : !strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *name))
			return false;
		part = *name != '.';
		ret[len++] = *name++;
	}
	ret[len] = '\0';
	return part;
}

/* --- lookup in one table --------------------------------------------------------------------- */

/* What the table knows of the name: a row of ours, or a field of message @number. */
struct hit {
	enum cf_shape shape;
	const struct cf_row *row;
	const char *number, *field; /* field: as the release names it */
	const char *also;	    /* another message of the same outcome: the value may fit there */
	struct xausl_field f;
};

/* How @known ("a.b[].c") stands to @name: itself, a list of it, something below it. */
static enum cf_shape relation(const char *known, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(known, name, len) != 0)
		return CF_NO_FIELD;
	known += len;
	if (!*known)
		return CF_VALUE;
	if (strncmp(known, "[]", 2) == 0)
		return CF_LIST;
	return *known == '.' ? CF_OBJECT : CF_NO_FIELD;
}

static void look_rows(const struct cf_row *rows, const char *name, struct hit *ret)
{
	for (; rows && rows->name && ret->shape == CF_NO_FIELD; rows++) {
		ret->shape = relation(rows->name, name);
		ret->row = rows;
	}
}

static void look_message(const struct cf_load *l, const char *number, const char *name, struct hit *ret)
{
	struct xausl_field f;

	for (size_t i = 0; ret->shape == CF_NO_FIELD && xausl_field_get(l->release, number, i, &f); i++) {
		ret->shape = relation(f.name, name);
		if (ret->shape == CF_NO_FIELD)
			continue;
		ret->row = NULL;
		ret->number = number;
		ret->field = f.name;
		ret->f = f;
	}
}

/* Messages whose fields an outcome has: those of the table of outcomes. */
static void look_outcome(const struct cf_load *l, const char *outcome, const char *name, struct hit *ret)
{
	static const char *const numbers[] = {"070003", "070004", "070005", "070006", "070012", "070014",
					      "070015", "070017", "0010",   "000002", NULL};

	look_rows(cf_rows_outcome(outcome), name, ret);
	for (size_t i = 0; numbers[i]; i++)
		if (strcmp(cf_message_outcome(numbers[i]), outcome) == 0)
			look_message(l, numbers[i], name, ret);
	if (strcmp(outcome, "incoming-rejected") == 0)
		look_message(l, "0010", name, ret);
	if (ret->number && strcmp(ret->number, "0010") == 0)
		ret->also = "000002";
}

static void look(const struct cf_load *l, const struct cf_table *t, const char *name, struct hit *ret)
{
	char below[CF_NAME_MAX + 8];

	*ret = (struct hit){.shape = CF_NO_FIELD};
	switch (t->side) {
	case CF_SIDE_RECORD:
		look_rows(cf_rows_record, name, ret);
		return;
	case CF_SIDE_STATE:
		look_rows(cf_rows_state, name, ret);
		return;
	case CF_SIDE_PERSON:
		snprintf(below, sizeof(below), "person.%s", name);
		look_message(l, "070001", below, ret);
		return;
	default:
		break;
	}
	look_rows(cf_rows_envelope(t->side), name, ret);
	if (t->message) {
		look_message(l, t->message, name, ret);
		if (cf_message_outcome(t->message) && t->side == CF_SIDE_OFFICE)
			look_rows(cf_rows_outcome(cf_message_outcome(t->message)), name, ret);
	}
	if (t->outcome)
		look_outcome(l, t->outcome, name, ret);
}

enum cf_shape cf_name_shape(const struct cf_load *l, const struct cf_tables *t, const char *name)
{
	struct hit h = {.shape = CF_NO_FIELD};

	for (size_t i = 0; i < t->n && h.shape == CF_NO_FIELD; i++)
		look(l, &t->list[i], name, &h);
	return h.shape;
}

static const char *type_of(const struct hit *h)
{
	if (h->shape != CF_VALUE)
		return "";
	if (h->row)
		return h->row->type == CF_T_INT ? "int" : h->row->type == CF_T_BOOL ? "bool" : "text";
	return h->f.type;
}

const char *cf_name_type(const struct cf_load *l, const struct cf_tables *t, const char *name)
{
	struct hit h = {.shape = CF_NO_FIELD};

	for (size_t i = 0; i < t->n && h.shape == CF_NO_FIELD; i++)
		look(l, &t->list[i], name, &h);
	return type_of(&h);
}

static bool is_int(const struct hit *h) { return strcmp(type_of(h), "int") == 0; }

/* --- texts ------------------------------------------------------------------------------------- */

const char *cf_table_name(struct cf_load *l, const struct cf_tables *t)
{
	const char *text = "";

	for (size_t i = 0; i < t->n && text; i++) {
		const struct cf_table *one = &t->list[i];
		const char *name = one->side == CF_SIDE_RECORD	 ? "a record"
				   : one->side == CF_SIDE_PERSON ? "a person"
				   : one->message		 ? one->message
								 : one->outcome;

		text = osci_pool_text(l->mem, "%s%s%s", text, i ? " or " : "", name ? name : "the event");
	}
	return text ? text : "";
}

/* Same letters but for two: near enough to be meant. */
static bool resembles(const char *a, const char *b)
{
	size_t head = 0, x = strlen(a), y = strlen(b), tail = 0;

	while (a[head] && a[head] == b[head])
		head++;
	while (tail < x - head && tail < y - head && a[x - 1 - tail] == b[y - 1 - tail])
		tail++;
	return x - head - tail <= 2 && y - head - tail <= 2 && head + tail >= 3;
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static const char *similar(const struct cf_load *l, const struct cf_table *t, const char *name)
{
	static const char person[] = "person.";
	bool is_person = t->side == CF_SIDE_PERSON;
	const char *number = is_person ? "070001" : t->message;
	struct xausl_field f;

	for (size_t i = 0; number && xausl_field_get(l->release, number, i, &f); i++) {
		const char *known = f.name;

		if (is_person && strncmp(known, person, strlen(person)) != 0)
			continue;
		known += is_person ? strlen(person) : 0;
		if (resembles(known, name) || strcmp(last_part(known), name) == 0)
			return known;
	}
	for (const struct cf_row *r = t->side == CF_SIDE_RECORD ? cf_rows_record : cf_rows_envelope(t->side);
	     r && r->name; r++)
		if (resembles(r->name, name))
			return r->name;
	return NULL;
}

void cf_unknown_field(struct cf_load *l, cf_node *at, const struct cf_tables *t, const char *name)
{
	const char *near = NULL;

	for (size_t i = 0; i < t->n && !near; i++)
		near = similar(l, &t->list[i], name);
	const struct cf_place place = cf_place_of_key(l, at);
	if (near && strcmp(near, name) == 0) /* dotted, where mappings are expected */
		cf_problem_at(l, &place, "%s: names with dots are not for %s; expected: a mapping within a mapping",
			      name, cf_table_name(l, t));
	else
		cf_problem_at(l, &place, "%s has no field \"%.100s\"%s%s%s", cf_table_name(l, t), name,
			      near ? "; did you mean \"" : "; xausl fields lists those of messages",
			      near ? near : "", near ? "\"" : "");
}

/* --- values --------------------------------------------------------------------------------------- */

struct converting {
	struct cf_load *l;
	const struct cf_tables *t;
	bool strict;
};

/* What is expected of the field of a release. */
static const char *expected_of(struct cf_load *l, const struct hit *h, const char *said)
{
	static const char tail[] = " expected"; /* "expected:" stands before it already */
	const char *list = strncmp(h->f.type, "code(", 5) == 0 ? h->f.type + 5 : NULL;
	size_t len = said ? strlen(said) : 0;

	if (len > sizeof(tail) && strcmp(said + len - sizeof(tail) + 1, tail) == 0) {
		len -= sizeof(tail) - 1;
		said = osci_pool_text(l->mem, "%.*s", (int)(said[len - 1] == ',' ? len - 1 : len), said);
	}
	if (list)
		return osci_pool_text(l->mem, "a code of the list %.*s", (int)strlen(list) - 1, list);
	if (strcmp(h->f.type, "name") == 0 || strcmp(h->f.type, "place") == 0)
		return "text, or null for \"rightly has none\"";
	if (strcmp(h->f.type, "text") == 0)
		return said ? said : "text";
	return said ? said : h->f.type;
}

/* Texts that differ from the field's only in characters, length or pattern. */
static bool is_text_type(const struct hit *h)
{
	return strcmp(h->f.type, "text") == 0 || strcmp(h->f.type, "name") == 0 ||
	       strcmp(h->f.type, "place") == 0 || strcmp(h->f.type, "uuid") == 0 ||
	       strcmp(h->f.type, "time") == 0;
}

/* NULL: the value fits; else what is expected. */
static const char *misfit(struct converting *c, const struct hit *h, const json_t *v)
{
	const char *code, *expected;

	if (h->row)
		return cf_row_fits(c->l, h->row, v) ? NULL : cf_type_name(c->l, h->row);
	if (!c->strict && json_is_string(v) && is_text_type(h))
		return NULL;
	int e = xausl_field_check(c->l->release, h->number, h->field, v, &code, &expected);
	if (e && h->also)
		e = xausl_field_check(c->l->release, h->also, h->field, v, &code, &expected);
	if (e == 0)
		return NULL;
	if (code && strcmp(code, "code_not_allowed") == 0)
		return osci_pool_text(c->l->mem, "%s that an office may use", expected_of(c->l, h, expected));
	return expected_of(c->l, h, expected);
}

static json_t *scalar_json(cf_node *n, bool as_int)
{
	uint64_t v;

	if (n->plain && strcmp(n->text, "null") == 0)
		return json_null();
	if (n->plain && (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0))
		return json_boolean(n->text[0] == 't');
	if (as_int && n->plain && osci_parse_u64(n->text, strlen(n->text), 1000000000, &v) == 0)
		return json_integer((json_int_t)v);
	return json_string(n->text);
}

/* Checks one value against every table; the first that takes it counts.  Names no table has were reported by
 * the caller. */
static json_t *value_of(struct converting *c, cf_node *n, const char *name)
{
	const char *expected = NULL;
	json_t *v = NULL;

	for (size_t i = 0; i < c->t->n; i++) {
		struct hit h;

		look(c->l, &c->t->list[i], name, &h);
		if (h.shape == CF_NO_FIELD)
			continue;
		json_decref(v);
		v = scalar_json(n, is_int(&h));
		if (!v)
			return NULL;
		if (h.shape != CF_VALUE)
			expected = h.shape == CF_LIST ? "a list" : "a mapping";
		else
			expected = misfit(c, &h, v);
		if (!expected)
			return v;
	}
	cf_problem(c->l, n, "%s: \"%.60s\" is no value of this field; expected: %s", name, n->text,
		   expected ? expected : "a value");
	return v;
}

static json_t *tree_of(struct converting *c, cf_node *node, const char *name, unsigned depth)
{
	cf_node *n = cf_node_value(c->l, node);
	enum cf_shape shape = cf_name_shape(c->l, c->t, name);
	char below[CF_NAME_MAX + 1];
	json_t *ret;

	if (!n)
		return json_null();
	if (shape == CF_NO_FIELD) {
		cf_unknown_field(c->l, node, c->t, name);
		return json_null();
	}
	if (n->kind == OSCI_YAML_SCALAR)
		return value_of(c, n, name);
	if (depth == CF_NESTING_MAX || shape != (n->kind == OSCI_YAML_LIST ? CF_LIST : CF_OBJECT)) {
		cf_problem(c->l, n, "%s: %s is expected", name,
			   shape == CF_LIST	? "a list"
			   : shape == CF_OBJECT ? "a mapping"
						: "a value");
		return json_null();
	}
	ret = n->kind == OSCI_YAML_LIST ? json_array() : json_object();
	for (cf_node *e = n->first; e && ret; e = e->next) {
		if (n->kind == OSCI_YAML_LIST)
			snprintf(below, sizeof(below), "%s[]", name);
		else
			snprintf(below, sizeof(below), "%s.%.100s", name, e->key);
		json_t *v = strlen(below) < CF_NAME_MAX ? tree_of(c, e, below, depth + 1) : json_null();
		if (n->kind == OSCI_YAML_LIST ? json_array_append_new(ret, v)
					      : json_object_set_new(ret, e->key, v)) {
			json_decref(ret);
			ret = NULL;
		}
	}
	return ret;
}

json_t *cf_field_json(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name, bool strict)
{
	struct converting c = {l, t, strict};

	return cf_keep(l, tree_of(&c, n, name, 0));
}

/* --- messages, outcomes ------------------------------------------------------------------------------ */

const char *cf_read_message(struct cf_load *l, cf_node *n, const char *what, enum cf_side side)
{
	const char *s = cf_node_text(l, n, what);
	int wanted = side == CF_SIDE_REQUEST || side == CF_SIDE_PARTNER ? 1 : -1;

	if (!s)
		return NULL;
	int direction = xausl_message_direction(l->release, s);
	if (!direction) {
		cf_problem(l, n, "%s: there is no message \"%.20s\" in release %s", what, s,
			   xausl_release_version(l->release));
		return NULL;
	}
	bool fits = direction == wanted || direction == 2;
	if (side == CF_SIDE_REQUEST)
		fits = direction == 1;
	if (side == CF_SIDE_OFFICE || side == CF_SIDE_ANSWER)
		fits = cf_message_outcome(s) || direction == 2;
	if (fits)
		return s;
	if (side == CF_SIDE_REQUEST || side == CF_SIDE_PARTNER)
		cf_problem(l, n, "%s: %s is sent by the partner, not by an office", what, s);
	else
		cf_problem(l, n, "%s: the partner never sends %s to an office", what, s);
	return NULL;
}

const char *cf_read_outcome(struct cf_load *l, cf_node *n, const char *what, enum cf_side side)
{
	const char *const *words = side == CF_SIDE_OPERATOR ? cf_operator_outcomes : cf_office_outcomes;
	const char *s = cf_node_text(l, n, what);
	static const char *const messages[] = {"accepted",   "duplicate",	 "refused",
					       "question",   "information",	 "attendance_refused",
					       "attendance", "takeover_refused", NULL};

	if (!s)
		return NULL;
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], s) == 0)
			return s;
	for (size_t i = 0; side == CF_SIDE_OFFICE && messages[i]; i++)
		if (strcmp(messages[i], s) == 0)
			return s;
	cf_problem(l, n, "%s: \"%.60s\" is no outcome at %s; expected: %s", what, s,
		   side == CF_SIDE_OPERATOR ? "the operator" : "an office", cf_words_text(l, words));
	return NULL;
}
