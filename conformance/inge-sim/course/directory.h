/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory - course providers, their sites and teachers, and test institutes, from a YAML file
 *
 * Read at each start.  What the file no longer names stays, for courses may refer to it.
 */
#ifndef COURSE_DIRECTORY_H
#define COURSE_DIRECTORY_H

#include "store/store.h"

/* OSCI_E_CONFIG with FILE:LINE:COLUMN; all or nothing. */
int course_directory_load(struct sim_store *st, const char *path, struct osci_err *err);

#endif
