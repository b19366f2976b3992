/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read - a block of MessageMetaData into its struct
 *
 * Walks the table and the elements side by side: what the table does not have, in its place, is refused.  All texts live
 * in one arena.  The depth is that of the table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "metadata/rows.h"
#include "wire/read.h"

#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define ATTRS_MAX 8

struct holder {
	struct osci_metadata d; /* first: what the caller sees */
	struct osci_arena arena;
};

struct reading {
	struct osci_arena *arena;
	struct osci_err *err;
};

static int read_rows(struct reading *x, xmlNodePtr node, const struct meta_row *group, void *base);

static int refuse(struct reading *x, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(x->err, OSCI_E_MALFORMED, "9100", node, "%s", what);
}

static int checked(struct reading *x, const xmlNode *node, const struct meta_row *row, const char *text, void *base)
{
	if (text && !meta_text_ok(row->check, text))
		return refuse(x, node, "value is none of its kind");
	*(const char **)((char *)base + row->offset) = text;
	return 0;
}

/* --- attributes ---------------------------------------------------------- */

static int read_bool(struct reading *x, xmlNodePtr node, const char *text, bool *ret)
{
	*ret = text && (!strcmp(text, "true") || !strcmp(text, "1"));
	if (text && !*ret && strcmp(text, "false") && strcmp(text, "0"))
		return refuse(x, node, "neither true nor false");
	return 0;
}

static int read_attrs(struct reading *x, xmlNodePtr node, const struct meta_row *group, void *base)
{
	const char *allowed[ATTRS_MAX + 1] = { NULL }, *text;
	const struct meta_row *row;
	size_t n = 0;
	int r;

	if (group == &meta_root) {
		allowed[n++] = "Id";
		allowed[n++] = "xsi:schemaLocation";
	}
	for (row = group->rows; row->kind != META_END && n < ATTRS_MAX; row++)
		if (row->kind == META_ATTR || row->kind == META_BOOL)
			allowed[n++] = row->name;
	r = osci_wire_attrs(node, allowed, x->err);
	for (row = group->rows; row->kind != META_END && !r; row++) {
		if (row->kind != META_ATTR && row->kind != META_BOOL)
			continue;
		r = osci_wire_attr(x->arena, node, NULL, row->name, OSCI_METADATA_TEXT_MAX, row->must, &text, x->err);
		if (!r && row->kind == META_BOOL)
			r = read_bool(x, node, text, (bool *)((char *)base + row->offset));
		else if (!r)
			r = checked(x, node, row, text, base);
	}
	return r;
}

/* --- elements ------------------------------------------------------------ */

static int read_text(struct reading *x, xmlNodePtr node, const struct meta_row *row, void *base)
{
	const char *text;
	int r = osci_wire_text(x->arena, node, OSCI_METADATA_TEXT_MAX, &text, x->err);

	return r ? r : checked(x, node, row, text, base);
}

static int read_number(struct reading *x, xmlNodePtr node, uint64_t *ret)
{
	const char *text;
	int r = osci_wire_text(x->arena, node, 20, &text, x->err);

	if (r)
		return r;
	if (osci_parse_u64(text, strlen(text), INT64_MAX, ret) || !*ret)
		return refuse(x, node, "no positive number");
	return 0;
}

static int read_token(struct reading *x, struct osci_walk *w, const char **ret)
{
	static const char *const names[] = { "BinarySecurityToken", "SecurityTokenReference", "UsernameToken" };
	_cleanup_buf_ struct osci_buf xml = OSCI_BUF_INIT(OSCI_METADATA_TOKEN_MAX);
	xmlNodePtr node = NULL;
	size_t i;
	int r;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !node; i++)
		node = osci_walk_take(w, WSSE, names[i]);
	if (!node)
		return w->result ? w->result : refuse(x, w->parent, "one token of WS-Security expected");
	r = osci_c14n_node(node, &xml, x->err);
	if (r)
		return r;
	*ret = osci_arena_copy(x->arena, xml.data, xml.len);
	return *ret ? 0 : -ENOMEM;
}

