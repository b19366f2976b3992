/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case.h - case files of format 2 as a typed model: everything is checked, variants are cases of their own
 *
 * cf_book_load() reads any number of files as one book.  What it hands out without a problem is right in the sense of
 * xausl-cases(5): keys, types, fields, codes, labels, captures and what expectations say about each other; a runner need
 * not check again.  The format itself is described in that manual page.
 *
 * The book owns everything it holds; nothing in it changes after loading, so threads may share it.  json_t in it are
 * borrowed and must not be changed; jansson's reference counts are atomic.  Texts are UTF-8 without NUL.
 * NULL and count 0 mean "not in the file" unless said otherwise.  Times are ms since 1970, local times of the file are those of
 * Europe/Berlin.
 */
#ifndef CF_CASE_H
#define CF_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include <osci/err.h>
#include <xausl/schema.h>

#include "terms.h"

/* --- limits --------------------------------------------------------------- */

#define CF_FILES_MAX 64u
#define CF_FILE_MAX (8u << 20)     /* octets of one file */
#define CF_DEPTH_MAX 24u           /* nested mappings and lists of YAML */
#define CF_NODES_MAX 400000u       /* values of one file */
#define CF_RUNS_MAX 5000u          /* cases of a book, variants counted */
#define CF_VARIANTS_MAX 1000u      /* of one case */
#define CF_STEPS_MAX 500u          /* of one case, those in "then" counted */
#define CF_LABELS_MAX 1000u        /* labels and captures of one case */
#define CF_BULK_MAX 20000u         /* requests of one bulk */
#define CF_REGEX_MAX 200u          /* octets of a regular expression */
#define CF_PROBLEMS_MAX 1000u      /* kept; more are counted */

/* --- places, values --------------------------------------------------------- */

struct cf_place {
	const char *file; /* as the caller named it */
	unsigned line, column;
};

/* ISO 8601 duration: calendar steps and exact seconds apart. */
struct cf_dur {
	unsigned years, months, weeks, days;
	int64_t seconds;
	const char *text; /* as written: "P14D"; never NULL in a loaded case */
};
/* "P1DT2H"; OSCI_E_MALFORMED.  Does not set text. */
int cf_dur_parse(const char *text, struct cf_dur *ret);
/*
 * @from_ms and later: first years to days at the same local time in Berlin (a day that does not exist becomes the last of the
 * month, an hour that does not exist the one after it, of one that occurs twice the first), then the exact seconds.
 */
int64_t cf_dur_add(int64_t from_ms, const struct cf_dur *d);
/* "2026-11-16T09:00:00", local time of Berlin, the first of two; OSCI_E_MALFORMED also for a time that does not exist. */
int cf_time_parse(const char *text, int64_t *ret_ms);
/* The same form back; for reports. */
void cf_time_format(int64_t ms, char ret[24]);

/* A name and the value it gets: data of send, provider, script, person. */
struct cf_field {
	const char *name;    /* dotted: "person.address.town" */
	const json_t *value; /* NULL if @same_as */
	const char *same_as; /* name of a capture: its value at that time */
	struct cf_place place;
};
struct cf_fields {
	const struct cf_field *list;
	size_t n;
};

/* --- matchers ---------------------------------------------------------------- */

enum cf_match_kind {
	CF_M_EQUALS,   /* @value */
	CF_M_PRESENT,  /* there and not null */
	CF_M_ABSENT,   /* not there, nor any field below the name */
	CF_M_ANY,
	CF_M_REGEX,    /* @text: cf_regex_fits() */
	CF_M_SAME_AS,  /* @text: name of a capture */
	CF_M_ONE_OF,   /* any of @list */
	CF_M_NOT,      /* not @list[0]; also fits what is absent */
	CF_M_COUNT,    /* a list of @count entries; absent counts as 0 */
	CF_M_CONTAINS, /* a list in which each of @entries fits another entry */
};

