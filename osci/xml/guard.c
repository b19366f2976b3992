/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard - libxml2's parser with hooks that stop it at the first forbidden thing
 *
 * A document comes out only if the pre-scan passed, no hook stopped, and the parser calls it
 * well-formed, namespace-well-formed and free of any error.  No DTD, no entity but the predefined
 * ones, no processing instruction, nothing opened.  CDATA is delivered as text: values look the same whichever
 * way they were written, and canonical XML knows no CDATA.  Comments stay as nodes outside of
 * values (digests do not see them) and are counted like elements.
 *
 * Texts of libxml2 are never used: an error is code, line and column.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "xml/xml.h"

/* Attributes and namespace declarations in all, per allowed element: bounds memory, not meaning. */
#define ATTRIBUTES_PER_ELEMENT 4

struct guard {
	const struct osci_limits *limits;
	struct osci_err *err;
	xmlParserCtxtPtr parser;
	int result; /* first refusal */
	unsigned depth;
	size_t nodes;      /* elements and comments */
	size_t attributes; /* and namespace declarations, of the whole document */
	unsigned scope;    /* namespace declarations in scope */
	unsigned char *declared; /* how many each open element brought, by depth */
	size_t text;       /* octets of the text node being built */
	unsigned long code_line, code_column; /* first error of the parser */
	int code;
};

static struct guard *guard_of(void *ctx)
{
	return ((xmlParserCtxtPtr)ctx)->_private;
}

static void stop(struct guard *g, int code, const char *what)
{
	char where[48];

	if (g->result)
		return;
	snprintf(where, sizeof(where), "%d:%d", xmlSAX2GetLineNumber(g->parser),
		 xmlSAX2GetColumnNumber(g->parser));
	g->result = osci_fail(g->err, code, "9100", where, "%s", what);
	xmlStopParser(g->parser);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
	stop(guard_of(ctx), OSCI_E_MALFORMED, "document type declaration");
}

static void on_entity_decl(void *ctx, const xmlChar *name, int type, const xmlChar *id, const xmlChar *uri,
			   xmlChar *content)
{
	stop(guard_of(ctx), OSCI_E_MALFORMED, "entity declaration");
}

static void on_reference(void *ctx, const xmlChar *name)
{
	stop(guard_of(ctx), OSCI_E_MALFORMED, "reference to an entity");
}

static void on_pi(void *ctx, const xmlChar *target, const xmlChar *data)
{
	stop(guard_of(ctx), OSCI_E_MALFORMED, "processing instruction");
}

/* scheme ":" at the start, as RFC 3986 writes it: the URI is absolute. */
static bool absolute(const xmlChar *uri)
{
	const xmlChar *p = uri;

	if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
		return false;
	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '+' ||
	       *p == '-' || *p == '.')
		p++;
	return *p == ':' && p[1];
}

static bool name_too_long(const struct guard *g, const xmlChar *name)
{
	return name && strnlen((const char *)name, g->limits->xml_name + 1) > g->limits->xml_name;
}

static void count_node(struct guard *g)
{
	g->text = 0;
	if (++g->nodes > g->limits->xml_elements)
		stop(g, OSCI_E_LIMIT, "more elements than the limit");
}

