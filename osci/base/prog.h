/* SPDX-License-Identifier: Apache-2.0 */
/* prog - what every program does first */
#ifndef OSCI_BASE_PROG_H
#define OSCI_BASE_PROG_H

#include <osci/err.h>

/*
 * No core file, no tracing by others, nothing that others may read: keys and contents are in this process.  Private
 * keys in locked memory that no core file and no child sees.  Before the first thread, the first file and osci_init().
 * Once per process.
 */
int osci_prog_protect(struct osci_err *err);

#endif
