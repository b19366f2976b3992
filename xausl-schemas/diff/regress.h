/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regress - one request through two releases; the result is kept as JSON, in the form of README.md
 */
#ifndef XAUSL_DIFF_REGRESS_H
#define XAUSL_DIFF_REGRESS_H

#include <xausl/diff.h>

#include "base/buf.h"
#include "engine/release.h"

#define REGRESS_CHANGES_MAX 500u  /* of one request */
#define REGRESS_ITEMS_MAX 100000u /* requests of one run */
#define REGRESS_DEPTH_MAX 256u    /* of elements, and of JSON */

struct xausl_regress {
	const struct xausl_release *from, *to;
	bool show_values;
	json_t *files; /* in the order they came */
	json_t *item;  /* the one at hand; owned by files */
	bool no_memory, too_many;
};

/* Made up, the right way round for the message. */
struct xausl_frame regress_frame(const struct xausl_regress *g, const char *number);
/*
 * A change of the request at hand.  @what: "verdict", "xml", "meaning", "required", "lost", "code", "value", "allowed",
 * "finding"; @from and @to are kept only with show_values and may be NULL.
 */
void regress_note(struct xausl_regress *g, const char *what, const char *change, const char *place, const char *text,
		  const char *from, const char *to);
/* Differences of two valid documents, but for namespace and version of the release. */
int regress_compare_xml(struct xausl_regress *g, const char *a, size_t a_len, const char *b, size_t b_len,
			struct osci_err *err);
void regress_compare_json(struct xausl_regress *g, const json_t *a, const json_t *b);
/*
 * The message as one of the other release: namespace and version attribute are those of it.  *@ret is NULL if it is no
 * XML, and *@foreign true if it is a message of neither the first release nor a base module.
 */
int regress_rewrite(const struct xausl_regress *g, const char *data, size_t len, char **ret, size_t *ret_len, bool *foreign,
		    struct osci_err *err);

/* Made from the files: counts, and which fields and codes the changes are about. */
json_t *regress_summary(const struct xausl_regress *g);

#endif
