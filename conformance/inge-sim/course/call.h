/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call - one call of a function: who calls, what came, what goes back
 *
 * A function checks its input as a whole and writes only if there is no error; the transaction around it is
 * course_perform()'s.  Errors of the caller go to @errors; a returned value other than 0 is a failure of this program.
 */
#ifndef COURSE_CALL_H
#define COURSE_CALL_H

#include "course/course.h"
#include "course/field.h"

#define COURSE_MARK "inge-sim: simulator, artificial data only"
#define COURSE_KEY_SIZE 64
#define COURSE_ENV_TEST "test"
#define COURSE_ENV_PRODUCTION "production"

struct course_user {
	int64_t id; /* 0 = nobody */
	char name[64];
	char party[COURSE_KEY_SIZE], party_kind[16];
	char environment[16];
	bool admin;
};

#define COURSE_PROVEN_MAX 64

/* Passwords that were right once, so that a program that calls often does not pay for the slow hash each time. */
struct course_proven {
	unsigned char key[32]; /* random, of this process */
	struct {
		int64_t user;
		unsigned char tag[32]; /* over stored hash and password: another password makes it void */
	} of[COURSE_PROVEN_MAX];
	unsigned next;
};

struct course {
	struct course_conf conf;
	struct sim_store *store;
	const struct xausl *xausl;
	const struct sim_settings *settings;
	const struct osci_clock *clock;
	bool down; /* all of InGe */
	struct course_http *http;
	struct course_schema *schema;
	struct course_proven proven;
};

struct course_function;

struct course_call {
	struct course *c;
	struct sim_store *st;
	const struct course_user *user;
	const struct course_function *function;
	const struct xausl_release *release;
	int64_t now;
	char today[SIM_DATE_SIZE];
	json_t *in, *out, *errors, *hints;
	struct sim_mem mem;
	int64_t test_case;  /* row of course_case the data belong to; 0 = none */
	bool preparing;     /* the simulator itself makes the data of a test case */
	struct osci_err *err;
};

typedef int course_handler(struct course_call *k);

#define COURSE_FOR_SCHOOL 1u
#define COURSE_FOR_INSTITUTE 2u
#define COURSE_READS 4u /* changes nothing */

struct course_function {
	const char *name;  /* "section-start": part of the address */
	const char *title, *purpose; /* German */
	unsigned flags;
	const struct course_field *in, *out;
	course_handler *handler;
};
/* All functions, ended by a NULL name. */
extern const struct course_function course_functions[];
const struct course_function *course_function_find(const char *name, size_t len);
bool course_function_allowed(const struct course_function *f, const struct course_user *user);
/* Fields of a hint and of an error. */
extern const struct course_field course_hint_fields[];

/* --- calling (call.c) --------------------------------------------------- */

struct course_reply {
	json_t *answer; /* NULL if there are errors, or a ticket */
	json_t *errors; /* list; empty: none */
	char ticket[40]; /* "" = none */
};
void course_reply_clear(struct course_reply *r);
/*
 * Carries out @f with @in (borrowed, may be changed) for @user.  @later: to be stored and loaded later.  0 with a
 * reply, be it of errors; else a failure of the store or of memory.
 */
int course_call(struct course *c, const struct course_user *user, const struct course_function *f, json_t *in, bool later,
		struct course_reply *ret, struct osci_err *err);
/* State of a ticket: *@ret is NULL while it waits. OSCI_E_EMPTY: no such ticket of this user's provider. */
int course_ticket(struct course *c, const struct course_user *user, const char *ticket, char *function, size_t size,
		  bool *waits, struct course_reply *ret, struct osci_err *err);
/* Loads stored reports unless InGe is down. */
int course_load_tickets(struct course *c, struct osci_err *err);
int course_is_down(struct course *c, bool *ret, struct osci_err *err);
/* Inside a transaction of the caller: for prepared data. */
int course_perform_inside(struct course_call *k, const struct course_function *f);
void course_call_init(struct course_call *k, struct course *c, const struct course_user *user, struct osci_err *err);
void course_call_clear(struct course_call *k);

/* --- what functions share (common.c) ------------------------------------ */

void course_today(char *out, int64_t now);
const char *course_text(const json_t *o, const char *key); /* NULL if absent */
/* False (and the failure is sticky in mem.failed) without memory. */
void course_error(struct course_call *k, const char *code, const char *field);
void course_hint(struct course_call *k, const char *code, const char *field);
void course_window(struct course_call *k, const char *code, const char *field); /* error, hint or nothing, by setting */
void course_put(struct course_call *k, json_t *o, const char *key, json_t *value); /* takes @value; NULL: no memory */
void course_put_text(struct course_call *k, json_t *o, const char *key, const char *text); /* NULL: left out */
/* JSON the store holds, new reference; NULL: no memory, sticky. */
json_t *course_load(struct course_call *k, const char *text);
/* @date is not after today. */
bool course_not_future(struct course_call *k, const char *date, const char *field);
bool course_late(struct course_call *k, const char *date); /* more than a week ago */

struct course_who {
	const struct sim_person *person;
	const struct sim_record *record; /* NULL: an error was added */
};
/* Person and record by Kennziffer and birth date of @who; @path is the place of @who, "" = top. */
int course_find(struct course_call *k, const json_t *who, const char *path, struct course_who *ret);
bool course_has_event(const struct sim_record *r, const char *kind);
/* Every entry of a list of participants. */
int course_find_all(struct course_call *k, const json_t *list, const char *path, struct course_who *who, size_t n);
#define COURSE_PARTICIPANTS_MAX 100

/* Does the key belong to what this user may see?  Records, sites, teachers and courses of test cases are apart. */
int course_visible(struct course_call *k, const char *kind, const char *key, bool *ret);
/* Mapping of the event's provider for the user's provider, and of a site. New references. */
int course_provider_json(struct course_call *k, const char *party, json_t **ret);
int course_site_json(struct course_call *k, const char *site, json_t **ret);
/* Adds an event; *@ret_id (may be NULL) is its row. */
int course_event(struct course_call *k, const struct sim_record *r, json_t *event, int64_t *ret_id);

#endif
