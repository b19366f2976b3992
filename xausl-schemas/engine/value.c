/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value - values of a document as the checks read them, and what may be told of one: its kind
 *
 * The kind says how a value looks, never which it is: "6 digits", "date without day", "text of 12 characters with
 * U+2013".  Characters are named only if data type C of DIN 91379 does not have them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "base/text.h"
#include "map/table.h"
#include "xml/xml.h"

#define NAMED_MAX 3 /* characters named in a kind */

/* Is there white space that collapsing would change? */
static bool loose(const char *s)
{
	const char *p = s;

	if (*p == ' ')
		return true;
	for (; *p; p++)
		if (*p == '\t' || *p == '\n' || *p == '\r' || (*p == ' ' && (p[1] == ' ' || !p[1])))
			return true;
	return false;
}

static void collapse(char *s)
{
	char *w = s;
	bool gap = false;

	for (const char *p = s; *p; p++) {
		if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') {
			gap = w != s;
			continue;
		}
		if (gap)
			*w++ = ' ';
		gap = false;
		*w++ = *p;
	}
	*w = '\0';
}

bool xausl_text(struct xausl_check *c, const xmlNode *node, struct xausl_text *ret)
{
	const xmlNode *only = node->children;
	int r;

	*ret = (struct xausl_text){ .s = "" };
	if (!only)
		return true;
	if (!only->next && only->type == XML_TEXT_NODE && only->content && !loose((const char *)only->content)) {
		ret->s = (const char *)only->content;
		return true;
	}
	r = osci_xml_text(node, XAUSL_VALUE_MAX, &ret->own, NULL);
	if (r < 0)
		c->error = r;
	if (r)
		return false;
	collapse(ret->own);
	ret->s = ret->own;
	return true;
}

void xausl_text_free(struct xausl_text *t)
{
	free(t->own);
	t->own = NULL;
}

const xmlNode *xausl_attribute_node(const xmlNode *element, const char *name)
{
	for (const xmlAttr *a = element->properties; a; a = a->next)
		if (!a->ns && !strcmp((const char *)a->name, name))
			return (const xmlNode *)a;
	return NULL;
}

/* '9' in @form stands for a digit; the rest of @s behind the form is returned, NULL if it does not fit. */
static const char *shaped(const char *s, const char *form)
{
	for (; *form; form++, s++)
		if (*form == '9' ? *s < '0' || *s > '9' : *s != *form)
			return NULL;
	return s;
}

bool xausl_shaped(const char *s, const char *form)
{
	size_t n = strlen(form);
	bool open = n && form[n - 1] == '*';

	for (; *form && !(open && !form[1]); form++, s++)
		if (*form == '9' ? *s < '0' || *s > '9' : *form == '?' ? !*s : *s != *form)
			return false;
	return open || !*s;
}

static bool zone(const char *s)
{
	return !strcmp(s, "Z") || ((*s == '+' || *s == '-') && xausl_shaped(s + 1, "99:99"));
}

/* NULL if the value is of none of the forms of dates and times. */
static const char *time_kind(const char *s)
{
	const char *rest;

	if (xausl_shaped(s, "9999-99"))
		return "date without day";
	if (xausl_shaped(s, "99.99.9999"))
		return "date in German form";
	rest = shaped(s, "9999-99-99");
	if (!rest)
		return NULL;
	if (!*rest)
		return "date";
	if (zone(rest))
		return "date with zone";
	rest = shaped(rest, "T99:99:99");
	if (!rest)
		return NULL;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9';)
			rest++;
	return !*rest ? "time without zone" : zone(rest) ? "time with zone" : NULL;
}

/* "text of 12 characters with U+2013" */
static void text_kind(const struct xausl_release *r, const char *s, size_t len, char *out, size_t size)
{
	const char *p = s, *end = s + len;
	uint32_t seen[NAMED_MAX];
	size_t n = 0, chars = 0;
	int used;

	while (p < end) {
		struct map_char_place bad;

		if (!r || !r->map || map_chars_ok(r->map, p, (size_t)(end - p), &bad)) {
			while (p < end && map_char_next(&p, end) != UINT32_MAX)
				chars++;
			break;
		}
		chars += bad.chars + 1;
		p = bad.behind;
		for (size_t i = 0; i < n; i++)
			if (seen[i] == bad.code)
				bad.code = 0;
		if (bad.code && n < NAMED_MAX)
			seen[n++] = bad.code;
	}
	used = snprintf(out, size, "text of %zu character%s", chars, chars == 1 ? "" : "s");
	for (size_t i = 0; i < n && used > 0 && (size_t)used < size; i++)
		used += snprintf(out + used, size - (size_t)used, "%s U+%04X", i ? "," : " with", (unsigned)seen[i]);
}

static bool all_of(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

void xausl_value_kind(const struct xausl_release *r, const char *s, size_t len, char *out, size_t size)
{
	static const char digits[] = "0123456789";
	const char *kind = NULL, *rest;

	if (!len)
		kind = "empty";
	else if (all_of(s, " \t\r\n"))
		kind = "white space";
	else if (!strcmp(s, "true") || !strcmp(s, "false"))
		kind = "truth value";
	else
		kind = time_kind(s);
	if (!kind && len == 36) {
		rest = s + strspn(s, "0123456789abcdefABCDEF-");
		kind = !*rest && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' ? "UUID" : NULL;
	}
	if (kind)
		snprintf(out, size, "%s", kind);
	else if (all_of(s, digits))
		snprintf(out, size, "%zu digit%s", len, len == 1 ? "" : "s");
	else
		text_kind(r, s, len, out, size);
}

char *xausl_raw_value(struct xausl_check *c, const xmlNode *node)
{
	char *text = NULL;
	int r;

	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return NULL;
	r = osci_xml_text(node, XAUSL_VALUE_MAX, &text, NULL);
	if (r < 0)
		c->error = r;
	return r ? NULL : text;
}
