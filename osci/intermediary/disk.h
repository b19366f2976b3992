/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk - is there room for what an order brings?
 *
 * Asked before a delivery is taken, so that the protocol's answer comes before the database meets a full disk, and what
 * confirms, removes or reports still finds room.
 */
#ifndef OSCI_INTERMEDIARY_DISK_H
#define OSCI_INTERMEDIARY_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct im_disk {
	uint64_t min_free; /* octets that stay free; 0 = all may be used */
	unsigned max_used; /* percent of what programs without privileges can use; 0 or 100 = all */
};

/* Free octets of the file system that holds @path (a file, that may be missing yet, or a directory); -errno. */
int im_disk_free(const char *path, uint64_t *ret_free, unsigned *ret_used_percent);
/* Would @octets more leave less than @mark? False if nothing can be found out: the write itself will tell. */
bool im_disk_low(const struct im_disk *mark, const char *path, uint64_t octets);

#endif
