/* SPDX-License-Identifier: Apache-2.0 */
/* t_xsd - see t_xsd.h */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include "lib/t_unseal.h"
#include "lib/t_xsd.h"

#define PATH_LEN 1200
#define SCHEMAS_MAX 32 /* 24 messages, envelope, fault */

static char folder[1024]; /* of the XSDs; "" = not at hand */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char name[64];
	xmlSchemaPtr schema;
} compiled[SCHEMAS_MAX];
static size_t n_compiled;
static _Thread_local char type[64];

const char *t_xsd_type(void)
{
	return type;
}

/* --- schemas ------------------------------------------------------------------------ */

/* What the schemas import by URL lies in extern/. */
static const char *const imported[][2] = {
	{ "http://schemas.xmlsoap.org/soap/envelope/", "soap-envelope.xsd" },
	{ "http://www.w3.org/2001/xml.xsd", "xml.xsd" },
	{ "https://www.w3.org/2008/xmlsec/Drafts/xmlenc-core-11/xenc-schema-11.xsd", "xenc-schema-11.xsd" },
	{ "http://www.w3.org/TR/2001/CR-xmldsig-core-20010419/xmldsig-core-schema.xsd", "xmldsig-core-schema.xsd" },
	{ "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd", "xmldsig-core-schema.xsd" },
	{ "http://www.w3.org/TR/xmlenc-core/xenc-schema.xsd", "xenc-schema.xsd" },
	{ "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd", "xenc-schema.xsd" },
};

/* Files of the folder, and nothing else: never the network. */
static xmlParserInputPtr local_only(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	char path[PATH_LEN];
	size_t i;

	(void)id;
	if (!url)
		return NULL;
	for (i = 0; i < sizeof(imported) / sizeof(imported[0]); i++) {
		if (strcmp(url, imported[i][0]))
			continue;
		snprintf(path, sizeof(path), "%s/extern/%s", folder, imported[i][1]);
		return xmlNewInputFromFile(ctxt, path);
	}
	return strncmp(url, folder, strlen(folder)) ? NULL : xmlNewInputFromFile(ctxt, url);
}

