/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - what the readers of case files share: the state of loading, problems, nodes, labels
 *
 * Readers fill the model, report what is wrong and go on; nobody returns an error.  Memory comes from the
 * pool of the book, JSON is kept by the book; failure of either is sticky (cf_failed()), and pointers are
 * NULL from then on.
 *
 * A node of a case is looked at through cf_node_value() or what uses it: there a text $(name) becomes the
 * value of the variant.
 */
#ifndef CF_CASE_LOAD_H
#define CF_CASE_LOAD_H

#include "base/pool.h"
#include "base/yaml.h"
#include "case/case.h"

#define CF_LABEL_MAX   64u    /* octets of a label, capture, variant */
#define CF_TEXT_MAX    10000u /* octets of any other text */
#define CF_NAME_MAX    256u   /* octets of a dotted name */
#define CF_LIST_MAX    2000u  /* entries of a list in a case */
#define CF_NESTING_MAX 8u     /* one_of within then, matchers within matchers */

typedef const struct osci_yaml_node cf_node;

/* Octets the files of a book may become; far above what CF_FILE_MAX of text makes, variants included. */
#define CF_MEMORY_MAX (512u << 20)

/* What a name of a case stands for. */
enum cf_label_kind {
	CF_L_OFFICE = 1,
	CF_L_PERSON = 2,
	CF_L_RECORD = 4,
	CF_L_SEND = 8,
	CF_L_EXPECT = 16,
	CF_L_BULK = 32,
	CF_L_CAPTURE = 64,
};

struct cf_label {
	const char *name;
	enum cf_label_kind kind;
	struct cf_place place;
	const struct cf_send *send;		  /* CF_L_SEND */
	const struct cf_expect *expect;		  /* CF_L_EXPECT; of an alternative: the expect around it */
	const struct cf_alternative *alternative; /* label of one of its alternatives */
	const struct cf_office *office;		  /* of the send */
	/* Of a send: what plain expects say of it. */
	bool refused;  /* rejected-by-gateway */
	bool accepted; /* any other outcome or message */
	bool answered; /* a message of the partner */
	bool shared;   /* another send has the same bus id: what happens to one is told by both */
};

struct cf_found {
	struct cf_problem p;
	size_t file, order;
	struct cf_found *next;
};

struct cf_store { /* priv of the book */
	struct osci_pool mem;
	json_t *keep;
};

struct cf_load {
	struct cf_book *book;
	struct osci_pool *mem;
	json_t *keep;
	const struct xausl *x;
	const struct xausl_release *release; /* whose code lists and fields hold */
	struct osci_yaml *yaml;
	int error;

	const struct cf_load_opts *opts;
	const char *file; /* current one */
	size_t file_no;
	struct cf_found *found, **found_end;
	size_t n_found, n_dropped, n_again; /* kept; too many; found before, in another variant */
	json_t *seen;			    /* problems reported, so that variants do not repeat them */

	struct cf_case *c;   /* current one, or NULL */
	const char *case_id; /* with variant; NULL outside cases */
	cf_node *variant;    /* entry of "variants", or NULL */
	struct cf_label *labels;
	size_t n_labels;
	unsigned nesting; /* of matchers */
	unsigned depth;	  /* of "then" */
	unsigned n_steps;
	int64_t now_ms;	   /* earliest case time at the step that is read */
	unsigned scripted; /* bits of messages with a script step: their answers may be anything;
			      cf_request_bit() */

	json_t *ids, *kennziffern, *azr_numbers, *people; /* value: id of the case */
	struct cf_case *cases;				  /* malloc()ed while it grows */
	size_t n_cases, room_cases;
};

bool cf_failed(struct cf_load *l);
/* Keeps a new reference as long as the book; returns it, NULL if there is no memory (then cf_failed()). */
json_t *cf_keep(struct cf_load *l, json_t *j);
#define cf_new(l, n, type) ((type *)osci_pool_array((l)->mem, (n), sizeof(type)))

