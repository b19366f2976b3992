/* SPDX-License-Identifier: Apache-2.0 */
/* texts - wording of feedback entries and faults, German and English, by code */
#ifndef OSCI_INTERMEDIARY_TEXTS_H
#define OSCI_INTERMEDIARY_TEXTS_H

#include <stdbool.h>

/* The first language of @wish ("en de", blank separated, or NULL) that there are texts in: "de" or "en". */
const char *im_language(const char *wish);
/* Text of a code in "de" or "en"; never NULL. */
const char *im_text(const char *code, const char *language);
/* Does the fault with this code blame the supplier (soap:Server)? */
bool im_fault_is_server(const char *code);
/* Does this code travel as a SOAP fault (9000, 91xx to 95xx)? */
bool im_code_is_fault(const char *code);

#endif
