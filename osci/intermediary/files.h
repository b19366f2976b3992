/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - large octets beside the database: one private directory, one file per run of octets
 *
 * Names are ours, random, and nothing of a message is in them.  A file is written once, synced, and named in a row
 * of the database only after that; the row decides whether it counts.  What no row names is left over from a crash
 * and goes when the store opens.  Thread-safe.
 */
#ifndef OSCI_INTERMEDIARY_FILES_H
#define OSCI_INTERMEDIARY_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include <osci/blob.h>
#include <osci/err.h>
#include <osci/message.h>

#define IM_FILE_NAME 34 /* "f-" and 128 random bits in hex */

struct im_files {
	int dir; /* held open: every access is relative to it */
};

/* Name of the directory: "@database.files", malloc()ed. */
int im_files_path(char **ret, const char *database);
/* Opens it, made with mode 0700 if missing; a link or another's directory is refused. */
int im_files_open(struct im_files *f, const char *database, struct osci_err *err);
void im_files_close(struct im_files *f);
/*
 * Octets of @part (blob or data) into a new file, synced; fills part->sha256.  A part that is a file of this file system
 * already, digested when it was written, gets this name instead.  im_files_sync()
 * makes the name durable.
 */
int im_files_write(struct im_files *f, struct osci_part *part, char name[IM_FILE_NAME + 1], struct osci_err *err);
int im_files_sync(struct im_files *f, struct osci_err *err);
/* OSCI_E_MALFORMED if the file is gone or has another length: damage, never an empty answer. */
int im_files_read(struct im_files *f, const char *name, uint64_t len, struct osci_blob **ret, struct osci_err *err);
/*
 * The same without a descriptor of its own: opened for each read, so that a message may have thousands of them.  @f
 * outlives the blob; removed means no longer readable.
 */
int im_files_view(struct im_files *f, const char *name, uint64_t len, struct osci_blob **ret, struct osci_err *err);
/* What is open stays readable. A file that cannot be removed is left for the next start. */
void im_files_remove(struct im_files *f, const char *name);
/* Removes every file of ours that @known does not know: 0 and *ret, or the failure of @known. */
typedef int im_files_known(void *arg, const char *name, bool *ret, struct osci_err *err);
int im_files_sweep(struct im_files *f, im_files_known *known, void *arg, struct osci_err *err);

/* SHA-256 of a part that has none yet. */
int im_part_hash(struct osci_part *part, struct osci_err *err);

#endif
