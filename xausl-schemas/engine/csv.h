/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv - strict reader of the tables a release folder and the calendar consist of
 *
 * UTF-8 without BOM, lines end with LF (CR LF tolerated), fields separated by ';'.  A field that begins with
 * '"' runs to the closing quote, '""' inside is one quote, a line break inside is refused.  A quote within an
 * unquoted field is refused.  Empty lines and lines that begin with '#' are passed over.  Blanks belong to the
 * field.  Control characters other than the line end are refused.  All texts live as long as the table.
 */
#ifndef XAUSL_ENGINE_CSV_H
#define XAUSL_ENGINE_CSV_H

#include <stddef.h>

#include <osci/err.h>

#define XAUSL_CSV_BYTES_MAX  (4u << 20)
#define XAUSL_CSV_ROWS_MAX   20000u
#define XAUSL_CSV_FIELDS_MAX 256u

struct xausl_csv_row {
	unsigned line;       /* in the file, from 1 */
	unsigned n;          /* fields, at least 1 */
	const char **field;  /* n texts, none NULL */
};

struct xausl_csv {
	char *name;          /* as given: for errors */
	struct xausl_csv_row *rows;
	size_t n_rows;
	char *text;          /* owns all field texts */
	const char **fields; /* owns all field tables */
};

/* OSCI_E_CONFIG with NAME:LINE in @err->where on any defect, -ENOMEM, or -errno from reading. */
int xausl_csv_parse(struct xausl_csv **ret, const char *name, const void *data, size_t len, struct osci_err *err);
int xausl_csv_load(struct xausl_csv **ret, const char *path, struct osci_err *err);
void xausl_csv_freep(struct xausl_csv **t);

/* Field @i of the row, "" if the row is shorter. */
const char *xausl_csv_field(const struct xausl_csv_row *row, unsigned i);

/* Fills @err with "NAME:LINE" of the row (NULL = the file) and the cause; returns OSCI_E_CONFIG. */
int xausl_csv_fail(const struct xausl_csv *t, const struct xausl_csv_row *row, struct osci_err *err,
		   const char *what);

/* A whole file of at most @max octets, malloc()ed and NUL-terminated; OSCI_E_CONFIG if it is absent or too long. */
int xausl_file_load(char **ret, size_t *ret_len, const char *path, size_t max, struct osci_err *err);

#endif
