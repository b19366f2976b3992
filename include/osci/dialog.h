/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/dialog.h - client dialogs without I/O
 *
 * struct osci_client builds requests and checks answers, one at a time; the caller carries the octets and the time.
 * Ready sequences stand on it.  They say what to do next and never do it:
 *
 *   osci_sender         stores one delivery in a mailbox, or forwards it to a passive recipient
 *   osci_fetcher        drains a mailbox
 *   osci_mediator       hands a delivery to a passive recipient and takes its reply
 *   osci_card_query     asks for process cards (Laufzettel)
 *   osci_chunk_sender   stores a large delivery in chunks (osci/chunk.h)
 *   osci_chunk_fetcher  fetches a large delivery in chunks (osci/chunk.h)
 *
 * The other end, a passive recipient, is osci/recipient.h.
 *
 * An answer that cannot be opened or stored ends the dialog without any further order, ExitDialog included: a
 * further order would confirm the reception of what was not received.
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
#include <osci/package.h>

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
	struct osci_spool *spool;         /* encrypted attachments and orders under way; borrowed; NULL = memory */
	const struct osci_features *features; /* announced in InitDialog and partial orders; NULL = what this library can */
};

struct osci_client;
int osci_client_new(struct osci_client **ret, const struct osci_client_conf *conf);
void osci_client_freep(struct osci_client **c);
/*
 * Completes @draft (control block, languages, certificates and features of the type), writes it, remembers the
 * Challenge.  InitDialog opens the explicit dialog.  Outside one, GetMessageId and the deliveries (StoreDelivery,
 * ForwardDelivery, PartialStoreDelivery) are implicit; ExitDialog, MediateDelivery and all that fetches exist only
 * inside: OSCI_E_USAGE, as for what no client sends.  One order is outstanding at a time: OSCI_E_STATE otherwise, or
 * when the dialog is broken.
 */
int osci_client_request(struct osci_client *c, struct osci_draft *draft, unsigned char **ret, size_t *ret_len,
			struct osci_err *err);
/*
 * Opens the answer: type fits the order, encrypted if the order was, signed by the intermediary,
 * Response = our Challenge, ConversationId and SequenceNumber fit.  OSCI_E_DIALOG and every other
 * failure breaks the dialog: no further order is written.  A fault is OSCI_E_FAULT (code in @err->feedback);
 * feedback is for the caller to judge.  PartialFetchDelivery may be answered by a plain ResponseToFetchDelivery.
 */
int osci_client_answer(struct osci_client *c, const void *data, size_t len, int64_t now,
		       struct osci_message **ret, struct osci_err *err);
/* The same two for messages of any size. */
int osci_client_request_stream(struct osci_client *c, struct osci_draft *draft, struct osci_stream **ret,
			       struct osci_err *err);
int osci_client_answer_blob(struct osci_client *c, struct osci_blob *body, int64_t now, struct osci_message **ret,
			    struct osci_err *err);
/*
 * Where the answer may go while it arrives, in the spool of the conf: a large one is decrypted and digested on the way,
 * which spares most of the time that osci_client_answer_blob() would take.
 */
int osci_client_answer_sink(const struct osci_client *c, int64_t now, struct osci_sink **ret, struct osci_err *err);
bool osci_client_in_dialog(const struct osci_client *c);
bool osci_client_broken(const struct osci_client *c);
void osci_client_abandon(struct osci_client *c); /* no answer came: dialog is over */
/* What the intermediary announced in its last answer to InitDialog; all 0 if it said nothing. */
const struct osci_features *osci_client_features(const struct osci_client *c);
bool osci_features_have(const struct osci_features *f, const char *key); /* "PartialMessageTransmission" */

/* --- what all sequences have in common --------------------------------- */

enum osci_step {
	OSCI_STEP_POST,       /* *_output() or *_output_stream() is to be POSTed; call *_input() with the answer's body */
	OSCI_STEP_SAVE_ID,    /* journal *_message_id() and whatever the sequence names, then *_continue() */
	OSCI_STEP_DELIVERY,   /* store osci_seq_raw_blob() durably, then *_continue(); to refuse: *_abort() */
	OSCI_STEP_DONE,       /* sequence is over: see the result */
	OSCI_STEP_FAILED,     /* see *_error() */
	OSCI_STEP_WAIT,       /* chunks: the intermediary is not ready; *_continue() asks again, the caller decides when */
};

/*
 * Part of the object it was taken from (osci_sender_seq() ...), never freed by itself.  Every failure ends the sequence
 * with OSCI_STEP_FAILED; no exchange is repeated inside: the caller makes a new one with what was journalled.
 */