static int read_list(struct reading *x, struct osci_walk *w, const struct meta_row *row, void *base)
{
	size_t n = osci_wire_count(w->parent, row->ns, row->name), i;
	char *items;
	int r = 0;

	if (n > OSCI_METADATA_LIST_MAX)
		return osci_wire_refuse(x->err, OSCI_E_LIMIT, "9100", w->parent, "more than %u entries",
					OSCI_METADATA_LIST_MAX);
	if (!n)
		return row->must ? refuse(x, w->parent, "entry missing in it") : 0;
	items = osci_arena_alloc(x->arena, n, row->size);
	if (!items)
		return -ENOMEM;
	for (i = 0; i < n && !r; i++) {
		xmlNodePtr node = osci_walk_need(w, row->ns, row->name);

		r = node ? read_rows(x, node, row, items + i * row->size) : w->result;
	}
	*(void **)((char *)base + row->offset) = items;
	*(size_t *)((char *)base + row->count) = n;
	return r;
}

static int read_element(struct reading *x, struct osci_walk *w, const struct meta_row *row, void *base)
{
	static const char *const none[] = { NULL };
	char *at = (char *)base + row->offset;
	xmlNodePtr node;
	int r;

	if (row->kind == META_TOKEN)
		return read_token(x, w, (const char **)at);
	if (row->kind == META_LIST)
		return read_list(x, w, row, base);
	node = row->must ? osci_walk_need(w, row->ns, row->name) : osci_walk_take(w, row->ns, row->name);
	if (!node)
		return w->result;
	if (row->kind == META_GROUP)
		return read_rows(x, node, row, at);
	r = osci_wire_attrs(node, none, x->err);
	if (r)
		return r;
	switch (row->kind) {
	case META_FLAG:
		*(bool *)at = true;
		return osci_wire_empty(node, x->err);
	case META_NUMBER:
		return read_number(x, node, (uint64_t *)at);
	default:
		return read_text(x, node, row, base);
	}
}

static int read_rows(struct reading *x, xmlNodePtr node, const struct meta_row *group, void *base)
{
	const struct meta_row *row;
	struct osci_walk w;
	unsigned set = 0;
	int r = read_attrs(x, node, group, base);

	for (row = group->rows; row->kind != META_END && !r; row++)
		if (row->kind == META_VALUE)
			return read_text(x, node, row, base);
	if (r)
		return r;
	osci_walk_begin(&w, node, x->err);
	for (row = group->rows; row->kind != META_END && !r; row++) {
		if (row->kind == META_ATTR || row->kind == META_BOOL)
			continue;
		r = read_element(x, &w, row, base);
		set += !r && meta_set(row, base);
	}
	if (!r)
		r = osci_walk_end(&w);
	if (!r && group->one && set != 1)
		r = refuse(x, node, "exactly one of its elements expected");
	return r;
}

/* --- the block ------------------------------------------------------------- */

static int parse(xmlDocPtr *ret, const struct osci_custom *custom, struct osci_err *err)
{
	struct osci_limits l;

	osci_limits_default(&l);
	l.xml_bytes = l.xml_text = OSCI_METADATA_MAX;
	return osci_xml_parse(ret, custom->xml, custom->len, &l, err);
}

static bool is_metadata(xmlDocPtr doc)
{
	return osci_xml_is(xmlDocGetRootElement(doc), meta_root.ns, meta_root.name);
}

int osci_metadata_find(const struct osci_custom **ret, const struct osci_message *m, struct osci_err *err)
{
	size_t i;

	*ret = NULL;
	for (i = 0; i < m->n_custom; i++) {
		_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
		int r = parse(&doc, &m->custom[i], NULL);

		if (r < 0)
			return r;
		if (!r && is_metadata(doc)) {
			*ret = &m->custom[i];
			return 0;
		}
	}
	return osci_fail(err, OSCI_E_EMPTY, NULL, "soap:Header", "no MessageMetaData in the message");
}

void osci_metadata_freep(struct osci_metadata **d)
{
	struct holder *h = (struct holder *)*d;

	if (!h)
		return;
	osci_arena_free(&h->arena);
	free(h);
	*d = NULL;
}

int osci_metadata_read(struct osci_metadata **ret, const struct osci_custom *custom, struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	_cleanup_(osci_metadata_freep) struct osci_metadata *d = NULL;
	struct holder *h;
	struct reading x = { .err = err };
	int r;

	*ret = NULL;
	r = parse(&doc, custom, err);
	if (r)
		return r;
	if (!is_metadata(doc))
		return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", xmlDocGetRootElement(doc), "no MessageMetaData");
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	d = &h->d;
	x.arena = &h->arena;
	r = read_rows(&x, xmlDocGetRootElement(doc), &meta_root, d);
	if (r)
		return r;
	*ret = d;
	d = NULL;
	return 0;
}
