/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_chunks - large messages on their way in and out, chunk by chunk (EFFI)
 *
 * In: a transfer is what a client hands in under one MessageId of partial orders; its chunks are files.  When all are
 * there they are one blob, never one piece of memory.  It ends with a verdict, set in the same transaction as the
 * delivery that came out of it, and stays for the client that asks again.  Out: the octets of an answer, built once,
 * kept as long as its delivery and counted as octets of it in its mailbox.
 */
#ifndef OSCI_INTERMEDIARY_STORE_CHUNKS_H
#define OSCI_INTERMEDIARY_STORE_CHUNKS_H

#include "intermediary/store.h"

#define IM_TRANSFERS_MAX 8u /* incomplete ones of one client */
#define IM_OUTGOING_MAX 8u  /* answers of one mailbox that are fetched chunk by chunk */

struct im_transfer {
	int64_t id;
	const char *client, *message_id; /* of the partial orders */
	const char *delivery_id;         /* MessageId of the message inside, which has to be issued and unused */
	uint64_t chunk_kib, total_chunks, total_kib;
	uint64_t n, bytes;               /* chunks and octets that are there */
	const char *received;            /* ReceivedChunks; "-1" = none */
	const char *verdict;             /* codes of InsideFeedback, blank between; "" = not decided */
};

/*
 * Takes chunk @number in; @t names the transfer and is filled with what it is then.  Refusals are positive, with the
 * feedback code in @err: 9801 id not issued or used, 9900 there already, 9905 contradicts earlier chunks, 9811 too many
 * transfers of this client.
 */
int im_transfer_put(struct im_store *s, struct im_transfer *t, uint64_t number, struct osci_part *octets, int64_t now,
		    struct im_pool *pool, struct osci_err *err);
/* OSCI_E_EMPTY if there is none. */
int im_transfer_find(struct im_store *s, struct im_transfer *t, struct im_pool *pool, struct osci_err *err);
/* All octets of a complete one. */
int im_transfer_octets(struct im_store *s, const struct im_transfer *t, struct osci_blob **ret, struct osci_err *err);
/* The message inside was refused; its chunks go. A delivery does the same by im_delivery.transfer. */
int im_transfer_refuse(struct im_store *s, int64_t id, const char *verdict, struct osci_err *err);

/* What FetchDelivery would find, without marking anything. */
int im_outgoing_find(struct im_store *s, const char *mailbox, const struct osci_selection *selection,
		     struct im_pool *pool, int64_t *ret_seq, const char **ret_id, bool *ret_more, struct osci_err *err);
/* Octets of the answer for delivery @seq. OSCI_E_EMPTY if they were not built yet. */
int im_outgoing_open(struct im_store *s, int64_t seq, struct osci_blob **ret, struct osci_err *err);
/* Is there room for one more of @mailbox? OSCI_E_LIMIT with 9811: IM_OUTGOING_MAX are kept, none of them received. */
int im_outgoing_room(struct im_store *s, const char *mailbox, struct osci_err *err);
/* Keeps them, if there is room: the first ones stay, whoever is later gets those. */
int im_outgoing_keep(struct im_store *s, int64_t seq, const char *mailbox, struct osci_blob *octets,
		     struct osci_err *err);

#endif
