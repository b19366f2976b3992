/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_peer - a supplier in memory that can be made to misbehave
 *
 * Opens orders and writes answers with the library itself; knows one message id, one mailbox, one passive recipient
 * and one chunked transfer each way.  At exchange @twist_at it does what @twist says, else all as the rules want it.
 * Every order is held against the official schemas where they are at hand.
 */
#ifndef T_PEER_H
#define T_PEER_H

#include <osci/dialog.h>

#include "lib/t_keys.h"

enum t_twist {
	T_HONEST,
	T_RESPONSE,     /* another Response */
	T_RESPONSE_CUT, /* beginning of the right one */
	T_CONVERSATION,
	T_SEQUENCE,
	T_UNSIGNED,
	T_STRANGER,     /* signed by a key nobody trusts */
	T_OTHER_TRUSTED, /* signed by a trusted key that is not the intermediary's */
	T_PLAIN,        /* not encrypted */
	T_FAULT,
	T_OTHER_TYPE,
	T_NO_ANSWER_AT_ALL, /* HTML of a proxy */
	T_TWISTS
};

/* What a hostile intermediary does to the chunk at @chunk_lie_at. */
enum t_chunk_lie {
	T_CHUNK_HONEST,
	T_CHUNK_AGAIN,      /* the one before */
	T_CHUNK_NEXT,       /* the one behind */
	T_CHUNK_NUMBER,     /* right octets, other number */
	T_CHUNK_OCTETS,     /* right number, octets of the one before */
	T_CHUNK_SHORT,
	T_CHUNK_LONG,
	T_CHUNK_EMPTY,
	T_CHUNK_TOTAL,      /* one more than said before */
	T_CHUNK_SIZE,       /* another TotalMessageSize than before */
	T_CHUNK_ID,         /* of another delivery */
	T_CHUNK_MISSING,    /* no chunk in it */
	T_CHUNK_TWO,        /* two parts */
	T_CHUNK_WHOLE,      /* a plain answer in the middle */
	T_CHUNK_HUGE,       /* TotalChunkNumbers of 2^31 - 1 */
	T_CHUNK_LIES
};

#define T_CHUNKS 64

struct t_peer {
	struct osci_key *sign, *cipher, *stranger, *office, *office_cipher;
	struct osci_trust *client_trust; /* whom the client trusts */
	struct osci_trust *trust;
	bool plain;                      /* no transport encryption at all */
	int twist_at;
	enum t_twist twist;
	/* what it says */
	const char *code[OSCI_TYPE_COUNT]; /* last feedback entry by order type; NULL = by the rules */
	bool no_card, foreign_card, own_cards_only;
	bool no_reply;       /* of the passive recipient */
	unsigned deliveries; /* waiting */
	unsigned unreadable; /* bit n: delivery n cannot be opened */
	bool no_content;
	struct osci_features features; /* announced */
	const char *inside;      /* verdict on a delivery that came in chunks; NULL = 0800 */
	unsigned waits;          /* answers without it first */
	bool forgets;            /* acknowledges chunks and does not know them afterwards */
	const char *received;    /* ReceivedChunks it claims; NULL = the truth */
	uint64_t claims_total;   /* TotalChunkNumbers it claims of a transfer to it; 0 = the truth */
	enum t_chunk_lie chunk_lie;
	uint64_t chunk_lie_at;
	/* what it knows and has seen */
	char stored_id[64];
	unsigned stores;
	unsigned sequence, taken;
	unsigned gone;       /* bit n: delivery n was confirmed */
	int shown;           /* delivery to be confirmed by the next order; -1 = none */
	char challenge[64];
	enum osci_type orders[256];
	int n_orders;
	bool named;          /* the last order names the cipher certificate of its originator */
	const char *package; /* content of a delivery */
	size_t package_len;
	struct osci_package *package_own;
	/* chunks that came in, and what goes out in chunks */
	struct osci_blob *chunks[T_CHUNKS + 1];
	uint64_t chunks_total, chunk_kib;
	uint64_t chunk_orders[T_CHUNKS]; /* numbers in the order they came; 0 = InfoOnly */
	unsigned n_chunk_orders;
	struct osci_blob *large;
};

void t_peer_init(struct t_peer *p, bool plain);
void t_peer_reset(struct t_peer *p); /* forget all but keys and package */
void t_peer_done(struct t_peer *p);
struct osci_client_conf t_peer_conf(struct t_peer *p);
/* Answer to @order, malloc()ed. */
unsigned char *t_peer_answer(struct t_peer *p, const void *order, size_t len, size_t *ret_len);
struct osci_delivery t_peer_delivery(struct t_peer *p);
/* Delivers the order of @q and its answer; a stream is read to its end. */
void t_peer_exchange(struct t_peer *p, struct osci_seq *q);
/* Exchanges and *_continue() until DONE, FAILED or WAIT. */
enum osci_step t_peer_run(struct t_peer *p, struct osci_seq *q);

/* --- t_peer_chunks.c --- */

struct t_chunk_answer {
	char received[512];
	struct osci_feedback inside;
	struct osci_part parts[2];
	char id[64];
};
/* Takes a chunk or says what is there; all there: opens the delivery inside and judges it. Returns the outer code. */
const char *t_peer_take_chunk(struct t_peer *p, const struct osci_message *m, struct osci_draft *d,
			      struct t_chunk_answer *a);
/* A delivery of about @octets in p->large, id "d0@intermed". */
void t_peer_make_large(struct t_peer *p, size_t octets);
const char *t_peer_give_chunk(struct t_peer *p, const struct osci_message *m, struct osci_draft *d,
			      struct t_chunk_answer *a);

#endif
