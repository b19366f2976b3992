/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package-priv - the steps of an import: collect the files, sort them by what they are, write a release folder
 *
 * Everything is written below one folder that was empty; nothing in it bears a name from the package but the short
 * names of code lists, cut to plain characters.
 */
#ifndef XAUSL_ENGINE_PACKAGE_PRIV_H
#define XAUSL_ENGINE_PACKAGE_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <libxml/tree.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "engine/zip.h"

#define PKG_SUM 65 /* hexadecimal SHA-256 and NUL */
#define PKG_XSD_TOTAL_MAX  (32u << 20) /* schema documents together, as published */
#define PKG_XML_MAX        (16u << 20) /* another XML document */
#define PKG_XML_ELEMENTS   200000u
#define PKG_REFS_MAX       512u        /* includes and imports of one document */
#define PKG_CATALOG_MAX    2000u
#define PKG_ENTRY          "entry.xsd"        /* imports every namespace */
#define PKG_ENTRY_PREFIX   "entry"
#define PKG_ENTRY_NS       "urn:xausl:entry"

enum pkg_kind { PKG_OTHER, PKG_XSD, PKG_XML, PKG_CSV };

/* A file of the package; its octets are in the working folder under its number. */
struct pkg_file {
	char *path; /* as in the package, '/' between folders */
	enum pkg_kind kind;
	uint64_t size;
	char sum[PKG_SUM];
	bool used; /* part of the release */
};

struct pkg_ref {
	bool include;
	char *ns, *location; /* either may be "" */
	unsigned line;
	size_t target;       /* index of the document; of the first of its namespace for an import */
};

/* A schema document. */
struct pkg_doc {
	size_t file;         /* index */
	char *ns, *version, *prefix;
	char *standard, *fixed_version; /* of the messages it defines; NULL if it does not say */
	char name[160];      /* below xsd/ */
	struct pkg_ref *refs;
	size_t n_refs;
	size_t same_ns;      /* index of the first document of its namespace */
	bool several;        /* the namespace has more documents; on the first of them */
};

struct pkg_message {
	char number[16];
	char *root;
	size_t doc;
};

struct pkg_location {
	char *from, *path; /* schema location, and the file of the package it stands for */
};

struct pkg {
	const struct xausl_import *in;
	struct osci_err *err;
	int work; /* the working folder */
	struct pkg_file *files;
	size_t n_files;
	size_t *order; /* the files by name, so that an archive and its folder give the same */
	uint64_t total;
	char sum[PKG_SUM]; /* of the archive, or of the list of the folder's files */
	bool folder;
	struct pkg_doc *docs;
	size_t n_docs;
	struct pkg_message *messages;
	size_t n_messages;
	struct pkg_location *locations;
	size_t n_locations;
	char **list_uris;   /* fixed in the schema */
	size_t n_list_uris;
	struct pkg_list *lists;
	size_t n_lists;
	char **octets;      /* elements that hold base64 */
	size_t n_octets;
	struct osci_buf sums; /* rows of the manifest: checksums of what was written */
	const char *version, *ns; /* of the release */
};

/* A code list, as it was written below codelists/. */
struct pkg_list {
	size_t file;
	char name[160];  /* of its file */
	char shown[112]; /* of the list */
	char *uri, *version;
};

/* Fails with the path of the file in the package (and the line, if not 0). */
int pkg_fail(struct pkg *p, int code, const char *path, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
int pkg_no_memory(struct pkg *p);

/* Collects the files of the archive or folder in @p->in->source. */
int pkg_collect(struct pkg *p);
/* The octets of a file, malloc()ed and NUL-terminated. */
int pkg_read(struct pkg *p, size_t file, size_t max, char **ret, size_t *ret_len);
/* Parses a file with the guards for foreign XML. */
int pkg_parse(struct pkg *p, size_t file, size_t max, xmlDocPtr *ret);
int pkg_write(struct pkg *p, const char *folder, const char *name, const void *data, size_t len);

/* A catalogue, a code list, or something else: whatever the root element says. */
int pkg_read_xml(struct pkg *p, size_t file);
int pkg_read_catalog(struct pkg *p, size_t file, const xmlNode *root);
int pkg_read_genericode(struct pkg *p, size_t file, const xmlNode *root);
int pkg_read_csv(struct pkg *p, size_t file);
/* Takes a finished list: name, and rows in the form of this project's lists, the describing ones in @head. */
int pkg_add_list(struct pkg *p, size_t file, const char *name, const char *uri, const char *version,
		 const struct osci_buf *head, const struct osci_buf *rows);

/* All schema documents: what they are, whom they refer to; then their copies below xsd/. */
int pkg_read_schemas(struct pkg *p);
int pkg_write_schemas(struct pkg *p);
/* @location as @doc says it -> index of a document; -1 if the package has none. */
ssize_t pkg_resolve(const struct pkg *p, const struct pkg_doc *doc, const struct pkg_ref *ref);
/* Path of @relative seen from the file @from, within the package; false if it leads out. */
bool pkg_relative(const char *from, const char *relative, char *out, size_t size);
ssize_t pkg_find_file(const struct pkg *p, const char *path);

/* Name below xsd/ of the document that stands for a namespace; @first: its first document. */
void pkg_namespace_name(const struct pkg *p, size_t first, char *out, size_t size);

/* Which release it is, and that it does not contradict ours; then the manifest. */
int pkg_choose_release(struct pkg *p);
int pkg_write_manifest(struct pkg *p);
void pkg_add_field(struct osci_buf *b, const char *s); /* one field of a table, in quotes */
void pkg_clear(struct pkg *p);

#endif