struct osci_seq;
enum osci_step osci_seq_step(const struct osci_seq *q);
/* Octets of the order; NULL if there is none, or if it carries attachments or a chunk and the conf has a spool. */
const unsigned char *osci_seq_output(const struct osci_seq *q, size_t *ret_len);
/* The same to be read piece by piece; an order of which there are no octets can be had once (then OSCI_E_STATE). */
int osci_seq_output_stream(struct osci_seq *q, struct osci_stream **ret, struct osci_err *err);
int osci_seq_input(struct osci_seq *q, const void *body, size_t len, int64_t now, struct osci_err *err);
int osci_seq_input_blob(struct osci_seq *q, struct osci_blob *body, int64_t now, struct osci_err *err);
/* Where the answer of the outstanding order may go while it arrives: osci_client_answer_sink(). */
int osci_seq_input_sink(const struct osci_seq *q, int64_t now, struct osci_sink **ret, struct osci_err *err);
int osci_seq_continue(struct osci_seq *q, struct osci_err *err);
void osci_seq_abort(struct osci_seq *q); /* given up by the caller; the dialog is left to time out */
const struct osci_err *osci_seq_error(const struct osci_seq *q);
/*
 * At OSCI_STEP_DELIVERY: the answer's HTTP body as received, or the ResponseToFetchDelivery as it was put together of chunks,
 * and the same opened.  Borrowed, valid until *_continue(); NULL at other steps.
 */
struct osci_blob *osci_seq_raw_blob(const struct osci_seq *q);
const struct osci_message *osci_seq_message(const struct osci_seq *q);

/* --- deliveries -------------------------------------------------------- */

/*
 * Content is @data or a prepared @package.  The struct is copied, what it points to is borrowed and must outlive the
 * sequence.
 */
struct osci_delivery {
	const char *subject;          /* NULL = none; travels only with a MessageId */
	const struct osci_cert *addressee; /* cipher certificate = mailbox; may be NULL with @receiver_uri and @package */
	const void *data;             /* content, one Base64Content, signed by @author, encrypted for @reader */
	size_t len;
	const struct osci_key *author; /* content signer; role originator if it is conf->sign; NULL = unsigned */
	const struct osci_cert *reader; /* NULL = addressee */
	const struct osci_package *package; /* contents of any shape with attachments; then @data to @reader are not used */
	const char *receiver_uri;     /* passive recipient: ForwardDelivery or MediateDelivery; NULL = mailbox */
	const char *quality_creation, *quality_reception; /* as in osci_draft */
	const struct osci_custom *custom; /* header blocks of other namespaces */
	size_t n_custom;
};

/* What an answer to ForwardDelivery or MediateDelivery says about the recipient; its last feedback entry decides. */
enum osci_reach {
	OSCI_REACH_ACCEPTED, /* 08xx; 3802, 3803: its answer was unsigned, unencrypted; 9806: accepted without a reply */
	OSCI_REACH_REFUSED,  /* 9805: it did not accept; 9808: it could not */
	OSCI_REACH_NOT,      /* 9809, and what the intermediary refused itself: never handed over, safe to repeat */
	OSCI_REACH_UNKNOWN,  /* 9807: its answer proves nothing; 9810: handed over, outcome lost. Not to be repeated blindly */
};
enum osci_reach osci_reach_of(const char *code);

/* --- sender ------------------------------------------------------------ */

/*
 * Fresh: GetMessageId, SAVE_ID, StoreDelivery (with @receiver_uri ForwardDelivery), each an implicit dialog.  With a
 * journalled id (an earlier attempt got no answer): FetchProcessCard by id in an explicit dialog first, and the delivery
 * only if the intermediary knows no card of it; 9801 on the delivery means "stored before" and leads to the process
 * card once more.  A forwarded delivery was received if the card shows Reception; a card without, found by a retry,
 * means that the id is used and the recipient's acceptance is not known.
 */
struct osci_sender;
int osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
		    const char *message_id /* journalled, or NULL */, struct osci_err *err);
void osci_sender_freep(struct osci_sender **s);
struct osci_seq *osci_sender_seq(struct osci_sender *s);
enum osci_step osci_sender_step(const struct osci_sender *s);
const unsigned char *osci_sender_output(const struct osci_sender *s, size_t *ret_len);
int osci_sender_output_stream(struct osci_sender *s, struct osci_stream **ret, struct osci_err *err);
int osci_sender_input(struct osci_sender *s, const void *body, size_t len, int64_t now, struct osci_err *err);
int osci_sender_continue(struct osci_sender *s, struct osci_err *err);
const char *osci_sender_message_id(const struct osci_sender *s);
const struct osci_err *osci_sender_error(const struct osci_sender *s);
/* After DONE: the card (Laufzettel) of the delivery, borrowed, and whether it had been stored by an earlier attempt. */
const struct osci_card *osci_sender_card(const struct osci_sender *s);
bool osci_sender_was_stored(const struct osci_sender *s);
/* Of the answer that decided, also after FAILED. */
const struct osci_feedback *osci_sender_feedback(const struct osci_sender *s, size_t *ret_n);

