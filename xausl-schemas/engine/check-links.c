/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check-links - rules between two places of a message, and between a message and one it carries in base64
 *
 * What is carried is looked at as far as it takes to compare its head: bounded as any message, its own rules and what it
 * carries in turn are nobody's business here.
 */
#include <string.h>
#include <strings.h>
#include <libxml/xmlschemas.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/check.h"
#include "xml/xml.h"

#define UUID_CHARS 36

/* The same text, the same instant, or the same UUID. */
static bool equal(const char *a, const char *b)
{
	int64_t x, y;

	if (!strcmp(a, b))
		return true;
	if (!osci_parse_datetime(a, strlen(a), &x) && !osci_parse_datetime(b, strlen(b), &y))
		return x == y;
	return strlen(a) == UUID_CHARS && !strcasecmp(a, b);
}

/* 1 equal, 0 different, -1 one of them is not there. */
static int compare(struct xausl_check *c, const xmlNode *a, const xmlNode *b)
{
	_cleanup_(xausl_text_free) struct xausl_text x = { 0 }, y = { 0 };

	if (!a || !b || !xausl_text(c, a, &x) || !xausl_text(c, b, &y))
		return -1;
	return equal(x.s, y.s);
}

static const xmlNode *place(struct xausl_check *c, const xmlNode *node, const xmlNode *root, const char *path)
{
	return *path == '/' ? xausl_below(c, root, path + 1) : xausl_below(c, node, path);
}

bool xausl_places_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node, const xmlNode *root)
{
	int r = compare(c, place(c, node, root, rule->args[1]), place(c, node, root, rule->args[2]));

	return rule->kind == XAUSL_RULE_SAME ? r != 0 : r != 1;
}

/* --- carried messages ------------------------------------------------- */

static void quiet(void *ud, xmlErrorPtr e)
{
}

/* NULL if it is no document of ours to look at, or if that could not be found out, which the run keeps in mind. */
static xmlDocPtr open_carried(struct xausl_check *c, const xmlNode *node)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_MESSAGE_MAX);
	_cleanup_(osci_freep) char *text = NULL;
	struct osci_limits limits;
	xmlDocPtr doc = NULL;
	int r = node ? osci_xml_text(node, XAUSL_OCTETS_MAX, &text, NULL) : 1;

	if (!r)
		r = osci_base64_decode(&b, text, strlen(text));
	if (!r)
		r = osci_buf_error(&b);
	if (r < 0)
		c->error = r;
	if (r || !b.len)
		return NULL;
	osci_limits_default(&limits);
	limits.xml_bytes = XAUSL_MESSAGE_MAX;
	limits.xml_text = XAUSL_TEXT_MAX;
	r = osci_xml_parse(&doc, b.data, b.len, &limits, NULL);
	if (r < 0)
		c->error = r;
	return r ? NULL : doc;
}

static bool valid(struct xausl_check *c, xmlDocPtr doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	const struct xausl_release *r;
	xmlSchemaValidCtxtPtr ctxt;
	int rc;

	r = xausl_module_for(c, root);
	if (!r || !r->schema)
		return false;
	ctxt = xmlSchemaNewValidCtxt(r->schema);
	if (!ctxt) {
		c->unchecked = true;
		return false;
	}
	xmlSchemaSetValidStructuredErrors(ctxt, quiet, NULL);
	rc = xmlSchemaValidateDoc(ctxt, doc);
	xmlSchemaFreeValidCtxt(ctxt);
	xmlResetLastError();
	if (rc < 0)
		c->unchecked = true;
	return rc == 0;
}

/* Each further argument "a/b=c/d": what stands here at a/b is what stands at c/d of the carried message. */
static bool heads_agree(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node, const xmlNode *carried)
{
	char path[256];

	for (unsigned i = 2; i < rule->n_args; i++) {
		const char *other = strchr(rule->args[i], '=');

		if (!other || (size_t)(other - rule->args[i]) >= sizeof(path))
			continue;
		memcpy(path, rule->args[i], (size_t)(other - rule->args[i]));
		path[other - rule->args[i]] = '\0';
		if (!compare(c, xausl_below(c, node, path), xausl_below(c, carried, other + 1)))
			return false;
	}
	return true;
}

bool xausl_carried_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;

	if (rule->kind == XAUSL_RULE_NAMED && xausl_below(c, node, rule->args[2]))
		return true;
	doc = open_carried(c, xausl_below(c, node, rule->args[1]));
	if (!doc)
		return true;
	if (rule->kind == XAUSL_RULE_NAMED)
		return !valid(c, doc);
	return heads_agree(c, rule, node, xmlDocGetRootElement(doc));
}
