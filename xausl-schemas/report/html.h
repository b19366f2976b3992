/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html - writes pages that stand alone: escaping, the frame of a page, tables
 *
 * What all pages of the project share.  A page has its style inside, forbids everything else by its content policy, and
 * has no script.  Every text goes through html_text(): octets that are no UTF-8 and control characters become U+FFFD.
 * Tags and classes are names of the program, never data.  Errors are those of the buffer, checked once at the end.
 */
#ifndef XAUSL_REPORT_HTML_H
#define XAUSL_REPORT_HTML_H

#include <stdbool.h>

#include "base/buf.h"

/* Head of a page with its title as first heading; @lead is the sentence below it, NULL = none. */
void html_begin(struct osci_buf *b, const char *title, const char *lead);
void html_end(struct osci_buf *b);

void html_open(struct osci_buf *b, const char *tag, const char *class); /* @class NULL = none */
void html_close(struct osci_buf *b, const char *tag);
void html_text(struct osci_buf *b, const char *s);
/* The same for XML that is no page, attributes and content alike: one line, and what XML does not have is escaped. */
void html_xml(struct osci_buf *b, const char *s);
/* <TAG class="CLASS">text</TAG> */
void html_element(struct osci_buf *b, const char *tag, const char *class, const char *text);
void html_german(struct osci_buf *b, const char *text); /* terms of the standard, for those who hear the page */
/* Heading of level @level that links lead to: "PREFIX-N". */
void html_heading(struct osci_buf *b, unsigned level, const char *prefix, size_t n, const char *text);
void html_link(struct osci_buf *b, const char *prefix, size_t n, const char *text);

/*
 * A table with a caption and one heading for each column; @heads ends with NULL.  Then rows of cells: those of class
 * "wide" break long words and keep some width, those of class "n" hold numbers.
 */
void html_table(struct osci_buf *b, const char *caption, const char *const *heads);
void html_table_end(struct osci_buf *b);

#endif
