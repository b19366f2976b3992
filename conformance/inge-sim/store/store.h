/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - everything inge-sim must not forget, in one SQLite file
 *
 * Persons and records, fetched messages, requests with their open cases, answers to send, commands of
 * the clerk, the log of retrievals.  Functions take part in the caller's transaction (db_begin() to
 * db_commit()); each leaves the store consistent only together with its transaction.
 * 0, OSCI_E_EMPTY where a row is missing, OSCI_E_EXISTS on a unique conflict, or what db.h returns.
 */
#ifndef SIM_STORE_STORE_H
#define SIM_STORE_STORE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/db.h"
#include "rules/model.h"

struct sim_store {
	struct db db;
};
int sim_store_open(struct sim_store *st, const char *path, struct osci_err *err);
/* For looking only, beside a running simulator. */
int sim_store_open_reader(struct sim_store *st, const char *path, struct osci_err *err);
void sim_store_close(struct sim_store *st);

/* --- persons and records (people.c) ------------------------------------ */

/* Whom the rules must look at: by Kennziffer, AZR number, or like surname and year of birth. */
int sim_store_find(struct sim_store *st, struct sim_mem *mem, const struct sim_request *req,
		   struct sim_person **ret, size_t *ret_n, struct osci_err *err);
int sim_store_person(struct sim_store *st, struct sim_mem *mem, int64_t id, struct sim_person **ret,
		     struct osci_err *err);
/* Person loaded under this label, or for whom the request of this UUID was decided. */
int sim_store_person_by_label(struct sim_store *st, const char *label, int64_t *ret, struct osci_err *err);
int sim_store_record_by_kennziffer(struct sim_store *st, const char *kennziffer, int64_t *ret, struct osci_err *err);
/* @origin: mark of a preload entry, or NULL. @data: all fields as they came, JSON text. */
int sim_store_add_person(struct sim_store *st, const struct sim_person *p, const char *origin, const char *data,
			 int64_t *ret, struct osci_err *err);
bool sim_store_has_origin(struct sim_store *st, const char *origin);
/* @label: name in a preload file or NULL. */
int sim_store_add_record(struct sim_store *st, int64_t person, const struct sim_record *r, const char *label,
			 int64_t *ret, struct osci_err *err);
/* Adds the event and what follows for the record: registered, attended. */
int sim_store_add_event(struct sim_store *st, int64_t record, const char *kind, const char *date, const char *data,
			struct osci_err *err);
/* @day: of the end. A record that has ended stays as it is. */
int sim_store_end_record(struct sim_store *st, int64_t record, enum sim_ended how, const char *day, struct osci_err *err);
int sim_store_take_over(struct sim_store *st, int64_t record, const char *office, const char *day,
			struct osci_err *err);
int sim_store_set_azr(struct sim_store *st, int64_t person, const char *azr, struct osci_err *err);
int sim_store_rename(struct sim_store *st, int64_t person, const char *surname, struct osci_err *err);
int sim_store_set_block(struct sim_store *st, int64_t person, bool block, struct osci_err *err);
/* Person behind @after whose last known day is before @before; OSCI_E_EMPTY. */
int sim_store_next_old(struct sim_store *st, int64_t after, const char *before, int64_t *ret, struct osci_err *err);
/* Everything but names and birth date; and those, too (deletion.c). */
int sim_store_delete_data(struct sim_store *st, int64_t person, struct osci_err *err);
int sim_store_delete_person(struct sim_store *st, int64_t person, struct osci_err *err);
/* Next number: @prefix and eight digits, never given before and not in use. @out of at least 64. */
int sim_store_next_kennziffer(struct sim_store *st, const char *prefix, char *out, size_t size, struct osci_err *err);
/* --- looking on, also beside the running simulator (dump.c) ------------- */

/* Everything InGe holds, as JSON: list of records, each with its person. New reference. */
int sim_store_dump(struct sim_store *st, const struct sim_settings *s, const char *today, json_t **ret,
		   struct osci_err *err);
/* The same by person, each with its records and the requests that were decided for it. */
int sim_store_dump_persons(struct sim_store *st, const struct sim_settings *s, const char *today, json_t **ret,
			   struct osci_err *err);
/* Log of § 8 Abs. 5 IntV: when, who, whom, what, why. */
int sim_store_dump_retrievals(struct sim_store *st, json_t **ret, struct osci_err *err);
/* Deliveries behind number @after that are no longer to be worked on, in order of arrival. */
int sim_store_dump_received(struct sim_store *st, int64_t after, json_t **ret, struct osci_err *err);

/* --- fetched messages (mail.c) ----------------------------------------- */

/* Before the dialog goes on. OSCI_E_EXISTS: this delivery was fetched before. */
int sim_store_fetched(struct sim_store *st, const char *message_id, const void *raw, size_t len, int64_t now,
		      struct osci_err *err);
/* Oldest one not worked on; OSCI_E_EMPTY. *@ret malloc()ed. */
int sim_store_next_fetched(struct sim_store *st, int64_t *ret_id, unsigned char **ret, size_t *ret_len,
			   struct osci_err *err);
/* What was read in a delivery; what is not known is NULL. */
struct sim_seen {
	const char *number, *uuid, *trigger, *office, *release;
	const json_t *fields;
};
int sim_store_fetched_read(struct sim_store *st, int64_t id, const struct sim_seen *seen, struct osci_err *err);
/*
 * @state: processed, repeated, rejected (answered so), refused (not answered), failed, rejection and notice (of the other
 * side, about a message of ours); rejected and refused keep the octets. @reason: code or word, or NULL.
 */
int sim_store_fetched_done(struct sim_store *st, int64_t id, const char *state, const char *reason,
			   struct osci_err *err);

