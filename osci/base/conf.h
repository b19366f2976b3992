/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf - configuration file: YAML read by a typed table
 *
 * A program describes its file as one table of items; reading, checking, default
 * values, `check --config` and the manual page come from that table.  Refused with
 * FILE:LINE:COLUMN: unknown keys, keys twice, wrong types, values out of range,
 * missing required items, anchors, aliases, tags, merge keys, second documents.
 * All problems of a file are reported, not the first only.
 */
#ifndef OSCI_BASE_CONF_H
#define OSCI_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>

enum conf_type {
	CONF_TEXT,     /* min..max = octets */
	CONF_INT,      /* min..max = value */
	CONF_BOOL,     /* true | false */
	CONF_DURATION, /* ms; written 500ms, 30s, 5m, 12h, 7d; min..max in ms */
	CONF_SIZE,     /* octets; written 64KiB, 100MiB, 4096 */
	CONF_PATH,     /* relative paths are relative to the folder of the file */
	CONF_ENUM,     /* one of @choices, separated by | */
};

#define CONF_REQUIRED 1u
#define CONF_FILE_EXISTS 2u /* CONF_PATH must name a readable file */

struct conf_item {
	const char *path; /* "bus.endpoint", "offices[].sign.p12"; [] marks a list of mappings,
			     "offices[].clients[]" a list of scalars */
	enum conf_type type;
	unsigned flags;
	int64_t min, max;
	const char *preset;  /* default as written in a file; NULL = none */
	const char *choices; /* CONF_ENUM */
	const char *help;    /* one sentence, used in the manual page and in errors */
};

struct conf;

#define CONF_FILE_MAX (1024 * 1024)
#define CONF_PROBLEMS_MAX 64

/*
 * Reads @path under @table (ended by path NULL).  0, -errno, or OSCI_E_CONFIG with the
 * first problem in @err; all of them by conf_problem().  @ret is set in both cases 0
 * and OSCI_E_CONFIG.
 */
int conf_read(struct conf **ret, const struct conf_item *table, const char *path,
	      struct osci_err *err);
void conf_freep(struct conf **c);
size_t conf_problems(const struct conf *c);
const char *conf_problem(const struct conf *c, size_t i); /* "FILE:LINE:COL: text" */
/* A program's own check adds its finding at the place of @path. */
void conf_add_problem(struct conf *c, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Number of entries of a list: conf_count(c, "offices"), conf_count(c, "offices[2].clients"). */
size_t conf_count(const struct conf *c, const char *path);
bool conf_has(const struct conf *c, const char *path); /* written in the file */
/* Values by concrete path, "offices[0].key"; the preset where the file has none; "" / 0 / false without one. */
const char *conf_text(const struct conf *c, const char *path);
int64_t conf_int(const struct conf *c, const char *path); /* INT, DURATION, SIZE */
bool conf_bool(const struct conf *c, const char *path);
/* The same with a printf path: conf_textf(c, "offices[%zu].key", i). */
const char *conf_textf(const struct conf *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int64_t conf_intf(const struct conf *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "FILE:LINE:COL" of an item, for later errors (a key file that cannot be opened). */
void conf_place(const struct conf *c, const char *path, char *out, size_t size);

/* Number of an INT, DURATION (in ms) or SIZE as written; OSCI_E_MALFORMED otherwise. */
int conf_number(enum conf_type type, const char *text, int64_t *ret);

#endif
