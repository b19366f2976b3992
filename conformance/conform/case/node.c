/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node - values of the tree by their types, and what is wrong with them
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "case/load.h"

#define DUR_YEARS_MAX 30u
#define SHOWN_MAX     60 /* octets of a value in a problem */

static const char *const kind_names[] = {
    [OSCI_YAML_SCALAR] = "a value",
    [OSCI_YAML_MAPPING] = "a mapping",
    [OSCI_YAML_LIST] = "a list",
};

cf_node *cf_node_value(struct cf_load *l, cf_node *n)
{
	char name[CF_LABEL_MAX + 1];
	size_t len;

	if (!n || n->kind != OSCI_YAML_SCALAR || strncmp(n->text, "$(", 2) != 0)
		return n;
	len = strlen(n->text);
	if (n->text[len - 1] != ')' || len - 3 > CF_LABEL_MAX || len < 4)
		return n;
	memcpy(name, n->text + 2, len - 3);
	name[len - 3] = '\0';
	cf_node *v = l->variant ? osci_yaml_get(l->variant, name) : NULL;
	if (!v)
		cf_problem(l, n,
			   l->variant
			       ? "this variant has no value \"%s\""
			       : "\"%s\" stands for a value of a variant, and there is none of that name",
			   name);
	return v;
}

bool cf_is_null(cf_node *n)
{
	return n->kind == OSCI_YAML_SCALAR && n->plain && strcmp(n->text, "null") == 0;
}

static bool is_bool(cf_node *n)
{
	return n->kind == OSCI_YAML_SCALAR && n->plain &&
	       (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0);
}

bool cf_is_mapping(struct cf_load *l, cf_node *n, const char *what)
{
	if (n->kind == OSCI_YAML_MAPPING)
		return true;
	cf_problem(l, n, "%s: a mapping is expected, not %s", what, kind_names[n->kind]);
	return false;
}

bool cf_is_list(struct cf_load *l, cf_node *n, const char *what)
{
	if (n->kind == OSCI_YAML_LIST && n->n <= CF_LIST_MAX)
		return true;
	if (n->kind == OSCI_YAML_LIST)
		cf_problem(l, n, "%s: more than %u entries", what, CF_LIST_MAX);
	else
		cf_problem(l, n, "%s: a list is expected, not %s", what, kind_names[n->kind]);
	return false;
}

const char *cf_words_text(struct cf_load *l, const char *const *words)
{
	const char *text = "";

	for (size_t i = 0; words[i] && text; i++)
		text = osci_pool_text(l->mem, "%s%s%s", text, i ? ", " : "", words[i]);
	return text ? text : "";
}

static void unknown_key(struct cf_load *l, cf_node *entry, const char *what, const struct cf_key *keys,
			size_t n)
{
	const char *list = "";

	for (size_t i = 0; i < n && list && l->n_found < CF_PROBLEMS_MAX; i++)
		list = osci_pool_text(l->mem, "%s%s%s", list, i ? ", " : "", keys[i].name);
	const struct cf_place at = cf_place_of_key(l, entry);
	cf_problem_at(l, &at, "%s: unknown key \"%.*s\"; expected: %s", what, SHOWN_MAX, entry->key,
		      list ? list : "");
}

bool cf_node_keys(struct cf_load *l, cf_node *n, const char *what, const struct cf_key *keys, size_t n_keys,
		  cf_node **out)
{
	memset(out, 0, n_keys * sizeof(*out));
	if (!cf_is_mapping(l, n, what))
		return false;
	bool given[64] = {false};
	for (cf_node *e = n->first; e; e = e->next) {
		size_t i = 0;

		while (i < n_keys && strcmp(keys[i].name, e->key) != 0)
			i++;
		if (i == n_keys) {
			unknown_key(l, e, what, keys, n_keys);
			continue;
		}
		given[i] = true;
		out[i] = cf_node_value(l, e);
	}
	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].required && !given[i])
			cf_problem(l, n, "%s: the key \"%s\" is missing", what, keys[i].name);
	return true;
}

