/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result - what a run of the case book found: filled by the runner, read by everything that reports
 *
 * One struct cf_result for a run, one struct cf_result_case for each case and variant.  Scalars are plain members that the
 * runner sets; texts are set with cf_result_set(), list entries added with the add functions, all of which copy what they
 * are given.  A reader takes any text for NULL = "not known" and escapes it itself: texts may hold anything, also octets
 * that are no UTF-8 (they become U+FFFD when they are set).
 *
 * What must not get in: paths of the machine (name files by their place in the project or by their base name), names of
 * the machine or of users but the operator's name that was asked for, personal data beyond the artificial persons of the
 * cases.  Times of the case clock and real times are milliseconds since 1970 UTC and never mixed: case_ms, real_ms; 0 = none.
 *
 * Ownership: the case belongs to who made it until cf_result_take() gives it to the run; then to the run.  No locking: a
 * case is filled by one thread at a time, and the run is guarded by its owner.
 */
#ifndef CF_REPORT_RESULT_H
#define CF_REPORT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include <osci/err.h>

#include "base/buf.h"

#define CF_RESULT_TEXT_MAX (64u << 10)  /* octets of one text; what is longer is cut and ends with "…" */
#define CF_RESULT_CASES_MAX 10000u      /* cases and variants of a run */
#define CF_RESULT_LIST_MAX 20000u       /* entries of one list (a bulk case has thousands of messages); see dropped */
#define CF_RESULT_JSON_MAX (256u << 20) /* octets of a result as JSON, written or read */

/* Of a case, in the words of the case format.  Only CF_PASS is a pass; a fresh case is CF_SETUP_ERROR until it is told. */
enum cf_verdict { CF_SETUP_ERROR, CF_PASS, CF_FAIL, CF_SKIPPED };
const char *cf_verdict_name(enum cf_verdict v); /* "setup-error", "pass", "fail", "skipped" */
int cf_verdict_parse(enum cf_verdict *ret, const char *name); /* 0 or OSCI_E_MALFORMED */

/* Of a step. */
enum cf_step_state {
	CF_STEP_NOT_REACHED, /* an earlier step ended the case, or the alternative was not taken */
	CF_STEP_DONE,
	CF_STEP_FAILED,
	CF_STEP_ERROR, /* could not be carried out: the case is a set-up error */
};
const char *cf_step_state_name(enum cf_step_state s); /* "not-reached", "done", "failed", "error" */

/* A setting of the run or of a case, or the value of an open switch: "partner.own_record" = "repeat". */
struct cf_result_pair {
	char *name, *value;
};

enum cf_artifact_kind { CF_ART_PROGRAM, CF_ART_SCHEMAS, CF_ART_CALENDAR, CF_ART_CASES, CF_ART_OTHER };
const char *cf_artifact_kind_name(enum cf_artifact_kind k); /* "program", "schemas", "calendar", "cases", "other" */

/* Something that took part, with the checksum of what was really used. */
struct cf_result_artifact {
	enum cf_artifact_kind kind;
	char *name;      /* "xausl-gatewayd", "xausl-schemas/26.11", "versions/releases.csv", "cases/flows.yaml" */
	char *version;   /* of a program or release; may be NULL */
	char sha256[65]; /* lower case hex; "" = could not be read */
};

struct cf_result_step {
	char *path;      /* place in the case: "3", within an alternative "3.1.2" (step, alternative, step), "after" */
	unsigned line;   /* of the case file, 0 = none */
	char *kind;      /* key of the step: "send", "expect", "after" */
	char *what;      /* short, for the reader: "070009 by A as q1", "070005 at A for q1" */
	enum cf_step_state state;
	int64_t case_ms; /* when it ended, by the case clock */
};

/* A message or outcome, where it was seen. Number or outcome are the words of the case format. */
struct cf_result_message {
	int64_t case_ms;
	char *from, *to; /* parties: "office A", "gateway", "intermediary", "partner", "operator" */
	char *what;      /* "070009", "0010", "accepted-by-gateway" */
	char *uuid;      /* nachrichtenUUID; NULL for what has none */
	char *label;     /* of the send or expect it belongs to: "q1", "a1"; NULL: met no expect */
	char *release;   /* it was written in; NULL for outcomes */
};

/* One thing that was not as it should be. */
struct cf_result_failure {
	char *path;      /* step as above; "standing" for the checks after every case */
	unsigned line;
	char *field;     /* "reason.code", "journal.q1"; NULL: the event as a whole */
	char *expected;  /* as the case says it, JSON or words */
	char *seen;      /* as it was; NULL = nothing came */
	char *text;      /* one sentence */
	int64_t case_ms;
};

/* One of the standing checks of the case format, section 9. */
struct cf_result_check {
	unsigned number; /* 1 to 6 */
	char *what;      /* what it says, short */
	enum cf_verdict verdict; /* CF_SKIPPED: did not apply, @text says why */
	char *text;      /* what was wrong; NULL */
};

/* What a program said around the failure: its last lines, already free of machine paths. */
struct cf_result_log {
	char *program; /* "gateway", "intermediary", "partner" */
	char *text;
};