struct cf_match {
	enum cf_match_kind kind;
	const json_t *value;
	const char *text;
	const struct cf_match *list;
	const struct cf_entry *entries;
	size_t n; /* of @list or @entries */
	unsigned count;
	struct cf_place place;
};

/* A field and what it must be. */
struct cf_expected {
	const char *name; /* dotted, list entries from 1: "sections[1].begin" */
	struct cf_match match;
	struct cf_place place;
};
struct cf_expecteds {
	const struct cf_expected *list;
	size_t n;
};

/* An entry of "contains": the entry itself fits @self, or (self NULL) each of @fields fits. */
struct cf_entry {
	const struct cf_match *self;
	struct cf_expecteds fields;
};

/* Does the ERE @regex match @text as a whole, "." being one code point?  Checked regexes only: no error is possible. */
bool cf_regex_fits(const char *regex, const char *text);

struct cf_capture {
	const char *name;  /* k1 */
	const char *field; /* record.kennziffer */
	struct cf_place place;
};

/* --- before the case ------------------------------------------------------------- */

struct cf_office {
	const char *label, *key, *name;
	enum cf_certificate certificate;
	struct cf_place place;
};

struct cf_person {
	const char *label;
	const json_t *data; /* nested, as below "person." of the neutral JSON: {"surname":..., "address":{"town":...}} */
	struct cf_place place;
};

/* Switches; what the case does not set, is free (then the runner chooses, see the manual page). */
enum cf_name_match { CF_NAMES_FREE, CF_NAMES_EXACT, CF_NAMES_FOLDED };
enum cf_date_match { CF_DATES_FREE, CF_DATES_EXACT, CF_DATES_OVERLAP };
enum cf_own_record { CF_OWN_FREE, CF_OWN_REFUSE, CF_OWN_REPEAT };
enum cf_tristate { CF_FREE, CF_FALSE, CF_TRUE };

struct cf_settings {
	struct cf_dur overdue_after;  /* default P1D, filled in */
	unsigned reminder_after;      /* working days; default 3, filled in */
	int64_t old_release_until_ms; /* 0 = not at all (default) */
	bool overdue_given, reminder_given, old_release_given;
	enum cf_name_match name_match;
	enum cf_date_match partial_date_match;
	enum cf_own_record own_record;
	enum cf_tristate keep_kennziffer;
};

/* A record that InGe holds before the case. */
struct cf_record {
	const char *label, *kennziffer;
	const char *kind;   /* "entitlement", "obligation", "admission" */
	const json_t *data; /* whole, with defaults, without "as" and "events": keys of section "records" of xausl-cases(5) */
	const struct cf_provider *events;
	size_t n_events;
	struct cf_place place;
};

struct cf_inge {
	const struct cf_person *person;
	const json_t *stored; /* object: fields of the person InGe holds otherwise, nested, null = not held; or NULL */
	const char *const *flags; /* german, eu_citizen, spaetaussiedler, deceased, information_block */
	size_t n_flags;
	const struct cf_record *records;
	size_t n_records;
	struct cf_place place;
};

/* --- steps --------------------------------------------------------------------------- */

enum cf_step_kind {
	CF_SEND,
	CF_EXPECT,
	CF_EXPECT_NONE,
	CF_CLERK,
	CF_PROVIDER,
	CF_ADVANCE,
	CF_RESTART,
	CF_FAULT,
	CF_OFFICE_ACK,
	CF_SCRIPT,
	CF_CHECK,
	CF_BULK,
};
const char *cf_step_name(enum cf_step_kind kind); /* "expect_none" */

struct cf_send {
	const char *message, *label;
	const struct cf_office *office;
	const struct cf_person *person;
	struct cf_fields fields;
	const char *const *omit;
	size_t n_omit;
	const json_t *extra;      /* object: dotted names of no table, values as they stand */
	const char *const *wrong; /* documents */
	size_t n_wrong;
	const char *reply_to;     /* label of the expect of the question */
	const char *same_id_as;   /* label of a send */
};

