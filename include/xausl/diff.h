/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/diff.h - what one release changes against another
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

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
