/* SPDX-License-Identifier: Apache-2.0 */
/* t_c14n - see t_c14n.h */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/c14n.h>

#include "crypto/priv.h"
#include "lib/t_c14n.h"

#define FORM_MAX (16 * 1024 * 1024)

static int below(void *apex, xmlNodePtr node, xmlNodePtr parent)
{
	if (node == apex)
		return 1;
	for (; parent; parent = parent->parent)
		if (parent == apex)
			return 1;
	return 0;
}

/*
 * Libxml2 is shown a document whose only child is the apex, so that what stands elsewhere has no say; the copy keeps its
 * real parent, for what is in scope there.  The children know the real apex as their parent.
 */
struct apex {
	xmlNode copy;
	xmlNodePtr real;
};

static int visible(void *data, xmlNodePtr node, xmlNodePtr parent)
{
	struct apex *a = data;

	return node == &a->copy || parent == &a->copy || below(a->real, node, parent);
}

static xmlOutputBufferPtr theirs(xmlNodePtr node)
{
	xmlOutputBufferPtr out = xmlAllocOutputBuffer(NULL);
	struct apex a = { .copy = *node, .real = node };
	xmlDoc doc = *node->doc;

	if (!out)
		abort();
	a.copy.next = a.copy.prev = NULL;
	doc.children = doc.last = &a.copy;
	if (xmlC14NExecute(&doc, visible, &a, XML_C14N_1_0, NULL, 0, out) < 0 || out->error) {
		xmlOutputBufferClose(out);
		out = NULL;
	}
	node->doc->oldNs = doc.oldNs;
	return out;
}

static bool quoted_outside(const xmlNode *node)
{
	const xmlNs *ns;

	for (node = node->parent; node && node->type == XML_ELEMENT_NODE; node = node->parent)
		for (ns = node->nsDef; ns; ns = ns->next)
			if (ns->href && strchr((const char *)ns->href, '"'))
				return true;
	return false;
}

static bool same(xmlNodePtr node)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(FORM_MAX);
	int r = osci_c14n_node(node, &out, NULL);
	xmlOutputBufferPtr want;
	bool equal;

	if (r && (r != OSCI_E_MALFORMED || out.len))
		return false;
	if (r && quoted_outside(node))
		return true;
	want = theirs(node);
	if (!want)
		return r == OSCI_E_MALFORMED;
	equal = !r && out.len == xmlOutputBufferGetSize(want) && memcmp(out.data, xmlOutputBufferGetContent(want), out.len) == 0;
	xmlOutputBufferClose(want);
	return equal;
}

static xmlNodePtr next_in_order(xmlNodePtr n)
{
	if (n->type == XML_ELEMENT_NODE && n->children)
		return n->children;
	while (n && n->type != XML_DOCUMENT_NODE && !n->next)
		n = n->parent;
	return n && n->type != XML_DOCUMENT_NODE ? n->next : NULL;
}

size_t t_c14n_compare(xmlDocPtr doc, size_t max, xmlNodePtr *differs)
{
	xmlNodePtr n = xmlDocGetRootElement(doc);
	size_t seen = 0;

	*differs = NULL;
	for (; n && seen < max; n = next_in_order(n)) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (!same(n)) {
			*differs = n;
			return seen;
		}
		seen++;
	}
	return seen;
}
