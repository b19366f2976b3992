/* SPDX-License-Identifier: Apache-2.0 */
/* t_case - what tests of case files share */
#ifndef T_CASE_H
#define T_CASE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "case/case.h"

/* Group fixtures: opens and closes the releases of the source tree. */
int t_case_open(void **state);
int t_case_close(void **state);
extern struct xausl *t_x;

/* The file that holds no problem, NUL behind. */
char *t_case_base(void);
/* A copy of @text in which the first @from is @to. */
char *t_case_with(const char *text, const char *from, const char *to);
/* Line of the first @what in @text. */
unsigned t_case_line(const char *text, const char *what);
/* Loads text; *@ret may be NULL on fatal errors. */
int t_case_load(struct cf_book **ret, const char *text, size_t len);

/* One place of the base file changed, and the problem that comes of it. */
struct t_change {
	const char *from, *to;
	const char *at;	  /* first place of this in the changed file has the line of the problem; NULL: @to */
	const char *says; /* part of its text */
	int more;	  /* further problems that follow from it */
};
/* Exactly these problems, each with its line. */
void t_case_changes(const struct t_change *list, size_t n);

#endif
