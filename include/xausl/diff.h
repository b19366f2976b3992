/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/diff.h - what one release changes against another, and what that does to requests
 *
 * Made from the schema documents, code lists, rules and mapping tables of two releases in memory; nothing is read or
 * written.  What every release changes of necessity, its namespace and its version, is no difference.
 */
#ifndef XAUSL_DIFF_H
#define XAUSL_DIFF_H

#include <xausl/report.h>
#include <xausl/schema.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum xausl_diff_kind {
	XAUSL_DIFF_RELEASE,    /* what holds for the release as a whole, and its namespaces */
	XAUSL_DIFF_MESSAGE,    /* root element, author, what it answers */
	XAUSL_DIFF_ELEMENT,    /* of messages, and their attributes (@NAME) */
	XAUSL_DIFF_FIELD,      /* of the neutral JSON */
	XAUSL_DIFF_LIST,
	XAUSL_DIFF_CODE,       /* of a list */
	XAUSL_DIFF_RULE,
	XAUSL_DIFF_CHARACTERS, /* a text may hold */
};
enum xausl_diff_change { XAUSL_DIFF_NEW, XAUSL_DIFF_GONE, XAUSL_DIFF_CHANGED, XAUSL_DIFF_MOVED };

/* Texts are never NULL.  Each difference is named once, with all messages it concerns. */
struct xausl_difference {
	enum xausl_diff_kind kind;
	enum xausl_diff_change change;
	const char *const *messages; /* numbers, in order; none: no message in particular */
	size_t n_messages;
	const char *owner;    /* of a code: its list; else "" */
	const char *place;    /* path from the root element ("" = it), field, list, code, rule */
	const char *property; /* what of it changed: "occurs", "maxLength", "required", "version"; "" if new, gone, moved */
	const char *from, *to;
};

struct xausl_diff {
	const char *from, *to; /* releases */
	const struct xausl_difference *list; /* in a fixed order: release, messages, parts of messages, lists, rules */
	size_t n;
	bool schema_only; /* one of the two is an official package: rules, mapping, authors and answers not compared */
	void *priv;
};

/*
 * Both need a module, or an imported package instead.  OSCI_E_CONFIG: one has neither, or its schema cannot be followed;
 * OSCI_E_LIMIT: more than XAUSL_DIFF_ROWS_MAX facts about one of them, or elements deeper than XAUSL_DIFF_DEPTH_MAX;
 * -ENOMEM.
 */
int xausl_diff(struct xausl_diff **ret, const struct xausl_release *from, const struct xausl_release *to,
	       struct osci_err *err);
void xausl_diff_freep(struct xausl_diff **d);
#define XAUSL_DIFF_ROWS_MAX 4000000u
#define XAUSL_DIFF_DEPTH_MAX 64u

/* TEXT, JSON (one object) or HTML; *@ret is malloc()ed and NUL-terminated.  OSCI_E_USAGE for another format. */
int xausl_diff_render(char **ret, size_t *ret_len, enum xausl_report_format format, const struct xausl_diff *d,
		      struct osci_err *err);

/* --- requests through two releases -------------------------------------- */

/*
 * Collects what requests and messages become in two releases, both with a module.  Fields, paths and kinds of change are
 * kept; values, which are personal data, with @show_values alone.
 */
struct xausl_regress;
int xausl_regress_open(struct xausl_regress **ret, const struct xausl_release *from, const struct xausl_release *to,
		       bool show_values, struct osci_err *err);
void xausl_regress_freep(struct xausl_regress **g);

/*
 * Each adds one item, also if the item could not be processed (then it is trouble, and never unchanged).  0; -ENOMEM or
 * OSCI_E_LIMIT: the run is void.  A request is an object as an office sends it, with "message"; a message is XML of the first
 * release.
 */
int xausl_regress_request(struct xausl_regress *g, const char *name, const json_t *request, struct osci_err *err);
int xausl_regress_message(struct xausl_regress *g, const char *name, const void *data, size_t len, struct osci_err *err);
int xausl_regress_trouble(struct xausl_regress *g, const char *name, const char *text, struct osci_err *err);
/*
 * Artificial requests for every message of the first release, made from its tables, until every field has been in one
 * the release takes; codes the second release does not have are preferred.  The same in every run.
 */
int xausl_regress_built_in(struct xausl_regress *g, struct osci_err *err);
/* Every message of the first release no item so far is about becomes trouble; so do fields no built-in request has. */
int xausl_regress_complete(struct xausl_regress *g, struct osci_err *err);

struct xausl_regress_count {
	size_t items, unchanged, changed, trouble;
};
struct xausl_regress_count xausl_regress_count(const struct xausl_regress *g);
/* TEXT, JSON or HTML, as xausl_diff_render(). */
int xausl_regress_render(char **ret, size_t *ret_len, enum xausl_report_format format, const struct xausl_regress *g,
			 struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
