/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regress-xml - documents and readings of two releases side by side
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/regress.h"
#include "engine/check.h"
#include "xml/xml.h"

#define PATH 1024u

struct pairing {
	struct xausl_regress *g;
	const char *from_ns, *to_ns, *from_version, *to_version;
};

static const char *ns_of(const xmlNode *node)
{
	return node->ns && node->ns->href ? (const char *)node->ns->href : "";
}

static bool same_ns(const struct pairing *p, const char *a, const char *b)
{
	return !strcmp(a, b) || (!strcmp(a, p->from_ns) && !strcmp(b, p->to_ns));
}

static bool same_name(const xmlNode *a, const xmlNode *b)
{
	return !strcmp((const char *)a->name, (const char *)b->name);
}

static xmlNode *element_from(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

/* Path of a child, with [n] from the second of its name on. */
static void child_path(char out[PATH], const char *path, const xmlNode *node)
{
	size_t same = 1;

	for (const xmlNode *k = node->prev; k; k = k->prev)
		same += k->type == XML_ELEMENT_NODE && same_name(k, node);
	if (same > 1)
		snprintf(out, PATH, "%s%s%s[%zu]", path, path[0] ? "/" : "", (const char *)node->name, same);
	else
		snprintf(out, PATH, "%s%s%s", path, path[0] ? "/" : "", (const char *)node->name);
}

static void note(const struct pairing *p, const char *change, const char *path, const char *from, const char *to)
{
	regress_note(p->g, "xml", change, path, "", from, to);
}

static void compare_attributes(const struct pairing *p, const xmlNode *a, const xmlNode *b, const char *path)
{
	const xmlNode *sides[] = { a, b };

	for (size_t side = 0; side < 2; side++)
		for (const xmlAttr *x = sides[side]->properties; x; x = x->next) {
			xmlChar *mine = xmlGetNsProp(sides[side], x->name, x->ns ? x->ns->href : NULL);
			xmlChar *other = xmlGetNsProp(sides[1 - side], x->name, x->ns ? x->ns->href : NULL);
			const char *u = (const char *)mine, *v = (const char *)other;
			char place[PATH];

			snprintf(place, sizeof(place), "%s%s@%s", path, path[0] ? "/" : "", (const char *)x->name);
			if (!u)
				p->g->no_memory = true;
			else if (!v)
				note(p, side ? "new" : "gone", place, side ? NULL : u, side ? u : NULL);
			else if (!side && strcmp(u, v) != 0 &&
				 (path[0] || strcmp(u, p->from_version) != 0 || strcmp(v, p->to_version) != 0))
				note(p, "changed", place, u, v);
			xmlFree(mine);
			xmlFree(other);
		}
}

/* Is there one of that name among those that follow? */
static bool follows(const xmlNode *list, const xmlNode *node)
{
	for (; list; list = list->next)
		if (list->type == XML_ELEMENT_NODE && same_name(list, node))
			return true;
	return false;
}

/* The depth is that of documents that passed the guarded parser. */
static void compare(const struct pairing *p, xmlNode *a, xmlNode *b, const char *path, unsigned depth)
{
	xmlNode *x = element_from(a->children), *y = element_from(b->children);
	char place[PATH];

	if (depth > REGRESS_DEPTH_MAX) {
		p->g->too_many = true;
		return;
	}
	if (!same_ns(p, ns_of(a), ns_of(b)) && (!path[0] || same_ns(p, ns_of(a->parent), ns_of(b->parent))))
		note(p, "namespace", path, ns_of(a), ns_of(b));
	compare_attributes(p, a, b, path);
	if (!x && !y) {
		xmlChar *s = xmlNodeGetContent(a), *t = xmlNodeGetContent(b);

		if (!s || !t)
			p->g->no_memory = true;
		else if (strcmp((const char *)s, (const char *)t) != 0)
			note(p, "changed", path, (const char *)s, (const char *)t);
		xmlFree(s);
		xmlFree(t);
	}
	while (x || y) {
		if (x && y && same_name(x, y)) {
			child_path(place, path, y);
			compare(p, x, y, place, depth + 1);
			x = element_from(x->next);
			y = element_from(y->next);
		} else if (y && (!x || follows(y, x) || !follows(x, y))) {
			child_path(place, path, y);
			note(p, "new", place, NULL, NULL);
			y = element_from(y->next);
		} else {
			child_path(place, path, x);
			note(p, "gone", place, NULL, NULL);
			x = element_from(x->next);
		}
	}
}

static struct pairing pairing(struct xausl_regress *g)
{
	return (struct pairing){ g, xausl_release_namespace(g->from), xausl_release_namespace(g->to),
				 xausl_release_version(g->from), xausl_release_version(g->to) };
}

int regress_compare_xml(struct xausl_regress *g, const char *a, size_t a_len, const char *b, size_t b_len, struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr x = NULL, y = NULL;
	const struct pairing p = pairing(g);
	struct osci_limits limits;
	int r;

	xausl_message_limits(&limits, NULL);
	r = osci_xml_parse(&x, a, a_len, &limits, err);
	r = r ? r : osci_xml_parse(&y, b, b_len, &limits, err);
	if (r)
		return r;
	if (!same_name(xmlDocGetRootElement(x), xmlDocGetRootElement(y)))
		note(&p, "root element", "", (const char *)xmlDocGetRootElement(x)->name,
		     (const char *)xmlDocGetRootElement(y)->name);
	compare(&p, xmlDocGetRootElement(x), xmlDocGetRootElement(y), "", 0);
	return 0;
}

static const char *value_of(const json_t *v, char out[64])
{
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_integer(v))
		snprintf(out, 64, "%lld", (long long)json_integer_value(v));
	else
		snprintf(out, 64, "%s", json_is_true(v) ? "true" : json_is_false(v) ? "false" : json_is_null(v) ? "null" : "");
	return out;
}

