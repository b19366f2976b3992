/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soap_values - between XML and the values of a table; the compiled schema
 *
 * Reading is lenient: what does not fit becomes a value the check of the table refuses, so that SOAP and JSON
 * give the same errors.  Texts of libxml2 are never passed on, only the place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/xmlschemas.h>

#include "course/soap.h"
#include "xml/xml.h"

#define XSD_MAX	  (512u * 1024)
#define VALUE_MAX 4096u

struct course_schema {
	xmlSchemaPtr schema;
};

/* --- schema --------------------------------------------------------------- */

static void ignore(void *ctx, xmlErrorPtr error) {}

int course_schema_new(struct course_schema **ret, struct osci_err *err)
{
	_cleanup_(course_schema_freep) struct course_schema *s = calloc(1, sizeof(*s));
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(XSD_MAX);
	xmlSchemaParserCtxtPtr ctxt;

	course_write_xsd(&text);
	if (!s || osci_buf_error(&text))
		return -ENOMEM;
	ctxt = xmlSchemaNewMemParserCtxt((const char *)text.data, (int)text.len);
	if (!ctxt)
		return -ENOMEM;
	xmlSchemaSetParserStructuredErrors(ctxt, ignore, NULL);
	s->schema = xmlSchemaParse(ctxt);
	xmlSchemaFreeParserCtxt(ctxt);
	if (!s->schema)
		return osci_fail(err, OSCI_E_STATE, NULL, "course",
				 "the schema of the SOAP service cannot be compiled");
	*ret = s;
	s = NULL;
	return 0;
}

void course_schema_freep(struct course_schema **schema)
{
	struct course_schema *s = *schema;

	*schema = NULL;
	if (s)
		xmlSchemaFree(s->schema);
	free(s);
}

/* "participants[2].kennziffer" of an element below @root. */
static void place_of(const xmlNode *node, const xmlNode *root, char *out)
{
	const xmlNode *chain[16];
	size_t n = 0, k = 0;

	for (; node && node != root && n < 16; node = node->parent)
		if (node->type == XML_ELEMENT_NODE)
			chain[n++] = node;
	out[0] = '\0';
	while (n > 0 && k < COURSE_PATH_MAX - 80) {
		const xmlNode *e = chain[--n], *p;
		unsigned before = 0;
		bool more = false;

		for (p = e->parent->children; p; p = p->next)
			more =
			    more || (p != e && p->type == XML_ELEMENT_NODE && xmlStrEqual(p->name, e->name));
		/* The name is of the request: only what looks like a field is repeated. */
		if (strspn((const char *)e->name, "abcdefghijklmnopqrstuvwxyz_") !=
			strlen((const char *)e->name) ||
		    strlen((const char *)e->name) > 40)
			return;
		for (p = e->prev; p; p = p->prev)
			before += p->type == XML_ELEMENT_NODE && xmlStrEqual(p->name, e->name);
		k += (size_t)snprintf(out + k, COURSE_PATH_MAX - k, "%s%s", k ? "." : "",
				      (const char *)e->name);
		if (more)
			k += (size_t)snprintf(out + k, COURSE_PATH_MAX - k, "[%u]", before + 1);
	}
}

struct finding {
	const xmlNode *root;
	char *field;
	bool seen;
};

static void on_finding(void *arg, xmlErrorPtr error)
{
	struct finding *f = arg;

	if (!f->seen && error->node)
		place_of(error->node, f->root, f->field);
	f->seen = true;
}

int course_schema_check(struct course_schema *s, xmlNodePtr node, bool *valid, char *field)
{
	xmlDocPtr doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNodePtr copy = doc ? xmlDocCopyNode(node, doc, 1) : NULL;
	xmlSchemaValidCtxtPtr ctxt = copy ? xmlSchemaNewValidCtxt(s->schema) : NULL;
	struct finding f = {copy, field, false};
	int r = -ENOMEM;

	field[0] = '\0';
	if (copy)
		xmlDocSetRootElement(doc, copy);
	if (ctxt) {
		xmlSchemaSetValidStructuredErrors(ctxt, on_finding, &f);
		r = xmlSchemaValidateDoc(ctxt, doc);
		*valid = r == 0;
		r = r < 0 ? -ENOMEM : 0;
	}
	xmlSchemaFreeValidCtxt(ctxt);
	xmlFreeDoc(doc);
	return r;
}

/* --- values --------------------------------------------------------------- */

static json_t *text_value(const struct course_field *f, const xmlNode *node)
{
	_cleanup_(osci_freep) char *text = NULL;

	if (osci_xml_text(node, VALUE_MAX, &text, NULL))
		return json_false(); /* no text: refused wherever a text or a number is expected */
	return course_value_of(f->type, text);
}

json_t *course_node_json(const struct course_field *fields, const xmlNode *node)
{
	json_t *o = json_object(), *v;
	bool bad = false;

	for (xmlNodePtr e = osci_xml_first(node, &bad); e && o; e = osci_xml_next(e, &bad)) {
		const struct course_field *f = fields;

		while (f->name && !osci_xml_is(e, COURSE_NS, f->name))
			f++;
		if (!f->name || (f->type != COURSE_LIST && json_object_get(o, f->name))) {
			json_object_set_new(o, "", json_true());
			continue;
		}
		v = f->sub ? course_node_json(f->sub, e) : text_value(f, e);
		if (f->type == COURSE_LIST) {
			if (!json_object_get(o, f->name))
				json_object_set_new(o, f->name, json_array());
			json_array_append_new(json_object_get(o, f->name), v);
		} else {
			json_object_set_new(o, f->name, v);
		}
	}
	if (bad && o)
		json_object_set_new(o, "", json_true());
	return o;
}

static void write_one(struct osci_buf *b, const struct course_field *f, const json_t *v)
{
	const char *text = json_string_value(v);

	osci_buf_addf(b, "<c:%s>", f->name);
	if (f->sub)
		course_write_values(b, f->sub, v);
	else if (text)
		osci_buf_add_xml_text(b, text, strlen(text));
	else if (json_is_boolean(v))
		osci_buf_adds(b, json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		osci_buf_addf(b, "%lld", (long long)json_integer_value(v));
	osci_buf_addf(b, "</c:%s>", f->name);
}

void course_write_values(struct osci_buf *b, const struct course_field *fields, const json_t *o)
{
	const json_t *v, *entry;
	size_t i;

	for (const struct course_field *f = fields; f->name; f++) {
		v = json_object_get(o, f->name);
		if (v && f->type == COURSE_LIST)
			json_array_foreach(v, i, entry) write_one(b, f, entry);
		else if (v)
			write_one(b, f, v);
	}
}
