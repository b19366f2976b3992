/* SPDX-License-Identifier: Apache-2.0 */
/* file - key, password and certificate files: whole, bounded, with checked rights */
#ifndef OSCI_BASE_FILE_H
#define OSCI_BASE_FILE_H

#include "base/buf.h"

struct osci_err;

/* Appends a regular file of at most @max octets to @out; @private: its mode must be 0600 or 0400. */
int osci_file_read(const char *path, size_t max, bool private, struct osci_buf *out, struct osci_err *err);

#endif
