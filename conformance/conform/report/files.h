/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - reports on disk: whole or not at all, with a list of checksums
 */
#ifndef CF_REPORT_FILES_H
#define CF_REPORT_FILES_H

#include "base/buf.h"

#include <osci/err.h>

#define CF_SUMS_FILE "SHA256SUMS"
#define CF_SIGNATURE_FILE "SHA256SUMS.p7s"
#define CF_SUMS_MAX (64u << 10) /* octets of the list */

/* "DIR/NAME" into @out; OSCI_E_USAGE if too long. */
int cf_file_path(char out[4096], const char *dir, const char *name, struct osci_err *err);
/* Hexadecimal SHA-256 of octets. */
int cf_sha256(char out[65], const void *data, size_t len);

#endif
