/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release - what the engine knows of the calendar and of a release folder, read-only after xausl_open()
 *
 * Texts point into the tables they were read from; a release owns its tables.
 */
#ifndef XAUSL_ENGINE_RELEASE_H
#define XAUSL_ENGINE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libxml/tree.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlschemas.h>

#include <xausl/codes.h>
#include <xausl/package.h>
#include <xausl/schema.h>
#include "engine/csv.h"
#include "map/map.h"

#define XAUSL_RELEASES_MAX  256u
#define XAUSL_MESSAGES_MAX  512u
#define XAUSL_SCHEMAS_MAX   128u /* namespaces of a release */
#define XAUSL_FILES_MAX     512u /* schema documents of a release */
#define XAUSL_LISTS_MAX     512u
#define XAUSL_RULES_MAX     512u
#define XAUSL_XSD_BYTES_MAX (4u << 20)

/* @standard and @version: of the messages whose root element is in the namespace; NULL if no message is. */
struct xausl_namespace {
	const char *prefix, *uri;
	const char *standard, *version;
};

/* One schema document: what the schema is compiled from, and releases are compared by. */
struct xausl_xsd {
	const char *file, *uri;
	char *data;
	size_t len;
};

struct xausl_message {
	const char *number, *root;
	const struct xausl_namespace *ns; /* of the root element */
	int direction;              /* 1 office to BAMF, -1 BAMF to office, 2 any authority to any */
	const char *const *answers; /* numbers it can be the answer to */
	unsigned n_answers;
};

struct xausl_list {
	struct xausl_csv *table;
	const char *name, *uri;
	const struct xausl_csv_row *versions; /* field 1: version of the content; then others accepted */
	const struct xausl_csv_row *columns;  /* names of the columns behind code and name, or NULL */
	bool incomplete;                      /* serves for names only */
	const char *valid_from, *valid_until; /* days, "" if not known */
	const struct xausl_csv_row **codes;   /* sorted by code */
	size_t n_codes;
	uint32_t *slots;                      /* hash table of places in @codes, from 1; 0 = empty */
	size_t n_slots;                       /* power of two, at least twice @n_codes */
	size_t uri_len;
	const struct xausl_list *next;        /* the same list in another version, NULL behind the last */
	bool ruled;                           /* a rule is about a column of it, in whatever version */
	bool other;                           /* not the version the manifest names first */
};

enum xausl_rule_kind { XAUSL_RULE_NUMBER, XAUSL_RULE_PATTERN, XAUSL_RULE_SHAPE, XAUSL_RULE_INSTANT, XAUSL_RULE_LENGTH,
		       XAUSL_RULE_TEXT, XAUSL_RULE_PRESENT, XAUSL_RULE_EXCLUSIVE, XAUSL_RULE_COLUMN,
		       XAUSL_RULE_EXACT, XAUSL_RULE_NEEDS, XAUSL_RULE_SAME, XAUSL_RULE_DIFFERENT, XAUSL_RULE_CARRIED,
		       XAUSL_RULE_NAMED };

struct xausl_rule {
	enum xausl_rule_kind kind;
	enum xausl_level level;
	const char *id, *standard_code, *messages, *what, *expected;
	const char *const *args;
	unsigned n_args;
	xmlRegexpPtr pattern;
	size_t max; /* characters */
	const struct xausl_list *list; /* of a rule about a column */
};

/* Where a rule begins: at elements with this name, or at the parent of the first of them. */
struct xausl_anchor {
	const char *name; /* not terminated */
	size_t len;
	const char *path; /* the way to the element, as in the table */
	uint32_t above;   /* hash of the name before it in the way, if the way does not begin there; else 0 */
	uint32_t index;   /* of the rule */
	const struct xausl_rule *rule;
	bool parent;
	const struct xausl_anchor *next;
};
#define XAUSL_ANCHOR_HEADS 256u

struct xausl_release {
	const struct xausl *owner;
	/* calendar */
	const char *version, *ns, *effective, *certainty, *source, *module;
	unsigned line;        /* in the calendar */
	int64_t effective_ms; /* only with an effective day */
	/* rule for the change to this release; only with an effective day */
	const char *rule_certainty, *rule_source;
	unsigned rule_line;           /* in the table of transitions */
	int64_t send_from_ms;
	int64_t accept_old_until_ms;  /* of the release before this one */
	/* module; all empty without one */
	char *folder;
	struct xausl_csv *manifest, *rule_table;
	const char *standard;
	struct xausl_namespace *namespaces;
	size_t n_namespaces;
	struct xausl_xsd *xsds; /* the first is the entry */
	size_t n_xsds;
	xmlDocPtr entry;
	xmlSchemaPtr schema;
	struct xausl_contexts *contexts; /* of the schema; changes behind a lock of its own */
	struct xausl_message *messages;
	size_t n_messages;
	struct xausl_list *lists;
	size_t n_lists;
	const char **externals;
	size_t n_externals;
	const char **octets; /* elements that hold base64: longer than other texts */
	size_t n_octets;
	struct xausl_rule *rules;
	size_t n_rules;
	bool *rules_on;    /* for each message, in the order of @messages, which rules hold */
	struct xausl_anchor *anchors;
	size_t n_anchors;
	const struct xausl_anchor *anchor_heads[XAUSL_ANCHOR_HEADS]; /* by xausl_name_hash() */
	struct xausl_map *map;
	bool is_package;                /* an imported one, without rules and mapping */
	struct xausl_package *imported; /* beside the module, or NULL */
};

