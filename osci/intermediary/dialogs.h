/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialogs - the explicit dialogs that are open, in memory
 *
 * A dialog belongs to the cipher certificate of its InitDialog, and to the signer of that order
 * if it was signed.  Lost with the process: clients open a new one, an unconfirmed delivery stays
 * in its mailbox.  One thread at a time, which is the caller's duty.  Times are ms since 1970.
 *
 * A dialog is strictly serial: who carries out an order of it holds it meanwhile (busy).  A dialog that is held is not
 * found, does not expire and makes room for nobody, so that its holder may read it without the lock.
 */
#ifndef OSCI_INTERMEDIARY_DIALOGS_H
#define OSCI_INTERMEDIARY_DIALOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>
#include <osci/key.h>
#include <osci/message.h>

#define IM_CONVERSATION_DIGITS 18
#define IM_CHALLENGE_OCTETS 24
#define IM_CHALLENGE_CHARS 32
#define IM_HASH_CHARS 64

struct im_dialog {
	struct im_dialog *next;
	char conversation[IM_CONVERSATION_DIGITS + 1];
	char challenge[IM_CHALLENGE_CHARS + 1]; /* the last one sent */
	char client[IM_HASH_CHARS + 1];         /* SHA-256 of the cipher certificate */
	char signer[IM_HASH_CHARS + 1];         /* SHA-256 of the signature certificate; "" = unsigned */
	struct osci_cert *cipher;
	uint64_t sequence;                      /* expected in the next order */
	int64_t expires;
	bool busy;                              /* an order of it is under way */
	int64_t chunks_seq;                     /* delivery that is fetched in chunks; 0 = none */
	uint64_t chunks;                        /* how many it has */
	bool *served;                           /* which of them, from 1 on, the client has */
	int64_t pending;                        /* delivery whose reception the next order confirms; 0 = none */
};

#define IM_DIALOG_BUCKETS 1024

struct im_dialogs {
	struct im_dialog *buckets[IM_DIALOG_BUCKETS];
	size_t n, max, max_client;
	int64_t timeout; /* ms without an order */
};

void im_dialogs_init(struct im_dialogs *d, size_t max, size_t max_client, int64_t timeout_ms);
void im_dialogs_free(struct im_dialogs *d);
/*
 * Opens one, held; a signer (unsigned: a client) at the maximum loses its oldest, first of those without a
 * further order.  OSCI_E_LIMIT if all places are
 * taken by others.
 */
int im_dialog_open(struct im_dialogs *d, struct osci_cert *cipher, const struct osci_cert *signer, int64_t now,
		   struct im_dialog **ret, struct osci_err *err);
/*
 * The dialog this control block continues: known, not expired, no order of it under way, SequenceNumber the expected
 * one, Response the last Challenge (constant time).  OSCI_E_DIALOG with 9400 otherwise, nothing changed.
 */
int im_dialog_find(struct im_dialogs *d, const struct osci_control *control, int64_t now, struct im_dialog **ret,
		   struct osci_err *err);
void im_dialog_hold(struct im_dialog *dialog);
void im_dialog_release(struct im_dialog *dialog);
/* Accepts the order: counts on, makes a new Challenge, prolongs. */
int im_dialog_advance(struct im_dialogs *d, struct im_dialog *dialog, int64_t now, struct osci_err *err);
void im_dialog_close(struct im_dialogs *d, struct im_dialog *dialog);
void im_dialogs_expire(struct im_dialogs *d, int64_t now);

/* Fresh values; -EIO if the random source fails. */
int im_challenge(char out[IM_CHALLENGE_CHARS + 1], struct osci_err *err);
int im_conversation(char out[IM_CONVERSATION_DIGITS + 1], struct osci_err *err);

#endif
