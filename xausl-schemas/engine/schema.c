/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema - compiles the schema of a release from its own documents and from nothing else
 *
 * Each document passes the guarded parser and an inspection first: target namespace as in the manifest,
 * references only to documents of the table, bounded repetition and patterns, every code list known.  While
 * libxml2 compiles, its entity loader answers from the table in memory; anything else, and
 * every warning (libxml2 goes on after a failed import), ends in an error.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "engine/check.h"
#include "engine/release.h"
#include "base/buf.h"
#include "base/text.h"
#include "xml/xml.h"

#define XS_NS "http://www.w3.org/2001/XMLSchema"
/* Where the documents seem to lie; relative references resolve against it. */
#define BASE "xausl-release:///"
#define OCCURS_MAX 1000  /* libxml2 unrolls repetition */
#define PATTERN_MAX 8192 /* characters of one pattern */
#define VALUES_MAX  2000 /* enumerated values of one type: libxml2 looks through all of them for each element, */
#define VALUES_SIZE 65536 /* and writes all of them, in quadratic time, into each complaint */

/* The entity loader is global to the process: one compilation at a time, seen by its own thread only. */
static pthread_mutex_t compiling_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread const struct xausl_release *compiling;

static const struct xausl_xsd *find_file(const struct xausl_release *r, const char *file)
{
	for (size_t i = 0; i < r->n_xsds; i++)
		if (!strcmp(r->xsds[i].file, file))
			return &r->xsds[i];
	return NULL;
}

static xmlParserInputPtr load(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	const struct xausl_xsd *d = NULL;
	xmlParserInputBufferPtr buf;
	xmlParserInputPtr input;

	if (compiling && url && !strncmp(url, BASE, strlen(BASE)))
		d = find_file(compiling, url + strlen(BASE));
	if (!d)
		return NULL;
	buf = xmlParserInputBufferCreateMem(d->data, (int)d->len, XML_CHAR_ENCODING_UTF8);
	if (!buf)
		return NULL;
	input = xmlNewIOInputStream(ctxt, buf, XML_CHAR_ENCODING_NONE);
	if (!input) {
		xmlFreeParserInputBuffer(buf);
		return NULL;
	}
	input->filename = (const char *)xmlStrdup((const xmlChar *)url);
	return input;
}

struct complaint {
	unsigned count;
	int line;
	char file[128];
};

/* Keeps the place of the first complaint; its text is libxml2's and is not passed on. */
static void on_complaint(void *ud, xmlErrorPtr e)
{
	struct complaint *c = ud;
	const char *file = e->file ? e->file : "";

	if (c->count++)
		return;
	c->line = e->line;
	if (!strncmp(file, BASE, strlen(BASE)))
		snprintf(c->file, sizeof(c->file), "%s", file + strlen(BASE));
}

static int fail_at(const struct xausl_release *r, const char *file, long line, struct osci_err *err, const char *what)
{
	char where[OSCI_ERR_WHERE_MAX];

	if (file[0])
		snprintf(where, sizeof(where), "%s/xsd/%s:%ld", r->module, file, line);
	else
		snprintf(where, sizeof(where), "%s/xsd", r->module);
	return osci_fail(err, OSCI_E_CONFIG, NULL, where, "%s", what);
}

static bool attr_is(const xmlNode *node, const char *name, const char *value)
{
	xmlChar *v = xmlGetNoNsProp(node, (const xmlChar *)name);
	bool same = v && !strcmp((const char *)v, value);

	xmlFree(v);
	return same;
}

static bool known_list(const struct xausl_release *r, const char *uri)
{
	for (size_t i = 0; i < r->n_externals; i++)
		if (!strcmp(r->externals[i], uri))
			return true;
	return xausl_list_find(r, uri) != NULL;
}

static bool too_many_values(const xmlNode *restriction)
{
	size_t n = 0, octets = 0;

	for (const xmlNode *c = restriction->children; c; c = c->next) {
		xmlChar *v;

		if (!osci_xml_is(c, XS_NS, "enumeration"))
			continue;
		v = xmlGetNoNsProp(c, (const xmlChar *)"value");
		octets += v ? strlen((const char *)v) : 0;
		xmlFree(v);
		if (++n > VALUES_MAX || octets > VALUES_SIZE)
			return true;
	}
	return false;
}

