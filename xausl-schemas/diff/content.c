/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content - the order of the children of an element, reduced to names both releases have
 *
 * So that an element that is new or gone is not also a change of the order around it.  A group of one member, a sequence in
 * a sequence and the like say nothing and fall away; a choice of one does not, because others may have fallen out of it.
 */
#include <string.h>

#include "diff/model.h"

struct group {
	struct osci_buf inner;
	size_t members;
	char mark;         /* ',' '|' '&' between the members */
	bool only_group;   /* the one member is a group */
	const char *occurs; /* "{0,n}" in the text, or NULL for once */
	size_t occurs_len;
};

struct reducing {
	const char *at;
	bool (*keep)(void *ud, const char *name, size_t len);
	void *ud;
};

static void member(struct group *g, const void *text, size_t len)
{
	if (g->members++)
		osci_buf_addf(&g->inner, "%s%c ", g->mark == ',' ? "" : " ", g->mark);
	osci_buf_add(&g->inner, text, len);
}

static void wrapped(struct osci_buf *out, const struct group *g)
{
	osci_buf_addc(out, '(');
	if (g->members == 1 && g->mark == '|')
		osci_buf_adds(out, "| ");
	osci_buf_add(out, g->inner.data ? (const char *)g->inner.data : "", g->inner.len);
	osci_buf_addc(out, ')');
	osci_buf_add(out, g->occurs, g->occurs ? g->occurs_len : 0);
}

static void reduce(struct reducing *r, struct group *g, unsigned depth);

static void inner_group(struct reducing *r, struct group *g, unsigned depth)
{
	struct group child = { .inner = OSCI_BUF_INIT(g->inner.max), .mark = ',' };
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(g->inner.max);
	bool first = !g->members;

	reduce(r, &child, depth + 1);
	if (child.members && !child.occurs && (child.mark == g->mark || (child.members == 1 && child.mark == ','))) {
		/* taken in at its place */
		member(g, child.inner.data, child.inner.len);
		g->members += child.members - 1;
		g->only_group = first && child.only_group;
	} else if (child.members) {
		wrapped(&text, &child);
		member(g, text.data, text.len);
		g->only_group = first;
	}
	/* What did not fit into memory must not look like what is not there. */
	if (osci_buf_error(&child.inner) || osci_buf_error(&text))
		osci_buf_fail(&g->inner, osci_buf_error(&child.inner) ? osci_buf_error(&child.inner) : osci_buf_error(&text));
	osci_buf_free(&child.inner);
}

/* At the parenthesis of a group; behind it afterwards.  The text is the program's own and no deeper than the schema. */
static void reduce(struct reducing *r, struct group *g, unsigned depth)
{
	size_t scan = 0;

	r->at++;
	/* What stands between the members is behind the first of them, whatever its groups hold. */
	for (unsigned level = 0; r->at[scan] && (level || r->at[scan] != ')'); scan++) {
		level += r->at[scan] == '(';
		level -= r->at[scan] == ')';
		if (!level && strchr("|&", r->at[scan]))
			g->mark = r->at[scan];
	}
	while (*r->at && *r->at != ')' && depth <= XAUSL_DIFF_DEPTH_MAX) {
		size_t n = strcspn(r->at, "(), |&");

		if (*r->at == '(') {
			inner_group(r, g, depth);
		} else if (n) {
			if (r->keep(r->ud, r->at, n)) {
				g->only_group = false;
				member(g, r->at, n);
			}
			r->at += n;
		} else {
			r->at++;
		}
	}
	r->at += *r->at == ')';
	if (*r->at == '{') {
		g->occurs = r->at;
		g->occurs_len = strcspn(r->at, "}") + 1;
		r->at += g->occurs_len;
	}
}

void diff_content_reduce(struct osci_buf *out, const char *content, bool (*keep)(void *ud, const char *name, size_t len),
			 void *ud)
{
	struct group g = { .inner = OSCI_BUF_INIT(out->max), .mark = ',' };
	struct reducing r = { content, keep, ud };

	if (*content != '(')
		return;
	reduce(&r, &g, 0);
	if (g.members == 1 && g.only_group && !g.occurs && g.mark == ',')
		osci_buf_add(out, g.inner.data, g.inner.len);
	else if (g.members)
		wrapped(out, &g);
	if (osci_buf_error(&g.inner))
		osci_buf_fail(out, osci_buf_error(&g.inner));
	osci_buf_free(&g.inner);
}
