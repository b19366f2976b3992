/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play - one case being carried out: what was sent, which events were met, names and captures
 *
 * Belongs to one thread.  The rooms below it (send, expect, act, bulk, check, standing) share it; nothing outside of
 * run/ sees it.
 */
#ifndef CF_RUN_PLAY_H
#define CF_RUN_PLAY_H

#include "case/case.h"
#include "report/result.h"
#include "run/run.h"
#include "world/world.h"

#define CF_SILENCE_MAX_MS      10000  /* real time; then a step goes on as if silent */
#define CF_BULK_SILENCE_MAX_MS 60000  /* the same for a bulk */
#define CF_STEP_REAL_MAX_MS    120000 /* real time of one step, but of a bulk */
#define CF_BULK_REAL_MAX_MS    600000
#define CF_CASE_REAL_MAX_MS    900000 /* of one case */
#define CF_LOOK_AGAIN_MS       5000   /* what is not yet true is looked at again so long, real time */
#define CF_NONE		       ((size_t)-1)

/* What became of a step. */
enum cf_played {
	CF_PLAYED,	/* its condition is met */
	CF_PLAY_FAILED, /* it is not: a failure is in the result */
	CF_PLAY_ERROR,	/* it could not be carried out: struct osci_err says why */
};

/* A request the office put on the bus. */
struct cf_request {
	const char *label; /* of the send; NULL: one of a bulk */
	char *bus_id;
	const char *message;
	size_t office;
	const struct cf_person *person; /* NULL: none, or that of a bulk */
	size_t root;			/* the request that opened its dialogue; of most their own place */
	char uuid[64];			/* nachrichtenUUID by the receipt; "": none (yet) */
	bool receipt, refused;
	int64_t sent_ms;
	json_t *data; /* as it went on the bus; of others' software: as the case orders it */
	bool compared; /* others' software: what was sent has been held against that */
	const struct cf_step *step; /* others' software: that ordered it */
	char path[64];
};

/* Label of an expect, and the event it met. */
struct cf_met {
	const char *label;
	size_t event;
};

/* Label of a bulk, and its requests and deliveries. */
struct cf_many {
	const struct cf_bulk *bulk;
	size_t first, n; /* requests */
	size_t *events;	 /* n deliveries; CF_NONE: none expected */
};

struct cf_play {
	const struct cf_run_conf *conf;
	const struct cf_case *c;

	const struct cf_site *site; /* of the world */
	struct cf_world *w;
	struct cf_result_case *out;

	struct cf_request *requests;
	size_t n_requests;
	struct cf_met *met;
	size_t n_met;
	struct cf_many *many;
	size_t n_many;
	json_t *captures; /* name to value */
	json_t *begin;	  /* what InGe held at the start, as cf_world_inge() says it */

	unsigned char *taken; /* by event: an expect or bulk has met it */
	size_t n_events;      /* events taken in */
	size_t last_met;      /* event the last expect met */
	size_t seen;	      /* events before this place are no news for expect_none */

	const struct cf_step *step; /* being carried out */
	char path[64];		    /* of it, "3.1.2" */
	bool deliveries;	    /* the driver reports what the software got */
	bool journal_unseen;	    /* the case asked for a journal that is not ours */
	bool partner_unseen;	    /* the case asked for InGe, or what was sent, where neither is ours */
	int64_t begin_ms;	    /* case clock */
	int64_t patience_end;	    /* of this step, monotonic clock; others' software */
	int64_t step_end;	    /* real time by the monotonic clock at which it is given up */
	int64_t step_most; /* the latest it may be put off to */
	int64_t starved;   /* by then the processes had waited so long for a processor */
	int64_t case_end;
	bool ended; /* a step failed or could not be carried out */
};

/* --- names (names.c) ---------------------------------------------------------- */

/* Place of the request of that label, CF_NONE if there is none. */
size_t cf_play_request(const struct cf_play *p, const char *label);
const struct cf_many *cf_play_many(const struct cf_play *p, const char *label);
/* Event the expect of that label met, CF_NONE. */
size_t cf_play_met(const struct cf_play *p, const char *label);
int cf_play_meet(struct cf_play *p, const char *label, size_t event);
size_t cf_play_office(const struct cf_play *p, const struct cf_office *office);
/* Kennziffer of the record of that label, which InGe held before the case; NULL. */
const char *cf_play_record(const struct cf_play *p, const char *label);
/* A cf_captured_fn, @arg the play. */
const json_t *cf_play_captured(void *arg, const char *name);
/* Takes in the events that came: receipts give requests their UUID. */
int cf_play_intake(struct cf_play *p);
bool cf_play_is(const struct cf_play *p, size_t event, size_t request);
/* An event at an office that a case need not expect. */
bool cf_outcome_may_come(const char *outcome);
void cf_play_clear(struct cf_play *p);

/* --- saying what was wrong (fail.c) --------------------------------------------- */

