/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/schema.h - releases of the standard XAusländer: calendar, schema modules,
 * code lists, validation, and the mapping between office data and XML
 *
 * A release is a folder of data (xausl-schemas/RELEASE); the calendar is data (versions/).  No C
 * file knows a release.  A struct xausl and what it holds is read-only after xausl_open() and may be
 * used from several threads.
 */
#ifndef XAUSL_SCHEMA_H
#define XAUSL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include <osci/err.h>
#include <osci/limits.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct xausl;
struct xausl_release;

/* @schemas: folder with one folder per release; @versions: folder with the calendar. OSCI_E_CONFIG on any defect. */
int xausl_open(struct xausl **ret, const char *schemas, const char *versions, struct osci_err *err);
void xausl_freep(struct xausl **x);

/* --- calendar --------------------------------------------------------- */

/* Every known release, oldest first; a release may have no module here. */
size_t xausl_release_count(const struct xausl *x);
const struct xausl_release *xausl_release_get(const struct xausl *x, size_t i);
const struct xausl_release *xausl_release_find(const struct xausl *x, const char *version);
const struct xausl_release *xausl_release_by_namespace(const struct xausl *x, const char *ns);
/*
 * The release in force at an instant (ms since 1970): effective from 00:00 Europe/Berlin of its day until
 * the next one.  NULL before the first or if the one in force has no certain date.  What is sent to a partner and
 * accepted from it then: xausl/calendar.h.
 */
const struct xausl_release *xausl_release_at(const struct xausl *x, int64_t now_ms);
const char *xausl_release_version(const struct xausl_release *r);   /* "26.11" */
const char *xausl_release_namespace(const struct xausl_release *r);
const char *xausl_release_effective(const struct xausl_release *r); /* "2026-11-01" or "" if not known */
const char *xausl_release_certainty(const struct xausl_release *r); /* "confirmed", "derived", "unknown" */
bool xausl_release_has_module(const struct xausl_release *r);

/*
 * What a reader of messages takes.  The largest message of the standard has a few ten thousand octets; a check of a
 * larger one would cost seconds for the sender's few.  A caller's stricter limits hold, looser ones do not.
 */
#define XAUSL_MESSAGE_MAX 1048576u /* octets of one message, without base64 it carries */
#define XAUSL_ROW_MAX 2000u        /* elements of one name in a row; more are worth a warning */
#define XAUSL_TEXT_MAX 100000u     /* octets of one text value */
#define XAUSL_OCTETS_MAX 2097152u  /* octets of one value of base64: a message within a message */
#define XAUSL_DOCUMENT_MAX (XAUSL_MESSAGE_MAX + XAUSL_OCTETS_MAX)

/* --- validation ------------------------------------------------------- */

/*
 * VALID: every check ran and found no error; there may be warnings and hints.  INVALID: at least one error.
 * NOT_CHECKED: a check could not be carried out, whatever the others found.
 */
enum xausl_verdict { XAUSL_VALID, XAUSL_INVALID, XAUSL_NOT_CHECKED };

/* error: breaks the standard; warning: likely to cause trouble; hint: the documentation recommends another way. */
enum xausl_level { XAUSL_ERROR, XAUSL_WARNING, XAUSL_HINT };

struct xausl_finding {
	const char *id;       /* stable, listed in xausl-schemas/FINDINGS.md: "xml.dtd", "schema.element" ... */
	enum xausl_level level;
	const char *layer;    /* "xml", "frame", "schema", "code", "rule" */
	const char *path;     /* element path from the root, own prefixes, with [n] where needed */
	unsigned line, column; /* 0 = no place */
	const char *what;     /* what is wrong: names of elements and types, never values */
	const char *expected; /* what is expected, or "" */
	const char *standard_code; /* code of Fehlercodes-in-XInneres: X000, X001, S011 ... */
	const char *value_class; /* kind of the value found: "6 digits", "empty", "text of 12 characters"; or "" */
	const char *value;    /* the value itself, cut at XAUSL_SHOWN_MAX octets; NULL unless show_values */
};

struct xausl_report {
	enum xausl_verdict verdict;
	const char *release;          /* whose module checked: "26.11" or "" */
	const char *standard, *version; /* of the message's namespace: "XAusländer", "26.11"; "XInneres-Rueckweisung", "6" */
	const char *message;          /* "ABHBAMF.Teilnahmeberechtigung.070001" or "" */
	const char *number;           /* "070001" or "" */
	bool imported;                /* checked with the imported official package, which knows no rules */
	const struct xausl_finding *findings; /* errors first, then warnings, then hints */
	size_t n_findings;            /* at most XAUSL_FINDINGS_MAX */
	size_t n_errors;              /* of these */
	size_t n_dropped;             /* found beyond these and not kept */
	void *priv;
};
#define XAUSL_FINDINGS_MAX 200
#define XAUSL_SHOWN_MAX 256u /* octets of a value shown */

