/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows - MessageMetaData as one table: element or attribute, its rules, and the member it is
 *
 * Reader and writer walk the same rows; neither knows a field by name.
 */
#ifndef OSCI_METADATA_ROWS_H
#define OSCI_METADATA_ROWS_H

#include <stddef.h>

#include <osci/metadata.h>

enum meta_kind {
	META_END,
	META_ATTR,   /* attribute without namespace: text */
	META_BOOL,   /* attribute: xsd:boolean, false if absent */
	META_VALUE,  /* text of the element itself, whose other rows are attributes */
	META_TEXT,   /* element with text */
	META_FLAG,   /* element without anything: its being there */
	META_NUMBER, /* element: digits, 1 or more; 0 = absent */
	META_GROUP,  /* element with rows of its own, in the same or an embedded struct */
	META_LIST,   /* several of them: pointer and count */
	META_TOKEN,  /* one element of WS-Security, kept as its canonical octets */
};

enum meta_check { META_ANY, META_SOME /* not empty */, META_URI, META_DATETIME, META_DATE, META_USAGE };

struct meta_row {
	enum meta_kind kind;
	const char *ns; /* of elements; NULL = none */
	const char *name;
	bool must;
	bool one; /* of a group: exactly one of its rows */
	enum meta_check check;
	size_t offset;
	const struct meta_row *rows; /* of groups and lists */
	size_t size, count;          /* of lists: of an entry, offset of their number */
};

extern const struct meta_row meta_root; /* a group */

/* Anything of @row set in the struct at @base? */
bool meta_set(const struct meta_row *row, const void *base);
bool meta_text_ok(enum meta_check check, const char *text);

#endif