static void quiet(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

static xmlSchemaPtr compile(const char *name)
{
	xmlExternalEntityLoader before = xmlGetExternalEntityLoader();
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr schema = NULL;
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	parser = xmlSchemaNewParserCtxt(path);
	if (!parser)
		return NULL;
	xmlSchemaSetParserErrors(parser, NULL, quiet, NULL);
	xmlSetExternalEntityLoader(local_only);
	schema = xmlSchemaParse(parser);
	xmlSetExternalEntityLoader(before);
	xmlSchemaFreeParserCtxt(parser);
	return schema;
}

static void forget(void)
{
	while (n_compiled)
		xmlSchemaFree(compiled[--n_compiled].schema);
}

/* "soapStoreDelivery.xsd", compiled once. */
static xmlSchemaPtr schema_of(const char *name)
{
	xmlSchemaPtr schema;
	size_t i;

	for (i = 0; i < n_compiled; i++)
		if (!strcmp(compiled[i].name, name))
			return compiled[i].schema;
	if (strlen(name) >= sizeof(compiled[0].name) || n_compiled == SCHEMAS_MAX)
		return NULL;
	schema = compile(name);
	if (!schema)
		return NULL;
	if (!n_compiled)
		atexit(forget);
	snprintf(compiled[n_compiled].name, sizeof(compiled[0].name), "%s", name);
	compiled[n_compiled++].schema = schema;
	return schema;
}

static bool at_hand(void)
{
	static bool asked;
	const char *shared = getenv("XAUSL_SHARED");
	char probe[PATH_LEN], *real;

	if (asked)
		return folder[0];
	asked = true;
	snprintf(probe, sizeof(probe), "%s/standards/osci-1.2/schema", shared ? shared : "");
	real = shared ? realpath(probe, NULL) : NULL; /* libxml2 asks for paths without ".." */
	if (real && strlen(real) < sizeof(folder))
		snprintf(folder, sizeof(folder), "%s", real);
	free(real);
	if (folder[0])
		return true;
	printf("# skipped: validity of written messages against the official schemas (XAUSL_SHARED)\n");
	return false;
}

/* --- exceptions --------------------------------------------------------------------- */

static bool named(const xmlNode *node, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

static void drop(xmlNodePtr node)
{
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

static void drop_children(xmlNodePtr node, const char *but, size_t keep)
{
	xmlNodePtr child = node->children, next;

	for (; child; child = next) {
		next = child->next;
		if (but && named(child, but) && keep) {
			keep--;
			continue;
		}
		if (child->type == XML_ELEMENT_NODE)
			drop(child);
	}
}

static void drop_attributes(xmlNodePtr node)
{
	xmlAttrPtr a, next;

	for (a = node->properties; a; a = next) {
		next = a->next;
		if (a->ns || (strcmp((const char *)a->name, "Id") && strcmp((const char *)a->name, "href")))
			xmlRemoveProp(a);
	}
}

/* libxml2 knows xs:integer of up to 24 digits only; serial numbers have up to 49. */
static void shorten(xmlNodePtr node)
{
	xmlChar *text = xmlNodeGetContent(node);
	size_t n = text ? strlen((char *)text) : 0;

	if (n > 24 && n < 50 && strspn((char *)text, "0123456789") == n)
		xmlNodeSetContent(node, text + n - 24);
	xmlFree(text);
}

static void exception(xmlNodePtr node, unsigned allowed)
{
	const char *parent = node->parent && node->parent->type == XML_ELEMENT_NODE ? (const char *)node->parent->name : "";
	xmlNodePtr rule;

	if (named(node, "X509SerialNumber"))
		shorten(node);
	if (allowed & T_XSD_PROCARD && named(node, "ProcessCardBundle") && !strcmp(parent, "responseToPartialStoreDelivery"))
		xmlNodeSetName(node, (const xmlChar *)"procard");
	if (allowed & T_XSD_ONE_FOR_ALL && named(node, "KeyInfo") && !strcmp(parent, "EncryptedData"))
		drop_children(node, "EncryptedKey", 1);
	if (allowed & T_XSD_CONTENT && named(node, "Content"))
		drop_children(node, "Base64Content", SIZE_MAX);
	if (allowed & T_XSD_CONTENT && (named(node, "Content") || named(node, "ContentContainer")))
		drop_attributes(node);
	if (allowed & T_XSD_ECHO && ((named(node, "fetchProcessCard") && !strcmp(parent, "responseToFetchProcessCard")) ||
				     (named(node, "fetchDelivery") && !strcmp(parent, "responseToPartialFetchDelivery")))) {
		drop_children(node, NULL, 0);
		rule = xmlNewChild(node, node->ns, (const xmlChar *)"SelectionRule", NULL);
		xmlNewChild(rule, rule->ns, (const xmlChar *)"MessageId", (const xmlChar *)"YQ==");
	}
}

/* Every element, in document order; what is dropped lies below the element it is dropped from. */
static void exceptions(xmlNodePtr root, unsigned allowed)
{
	xmlNodePtr n = root;

	while (n) {
		if (n->type == XML_ELEMENT_NODE)
			exception(n, allowed);
		if (n->children && n->type == XML_ELEMENT_NODE) {
			n = n->children;
			continue;
		}
		while (n != root && !n->next)
			n = n->parent;
		n = n == root ? NULL : n->next;
	}
}

/* --- validation --------------------------------------------------------------------- */

struct cause {
	char *why;
	size_t size;
};

static void first_error(void *ctx, xmlErrorPtr error)
{
	struct cause *c = ctx;

	if (!c->why[0])
		snprintf(c->why, c->size, "line %d: %.400s", error->line, error->message);
}

/* Exact text that the schemaLocation of "soapX.xsd" has; what stands there decides which schema that is. */
static bool schema_name(xmlNodePtr root, char *out, size_t size)
{
	static const char head[] = "http://schemas.xmlsoap.org/soap/envelope/ ";
	static const char tail[] = " http://www.w3.org/2000/09/xmldsig# oscisig.xsd http://www.w3.org/2001/04/xmlenc# oscienc.xsd";
	xmlChar *location = xmlGetNsProp(root, (const xmlChar *)"schemaLocation",
					 (const xmlChar *)"http://www.w3.org/2001/XMLSchema-instance");
	const char *text = (const char *)location, *end;
	bool ok = false;

	if (!location) {
		/* So a fault is known. */
		snprintf(out, size, "soapMessageFault.xsd");
		return true;
	}
	if (!strncmp(text, head, sizeof(head) - 1)) {
		text += sizeof(head) - 1;
		end = strchr(text, ' ');
		ok = end && !strcmp(end, tail);
		if (ok)
			snprintf(out, size, "%.*s", (int)(end - text), text);
	}
	xmlFree(location);
	return ok;
}

static bool valid(xmlDocPtr doc, unsigned allowed, char *why, size_t size)
{
	struct cause cause = { why, size };
	xmlNodePtr root = xmlDocGetRootElement(doc);
	xmlSchemaValidCtxtPtr ctxt;
	xmlSchemaPtr schema;
	char name[64];
	int r;

	if (!schema_name(root, name, sizeof(name))) {
		snprintf(why, size, "xsi:schemaLocation is not to the letter");
		return false;
	}
	/* libxml2 would look for what it names. */
	xmlUnsetNsProp(root, xmlSearchNs(doc, root, (const xmlChar *)"xsi"), (const xmlChar *)"schemaLocation");
	exceptions(root, allowed);
	pthread_mutex_lock(&lock);
	schema = schema_of(name);
	pthread_mutex_unlock(&lock);
	ctxt = schema ? xmlSchemaNewValidCtxt(schema) : NULL;
	if (!ctxt) {
		snprintf(why, size, "no schema %s", name);
		return false;
	}
	snprintf(type, sizeof(type), "%.*s", (int)(strlen(name) - strlen("soap.xsd")), name + strlen("soap"));
	xmlSchemaSetValidStructuredErrors(ctxt, first_error, &cause);
	r = xmlSchemaValidateDoc(ctxt, doc);
	xmlSchemaFreeValidCtxt(ctxt);
	if (r && !why[0])
		snprintf(why, size, "%s: result %d", name, r);
	return r == 0;
}

/* One body; what is inside of an encrypted one comes out in @inner. */
static enum t_xsd judge(const void *body, size_t len, struct osci_key *const *keys, size_t n_keys, unsigned allowed,
			struct t_octets *inner, char *why, size_t size)
{
	struct t_octets root = { 0 };
	enum t_xsd result = T_XSD_INVALID;
	xmlDocPtr doc;

	if (!t_root_part(body, len, &root)) {
		snprintf(why, size, "no MIME message");
		return T_XSD_INVALID;
	}
	doc = xmlReadMemory((const char *)root.data, (int)root.len, NULL, NULL,
			    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc)
		snprintf(why, size, "no well-formed XML");
	else if (t_is_sealed(doc) && t_unseal(body, len, doc, keys, n_keys, inner, why, size) == T_UNSEAL_BROKEN)
		result = T_XSD_INVALID;
	else if (valid(doc, allowed, why, size))
		result = t_is_sealed(doc) && !inner->data ? T_XSD_OUTER : T_XSD_VALID;
	xmlFreeDoc(doc);
	free(root.data);
	return result;
}

enum t_xsd t_xsd_judge(const void *body, size_t len, struct osci_key *const *keys, size_t n_keys, unsigned allowed,
		       char *why, size_t size)
{
	struct t_octets inner = { 0 }, none = { 0 };
	enum t_xsd result;

	why[0] = '\0';
	if (!at_hand())
		return T_XSD_SKIPPED;
	result = judge(body, len, keys, n_keys, allowed, &inner, why, size);
	if (result == T_XSD_VALID && inner.data) {
		result = judge(inner.data, inner.len, NULL, 0, allowed, &none, why, size);
		if (result == T_XSD_OUTER) {
			snprintf(why, size, "encrypted twice");
			result = T_XSD_INVALID;
		}
	}
	free(inner.data);
	return result;
}
