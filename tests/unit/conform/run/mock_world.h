/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_world - a world without processes: events come by plan, time passes only when it is moved
 *
 * One plan for the whole program, set before a case is run.  It answers every request of an office with a receipt;
 * what comes beside is said by the test.
 */
#ifndef T_MOCK_WORLD_H
#define T_MOCK_WORLD_H

#include "world/world.h"

struct mock_event {
	const char *on;	  /* comes when an office submits this message; NULL: when the case begins */
	int64_t after_ms; /* so much later by the case clock */
	enum cf_at at;
	const char *message, *outcome;
	const char *body;     /* JSON, "" = {} */
	const char *delivery; /* NULL: its own */
	bool redelivery;
	unsigned times; /* 0 = for every submission, n = for the first n */
};

struct mock_sent {
	const char *on;	    /* stored when an office submits this message */
	const char *number; /* NULL: as @on */
	bool other_uuid, unreadable;
	unsigned copies; /* 0 = 1 */
};

struct mock {
	const struct mock_event *events;
	size_t n_events;
	const struct mock_sent *sent;
	size_t n_sent;
	const char *refuse; /* message that is refused */
	const char *state;  /* of every request in the journal; NULL: none is known */
	const char *inge;   /* JSON; NULL: [] */
	const char *traces; /* JSON; NULL: [] */
	const char *deaths; /* JSON; NULL: [] */
	unsigned acked;	    /* of each delivery */
	bool never_silent, no_world, no_restart, is_unsigned, is_stray;
	unsigned idle_fault, idle_script; /* lines */
	int64_t starved_ms;
	const char *missing_release, *in_force; /* in force: NULL = 26.11 */
	/* others' software */
	const char *request; /* JSON: how a request lies at the intermediary, beside number and UUID; NULL: it does not */
	const char *said;    /* JSON list: what the driver said, from the start on */
	const char *trouble; /* of the driver */
	bool deaf;	     /* it does nothing of what it is told */
	size_t owed;
	/* what happened, for the test */
	json_t *acts; /* list of texts, one per call that acts */
	unsigned settles;
	json_t *told;	   /* list of the lines the driver was told */
	json_t *submitted; /* list of the fields of each request */
};

extern struct mock mock;
void mock_clear(void);
void mock_end(void); /* the same, and nothing is left to free */

/* Set-up and tear-down of a group: the releases of the source tree, which the standing check does not ask for a verdict. */
extern struct xausl *mock_xausl;
int mock_open(void **state);
int mock_close(void **state);

#endif
