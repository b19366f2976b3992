/* SPDX-License-Identifier: Apache-2.0 */
/*
 * course - the course side of the simulator: InGe-Online for course providers and test institutes
 *
 * A web service (JSON, SOAP), a web mask, the user administration DeBeV, an acceptance test for providers and a public
 * list of courses.  What is reported becomes course events of the records, and so is told to offices.  A simulator:
 * artificial data only, every answer says so.  It lives in the loop of the program: one thread, one database.
 */
#ifndef SIM_COURSE_H
#define SIM_COURSE_H

#include <jansson.h>
#include <xausl/schema.h>

#include "base/clock.h"
#include "base/conf.h"
#include "rules/model.h"
#include "store/store.h"

struct course;

enum course_windows { COURSE_WINDOWS_HINT, COURSE_WINDOWS_REFUSE, COURSE_WINDOWS_OFF };

struct course_conf {
	const char *listen;    /* ADDRESS:PORT; NULL = no course side */
	bool beyond_loopback;  /* another address than loopback is meant */
	const char *directory; /* file of providers, sites, teachers */
	enum course_windows windows; /* what becomes of late reports and early plans */
	int64_t hours;         /* of a participant, without repetition */
	int64_t pass_points;   /* of the orientation test */
	const char *regional_office;
};
/* From the items course.* of the configuration; problems are added to @c. */
void course_conf_read(struct course_conf *ret, struct conf *c);

int course_open(struct course **ret, const struct course_conf *conf, struct sim_store *store, const struct xausl *xausl,
		const struct sim_settings *settings, const struct osci_clock *clock, struct osci_err *err);
void course_closep(struct course **c);
/* Readable when there is something to do. */
int course_fd(const struct course *c);
/* Answers requests and loads stored reports. @down: all of InGe is out of order. */
int course_serve(struct course *c, bool down, struct osci_err *err);

/* --- orders of the operator: {"do":"course", ...}, see operator.c ------- */

const char *course_order_problem(const json_t *order);
int course_order(struct sim_store *st, const json_t *order, int64_t now, struct osci_err *err);
/* A new registration code: @out of COURSE_CODE_SIZE, and the order that makes it known. New reference; NULL: no randomness. */
#define COURSE_CODE_SIZE 24
json_t *course_code_order(const char *party, const char *environment, char *out);
/* Providers, rounds of acceptance tests and open tickets for the operator. New reference. */
int course_overview(struct sim_store *st, json_t **ret, struct osci_err *err);

#endif
