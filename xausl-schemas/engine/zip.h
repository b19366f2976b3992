/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip - bounded reading of an archive from strangers
 *
 * The layout is read first: one end record at the very end, at most XAUSL_ENTRIES_MAX entries that fill the file from
 * its first octet without gap or overlap, the local header of each equal to its row in the directory; plain files and
 * folders, stored or deflated, with safe names, none twice.  libzip then unpacks, and has to see the same entries.
 * Sizes are counted while unpacking; what the archive says of itself is a bound, never a fact.
 */
#ifndef XAUSL_ENGINE_ZIP_H
#define XAUSL_ENGINE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>

#define XAUSL_ZIP_BYTES_MAX     (64u << 20)  /* the archive */
#define XAUSL_ZIP_DIRECTORY_MAX (2u << 20)   /* its directory */
#define XAUSL_ENTRIES_MAX       2000u
#define XAUSL_UNPACKED_MAX      (200u << 20) /* all entries together */
#define XAUSL_RATIO_MAX         100u         /* octets out of one octet, per entry */
#define XAUSL_NAME_MAX          255u         /* octets of a name with its folders */
#define XAUSL_NAME_DEPTH_MAX    16u          /* folders in a name, and one */

struct xausl_zip;

/* @fd stays the caller's and has to live as long.  @name is for errors.  OSCI_E_MALFORMED or OSCI_E_LIMIT on any defect. */
int xausl_zip_open(struct xausl_zip **ret, int fd, const char *name, struct osci_err *err);
void xausl_zip_freep(struct xausl_zip **z);

size_t xausl_zip_count(const struct xausl_zip *z);
const char *xausl_zip_name(const struct xausl_zip *z, size_t i); /* a folder's ends with '/' */
bool xausl_zip_is_folder(const struct xausl_zip *z, size_t i);

/* Unpacks entry @i piece by piece; what @sink returns other than 0 ends it. */
typedef int (*xausl_sink)(void *arg, const void *data, size_t len);
int xausl_zip_read(struct xausl_zip *z, size_t i, xausl_sink sink, void *arg, struct osci_err *err);

/* NULL, or why @name is no safe name of a file: relative, UTF-8, printable, the same file on every system. */
const char *xausl_name_wrong(const char *name, size_t len);
/* Order in which names that a system without upper and lower case would take for one are equal (ASCII). */
int xausl_name_compare(const char *a, const char *b);

#endif
