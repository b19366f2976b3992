/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemas - what the tests of this folder share: the data of the source tree, files, and messages to change
 */
#ifndef TEST_SCHEMAS_H
#define TEST_SCHEMAS_H

#include <stdbool.h>
#include <stddef.h>

#include <xausl/schema.h>

/* The schemas and the calendar of the source tree; fails the test with the reason. */
struct xausl *schemas_open(void);
/* SRC/PATH as text; fails the test if it is absent. */
char *schemas_source_file(const char *path, size_t *len);
/* Folder of the reference data with @sub appended, or NULL if there is none here. */
const char *schemas_reference(const char *sub, char *out, size_t size);
/* All *.xml of @dir, sorted; calls @fn with path, name and content. Returns their number. */
size_t schemas_each(const char *dir, void (*fn)(const char *name, const char *data, size_t len, void *ud), void *ud);

/* A valid message of ours: 070001 of an office, 070003 and 070015 of the BAMF; malloc()ed. */
char *schemas_message(const char *number);
/* Copy of @text with the first @from replaced by @to; fails the test if there is none. */
char *schemas_replace(const char *text, const char *from, const char *to);

/* Verdict of one text; *@first (may be NULL) is a copy of "id path" of the first finding. */
enum xausl_verdict schemas_verdict(const struct xausl *x, const char *data, size_t len, char *first, size_t size);

#endif
