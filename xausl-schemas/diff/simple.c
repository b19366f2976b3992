/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simple - what simple types allow: built-in type, bounds, patterns, values
 *
 * Names of types fall away: a type of another name with the same bounds is no difference.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/xsd.h"

#define TYPE_DEPTH_MAX 32u /* derivations */

const char *const xsd_facet_names[XSD_FACETS] = {
	"length", "minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "totalDigits",
	"fractionDigits", "whiteSpace",
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted members, each once. */
static const char *set_of(struct diff_model *m, const xmlNode *node, const char *name)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_XSD_BYTES_MAX);
	_cleanup_(osci_freep) const char **all = NULL;
	size_t n = 0, i = 0;

	for (const xmlNode *k = xsd_first(node); k; k = xsd_next(k))
		n += xsd_is(k, name);
	if (!n)
		return NULL;
	all = calloc(n, sizeof(*all));
	if (!all) {
		diff_fail(m, -ENOMEM, NULL);
		return NULL;
	}
	for (const xmlNode *k = xsd_first(node); k; k = xsd_next(k))
		if (xsd_is(k, name))
			all[i++] = xsd_attr(k, "value") ? xsd_attr(k, "value") : "";
	qsort(all, n, sizeof(*all), by_text);
	for (i = 0; i < n; i++)
		if (!i || strcmp(all[i], all[i - 1]) != 0)
			osci_buf_addf(&b, "%s%s", i ? "\n" : "", all[i]);
	if (osci_buf_error(&b))
		diff_fail(m, osci_buf_error(&b), NULL);
	return diff_keep(m, b.data ? (const char *)b.data : "", b.len);
}

static void add_patterns(struct diff_model *m, const xmlNode *node, struct xsd_simple *t)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_XSD_BYTES_MAX);
	bool any = false;

	if (t->pattern)
		osci_buf_addf(&b, "%s and ", t->pattern);
	for (const xmlNode *k = xsd_first(node); k; k = xsd_next(k)) {
		if (!xsd_is(k, "pattern"))
			continue;
		osci_buf_addf(&b, "%s%s", any ? " | " : "", xsd_attr(k, "value") ? xsd_attr(k, "value") : "");
		any = true;
	}
	if (osci_buf_error(&b))
		diff_fail(m, osci_buf_error(&b), NULL);
	else if (any)
		t->pattern = diff_keep(m, (const char *)b.data, b.len);
}

void xsd_restrict(struct diff_model *m, const xmlNode *node, struct xsd_simple *t)
{
	const char *values = set_of(m, node, "enumeration");

	if (values)
		t->enumeration = values;
	for (size_t i = 0; i < XSD_FACETS; i++) {
		const xmlNode *k = xsd_child(node, xsd_facet_names[i]);

		if (k)
			t->facets[i] = xsd_attr(k, "value");
	}
	add_patterns(m, node, t);
}

/* @qname, NULL = the simpleType inside of @node. */
static bool simple(struct diff_model *m, const struct xsd_set *s, const xmlNode *node, const char *qname,
		   struct xsd_simple *ret, unsigned depth);

/* All bounds in one text, for a type within a list or union. */
static void describe(struct osci_buf *b, const struct xsd_simple *t)
{
	osci_buf_adds(b, t->base);
	for (size_t i = 0; i < XSD_FACETS; i++)
		if (t->facets[i])
			osci_buf_addf(b, ", %s %s", xsd_facet_names[i], t->facets[i]);
	if (t->pattern)
		osci_buf_addf(b, ", pattern %s", t->pattern);
	if (t->enumeration)
		osci_buf_adds(b, ", one of ");
	for (const char *p = t->enumeration; p && *p; p++)
		osci_buf_addc(b, *p == DIFF_SEPARATOR ? '|' : *p);
}

static bool simple_inside(struct diff_model *m, const struct xsd_set *s, const xmlNode *type, struct xsd_simple *ret,
			  unsigned depth);

static void member(struct diff_model *m, const struct xsd_set *s, const xmlNode *node, const char *qname, struct osci_buf *b,
		   unsigned depth)
{
	struct xsd_simple t;

	if (!simple(m, s, node, qname, &t, depth)) {
		diff_fail(m, OSCI_E_CONFIG, "type of a list or union");
		return;
	}
	osci_buf_adds(b, " (");
	describe(b, &t);
	osci_buf_addc(b, ')');
}

static void list_or_union(struct diff_model *m, const struct xsd_set *s, const xmlNode *node, struct xsd_simple *ret,
			  unsigned depth)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_XSD_BYTES_MAX);
	const char *names = xsd_attr(node, "memberTypes");

	osci_buf_adds(&b, xsd_is(node, "list") ? "list of" : "union of");
	if (xsd_is(node, "list"))
		member(m, s, node, xsd_attr(node, "itemType"), &b, depth);
	while (names && *(names += strspn(names, " \t\n"))) {
		size_t n = strcspn(names, " \t\n");

		member(m, s, node, diff_keep(m, names, n), &b, depth);
		names += n;
	}
	for (const xmlNode *k = xsd_first(node); k && xsd_is(node, "union"); k = xsd_next(k)) {
		struct xsd_simple t;

		if (!simple_inside(m, s, k, &t, depth)) {
			diff_fail(m, OSCI_E_CONFIG, "type of a union");
			break;
		}
		osci_buf_adds(&b, " (");
		describe(&b, &t);
		osci_buf_addc(&b, ')');
	}
	if (osci_buf_error(&b))
		diff_fail(m, osci_buf_error(&b), NULL);
	*ret = (struct xsd_simple){ .base = diff_keep(m, b.data ? (const char *)b.data : "", b.len) };
}

/* @type: a simpleType */
static bool simple_inside(struct diff_model *m, const struct xsd_set *s, const xmlNode *type, struct xsd_simple *ret,
			  unsigned depth)
{
	const xmlNode *step = xsd_first(type);

	if (!step)
		return false;
	if (!xsd_is(step, "restriction")) {
		list_or_union(m, s, step, ret, depth + 1);
		return true;
	}
	if (!simple(m, s, step, xsd_attr(step, "base"), ret, depth + 1))
		return false;
	xsd_restrict(m, step, ret);
	return true;
}

static bool simple(struct diff_model *m, const struct xsd_set *s, const xmlNode *node, const char *qname,
		   struct xsd_simple *ret, unsigned depth)
{
	const xmlNode *type = xsd_child(node, "simpleType");
	const char *ns, *name;
	char text[64];

	if (depth > TYPE_DEPTH_MAX) {
		diff_fail(m, OSCI_E_LIMIT, NULL);
		return false;
	}
	if (qname) {
		type = xsd_resolve(s, "simpleType", node, qname, &ns, &name);
		if (!type && !strcmp(ns, XS_NS) && strcmp(name, "anyType") != 0) {
			int n = snprintf(text, sizeof(text), "xs:%.50s", name);

			*ret = (struct xsd_simple){ .base = diff_keep(m, text, (size_t)n) };
			return true;
		}
	}
	return type && simple_inside(m, s, type, ret, depth);
}

bool xsd_simple_of(struct diff_model *m, const struct xsd_set *s, const xmlNode *node, const char *attribute,
		   struct xsd_simple *ret)
{
	return simple(m, s, node, xsd_attr(node, attribute), ret, 0);
}
