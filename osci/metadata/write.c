/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write - MessageMetaData into a header block
 *
 * Writes what is set, row by row, brings it into the canonical form of a header block, and lets the reader judge the
 * result: what it would refuse is never given out, so that the rules stand in one place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/rows.h"
#include "wire/write_priv.h"

static const char prefix[] = "oscimeta";

static void write_rows(struct osci_buf *b, const struct meta_row *group, const void *base);

static void open_tag(struct osci_buf *b, const struct meta_row *row)
{
	if (!row->ns)
		osci_buf_addf(b, "<%s", row->name);
	else if (!strcmp(row->ns, meta_root.ns))
		osci_buf_addf(b, "<%s:%s", prefix, row->name);
	else
		osci_buf_addf(b, "<wsa:%s xmlns:wsa=\"%s\"", row->name, row->ns);
}

static void close_tag(struct osci_buf *b, const struct meta_row *row)
{
	osci_buf_addf(b, "</%s%s%s>", !row->ns ? "" : !strcmp(row->ns, meta_root.ns) ? prefix : "wsa", row->ns ? ":" : "",
		      row->name);
}

static const char *text_of(const struct meta_row *row, const void *base)
{
	const char *text = *(const char *const *)((const char *)base + row->offset);

	return text ? text : "";
}

static void write_group(struct osci_buf *b, const struct meta_row *row, const void *base)
{
	const struct meta_row *a;

	open_tag(b, row);
	if (row == &meta_root)
		osci_buf_addf(b, " xmlns:%s=\"%s\" Id=\"" OSCI_METADATA_ID "\"", prefix, row->ns);
	for (a = row->rows; a->kind != META_END; a++) {
		if ((a->kind != META_ATTR && a->kind != META_BOOL) || !meta_set(a, base))
			continue;
		osci_buf_addf(b, " %s=\"", a->name);
		if (a->kind == META_BOOL)
			osci_buf_adds(b, "true");
		else
			osci_buf_add_xml_attr(b, text_of(a, base), strlen(text_of(a, base)));
		osci_buf_addc(b, '"');
	}
	osci_buf_addc(b, '>');
	write_rows(b, row, base);
	close_tag(b, row);
}

static void write_list(struct osci_buf *b, const struct meta_row *row, const void *base)
{
	const char *items = *(const char *const *)((const char *)base + row->offset);
	size_t n = *(const size_t *)((const char *)base + row->count), i;

	for (i = 0; i < n && items; i++)
		write_group(b, row, items + i * row->size);
}

static void write_rows(struct osci_buf *b, const struct meta_row *group, const void *base)
{
	const struct meta_row *row;

	for (row = group->rows; row->kind != META_END; row++) {
		const char *at = (const char *)base + row->offset;

		if (row->kind == META_ATTR || row->kind == META_BOOL || (!row->must && !meta_set(row, base)))
			continue;
		switch (row->kind) {
		case META_GROUP:
			write_group(b, row, at);
			continue;
		case META_LIST:
			write_list(b, row, base);
			continue;
		case META_TOKEN:
			osci_buf_adds(b, text_of(row, base));
			continue;
		case META_VALUE:
			osci_buf_add_xml_text(b, text_of(row, base), strlen(text_of(row, base)));
			continue;
		default:
			break;
		}
		open_tag(b, row);
		osci_buf_addc(b, '>');
		if (row->kind == META_NUMBER)
			osci_buf_addf(b, "%llu", (unsigned long long)*(const uint64_t *)at);
		else if (row->kind == META_TEXT)
			osci_buf_add_xml_text(b, text_of(row, base), strlen(text_of(row, base)));
		close_tag(b, row);
	}
}

void osci_custom_clear(struct osci_custom *c)
{
	free((char *)c->xml);
	*c = (struct osci_custom){ 0 };
}

int osci_metadata_write(struct osci_custom *ret, const struct osci_metadata *d, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf draft = OSCI_BUF_INIT(OSCI_METADATA_MAX), block = OSCI_BUF_INIT(OSCI_METADATA_MAX);
	_cleanup_(osci_metadata_freep) struct osci_metadata *back = NULL;
	_cleanup_(osci_freep) char *id = NULL;
	struct osci_custom custom;
	struct osci_limits l;
	int r;

	*ret = (struct osci_custom){ 0 };
	osci_limits_default(&l);
	write_group(&draft, &meta_root, d);
	r = osci_buf_error(&draft);
	if (r)
		return r < 0 ? r : osci_fail(err, r, NULL, meta_root.name, "longer than the limit");
	custom = (struct osci_custom){ (const char *)draft.data, draft.len };
	r = wire_custom(&custom, &l, &block, &id, err);
	if (!r)
		r = osci_buf_error(&block);
	custom = (struct osci_custom){ (const char *)block.data, block.len };
	if (!r)
		r = osci_metadata_read(&back, &custom, err);
	if (r == OSCI_E_MALFORMED) {
		if (err)
			err->code = OSCI_E_USAGE;
		return OSCI_E_USAGE;
	}
	if (r)
		return r;
	ret->xml = osci_buf_take(&block, &ret->len);
	return ret->xml ? 0 : osci_buf_error(&block);
}
