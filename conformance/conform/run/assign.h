/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assign - each wanted entry gets an entry of its own: a matching in a bipartite graph
 */
#ifndef CF_RUN_ASSIGN_H
#define CF_RUN_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#define CF_ASSIGN_MAX 1024 /* of either side */

/*
 * Can @n_want entries each be given another one of @n_have, such that fits(arg, want, have) holds for each pair?
 * 1 yes, 0 no, -ENOMEM.  @left (may be NULL) is then one that found none.  Entries beyond CF_ASSIGN_MAX are not
 * looked at.
 */
int cf_assign(size_t n_want, size_t n_have, bool (*fits)(void *arg, size_t want, size_t have), void *arg,
	      size_t *left);

#endif