/* A scalar that is text: not plain true, false or null. */
const char *cf_node_text(struct cf_load *l, cf_node *n, const char *what)
{
	if (!n)
		return NULL;
	if (n->kind != OSCI_YAML_SCALAR)
		cf_problem(l, n, "%s: text is expected, not %s", what, kind_names[n->kind]);
	else if (cf_is_null(n) || is_bool(n))
		cf_problem(l, n, "%s: text is expected, not %s; in quotes it is text", what, n->text);
	else if (!*n->text)
		cf_problem(l, n, "%s: the text is empty", what);
	else if (strlen(n->text) > CF_TEXT_MAX)
		cf_problem(l, n, "%s: the text is longer than %u octets", what, CF_TEXT_MAX);
	else
		return osci_pool_dup(l->mem, n->text, strlen(n->text));
	return NULL;
}

const char *cf_node_line(struct cf_load *l, cf_node *n, const char *what)
{
	const char *s = cf_node_text(l, n, what);

	for (const char *c = s; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			cf_problem(l, n, "%s: one line without control characters is expected", what);
			return NULL;
		}
	return s;
}

bool cf_node_bool(struct cf_load *l, cf_node *n, const char *what)
{
	if (!n)
		return false;
	if (is_bool(n))
		return n->text[0] == 't';
	cf_problem(l, n, "%s: true or false is expected, without quotes", what);
	return false;
}

unsigned cf_node_int(struct cf_load *l, cf_node *n, const char *what, unsigned min, unsigned max)
{
	uint64_t v = 0;

	if (!n)
		return 0;
	if (n->kind != OSCI_YAML_SCALAR || !n->plain || osci_parse_u64(n->text, strlen(n->text), max, &v) ||
	    v < min) {
		cf_problem(l, n, "%s: a whole number from %u to %u is expected, without quotes", what, min,
			   max);
		return min;
	}
	return (unsigned)v;
}