struct xausl {
	struct xausl_csv *calendar, *transitions;
	struct xausl_release *releases;
	size_t n;
};

/* The rules for changes, for releases that are read: VERSIONS/transitions.csv. */
int xausl_transitions_load(struct xausl *x, const char *versions, struct osci_err *err);
/* The next release behind @r in the table that has a day; NULL if there is none. */
const struct xausl_release *xausl_release_successor(const struct xausl_release *r);

/* Reads SCHEMAS/MODULE: manifest, schema, code lists, rules, mapping. @r has its calendar part. */
int xausl_module_load(struct xausl_release *r, const char *schemas, struct osci_err *err);
/* Reads an imported package: the same without rules and mapping; version and namespace as its manifest has them. */
int xausl_module_load_imported(struct xausl_release *r, const char *folder, struct osci_err *err);
/* The imported package as a release; owned by it. */
const struct xausl_release *xausl_package_module(const struct xausl_package *p);
void xausl_module_clear(struct xausl_release *r);

/* The validation contexts of one schema, for any number of threads. */
struct xausl_contexts *xausl_contexts_new(xmlSchemaPtr schema);
void xausl_contexts_free(struct xausl_contexts *p);
xmlSchemaValidCtxtPtr xausl_context_take(struct xausl_contexts *p); /* NULL without memory */
void xausl_context_give(struct xausl_contexts *p, xmlSchemaValidCtxtPtr c, bool sound);

/* Compiles the schema of @r from the documents in @r->xsds and from nothing else. */
int xausl_schema_compile(struct xausl_release *r, struct osci_err *err);
/* Has the pattern an answer to values that nearly fit?  May take long: that is the answer, too. */
bool xausl_pattern_decides(const char *pattern);

/*
 * The file @file ("xsd/frame.xsd") of the folder, malloc()ed; OSCI_E_CONFIG with its name if it is not the one the
 * manifest has the checksum of.  A release without a manifest (in tests) has no checksums.
 */
int xausl_release_file(const struct xausl_release *r, const char *file, size_t max, char **ret, size_t *ret_len,
		       struct osci_err *err);
int xausl_release_table(struct xausl_csv **ret, const struct xausl_release *r, const char *file, struct osci_err *err);
/* Files every folder has beside those the manifest names; ended by NULL. */
extern const char *const xausl_table_files[];
/* NULL, or what is wrong with a row "sha256" of the manifest. */
const char *xausl_sum_row_wrong(const struct xausl_csv *manifest, const struct xausl_csv_row *row);
/* Renews the checksums in the manifest of @folder, for all files a release reads. */
int xausl_release_seal(const char *folder, struct osci_err *err);

/* @file: name below codelists/ */
int xausl_list_load(struct xausl_list *l, const struct xausl_release *r, const char *file, struct osci_err *err);
void xausl_list_clear(struct xausl_list *l);
const struct xausl_list *xausl_list_find(const struct xausl_release *r, const char *list);
const struct xausl_list *xausl_list_by_uri(const struct xausl_release *r, const char *uri, size_t len);
/* The list in the version, whose codes are here; NULL if they are not. */
const struct xausl_list *xausl_list_edition(const struct xausl_list *l, const char *version);
const struct xausl_csv_row *xausl_list_code(const struct xausl_list *l, const char *code);
/* Value of a further column, NULL if the list has no such column. */
const char *xausl_list_column(const struct xausl_list *l, const struct xausl_csv_row *row, const char *column);
/* Code, name, and days: its own where the list gives any, else those of the list. */
void xausl_code_days(const struct xausl_list *l, const struct xausl_csv_row *row, struct xausl_code *ret);

int xausl_rules_load(struct xausl_release *r, struct osci_err *err);
void xausl_rules_clear(struct xausl_release *r);
unsigned xausl_name_hash(const char *name, size_t len); /* below XAUSL_ANCHOR_HEADS */
uint32_t xausl_above_hash(const char *name, size_t len); /* of the name of a parent; never 0 */

/* By number or by the root element; NULL if the release has none. */
const struct xausl_message *xausl_message_find(const struct xausl_release *r, const char *number);
const struct xausl_message *xausl_message_by_root(const struct xausl_release *r, const char *ns, const char *root);
/* The namespace of messages of that URI; NULL if no message of the release is in it. */
const struct xausl_namespace *xausl_message_namespace(const struct xausl_release *r, const char *uri);
/* Prefix by which findings name a namespace; "" for no namespace, NULL for a foreign one. */
const char *xausl_prefix(const struct xausl_release *r, const char *uri);

#endif