struct cf_result_case {
	char *id;          /* of the case, without variant */
	char *variant;     /* v; NULL = the case has none */
	char *title;
	char *requirement; /* id */
	char *requirement_what;
	char *source;      /* "official", "official-title", "seed", "derived" */
	char *open;        /* what the sources leave open; NULL */
	char *file;        /* as in the artifacts */
	unsigned line;
	char *release;     /* it ran in; NULL if it did not run */
	enum cf_verdict verdict;
	char *reason;      /* why it failed, could not be set up or was skipped; one line */
	unsigned real_ms;  /* how long it took */
	int64_t clock_ms, clock_end_ms; /* case clock */

	struct cf_result_pair *switches; /* open switches with the value of this run of the case */
	size_t n_switches;
	struct cf_result_step *steps;
	size_t n_steps;
	struct cf_result_message *messages; /* in order of case time, then of arrival */
	size_t n_messages;
	struct cf_result_failure *failures;
	size_t n_failures;
	struct cf_result_check *checks;
	size_t n_checks;
	struct cf_result_log *logs;
	size_t n_logs;
	size_t dropped; /* entries that did not fit into CF_RESULT_LIST_MAX; reports say so */
};

/* A requirement of the book, from conformance/cases/requirements.yaml; see requirements.h. */
struct cf_result_requirement {
	char *id, *what, *source, *section, *group;
};

struct cf_result {
	char *runner_version;
	char *release;      /* the run was for; NULL: each case chose */
	char *mode;         /* "own stack", "office software under test" ... */
	char *subject;      /* product under test with version, as given */
	char *host_class;   /* "Linux x86_64, 2 processors": nothing that names the machine */
	char *operator_name, *file_number, *place; /* as given by options; NULL: a line to fill by hand */
	int64_t started_ms, ended_ms; /* real time, UTC; reports show Europe/Berlin */
	char *trouble;      /* the run as a whole could not be set up or was ended: never passed */

	struct cf_result_pair *settings;
	size_t n_settings;
	struct cf_result_artifact *artifacts;
	size_t n_artifacts;
	struct cf_result_requirement *requirements;
	size_t n_requirements;
	struct cf_result_case **cases; /* order of the files */
	size_t n_cases;
};

struct cf_result *cf_result_new(void); /* NULL: no memory */
void cf_result_freep(struct cf_result **pr);
struct cf_result_case *cf_result_case_new(const char *id, const char *variant); /* NULL: no memory */
void cf_result_case_freep(struct cf_result_case **pc);

/* Each returns 0 or -ENOMEM; the entries are copied, @text NULL clears. */
int cf_result_set(char **field, const char *text);
int cf_result_setf(char **field, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* JSON value as compact text with sorted keys; NULL clears. */
int cf_result_set_json(char **field, const json_t *value);
int cf_result_add_setting(struct cf_result *r, const char *name, const char *value);
int cf_result_add_artifact(struct cf_result *r, const struct cf_result_artifact *a);
int cf_result_add_requirement(struct cf_result *r, const struct cf_result_requirement *q);
int cf_result_add_switch(struct cf_result_case *c, const char *name, const char *value);
int cf_result_add_step(struct cf_result_case *c, const struct cf_result_step *s);
int cf_result_add_message(struct cf_result_case *c, const struct cf_result_message *m);
int cf_result_add_failure(struct cf_result_case *c, const struct cf_result_failure *f);
int cf_result_add_check(struct cf_result_case *c, const struct cf_result_check *k);
int cf_result_add_log(struct cf_result_case *c, const char *program, const char *text);
/*
 * The run takes the case at place @at (index in the order of the files; places may be filled in any order when cases run
 * at the same time).  *@pc becomes NULL.  0, -ENOMEM, OSCI_E_LIMIT, OSCI_E_EXISTS (place taken).  A place that was never
 * filled shows as a set-up error in every report.
 */
int cf_result_take(struct cf_result *r, size_t at, struct cf_result_case **pc, struct osci_err *err);

struct cf_counts {
	size_t total, pass, fail, setup_error, skipped;
};
struct cf_counts cf_result_counts(const struct cf_result *r);

/*
 * Of the run: passed needs at least one pass, no failure, no set-up error and no trouble of the run itself.  Exit status:
 * 0 passed, 1 a case failed, 2 everything else (a set-up error, nothing passed, trouble).
 */
enum cf_run_verdict { CF_RUN_PASSED, CF_RUN_FAILED, CF_RUN_UNUSABLE };
enum cf_run_verdict cf_result_verdict(const struct cf_result *r);
const char *cf_run_verdict_text(enum cf_run_verdict v); /* "passed", "failed", "no verdict" */
int cf_result_exit_status(const struct cf_result *r);

/* "ID" or "ID/v" into @b of @size; returns @b. */
const char *cf_result_case_name(const struct cf_result_case *c, char *b, size_t size);
#define CF_RESULT_NAME_MAX 256
/* Did the case at @at run more than once, so that only the values of its switches tell the runs apart? */
bool cf_result_again(const struct cf_result *r, size_t at);

/*
 * The form in which runs are exchanged, and compared later.  Reading is strict: unknown keys, wrong types and another
 * "format" are refused with the place, so that a comparison never rests on half of a file.
 */
#define CF_RESULT_FORMAT "xausl-conform-result-1"
int cf_result_to_json(struct osci_buf *out, const struct cf_result *r);
int cf_result_from_json(struct cf_result **ret, const char *text, size_t len, struct osci_err *err);
int cf_result_read(struct cf_result **ret, const char *path, struct osci_err *err);

#endif
