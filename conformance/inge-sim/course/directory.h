/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory - course providers, their sites and teachers, and test institutes, from a YAML file
 *
 * Read at each start.  What the file no longer names stays, for courses may refer to it.
 */
#ifndef COURSE_DIRECTORY_H
#define COURSE_DIRECTORY_H

#include <xausl/schema.h>

#include "store/store.h"

/* OSCI_E_CONFIG with FILE:LINE:COLUMN; all or nothing.  What could not stand in a message to an office is refused. */
int course_directory_load(struct sim_store *st, const struct xausl *x, const char *path, struct osci_err *err);

#endif
