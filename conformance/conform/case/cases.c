/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases - a case of a file, once for each of its variants
 *
 * A case that has a problem is not part of the book; the next one is read as if nothing had been.
 */
#include <stdlib.h>
#include <string.h>

#include "case/load.h"

enum {
	ID,
	SOURCE,
	SUITE,
	URL,
	REQUIREMENT,
	TITLE,
	RELEASE,
	ASSUMES,
	OPEN,
	NOT_RUNNABLE,
	VARIANTS,
	CLOCK,
	SETTINGS,
	OFFICES,
	PERSONS,
	INGE,
	STEPS,
	AFTER,
	KEYS
};
static const struct cf_key keys[] = {
    {"id", true},	   {"source", true},	    {"suite_version", false}, {"url", false},
    {"requirement", true}, {"title", true},	    {"release", true},	      {"assumes", false},
    {"open", false},	   {"not_runnable", false}, {"variants", false},      {"clock", false},
    {"settings", false},   {"offices", false},	    {"persons", false},	      {"inge", false},
    {"steps", false},	   {"after", false},
};

static const char *const source_names[] = {"official", "official-title", "seed", "derived", NULL};
static const char *const needs_names[] = {"26.11", "any", "test-next", NULL};

const char *cf_source_name(enum cf_source s) { return source_names[s]; }

const char *cf_needs_name(enum cf_needs n) { return needs_names[n]; }

const struct cf_office *cf_office_find(const struct cf_case *c, const char *label)
{
	for (size_t i = 0; i < c->n_offices; i++)
		if (strcmp(c->offices[i].label, label) == 0)
			return &c->offices[i];
	return NULL;
}

const struct cf_person *cf_person_find(const struct cf_case *c, const char *label)
{
	for (size_t i = 0; i < c->n_persons; i++)
		if (strcmp(c->persons[i].label, label) == 0)
			return &c->persons[i];
	return NULL;
}

/* --- requirements --------------------------------------------------------------------------------------- */

bool cf_requirement_ok(const char *id)
{
	static const char *const ids[] = {
	    "CODE-070005", "CODE-070012", "CODE-070014",  "CODE-070017", "CODE-NOTE",	 "ID-DUP",
	    "ID-KEY",	   "ID-PAIR",	  "INFO-PURPOSE", "INFO-A",	 "INFO-B",	 "TAKE",
	    "LIM-MONTH",   "LIM-YEARS",	  "LIM-INACT",	  "DATA-DATE",	 "DATA-CHAR",	 "DATA-NAME",
	    "DATA-BLOCK",  "CHECK-VALID", "CHECK-S030",	  "CHECK-TITLE", "CHECK-DIR",	 "CHECK-QUESTION",
	    "REL-DAY",	   "REL-OLD",	  "REL-DIALOG",	  "ONCE-SEND",	 "ONCE-DELIVER", "KEEP-RESTART",
	    "KEEP-ACK",	   "KEEP-LATE",	  "SEC-SIGN",	  "SEC-ADDR",	 "LOAD",
	};
	static const char flow[] = "FLOW-";
	static const char rule[] = "RULE-";

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	if (strncmp(id, rule, strlen(rule)) == 0)
		return strlen(id) == strlen(rule) + 1 && id[strlen(rule)] >= '0' && id[strlen(rule)] <= '8';
	if (strncmp(id, flow, strlen(flow)) != 0)
		return false;
	const char *number = id + strlen(flow), *outcome = cf_message_outcome(number);
	return (outcome && strncmp(number, "0700", 4) == 0) || cf_request_bit(number);
}

/* --- head --------------------------------------------------------------------------------------------- */

static void read_requirement(struct cf_load *l, cf_node *n, struct cf_case *c)
{
	static const struct cf_key two[] = {{"id", true}, {"what", true}};
	cf_node *v[2];

	if (!n || !CF_KEYS(l, n, "requirement", two, v))
		return;
	c->requirement = cf_node_text(l, v[0], "requirement.id");
	c->what = cf_node_text(l, v[1], "requirement.what");
	bool known = c->requirement && cf_requirement_ok(c->requirement);
	for (size_t i = 0; c->requirement && !known && i < l->opts->n_requirements; i++)
		known = strcmp(l->opts->requirements[i], c->requirement) == 0;
	if (c->requirement && !known)
		cf_problem(l, v[0],
			   "requirement.id: \"%.60s\" is no requirement of the format, nor of the list of "
			   "requirements",
			   c->requirement);
}

static void read_head(struct cf_load *l, cf_node *n, cf_node **v, struct cf_case *c)
{
	int i = v[SOURCE] ? cf_node_word(l, v[SOURCE], "source", source_names) : 0;

	c->source = i < 0 ? CF_OFFICIAL : (enum cf_source)i;
	c->suite_version = cf_node_text(l, v[SUITE], "suite_version");
	c->url = cf_node_text(l, v[URL], "url");
	read_requirement(l, v[REQUIREMENT], c);
	c->title = cf_node_line(l, v[TITLE], "title");
	i = v[RELEASE] ? cf_node_word(l, v[RELEASE], "release", needs_names) : 0;
	c->release = i < 0 ? CF_NEEDS_26_11 : (enum cf_needs)i;
	c->assumes = cf_node_text(l, v[ASSUMES], "assumes");
	if (c->release == CF_NEEDS_TEST_NEXT && !v[ASSUMES])
		cf_problem(l, n, "a case: with release test-next the key \"assumes\" is needed");
	c->open = cf_node_text(l, v[OPEN], "open");
	c->not_runnable = cf_node_text(l, v[NOT_RUNNABLE], "not_runnable");
}