/* NULL, or what is wrong with one element of a schema document. */
static const char *inspect(const struct xausl_release *r, const struct xausl_xsd *d, const xmlNode *node)
{
	static const char *const occurs[] = { "minOccurs", "maxOccurs" };
	const char *wrong = NULL;
	uint64_t n;
	xmlChar *v;

	if (!node->ns || strcmp((const char *)node->ns->href, XS_NS) != 0)
		return "element of another namespace";
	if (osci_xml_is(node, XS_NS, "redefine"))
		return "redefine is not used by releases";
	for (size_t i = 0; i < 2; i++) {
		v = xmlGetNoNsProp(node, (const xmlChar *)occurs[i]);
		if (v && strcmp((const char *)v, "unbounded") != 0 &&
		    osci_parse_u64((const char *)v, strlen((const char *)v), OCCURS_MAX, &n))
			wrong = "repetition is no number, or too large";
		xmlFree(v);
	}
	if (osci_xml_is(node, XS_NS, "include") || osci_xml_is(node, XS_NS, "import")) {
		const struct xausl_xsd *target;

		v = xmlGetNoNsProp(node, (const xmlChar *)"schemaLocation");
		target = v ? find_file(r, (const char *)v) : NULL;
		xmlFree(v);
		if (!target)
			return "reference to a document the manifest does not name";
		if (osci_xml_is(node, XS_NS, "include") ? strcmp(target->uri, d->uri) != 0 :
							  !attr_is(node, "namespace", target->uri))
			return "reference to a document of another namespace";
	}
	if (osci_xml_is(node, XS_NS, "restriction") && too_many_values(node))
		return "more enumerated values than the limit";
	if (osci_xml_is(node, XS_NS, "pattern")) {
		v = xmlGetNoNsProp(node, (const xmlChar *)"value");
		if (!v || xmlStrlen(v) > PATTERN_MAX)
			wrong = "pattern without a value, or too long";
		else if (r->is_package && !xausl_pattern_decides((const char *)v))
			wrong = "pattern that does not decide";
		xmlFree(v);
	}
	if (osci_xml_is(node, XS_NS, "attribute") && attr_is(node, "name", "listURI")) {
		v = xmlGetNoNsProp(node, (const xmlChar *)"fixed");
		if (v && !known_list(r, (const char *)v))
			wrong = "code list that is neither in the manifest nor external";
		xmlFree(v);
	}
	return wrong;
}

static int check_document(const struct xausl_release *r, const struct xausl_xsd *d, xmlDocPtr *ret, struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	struct osci_err why = { 0 };
	const xmlNode *node;
	int rc;

	rc = osci_xml_parse(&doc, d->data, d->len, NULL, &why);
	if (rc < 0)
		return osci_fail(err, rc, NULL, d->file, "cannot be parsed");
	if (rc > 0)
		return osci_fail(err, OSCI_E_CONFIG, NULL, d->file, "%s: %s", why.where, why.what);
	node = xmlDocGetRootElement(doc);
	if (!osci_xml_is(node, XS_NS, "schema") || !attr_is(node, "targetNamespace", d->uri))
		return fail_at(r, d->file, xmlGetLineNo(node), err, "no schema for the namespace of the manifest");
	for (; node; node = xausl_next_element(node)) {
		const char *wrong = inspect(r, d, node);

		if (wrong)
			return fail_at(r, d->file, xmlGetLineNo(node), err, wrong);
	}
	*ret = doc;
	doc = NULL;
	return 0;
}

static xmlSchemaPtr compile(const struct xausl_release *r, struct complaint *c)
{
	xmlExternalEntityLoader before;
	xmlSchemaParserCtxtPtr ctxt;
	xmlSchemaPtr schema = NULL;
	xmlStructuredErrorFunc func;
	void *func_data;

	pthread_mutex_lock(&compiling_lock);
	before = xmlGetExternalEntityLoader();
	func = xmlStructuredError;
	func_data = xmlStructuredErrorContext;
	xmlSetExternalEntityLoader(load);
	xmlSetStructuredErrorFunc(c, on_complaint);
	compiling = r;
	ctxt = xmlSchemaNewDocParserCtxt(r->entry);
	if (ctxt) {
		xmlSchemaSetParserStructuredErrors(ctxt, on_complaint, c);
		schema = xmlSchemaParse(ctxt);
		xmlSchemaFreeParserCtxt(ctxt);
	}
	compiling = NULL;
	xmlSetStructuredErrorFunc(func_data, func);
	xmlSetExternalEntityLoader(before);
	pthread_mutex_unlock(&compiling_lock);
	xmlResetLastError();
	return schema;
}

int xausl_schema_compile(struct xausl_release *r, struct osci_err *err)
{
	struct complaint c = { 0 };
	int rc;

	for (size_t i = 0; i < r->n_xsds; i++) {
		_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;

		rc = check_document(r, &r->xsds[i], &doc, err);
		if (rc)
			return rc;
		if (i)
			continue;
		r->entry = doc;
		doc = NULL;
	}
	xmlFree((void *)r->entry->URL);
	r->entry->URL = xmlStrdup((const xmlChar *)BASE);
	if (r->entry->URL)
		r->entry->URL = xmlStrcat((xmlChar *)r->entry->URL, (const xmlChar *)r->xsds[0].file);
	if (!r->entry->URL)
		return osci_fail(err, -ENOMEM, NULL, r->module, "out of memory");
	r->schema = compile(r, &c);
	if (!r->schema || c.count)
		return fail_at(r, c.file, c.line, err, "schema does not compile without a warning");
	r->contexts = xausl_contexts_new(r->schema);
	if (!r->contexts)
		return osci_fail(err, -ENOMEM, NULL, r->module, "out of memory");
	return 0;
}