struct cf_steps {
	const struct cf_step *list;
	size_t n;
};

/* What may come: exactly one of @message and @outcome. */
struct cf_alternative {
	const char *message, *outcome;
	const char *label;          /* only for alternatives of one_of; known in @then alone */
	struct cf_expecteds fields; /* the same */
	struct cf_steps then;       /* the same */
	struct cf_place place;
};

struct cf_expect {
	enum cf_at at;
	const struct cf_office *office; /* at the office: never NULL; elsewhere NULL = any */
	const char *re;                 /* label of a send, NULL = any request */
	const char *label;
	struct cf_dur within;           /* default filled in */
	bool one_of;
	const struct cf_alternative *alternatives; /* one if not one_of */
	size_t n_alternatives;
	struct cf_expecteds fields;     /* of whichever alternative is met */
	const struct cf_capture *captures; /* the same */
	size_t n_captures;
};

struct cf_expect_none {
	enum cf_at at;
	const struct cf_office *office; /* NULL = any, at the office, too */
	const char *re;
	const char *message, *outcome; /* both NULL: any message and no outcome */
	struct cf_dur time;            /* key "for" */
};

enum cf_decision { CF_SAME_PERSON, CF_NAMESAKE, CF_IGNORE, CF_CLOSE_CASE, CF_WITHDRAW_RECORD };
const char *cf_decision_name(enum cf_decision d); /* "same_person" */

struct cf_clerk {
	enum cf_decision decision;
	const char *re;     /* label of a send; NULL only with CF_WITHDRAW_RECORD */
	const char *record; /* label of a record; CF_WITHDRAW_RECORD only */
	const struct cf_person *person;
};

struct cf_provider {
	const char *record;         /* label; NULL in "events" of a record and if @record_same_as */
	const char *record_same_as; /* capture of a Kennziffer */
	const char *event, *date;   /* "section_start", "2026-08-31" */
	struct cf_fields data;      /* section, level ...; "provider" is one field: object as in block V */
	struct cf_place place;
};

struct cf_advance {
	bool to;      /* else by */
	int64_t to_ms;
	struct cf_dur by;
};

const char *cf_what_name(enum cf_what w);
const char *cf_point_name(enum cf_point p); /* "store-requested"; CF_NOW: "now" */

struct cf_restart {
	enum cf_what what;
	enum cf_how how;
	enum cf_point at;
};

enum cf_fault_kind {
	CF_F_DUPLICATE_ANSWER, /* partner; copies, new_envelope */
	CF_F_DELAY,            /* partner; by */
	CF_F_DROP_ANSWER,      /* partner or intermediary */
	CF_F_BAD_SIGNATURE,    /* partner */
	CF_F_OLD_RELEASE,      /* partner; release */
	CF_F_INVALID_ANSWER,   /* partner */
	CF_F_TYPE_MISMATCH,    /* partner */
	CF_F_NO_TRIGGER_UUID,  /* partner */
	CF_F_REJECT,           /* partner; code, form */
	CF_F_OUTAGE,           /* partner or intermediary; from_ms, lasts or until_ms */
	CF_F_OUT_OF_ORDER,     /* intermediary */
	CF_F_WRONG_MAILBOX,    /* intermediary; wrong_office */
	CF_F_DROP_REPLY,       /* intermediary */
};
const char *cf_fault_name(enum cf_fault_kind k); /* "duplicate_answer" */

struct cf_fault_step {
	enum cf_what at; /* CF_PARTNER, CF_INTERMEDIARY */
	enum cf_fault_kind kind;
	const char *message;            /* number it applies to; NULL = any */
	const struct cf_office *office; /* mailbox it applies to; NULL = any; not for CF_F_WRONG_MAILBOX */
	unsigned count;                 /* how often, default 1; not for CF_F_DUPLICATE_ANSWER (once) */
	unsigned copies;                /* in all, default 2: key "count" of CF_F_DUPLICATE_ANSWER */
	bool new_envelope;
	struct cf_dur by;
	const char *release;            /* "26.05" */
	const char *code, *form;        /* "V000"; "0010" (default) or "000002" */
	bool from_given;
	int64_t from_ms;                /* else at once */
	bool until_given;               /* else @lasts counts */
	int64_t until_ms;
	struct cf_dur lasts;            /* from from_ms, else from now */
	const struct cf_office *wrong_office; /* key "office" of CF_F_WRONG_MAILBOX */
};

