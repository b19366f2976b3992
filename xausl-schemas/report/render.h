/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render - the four forms of a report; what they share
 */
#ifndef XAUSL_REPORT_RENDER_H
#define XAUSL_REPORT_RENDER_H

#include <xausl/report.h>

#include "base/buf.h"

void render_text(struct osci_buf *b, const struct xausl_report_item *item);
int render_json(struct osci_buf *b, const struct xausl_report_item *item); /* 0 or -ENOMEM */
void render_junit(struct osci_buf *b, const struct xausl_report_item *items, size_t n, const char *when);
void render_html(struct osci_buf *b, const struct xausl_report_item *items, size_t n, const char *when);

const char *render_verdict(const struct xausl_report_item *item); /* "valid", "invalid", "not checked" */
const char *render_level(const struct xausl_finding *f);          /* "error", "warning", "hint" */
bool render_valid(const struct xausl_report_item *item);
bool render_invalid(const struct xausl_report_item *item);

#endif
