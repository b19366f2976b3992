/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labels - names within a case: defined once, before they are used
 *
 * One table per case; what an alternative defines is taken off its end again when its steps are read.
 */
#include <stdio.h>
#include <string.h>

#include "case/load.h"

static const struct {
	enum cf_label_kind kind;
	const char *name;
} kinds[] = {
    {CF_L_OFFICE, "an office"},		{CF_L_PERSON, "a person"},
    {CF_L_RECORD, "a record"},		{CF_L_SEND, "a send"},
    {CF_L_EXPECT, "an expect"},		{CF_L_BULK, "a bulk"},
    {CF_L_CAPTURE, "a captured value"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *kind_name(enum cf_label_kind kind)
{
	size_t i = 0;

	while (i < KINDS - 1 && kinds[i].kind != kind)
		i++;
	return kinds[i].name;
}

static bool label_ok(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	return *s && strchr(letters, *s) && strspn(s, all) == strlen(s) && strlen(s) <= CF_LABEL_MAX;
}

struct cf_label *cf_label_find(struct cf_load *l, const char *name, unsigned which)
{
	for (size_t i = l->n_labels; i-- > 0;)
		if ((l->labels[i].kind & which) && strcmp(l->labels[i].name, name) == 0)
			return &l->labels[i];
	return NULL;
}

struct cf_label *cf_label_define_name(struct cf_load *l, const char *name, const struct cf_place *place,
				      const char *what, enum cf_label_kind kind)
{
	/* Captured values are no labels: they have names of their own. */
	unsigned others = kind == CF_L_CAPTURE ? CF_L_CAPTURE : ~(unsigned)CF_L_CAPTURE;
	const struct cf_label *old = cf_label_find(l, name, others);

	if (!label_ok(name)) {
		cf_problem_at(
		    l, place,
		    "%s: \"%.60s\" is no label; expected: a letter, then letters, digits, _ or -, at most %u",
		    what, name, CF_LABEL_MAX);
		return NULL;
	}
	if (old) {
		cf_problem_at(
		    l, place,
		    "%s: \"%s\" is %s already, in line %u; expected: a name that is new in this case", what,
		    name, kind_name(old->kind), old->place.line);
		return NULL;
	}
	if (l->n_labels == CF_LABELS_MAX) {
		cf_problem_at(l, place, "more than %u labels in one case", CF_LABELS_MAX);
		return NULL;
	}
	struct cf_label *ret = &l->labels[l->n_labels++];
	*ret = (struct cf_label){.name = name, .kind = kind, .place = *place};
	return ret;
}

struct cf_label *cf_label_define(struct cf_load *l, cf_node *n, const char *what, enum cf_label_kind kind)
{
	const char *name = cf_node_text(l, n, what);

	if (!name)
		return NULL;
	const struct cf_place at = cf_place_of(l, n);
	return cf_label_define_name(l, name, &at, what, kind);
}

/* "a send or a bulk" */
static const char *meant(struct cf_load *l, unsigned which)
{
	const char *text = "";

	for (size_t i = 0; i < KINDS && text; i++)
		if (which & kinds[i].kind)
			text = osci_pool_text(l->mem, "%s%s%s", text, *text ? " or " : "", kinds[i].name);
	return text ? text : "";
}

struct cf_label *cf_label_at(struct cf_load *l, const char *name, const struct cf_place *place,
			     const char *what, unsigned which)
{
	struct cf_label *ret = cf_label_find(l, name, which);

	if (ret)
		return ret;
	const struct cf_label *other = cf_label_find(l, name, ~0u);
	if (other)
		cf_problem_at(l, place, "%s: \"%s\" is %s; expected: the label of %s", what, name,
			      kind_name(other->kind), meant(l, which));
	else
		cf_problem_at(l, place,
			      "%s: nothing is called \"%.60s\" up to here; expected: the label of %s", what,
			      name, meant(l, which));
	return NULL;
}

struct cf_label *cf_label_of(struct cf_load *l, cf_node *n, const char *what, unsigned which)
{
	const char *name = cf_node_text(l, n, what);

	if (!name)
		return NULL;
	const struct cf_place at = cf_place_of(l, n);
	return cf_label_at(l, name, &at, what, which);
}

const struct cf_office *cf_office_of(struct cf_load *l, cf_node *n, const char *what)
{
	const struct cf_label *label = cf_label_of(l, n, what, CF_L_OFFICE);

	return label ? cf_office_find(l->c, label->name) : NULL;
}

const struct cf_person *cf_person_of(struct cf_load *l, cf_node *n, const char *what)
{
	const struct cf_label *label = cf_label_of(l, n, what, CF_L_PERSON);

	return label ? cf_person_find(l->c, label->name) : NULL;
}
