/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema-errors - runs the schema over a document and says what is wrong in own words
 *
 * libxml2's texts quote values of the message.  They are read only for what comes from the schema: names of
 * expected elements, of types, and bounds; these stand at the end of a text, behind any value, so nothing in a
 * value can take their place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/xmlerror.h>

#include "engine/check.h"
#include "base/buf.h"
#include "map/table.h"

#define LAYER "schema"
#define CODE "X001"

/* libxml2 reports a facet and then, for the same node, the type: they become one finding. */
struct run {
	struct xausl_check *c;
	const xmlNode *facet_node;
	bool pattern; /* the facet is one */
	char facet[XAUSL_EXPECTED_MAX / 2];
};

/* Last occurrence. */
static const char *last(const char *text, const char *what)
{
	const char *hit = NULL;

	for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
		hit = p;
	return hit;
}

/* What stands between the last @before and the closing "'.": text of the schema, or "" if the form is another. */
static void quoted_end(const char *text, const char *before, char *out, size_t size)
{
	const char *start = last(text, before);
	size_t n;

	out[0] = '\0';
	if (!start)
		return;
	start += strlen(before);
	n = strlen(start);
	while (n && start[n - 1] == '\n')
		n--;
	if (n < 2 || start[n - 1] != '.' || start[n - 2] != '\'' || n - 2 >= size)
		return;
	memcpy(out, start, n - 2);
	out[n - 2] = '\0';
}

/* Appends "{namespace}local" as "prefix:local". */
static void add_name(struct osci_buf *out, const struct xausl_release *r, const char *name, size_t len)
{
	const char *end = len && *name == '{' ? memchr(name, '}', len) : NULL;
	char uri[256];
	const char *prefix;

	if (end && (size_t)(end - name - 1) < sizeof(uri)) {
		memcpy(uri, name + 1, (size_t)(end - name - 1));
		uri[end - name - 1] = '\0';
		prefix = xausl_prefix(r, uri);
		osci_buf_addf(out, "%s%s", prefix ? prefix : "*", prefix && !*prefix ? "" : ":");
		len -= (size_t)(end + 1 - name);
		name = end + 1;
	}
	osci_buf_add(out, name, len);
}

/* "Expected is one of ( a, b )." -> "a or b" */
static void expected_names(const struct xausl_release *r, const char *text, char *out, size_t size)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536);
	const char *p = last(text, "Expected is "), *end;

	out[0] = '\0';
	p = p ? strchr(p, '(') : NULL;
	end = p ? last(p, ")") : NULL;
	if (!end)
		return;
	p++;
	while (p < end) {
		size_t n;

		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		if (p + n > end || !n)
			break;
		if (b.len)
			osci_buf_adds(&b, " or ");
		add_name(&b, r, p, n);
		p += n;
	}
	if (!osci_buf_error(&b) && b.len)
		snprintf(out, size, "%s", (const char *)b.data);
}

static void type_name(const struct xausl_release *r, const char *text, char *out, size_t size)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1024);
	char name[512];

	quoted_end(text, "type '", name, sizeof(name));
	add_name(&b, r, name, strlen(name));
	snprintf(out, size, "%s", osci_buf_error(&b) || !b.data ? "" : (const char *)b.data);
}

static void facet_text(const xmlError *e, char *out, size_t size)
{
	const char *text = e->message ? e->message : "";
	char bound[96];

	switch (e->code) {
	case XML_SCHEMAV_CVC_PATTERN_VALID:
		quoted_end(text, "the pattern '", bound, sizeof(bound));
		if (bound[0])
			snprintf(out, size, "pattern %s", bound);
		else
			snprintf(out, size, "%s", "only characters and sequences the type allows");
		return;
	case XML_SCHEMAV_CVC_ENUMERATION_VALID:
		snprintf(out, size, "%s", "one of the values the schema lists");
		return;
	case XML_SCHEMAV_CVC_MAXLENGTH_VALID:
		quoted_end(text, "maximum length of '", bound, sizeof(bound));
		snprintf(out, size, "at most %s characters", bound);
		return;
	case XML_SCHEMAV_CVC_MINLENGTH_VALID:
		quoted_end(text, "minimum length of '", bound, sizeof(bound));
		snprintf(out, size, "at least %s characters", bound);
		return;
	default:
		snprintf(out, size, "%s", "a value within the bounds of the type");
	}
}

