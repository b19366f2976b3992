/* SPDX-License-Identifier: Apache-2.0 */
/* file - key, password and certificate files: whole, bounded, with checked rights; and files written whole or not at all */
#ifndef OSCI_BASE_FILE_H
#define OSCI_BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"

struct osci_err;

/* Appends a regular file of at most @max octets to @out; @private: its mode must be 0600 or 0400. */
int osci_file_read(const char *path, size_t max, bool private, struct osci_buf *out, struct osci_err *err);

/*
 * Replaces @path by these octets: who reads it finds the old file or the whole new one.  "PATH.new" is in between, and must be
 * no link; OSCI_E_USAGE if @path is a link, a device or a folder.  @durable: the octets are on the disk before the name
 * changes; not needed for what another process waits for.
 */
int osci_file_replace(const char *path, const void *data, size_t len, mode_t mode, bool durable, struct osci_err *err);

#endif