struct cf_office_ack {
	const struct cf_office *office;
	bool give; /* else withhold */
};

struct cf_answer {
	const char *message;
	struct cf_fields fields;
	struct cf_dur after;  /* default none: all 0, text "PT0S" */
};

struct cf_script {
	const char *message;
	const struct cf_office *office;
	const struct cf_answer *answers;
	size_t n_answers;
};

struct cf_bulk {
	const char *label, *message;
	unsigned requests;
	struct cf_dur over, within;
	struct cf_fields fields;
	const char *expect_message, *expect_outcome; /* exactly one */
};

/* --- after, check --------------------------------------------------------------------- */

struct cf_inge_check {
	const struct cf_person *person;
	const struct cf_match *in_force, *surname, *information_block; /* NULL = not looked at */
	bool has_records;                   /* "records" is there */
	const struct cf_expecteds *records; /* each fits another record; names of records of InGe, "issuer.key" dotted */
	size_t n_records;
	bool unchanged;
	struct cf_place place;
};

struct cf_journal_check {
	const char *label; /* of a send or bulk */
	struct cf_match match; /* on the state */
	struct cf_place place;
};

struct cf_label_check {
	const char *label;
	const char *release; /* sent_as only */
	struct cf_place place;
};
struct cf_label_checks {
	const struct cf_label_check *list;
	size_t n;
};

struct cf_check {
	const struct cf_inge_check *inge;
	size_t n_inge;
	const struct cf_journal_check *journal;
	size_t n_journal;
	struct cf_label_checks sent_once, never_sent; /* sends; sent_once also bulks */
	struct cf_label_checks sent_as;
	struct cf_label_checks delivered_once;        /* expects and bulks */
	struct cf_label_checks not_delivered;         /* label: a text */
	struct cf_place place;
};

struct cf_step {
	enum cf_step_kind kind;
	unsigned index; /* position in the whole case, from 1, depth first */
	struct cf_place place;
	union {
		struct cf_send send;
		struct cf_expect expect;
		struct cf_expect_none none;
		struct cf_clerk clerk;
		struct cf_provider provider;
		struct cf_advance advance;
		struct cf_restart restart;
		struct cf_fault_step fault;
		struct cf_office_ack office_ack;
		struct cf_script script;
		struct cf_check check;
		struct cf_bulk bulk;
	};
};

/* --- case ------------------------------------------------------------------------------- */

enum cf_source { CF_OFFICIAL, CF_OFFICIAL_TITLE, CF_SEED, CF_DERIVED };
const char *cf_source_name(enum cf_source s); /* "official-title" */

/* Which release a case needs. */
enum cf_needs { CF_NEEDS_26_11, CF_NEEDS_ANY, CF_NEEDS_TEST_NEXT };
const char *cf_needs_name(enum cf_needs n); /* "26.11", "any", "test-next" */

struct cf_case {
	const char *id;      /* unique in the book: "DER-15/17050" */
	const char *base_id; /* "DER-15" */
	const char *variant; /* "17050" or NULL */
	struct cf_place place;
	enum cf_source source;
	const char *suite_version, *url;
	const char *requirement, *what;
	const char *title;
	enum cf_needs release;
	const char *assumes, *open;
	const char *not_runnable; /* why; then all below may be empty */
	int64_t clock_ms;
	struct cf_settings settings;
	const struct cf_office *offices;
	size_t n_offices;
	const struct cf_person *persons;
	size_t n_persons;
	const struct cf_inge *inge;
	size_t n_inge;
	struct cf_steps steps;
	unsigned n_steps; /* "then" included */
	const struct cf_check *after; /* NULL = none */
};

