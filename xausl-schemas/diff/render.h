/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render - words for differences, shared by the forms they are shown in
 */
#ifndef XAUSL_DIFF_RENDER_H
#define XAUSL_DIFF_RENDER_H

#include <xausl/diff.h>

#include "base/buf.h"

const char *diff_kind_name(enum xausl_diff_kind kind);       /* "element", "code list" ...; of JSON: with '_' */
const char *diff_kind_json(enum xausl_diff_kind kind);
const char *diff_change_name(enum xausl_diff_change change); /* "new", "gone", "changed", "moved" */
/* What changed, and where: "element a/b", "attribute a/@c", "code 8", "namespace xian". */
void diff_thing(struct osci_buf *b, const struct xausl_difference *d);
/* How: "occurs 0..1 -> 1..1", "new value 070023", "new (1..1)". */
void diff_how(struct osci_buf *b, const struct xausl_difference *d);
/* Heading of the group the difference belongs to: "070008, 070009", "code list BAMFABH-Kursart", "rules". */
void diff_group(struct osci_buf *b, const struct xausl_difference *d);
bool diff_same_group(const struct xausl_difference *a, const struct xausl_difference *b);

void diff_text(struct osci_buf *b, const struct xausl_diff *d);
int diff_json(struct osci_buf *b, const struct xausl_diff *d); /* 0 or -ENOMEM */
void diff_html(struct osci_buf *b, const struct xausl_diff *d);

#endif