/* A request whose answer could not be written, found out later: what it came in is failed, for @reason. */
int sim_store_fetched_failed(struct sim_store *st, const char *uuid, const char *reason, struct osci_err *err);

/* --- requests and open cases (cases.c) --------------------------------- */

#define SIM_UUID_SIZE 37

struct sim_case {
	char uuid[SIM_UUID_SIZE];
	char number[8];
	char office[64];
	char release[16];
	char state[16];     /* new, done, clarify, question, decided, closed, expired */
	int64_t received_ms;
	int64_t due_ms;     /* question: end of the month; clarify: when the automatic clerk acts; 0 = never */
	json_t *fields;     /* NULL once deleted */
	json_t *candidates; /* person ids; clarify */
	int64_t person;     /* question: whom it is about; 0 = none */
};
void sim_case_clear(struct sim_case *c);

/* OSCI_E_EXISTS: this UUID was processed before. */
int sim_store_add_request(struct sim_store *st, const char *uuid, const char *number, const char *office,
			  const char *release, const json_t *fields, int64_t now, struct osci_err *err);
int sim_store_request(struct sim_store *st, const char *uuid, struct sim_case *ret, struct osci_err *err);
int sim_store_set_state(struct sim_store *st, const char *uuid, const char *state, const char *rule,
			struct osci_err *err);
int sim_store_open_clarify(struct sim_store *st, const char *uuid, const struct sim_person *const *hits, size_t n,
			   int64_t due_ms, struct osci_err *err);
int sim_store_open_question(struct sim_store *st, const char *uuid, const char *question, int64_t person,
			    int64_t due_ms, struct osci_err *err);
/* The case whose 070006 has this UUID. */
int sim_store_by_question(struct sim_store *st, const char *question, struct sim_case *ret, struct osci_err *err);
/* First case in @state whose due time has come. */
int sim_store_due(struct sim_store *st, const char *state, int64_t now, struct sim_case *ret, struct osci_err *err);
/* Whom the request was decided for; read back by sim_store_subject(): OSCI_E_EMPTY if for nobody yet. */
int sim_store_set_subject(struct sim_store *st, const char *uuid, int64_t person, struct osci_err *err);
int sim_store_subject(struct sim_store *st, const char *uuid, int64_t *ret, struct osci_err *err);
/* Ends a question: the data of the new obligation go. */
int sim_store_drop_question(struct sim_store *st, const char *uuid, const char *state, struct osci_err *err);

/* --- answers (outbox.c) ------------------------------------------------ */

struct sim_outgoing {
	int64_t id;
	char uuid[SIM_UUID_SIZE];
	char number[8];
	char office[64];
	unsigned char *xml;
	size_t len;
	char *message_id; /* of the intermediary, journalled; NULL = none yet */
	char *plan;       /* faults, text of faults.c; "" = none */
	int64_t attempts;
};
void sim_outgoing_clear(struct sim_outgoing *o);

int sim_store_add_answer(struct sim_store *st, const char *uuid, const char *number, const char *office,
			 const char *request, const void *xml, size_t len, const char *plan, int64_t created,
			 int64_t not_before, struct osci_err *err);
/* Kept back until the next one for this office that is to change places; that one first (fault out_of_order). */
int sim_store_answer_reorder(struct sim_store *st, const char *uuid, const char *office, struct osci_err *err);
int sim_store_next_answer(struct sim_store *st, int64_t now, struct sim_outgoing *ret, struct osci_err *err);
int sim_store_answer_id(struct sim_store *st, int64_t id, const char *message_id, struct osci_err *err);
int sim_store_answer_retry(struct sim_store *st, int64_t id, int64_t next, struct osci_err *err);
/* @state: sent, dropped, failed. */
int sim_store_answer_end(struct sim_store *st, int64_t id, const char *state, int64_t now, struct osci_err *err);
/* One more copy of an answer that was sent (fault duplicate_answer). */
int sim_store_answer_copy(struct sim_store *st, int64_t id, struct osci_err *err);
int64_t sim_store_answers_waiting(struct sim_store *st);

/* --- answers laid down beforehand (script.c) --------------------------- */

int sim_store_add_script(struct sim_store *st, const char *number, const char *office, const json_t *answers,
			 struct osci_err *err);
/* All of them in the order they were laid down, each with the request that used it. */
int sim_store_dump_scripts(struct sim_store *st, json_t **ret, struct osci_err *err);
/* The oldest one that is not used, used by @request from now on; new reference in *@ret. OSCI_E_EMPTY: none. */
int sim_store_take_script(struct sim_store *st, const char *number, const char *office, const char *request, json_t **ret,
			  struct osci_err *err);

/* --- commands, retrievals (commands.c) --------------------------------- */

int64_t sim_store_command_offset(struct sim_store *st);
int sim_store_add_command(struct sim_store *st, const char *line, int64_t offset, int64_t now, struct osci_err *err);
/* Open command behind @after; *@ret malloc()ed text; @first: it has not been tried yet. */
int sim_store_next_command(struct sim_store *st, int64_t after, int64_t *ret_id, char **ret, bool *first, struct osci_err *err);
/* @state: done, refused, waiting (tried again). */
int sim_store_command_done(struct sim_store *st, int64_t id, const char *state, struct osci_err *err);

int sim_store_log_retrieval(struct sim_store *st, const char *office, const char *request, const char *answer,
			    int64_t person, const char *purpose, int64_t now, struct osci_err *err);
/* § 8 Abs. 5 IntV: the log goes after six months. */
int sim_store_trim_retrievals(struct sim_store *st, int64_t before, struct osci_err *err);

#endif
