/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool - what a server sets besides the configuration of a spool
 */
#ifndef OSCI_BLOB_SPOOL_H
#define OSCI_BLOB_SPOOL_H

#include <osci/blob.h>

/*
 * So many octets of its disk stay free: what would leave fewer is OSCI_E_LIMIT.  Whoever can send large bodies must not
 * fill the disk of others.  0, as at first: any number.  Set before the spool is used.
 */
void osci_spool_keep_free(struct osci_spool *s, uint64_t octets);

#endif