struct cf_place cf_place_of(const struct cf_load *l, cf_node *n);
struct cf_place cf_place_of_key(const struct cf_load *l, cf_node *n);
/* "FILE:LINE:COLUMN: TEXT" is remembered; the same twice counts once. */
void cf_problem(struct cf_load *l, cf_node *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void cf_problem_at(struct cf_load *l, const struct cf_place *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* --- nodes --------------------------------------------------------------------------- */

/* The node, or that of the variant it names; NULL (reported) if the variant has none. */
cf_node *cf_node_value(struct cf_load *l, cf_node *n);

struct cf_key {
	const char *name;
	bool required;
};
/*
 * The values of a mapping by the table; out[i] is NULL for a key that is not there.  False: no mapping. @what
 * names it in problems: "send".
 */
bool cf_node_keys(struct cf_load *l, cf_node *n, const char *what, const struct cf_key *keys, size_t n_keys,
		  cf_node **out);
#define CF_KEYS(l, n, what, keys, out) cf_node_keys(l, n, what, keys, sizeof(keys) / sizeof((keys)[0]), out)

bool cf_is_mapping(struct cf_load *l, cf_node *n, const char *what);
bool cf_is_list(struct cf_load *l, cf_node *n, const char *what);
/* Plain null. */
bool cf_is_null(cf_node *n);

/* All of these: @n NULL gives NULL, false or 0 without a problem; a wrong type is reported. */
const char *cf_node_text(struct cf_load *l, cf_node *n, const char *what);
bool cf_node_bool(struct cf_load *l, cf_node *n, const char *what);
unsigned cf_node_int(struct cf_load *l, cf_node *n, const char *what, unsigned min, unsigned max);
/* Index in @words (ended by NULL), -1 if it is none of them. */
int cf_node_word(struct cf_load *l, cf_node *n, const char *what, const char *const *words);
const char *cf_node_date(struct cf_load *l, cf_node *n, const char *what);
bool cf_node_time(struct cf_load *l, cf_node *n, const char *what, int64_t *ret);
bool cf_node_dur(struct cf_load *l, cf_node *n, const char *what, struct cf_dur *ret);
/* The same, and longer than nothing. */
bool cf_node_span(struct cf_load *l, cf_node *n, const char *what, struct cf_dur *ret);
/* cf_node_text() in one line, without control characters: a name that is printed. */
const char *cf_node_line(struct cf_load *l, cf_node *n, const char *what);
const char *cf_node_code(struct cf_load *l, cf_node *n, const char *what, const char *list);
const char *cf_node_office_key(struct cf_load *l, cf_node *n, const char *what);
/* Release of the calendar, or "test-next". */
const char *cf_node_release(struct cf_load *l, cf_node *n, const char *what);
bool cf_date_ok(const char *s);
/* Value without a table: true, false, null plain; else text. Nested up to CF_NESTING_MAX. */
json_t *cf_node_json(struct cf_load *l, cf_node *n);
/* List of texts. */
const char *const *cf_node_texts(struct cf_load *l, cf_node *n, const char *what, size_t *ret_n);
/* "a, b, c" of words, for problems; in the pool. */
const char *cf_words_text(struct cf_load *l, const char *const *words);

/* --- labels ----------------------------------------------------------------------------- */

/* Defines a label; NULL if there is none or it is not allowed (reported). */
struct cf_label *cf_label_define(struct cf_load *l, cf_node *n, const char *what, enum cf_label_kind kind);
struct cf_label *cf_label_define_name(struct cf_load *l, const char *name, const struct cf_place *place,
				      const char *what, enum cf_label_kind kind);
/* The label that a node names; @kinds: which are meant. NULL if there is none (reported). */
struct cf_label *cf_label_of(struct cf_load *l, cf_node *n, const char *what, unsigned kinds);
/* The same for a label that is a key. */
struct cf_label *cf_label_at(struct cf_load *l, const char *name, const struct cf_place *place,
			     const char *what, unsigned kinds);
struct cf_label *cf_label_find(struct cf_load *l, const char *name, unsigned kinds);
const struct cf_office *cf_office_of(struct cf_load *l, cf_node *n, const char *what);
const struct cf_person *cf_person_of(struct cf_load *l, cf_node *n, const char *what);

/* --- fields --------------------------------------------------------------------------------- */

enum cf_side {
	CF_SIDE_REQUEST, /* what an office sends */
	CF_SIDE_PARTNER, /* the same, as the partner sees it */
	CF_SIDE_OFFICE,	 /* what an office gets */
	CF_SIDE_ANSWER,	 /* what the partner writes */
	CF_SIDE_OPERATOR,
	CF_SIDE_RECORD, /* a record of InGe */
	CF_SIDE_PERSON, /* below "person." */
	CF_SIDE_STATE,	/* of a request or person, as "after" names it */
};

/* Where names are looked up: @message or @outcome as the side needs. */
struct cf_table {
	enum cf_side side;
	const char *message, *outcome;
};

enum cf_shape { CF_NO_FIELD, CF_VALUE, CF_LIST, CF_OBJECT };

/* Several tables at once: a name is known if one of them has it. */
struct cf_tables {
	const struct cf_table *list;
	size_t n;
};

/* "sections[1].begin" -> "sections[].begin"; false if the name is not formed like that. */
bool cf_name_plain(const char *name, char ret[CF_NAME_MAX]);
/* What a name (plain form) is in these tables. */
enum cf_shape cf_name_shape(const struct cf_load *l, const struct cf_tables *t, const char *name);
/* Type of a value for conversion and texts: "int", "bool", "code(L)" ... */
const char *cf_name_type(const struct cf_load *l, const struct cf_tables *t, const char *name);
/*
 * The JSON of a node that is a value of the name, checked; NULL if it is wrong (reported).  @strict: texts
 * must have the characters, length and pattern of the field.
 */
json_t *cf_field_json(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name,
		      bool strict);
/* Reports that there is no such field. */
void cf_unknown_field(struct cf_load *l, cf_node *at, const struct cf_tables *t, const char *name);
/* "070001", "outcome held", "a record": for problems. */
const char *cf_table_name(struct cf_load *l, const struct cf_tables *t);
/* Does the message exist and go this way (1 office to BAMF, -1 BAMF to office)? Reported. */
const char *cf_read_message(struct cf_load *l, cf_node *n, const char *what, enum cf_side side);
extern const char *const cf_office_outcomes[], *const cf_operator_outcomes[];
/* Is it an outcome of this side? Reported. */
const char *cf_read_outcome(struct cf_load *l, cf_node *n, const char *what, enum cf_side side);

/* A mapping of names to values, with same_as. */
void cf_read_fields(struct cf_load *l, cf_node *n, const char *what, const struct cf_tables *t,
		    const char *const *free, size_t n_free, struct cf_fields *ret);
/* A mapping of names to matches. */
void cf_read_expecteds(struct cf_load *l, cf_node *n, const char *what, const struct cf_tables *t,
		       struct cf_expecteds *ret);
/* One match on the field of that (plain) name. */
void cf_read_match(struct cf_load *l, cf_node *n, const struct cf_tables *t, const char *name,
		   struct cf_match *ret);
/* 0, or what is wrong with the regular expression. */
const char *cf_regex_problem(const char *regex);

/* --- parts of a case ---------------------------------------------------------------------------- */

void cf_read_settings(struct cf_load *l, cf_node *n, struct cf_settings *ret);
void cf_read_offices(struct cf_load *l, cf_node *n);
void cf_read_persons(struct cf_load *l, cf_node *n);
void cf_read_inge(struct cf_load *l, cf_node *n);
void cf_read_steps(struct cf_load *l, cf_node *n, struct cf_steps *ret);
void cf_read_expect(struct cf_load *l, cf_node *n, struct cf_expect *ret);
void cf_read_expect_none(struct cf_load *l, cf_node *n, struct cf_expect_none *ret);
/* @with_record: a step; else an entry of "events". */
void cf_read_provider(struct cf_load *l, cf_node *n, bool with_record, struct cf_provider *ret);
void cf_read_fault(struct cf_load *l, cf_node *n, struct cf_fault_step *ret);
void cf_read_check(struct cf_load *l, cf_node *n, const char *what, struct cf_check *ret);
void cf_read_case(struct cf_load *l, cf_node *n);

/* What an expectation says against what is known of the request. */
void cf_judge_expect(struct cf_load *l, cf_node *n, const struct cf_expect *e);
void cf_judge_check(struct cf_load *l, const struct cf_check *k);
void cf_judge_bulk(struct cf_load *l, cf_node *n, const struct cf_bulk *b);
/* Fields against each other, and alternatives nothing is left for. */
void cf_judge_fields(struct cf_load *l, const struct cf_expect *e);
/* What is known of requests when an alternative begins, and put back at its end. */
struct cf_known;
struct cf_known *cf_known_save(struct cf_load *l);
void cf_known_restore(struct cf_load *l, const struct cf_known *k);
/* A bit for each request an office sends; 0 for what is none. */
unsigned cf_request_bit(const char *number);
/* Kind of a record by its art; NULL if unknown. */
const char *cf_kind_of(const char *art);
bool cf_is_kind(const char *kind); /* NULL: false */
extern const char *const cf_journal_states[];

/* Is it an id of the format? */
bool cf_requirement_ok(const char *id);

#endif
