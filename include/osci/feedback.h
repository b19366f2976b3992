/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/feedback.h - the codes of feedback entries and faults, and their texts in German and English
 *
 * All codes of OSCI-Transport 1.2, ascending.  The texts fit every supplier, intermediary and passive recipient.
 */
#ifndef OSCI_FEEDBACK_H
#define OSCI_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Every code of the standard has an index below this; a stranger has this one. */
#define OSCI_FEEDBACK_CODES 65u
const char *osci_feedback_code(size_t i); /* "9803"; NULL from OSCI_FEEDBACK_CODES on */
size_t osci_feedback_index(const char *code);

/* Text of a code in "de" or "en"; that of 9811 for a stranger, never NULL. */
const char *osci_feedback_text(const char *code, const char *lang);
/*
 * The first language of @wish (DesiredLanguages: "en de", blank separated, or NULL), else of @usual, that there are
 * texts in: "de" or "en".  One tag, as xml:lang demands; "de" if there is none.
 */
const char *osci_feedback_language(const char *wish, const char *usual);

/* Does this code travel as a SOAP fault (9000, 91xx to 95xx)? */
bool osci_feedback_is_fault(const char *code);
/* Does the fault with this code blame the supplier (soap:Server)? */
bool osci_feedback_is_server(const char *code);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
