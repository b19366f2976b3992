/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/chunk.h - large deliveries in chunks (EFFI: PartialStoreDelivery, PartialFetchDelivery), without I/O
 *
 * What travels in chunks is a complete message: the StoreDelivery of the sender, the ResponseToFetchDelivery of the
 * intermediary.  It is cut at multiples of a chunk size; each chunk is one order of an explicit dialog, signed and encrypted
 * like any other.  A transfer outlives its dialog: what arrived is kept on both sides, and a new sequence goes on from there.
 *
 * Both are sequences: drive them through *_seq() as osci/dialog.h says.
 */
#ifndef OSCI_CHUNK_H
#define OSCI_CHUNK_H

#include <osci/blob.h>
#include <osci/dialog.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OSCI_CHUNKS_MAX 3000u         /* chunks of one message: the list of their numbers fits into a start tag */
#define OSCI_CHUNK_KIB 4096u          /* size of a chunk if nobody wishes another, KiB */

/* --- sending ----------------------------------------------------------- */

/*
 * InitDialog (its answer brings the limits), GetMessageId, the message is written into the spool, SAVE_ID: journal
 * *_message_id(), *_chunk_kib() and the octets of *_inner().  Then the chunks; the last answer judges the delivery by
 * its InsideFeedback.  WAIT: all is there, and the intermediary still works on it (3951, 3952); *_continue() asks by
 * InfoOnly, or a resumed sequence does later.
 */
struct osci_chunk_sender;
/* @chunk_kib: wish, 0 = OSCI_CHUNK_KIB; fitted into what the intermediary allows. Mailboxes only. */
int osci_chunk_sender_new(struct osci_chunk_sender **ret, const struct osci_client_conf *conf,
			  const struct osci_delivery *delivery, uint64_t chunk_kib, struct osci_err *err);
/*
 * After a lost answer or a restart, with exactly what was journalled: InitDialog, InfoOnly, what is missing.  A delivery
 * that was finished meanwhile is found by its card (*_was_stored()).  Of @delivery only addressee and subject are used;
 * takes a reference on @inner.  OSCI_E_LIMIT if the intermediary's limits have changed so that @chunk_kib no longer fits.
 */
int osci_chunk_sender_resume(struct osci_chunk_sender **ret, const struct osci_client_conf *conf,
			     const struct osci_delivery *delivery, const char *message_id, struct osci_blob *inner,
			     uint64_t chunk_kib, struct osci_err *err);
void osci_chunk_sender_freep(struct osci_chunk_sender **s);
struct osci_seq *osci_chunk_sender_seq(struct osci_chunk_sender *s);
const char *osci_chunk_sender_message_id(const struct osci_chunk_sender *s);
struct osci_blob *osci_chunk_sender_inner(const struct osci_chunk_sender *s); /* borrowed */
uint64_t osci_chunk_sender_chunk_kib(const struct osci_chunk_sender *s);
void osci_chunk_sender_progress(const struct osci_chunk_sender *s, uint64_t *ret_arrived, uint64_t *ret_total);
/* After DONE: the card of the delivery or NULL, borrowed, and whether an earlier attempt had finished it. */
const struct osci_card *osci_chunk_sender_card(const struct osci_chunk_sender *s);
bool osci_chunk_sender_was_stored(const struct osci_chunk_sender *s);
/* Of the answer that decided: feedback of the delivery inside, or of the partial order if that was refused itself. */
const struct osci_feedback *osci_chunk_sender_feedback(const struct osci_chunk_sender *s, size_t *ret_n);

/* --- fetching ---------------------------------------------------------- */

/* What has been collected: chunks 1 to k in a row. */
struct osci_chunk_state {
	const char *message_id;
	uint64_t chunk_kib, total_chunks, total_kib;
	struct osci_blob *octets;
};

struct osci_chunk_fetch_opts {
	const struct osci_selection *rule; /* one MessageId or ReceptionOfDelivery; NULL = the oldest; copied */
	uint64_t chunk_kib;                /* wish, 0 = OSCI_CHUNK_KIB; fitted into what the intermediary allows */
	uint64_t max_octets;               /* of the whole message; 0 = http_body of the limits */
	const struct osci_chunk_state *resume; /* of an earlier sequence; then @rule and @chunk_kib are not used; copied */
};

/*
 * One delivery: InitDialog, PartialFetchDelivery chunk by chunk, in order; when all are there the message is opened and
 * shown by OSCI_STEP_DELIVERY, *_continue() confirms it by ExitDialog.  A message that fits into one chunk comes
 * whole.  9803: DONE without a delivery.
 */
struct osci_chunk_fetcher;
int osci_chunk_fetcher_new(struct osci_chunk_fetcher **ret, const struct osci_client_conf *conf,
			   const struct osci_chunk_fetch_opts *opts, struct osci_err *err);
void osci_chunk_fetcher_freep(struct osci_chunk_fetcher **f);
struct osci_seq *osci_chunk_fetcher_seq(struct osci_chunk_fetcher *f);
unsigned osci_chunk_fetcher_count(const struct osci_chunk_fetcher *f); /* 1 after *_continue() */
bool osci_chunk_fetcher_more(const struct osci_chunk_fetcher *f); /* 3800: another one is waiting */
void osci_chunk_fetcher_progress(const struct osci_chunk_fetcher *f, uint64_t *ret_arrived, uint64_t *ret_total);
/*
 * After FAILED (osci_seq_abort() for an answer that did not come): what a new sequence goes on with; borrowed from @f.
 * OSCI_E_EMPTY: nothing, begin anew; so too if the message was complete and no good.
 */
int osci_chunk_fetcher_state(struct osci_chunk_fetcher *f, struct osci_chunk_state *ret, struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
