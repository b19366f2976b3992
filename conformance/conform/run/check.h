/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - one look at the state of things: what a check needs of the world, fetched once, and what was wrong
 */
#ifndef CF_RUN_CHECK_H
#define CF_RUN_CHECK_H

#include "run/play.h"

struct cf_look {
	struct cf_play *p;
	const struct cf_check *k;
	bool say; /* put failures into the result; else only count them */
	size_t wrong;
	bool broken;	      /* something could not be looked at: @err says why */
	struct cf_sent *sent; /* what lies at the intermediary */
	size_t n_sent;
	json_t *inge; /* what InGe holds */
	struct osci_err *err;
};

/* Is this failure to be told?  Counts it. */
bool cf_look_wrong(struct cf_look *l);
void cf_look_fail(struct cf_look *l, unsigned line, const char *field, const struct cf_match *m, const json_t *have,
		  const char *text);
void cf_look_say(struct cf_look *l, unsigned line, const char *field, const char *expected, const char *seen,
		 const char *fmt, ...) __attribute__((format(printf, 6, 7)));

void cf_look_inge(struct cf_look *l);	   /* check_inge.c */
void cf_look_journal(struct cf_look *l);   /* check.c */
void cf_look_sent(struct cf_look *l);	   /* check_sent.c */
void cf_look_delivered(struct cf_look *l); /* check_delivered.c */

/* Is there a request of this nachrichtenUUID that was not refused? */
bool cf_sent_known(const struct cf_play *p, const char *uuid);

#endif
