/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xsd - schema documents by their global parts
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/xsd.h"
#include "xml/xml.h"

const char *xsd_attr(const xmlNode *node, const char *name)
{
	const xmlAttr *a = xmlHasProp(node, (const xmlChar *)name);

	/* No entities but the predefined ones: the value is one text, or empty. */
	return !a ? NULL : a->children && a->children->content ? (const char *)a->children->content : "";
}

bool xsd_is(const xmlNode *node, const char *name)
{
	return osci_xml_is(node, XS_NS, name);
}

static const xmlNode *part(const xmlNode *node)
{
	while (node && (node->type != XML_ELEMENT_NODE || xsd_is(node, "annotation")))
		node = node->next;
	return node;
}

const xmlNode *xsd_first(const xmlNode *node)
{
	return part(node->children);
}

const xmlNode *xsd_next(const xmlNode *node)
{
	return part(node->next);
}

const xmlNode *xsd_child(const xmlNode *node, const char *name)
{
	for (const xmlNode *k = xsd_first(node); k; k = xsd_next(k))
		if (xsd_is(k, name))
			return k;
	return NULL;
}

const char *xsd_target(const xmlNode *node)
{
	const char *ns = xsd_attr(xmlDocGetRootElement(node->doc), "targetNamespace");

	return ns ? ns : "";
}

static int by_name(const void *a, const void *b)
{
	const struct xsd_part *x = a, *y = b;
	int d = strcmp(x->name, y->name);

	d = d ? d : strcmp(x->kind, y->kind);
	return d ? d : strcmp(x->ns, y->ns);
}

const xmlNode *xsd_find(const struct xsd_set *s, const char *kind, const char *ns, const char *name)
{
	const struct xsd_part key = { .ns = ns, .name = name, .kind = kind };
	const struct xsd_part *p = s->n_parts ? bsearch(&key, s->parts, s->n_parts, sizeof(key), by_name) : NULL;

	return p ? p->node : NULL;
}

const xmlNode *xsd_resolve(const struct xsd_set *s, const char *kind, const xmlNode *node, const char *qname,
			   const char **ns, const char **name)
{
	const char *colon = strchr(qname, ':'), *local = colon ? colon + 1 : qname;
	_cleanup_(osci_freep) char *prefix = colon ? strndup(qname, (size_t)(colon - qname)) : NULL;
	const xmlNs *found = colon && !prefix ? NULL : xmlSearchNs(node->doc, (xmlNodePtr)node, (const xmlChar *)prefix);
	const char *uri = found && found->href ? (const char *)found->href : "";

	if (ns)
		*ns = uri;
	if (name)
		*name = local;
	return xsd_find(s, kind, uri, local);
}

static int collect(struct xsd_set *s, xmlDocPtr doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct xsd_part *p;
	size_t n = 0;

	for (const xmlNode *k = xsd_first(root); k; k = xsd_next(k))
		n += xsd_attr(k, "name") != NULL;
	p = reallocarray(s->parts, s->n_parts + n + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->parts = p;
	for (const xmlNode *k = xsd_first(root); k; k = xsd_next(k))
		if (xsd_attr(k, "name"))
			s->parts[s->n_parts++] = (struct xsd_part){ xsd_target(k), xsd_attr(k, "name"), (const char *)k->name, k };
	return 0;
}

int xsd_open(struct xsd_set *s, const struct xausl_release *r)
{
	int rc;

	*s = (struct xsd_set){ .docs = calloc(r->n_xsds + 1, sizeof(xmlDocPtr)) };
	if (!s->docs)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_xsds; i++) {
		rc = osci_xml_parse(&s->docs[i], r->xsds[i].data, r->xsds[i].len, NULL, NULL);
		if (rc)
			return rc < 0 ? rc : OSCI_E_CONFIG;
		s->n_docs++;
		rc = collect(s, s->docs[i]);
		if (rc)
			return rc;
	}
	qsort(s->parts, s->n_parts, sizeof(*s->parts), by_name);
	return 0;
}

void xsd_close(struct xsd_set *s)
{
	for (size_t i = 0; i < s->n_docs; i++)
		xmlFreeDoc(s->docs[i]);
	free(s->docs);
	free(s->parts);
	*s = (struct xsd_set){ 0 };
}
