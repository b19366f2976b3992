/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/codes.h - the code lists of a release: which there are, in which versions, and what their codes mean
 *
 * A release may hold several versions of one list, as authors may send codes of any of them; the current one stands
 * first.  Texts live as long as the release.  Days are "2026-11-01", or "" where nobody has said.
 */
#ifndef XAUSL_CODES_H
#define XAUSL_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include <xausl/schema.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* One version of a list. */
struct xausl_code_list {
	const char *name, *uri, *version;
	const char *valid_from, *valid_until; /* both days belong to it */
	bool current;                         /* the version messages of the release are written with */
	bool complete;                        /* codes are checked against it */
	size_t n_codes;
};

struct xausl_code {
	const char *code, *name;
	const char *valid_from, *valid_until; /* of the list, unless it gives days for each code */
};

/* Versions of lists in the order of the manifest; false behind the last. */
bool xausl_code_list_get(const struct xausl_release *r, size_t i, struct xausl_code_list *ret);
/* The codes of the i-th version, sorted; false behind the last. */
bool xausl_code_get(const struct xausl_release *r, size_t i, size_t k, struct xausl_code *ret);
/* Further columns of a code, such as "abh" with "X"; false behind the last. */
bool xausl_code_column_get(const struct xausl_release *r, size_t i, size_t k, size_t column, const char **name,
			   const char **value);
/* Does the day lie in the two?  Where a day is not known, nothing speaks against it. */
bool xausl_code_valid_on(const char *valid_from, const char *valid_until, const char *day);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
