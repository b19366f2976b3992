/* SPDX-License-Identifier: Apache-2.0 */
/*
 * party - a service in memory and clients that talk to it with real messages
 *
 * A client keeps its own control block, so that a test can put anything into it.  All
 * certificates are issued by one CA that the service trusts, but for those a test makes itself.
 */
#ifndef TESTS_INTERMEDIARY_PARTY_H
#define TESTS_INTERMEDIARY_PARTY_H

#include <osci/message.h>
#include "intermediary/service.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"

#define T0 INT64_C(1796000000000) /* T_NOW in ms */

struct party {
	struct osci_key *sign, *cipher;
	char response[300], conversation[300];
	uint64_t sequence;
	bool in_dialog;
	/* what the next orders look like */
	bool unsigned_order, plain;
	const struct osci_cert *encrypt_for; /* NULL = the intermediary */
};

extern struct im_service im;
extern struct im_settings im_set;
extern struct t_pair im_ca;
extern struct osci_trust *everyone;      /* the CA */
extern int64_t now_ms;                   /* time of the next order */
extern struct im_report report;          /* of the last order */
extern bool cut;

void world_begin(void); /* keys, once */
void world_end(void);
void im_begin(void);    /* an empty service */
void im_restart(void);
void im_end(void);

/* One of three RSA keys of the program, made when first asked for: making one takes long. */
EVP_PKEY *test_pkey(unsigned i);
/* Keys with certificates of the CA; @from, @to seconds, 0 = around T0. */
void party_make(struct party *p, const char *name, EVP_PKEY *pkey, const struct t_pair *issuer, int64_t from, int64_t to);
void party_free(struct party *p);

/* Control block and certificates completed, signed, encrypted, handed over: raw answer, or NULL if it was cut. */
unsigned char *party_send(struct party *p, struct osci_draft *d, size_t *ret_len);
/* The same with the answer opened and its control block checked; fails the test if it does not open. */
struct osci_message *party_order(struct party *p, struct osci_draft *d);
struct osci_message *party_open(struct party *p, const void *data, size_t len);
struct osci_message *hand_over(struct party *p, const void *data, size_t len);

/* Whole orders; the text returned is the verdict: last feedback code, or the fault's. */
const char *do_init(struct party *p);
const char *do_exit(struct party *p);
const char *do_get_id(struct party *p, char *ret /* 300 */);
const char *do_store(struct party *p, const char *id, const struct party *to, const char *text);
/* Text of the content fetched in @ret (300), "" if none. */
const char *do_fetch(struct party *p, char *ret);
/* First card of this id; the times that are set as letters C, F, R. */
const char *do_card(struct party *p, const char *id, char *ret /* 4 */);

#endif
