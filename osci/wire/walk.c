/* SPDX-License-Identifier: Apache-2.0 */
/* walk - children, attributes and small values of an element, each one expected or refused */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "wire/read.h"

int osci_wire_refuse(struct osci_err *err, int code, const char *feedback, const xmlNode *node, const char *fmt, ...)
{
	char where[OSCI_ERR_WHERE_MAX], what[OSCI_ERR_WHAT_MAX];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	osci_xml_path(node, where, sizeof(where));
	return osci_fail(err, code, feedback, where, "%s", what);
}

static int malformed(struct osci_err *err, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", node, "%s", what);
}

static void step(struct osci_walk *w, xmlNodePtr (*move)(const xmlNode *, bool *), const xmlNode *from)
{
	bool bad = false;

	w->at = move(from, &bad);
	if (bad && !w->result)
		w->result = malformed(w->err, w->parent, "text between elements");
}

void osci_walk_begin(struct osci_walk *w, const xmlNode *parent, struct osci_err *err)
{
	*w = (struct osci_walk){ .parent = parent, .err = err };
	step(w, osci_xml_first, parent);
}

xmlNodePtr osci_walk_any(struct osci_walk *w)
{
	xmlNodePtr node = w->at;

	if (w->result || !node)
		return NULL;
	step(w, osci_xml_next, node);
	return node;
}

xmlNodePtr osci_walk_take(struct osci_walk *w, const char *ns, const char *local)
{
	return !w->result && osci_xml_is(w->at, ns, local) ? osci_walk_any(w) : NULL;
}

xmlNodePtr osci_walk_need(struct osci_walk *w, const char *ns, const char *local)
{
	xmlNodePtr node = osci_walk_take(w, ns, local);

	if (!node && !w->result)
		w->result = osci_wire_refuse(w->err, OSCI_E_MALFORMED, "9100", w->at ? w->at : w->parent,
					     w->at ? "%s expected here" : "%s is missing in it", local);
	return node;
}

int osci_walk_end(struct osci_walk *w)
{
	if (!w->result && w->at)
		w->result = malformed(w->err, w->at, "element not expected here");
	return w->result;
}

/* "soap:actor" of the list against an attribute of the tree. */
static bool matches(const xmlAttr *a, const char *allowed)
{
	static const struct {
		const char *prefix, *ns;
	} known[] = {
		{ "soap:", OSCI_NS_SOAP },
		{ "xml:", "http://www.w3.org/XML/1998/namespace" },
		{ "xsi:", OSCI_NS_XSI },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].prefix);

		if (strncmp(allowed, known[i].prefix, n) == 0)
			return a->ns && strcmp((const char *)a->ns->href, known[i].ns) == 0 &&
			       strcmp((const char *)a->name, allowed + n) == 0;
	}
	return !a->ns && strcmp((const char *)a->name, allowed) == 0;
}

int osci_wire_attrs(const xmlNode *node, const char *const *allowed, struct osci_err *err)
{
	const xmlAttr *a;
	size_t i;

	for (a = node->properties; a; a = a->next) {
		for (i = 0; allowed[i] && !matches(a, allowed[i]); i++)
			;
		if (!allowed[i])
			return malformed(err, (const xmlNode *)a, "attribute not expected here");
	}
	return 0;
}

int osci_wire_empty(const xmlNode *node, struct osci_err *err)
{
	struct osci_walk w;

	osci_walk_begin(&w, node, err);
	return osci_walk_end(&w);
}

int osci_wire_text(struct osci_arena *a, const xmlNode *node, size_t max, const char **ret, struct osci_err *err)
{
	char *text;
	int r;

	*ret = NULL;
	r = osci_xml_text(node, max, &text, err);
	if (r)
		return r;
	*ret = text;
	return osci_arena_keep(a, text);
}

int osci_wire_attr(struct osci_arena *a, const xmlNode *node, const char *ns, const char *name, size_t max, bool must,
		   const char **ret, struct osci_err *err)
{
	char *text;
	int r;

	*ret = NULL;
	r = osci_xml_attr(node, ns, name, max, &text, err);
	if (r)
		return r;
	if (!text && must)
		return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", node, "attribute %s is missing", name);
	*ret = text;
	return osci_arena_keep(a, text);
}

int osci_wire_number(struct osci_arena *a, const xmlNode *node, const char *name, uint64_t max, bool must, bool *found,
		     uint64_t *ret, struct osci_err *err)
{
	const char *text;
	int r;

	*ret = 0;
	r = osci_wire_attr(a, node, NULL, name, 20, must, &text, err);
	if (r)
		return r;
	if (found)
		*found = text != NULL;
	if (text && osci_parse_u64(text, strlen(text), max, ret) != 0)
		return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", node, "attribute %s is no number of digits alone",
					name);
	return 0;
}

int osci_wire_base64(const xmlNode *node, size_t max, struct osci_buf *out, struct osci_err *err)
{
	/* White space between the characters is the sender's choice: room for it. */
	size_t text_max = max > SIZE_MAX / 4 ? SIZE_MAX : 4 * max + 1024;
	char *text;
	int r;

	r = osci_xml_text(node, text_max, &text, err);
	if (r)
		return r;
	r = osci_base64_decode(out, text, strlen(text));
	free(text);
	if (r == OSCI_E_LIMIT || (!r && out->len > max))
		return osci_wire_refuse(err, OSCI_E_LIMIT, "9100", node, "value longer than the limit");
	if (r > 0)
		return malformed(err, node, "not base64");
	return r;
}

int osci_wire_datetime(const xmlNode *node, const char *text, struct osci_err *err)
{
	int64_t ms;

	if (osci_parse_datetime(text, strlen(text), &ms) != 0)
		return malformed(err, node, "not a date and time with zone");
	return 0;
}

size_t osci_wire_count(const xmlNode *parent, const char *ns, const char *local)
{
	const xmlNode *n;
	size_t count = 0;

	for (n = osci_xml_first(parent, NULL); n; n = osci_xml_next(n, NULL))
		count += osci_xml_is(n, ns, local);
	return count;
}

int osci_wire_x509(const xmlNode *x509data, const struct osci_limits *l, struct osci_buf *out, struct osci_err *err)
{
	static const char *const none[] = { NULL };
	struct osci_walk w;
	xmlNodePtr cert;
	int r;

	r = osci_wire_attrs(x509data, none, err);
	if (r)
		return r;
	osci_walk_begin(&w, x509data, err);
	cert = osci_walk_need(&w, OSCI_NS_DS, "X509Certificate");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(cert, none, err);
	return r ? r : osci_wire_base64(cert, l->certificate_der, out, err);
}
