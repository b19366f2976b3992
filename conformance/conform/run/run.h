/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run - carries out cases of a book and says how they ended
 *
 * A job is one case under one choice of the open switches it leaves free.  Jobs are carried out by several threads;
 * each has a world of its own.  Nothing here prints but the progress that the caller asks for.
 */
#ifndef CF_RUN_RUN_H
#define CF_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "case/case.h"
#include "report/result.h"
#include "world/world.h"

#define CF_RELEASE_NEXT "27.05" /* the made-up release that cases call test-next */
#define CF_JOBS_MAX	64	/* threads */
#define CF_GIVE_UP	6	/* so many cases that cannot be set up, and none that can: the run ends */
#define CF_SWITCHES	4	/* open switches a case may leave free */

/* Under which values of the switches that a case leaves free it is carried out. */
enum cf_vary {
	CF_VARY_NOT,  /* once, each at its first value */
	CF_VARY_EACH, /* twice: all at their first value, all at their other one */
	CF_VARY_ALL,  /* once for each combination */
};

/* A run in which others' software takes part. */
struct cf_drive {
	enum cf_foreign what; /* NONE: all is ours; the rest does not count */
	const char *driver;   /* program that works the software; NULL: a person does, told by @prompt */
	unsigned bus_port, intermediary_port;
	int patience_ms;	    /* real time in which the software must have done what it was told */
	const char *const *offices; /* keys of all offices of the run: the place is that of their keys and certificates */
	const struct cf_client *clients; /* FOREIGN_STACK: of each office */
	size_t n_offices;
	bool prepared; /* FOREIGN_STACK: its partner holds what the cases prepare */
	void (*prompt)(void *arg, const char *text); /* a line to the person; never NULL if there is no driver */
	void *arg;
};

struct cf_run_conf {
	struct cf_drive drive;
	struct cf_site *site;
	struct cf_site *next;	    /* with the release CF_RELEASE_NEXT; NULL: cases that need it are skipped */
	struct cf_site *told;	    /* with @release in force; NULL as @release */
	const char *release;	    /* cases of any release run in this one; NULL: the one in force at their clock */
	int settle_ms;		    /* silence, real time */
	int again_ms;		    /* what is not yet true is looked at again so long; 0 = 5 s, as the format says */
	enum cf_vary vary;
	const json_t *switches; /* of the partner, for all cases: name to value; NULL */
	unsigned jobs;
	const volatile int *stop; /* not 0: begin no further case, end those under way; may be NULL */
	/* Called as each case ends, by one thread at a time. */
	void (*progress)(void *arg, const struct cf_result_case *c, size_t done, size_t total);
	void *arg;
};

/* One case under one choice of its switches. */
struct cf_job {
	const struct cf_case *c;
	unsigned choice; /* bit i: switch i, if the case leaves it free, has its other value */
};

/* The jobs of @n cases (in the order given); @set: switches that are not varied, or NULL.  *@ret is freed with
 * free(). */
int cf_jobs_make(struct cf_job **ret, size_t *n_ret, const struct cf_case *const *cases, size_t n, enum cf_vary vary,
		 const json_t *set);
/*
 * Value of switch @i in a job, new reference: as the case says; if it leaves it free, as @set says (may be NULL),
 * else by the choice.
 */
json_t *cf_job_switch(const struct cf_job *j, size_t i, const json_t *set, const char **name, bool *is_free);

/* Why a case cannot be carried out with others' software, into @why; NULL: it can. */
const char *cf_drive_skips(const struct cf_drive *d, const struct cf_case *c, char why[256]);

/* Carries out one job in this thread.  NULL: no memory. */
struct cf_result_case *cf_run_case(const struct cf_run_conf *conf, const struct cf_job *job, size_t number);
/* The result of one that is not carried out: a set-up error.  NULL: no memory. */
struct cf_result_case *cf_run_not(const struct cf_run_conf *conf, const struct cf_job *job, const char *why);
/* All jobs, by conf->jobs threads; the cases go into @r in their order.  0 also if cases failed. */
/*
 * OSCI_E_STATE: given up, as none of the first CF_GIVE_UP could be set up; @err has the reason of the first.  Then, and
 * after a stop, what was not carried out is in @r as a set-up error.
 */
int cf_run_jobs(const struct cf_run_conf *conf, const struct cf_job *jobs, size_t n, struct cf_result *r,
		struct osci_err *err);

#endif
