/* SPDX-License-Identifier: Apache-2.0 */
/* prepare - makes persons, sites, teachers and courses for one case of an acceptance test */
#ifndef COURSE_PREPARE_H
#define COURSE_PREPARE_H

#include "course/accept.h"

#define COURSE_PREPARED_PREFIX "98" /* of Kennziffern of test cases */

/* In the caller's transaction. */
int course_prepare(struct course *c, const struct course_user *user, int64_t round, const struct course_booklet_case *b,
		   struct osci_err *err);

#endif
