/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forms - one function for each form; all append, and return 0, -ENOMEM or OSCI_E_LIMIT
 */
#ifndef CF_REPORT_FORMS_H
#define CF_REPORT_FORMS_H

#include "report/result.h"

int cf_render_text(struct osci_buf *b, const struct cf_result *r);
int cf_render_junit(struct osci_buf *b, const struct cf_result *r);
int cf_render_html(struct osci_buf *b, const struct cf_result *r);

/* Sections of the page, for the room alone. */
void cf_page_case(struct osci_buf *b, const struct cf_result_case *c, size_t number);
int cf_page_matrix(struct osci_buf *b, const struct cf_result *r);
void cf_page_origin(struct osci_buf *b, const struct cf_result *r);
void cf_page_signatures(struct osci_buf *b, const struct cf_result *r);
/* The word of the verdict, in its colour. */
void cf_page_verdict(struct osci_buf *b, enum cf_verdict v);

#endif
