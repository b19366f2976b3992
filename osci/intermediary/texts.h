/* SPDX-License-Identifier: Apache-2.0 */
/* texts - wording of feedback entries and faults, German and English, by code */
#ifndef OSCI_INTERMEDIARY_TEXTS_H
#define OSCI_INTERMEDIARY_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

/* Every code of the standard has an index below this; a stranger has this one. */
#define IM_CODES 65
const char *im_code(size_t i);
size_t im_code_index(const char *code);

/*
 * The first language of @wish ("en de", blank separated, or NULL), else of @usual, that there are texts in: "de" or
 * "en".  One tag, as xml:lang demands; "de" if there is none.
 */
const char *im_language(const char *wish, const char *usual);
/* Text of a code in "de" or "en"; never NULL. */
const char *im_text(const char *code, const char *language);
/* Does the fault with this code blame the supplier (soap:Server)? */
bool im_fault_is_server(const char *code);
/* Does this code travel as a SOAP fault (9000, 91xx to 95xx)? */
bool im_code_is_fault(const char *code);

#endif
