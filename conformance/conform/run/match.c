/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match - the comparisons
 *
 * Recursion follows the nesting of matchers in the case file, which ends at CF_DEPTH_MAX, and that of a JSON text
 * jansson has read (2048).
 */
#include "run/match.h"

#include <errno.h>

#include "run/assign.h"

bool cf_value_there(const json_t *value)
{
	const char *key;
	json_t *down;
	size_t i;

	if (json_is_object(value)) {
		json_object_foreach ((json_t *)value, key, down)
			if (cf_value_there(down))
				return true;
		return false;
	}
	if (json_is_array(value)) {
		json_array_foreach (value, i, down)
			if (cf_value_there(down))
				return true;
		return false;
	}
	return value != NULL;
}

static int fits(const struct cf_match *m, const json_t *have, const json_t *captures, unsigned depth);

static int all_fit(const struct cf_expecteds *e, const json_t *have, const json_t *captures, unsigned depth,
		   const struct cf_expected **which)
{
	for (size_t i = 0; i < e->n; i++) {
		int r = fits(&e->list[i].match, cf_path_get(have, e->list[i].name), captures, depth);

		if (r <= 0) {
			if (which)
				*which = &e->list[i];
			return r;
		}
	}
	return 1;
}

struct contains {
	const struct cf_match *m;
	const json_t *have, *captures;
	unsigned depth;
	int error;
};

static bool entry_fits(void *arg, size_t want, size_t have)
{
	struct contains *c = arg;
	const struct cf_entry *e = &c->m->entries[want];
	const json_t *value = json_array_get(c->have, have);
	int r;

	if (e->self)
		r = fits(e->self, value, c->captures, c->depth);
	else
		r = json_is_object(value) ? all_fit(&e->fields, value, c->captures, c->depth, NULL) : 0;
	if (r < 0)
		c->error = r;
	return r > 0;
}

static int fits(const struct cf_match *m, const json_t *have, const json_t *captures, unsigned depth)
{
	const json_t *captured;
	int r;

	if (depth++ >= CF_FITS_DEPTH_MAX)
		return 0;
	switch (m->kind) {
	case CF_M_EQUALS:
		return have && json_equal(m->value, have);
	case CF_M_PRESENT:
		return !json_is_null(have) && cf_value_there(have);
	case CF_M_ABSENT:
		return !cf_value_there(have);
	case CF_M_ANY:
		return 1;
	case CF_M_REGEX:
		return json_is_string(have) && cf_regex_fits(m->text, json_string_value(have));
	case CF_M_SAME_AS:
		captured = json_object_get(captures, m->text);
		return captured && have && json_equal(captured, have);
	case CF_M_ONE_OF:
		for (size_t i = 0; i < m->n; i++) {
			r = fits(&m->list[i], have, captures, depth);
			if (r)
				return r;
		}
		return 0;
	case CF_M_NOT:
		r = fits(&m->list[0], have, captures, depth);
		return r < 0 ? r : !r;
	case CF_M_COUNT:
		return (!have || json_is_array(have)) && json_array_size(have) == m->count;
	case CF_M_CONTAINS:
		if (have && !json_is_array(have))
			return 0;
		struct contains c = { m, have, captures, depth, 0 };
		r = cf_assign(m->n, json_array_size(have), entry_fits, &c, NULL);
		return c.error ? c.error : r;
	}
	return 0;
}

int cf_fits(const struct cf_match *m, const json_t *have, const json_t *captures)
{
	return fits(m, have, captures, 0);
}

int cf_all_fit(const struct cf_expecteds *e, const json_t *have, const json_t *captures,
	       const struct cf_expected **which)
{
	return all_fit(e, have, captures, 0, which);
}

/* --- words ------------------------------------------------------------------- */

static json_t *words(const struct cf_match *m, const json_t *captures, unsigned depth);

static json_t *pair(const char *key, json_t *value)
{
	json_t *o = value ? json_object() : NULL;

	if (!o || json_object_set_new(o, key, value)) {
		if (!o)
			json_decref(value);
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *entry_words(const struct cf_entry *e, const json_t *captures, unsigned depth)
{
	json_t *o;

	if (e->self)
		return words(e->self, captures, depth);
	o = json_object();
	for (size_t i = 0; o && i < e->fields.n; i++)
		if (json_object_set_new(o, e->fields.list[i].name,
					words(&e->fields.list[i].match, captures, depth))) {
			json_decref(o);
			o = NULL;
		}
	return o;
}

static json_t *list_words(const struct cf_match *m, const json_t *captures, unsigned depth)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < m->n; i++)
		if (json_array_append_new(a, m->kind == CF_M_CONTAINS ? entry_words(&m->entries[i], captures, depth)
								      : words(&m->list[i], captures, depth))) {
			json_decref(a);
			a = NULL;
		}
	return a;
}

static json_t *words(const struct cf_match *m, const json_t *captures, unsigned depth)
{
	json_t *captured;

	if (depth++ >= CF_FITS_DEPTH_MAX)
		return json_null();
	switch (m->kind) {
	case CF_M_EQUALS:
		return json_deep_copy(m->value);
	case CF_M_PRESENT:
		return pair("is", json_string("present"));
	case CF_M_ABSENT:
		return pair("is", json_string("absent"));
	case CF_M_ANY:
		return pair("is", json_string("any"));
	case CF_M_REGEX:
		return pair("regex", json_string(m->text));
	case CF_M_SAME_AS:
		captured = json_object_get(captures, m->text);
		return json_pack("{s:s, s:o*}", "same_as", m->text, "value",
				 captured ? json_deep_copy(captured) : NULL);
	case CF_M_ONE_OF:
		return pair("one_of", list_words(m, captures, depth));
	case CF_M_NOT:
		return pair("not", words(&m->list[0], captures, depth));
	case CF_M_COUNT:
		return pair("count", json_integer(m->count));
	case CF_M_CONTAINS:
		return pair("contains", list_words(m, captures, depth));
	}
	return json_null();
}

json_t *cf_match_words(const struct cf_match *m, const json_t *captures)
{
	return words(m, captures, 0);
}
