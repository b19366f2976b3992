/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids - the own table of Ids
 *
 * libxml2 keeps the first of two equal Ids silently, so it is not asked.  What a reference may point to is
 * decided elsewhere, by position; this table makes sure that an Id means one element.
 */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include <libxml/tree.h>

#include "base/text.h"
#include "wire/read.h"

struct scan {
	struct osci_ids *ids;
	struct osci_arena *arena;
	const struct osci_limits *l;
	struct osci_err *err;
	size_t cap;
	bool foreign; /* inside a header block of a foreign namespace */
};

static int compare(const void *a, const void *b)
{
	return strcasecmp(((const struct osci_id *)a)->id, ((const struct osci_id *)b)->id);
}

static bool has_ns(const xmlNs *ns, const char *uri)
{
	return ns && strcmp((const char *)ns->href, uri) == 0;
}

/* The reference implementation puts it into each layer of encryption, with the same Id. */
static bool is_part_key(const xmlNode *node)
{
	const xmlNode *info;

	if (!osci_xml_is(node, OSCI_NS_XENC, "EncryptedData"))
		return false;
	for (info = osci_xml_first(node, NULL); info; info = osci_xml_next(info, NULL))
		if (osci_xml_is(info, OSCI_NS_DS, "KeyInfo"))
			return osci_wire_count(info, OSCI_NS_DS, "MgmtData") > 0;
	return false;
}

static int add(struct scan *s, const xmlAttr *a)
{
	struct osci_id *v;
	const char *id;
	char *text;
	int r;

	r = osci_xml_text((const xmlNode *)a, s->l->id_chars, &text, s->err);
	if (r)
		return r;
	id = text;
	r = osci_arena_keep(s->arena, text);
	if (r)
		return r;
	/* Peers name the key of an attachment by its Content-ID, a file's name as often as not; no reference leads to it. */
	if (xmlValidateNCName((const xmlChar *)id, 0) != 0 &&
	    !(is_part_key(a->parent) && osci_content_id_ok(id, s->l->id_chars)))
		return osci_wire_refuse(s->err, OSCI_E_MALFORMED, "9100", (const xmlNode *)a, "Id is no XML name");
	if (s->ids->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;

		v = osci_arena_alloc(s->arena, cap, sizeof(*v));
		if (!v)
			return -ENOMEM;
		if (s->ids->n)
			memcpy(v, s->ids->v, s->ids->n * sizeof(*v));
		s->ids->v = v;
		s->cap = cap;
	}
	s->ids->v[s->ids->n++] = (struct osci_id){ id, is_part_key(a->parent) };
	return 0;
}

static int attributes(struct scan *s, const xmlNode *node)
{
	const xmlAttr *a;
	int r = 0;

	for (a = node->properties; a && !r; a = a->next) {
		const char *name = (const char *)a->name;

		if (!a->ns && strcmp(name, "Id") == 0)
			r = add(s, a);
		else if (!s->foreign && strcasecmp(name, "Id") == 0)
			r = osci_wire_refuse(s->err, OSCI_E_MALFORMED, "9100", (const xmlNode *)a,
					     "only the attribute Id names an element");
		else if (!s->foreign && has_ns(a->ns, "http://www.w3.org/XML/1998/namespace") &&
			 strcmp(name, "base") == 0)
			r = osci_wire_refuse(s->err, OSCI_E_MALFORMED, "9100", (const xmlNode *)a,
					     "xml:base is not used in OSCI");
	}
	return r;
}

/* Inside a foreign block nothing may stand that looks like a part of the message. */
static int foreign_element(struct scan *s, const xmlNode *node)
{
	static const char *const own[] = { OSCI_NS_SOAP, OSCI_NS_OSCI, OSCI_NS_2017, OSCI_NS_128, OSCI_NS_XENC };
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (has_ns(node->ns, own[i]))
			break;
	if (i < sizeof(own) / sizeof(own[0]) || osci_xml_is(node, OSCI_NS_DS, "Signature"))
		return osci_wire_refuse(s->err, OSCI_E_MALFORMED, "9100", node,
					"element of the message inside a foreign header block");
	return 0;
}

static bool foreign_block(const xmlNode *node, int depth)
{
	return depth == 2 && osci_xml_is(node->parent, OSCI_NS_SOAP, "Header") && !has_ns(node->ns, OSCI_NS_OSCI) &&
	       !has_ns(node->ns, OSCI_NS_2017);
}

/* Document order without recursion: down, else right, else up and right. */
static int walk(struct scan *s, xmlNodePtr root, bool envelope)
{
	xmlNodePtr node = root, block = NULL;
	int depth = 0, r;

	while (node) {
		if (node->type == XML_ELEMENT_NODE) {
			if (envelope && !block && foreign_block(node, depth))
				block = node;
			s->foreign = block && block != node;
			r = block ? foreign_element(s, node) : 0;
			if (!r)
				r = attributes(s, node);
			if (r)
				return r;
		}
		if (node->type == XML_ELEMENT_NODE && node->children) {
			node = node->children;
			depth++;
			continue;
		}
		while (node && node != root && !node->next) {
			if (node == block)
				block = NULL;
			node = node->parent;
			depth--;
		}
		if (!node || node == root)
			break;
		if (node == block)
			block = NULL;
		node = node->next;
	}
	return 0;
}

int osci_ids_build(struct osci_ids *ids, struct osci_arena *a, xmlNodePtr root, bool envelope,
		   const struct osci_limits *l, struct osci_err *err)
{
	struct scan s = { .ids = ids, .arena = a, .l = l, .err = err };
	const struct osci_ids *outer;
	const struct osci_id *same;
	size_t i;
	int r;

	r = walk(&s, root, envelope);
	if (r)
		return r;
	if (ids->n)
		qsort(ids->v, ids->n, sizeof(*ids->v), compare);
	for (i = 0; i < ids->n; i++) {
		if (i > 0 && compare(&ids->v[i - 1], &ids->v[i]) == 0)
			return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", root, "two elements have the same Id");
		for (outer = ids->outer; outer; outer = outer->outer) {
			same = outer->n ? bsearch(&ids->v[i], outer->v, outer->n, sizeof(*outer->v), compare) : NULL;
			if (same && !(same->part_key && ids->v[i].part_key))
				return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", root,
							"an Id of the encrypted part is used outside of it, too");
		}
	}
	return 0;
}