/* A character outside of DIN 91379 is named by itself: "text" says little to who looks for an en dash. */
static bool found_character(struct run *run, const xmlNode *node)
{
	static const struct xausl_mark mark = { "schema.character", LAYER, CODE, XAUSL_ERROR };
	_cleanup_(osci_freep) char *value = node ? xausl_raw_value(run->c, node) : NULL;
	struct map_char_place bad;

	if (!value || !run->c->r->map || map_chars_ok(run->c->r->map, value, strlen(value), &bad))
		return false;
	xausl_found(run->c, &mark, node, "characters and sequences of DIN 91379, data type C",
		    "character U+%04X at position %zu is not one of DIN 91379", (unsigned)bad.code, bad.chars + 1);
	return true;
}

/* What should be a day: a date in another form is told from other values. */
static bool found_date(struct run *run, const xmlNode *node, const char *type)
{
	static const struct xausl_mark partial = { "schema.date-partial", LAYER, CODE, XAUSL_ERROR };
	static const struct xausl_mark wrong = { "schema.date", LAYER, CODE, XAUSL_ERROR };
	_cleanup_(osci_freep) char *value = NULL;
	bool part;

	if (!node || (strcmp(type, "date") != 0 && strcmp(type, "xs:date") != 0 && strcmp(type, "Tagesdatum") != 0))
		return false;
	value = xausl_raw_value(run->c, node);
	if (!value)
		return false;
	part = xausl_shaped(value, "9999") || xausl_shaped(value, "9999-99");
	xausl_found(run->c, part ? &partial : &wrong, node, "year, month and day: 2026-11-01",
		    part ? "only a part of a date" : "no day of the calendar in the form of the schema");
	return true;
}

static void found_value(struct run *run, const xmlNode *node, const char *type, const char *facet)
{
	static const struct xausl_mark mark = { "schema.value", LAYER, CODE, XAUSL_ERROR };
	const char *colon = strrchr(type, ':');
	char expected[XAUSL_EXPECTED_MAX];

	if (run->pattern && found_character(run, node))
		return;
	if (found_date(run, node, colon ? colon + 1 : type))
		return;

	snprintf(expected, sizeof(expected), "%s%s%s%s", type[0] ? "type " : "", type, type[0] && facet[0] ? ": " : "",
		 facet);
	xausl_found(run->c, &mark, node, expected[0] ? expected : "a value of the type of the schema",
		    "value is not of its type");
}

static void flush(struct run *run)
{
	if (run->facet_node)
		found_value(run, run->facet_node, "", run->facet);
	run->facet_node = NULL;
	run->pattern = false;
	run->facet[0] = '\0';
}

static void on_value(struct run *run, const xmlError *e, const xmlNode *node)
{
	char type[256];

	if (run->facet_node && run->facet_node != node)
		flush(run);
	type_name(run->c->r, e->message ? e->message : "", type, sizeof(type));
	found_value(run, node, type, run->facet);
	run->facet_node = NULL;
	run->pattern = false;
	run->facet[0] = '\0';
}

static void on_fixed(struct run *run, const xmlError *e, const xmlNode *node)
{
	static const struct xausl_mark mark = { "schema.fixed", LAYER, CODE };
	static const struct xausl_mark version = { "frame.version", "frame", "V000" };
	char fixed[256];

	quoted_end(e->message ? e->message : "", "fixed value constraint '", fixed, sizeof(fixed));
	if (node && node->type == XML_ATTRIBUTE_NODE && !node->ns &&
	    xmlStrEqual(node->name, (const xmlChar *)"version") && node->parent == xmlDocGetRootElement(node->doc))
		xausl_found(run->c, &version, node, fixed, "version attribute is not the one of %s %s",
			    run->c->pub.standard, run->c->pub.version);
	else
		xausl_found(run->c, &mark, node, fixed, "value differs from the one the schema fixes");
}

