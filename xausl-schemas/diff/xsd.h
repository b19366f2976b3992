/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xsd - the schema documents of a release, parsed, with their global parts by name
 *
 * The schema of the release has been compiled before: what it refers to is there.
 */
#ifndef XAUSL_DIFF_XSD_H
#define XAUSL_DIFF_XSD_H

#include <libxml/tree.h>

#include "diff/model.h"

#define XS_NS "http://www.w3.org/2001/XMLSchema"

struct xsd_part {
	const char *ns, *name, *kind; /* kind: local name of the schema element */
	const xmlNode *node;
};

struct xsd_set {
	xmlDocPtr *docs;
	size_t n_docs;
	struct xsd_part *parts; /* sorted */
	size_t n_parts;
};

int xsd_open(struct xsd_set *s, const struct xausl_release *r); /* 0, -ENOMEM, OSCI_E_CONFIG */
void xsd_close(struct xsd_set *s);

const xmlNode *xsd_find(const struct xsd_set *s, const char *kind, const char *ns, const char *name);
/* What @qname, as it stands at @node, refers to; NULL if it is not there. @ns and @name (may be NULL): its two halves. */
const xmlNode *xsd_resolve(const struct xsd_set *s, const char *kind, const xmlNode *node, const char *qname,
			   const char **ns, const char **name);

/* Attribute of a schema element, NULL if it is not there. Lives as long as the document. */
const char *xsd_attr(const xmlNode *node, const char *name);
bool xsd_is(const xmlNode *node, const char *name);
/* First child, or next sibling, that is an element of XML Schema other than an annotation; NULL if none. */
const xmlNode *xsd_first(const xmlNode *node);
const xmlNode *xsd_next(const xmlNode *node);
const xmlNode *xsd_child(const xmlNode *node, const char *name);
/* targetNamespace of the document, "" if it has none. */
const char *xsd_target(const xmlNode *node);

/*
 * What a simple type allows, all derivations resolved.  Facets in the order of xsd_facet_names; NULL = not restricted.
 */
enum { XSD_FACETS = 10 };
extern const char *const xsd_facet_names[XSD_FACETS];
struct xsd_simple {
	const char *base; /* "xs:token", or "list of xs:token", "union of ..." */
	const char *facets[XSD_FACETS];
	const char *pattern;     /* expressions of one step with " | ", the steps with " and " between them */
	const char *enumeration; /* sorted, DIFF_SEPARATOR between */
};
/*
 * @node holds the type: an attribute @attribute that names it, or a simpleType inside.  False if it has none that is
 * simple; then nothing is written.
 */
bool xsd_simple_of(struct diff_model *m, const struct xsd_set *s, const xmlNode *node, const char *attribute,
		   struct xsd_simple *ret);
/* Adds the restrictions below @node (a restriction) to what the base allows. */
void xsd_restrict(struct diff_model *m, const xmlNode *node, struct xsd_simple *t);

#endif
