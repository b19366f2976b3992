/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - findings and the paths they name
 *
 * A finding owns one block that holds its texts.  Errors stand first; behind XAUSL_FINDINGS_MAX findings only the
 * verdict and the number of the others count.
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

bool xausl_repeated(const xmlNode *node)
{
	const xmlNode *before = node ? node->prev : NULL;

	while (before && before->type != XML_ELEMENT_NODE)
		before = before->prev;
	return before && same_name(before, node);
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

/* Drops the last finding: it is of the least level there is. */
static void drop_last(struct xausl_check *c)
{
	free((char *)c->findings[--c->pub.n_findings].id);
	c->pub.n_dropped++;
}

/*
 * Room for one more finding of the level, behind the others of its level; NULL when there are enough.  An error takes
 * the place of a hint.
 */
static struct xausl_finding *room(struct xausl_check *c, enum xausl_level level)
{
	size_t cap = c->cap ? c->cap * 2 : 8, at = c->pub.n_findings;
	struct xausl_finding *more;

	if (at >= XAUSL_FINDINGS_MAX) {
		if (c->findings[at - 1].level <= level) {
			c->pub.n_dropped++;
			return NULL;
		}
		drop_last(c);
		at--;
	}
	if (at == c->cap) {
		more = reallocarray(c->findings, cap, sizeof(*more));
		if (!more) {
			c->error = -ENOMEM;
			return NULL;
		}
		c->findings = more;
		c->cap = cap;
		c->pub.findings = more;
	}
	while (at && c->findings[at - 1].level > level)
		at--;
	return &c->findings[at];
}

static const char *put(char **at, const char *s)
{
	const char *start = *at;
	size_t n = strlen(s) + 1;

	memcpy(*at, s, n);
	*at += n;
	return start;
}

/* Fills the copy with texts of its own, in one block, which begins with the id. */
static bool own_texts(struct xausl_finding *f)
{
	size_t n = strlen(f->id) + strlen(f->layer) + strlen(f->standard_code) + strlen(f->path) + strlen(f->what) +
		   strlen(f->expected) + strlen(f->value_class) + (f->value ? strlen(f->value) + 1 : 0) + 7;
	char *block = malloc(n);

	if (!block)
		return false;
	f->id = put(&block, f->id);
	f->layer = put(&block, f->layer);
	f->standard_code = put(&block, f->standard_code);
	f->path = put(&block, f->path);
	f->what = put(&block, f->what);
	f->expected = put(&block, f->expected);
	f->value_class = put(&block, f->value_class);
	f->value = f->value ? put(&block, f->value) : NULL;
	return true;
}

static void add(struct xausl_check *c, struct xausl_finding f)
{
	struct xausl_finding *place;

	c->failed = c->failed || f.level == XAUSL_ERROR;
	if (c->error)
		return;
	place = room(c, f.level);
	if (!place)
		return;
	if (!own_texts(&f)) {
		c->error = -ENOMEM;
		return;
	}
	memmove(place + 1, place, (size_t)(&c->findings[c->pub.n_findings] - place) * sizeof(*place));
	*place = f;
	c->pub.n_findings++;
	c->pub.n_errors += f.level == XAUSL_ERROR;
}

/* Is there still room for a finding of the level, so that it is worth its texts? */
static bool wanted(const struct xausl_check *c, enum xausl_level level)
{
	return c->pub.n_findings < XAUSL_FINDINGS_MAX || c->findings[c->pub.n_findings - 1].level > level;
}

/* Cuts to at most @max octets, between characters. */
static void cut(char *s, size_t max)
{
	size_t n = strlen(s);

	if (n <= max)
		return;
	for (n = max; n && ((unsigned char)s[n] & 0xC0) == 0x80;)
		n--;
	s[n] = '\0';
}

void xausl_found(struct xausl_check *c, const struct xausl_mark *m, const xmlNode *node, const char *expected,
		 const char *what, ...)
{
	char path[XAUSL_PATH_MAX] = "", text[XAUSL_WHAT_MAX], kind[XAUSL_KIND_MAX] = "";
	_cleanup_(osci_freep) char *value = NULL;
	struct xausl_finding f = { .id = m->id, .level = m->level, .layer = m->layer, .standard_code = m->standard_code,
				   .path = path, .what = text, .expected = expected ? expected : "", .value_class = kind };
	long line = 0;
	va_list ap;

	if (!wanted(c, m->level)) {
		c->failed = c->failed || m->level == XAUSL_ERROR;
		c->pub.n_dropped++;
		return;
	}
	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	if (node) {
		xausl_path(c->r, node, path, sizeof(path));
		line = xmlGetLineNo(node->type == XML_ATTRIBUTE_NODE ? node->parent : node);
		f.line = line > 0 ? (unsigned)line : 0;
		value = xausl_raw_value(c, node);
	}
	if (value) {
		xausl_value_kind(c->r, value, strlen(value), kind, sizeof(kind));
		cut(value, XAUSL_SHOWN_MAX);
		f.value = c->opts->show_values ? value : NULL;
	}
	add(c, f);
}

void xausl_found_at(struct xausl_check *c, const struct xausl_mark *m, unsigned line, unsigned column,
		    const char *what, const char *expected)
{
	add(c, (struct xausl_finding){ .id = m->id, .level = m->level, .layer = m->layer, .standard_code = m->standard_code,
				       .path = "", .line = line, .column = column, .what = what, .expected = expected,
				       .value_class = "" });
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
