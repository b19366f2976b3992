/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service - from the octets of one order to the octets of its answer
 *
 * No sockets and no clock: the caller carries octets and time.  Order of work: README.md.
 * State changes are durable before the answer is built.  Thread-safe: one lock is held for steps in the table of
 * dialogs, the store has its own; cryptography, large octets and foreign servers are waited for without either.
 */
#ifndef OSCI_INTERMEDIARY_SERVICE_H
#define OSCI_INTERMEDIARY_SERVICE_H

#include <pthread.h>

#include <osci/message.h>
#include "intermediary/answer.h"
#include "intermediary/dialogs.h"
#include "intermediary/disk.h"
#include "intermediary/guard.h"
#include "intermediary/inspect.h"
#include "intermediary/participants.h"
#include "intermediary/store.h"

struct im_faults;
struct im_tamper;

/* One request and its answer; takes @request, on failure too. OSCI_E_NETWORK or OSCI_E_LIMIT if there is no answer. */
typedef int im_exchange_fn(void *arg, const char *url, struct osci_stream *request, struct osci_blob **ret,
			   struct osci_err *err);

struct im_settings {
	struct osci_key *sign;
	struct osci_suite suite;  /* digest and signature of answers; NULL = the writer's default */
	struct osci_key **cipher;
	size_t n_cipher;
	struct osci_trust *trust;
	struct im_judge judge;    /* its trust is the same set */
	struct im_participants participants;
	bool require_signature, require_encryption, allow_cbc;
	struct osci_algorithms *algorithms; /* until when each is read; NULL = whatever the date */
	const char *host;         /* right half of the MessageIds */
	const char *database;
	int64_t dialog_timeout;   /* ms */
	size_t dialogs_max, dialogs_client;
	int64_t content_retention; /* ms after Reception; 0 = content goes at once */
	int64_t card_retention;    /* ms after the last change */
	size_t cards_max;          /* in one answer */
	struct im_store_limits store;
	struct im_disk disk;
	unsigned orders_minute;    /* of one client; 0 = any number */
	struct osci_spool_conf spool;
	uint64_t chunk_min, chunk_max, chunk_message; /* octets */
	int64_t chunk_timeout;     /* ms */
	const char *forward_ca, *forward_proxy; /* NULL = none */
	unsigned forward_timeout;  /* ms, for a passive recipient */
	unsigned relays_max;       /* passive recipients waited for at once, each by one worker; up to IM_RELAYS_MAX */
	unsigned relays_recipient; /* of them for one recipient */
	im_exchange_fn *exchange;  /* with passive recipients */
	void *exchange_arg;
	int64_t (*clock)(void *arg); /* ms since 1970: an order that waits for a recipient asks again what time it is */
	void *clock_arg;
	struct osci_limits limits;
};

#define IM_ASSEMBLIES_MAX 64 /* as many as workers */
#define IM_RELAYS_MAX 64

struct im_service {
	const struct im_settings *set;
	struct im_store store;
	struct osci_spool *spool; /* large bodies under way */
	struct osci_spool *kept;  /* their large parts, decrypted, where the store keeps them */
	const struct im_participant *relays[IM_RELAYS_MAX]; /* recipients waited for, NULL = free; under the lock */
	int64_t assembling[IM_ASSEMBLIES_MAX]; /* transfers that an order is working on, 0 = free; under the lock */
	struct osci_features features;
	struct osci_limits answer_limits; /* what was taken can be handed out, with what is added to it */
	struct im_dialogs dialogs;
	pthread_mutex_t lock; /* over dialogs */
	struct im_guard *rate;    /* orders by client who proved to be it, others by address */
	struct im_faults *faults; /* tests only, else NULL */
};

/* What happened, for the log: ids and codes only. */
struct im_report {
	const char *order;        /* name of the order's type; "unreadable" */
	bool fault;
	bool conflict;            /* a used MessageId came again with another content */
	char code[8];             /* of the fault, or of the last feedback entry */
	char message_id[IM_MESSAGE_ID_MAX + 1];
	char client[IM_HASH_CHARS + 1];
	char mailbox[IM_HASH_CHARS + 1]; /* of the addressee of a delivery sent; "" = none */
	struct osci_err err;      /* why, if it was refused */
};

int im_service_open(struct im_service *s, const struct im_settings *set, struct osci_err *err);
void im_service_close(struct im_service *s);
/* Where an order goes while it arrives; large ones are decrypted on the way, their parts where they will be kept. */
int im_service_sink(const struct im_service *s, int64_t now_ms, struct osci_sink **ret);
/*
 * 0 and an answer (or SOAP fault) in *@ret, to be sent with HTTP status 200; it is written while it is read, and what
 * it reads stays there for it.  Negative: no answer can be given, cut the connection.
 * *@cut: send only a part of it (fault switches).  @peer: where the order came from, as im_guard_peer() has it.
 */
int im_service_handle(struct im_service *s, int64_t now_ms, const char *peer, struct osci_blob *body,
		      struct osci_stream **ret, bool *cut, struct im_report *report);
/* Expires dialogs, purges the store. */
int im_service_tidy(struct im_service *s, int64_t now_ms, struct osci_err *err);
/* For the status: what is in the store, and the dialogs that are open. */
int im_service_stats(struct im_service *s, struct im_store_stats *ret, size_t *ret_dialogs, struct osci_err *err);

/* --- for the orders (order_*.c) ---------------------------------------- */

struct im_order {
	struct im_service *s;
	const struct osci_message *m;
	struct im_dialog *dialog;  /* NULL = implicit; held by this order until it is answered */
	struct osci_cert *cipher;  /* of the client; borrowed; NULL = none */
	const struct im_participant *who; /* NULL = none of the list */
	const char *client;        /* im_participants_name() of it; "" = none */
	const char *peer;          /* address the order came from, as im_guard_peer() has it; "" = not known */
	int64_t now;
	uint64_t octets;           /* of the HTTP body */
	int64_t transfer;          /* the message came in chunks, 0 = not */
	const struct im_tamper *tamper; /* fault switches; all off without them */
	struct im_answer *a;
	struct im_report *report;
};

/*
 * Carries out an order: adds feedback, except the final 0800/0801, which follows if no entry is an error.
 * Not 0: not carried out; 9811 is added and @err logged.
 */
typedef int im_order_fn(struct im_order *o, struct osci_err *err);

struct im_order_kind {
	enum osci_type type;
	bool needs_dialog; /* 9802 without one */
	im_order_fn *run;  /* NULL = known to the standard, not offered here: 9811 */
};

const struct im_order_kind *im_order_find(enum osci_type type); /* NULL: no answer of this type can be built */

im_order_fn im_order_init_dialog, im_order_exit_dialog, im_order_get_message_id, im_order_store_delivery,
	im_order_fetch_delivery, im_order_fetch_process_card, im_order_forward_delivery, im_order_mediate_delivery,
	im_order_partial_store, im_order_partial_fetch;

/*
 * What every order with a delivery does first: inspects the certificates and fills @d from the message; everything lives
 * in the pool of the answer or belongs to the message.  *@ok false: refused, the feedback says why.  What could not be
 * handed out again is refused, too.
 */
int im_order_take_delivery(struct im_order *o, struct im_delivery *d, bool *ok, struct osci_err *err);
/* Feedback codes of an answer and @last, blank between: what is kept of the verdict on a message in chunks. */
#define IM_VERDICT_MAX ((IM_FEEDBACK_MAX + 1) * 5)
void im_order_verdict(const struct im_answer *a, const char *last, char *ret, size_t size);
int64_t im_order_now(const struct im_order *o); /* the time now, for orders that waited */

#endif
