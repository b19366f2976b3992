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
#include <osci/package.h>
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
	bool unchecked;          /* messages of many orders need not all be held against the schemas */
	const struct osci_cert *encrypt_for; /* NULL = the intermediary */
};

/* A passive recipient: what it does with the next orders, and what it got. */
enum recipient_mode {
	RECIPIENT_ACCEPTS,
	RECIPIENT_UNSIGNED,    /* accepts, without signature */
	RECIPIENT_PLAIN,       /* accepts, without encryption */
	RECIPIENT_OTHER_SIGNER,
	RECIPIENT_SPOILED,     /* signature that does not hold */
	RECIPIENT_WRONG_RESPONSE,
	RECIPIENT_REFUSES,     /* feedback 9602 */
	RECIPIENT_INTERNAL,    /* feedback 9811 */
	RECIPIENT_WARNS,       /* last feedback 3500 */
	RECIPIENT_FAULT,       /* SOAP fault 9202 */
	RECIPIENT_SERVER_FAULT, /* SOAP fault 9000 */
	RECIPIENT_GARBAGE,
	RECIPIENT_OTHER_TYPE,
	RECIPIENT_REFUSED,     /* nobody listens */
	RECIPIENT_CUT_BEFORE,  /* connection cut in the middle of the order */
	RECIPIENT_CUT_AFTER,   /* order complete, no answer */
	RECIPIENT_NO_REPLY,    /* ProcessDelivery: accepts, no content */
	RECIPIENT_NO_ID,       /* ProcessDelivery: reply without the id it was given */
	RECIPIENT_FOREIGN_ID,  /* ProcessDelivery: reply with an id of its own */
};

struct recipient {
	struct party *keys;
	const struct osci_cert *signer;  /* of orders to it; NULL = the one of im_set */
	struct party *other;             /* for RECIPIENT_OTHER_SIGNER */
	enum recipient_mode mode;
	unsigned calls;
	struct osci_message *got;        /* last order, opened; free with osci_message_freep() */
	char url[64];                    /* last one asked for */
	void (*before)(struct recipient *r); /* called while the order is under way; or NULL */
};

/* im_settings.exchange; @arg: struct recipient. */
int recipient_exchange(void *arg, const char *url, struct osci_stream *request, struct osci_blob **ret,
		       struct osci_err *err);

extern struct im_service im;
extern struct im_settings im_set;
extern struct t_pair im_ca, own_cipher;
extern struct osci_trust *everyone;      /* the CA */
extern int64_t now_ms;                   /* time of the next order */
extern _Thread_local struct im_report report; /* of the last order of this thread */
extern _Thread_local bool cut;
extern const char *party_peer;           /* address of the next orders */

void world_begin(void); /* keys, once */
void world_write_keys(const char *sign, const char *cipher, const char *password); /* the intermediary's, PKCS#12 */
void world_end(void);
/* Certificates of the intermediary. */
const struct osci_cert *world_sign_cert(void);
struct osci_cert *world_cipher_cert(void);
void im_begin(void);    /* an empty service */
void im_restart(void);
void im_end(void);

/* One of three RSA keys of the program, made when first asked for: making one takes long. */
EVP_PKEY *test_pkey(unsigned i);
/* Keys with certificates of the CA; @from, @to seconds, 0 = around T0. */
void party_make(struct party *p, const char *name, EVP_PKEY *pkey, const struct t_pair *issuer, int64_t from, int64_t to);
void party_free(struct party *p);

/* Where orders go: octets in, octets of the answer out, NULL = cut. By default the service in this process. */
extern unsigned char *(*party_carry)(const void *data, size_t len, size_t *ret_len);

/* The octets of an order, control block and certificates completed. */
unsigned char *party_write(struct party *p, struct osci_draft *d, size_t *ret_len);
/* Control block and certificates completed, signed, encrypted, handed over: raw answer, or NULL if it was cut. */
unsigned char *party_send(struct party *p, struct osci_draft *d, size_t *ret_len);
/* The same with the answer opened and its control block checked; fails the test if it does not open. */
struct osci_message *party_order(struct party *p, struct osci_draft *d);
struct osci_message *party_open(struct party *p, const void *data, size_t len);
struct osci_message *hand_over(struct party *p, const void *data, size_t len);

/* The content of a message, opened by @p, in @ret (300). */
void party_content(struct party *p, const struct osci_message *m, char *ret);
/* Draft of @type with signed and encrypted @text for @to; @certs of 3, *@package for osci_package_freep(). */
void party_draft(struct party *p, const struct party *to, enum osci_type type, const char *id, const char *text,
		 struct osci_draft *d, struct osci_draft_cert *certs, struct osci_package **package);

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
