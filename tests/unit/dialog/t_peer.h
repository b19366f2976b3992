/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_peer - a supplier in memory that can be made to misbehave
 *
 * Opens orders and writes answers with the library itself; knows one message id and one mailbox.
 * At exchange @twist_at it does what @twist says, else all as the rules want it.
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

struct t_peer {
	struct osci_key *sign, *cipher, *stranger, *office, *office_cipher;
	struct osci_trust *client_trust; /* whom the client trusts */
	struct osci_trust *trust;
	bool plain;                      /* no transport encryption at all */
	int twist_at;
	enum t_twist twist;
	/* what it says */
	const char *code[OSCI_TYPE_COUNT]; /* last feedback entry by order type; NULL = by the rules */
	bool no_card, foreign_card;
	unsigned deliveries; /* waiting */
	bool no_content;
	/* what it knows and has seen */
	char stored_id[64];
	unsigned stores;
	unsigned sequence, taken;
	char challenge[64];
	enum osci_type orders[64];
	int n_orders;
	const char *package; /* content of a delivery */
	size_t package_len;
	struct osci_package *package_own;
};

void t_peer_init(struct t_peer *p, bool plain);
void t_peer_reset(struct t_peer *p); /* forget all but keys and package */
void t_peer_done(struct t_peer *p);
struct osci_client_conf t_peer_conf(struct t_peer *p);
/* Answer to @order, malloc()ed. */
unsigned char *t_peer_answer(struct t_peer *p, const void *order, size_t len, size_t *ret_len);
struct osci_delivery t_peer_delivery(struct t_peer *p);

#endif
