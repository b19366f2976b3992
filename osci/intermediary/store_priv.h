/* SPDX-License-Identifier: Apache-2.0 */
/* store_priv - what the files of the store share */
#ifndef OSCI_INTERMEDIARY_STORE_PRIV_H
#define OSCI_INTERMEDIARY_STORE_PRIV_H

#include "intermediary/store.h"

#define STORE_CARD_COLUMNS "seq,message_id,originator,addressee,subject,creation,forwarding,reception,modified"

/* Selections; a test asks SQLite that each goes by an index and sorts nothing. */
#define STORE_SQL_FIND_ID \
	"SELECT d.seq FROM card c CROSS JOIN delivery d USING(seq) WHERE c.message_id=? AND d.mailbox=? AND d.purge=0"
#define STORE_SQL_FIND_SINCE \
	"SELECT seq FROM delivery INDEXED BY delivery_creation WHERE mailbox=? AND purge=0 AND creation>=?" \
	" ORDER BY creation,seq LIMIT 1"
#define STORE_SQL_FIND_OLDEST \
	"SELECT seq FROM delivery INDEXED BY delivery_pending WHERE mailbox=? AND purge=0 ORDER BY seq LIMIT 1"
#define STORE_SQL_MORE \
	"SELECT 1 FROM delivery INDEXED BY delivery_pending WHERE mailbox=? AND purge=0 AND seq<>? LIMIT 1"
/* ?1 client, ?2 since, ?3 as originator, ?4 as addressee, ?5 only without reception, ?6 at most; both sides merged. */
#define STORE_SQL_CARDS(column) \
	"SELECT " STORE_CARD_COLUMNS " FROM card WHERE originator=?1 AND " column ">=?2 AND ?3" \
	" AND (NOT ?5 OR reception=0)" \
	" UNION ALL SELECT " STORE_CARD_COLUMNS " FROM card WHERE addressee=?1 AND " column ">=?2 AND ?4" \
	" AND (NOT ?5 OR reception=0) AND NOT (?3 AND originator=?1)" \
	" ORDER BY " column ",seq LIMIT ?6"
#define STORE_SQL_CARDS_SINCE STORE_SQL_CARDS("creation")
#define STORE_SQL_CARDS_RECENT STORE_SQL_CARDS("modified")

/* Lock and transaction; store_end() commits if @r is 0, else rolls back. */
int store_begin(struct im_store *s, struct osci_err *err);
int store_end(struct im_store *s, int r, struct osci_err *err);

/* Names of files: those a transaction is about to leave without a row, or those it will name. */
struct store_names {
	char (*names)[IM_FILE_NAME + 1];
	size_t n, cap;
};
int store_names_add(struct store_names *l, const char *name, struct osci_err *err);
/* Adds what @sql (one integer, one column) finds. */
int store_names_of(struct im_store *s, struct store_names *l, const char *sql, int64_t key, struct osci_err *err);
/* After the transaction: frees the list, with @remove the files too. */
void store_names_end(struct im_store *s, struct store_names *l, bool remove);

/* Part of transactions: verdict of a transfer; removal of what nobody touched since. */
int store_transfer_end(struct im_store *s, int64_t id, const char *verdict, struct store_names *gone,
		       struct osci_err *err);
int store_purge_transfers(struct im_store *s, int64_t touched, struct store_names *gone, struct osci_err *err);
/* The pending delivery that a selection means; OSCI_E_EMPTY. */
int store_find_pending(struct im_store *s, const char *mailbox, const struct osci_selection *sel, int64_t *ret,
		       struct osci_err *err);
/* Everything of a delivery; its package may come as a file, which store_read_package() reads without the lock. */
int store_load(struct im_store *s, int64_t seq, struct im_pool *pool, struct im_delivery *d, struct osci_blob **package,
	       struct osci_err *err);
int store_read_package(struct im_delivery *d, struct osci_blob *file, struct im_pool *pool, struct osci_err *err);
int store_insert_card(struct im_store *s, struct im_card *c, struct osci_err *err);
/* The card that @st stands on (STORE_CARD_COLUMNS), with its inspections. */
int store_load_card(struct im_store *s, struct im_card *c, sqlite3_stmt *st, struct im_pool *pool, struct osci_err *err);
/* Rows of one table of a delivery: number in *@n, then the query itself. */
int store_rows(struct im_store *s, sqlite3_stmt **ret, size_t *n, int64_t seq, const char *sql_count, const char *sql,
	       struct osci_err *err);

#endif