static void compare_values(struct xausl_regress *g, const json_t *a, const json_t *b, const char *path, unsigned depth)
{
	char place[PATH], x[64], y[64];
	const char *key;
	json_t *v;

	if (depth > REGRESS_DEPTH_MAX) {
		g->too_many = true;
	} else if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach((json_t *)a, key, v) {
			snprintf(place, sizeof(place), "%s%s%s", path, path[0] ? "." : "", key);
			if (json_object_get(b, key))
				compare_values(g, v, json_object_get(b, key), place, depth + 1);
			else
				regress_note(g, "meaning", "gone", place, "", value_of(v, x), NULL);
		}
		json_object_foreach((json_t *)b, key, v) {
			snprintf(place, sizeof(place), "%s%s%s", path, path[0] ? "." : "", key);
			if (!json_object_get(a, key))
				regress_note(g, "meaning", "new", place, "", NULL, value_of(v, y));
		}
	} else if (json_is_array(a) && json_is_array(b)) {
		for (size_t i = 0; i < json_array_size(a) || i < json_array_size(b); i++) {
			const json_t *s = json_array_get(a, i), *t = json_array_get(b, i);

			snprintf(place, sizeof(place), "%s[%zu]", path, i + 1);
			if (s && t)
				compare_values(g, s, t, place, depth + 1);
			else
				regress_note(g, "meaning", s ? "gone" : "new", place, "", s ? value_of(s, x) : NULL,
					     t ? value_of(t, y) : NULL);
		}
	} else if (!json_equal(a, b)) {
		regress_note(g, "meaning", "changed", path, "", value_of(a, x), value_of(b, y));
	}
}

void regress_compare_json(struct xausl_regress *g, const json_t *a, const json_t *b)
{
	compare_values(g, a, b, "", 0);
}

int regress_rewrite(const struct xausl_regress *g, const char *data, size_t len, char **ret, size_t *ret_len, bool *foreign,
		    struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	const char *from = xausl_release_namespace(g->from), *to = xausl_release_namespace(g->to);
	_cleanup_(osci_freep) char *version = NULL;
	struct osci_limits limits;
	xmlChar *text = NULL;
	int r, size = 0;

	*ret = NULL;
	*foreign = false;
	xausl_message_limits(&limits, NULL);
	r = osci_xml_parse(&doc, data, len, &limits, err);
	if (r)
		return r < 0 ? r : 0;
	*foreign = strcmp(ns_of(xmlDocGetRootElement(doc)), from) != 0 &&
		   !xausl_message_namespace(g->from, ns_of(xmlDocGetRootElement(doc)));
	for (xmlNode *node = xmlDocGetRootElement(doc); node; node = (xmlNode *)xausl_next_element(node))
		for (xmlNs *ns = node->nsDef; ns; ns = ns->next) {
			if (!ns->href || strcmp((const char *)ns->href, from) != 0)
				continue;
			xmlFree((void *)ns->href);
			ns->href = xmlStrdup((const xmlChar *)to);
			if (!ns->href)
				return osci_fail(err, -ENOMEM, NULL, "rewrite", "out of memory");
		}
	r = osci_xml_attr(xmlDocGetRootElement(doc), NULL, "version", 256, &version, NULL);
	if (r < 0)
		return r;
	if (!r && version && !strcmp(version, xausl_release_version(g->from)) &&
	    !xmlSetProp(xmlDocGetRootElement(doc), (const xmlChar *)"version", (const xmlChar *)xausl_release_version(g->to)))
		return osci_fail(err, -ENOMEM, NULL, "rewrite", "out of memory");
	xmlDocDumpMemoryEnc(doc, &text, &size, "UTF-8");
	if (!text)
		return osci_fail(err, -ENOMEM, NULL, "rewrite", "out of memory");
	*ret = strndup((const char *)text, (size_t)size);
	*ret_len = (size_t)size;
	xmlFree(text);
	return *ret ? 0 : osci_fail(err, -ENOMEM, NULL, "rewrite", "out of memory");
}
