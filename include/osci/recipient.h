/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/recipient.h - a passive recipient without I/O
 *
 * The supplier's end of AcceptDelivery and ProcessDelivery: one request, one answer, no dialog and nothing remembered
 * between two requests.
 *
 *   osci_recipient_open()     body of the POST -> the delivery, or what to answer with at once
 *   ... the caller stores it durably: a positive answer is its Reception ...
 *   osci_recipient_answer()   -> the answer, with a reply if the order was ProcessDelivery
 *
 * The same delivery may come again, when the intermediary did not get our answer.  Recognising it is the caller's: the
 * MessageId of the process card (osci_message_delivery_id()) is kept as long as a repetition is possible, and longer than
 * the content; a second one is answered positively again (with the reply of the first) and not processed twice.  A
 * ProcessDelivery without a process card has no identity; its requests have to be repeatable.
 */
#ifndef OSCI_RECIPIENT_H
#define OSCI_RECIPIENT_H

#include <osci/blob.h>
#include <osci/key.h>
#include <osci/limits.h>
#include <osci/message.h>
#include <osci/package.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The struct is copied, what it points to is borrowed and must outlive the recipient. */
struct osci_recipient_conf {
	const struct osci_key *sign;      /* signs answers to signed orders; NULL = none is signed (peers report 3802) */
	struct osci_key *const *decrypt;  /* own cipher keys; [0] stands in replies */
	size_t n_decrypt;
	const struct osci_trust *trust;   /* signers of orders; NULL = no signature is accepted */
	const struct osci_cert *const *intermediaries; /* known signers among them, octet by octet; none = any of @trust */
	size_t n_intermediaries;
	struct osci_policy policy;        /* for orders; without require_signature anybody may deliver */
	const struct osci_limits *limits;
	struct osci_suite suite;          /* of an answer, where the order does not show what its sender uses */
};

/* May be used by several threads at once. */
struct osci_recipient;
int osci_recipient_new(struct osci_recipient **ret, const struct osci_recipient_conf *conf, struct osci_err *err);
void osci_recipient_freep(struct osci_recipient **p);

/*
 * 0: *@ret_order is an AcceptDelivery or ProcessDelivery, its signature checked.  Positive: refused, and *@ret_answer is
 * the answer to send; a SOAP fault (9100, 9200, 9201, 9202, 9300, 9500, 9501) or feedback in the matching answer (9600 unsigned,
 * 9601 and 9602 signature, 9700 signed by somebody else).  Negative: we failed; *@ret_answer is fault 9000, or NULL if
 * even that could not be made.
 */
int osci_recipient_open(const struct osci_recipient *p, struct osci_blob *body, int64_t now,
			struct osci_message **ret_order, struct osci_stream **ret_answer, struct osci_err *err);

/* What ProcessDelivery brings back: a delivery from us to the sender of the request. */
struct osci_reply {
	const char *message_id;             /* osci_message.message_id_response of the order; NULL = no process card */
	const char *subject;                /* only with @message_id; or NULL */
	const struct osci_package *package;
	const struct osci_draft_cert *certs; /* besides those of @package, the two ciphers and the signer; or NULL */
	size_t n_certs;
};

/*
 * Repeats the Challenge, is signed if the order was, encrypted for CipherCertificateIntermediary with the order's
 * algorithms if the order was.  @feedback none = 0800; a text of NULL = ours in the language that the order wishes.
 * Contents that could not be stored are answered with 9811, never with a success.
 */
int osci_recipient_answer(const struct osci_recipient *p, const struct osci_message *order,
			  const struct osci_feedback *feedback, size_t n_feedback, const struct osci_reply *reply,
			  struct osci_stream **ret, struct osci_err *err);
/*
 * A SOAP fault: @code of 9000 or 91xx to 95xx, its text in the language that the order wishes (osci_message.languages;
 * NULL = no order could be read). Neither signed nor encrypted.
 */
int osci_recipient_fault(const char *code, const char *languages, struct osci_stream **ret, struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
