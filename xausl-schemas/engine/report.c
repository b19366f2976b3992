/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - findings, the paths they name, and the accessors of all checks
 *
 * A finding owns one block that holds its texts.  Behind XAUSL_FINDINGS_MAX findings only the verdict counts.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "base/buf.h"
#include "xml/xml.h"

static bool element(const xmlNode *n)
{
	return n && n->type == XML_ELEMENT_NODE;
}

static bool same_name(const xmlNode *a, const xmlNode *b)
{
	return element(a) && xmlStrEqual(a->name, b->name) &&
	       xmlStrEqual(a->ns ? a->ns->href : NULL, b->ns ? b->ns->href : NULL);
}

/* One step of a path.  Names of foreign elements are cut and kept to plain characters. */
static void step(const struct xausl_release *r, const xmlNode *node, char *out, size_t size)
{
	const char *prefix = node->ns ? xausl_prefix(r, (const char *)node->ns->href) : "";
	unsigned before = 0, after = 0;
	char local[129];
	size_t i;

	for (i = 0; i < sizeof(local) - 1 && node->name[i]; i++)
		local[i] = isascii(node->name[i]) && (isalnum(node->name[i]) || strchr("_.-", node->name[i])) ?
				   (char)node->name[i] :
				   '?';
	local[i] = '\0';
	if (!prefix)
		prefix = "*";
	if (node->type == XML_ATTRIBUTE_NODE) {
		snprintf(out, size, "@%s%s%s", prefix, *prefix ? ":" : "", local);
		return;
	}
	for (const xmlNode *s = node->prev; s; s = s->prev)
		before += same_name(s, node);
	for (const xmlNode *s = node->next; s && !after; s = s->next)
		after += same_name(s, node);
	if (before || after)
		snprintf(out, size, "%s%s%s[%u]", prefix, *prefix ? ":" : "", local, before + 1);
	else
		snprintf(out, size, "%s%s%s", prefix, *prefix ? ":" : "", local);
}

void xausl_path(const struct xausl_release *r, const xmlNode *node, char *out, size_t size)
{
	char part[192];

	out[0] = '\0';
	for (; node && (element(node) || node->type == XML_ATTRIBUTE_NODE); node = node->parent) {
		size_t used = strlen(out), n;

		step(r, node, part, sizeof(part));
		n = strlen(part) + (used ? 1 : 0);
		if (used + n + 1 > size)
			return;
		memmove(out + n, out, used + 1);
		memcpy(out, part, strlen(part));
		if (used)
			out[n - 1] = '/';
	}
}

const xmlNode *xausl_next_element(const xmlNode *node)
{
	const xmlNode *n = node->children;

	for (;;) {
		for (; n; n = n->next)
			if (element(n))
				return n;
		if (!element(node))
			return NULL;
		n = node->next;
		node = node->parent;
	}
}

const xmlNode *xausl_child(const xmlNode *node, const char *local)
{
	for (const xmlNode *n = node->children; n; n = n->next)
		if (element(n) && !strcmp((const char *)n->name, local))
			return n;
	return NULL;
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

char *xausl_value(struct xausl_check *c, const xmlNode *node)
{
	char *text = NULL;
	int r = osci_xml_text(node, XAUSL_VALUE_MAX, &text, NULL);

	if (r < 0)
		c->error = r;
	if (r)
		return NULL;
	collapse(text);
	return text;
}

char *xausl_attribute(struct xausl_check *c, const xmlNode *node, const char *name)
{
	char *text = NULL;
	int r = osci_xml_attr(node, NULL, name, XAUSL_VALUE_MAX, &text, NULL);

	if (r < 0)
		c->error = r;
	if (r || !text)
		return NULL;
	collapse(text);
	return text;
}

/* Room for one more finding; NULL when there are enough. */
static struct xausl_finding *room(struct xausl_check *c)
{
	struct xausl_finding *more;
	size_t cap = c->cap ? c->cap * 2 : 8;

	if (c->pub.n_findings >= XAUSL_FINDINGS_MAX)
		return NULL;
	if (c->pub.n_findings == c->cap) {
		more = reallocarray(c->findings, cap, sizeof(*more));
		if (!more) {
			c->error = -ENOMEM;
			return NULL;
		}
		c->findings = more;
		c->cap = cap;
		c->pub.findings = more;
	}
	return &c->findings[c->pub.n_findings];
}

static const char *put(char **at, const char *s)
{
	const char *start = *at;
	size_t n = strlen(s) + 1;

	memcpy(*at, s, n);
	*at += n;
	return start;
}

static void add(struct xausl_check *c, const struct xausl_mark *m, unsigned line, unsigned column, const char *path,
		const char *what, const char *expected)
{
	struct xausl_finding *f;
	char *block;

	c->failed = true;
	f = room(c);
	if (!f)
		return;
	block = malloc(strlen(m->id) + strlen(m->layer) + strlen(m->standard_code) + strlen(path) + strlen(what) +
		       strlen(expected) + 6);
	if (!block) {
		c->error = -ENOMEM;
		return;
	}
	/* The id stands first, so it is also the block to free. */
	f->id = put(&block, m->id);
	f->layer = put(&block, m->layer);
	f->standard_code = put(&block, m->standard_code);
	f->path = put(&block, path);
	f->what = put(&block, what);
	f->expected = put(&block, expected);
	f->line = line;
	f->column = column;
	c->pub.n_findings++;
}

void xausl_found(struct xausl_check *c, const struct xausl_mark *m, const xmlNode *node, const char *expected,
		 const char *what, ...)
{
	char path[XAUSL_PATH_MAX] = "", text[XAUSL_WHAT_MAX];
	long line = 0;
	va_list ap;

	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	if (node && c->pub.n_findings < XAUSL_FINDINGS_MAX) {
		xausl_path(c->r, node, path, sizeof(path));
		line = xmlGetLineNo(node->type == XML_ATTRIBUTE_NODE ? node->parent : node);
	}
	add(c, m, line > 0 ? (unsigned)line : 0, 0, path, text, expected ? expected : "");
}

void xausl_found_at(struct xausl_check *c, const struct xausl_mark *m, unsigned line, unsigned column,
		    const char *what, const char *expected)
{
	add(c, m, line, column, "", what, expected);
}

void xausl_report_freep(struct xausl_report **rp)
{
	struct xausl_check *c = rp && *rp ? (*rp)->priv : NULL;

	if (!c)
		return;
	for (size_t i = 0; i < c->pub.n_findings; i++)
		free((char *)c->findings[i].id);
	free(c->findings);
	free(c);
	*rp = NULL;
}
