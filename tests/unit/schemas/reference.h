/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference - the schemas of the standard beside the project, all messages in one: what our own are compared with
 */
#ifndef TEST_REFERENCE_H
#define TEST_REFERENCE_H

#include <stdbool.h>
#include <libxml/xmlschemas.h>

/* Folder of the release, "" if it is not there. */
const char *reference_folder(void);
/* NULL if they are not there (then the caller says what it skips). */
xmlSchemaPtr reference_open(void);
/* By any schema, the reference or ours, without a word. */
bool reference_valid(xmlSchemaPtr schema, xmlDocPtr doc);

#endif
