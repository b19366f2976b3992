/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check-codes - every code against the list it names, in the version it names
 *
 * An element with the attribute listURI is a code; the schema has filled the attribute in where it is fixed.  A list
 * this folder does not hold (external, or chosen by the author where the schema leaves the choice), and a list it
 * holds in part only, is passed over.
 */
#include <string.h>

#include "base/buf.h"
#include "engine/check.h"

/* Is the version accepted without its codes being here? */
static bool accepted_unseen(const struct xausl_list *l, const char *version)
{
	for (unsigned i = 2; i < l->versions->n; i++)
		if (!strcmp(l->versions->field[i], version) || !strcmp(l->versions->field[i], "*"))
			return true;
	return false;
}

/* The codes of the version, NULL if there are none to check against. */
static const struct xausl_list *of_version(struct xausl_check *c, const xmlNode *node, const struct xausl_list *l,
					   const char *version)
{
	static const struct xausl_mark mark = { "code.version", "code", "S010", XAUSL_ERROR };
	const struct xausl_list *found = version ? xausl_list_edition(l, version) : l;
	char expected[XAUSL_EXPECTED_MAX];
	size_t used;

	if (found || accepted_unseen(l, version))
		return found;
	used = (size_t)snprintf(expected, sizeof(expected), "version %s", l->versions->field[1]);
	for (const struct xausl_list *e = l->next; e && used < sizeof(expected); e = e->next)
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, " or %s", e->versions->field[1]);
	xausl_found(c, &mark, xausl_attribute_node(node, "listVersionID"), expected,
		    "version of code list %s is not one the release takes", l->name);
	return NULL;
}

static void marked(struct xausl_check *c, const struct xausl_list *l, const struct xausl_csv_row *row,
		   const xmlNode *code)
{
	for (size_t i = 0; i < c->r->n_rules; i++) {
		const struct xausl_rule *rule = &c->r->rules[i];
		const char *mark;

		if (rule->kind != XAUSL_RULE_COLUMN || !c->rule_on[i] || strcmp(rule->list->uri, l->uri) != 0)
			continue;
		mark = xausl_list_column(l, row, rule->args[1]);
		if (mark && !mark[0])
			xausl_rule_found(c, rule, code);
	}
}

/* Days stand in a list of its own columns, or for the whole list; most lists have none. */
static void check_days(struct xausl_check *c, const struct xausl_list *l, const struct xausl_csv_row *row, const xmlNode *code)
{
	static const struct xausl_mark mark = { "code.expired", "code", "", XAUSL_WARNING };
	struct xausl_code days;

	if (!c->day[0] || (!l->columns && !*l->valid_until))
		return;
	xausl_code_days(l, row, &days);
	if (!xausl_code_valid_on("", days.valid_until, c->day))
		xausl_found(c, &mark, code, "a code that is valid on the day of creation", "code of list %s is no longer valid",
			    l->name);
}

void xausl_check_code(struct xausl_check *c, const xmlNode *node, bool valid)
{
	static const struct xausl_mark unknown = { "code.unknown", "code", "S011", XAUSL_ERROR };
	const xmlNode *list = xausl_attribute_node(node, "listURI"), *child;
	_cleanup_(xausl_text_free) struct xausl_text uri = { 0 }, version = { 0 }, code = { 0 };
	const struct xausl_csv_row *row;
	const struct xausl_list *l;

	if (!list || !xausl_text(c, list, &uri))
		return;
	l = xausl_list_by_uri(c->r, uri.s, strlen(uri.s));
	if (!l || l->incomplete)
		return;
	list = xausl_attribute_node(node, "listVersionID");
	l = of_version(c, node, l, list && xausl_text(c, list, &version) ? version.s : NULL);
	child = l ? xausl_child(node, "code") : NULL;
	if (!child || !xausl_text(c, child, &code))
		return;
	row = xausl_list_code(l, code.s);
	if (!row)
		xausl_found(c, &unknown, child, "a code of the list", "code is not in list %s, version %s", l->name,
			    l->versions->field[1]);
	else if (valid && c->rule_on && l->ruled)
		marked(c, l, row, child);
	if (row)
		check_days(c, l, row, child);
}