/* Adds a failure of the step being carried out; returns CF_PLAY_FAILED, or CF_PLAY_ERROR without memory. */
enum cf_played cf_play_fail(struct cf_play *p, const char *field, const char *expected, const char *seen,
			    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Each field of @e that does not fit @have. */
enum cf_played cf_play_fail_fields(struct cf_play *p, const struct cf_expecteds *e, const json_t *have);
/* A single value, in words of the case format. */
enum cf_played cf_play_fail_match(struct cf_play *p, unsigned line, const char *field, const struct cf_match *m,
				  const json_t *have, const char *text);
/* "070005 at A for q1", "nothing"; into @b, returns it. */
const char *cf_play_event_words(const struct cf_play *p, size_t event, char *b, size_t size);

/* --- waiting (wait.c) ----------------------------------------------------------- */

/* Real time at which what waits is given up: the step's, or the case's if that comes first. */
void cf_wait_begin(struct cf_play *p, int64_t real_ms);
/*
 * Waits for silence and moves the clock by parts of the window, until @met says true (0) or @end_ms by the case clock
 * is reached (OSCI_E_EMPTY).  OSCI_E_LIMIT: given up by real time.  Else the world is broken.
 */
int cf_wait_window(struct cf_play *p, int64_t end_ms, unsigned parts, bool (*met)(void *arg), void *arg,
		   struct osci_err *err);
int cf_wait_silence(struct cf_play *p, struct osci_err *err);
/* The run is being ended: nothing further is begun or waited for. */
bool cf_play_stopped(const struct cf_play *p, struct osci_err *err);
/*
 * Others' software works in real time: waits, the clock left alone, until @met (may be NULL) says true or the patience of the step
 * is over; with office software, only while the gateway has something for it.  0, or the world is broken.
 */
int cf_wait_others(struct cf_play *p, bool (*met)(void *arg), void *arg, struct osci_err *err);

/* --- steps ------------------------------------------------------------------------ */

enum cf_played cf_do_send(struct cf_play *p, const struct cf_send *s, struct osci_err *err);
/* @alternative: place of the one that was met. */
enum cf_played cf_do_expect(struct cf_play *p, const struct cf_expect *e, size_t *alternative, struct osci_err *err);
enum cf_played cf_do_none(struct cf_play *p, const struct cf_expect_none *e, struct osci_err *err);
enum cf_played cf_do_clerk(struct cf_play *p, const struct cf_clerk *k, struct osci_err *err);
enum cf_played cf_do_provider(struct cf_play *p, const struct cf_provider *v, struct osci_err *err);
enum cf_played cf_do_advance(struct cf_play *p, const struct cf_advance *a, struct osci_err *err);
enum cf_played cf_do_restart(struct cf_play *p, const struct cf_restart *t, struct osci_err *err);
enum cf_played cf_do_fault(struct cf_play *p, const struct cf_fault_step *f, struct osci_err *err);
enum cf_played cf_do_ack(struct cf_play *p, const struct cf_office_ack *a, struct osci_err *err);
enum cf_played cf_do_script(struct cf_play *p, const struct cf_script *s, struct osci_err *err);
enum cf_played cf_do_bulk(struct cf_play *p, const struct cf_bulk *b, struct osci_err *err);
enum cf_played cf_do_check(struct cf_play *p, const struct cf_check *k, struct osci_err *err);
/* Standing checks of every case; they add their rows and failures to the result. */
enum cf_played cf_do_standing(struct cf_play *p, struct osci_err *err);
/* All that went by, in order of time. */
int cf_play_timeline(struct cf_play *p, struct osci_err *err);
/* What a step does, for the reader: "070009 by A as q1"; into @b, returns it. */
const char *cf_step_words(const struct cf_step *s, char *b, size_t size);
/* "070003 or 070005 at office A for q1"; returns @b. */
const char *cf_expect_words(const struct cf_expect *e, char *b, size_t size);

/* --- others' software (drive.c, ordered.c) ---------------------------------------------- */

static inline bool cf_driven(const struct cf_play *p)
{
	return p->conf->drive.what == CF_FOREIGN_OFFICE || p->conf->drive.what == CF_FOREIGN_GATEWAY;
}
/* All behind the bus runs already: there the offices alone are ours, and time is real. */
static inline bool cf_connected(const struct cf_play *p)
{
	return p->conf->drive.what == CF_FOREIGN_STACK;
}
/* The case is told, and the driver is ready. */
enum cf_played cf_drive_begin(struct cf_play *p, struct osci_err *err);
/* A person is told what comes. */
void cf_drive_step(struct cf_play *p, const struct cf_step *s);
/* Orders a request and waits for it; @data is taken. */
enum cf_played cf_drive_send(struct cf_play *p, const struct cf_send *s, json_t *data, size_t root, struct osci_err *err);
/* What the software shows of @event, which met @e, if the driver reports such. */
enum cf_played cf_drive_shown(struct cf_play *p, const struct cf_expect *e, size_t alternative, size_t event,
			      struct osci_err *err);
/* The driver is in trouble: a failure of the step. */
enum cf_played cf_drive_trouble(struct cf_play *p);
/* What could not be compared when it was sent. */
enum cf_played cf_drive_compare(struct cf_play *p, struct osci_err *err);
void cf_drive_end(struct cf_play *p);

/* Puts a request on the bus and on record; @label NULL: of a bulk.  @data is taken.  @root CF_NONE: it opens a
 * dialogue.  The first one does the latter alone; NULL without memory. */
struct cf_request *cf_play_record_request(struct cf_play *p, const char *label, const char *bus_id, const char *message,
					  size_t office, const struct cf_person *person, size_t root, json_t *data);
int cf_play_submit(struct cf_play *p, const char *label, const char *bus_id, const char *message, size_t office,
		   const struct cf_person *person, size_t root, json_t *data, struct osci_err *err);

#endif