static void on_content(struct run *run, const xmlError *e, const xmlNode *node)
{
	static const struct xausl_mark element = { "schema.element", LAYER, CODE };
	static const struct xausl_mark missing = { "schema.missing", LAYER, CODE };
	static const struct xausl_mark more = { "schema.repeated", LAYER, CODE };
	const char *text = e->message ? e->message : "";
	char expected[XAUSL_EXPECTED_MAX];

	expected_names(run->c->r, text, expected, sizeof(expected));
	if (strstr(text, ": Missing child element(s)."))
		xausl_found(run->c, &missing, node, expected, "a child element is missing");
	else if (xausl_repeated(node))
		xausl_found(run->c, &more, node, expected[0] ? expected : "no further element",
			    "element is repeated more often than the schema allows");
	else
		xausl_found(run->c, &element, node, expected[0] ? expected : "no further element",
			    "element is not expected here");
}

static void on_attribute_missing(struct run *run, const xmlError *e, const xmlNode *node)
{
	static const struct xausl_mark mark = { "schema.attribute-missing", LAYER, CODE };
	static const struct xausl_mark version = { "frame.version-missing", "frame", CODE };
	const char *p = e->message ? last(e->message, "The attribute '") : NULL;
	char expected[128] = "";
	size_t n;

	p = p ? p + strlen("The attribute '") : "";
	n = strcspn(p, "'");
	if (n == 7 && !strncmp(p, "version", n) && node == xmlDocGetRootElement(run->c->doc)) {
		xausl_found(run->c, &version, node, run->c->r->version, "the message does not say its version");
		return;
	}
	if (n)
		snprintf(expected, sizeof(expected), "attribute %.*s", (int)(n < 96 ? n : 96), p);
	xausl_found(run->c, &mark, node, expected, "a mandatory attribute is missing");
}

/* The other rules: fixed texts. */
static const struct {
	int code;
	struct xausl_mark mark;
	const char *what, *expected;
} simple[] = {
	{ XML_SCHEMAV_CVC_ELT_1, { "schema.root", LAYER, CODE }, "root element is no message of the release",
	  "root element of one of its messages" },
	{ XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, { "schema.attribute", LAYER, CODE }, "attribute is not allowed here", "" },
	{ XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2, { "schema.attribute", LAYER, CODE }, "attribute is not allowed here", "" },
	{ XML_SCHEMAV_CVC_TYPE_3_1_1, { "schema.attribute", LAYER, CODE }, "attribute is not allowed here",
	  "an element without attributes" },
	{ XML_SCHEMAV_CVC_TYPE_3_1_2, { "schema.content", LAYER, CODE }, "element where only text is allowed",
	  "text without elements" },
	{ XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1, { "schema.content", LAYER, CODE }, "content where none is allowed",
	  "an empty element" },
	{ XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2, { "schema.content", LAYER, CODE }, "element where only text is allowed",
	  "text without elements" },
	{ XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3, { "schema.content", LAYER, CODE }, "text between elements",
	  "elements and white space" },
	{ XML_SCHEMAV_CVC_ELT_3_1, { "schema.nil", LAYER, CODE }, "xsi:nil is not allowed here",
	  "an element with its content, or no element" },
	{ XML_SCHEMAV_CVC_ELT_2, { "schema.type", LAYER, CODE }, "type is abstract", "" },
	{ XML_SCHEMAV_CVC_ELT_4_1, { "schema.type", LAYER, CODE }, "xsi:type is no name", "" },
	{ XML_SCHEMAV_CVC_ELT_4_2, { "schema.type", LAYER, CODE }, "xsi:type names an unknown type", "" },
	{ XML_SCHEMAV_CVC_ELT_4_3, { "schema.type", LAYER, CODE }, "xsi:type names a type not allowed here",
	  "the declared type or one derived from it" },
};