static void on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_ns,
		     const xmlChar **ns, int n_attr, int n_default, const xmlChar **attr)
{
	struct guard *g = guard_of(ctx);
	const struct osci_limits *l = g->limits;
	int i, names;

	if (g->result)
		return;
	count_node(g);
	if (g->depth >= l->xml_depth)
		stop(g, OSCI_E_LIMIT, "elements nested deeper than the limit");
	if (n_ns < 0 || (unsigned)n_ns > l->xml_ns_element || n_ns > UCHAR_MAX)
		stop(g, OSCI_E_LIMIT, "more namespace declarations on one element than the limit");
	if (n_attr < 0 || (unsigned)n_attr > l->xml_attributes)
		stop(g, OSCI_E_LIMIT, "more attributes on one element than the limit");
	if (g->result)
		return;
	g->attributes += (size_t)n_ns + (size_t)n_attr;
	if (g->attributes / ATTRIBUTES_PER_ELEMENT > l->xml_elements)
		stop(g, OSCI_E_LIMIT, "more attributes in all than the limit");
	g->declared[g->depth++] = (unsigned char)n_ns;
	g->scope += (unsigned)n_ns;
	if (g->scope > l->xml_ns_scope)
		stop(g, OSCI_E_LIMIT, "more namespace declarations in scope than the limit");
	names = xmlDictSize(g->parser->dict);
	if (names > 0 && (unsigned)names > l->xml_names)
		stop(g, OSCI_E_LIMIT, "more distinct names than the limit");
	if (name_too_long(g, local) || name_too_long(g, prefix))
		stop(g, OSCI_E_LIMIT, "name longer than the limit");
	for (i = 0; i < n_ns && !g->result; i++) {
		if (name_too_long(g, ns[2 * i]))
			stop(g, OSCI_E_LIMIT, "name longer than the limit");
		/* xmlns="" takes the default namespace back: XAusländer mixes qualified and unqualified elements. */
		if (!ns[2 * i] && ns[2 * i + 1] && !ns[2 * i + 1][0])
			continue;
		if (!ns[2 * i + 1] || !absolute(ns[2 * i + 1]))
			stop(g, OSCI_E_MALFORMED, "namespace URI is empty or relative");
	}
	for (i = 0; i < n_attr && !g->result; i++)
		if (name_too_long(g, attr[5 * i]))
			stop(g, OSCI_E_LIMIT, "name longer than the limit");
	if (!g->result)
		xmlSAX2StartElementNs(ctx, local, prefix, uri, n_ns, ns, n_attr, n_default, attr);
}

static void on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct guard *g = guard_of(ctx);

	if (g->result)
		return;
	g->text = 0;
	if (g->depth > 0)
		g->scope -= g->declared[--g->depth];
	xmlSAX2EndElementNs(ctx, local, prefix, uri);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
	struct guard *g = guard_of(ctx);

	if (g->result)
		return;
	g->text += (size_t)len;
	if (g->text > g->limits->xml_text)
		stop(g, OSCI_E_LIMIT, "text longer than the limit");
	else
		xmlSAX2Characters(ctx, text, len);
}

static void on_comment(void *ctx, const xmlChar *text)
{
	struct guard *g = guard_of(ctx);

	if (g->result)
		return;
	count_node(g);
	if (!g->result)
		xmlSAX2Comment(ctx, text);
}

/* The first error is kept as numbers; str1 to str3 hold content and are left alone. */
static void on_error(void *ctx, xmlErrorPtr error)
{
	struct guard *g = guard_of(ctx);

	/* Without memory the parser complains before it is made. */
	if (!g || g->code || error->level == XML_ERR_NONE)
		return;
	g->code = error->code ? error->code : XML_ERR_INTERNAL_ERROR;
	g->code_line = error->line > 0 ? (unsigned long)error->line : 0;
	g->code_column = error->int2 > 0 ? (unsigned long)error->int2 : 0;
}

static void hooks(xmlSAXHandler *sax)
{
	memset(sax, 0, sizeof(*sax));
	xmlSAXVersion(sax, 2);
	sax->internalSubset = on_doctype;
	sax->externalSubset = on_doctype;
	sax->entityDecl = on_entity_decl;
	sax->reference = on_reference;
	sax->processingInstruction = on_pi;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->characters = on_text;
	sax->ignorableWhitespace = on_text;
	sax->cdataBlock = on_text;
	sax->comment = on_comment;
	sax->serror = on_error;
	sax->error = NULL;
	sax->warning = NULL;
	sax->fatalError = NULL;
}

static const char *explain(int code)
{
	switch (code) {
	case XML_ERR_TAG_NAME_MISMATCH:
		return "end tag does not match its start tag";
	case XML_ERR_TAG_NOT_FINISHED:
	case XML_ERR_DOCUMENT_END:
		return "document is cut off or has something behind its root element";
	case XML_ERR_DOCUMENT_EMPTY:
		return "no root element";
	case XML_ERR_UNDECLARED_ENTITY:
	case XML_WAR_UNDECLARED_ENTITY:
		return "reference to an entity";
	case XML_ERR_INVALID_CHAR:
	case XML_ERR_INVALID_CHARREF:
		return "character that XML does not allow";
	case XML_ERR_ATTRIBUTE_REDEFINED:
	case XML_NS_ERR_ATTRIBUTE_REDEFINED:
		return "attribute given twice";
	case XML_NS_ERR_UNDEFINED_NAMESPACE:
		return "prefix without a namespace";
	case XML_NS_ERR_XML_NAMESPACE:
		return "prefix xml or xmlns bound anew";
	default:
		return NULL;
	}
}

