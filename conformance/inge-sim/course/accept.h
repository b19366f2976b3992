/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept - the acceptance test of a provider: rounds, cases with prepared data, what came of them
 *
 * States of a round: open (cases are run), submitted (the regional office checks), passed, failed.  A repetition is a
 * new round with new data, for a Kennziffer or Bogennummer that was used cannot be used again.
 */
#ifndef COURSE_ACCEPT_H
#define COURSE_ACCEPT_H

#include "course/call.h"

/* The case the data of a call belong to, into k->test_case; an error if they belong to several. Test environment only. */
int course_find_case(struct course_call *k);
/* Records what came of the call, if it belongs to a case. */
int course_record_run(struct course_call *k, const struct course_function *f);

struct course_round {
	int64_t round; /* 0 = none yet */
	char state[16], note[300], decided[SIM_DATE_SIZE];
	bool all_passed;
	json_t *cases; /* name, title, function, expected, text, data, runs, passed */
};
void course_round_clear(struct course_round *r);
/* The last round of the provider. */
int course_round_read(struct course *c, const char *party, struct course_round *ret, struct osci_err *err);
/*
 * A first round, or a new one behind a failed one.  *@code (a constant) is the error for the user, or NULL.
 */
int course_round_begin(struct course *c, const struct course_user *user, const char **code, struct osci_err *err);
int course_round_submit(struct course *c, const struct course_user *user, const char **code, struct osci_err *err);
/* The regional office's decision, in the caller's transaction. OSCI_E_STATE: not submitted. */
int course_round_decide(struct sim_store *st, const char *party, bool passed, const char *note, int64_t now,
			struct osci_err *err);

/* --- the booklet (booklet.c) -------------------------------------------- */

enum course_setup {
	COURSE_SETUP_NEW,        /* persons not registered */
	COURSE_SETUP_REGISTERED,
	COURSE_SETUP_PLANNED,    /* registered, and a course is planned */
	COURSE_SETUP_STARTED,    /* and has started */
	COURSE_SETUP_SHEET,      /* started, and a language test was reported */
};

struct course_booklet_case {
	const char *name, *title, *function;
	const char *expected; /* code of an error, or NULL = success */
	enum course_setup setup;
	unsigned persons;
	const char *text; /* what to do, German */
};
extern const struct course_booklet_case course_booklet[]; /* ended by a NULL name */
#define COURSE_BOOKLET_EDITION "1"

#endif