/* --- book --------------------------------------------------------------------------------- */

struct cf_file {
	const char *path;
	char sha256[65]; /* of its octets */
	size_t n_cases;  /* as written */
};

/* One problem: "FILE:LINE:COLUMN: what is wrong, what is expected". */
struct cf_problem {
	struct cf_place place;
	const char *case_id; /* "DER-15/17050"; NULL outside cases */
	const char *text;    /* may quote names and values of the file */
};

struct cf_book {
	const struct cf_file *files;
	size_t n_files;
	const struct cf_case *cases; /* in the order of the files; each variant is one */
	size_t n_cases;
	size_t n_written;            /* cases as written: variants not counted apart */
	const struct cf_problem *problems; /* in the order of files and lines */
	size_t n_problems, n_dropped;      /* dropped: beyond CF_PROBLEMS_MAX */
	void *priv;
};

struct cf_load_opts {
	const struct xausl *x;    /* code lists; must hold release 26.11 */
	const char *const *requirements; /* ids a case may name beside those of the format */
	size_t n_requirements;
};

/*
 * 0: a book without a problem.  OSCI_E_CONFIG: *@ret holds the book, its problems say why it must not be run (cases that
 * have one are left out).  Other values: fatal (a file that cannot be read, memory); *@ret is NULL.
 */
int cf_book_load(struct cf_book **ret, const char *const *paths, size_t n, const struct cf_load_opts *opts,
		 struct osci_err *err);
/* One file from memory, named @name in places.  For tests and fuzzing. */
int cf_book_load_text(struct cf_book **ret, const char *name, const char *text, size_t len,
		      const struct cf_load_opts *opts, struct osci_err *err);
void cf_book_freep(struct cf_book **b);
/* All problems, one per line, and a last line if more were found than kept. */
void cf_book_print_problems(const struct cf_book *b, FILE *out);

/* The office, person of that label; NULL if there is none. */
const struct cf_office *cf_office_find(const struct cf_case *c, const char *label);
const struct cf_person *cf_person_find(const struct cf_case *c, const char *label);

/* --- data ------------------------------------------------------------------------------------ */

/*
 * The outcome a message of the partner has on the bus: "070003" -> "accepted", "0010" -> "rejected-by-partner"; NULL if the
 * partner sends no such message to an office.
 */
const char *cf_message_outcome(const char *number);

/* Value of a capture by name, borrowed; NULL = not captured. */
typedef const json_t *cf_captured_fn(void *arg, const char *name);

/*
 * The data of a request as they go on the bus, built in the order the format prescribes (person, fields, omit, extra), without
 * "message", "office", "id" and "question".  0; OSCI_E_STATE: a captured value is missing (named in @err); -ENOMEM.
 */
int cf_send_data(json_t **ret, const struct cf_send *s, cf_captured_fn *captured, void *arg, struct osci_err *err);
/* Fields with captured values put in, as nested JSON: for provider, script.  The same results. */
int cf_fields_data(json_t **ret, const struct cf_fields *f, cf_captured_fn *captured, void *arg, struct osci_err *err);
/* Request number @n (from 1) of a bulk: the made-up person and the fields. */
int cf_bulk_data(json_t **ret, const struct cf_bulk *b, unsigned n, cf_captured_fn *captured, void *arg,
		 struct osci_err *err);

/*
 * Walks a dotted name ("sections[1].begin", list entries from 1) through neutral JSON; NULL if nothing is there.  A
 * JSON null is there.
 */
const json_t *cf_path_get(const json_t *root, const char *name);
/*
 * Sets it, making objects and lists on the way; @value is taken.  -ENOMEM; OSCI_E_USAGE if something else is in the way, or
 * entries of a list would not follow each other.
 */
int cf_path_set(json_t *root, const char *name, json_t *value);
void cf_path_del(json_t *root, const char *name);

#endif
