/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - what outlives a restart: issued MessageIds, mailboxes, process cards
 *
 * Clients and mailboxes are named by im_participants_name(): an id, or the SHA-256 of a cipher certificate.
 * Every function leaves the store as it was when it fails; when it returns 0 the change is durable.
 * Contents are stored as they came, encrypted or not, and never looked into: small ones in rows, what is larger than
 * IM_STORE_INLINE in files beside the database.  Thread-safe: the database under a lock of its own, files read and
 * written outside of it.  Times are ms since 1970.
 */
#ifndef OSCI_INTERMEDIARY_STORE_H
#define OSCI_INTERMEDIARY_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <osci/message.h>
#include "base/db.h"
#include "intermediary/files.h"
#include "intermediary/pool.h"

#define IM_MESSAGE_ID_MAX 256
#define IM_STORE_INLINE 65536u /* octets: larger parts and packages are files */

struct im_store_limits {
	uint64_t mailbox_deliveries; /* pending ones in one mailbox */
	uint64_t mailbox_bytes;
	uint64_t open_ids;           /* issued and not used, per client */
};

struct im_store {
	struct db db;
	struct im_files files;
	struct im_store_limits limits;
	pthread_mutex_t lock; /* over db */
	bool open;
};

struct im_stored_cert {
	enum osci_role role;
	const char *id; /* as the sender wrote it: encrypted content points at it */
	const unsigned char *der;
	size_t len;
};

struct im_card {
	int64_t seq;             /* key of card and delivery; grows */
	const char *message_id;
	const char *originator;  /* "" = sent without a cipher certificate */
	const char *addressee;   /* mailbox */
	const char *subject;     /* NULL = none */
	int64_t creation, forwarding, reception, modified; /* 0 = not set */
	const struct osci_inspection *inspections;
	size_t n_inspections;
	unsigned char fingerprint[32]; /* of what was handed in; set by im_store_put() */
};

struct im_delivery {
	struct im_card card;
	int64_t transfer;        /* put: that it came in, ended with it in one step by @verdict; 0 = none */
	const char *verdict;
	uint64_t max_deliveries, max_bytes; /* put: waiting in this mailbox; 0 = limits of the store */
	const char *package;     /* canonical children of ContentPackage */
	size_t package_len;
	struct osci_part *parts; /* put: digests are filled in; fetch: with digest, octets in memory or in a blob */
	size_t n_parts;
	const struct im_stored_cert *certs;
	size_t n_certs;
	const struct osci_custom *custom;
	size_t n_custom;
};

int im_store_open(struct im_store *s, const char *path, const struct im_store_limits *limits, struct osci_err *err);
void im_store_close(struct im_store *s);
/* Everything of @from, issued ids, mailbox and cards, is @to's from now on. */
int im_store_adopt(struct im_store *s, const char *from, const char *to, struct osci_err *err);

/* Issues "<uuid>@<host>" to @client; at its maximum of unused ones the oldest goes. @ret from @pool. */
int im_store_issue(struct im_store *s, const char *client, const char *host, int64_t now, struct im_pool *pool,
		   const char **ret, struct osci_err *err);
/*
 * Takes a delivery into its mailbox and opens its card; sets card.seq.  OSCI_E_EXISTS: the id was
 * not issued to the originator, or is used (9801); *@ret_conflict (may be NULL): used by the originator for something
 * else than this.  OSCI_E_LIMIT: the mailbox is full.
 */
int im_store_put(struct im_store *s, struct im_delivery *d, int64_t now, bool *ret_conflict, struct osci_err *err);

/*
 * The card alone, of a delivery that goes on at once and is not kept: uses the id up, sets Creation.  Outcomes as of
 * im_store_put(), but for the mailbox.
 */
int im_store_open_card(struct im_store *s, struct im_delivery *d, int64_t now, bool *ret_conflict, struct osci_err *err);
/* Forwarding of such a delivery; Reception is im_store_received(). */
int im_store_forwarded(struct im_store *s, struct im_card *card, int64_t now, struct osci_err *err);
/*
 * A pending delivery of @mailbox: by MessageId, the oldest submitted at or after a time, or the
 * oldest.  Sets Forwarding (the first time only) and RecentModification.  *@ret_more: others are
 * pending besides it.  OSCI_E_EMPTY if nothing fits; OSCI_E_MALFORMED if a file of it is missing.
 */
int im_store_fetch(struct im_store *s, const char *mailbox, const struct osci_selection *selection, int64_t now,
		   struct im_pool *pool, struct im_delivery **ret, bool *ret_more, struct osci_err *err);
/* Reception of a delivery: leaves the mailbox at once; content goes after @retention ms. */
int im_store_received(struct im_store *s, int64_t seq, int64_t now, int64_t retention, struct osci_err *err);

/* Cards that @client may see and @selection names, at most @max; *@ret_more: there are more. OSCI_E_EMPTY: none. */
int im_store_cards(struct im_store *s, const char *client, const struct osci_selection *selection, size_t max,
		   struct im_pool *pool, struct im_card **ret, size_t *ret_n, bool *ret_more, struct osci_err *err);

/* --- looking beside the running program (store_look.c) ---------------- */

/* Reads only; im_store_close() ends it. OSCI_E_EMPTY: there is no database. */
int im_store_open_reader(struct im_store *s, const char *path, struct osci_err *err);
struct im_listed {
	struct im_card card;
	uint64_t bytes; /* of the content; 0 = it is gone */
	bool waiting;   /* in its mailbox */
};
/* The first card behind number @after; OSCI_E_EMPTY. */
int im_store_list(struct im_store *s, int64_t after, struct im_pool *pool, struct im_listed **ret, struct osci_err *err);
/* A delivery as it would be handed out, unchanged by that; OSCI_E_EMPTY if its content is gone. */
int im_store_look(struct im_store *s, int64_t seq, struct im_pool *pool, struct im_delivery **ret, struct osci_err *err);

struct im_store_waiting {
	uint64_t deliveries, octets;
};

struct im_store_stats {
	struct im_store_waiting waiting; /* in all mailboxes */
	uint64_t mailboxes; /* with something in them */
	int64_t oldest;     /* Creation of the delivery that waits longest; 0 = nothing waits */
};
int im_store_stats(struct im_store *s, struct im_store_stats *ret, struct osci_err *err);
int im_store_waiting(struct im_store *s, const char *mailbox, struct im_store_waiting *ret, struct osci_err *err);

/*
 * Removes what is past its time: confirmed content, cards and ids last touched before @keep_since, transfers in chunks,
 * complete or not, last touched at @chunks_since or before.
 */
int im_store_purge(struct im_store *s, int64_t now, int64_t keep_since, int64_t chunks_since, struct osci_err *err);

#endif
