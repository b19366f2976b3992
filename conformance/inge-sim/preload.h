/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preload - persons and records InGe holds before anything comes, from a file
 *
 * Format: conformance/README.md.  All or nothing; an entry that was loaded before (octet-equal after
 * normalising the notation) is passed over, so a restart with the same file changes nothing.
 */
#ifndef SIM_PRELOAD_H
#define SIM_PRELOAD_H

#include <xausl/schema.h>

#include "store/store.h"

/* OSCI_E_CONFIG with FILE:LINE:COLUMN. @ret_n (may be NULL): entries new in the store. */
int sim_preload(struct sim_store *st, const struct xausl *x, const char *path, size_t *ret_n, struct osci_err *err);

#endif
