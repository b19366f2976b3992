/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incoming - one fetched message while it is understood
 */
#ifndef XGW_AGENT_INCOMING_H
#define XGW_AGENT_INCOMING_H

#include <jansson.h>
#include <osci/message.h>
#include <xausl/package.h>
#include "gateway.h"

#define XGW_REASONS_MAX 16 /* distinct codes in one Rückweisung */
#define XGW_DETAILS_MAX 20 /* texts of one code */

struct incoming {
	struct xgw *g;
	const struct xgw_office *office;
	struct xgw_inbound *row;
	struct osci_message *message;
	struct osci_contents *contents;
	const struct osci_content_item *item; /* in clear; signed by @partner if that is set */
	const struct osci_cert *signer;       /* a pinned certificate */
	const struct xgw_partner *partner;    /* who signed, or with T011 is named as the signer; NULL = nobody we know: gets
					       * no answer */
	char content[65];                     /* SHA-256 of the item */
	struct xgw_known known;
	const struct xausl_release *release;
	struct xausl_head *head;      /* NULL if it has none that can be read */
	json_t *json;                 /* envelope and fields; NULL if it cannot be read */
	const void *xml;              /* what the office gets: the item, or the message inside of a forwarded one */
	size_t xml_len;
	unsigned char *inside;        /* owned: the message inside of a forwarded or rejecting one */
	size_t inside_len;
	struct xgw_request *request;  /* the one it refers to */
	struct xgw_request *root;     /* first of the dialogue; may be @request */
	const char *outcome;          /* name on the bus */
	enum xgw_event event;
	char rejection[37];           /* UUID of the Rückweisung that was written; "" = none */
};

/* What comes of it. */
struct verdict {
	const char *status;   /* NULL = delivered; else "rejected", "unassigned", "repeated" */
	json_t *reasons;      /* of a rejection: [{code, details: [{text}]}], most precise first */
	bool silent;          /* no Rückweisung: the check failed, not the message */
	struct osci_err cause;
};

const char *incoming_text(const json_t *json, const char *object, const char *name);

/*
 * Opens, checks, and finds what it refers to; @v says what is wrong.  Positive: it cannot be processed; negative: our own
 * trouble, try again.
 */
int incoming_check(struct incoming *in, struct verdict *v);

/* --- reasons and Rückweisung -------------------------------------------- */

/* One reason more: @code, and a text that names place and cause and holds no value. */
int verdict_reason(struct verdict *v, const char *code, const char *path, const char *what);
/* Code of the first reason, or "". */
const char *verdict_code(const struct verdict *v);
/* Is this message one that must never be rejected: 0010, 000002, 0020, 0021, 003x, 000030?  Told by the root element's name. */
bool incoming_answers_only(const void *data, size_t len);
/*
 * The Rückweisung of a rejected message as a queued request; OSCI_E_EMPTY: this one gets none.  Part of the caller's
 * transaction.
 */
int incoming_reject(struct incoming *in, struct verdict *v, struct osci_err *err);

#endif