struct xausl_check_opts {
	const struct xausl_release *release; /* demanded; NULL = by the namespace of the document */
	const struct osci_limits *limits;    /* NULL = defaults */
	bool show_values;                    /* findings carry the value itself: personal data */
	/*
	 * Check with the imported official package of the release.  Without, it is asked only for types of messages that the
	 * module of the release does not have (xausl_open_imported()).
	 */
	bool imported;
	bool without_rules;                  /* leave out the rules of the documentation: schema and code lists alone */
	int64_t now_ms;                      /* for the next two; ms since 1970 */
	int64_t past_ms, future_ms;          /* tolerated age and advance of the time of creation, 0 = not checked */
	int direction;                       /* 1 office to BAMF, -1 BAMF to office, 0 any */
	const char *author_key, *reader_key; /* must be these ("azr:011200"), NULL = any */
	/* Is the message that @trigger_uuid names one of ours?  0 yes, > 0 no, < 0 the check failed.  NULL = not checked. */
	int (*known)(void *arg, const char *trigger_uuid, const char *number);
	void *arg;
};

/*
 * Checks one message: guarded parse, UTF-8, namespace and version attribute, schema, code lists, frame
 * and business rules.  @opts may be NULL.  0 with a report; negative fatal.
 */
int xausl_validate(struct xausl_report **ret, const struct xausl *x, const struct xausl_check_opts *opts,
		   const void *data, size_t len, struct osci_err *err);
void xausl_report_freep(struct xausl_report **r);

/* --- code lists ------------------------------------------------------- */

/* Name of a code, German; NULL if the release's list has no such code. @list: short name ("BAMFABH-Ablehnungsgrund") or listURI. */
const char *xausl_code_name(const struct xausl_release *r, const char *list, const char *code);

/* --- neutral JSON <-> XML --------------------------------------------- */

/* One side of a message: office or BAMF as the frame shows it. */
struct xausl_party {
	const char *key;  /* "azr:011200" */
	const char *name;
	const char *street, *house_number, *postcode, *town; /* anschrift; street NULL = block left out (leser only) */
	const char *channel_type, *channel_value;            /* erreichbarkeit; type NULL = left out (leser only) */
};

struct xausl_frame {
	const char *uuid;          /* nachrichtenUUID */
	int64_t created_ms;        /* erstellungszeitpunkt, written in Europe/Berlin with ms */
	const char *trigger_uuid;  /* ausloeserUUID or NULL */
	struct xausl_party author, reader;
	const char *product, *vendor, *product_version; /* root attributes; version NULL = left out */
	bool test;                 /* root attribute test="true" */
};

/*
 * Builds the XML of message @number from neutral fields: nested objects named as in the tables
 * "Fields an office sends / receives" of the bus manual (person.address.town).  0: *@ret malloc()ed, valid UTF-8
 * XML.  OSCI_E_MALFORMED: the fields are wrong; *@errors is a JSON array of {field, code, standard_code?, text},
 * all problems at once: missing, empty, invalid, too_many, unknown_code, code_not_allowed, unknown_field, unknown_message.
 */
int xausl_build(char **ret, size_t *ret_len, const struct xausl_release *r, const char *number, const json_t *fields,
		const struct xausl_frame *frame, json_t **errors, struct osci_err *err);

/*
 * Reads a valid message into neutral JSON: envelope fields message, uuid, created, release, author.key,
 * author.name, reader.key, trigger (ausloeserUUID), and the fields of the message.
 */
int xausl_read(json_t **ret, const struct xausl_release *r, const void *data, size_t len,
	       const struct osci_limits *limits, struct osci_err *err);

/* One field of a message as `xausl fields` shows it; xausl-bus(7) explains the words. */
struct xausl_field {
	const char *name; /* "person.nationalities[]" */
	const char *type; /* "text", "name", "pdate", "bool", "code(Staatsangehoerigkeit)" ... */
	const char *when; /* it is required: "yes", "no", "with contact" ... */
	const char *path; /* elements below the root, "" = none */
};
/* Field @i of message @number; false behind the last, or if the release has no such message. */
bool xausl_field_get(const struct xausl_release *r, const char *number, size_t i, struct xausl_field *ret);
/* The field of that name, list entries as []; false if there is none. */
bool xausl_field_find(const struct xausl_release *r, const char *number, const char *name, struct xausl_field *ret);
/*
 * Can the field have this value?  0: yes.  OSCI_E_EMPTY: no such field.  OSCI_E_MALFORMED: no; *@expected (static, may be
 * NULL) says what it looks like, *@code is "invalid", "unknown_code" or "code_not_allowed".  What depends on other fields is
 * not looked at.
 */
int xausl_field_check(const struct xausl_release *r, const char *number, const char *name, const json_t *value,
		      const char **code, const char **expected);

/* Does this release have the message, and which way does it go? 1 office to BAMF, -1 BAMF to office, 2 both, 0 unknown. */
int xausl_message_direction(const struct xausl_release *r, const char *number);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