static void on_other(struct run *run, const xmlError *e, const xmlNode *node)
{
	static const struct xausl_mark mark = { "schema.other", LAYER, CODE };

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (simple[i].code == e->code) {
			xausl_found(run->c, &simple[i].mark, node, simple[i].expected, "%s", simple[i].what);
			return;
		}
	xausl_found(run->c, &mark, node, NULL, "breaks a rule of the schema (libxml2 rule %d)", e->code);
}

/* libxml2 names the element; when "Element 'x', attribute 'y': " stands in front, the attribute is meant. */
static const xmlNode *place(const xmlError *e)
{
	const xmlNode *node = e->node;
	const char *text = e->message ? e->message : "", *name, *brace;
	size_t n;

	if (!node || node->type != XML_ELEMENT_NODE || strncmp(text, "Element '", 9) != 0)
		return node;
	name = strchr(text + 9, '\'');
	if (!name || strncmp(name, "', attribute '", 14) != 0)
		return node;
	name += 14;
	n = strcspn(name, "'");
	brace = *name == '{' ? memchr(name, '}', n) : NULL;
	if (brace) {
		n -= (size_t)(brace + 1 - name);
		name = brace + 1;
	}
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (strlen((const char *)a->name) == n && !memcmp(a->name, name, n))
			return (const xmlNode *)a;
	return node;
}

static void on_error(void *ud, xmlErrorPtr e)
{
	struct run *run = ud;
	const xmlNode *node = place(e);

	if (e->code == XML_ERR_NO_MEMORY || e->code == XML_SCHEMAV_INTERNAL || e->domain != XML_FROM_SCHEMASV) {
		run->c->unchecked = true;
		return;
	}
	if (e->code >= XML_SCHEMAV_CVC_FACET_VALID && e->code <= XML_SCHEMAV_CVC_ENUMERATION_VALID) {
		if (run->facet_node && run->facet_node != node)
			flush(run);
		if (!run->facet_node) {
			run->pattern = e->code == XML_SCHEMAV_CVC_PATTERN_VALID;
			facet_text(e, run->facet, sizeof(run->facet));
		}
		run->facet_node = node;
		return;
	}
	switch (e->code) {
	case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1:
	case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2:
	case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3:
		on_value(run, e, node);
		return;
	default:
		break;
	}
	flush(run);
	switch (e->code) {
	case XML_SCHEMAV_ELEMENT_CONTENT:
		on_content(run, e, node);
		break;
	case XML_SCHEMAV_CVC_AU:
	case XML_SCHEMAV_CVC_ELT_5_2_2_2_1:
	case XML_SCHEMAV_CVC_ELT_5_2_2_2_2:
		on_fixed(run, e, node);
		break;
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
		on_attribute_missing(run, e, node);
		break;
	default:
		on_other(run, e, node);
	}
}

bool xausl_check_schema(struct xausl_check *c, xmlDocPtr doc)
{
	xmlSchemaValidCtxtPtr ctxt = xausl_context_take(c->r->contexts);
	bool before = c->failed;
	struct run run = { .c = c };
	int rc;

	c->doc = doc;
	if (!ctxt) {
		c->unchecked = true;
		return false;
	}
	xmlSchemaSetValidStructuredErrors(ctxt, on_error, &run);
	c->failed = false;
	rc = xmlSchemaValidateDoc(ctxt, doc);
	flush(&run);
	if (rc < 0)
		c->unchecked = true;
	xausl_context_give(c->r->contexts, ctxt, !c->unchecked && !c->error);
	xmlResetLastError();
	if (rc > 0 && !c->failed)
		xausl_found(c, &(const struct xausl_mark){ "schema.other", LAYER, CODE }, xmlDocGetRootElement(doc), NULL,
			    "does not conform to the schema");
	rc = rc || c->failed || c->unchecked;
	c->failed = c->failed || before;
	return !rc;
}