/* What must be there to run, and must not be if it cannot be run. */
static void check_runnable(struct cf_load *l, cf_node *n, cf_node **v)
{
	static const int needed[] = {CLOCK, OFFICES, STEPS};

	for (size_t i = 0; i < 3; i++)
		if (!v[NOT_RUNNABLE] && !v[needed[i]])
			cf_problem(l, n, "a case: the key \"%s\" is missing", keys[needed[i]].name);
	if (v[NOT_RUNNABLE] && v[STEPS])
		cf_problem(l, v[STEPS], "steps: contradiction: the case is not_runnable");
}

/* --- one run -----------------------------------------------------------------------------------------------
 */

static void take(struct cf_load *l, cf_node *n, const struct cf_case *c)
{
	if (l->n_cases == CF_RUNS_MAX) {
		cf_problem(l, n, "more than %u cases, variants counted", CF_RUNS_MAX);
		return;
	}
	if (l->n_cases == l->room_cases) {
		size_t room = l->room_cases ? l->room_cases * 2 : 64;
		struct cf_case *more = realloc(l->cases, room * sizeof(*more));

		if (!more) {
			cf_keep(l, NULL);
			return;
		}
		l->cases = more;
		l->room_cases = room;
	}
	l->cases[l->n_cases++] = *c;
}

static void read_run(struct cf_load *l, cf_node *n, struct cf_case *c)
{
	size_t before = l->n_found + l->n_dropped + l->n_again;
	struct cf_check *after;
	cf_node *v[KEYS];

	l->c = c;
	l->n_labels = l->depth = l->nesting = l->n_steps = l->scripted = 0;
	if (CF_KEYS(l, n, "a case", keys, v)) {
		read_head(l, n, v, c);
		check_runnable(l, n, v);
		cf_node_time(l, v[CLOCK], "clock", &c->clock_ms);
		l->now_ms = c->clock_ms;
		cf_read_settings(l, v[SETTINGS], &c->settings);
		cf_read_offices(l, v[OFFICES]);
		cf_read_persons(l, v[PERSONS]);
		cf_read_inge(l, v[INGE]);
		cf_read_steps(l, v[STEPS], &c->steps);
		c->n_steps = l->n_steps;
		after = v[AFTER] ? osci_pool_new(l->mem, struct cf_check) : NULL;
		if (after)
			cf_read_check(l, v[AFTER], "after", after);
		c->after = after;
	}
	if (before == l->n_found + l->n_dropped + l->n_again && !cf_failed(l))
		take(l, n, c);
	l->c = NULL;
}

/* --- variants ----------------------------------------------------------------------------------------------
 */

/* "ID" or "ID/v"; false (reported) if it is there already. */
static bool claim_id(struct cf_load *l, cf_node *at, const char *id)
{
	const char *file = json_string_value(json_object_get(l->ids, id));

	if (file)
		cf_problem(l, at,
			   "id: the case \"%.100s\" is in %s already; expected: each id once in all files",
			   id, file);
	else if (json_object_set_new(l->ids, id, json_string(l->file)))
		cf_keep(l, NULL);
	return !file;
}

static void read_variant(struct cf_load *l, cf_node *n, cf_node *variant, const struct cf_case *base)
{
	struct cf_case c = *base;
	cf_node *v = osci_yaml_get(variant, "v");

	c.place = cf_place_of(l, variant);
	if (!v) {
		cf_problem(l, variant, "variants: the key \"v\" is missing");
		return;
	}
	c.variant = cf_node_line(l, v, "v");
	c.id = c.variant ? osci_pool_text(l->mem, "%s/%s", base->id, c.variant) : NULL;
	if (!c.id || !claim_id(l, v, c.id))
		return;
	l->case_id = c.id;
	l->variant = variant;
	read_run(l, n, &c);
	l->variant = NULL;
}

void cf_read_case(struct cf_load *l, cf_node *n)
{
	struct cf_case base = {.place = cf_place_of(l, n)};

	if (!cf_is_mapping(l, n, "a case"))
		return;
	cf_node *id = osci_yaml_get(n, "id"), *variants = osci_yaml_get(n, "variants");
	base.id = base.base_id = cf_node_line(l, id, "id");
	l->case_id = base.id;
	if (base.id && !claim_id(l, id, base.id))
		base.id = base.base_id = NULL;
	if (!base.id) {
		if (!id)
			cf_problem(l, n, "a case: the key \"id\" is missing");
		return;
	}
	if (!variants) {
		read_run(l, n, &base);
	} else if (cf_is_list(l, variants, "variants")) {
		if (!variants->n || variants->n > CF_VARIANTS_MAX)
			cf_problem(l, variants, "variants: 1 to %u entries are expected", CF_VARIANTS_MAX);
		for (cf_node *e = variants->n <= CF_VARIANTS_MAX ? variants->first : NULL; e && !cf_failed(l);
		     e = e->next)
			if (cf_is_mapping(l, e, "an entry of variants"))
				read_variant(l, n, e, &base);
	}
	l->case_id = NULL;
}
