/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table - the compiled mapping tables of one release
 *
 * Blocks are the complex types: rows in the order of the schema.  A row without element and with a block takes
 * the block in at its place.  Cyclic blocks are refused when the table is loaded, so that recursion over rows
 * is bounded by MAP_DEPTH_MAX.
 */
#ifndef XAUSL_MAP_TABLE_H
#define XAUSL_MAP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libxml/xmlregexp.h>

#include "engine/csv.h"
#include "map/map.h"

#define MAP_DEPTH_MAX 16u        /* blocks within blocks */
#define MAP_LIST_MAX 1000u       /* entries of a list written as 0..n */
#define MAP_TEXT_MAX XAUSL_TEXT_MAX
#define MAP_FIELD_MAX 256u       /* octets of the dotted name of a field */
#define MAP_PATH_MAX 512u        /* octets of an element path */
#define MAP_DOCUMENT_MAX (16u << 20) /* octets of a built document */
#define MAP_WORDS_MAX 16u
#define MAP_FIELDS_MAX 1000u     /* fields of one message */

enum map_type {
	MAP_BLOCK,   /* complex content: rows of a block */
	MAP_TEXT,    /* characters of the table of characters */
	MAP_DATE,    /* YYYY-MM-DD */
	MAP_MONTH,   /* YYYY-MM */
	MAP_YEAR,    /* YYYY */
	MAP_BOOL,
	MAP_TRUE,    /* true, or left out; without a field: the element alone says it */
	MAP_NULL,    /* JSON null is an element that says true */
	MAP_INT,
	MAP_CODE,
	MAP_FREE_CODE, /* the sender chooses the list */
	MAP_UUID,
	MAP_TIME,    /* xs:dateTime, taken as it is */
	MAP_OCTETS,  /* base64 */
	MAP_WORD,    /* one of some words; each may stand for a value in the XML */
	MAP_PAIR,    /* "prefix:id" in two codes */
	MAP_CONST,
	MAP_MARK,    /* attribute whose presence means true */
	MAP_IGNORED, /* may come, is not read and not written */
	MAP_DERIVED, /* made from the value of another field */
	MAP_ANY,     /* at least one of some fields */
};

struct map_word {
	const char *name;
	const char *values; /* separated by blanks; "" = none */
};

struct map_block;

struct map_row {
	unsigned line;        /* in map-blocks.csv */
	const char *element;  /* local name, "" = none */
	bool qualified;       /* in the namespace of the message's root element */
	bool attribute;
	bool frame;           /* the field is one of the frame, not of the message */
	bool list, scalar;    /* field NAME[], field "." */
	bool always, branch;
	const char *field;    /* dotted, relative to the scope; "" = none */
	const char *rest;     /* NAME[].REST, "" = none */
	enum map_type type;
	const struct map_block *block;
	unsigned min, max;
	/* options */
	const char *code_list, *name, *column, *value, *also, *from;
	const char *uri, *version; /* MAP_FREE_CODE: fields of the list */
	const char *when_field, *when_value;
	const char *first, *first_list, *second, *second_list; /* MAP_PAIR */
	bool first_qualified, second_qualified;
	bool bare;            /* code without name */
	unsigned max_chars;   /* 0 = no bound of its own */
	bool has_min;
	int64_t min_value;
	xmlRegexpPtr pattern;
	const char *pattern_text;
	struct map_word words[MAP_WORDS_MAX];
	size_t n_words;
};

struct map_block {
	const char *name;
	struct map_row *rows;
	size_t n_rows;
	bool choice; /* exactly one of the rows */
	bool scalar; /* the JSON value is not an object: its rows have field "." */
};

/* One field of a message as an office sees it. */
struct map_field {
	char *name;  /* "person.nationalities[]" */
	char *path;  /* elements from the root, "" = none */
	char *when;  /* "yes", "no", "with contact", "one of" */
	const char *type;
	const struct map_row *row;
};

struct map_message {
	const char *number, *element;
	const char *prefix, *ns; /* of the root element */
	int direction;
	const struct map_block *block;
	struct map_field *fields; /* in the order of the table */
	size_t n_fields;
	const char **known;       /* sorted names */
	size_t n_known;
};

struct map_char_range {
	uint32_t first, last;
};

struct map_char_sequence {
	uint32_t c[4]; /* ended by 0 */
};

struct xausl_map {
	struct xausl_csv *names, *csv_blocks, *csv_chars; /* own the texts */
	const char *list_uri, *list_version, *code, *code_name;
	struct map_message *messages;
	size_t n_messages;
	struct map_block *blocks;
	size_t n_blocks;
	struct map_row *rows;
	size_t n_rows;
	struct map_char_range *ranges;
	size_t n_ranges;
	struct map_char_sequence *sequences;
	size_t n_sequences;
	char **kept; /* pieces of texts */
	size_t n_kept;
};

const struct map_message *map_message_find(const struct xausl_map *m, const char *number);
/* 0, or OSCI_E_CONFIG / -ENOMEM. */
int map_chars_load(struct xausl_map *m, struct osci_err *err);
/* Rows, blocks, messages. */
int map_rows_load(struct xausl_map *m, struct osci_err *err);
int map_fields_make(struct xausl_map *m, struct map_message *msg, struct osci_err *err);
void map_fields_free(struct map_message *msg);
/* A copy of @len octets that lives as long as the map; NULL without memory. */
const char *map_keep(struct xausl_map *m, const char *s, size_t len);
/* Is @name a field of the message ("contact.channels[].type")? Does one begin with @beginning ("contact.")? */
bool map_field_known(const struct map_message *msg, const char *name);
bool map_field_begins(const struct map_message *msg, const char *beginning);

struct map_char_place {
	size_t chars;       /* code points in front of the place; all of them if there is none */
	uint32_t code;      /* the one that is not allowed there; UINT32_MAX: no UTF-8 */
	const char *behind; /* the place behind it */
};

/* Only characters of the table, each mark behind a letter it may follow?  @ret: how many, and the first other. */
bool map_chars_ok(const struct xausl_map *m, const char *s, size_t len, struct map_char_place *ret);
/* Next code point; 0 at the end, UINT32_MAX if it is no UTF-8. */
uint32_t map_char_next(const char **p, const char *end);

enum map_fault { MAP_FINE, MAP_EMPTY, MAP_INVALID, MAP_UNKNOWN_CODE, MAP_NOT_ALLOWED };

/*
 * Is the text a value of the row: characters, form, code?  @required: it must have a character.  Rows of the
 * types TEXT, DATE, MONTH, YEAR, UUID, TIME, OCTETS, CODE, WORD, PAIR.
 */
enum map_fault map_text_check(const struct xausl_map *m, const struct xausl_release *r, const struct map_row *row,
			      const char *s, size_t len, bool required);
bool map_uuid_ok(const char *s, size_t len);
/* xs:dateTime, also without a zone: a message that is named may have none. */
bool map_time_ok(const char *s, size_t len);
/* The first list of the row (its words) that has the code; NULL if none does. */
const char *map_free_list(const struct xausl_release *r, const struct map_row *row, const char *code);
/* The name of a code: no control characters; lists hold more than the table of characters. */
bool map_name_ok(const char *s, size_t len);
/* What a value of this row looks like, for the text of an error. */
const char *map_expected(const struct map_row *row);
/* Name of the word that stands for @value; NULL if none does. */
const char *map_word_of(const struct map_row *row, const char *value);

#endif
