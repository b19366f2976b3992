/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ordered - the request a case orders against the one that others' software sent
 *
 * Both in neutral names.  What the software had no order for must not be there, but for what is its own business: who sent it
 * (the frame, and contact and file reference if the case names none), and names of codes.  No I/O.
 */
#ifndef CF_RUN_ORDERED_H
#define CF_RUN_ORDERED_H

#include <stddef.h>
#include <jansson.h>

#define CF_ORDERED_DEPTH_MAX 32
#define CF_ORDERED_NAME_MAX  256

/* @ordered, @seen NULL: not there.  Other than 0 ends the comparison. */
typedef int cf_difference_fn(void *arg, const char *name, const json_t *ordered, const json_t *seen);
/*
 * Tells each difference by its dotted name, list entries from 1.  0, or what @tell said; OSCI_E_LIMIT: nested deeper than
 * CF_ORDERED_DEPTH_MAX.
 */
int cf_ordered(const json_t *ordered, const json_t *seen, cf_difference_fn *tell, void *arg);
/* Calls @leaf for each value that is no object or list, by its dotted name; the same results. */
int cf_leaves(const json_t *value, int (*leaf)(void *arg, const char *name, const json_t *value), void *arg);

#endif
