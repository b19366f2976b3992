/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/dialog.h - client dialogs without I/O
 *
 * struct osci_client builds requests and checks answers; the caller carries the
 * octets and the time.  Two ready sequences stand on it: osci_sender stores one
 * delivery, osci_fetcher drains a mailbox.  Both say what to do next and never do it.
 *
 * An answer that cannot be opened or stored ends the
 * dialog without any further order, ExitDialog included: a further order would confirm
 * the reception of what was not received.
 */
#ifndef OSCI_DIALOG_H
#define OSCI_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>
#include <osci/key.h>
#include <osci/limits.h>
#include <osci/message.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Both ends as the client knows them; the struct is copied, what it points to is borrowed and must outlive
 * the client.  With @intermediary_signer answers must be signed, with @intermediary_cipher encrypted, whatever
 * @policy says.
 */
struct osci_client_conf {
	const struct osci_key *sign;      /* NULL = orders unsigned */
	struct osci_key *const *decrypt;  /* own cipher keys; [0] is announced in InitDialog */
	size_t n_decrypt;
	const struct osci_cert *intermediary_cipher; /* NULL = no transport encryption */
	const struct osci_cert *intermediary_signer; /* answers must be signed by it; NULL = any of @trust */
	const struct osci_trust *trust;   /* NULL, without a signer either: unsigned answers are taken, signed ones not */
	struct osci_policy policy;        /* for answers */
	const struct osci_limits *limits;
	const char *languages;            /* NULL = "de" */
	struct osci_suite suite;          /* orders are written with it */
	struct osci_spool *spool;         /* large parts of answers; borrowed; NULL = memory */
};

struct osci_client;
int osci_client_new(struct osci_client **ret, const struct osci_client_conf *conf);
void osci_client_freep(struct osci_client **c);
/*
 * Completes @draft (control block, languages, certificates of the type), writes it, remembers
 * the Challenge.  One order is outstanding at a time: OSCI_E_STATE otherwise, or when the dialog is broken.
 * OSCI_INIT_DIALOG opens the explicit dialog; without one, GetMessageId and StoreDelivery are implicit.
 */
int osci_client_request(struct osci_client *c, struct osci_draft *draft, unsigned char **ret, size_t *ret_len,
			struct osci_err *err);
/*
 * Opens the answer: type fits the order, encrypted if the order was, signed by the intermediary,
 * Response = our Challenge, ConversationId and SequenceNumber fit.  OSCI_E_DIALOG and every other
 * failure breaks the dialog: no further order is written.  A fault is OSCI_E_FAULT (code in @err->feedback);
 * feedback is for the caller to judge.
 */
int osci_client_answer(struct osci_client *c, const void *data, size_t len, int64_t now,
		       struct osci_message **ret, struct osci_err *err);
/* The same two for messages of any size. */
int osci_client_request_stream(struct osci_client *c, struct osci_draft *draft, struct osci_stream **ret,
			       struct osci_err *err);
int osci_client_answer_blob(struct osci_client *c, struct osci_blob *body, int64_t now, struct osci_message **ret,
			    struct osci_err *err);
bool osci_client_in_dialog(const struct osci_client *c);
bool osci_client_broken(const struct osci_client *c);
void osci_client_abandon(struct osci_client *c); /* no answer came: dialog is over */

/* --- sequences -------------------------------------------------------- */

enum osci_step {
	OSCI_STEP_POST,       /* *_output() holds the octets to POST; call *_input() with the answer's body */
	OSCI_STEP_SAVE_ID,    /* sender: journal osci_sender_message_id(), then *_continue() */
	OSCI_STEP_DELIVERY,   /* fetcher: store osci_fetcher_raw() durably, then *_continue(); to refuse: *_abort() */
	OSCI_STEP_DONE,       /* sequence is over: see the result */
	OSCI_STEP_FAILED,     /* see *_error() */
};

/*
 * Stores one delivery.  Fresh: GetMessageId, SAVE_ID, StoreDelivery.  With a journalled id (an
 * earlier attempt got no answer): FetchProcessCard by id in an explicit dialog first, and StoreDelivery only if the
 * intermediary knows no card of it; 9801 on the store means "stored before" and leads to the process card once more.
 */
/* The struct is copied, what it points to is borrowed and must outlive the sender. */
struct osci_delivery {
	const char *subject;          /* NULL = none */
	const struct osci_cert *addressee; /* cipher certificate = mailbox */
	const void *data;             /* content, one Base64Content, signed by @author, encrypted for @reader */
	size_t len;
	const struct osci_key *author; /* content signer; role originator if it is conf->sign */
	const struct osci_cert *reader; /* NULL = addressee */
};

struct osci_sender;
int osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
		    const char *message_id /* journalled, or NULL */, struct osci_err *err);
void osci_sender_freep(struct osci_sender **s);
enum osci_step osci_sender_step(const struct osci_sender *s);
const unsigned char *osci_sender_output(const struct osci_sender *s, size_t *ret_len);
int osci_sender_input(struct osci_sender *s, const void *body, size_t len, int64_t now, struct osci_err *err);
int osci_sender_continue(struct osci_sender *s, struct osci_err *err);
const char *osci_sender_message_id(const struct osci_sender *s);
const struct osci_err *osci_sender_error(const struct osci_sender *s);
/* After DONE: the card (Laufzettel) of the delivery, borrowed, and whether it had been stored by an earlier attempt. */
const struct osci_card *osci_sender_card(const struct osci_sender *s);
bool osci_sender_was_stored(const struct osci_sender *s);
const struct osci_feedback *osci_sender_feedback(const struct osci_sender *s, size_t *ret_n);

/*
 * Drains a mailbox: InitDialog, FetchDelivery until 9803 or no 3800 or @max, ExitDialog.  Each
 * delivery is shown once by OSCI_STEP_DELIVERY; the order that confirms it is built only by *_continue().
 */
struct osci_fetcher;
/* @max deliveries at most, 1 or more. */
int osci_fetcher_new(struct osci_fetcher **ret, const struct osci_client_conf *conf, unsigned max, struct osci_err *err);
void osci_fetcher_freep(struct osci_fetcher **f);
enum osci_step osci_fetcher_step(const struct osci_fetcher *f);
const unsigned char *osci_fetcher_output(const struct osci_fetcher *f, size_t *ret_len);
int osci_fetcher_input(struct osci_fetcher *f, const void *body, size_t len, int64_t now, struct osci_err *err);
/* The answer's HTTP body as received, and the same opened; valid until *_continue(). */
const unsigned char *osci_fetcher_raw(const struct osci_fetcher *f, size_t *ret_len);
const struct osci_message *osci_fetcher_message(const struct osci_fetcher *f);
int osci_fetcher_continue(struct osci_fetcher *f, struct osci_err *err);
void osci_fetcher_abort(struct osci_fetcher *f);
unsigned osci_fetcher_count(const struct osci_fetcher *f);
bool osci_fetcher_more(const struct osci_fetcher *f); /* 3800 with the last one taken: come again at once */
const struct osci_err *osci_fetcher_error(const struct osci_fetcher *f);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
