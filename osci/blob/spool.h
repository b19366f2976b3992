/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool - what a server does with a spool besides configuring it
 */
#ifndef OSCI_BLOB_SPOOL_H
#define OSCI_BLOB_SPOOL_H

#include <osci/blob.h>

/*
 * So many octets of its disk stay free: what would leave fewer is OSCI_E_LIMIT.  Whoever can send large bodies must not
 * fill the disk of others.  0, as at first: any number.  Set before the spool is used.
 */
void osci_spool_keep_free(struct osci_spool *s, uint64_t octets);

/* What has at most so many octets stays in memory; SIZE_MAX if everything does. @s may be NULL. */
size_t osci_spool_memory(const struct osci_spool *s);

/*
 * A name for the file of a spool that @b is made of, in the folder @dir of the same file system, so that its octets need
 * not be copied to stay; they are never written again.  OSCI_E_USAGE if @b is no such file, negative if the system has no
 * name to give: then only copying helps.  Neither file nor name is synced.
 */
int osci_blob_link(const struct osci_blob *b, int dir, const char *name);

#endif
