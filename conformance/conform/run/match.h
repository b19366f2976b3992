/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match - a value against what a case expects
 *
 * Lists are matched by true assignment: the order of entries does not decide, and no entry counts twice.  No I/O.
 */
#ifndef CF_RUN_MATCH_H
#define CF_RUN_MATCH_H

#include <jansson.h>

#include "case/case.h"

#define CF_FITS_DEPTH_MAX 32 /* matchers in matchers; case files end before */

/* @have NULL: absent.  @captures: object, name to value.  1 fits, 0 does not, -ENOMEM. */
int cf_fits(const struct cf_match *m, const json_t *have, const json_t *captures);
/* Do all fit in the object @have?  1, -ENOMEM; 0: *@which (may be NULL) is the first that does not. */
int cf_all_fit(const struct cf_expecteds *e, const json_t *have, const json_t *captures,
	       const struct cf_expected **which);
/* What a matcher says, as the case format writes it, captures beside their value; new reference, NULL without memory.
 */
json_t *cf_match_words(const struct cf_match *m, const json_t *captures);
/* Does the value hold anything: any value but objects and lists, or such a one in them?  NULL: no. */
bool cf_value_there(const json_t *value);

#endif
