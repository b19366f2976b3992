/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults - wrong behaviour on order, for tests of the other side
 *
 * Rules come from a file given by --faults, read again whenever it changes; without one nothing of
 * this happens.  The decision path knows nothing of it: faults change a finished answer, or the way it goes.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>
#include <xausl/schema.h>

struct sim_faults;

/* @x: for messages and codes of the rules; NULL = they are not looked at. */
int sim_faults_new(struct sim_faults **ret, const struct xausl *x, const char *path);
void sim_faults_freep(struct sim_faults **f);
/* Looks at the file; OSCI_E_CONFIG with FILE:LINE if it is wrong (the rules before stay). 0 also if unchanged. */
int sim_faults_refresh(struct sim_faults *f, int64_t now, struct osci_err *err);

#define SIM_PLAN_SIZE 128
/*
 * Takes the rules that fit an answer and applies them: *@xml (malloc()ed) is replaced where its text changes,
 * *@not_before moves, @plan gets what is left to do when it is sent.  False without memory.
 */
bool sim_faults_answer(struct sim_faults *f, const char *number, const char *office, char **xml, size_t *len,
		       int64_t *not_before, char plan[SIM_PLAN_SIZE]);
/* Code of a rejection to answer this request with, instead of processing it, and its number in *@form; NULL = none. */
const char *sim_faults_reject(struct sim_faults *f, const char *number, const char *office, const char **form);
/* Does an outage last? Then nothing is fetched or sent. */
bool sim_faults_outage(const struct sim_faults *f, int64_t now);

/* Reading a plan. */
bool sim_plan_has(const char *plan, const char *word);
unsigned sim_plan_copies(const char *plan);
const char *sim_plan_to(const char *plan, char out[SIM_PLAN_SIZE]); /* key of another office, or NULL */

#endif
