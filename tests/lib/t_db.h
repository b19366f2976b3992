/* SPDX-License-Identifier: Apache-2.0 */
/* t_db - an intermediary's database and the files beside it, seen from outside */
#ifndef T_DB_H
#define T_DB_H

#include <stddef.h>

void t_db_remove(const char *path);         /* database, journal, lock, files */
size_t t_db_files(const char *path);        /* number of files beside it */
/* Full name of the n-th file beside it; "" if there is none. Static. */
const char *t_db_file(const char *path, size_t n);

#endif
