/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - the messages a command is given: files, and folders with files *.xml
 */
#ifndef XAUSL_CLI_FILES_H
#define XAUSL_CLI_FILES_H

#include "engine/csv.h"

/*
 * Calls @fn for the file, or for all *.xml below the folder, in the order of their names; symbolic links to folders are
 * not followed.  0; what @fn returned, if it is not 0, at once; 1 after standard error was told of a folder that could not
 * be read or holds no such file.
 */
int xausl_cli_files(const char *path, int (*fn)(const char *file, void *ud), void *ud);

#endif
