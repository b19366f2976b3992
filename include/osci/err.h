/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/err.h - results and the error object of every function in this project
 *
 * A function returns
 *   0          done;
 *   negative   fatal, an errno value negated (-ENOMEM, -EIO ...): passed on
 *              unchanged to the entry point;
 *   positive   a documented outcome (enum osci_result): the message, the peer or
 *              the configuration is at fault; the caller must handle it.
 *
 * struct osci_err is the optional last parameter: it says where and why.  It
 * never holds content of a message, only places, names of elements, sizes and
 * identifiers of the profile, so that it may be logged.
 */
#ifndef OSCI_ERR_H
#define OSCI_ERR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum osci_result {
	OSCI_OK = 0,
	OSCI_E_MALFORMED = 1, /* no valid OSCI message: MIME, XML, structure (fault 9100, 9300) */
	OSCI_E_LIMIT,         /* a named limit of struct osci_limits is exceeded */
	OSCI_E_ALGORITHM,     /* algorithm, transform or URI outside the policy (9601) */
	OSCI_E_SIGNATURE,     /* digest or signature wrong (9601), coverage wrong (9602) */
	OSCI_E_UNSIGNED,      /* a signature is demanded and missing (9600) */
	OSCI_E_UNTRUSTED,     /* certificate unknown, expired, wrong usage (97xx): osci_trust_state() tells which */
	OSCI_E_NO_KEY,        /* encrypted for a certificate we hold no key for (9200) */
	OSCI_E_DECRYPT,       /* decryption failed, one text for every cause (9202) */
	OSCI_E_DIALOG,        /* Response, ConversationId or SequenceNumber wrong (9400) */
	OSCI_E_FAULT,         /* the peer answered with a SOAP fault */
	OSCI_E_FEEDBACK,      /* the peer's last feedback entry is an error */
	OSCI_E_EMPTY,         /* nothing there: no delivery, no card, no row */
	OSCI_E_EXISTS,        /* there already: duplicate id */
	OSCI_E_NETWORK,       /* not reached, timed out, cut off, HTTP garbage */
	OSCI_E_KEYFILE,       /* key or certificate file: password, format, rights, pair */
	OSCI_E_CONFIG,        /* configuration: place is FILE:LINE:COLUMN */
	OSCI_E_USAGE,         /* the caller broke the contract of a function */
	OSCI_E_STATE,         /* not now: the object is in another state */
	OSCI_E_MORE,          /* not an error: call again, more is to come */
	OSCI_E_REVOKED,       /* certificate, or a CA above it, is revoked (9701, 9707) */
	OSCI_E_UNCHECKED,     /* nothing is known of its revocation, and the set demands to know (9710) */
};

#define OSCI_ERR_WHERE_MAX 192
#define OSCI_ERR_WHAT_MAX 256

struct osci_err {
	int code;                       /* the value returned */
	char feedback[8];               /* OSCI code "9601", or "" */
	char where[OSCI_ERR_WHERE_MAX]; /* element path, part, FILE:LINE, byte offset */
	char what[OSCI_ERR_WHAT_MAX];   /* cause, and what was expected */
};

/*
 * Fills @err (may be NULL) and returns @code.  @feedback may be NULL.  @where may
 * be NULL.  Texts are cut at their maximum; control characters become '?'.
 */
int osci_fail(struct osci_err *err, int code, const char *feedback, const char *where,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "9601 soap:Header/osci:ControlBlock: two of them, one expected" into @buf; returns @buf. */
const char *osci_err_text(const struct osci_err *err, char *buf, size_t size);

/* Name of a result code, "OSCI_E_LIMIT" or the errno name; never NULL. */
const char *osci_result_name(int code);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
