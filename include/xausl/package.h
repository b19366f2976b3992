/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/package.h - official release packages: import, and the frame of any message
 *
 * A package is what the publisher hands out: schema documents, code lists, a catalogue.  Imported, it lies beside the
 * modules of this project, in a folder of the same form, and can be asked for its verdict
 * (struct xausl_check_opts, imported).  It holds every message type of its release and knows no rules beyond schema and
 * code lists.
 */
#ifndef XAUSL_PACKAGE_H
#define XAUSL_PACKAGE_H

#include <xausl/schema.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* --- import ----------------------------------------------------------- */

struct xausl_import {
	const char *source;      /* archive (ZIP) or folder */
	const char *work;        /* an empty folder of the caller's, which becomes the release folder */
	const char *sha256;      /* 64 hexadecimal digits it must have; NULL = not known */
	const char *version;     /* release it must be; NULL = by its namespace */
	const struct xausl *own; /* calendar and modules it is held against */
	int64_t now_ms;          /* recorded as the time of import */
};

/*
 * Reads the package and writes the release folder into @in->work.  Nothing is fetched, nothing outside of the source is
 * read, nothing outside of the folder written.  OSCI_E_MALFORMED, OSCI_E_LIMIT, OSCI_E_CONFIG with the file and the cause
 * in @err.  The schema has not been compiled yet: xausl_package_open() does it, best in a process with limits.
 */
int xausl_import_prepare(const struct xausl_import *in, struct osci_err *err);

/* --- imported packages ------------------------------------------------ */

/* One imported package alone: every file as the manifest has its checksum, schema compiled. */
struct xausl_package;
int xausl_package_open(struct xausl_package **ret, const char *folder, struct osci_err *err);
void xausl_package_freep(struct xausl_package **p);

struct xausl_package_info {
	const char *version, *namespace_uri;
	const char *source;    /* name of the archive or folder */
	const char *sha256;    /* of the archive, or of the list of the files of the folder */
	const char *publisher; /* who vouches for it: "not verified" or "checksum given at import" */
	const char *imported;  /* UTC */
	bool folder;           /* it was a folder */
	size_t messages, lists, namespaces;
};
void xausl_package_info(const struct xausl_package *p, struct xausl_package_info *ret);
/* Code lists the schema names and the package does not hold: codes of these pass unchecked. NULL behind the last. */
const char *xausl_package_missing_list(const struct xausl_package *p, size_t i);
/* Message @i: its number, root element and namespace; false behind the last. */
bool xausl_package_message(const struct xausl_package *p, size_t i, const char **number, const char **root,
			   const char **ns);

/*
 * Opens every package below @folder (one folder per release) and puts it beside the module of its release; to be called
 * once, before @x is used.  A folder that is not there holds none.  A defect ends it with an error: an office that relies
 * on a package must not run without.
 */
int xausl_open_imported(struct xausl *x, const char *folder, struct osci_err *err);
/* The package beside a release; NULL if none. */
const struct xausl_package *xausl_release_package(const struct xausl_release *r);

/* --- the frame of any message ----------------------------------------- */

/* What every message with a nachrichtenkopf.g2g says of itself; texts are "" where an element is missing or empty. */
struct xausl_head {
	const char *root, *namespace_uri;
	const char *number;       /* digits at the end of the name of the root element */
	const char *uuid;         /* nachrichtenUUID */
	const char *type;         /* code of nachrichtentyp */
	const char *type_list, *type_version;
	const char *standard, *version; /* attributes of the root element */
	bool test;                /* attribute test is there, whatever it says */
	const char *created;      /* erstellungszeitpunkt */
	int64_t created_ms;       /* the same; -1 if it is no instant */
	const char *author_key, *author_name, *reader_key, *reader_name;
	const char *trigger_uuid; /* ausloeserUUID, or that of the message a rejection names (idNachricht) */
	void *priv;
};

/*
 * Reads the frame without knowing the release: for messages no mapping knows.  The message passes the guards of every
 * reader and nothing else; it is not validated.  OSCI_E_MALFORMED if there is no nachrichtenkopf.g2g or no uuid.
 */
int xausl_read_frame(struct xausl_head **ret, const void *data, size_t len, const struct osci_limits *limits,
		     struct osci_err *err);
void xausl_head_freep(struct xausl_head **h);

/*
 * The message as field "original" of a rejection takes it: uuid, message, created, and list and list_version if it says
 * them.  *@ret NULL if the head cannot be repeated: then the message was not valid and need not be named.  0 or -ENOMEM.
 */
int xausl_head_original(json_t **ret, const struct xausl_head *h);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