static int not_well_formed(const struct guard *g)
{
	const char *text = explain(g->code);
	char where[64];

	if (g->code == XML_ERR_NO_MEMORY)
		return -ENOMEM;
	snprintf(where, sizeof(where), "%lu:%lu", g->code_line, g->code_column);
	if (text)
		return osci_fail(g->err, OSCI_E_MALFORMED, "9100", where, "%s", text);
	return osci_fail(g->err, OSCI_E_MALFORMED, "9100", where, "XML is not well-formed (parser code %d)", g->code);
}

static bool ran_out_of_memory(void)
{
	const xmlError *last = xmlGetLastError();

	return last && last->code == XML_ERR_NO_MEMORY;
}

/* What the parser says after it has run: a document without any fault, or which one. */
static int judge(struct guard *g)
{
	if (g->result)
		return g->result;
	if (g->parser->wellFormed != 1 || g->parser->nsWellFormed != 1 || g->parser->errNo != XML_ERR_OK ||
	    g->code || !g->parser->myDoc || !xmlDocGetRootElement(g->parser->myDoc)) {
		if (!g->code)
			g->code = g->parser->errNo;
		return not_well_formed(g);
	}
	if (g->parser->myDoc->intSubset || g->parser->myDoc->extSubset || !g->parser->version ||
	    strcmp((const char *)g->parser->version, "1.0") != 0)
		return osci_fail(g->err, OSCI_E_MALFORMED, "9100", "1:1", "document type or XML version");
	return 0;
}

/* The parser reads where the octets lie, up to the NUL behind them; the pre-scan has seen that there is no other. */
static int parse_text(struct guard *g, const char *text, size_t len)
{
	xmlParserInputPtr input = xmlNewInputStream(g->parser);

	if (!input)
		return -ENOMEM;
	input->base = input->cur = (const xmlChar *)text;
	input->end = input->base + len;
	input->length = (int)len;
	if (inputPush(g->parser, input) < 0) /* which has freed it */
		return -ENOMEM;
	/* HUGE lifts libxml2's own limits on text and depth: ours above stand in their place. */
	if (xmlCtxtUseOptions(g->parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_BIG_LINES |
						XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC) != 0 ||
	    xmlSwitchEncoding(g->parser, XML_CHAR_ENCODING_UTF8) < 0)
		return -EINVAL;
	xmlParseDocument(g->parser);
	return judge(g);
}

int osci_xml_parse(xmlDocPtr *ret, const void *data, size_t len, const struct osci_limits *limits,
		   struct osci_err *err)
{
	struct guard g = { .limits = limits, .err = err };
	_cleanup_(osci_freep) char *text = NULL;
	struct osci_limits defaults;
	int r;

	*ret = NULL;
	if (!limits) {
		osci_limits_default(&defaults);
		g.limits = &defaults;
	}
	r = osci_xml_prescan(data, len, g.limits, err);
	if (r)
		return r;
	xmlResetLastError();
	g.declared = calloc((size_t)g.limits->xml_depth + 1, 1);
	text = malloc(len + 1);
	g.parser = g.declared && text ? xmlNewParserCtxt() : NULL;
	if (!g.parser) {
		free(g.declared);
		return -ENOMEM;
	}
	memcpy(text, data, len);
	text[len] = '\0';
	hooks(g.parser->sax);
	g.parser->_private = &g;
	r = parse_text(&g, text, len);
	/* The tree says so nowhere else if it lacks a part. */
	if (ran_out_of_memory())
		r = -ENOMEM;
	if (!r) {
		*ret = g.parser->myDoc;
		g.parser->myDoc = NULL;
		(*ret)->_private = NULL;
	}
	if (g.parser->myDoc)
		xmlFreeDoc(g.parser->myDoc);
	xmlFreeParserCtxt(g.parser);
	free(g.declared);
	return r;
}

void osci_xml_freep(xmlDocPtr *doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
	*doc = NULL;
}

static xmlParserInputPtr refuse_entity(const char *url, const char *id, xmlParserCtxtPtr context)
{
	return NULL;
}

static void quiet(void *ctx, const char *format, ...)
{
}

int osci_xml_init(void)
{
	LIBXML_TEST_VERSION
	xmlInitParser();
	xmlSetExternalEntityLoader(refuse_entity);
	/* What libxml2 would print quotes the document: nothing of it reaches a terminal or log. */
	xmlSetGenericErrorFunc(NULL, quiet);
	xmlThrDefSetGenericErrorFunc(NULL, quiet);
	return 0;
}
