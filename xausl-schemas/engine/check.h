/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - one run of xausl_validate(): the report being built and the checks that add to it
 */
#ifndef XAUSL_ENGINE_CHECK_H
#define XAUSL_ENGINE_CHECK_H

#include <stdbool.h>
#include <libxml/tree.h>

#include "engine/release.h"

/* Longest texts of a finding; what does not fit is cut. */
#define XAUSL_PATH_MAX     512
#define XAUSL_WHAT_MAX     256
#define XAUSL_EXPECTED_MAX 512
#define XAUSL_KIND_MAX     64
/* Longest value a check compares; the longest code or key is far shorter. */
#define XAUSL_VALUE_MAX 65536

struct xausl_check {
	struct xausl_report pub; /* first: the caller holds this */
	const struct xausl_release *r; /* NULL until the root element has been seen */
	const struct xausl_message *message;
	xmlDocPtr doc; /* once it is parsed */
	const struct xausl_check_opts *opts; /* of the caller; never NULL while the checks run */
	struct xausl_finding *findings;
	size_t cap;
	const bool *rule_on; /* which rules of the release hold for the message; NULL: none */
	int error;      /* -ENOMEM: the run is void */
	bool failed;    /* an error was found, kept or not */
	bool unchecked; /* a check could not be carried out */
	char day[11];   /* of creation, "" if it cannot be read */
};

/* Texts of a finding that are not formatted. */
struct xausl_mark {
	const char *id, *layer, *standard_code;
	enum xausl_level level;
};

/* @node may be NULL; @expected may be NULL. */
void xausl_found(struct xausl_check *c, const struct xausl_mark *m, const xmlNode *node, const char *expected,
		 const char *what, ...) __attribute__((format(printf, 5, 6)));
void xausl_found_at(struct xausl_check *c, const struct xausl_mark *m, unsigned line, unsigned column,
		    const char *what, const char *expected);

/* "xauslaender:Root/nachrichtenkopf.g2g/leser/erreichbarkeit[2]/kennung"; too long: the inner end. */
void xausl_path(const struct xausl_release *r, const xmlNode *node, char *out, size_t size);
/* Does the element stand behind another of its name? */
bool xausl_repeated(const xmlNode *node);
/* Next element in the order of the document; NULL behind the last. */
const xmlNode *xausl_next_element(const xmlNode *node);
/* The kind of a value: "6 digits", "date without day", "text of 12 characters with U+2013". */
void xausl_value_kind(const struct xausl_release *r, const char *s, size_t len, char *out, size_t size);
/* Text with white space collapsed, without a copy where nothing is to be collapsed; valid as long as the document. */
struct xausl_text {
	const char *s;
	char *own;
};
bool xausl_text(struct xausl_check *c, const xmlNode *node, struct xausl_text *ret); /* false: holds more than text */
void xausl_text_free(struct xausl_text *t);
/* Attribute in no namespace, or NULL. */
const xmlNode *xausl_attribute_node(const xmlNode *element, const char *name);

/* '9' in @form stands for a digit, '?' for any character, '*' at its end for any rest; all others for themselves. */
bool xausl_shaped(const char *s, const char *form);

/* Text as it stands, malloc()ed; NULL if the element has others inside. */
char *xausl_raw_value(struct xausl_check *c, const xmlNode *node);
const xmlNode *xausl_child(const xmlNode *node, const char *local);

/*
 * First descendant of @node by the way "a/b", with "a[last]" the last of the name; the way may end in "=value", which is
 * compared, "true" also with 1.
 */
const xmlNode *xausl_below(struct xausl_check *c, const xmlNode *node, const char *path);
/* What checks messages with this root element in this run; NULL if nothing does. */
const struct xausl_release *xausl_module_for(const struct xausl_check *c, const xmlNode *root);
/* Rules between two places, and about what a message carries. */
bool xausl_places_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node, const xmlNode *root);
bool xausl_carried_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node);

/* The checks behind the guarded parse; @valid: the schema holds. */
bool xausl_check_schema(struct xausl_check *c, xmlDocPtr doc); /* true: valid */
void xausl_check_code(struct xausl_check *c, const xmlNode *node, bool valid);
void xausl_check_frame(struct xausl_check *c, const xmlNode *root, bool valid);
/* Which rules hold for the message; then those that begin at one element. */
void xausl_rules_begin(struct xausl_check *c);
void xausl_check_rules(struct xausl_check *c, const xmlNode *node, const xmlNode *root);
void xausl_rule_found(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node);

#endif
