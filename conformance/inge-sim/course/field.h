/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field - tables of what a function takes and gives, and the check of values against them
 *
 * One table serves JSON, SOAP (schema and reading) and the web mask, so the same rules hold for all three.
 */
#ifndef COURSE_FIELD_H
#define COURSE_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <xausl/schema.h>

enum course_type {
	COURSE_TEXT,   /* min..max characters */
	COURSE_NAME,   /* of a person: letters, blank, hyphen, apostrophe */
	COURSE_DATE,   /* 2026-11-16 */
	COURSE_PDATE,  /* may be partly known */
	COURSE_INT,    /* min..max */
	COURSE_BOOL,
	COURSE_CODE,   /* of the code list @choices of the release in force */
	COURSE_CHOICE, /* one of @choices, separated by | */
	COURSE_OBJECT, /* @sub */
	COURSE_LIST,   /* of objects of @sub, min..max entries */
};

#define COURSE_REQUIRED 1u
#define COURSE_PATH_MAX 160

struct course_field {
	const char *name; /* NULL ends a table */
	enum course_type type;
	unsigned flags;
	int64_t min, max;
	const struct course_field *sub;
	const char *choices;
	const char *label; /* German, for forms and documentation */
};

/*
 * Checks @value against @fields; every problem is added to @errors.  Empty texts count as not given and are taken out.
 * False without memory.
 */
bool course_check(const struct course_field *fields, json_t *value, const struct xausl_release *release, json_t *errors);
bool course_name_ok(const char *name);
/* Adds {code, field, de, en}; @field may be NULL. False without memory. */
bool course_add_error(json_t *errors, const char *code, const char *field);
/* Texts of a code, never NULL. */
const char *course_error_text(const char *code, bool german);
/* The i-th of the catalogue; false behind the last. */
bool course_error_get(size_t i, const char **code, const char **de, const char **en);
bool course_has_error(const json_t *errors, const char *code);
/* Is @value one of the words of @choices? */
bool course_among(const char *choices, const char *value);
/* The same for names, codes and numbers that come as text: "true", "12".  Returns a new value, or @text as text. */
json_t *course_value_of(enum course_type type, const char *text);

#endif
