/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - a release as a flat table of facts, so that comparing releases is comparing tables
 *
 * A row says of a thing (kind, message, owner, place) that a property has a value; the row with the property "" says that
 * the thing is there, and its value is for the reader alone.  Sorted, the rows of a thing lie side by side.
 */
#ifndef XAUSL_DIFF_MODEL_H
#define XAUSL_DIFF_MODEL_H

#include <xausl/diff.h>

#include "base/buf.h"
#include "engine/release.h"

struct diff_row {
	enum xausl_diff_kind kind;
	const char *message; /* "" = none */
	const char *owner, *place, *property, *value;
};

struct diff_chunk {
	struct diff_chunk *next;
	size_t used, size;
	char text[];
};

struct diff_model {
	const struct xausl_release *release;
	struct diff_row *rows;
	size_t n, cap;
	struct diff_chunk *chunks; /* own all texts */
	int error;                 /* sticky: -ENOMEM, OSCI_E_LIMIT, OSCI_E_CONFIG */
	const char *where;         /* of the error, or NULL */
};

/* Values of sets are their sorted members with this between them. */
#define DIFF_SEPARATOR '\n'
/* Does the property hold a set, whose members come and go one by one? */
bool diff_is_set(const char *property);

int diff_model_make(struct diff_model *m, const struct xausl_release *r, bool schema_only, struct osci_err *err);
void diff_model_clear(struct diff_model *m);

/* Add a row; texts are copied.  Errors are kept in @m->error. */
void diff_add(struct diff_model *m, const struct diff_row *row);
const char *diff_keep(struct diff_model *m, const char *text, size_t len); /* "" without memory, and the error is set */
void diff_fail(struct diff_model *m, int error, const char *where);
/* The row that says that the thing of @like is there; NULL if it is not. Only of a finished model. */
const struct diff_row *diff_find(const struct diff_model *m, const struct diff_row *like);
int diff_thing_compare(const struct diff_row *a, const struct diff_row *b); /* all but property and value */

/* By which a message is called: its number; a package may hold it in two versions of its base module. */
#define DIFF_NUMBER_MAX 128
void diff_message_number(char out[DIFF_NUMBER_MAX], const struct xausl_release *r, const struct xausl_message *msg);

/* The parts of the model. */
void diff_schema_rows(struct diff_model *m);                    /* elements and attributes of all messages */
void diff_table_rows(struct diff_model *m, bool schema_only);   /* everything else */

/*
 * @content is the order of the children of an element: names in groups "(a, b, (c | d){0,n})".  Writes it with the names
 * alone for which @keep says yes, without groups that say nothing.
 */
void diff_content_reduce(struct osci_buf *out, const char *content, bool (*keep)(void *ud, const char *name, size_t len),
			 void *ud);

#endif