/* --- fetcher ----------------------------------------------------------- */

/*
 * Drains a mailbox: InitDialog, FetchDelivery until 9803 or no 3800 or @max, ExitDialog.  Each
 * delivery is shown once by OSCI_STEP_DELIVERY; the order that confirms it is built only by *_continue().
 */
struct osci_fetcher;
/* @max deliveries at most, 1 or more. */
int osci_fetcher_new(struct osci_fetcher **ret, const struct osci_client_conf *conf, unsigned max, struct osci_err *err);
/* Before the first input: only these. One MessageId, or ReceptionOfDelivery; copied. */
int osci_fetcher_select(struct osci_fetcher *f, const struct osci_selection *rule, struct osci_err *err);
/*
 * A delivery whose message cannot be opened (osci_fetcher_asking() is true when the sequence failed) stays at the head
 * of the queue, and its MessageId is not known.  This way goes past it: before the first input, deliveries are taken one
 * by one, by the MessageIds of the process cards without Reception, leaving out those in @skip (copied).  One that fails
 * then is named by osci_fetcher_asked() and joins @skip of the next attempt.  Card queries show at most
 * OSCI_FETCHER_CARDS deliveries at once.
 */
#define OSCI_FETCHER_CARDS 1000u
int osci_fetcher_by_card(struct osci_fetcher *f, const char *const *skip, size_t n_skip, struct osci_err *err);
void osci_fetcher_freep(struct osci_fetcher **f);
struct osci_seq *osci_fetcher_seq(struct osci_fetcher *f);
enum osci_step osci_fetcher_step(const struct osci_fetcher *f);
const unsigned char *osci_fetcher_output(const struct osci_fetcher *f, size_t *ret_len);
int osci_fetcher_input(struct osci_fetcher *f, const void *body, size_t len, int64_t now, struct osci_err *err);
/* osci_seq_raw_blob() as octets; NULL if it does not lie in memory. */
const unsigned char *osci_fetcher_raw(const struct osci_fetcher *f, size_t *ret_len);
int osci_fetcher_continue(struct osci_fetcher *f, struct osci_err *err);
void osci_fetcher_abort(struct osci_fetcher *f);
unsigned osci_fetcher_count(const struct osci_fetcher *f);
/* 3800 with the last one taken; by card: some were taken, and cards are left. Come again at once. */
bool osci_fetcher_more(const struct osci_fetcher *f);
bool osci_fetcher_asking(const struct osci_fetcher *f); /* the last order was a FetchDelivery */
const char *osci_fetcher_asked(const struct osci_fetcher *f); /* MessageId in it, or NULL */
const struct osci_err *osci_fetcher_error(const struct osci_fetcher *f);

/* --- mediator ---------------------------------------------------------- */

/*
 * Request and reply: InitDialog, with @with_id GetMessageId and SAVE_ID, MediateDelivery; a reply is shown by
 * OSCI_STEP_DELIVERY, *_continue() confirms it by ExitDialog.  Without a MessageId neither request nor reply gets a
 * process card.  DONE without a message: accepted without a reply (9806).  An attempt without an answer is not
 * repeated: whether the recipient was reached is known only from the card of its MessageId (osci_card_query).
 */
struct osci_mediator;
int osci_mediator_new(struct osci_mediator **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
		      bool with_id, struct osci_err *err);
void osci_mediator_freep(struct osci_mediator **m);
struct osci_seq *osci_mediator_seq(struct osci_mediator *m);
const char *osci_mediator_message_id(const struct osci_mediator *m);
/* What the answer said; also after FAILED. UNKNOWN before there is one. */
enum osci_reach osci_mediator_reach(const struct osci_mediator *m);
const struct osci_feedback *osci_mediator_feedback(const struct osci_mediator *m, size_t *ret_n);
/* Borrowed until it is freed; NULL if there is none. */
const struct osci_message *osci_mediator_reply(const struct osci_mediator *m);
struct osci_blob *osci_mediator_raw_blob(const struct osci_mediator *m);
const struct osci_card *osci_mediator_request_card(const struct osci_mediator *m);
const struct osci_card *osci_mediator_reply_card(const struct osci_mediator *m);

/* --- card query -------------------------------------------------------- */

/* InitDialog, FetchProcessCard, ExitDialog.  No card matches (9804): DONE without cards. */
struct osci_card_query;
/* @selection is copied. */
int osci_card_query_new(struct osci_card_query **ret, const struct osci_client_conf *conf,
			const struct osci_selection *selection, struct osci_err *err);
void osci_card_query_freep(struct osci_card_query **q);
struct osci_seq *osci_card_query_seq(struct osci_card_query *q);
const struct osci_card *osci_card_query_cards(const struct osci_card_query *q, size_t *ret_n);
bool osci_card_query_more(const struct osci_card_query *q); /* 3801 */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