int cf_node_word(struct cf_load *l, cf_node *n, const char *what, const char *const *words)
{
	const char *s = cf_node_text(l, n, what);

	for (int i = 0; s && words[i]; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	if (s)
		cf_problem(l, n, "%s: \"%.*s\" is unknown; expected: %s", what, SHOWN_MAX, s,
			   cf_words_text(l, words));
	return -1;
}

bool cf_date_ok(const char *s)
{
	uint64_t y, m, d;

	return strlen(s) == 10 && s[4] == '-' && s[7] == '-' && !osci_parse_u64(s, 4, 9999, &y) &&
	       !osci_parse_u64(s + 5, 2, 12, &m) && !osci_parse_u64(s + 8, 2, 31, &d) &&
	       osci_date_valid((int)y, (int)m, (int)d);
}

const char *cf_node_date(struct cf_load *l, cf_node *n, const char *what)
{
	const char *s = cf_node_text(l, n, what);

	if (!s || cf_date_ok(s))
		return s;
	cf_problem(l, n, "%s: \"%.*s\" is no date; expected: a day that exists, such as 2026-11-16", what,
		   SHOWN_MAX, s);
	return NULL;
}

bool cf_node_time(struct cf_load *l, cf_node *n, const char *what, int64_t *ret)
{
	const char *s = cf_node_text(l, n, what);

	if (!s)
		return false;
	if (cf_time_parse(s, ret) == 0)
		return true;
	cf_problem(l, n,
		   "%s: \"%.*s\" is no time; expected: a local time of Berlin that exists, such as "
		   "2026-11-16T09:00:00",
		   what, SHOWN_MAX, s);
	return false;
}

bool cf_node_dur(struct cf_load *l, cf_node *n, const char *what, struct cf_dur *ret)
{
	const char *s = cf_node_text(l, n, what);

	if (!s)
		return false;
	if (cf_dur_parse(s, ret)) {
		cf_problem(l, n, "%s: \"%.*s\" is no duration; expected: ISO 8601, such as PT15M or P1DT12H",
			   what, SHOWN_MAX, s);
		return false;
	}
	ret->text = s;
	if (ret->years + ret->months / 12 + ret->weeks / 52 + ret->days / 365 + ret->seconds / 31536000 <=
	    DUR_YEARS_MAX)
		return true;
	cf_problem(l, n, "%s: a duration of more than %u years", what, DUR_YEARS_MAX);
	return false;
}

bool cf_node_span(struct cf_load *l, cf_node *n, const char *what, struct cf_dur *ret)
{
	if (!cf_node_dur(l, n, what, ret))
		return false;
	if (ret->years || ret->months || ret->weeks || ret->days || ret->seconds)
		return true;
	cf_problem(l, n, "%s: %s is no time at all; expected: such as PT15M", what, ret->text);
	return false;
}

const char *cf_node_code(struct cf_load *l, cf_node *n, const char *what, const char *list)
{
	const char *s = cf_node_text(l, n, what);

	if (!s || xausl_code_name(l->release, list, s))
		return s;
	cf_problem(l, n, "%s: \"%.*s\" is no code of the list %s", what, SHOWN_MAX, s, list);
	return NULL;
}

const char *cf_node_office_key(struct cf_load *l, cf_node *n, const char *what)
{
	const char *s = cf_node_text(l, n, what);

	if (!s || (strncmp(s, "azr:", 4) == 0 &&
		   xausl_code_name(l->release, "Gueltige-Auslaenderbehoerden", s + 4)))
		return s;
	cf_problem(
	    l, n,
	    "%s: \"%.*s\" is no key of an office; expected: azr: and a code of Gueltige-Auslaenderbehoerden",
	    what, SHOWN_MAX, s);
	return NULL;
}

const char *cf_node_release(struct cf_load *l, cf_node *n, const char *what)
{
	const char *s = cf_node_text(l, n, what);

	if (!s || strcmp(s, "test-next") == 0 || xausl_release_find(l->x, s))
		return s;
	cf_problem(l, n, "%s: \"%.*s\" is no release of the calendar; expected: such as 26.11, or test-next",
		   what, SHOWN_MAX, s);
	return NULL;
}

static json_t *json_at(struct cf_load *l, cf_node *node, unsigned depth)
{
	cf_node *n = cf_node_value(l, node);
	json_t *ret;

	if (!n)
		return json_null();
	if (depth == CF_NESTING_MAX) {
		cf_problem(l, n, "nested too deep");
		return json_null();
	}
	if (n->kind == OSCI_YAML_SCALAR)
		return cf_is_null(n) ? json_null()
		       : is_bool(n)  ? json_boolean(n->text[0] == 't')
				     : json_string(n->text);
	ret = n->kind == OSCI_YAML_LIST ? json_array() : json_object();
	for (cf_node *e = n->first; e && ret; e = e->next) {
		json_t *v = json_at(l, e, depth + 1);

		if (n->kind == OSCI_YAML_LIST ? json_array_append_new(ret, v)
					      : json_object_set_new(ret, e->key, v)) {
			json_decref(ret);
			ret = NULL;
		}
	}
	return ret;
}

json_t *cf_node_json(struct cf_load *l, cf_node *n) { return cf_keep(l, json_at(l, n, 0)); }

const char *const *cf_node_texts(struct cf_load *l, cf_node *n, const char *what, size_t *ret_n)
{
	*ret_n = 0;
	if (!n || !cf_is_list(l, n, what))
		return NULL;
	const char **list = cf_new(l, n->n, const char *);
	for (cf_node *e = n->first; e && list; e = e->next) {
		const char *s = cf_node_text(l, cf_node_value(l, e), what);

		if (s)
			list[(*ret_n)++] = s;
	}
	return list;
}
