/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - the one accessor for elements, text and attributes of a guarded document
 *
 * A value is all text of its element, joined, and nothing but text: a comment inside a value is
 * refused, so nobody reads half of what was signed (VU#475445).
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "xml/xml.h"

static bool same(const xmlChar *a, const char *b)
{
	return a && strcmp((const char *)a, b) == 0;
}

bool osci_xml_is(const xmlNode *node, const char *ns, const char *local)
{
	if (!node || node->type != XML_ELEMENT_NODE || !same(node->name, local))
		return false;
	if (!ns)
		return node->ns == NULL;
	return node->ns && same(node->ns->href, ns);
}

static bool blank_text(const xmlNode *node)
{
	const xmlChar *p = node->content;

	if (node->type != XML_TEXT_NODE)
		return false;
	while (p && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return !p || !*p;
}

static xmlNodePtr element_from(xmlNodePtr node, bool *bad)
{
	for (; node; node = node->next) {
		if (node->type == XML_ELEMENT_NODE)
			return node;
		if (node->type != XML_COMMENT_NODE && !blank_text(node) && bad)
			*bad = true;
	}
	return NULL;
}

xmlNodePtr osci_xml_first(const xmlNode *parent, bool *bad)
{
	return parent ? element_from(parent->children, bad) : NULL;
}

xmlNodePtr osci_xml_next(const xmlNode *node, bool *bad)
{
	return node ? element_from(node->next, bad) : NULL;
}

static int refuse(const xmlNode *node, int code, const char *what, struct osci_err *err)
{
	char where[OSCI_ERR_WHERE_MAX];

	osci_xml_path(node, where, sizeof(where));
	return osci_fail(err, code, "9100", where, "%s", what);
}

int osci_xml_text(const xmlNode *node, size_t max, char **ret, struct osci_err *err)
{
	const xmlNode *child;
	size_t total = 0, n;
	char *out;

	*ret = NULL;
	for (child = node->children; child; child = child->next) {
		if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE)
			return refuse(node, OSCI_E_MALFORMED, "text expected, found an element or comment inside",
				      err);
		n = child->content ? strlen((const char *)child->content) : 0;
		if (n > max - total)
			return refuse(node, OSCI_E_LIMIT, "value longer than the limit", err);
		total += n;
	}
	out = malloc(total + 1);
	if (!out)
		return -ENOMEM;
	total = 0;
	for (child = node->children; child; child = child->next) {
		n = child->content ? strlen((const char *)child->content) : 0;
		if (n > 0)
			memcpy(out + total, child->content, n);
		total += n;
	}
	out[total] = '\0';
	*ret = out;
	return 0;
}

int osci_xml_attr(const xmlNode *node, const char *ns, const char *local, size_t max, char **ret,
		  struct osci_err *err)
{
	const xmlAttr *a;

	*ret = NULL;
	for (a = node->properties; a; a = a->next) {
		if (!same(a->name, local) || (ns ? !a->ns || !same(a->ns->href, ns) : a->ns != NULL))
			continue;
		return osci_xml_text((const xmlNode *)a, max, ret, err);
	}
	return 0;
}

/* Namespaces of the profile by the prefix that everybody writes for them. */
static const struct {
	const char *prefix, *uri;
} known[] = {
	{ "soap", "http://schemas.xmlsoap.org/soap/envelope/" },
	{ "osci", "http://www.osci.de/2002/04/osci" },
	{ "osci2017", "http://xoev.de/transport/osci12/7" },
	{ "osci128", "http://xoev.de/transport/osci12/8" },
	{ "ds", "http://www.w3.org/2000/09/xmldsig#" },
	{ "xenc", "http://www.w3.org/2001/04/xmlenc#" },
	{ "xenc11", "http://www.w3.org/2009/xmlenc11#" },
	{ "xades", "http://uri.etsi.org/01903/v1.3.2#" },
};

/* "osci:ControlBlock[2]"; a name of a foreign namespace is cut and stripped to plain characters. */
static int step(const xmlNode *node, char *out, size_t size)
{
	const char *prefix = node->ns ? "*" : "";
	unsigned position = 1;
	const xmlNode *sibling;
	char local[65];
	size_t i;

	for (i = 0; node->ns && i < sizeof(known) / sizeof(known[0]); i++)
		if (same(node->ns->href, known[i].uri))
			prefix = known[i].prefix;
	for (sibling = node->prev; sibling; sibling = sibling->prev)
		if (sibling->type == XML_ELEMENT_NODE && xmlStrEqual(sibling->name, node->name))
			position++;
	for (i = 0; i < sizeof(local) - 1 && node->name && node->name[i]; i++)
		local[i] = isascii(node->name[i]) && (isalnum(node->name[i]) || strchr("_.-", node->name[i])) ?
				   (char)node->name[i] :
				   '?';
	local[i] = '\0';
	if (position > 1)
		return snprintf(out, size, "%s%s%s[%u]", prefix, *prefix ? ":" : "", local, position);
	return snprintf(out, size, "%s%s%s", prefix, *prefix ? ":" : "", local);
}

void osci_xml_path(const xmlNode *node, char *out, size_t size)
{
	char part[128], head[256];
	size_t used, n;

	if (size == 0)
		return;
	out[0] = '\0';
	/* From the inside out; what no longer fits is the outer end. */
	while (node && node->type != XML_DOCUMENT_NODE) {
		const xmlNode *parent = node->parent;

		if (node->type == XML_ELEMENT_NODE)
			step(node, part, sizeof(part));
		else if (node->type == XML_ATTRIBUTE_NODE)
			snprintf(part, sizeof(part), "@%.64s", (const char *)node->name);
		else
			snprintf(part, sizeof(part), "text()");
		n = (size_t)snprintf(head, sizeof(head), "%s%s", part, out[0] ? "/" : "");
		used = strlen(out);
		if (used + n + 1 > size)
			return;
		memmove(out + n, out, used + 1);
		memcpy(out, head, n);
		node = parent;
	}
}
