/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - what the gateway runs with: the file, and the keys, certificates and
 * schemas it names, loaded and checked once
 *
 * A fault in the common part refuses the start.  A fault in the keys of one office makes
 * that office unusable (its requests are refused with "certificate") and leaves the others alone.
 */
#ifndef XGW_CONF_CONFIG_H
#define XGW_CONF_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>
#include <osci/key.h>
#include <osci/message.h>
#include <xausl/schema.h>
#include <xgw/client.h>
#include "base/conf.h"
#include "conf/releases.h"

#define XGW_OFFICES_MAX 2000
#define XGW_CLIENTS_MAX 16 /* bus keys of one office */
#define XGW_CIPHERS_MAX 8  /* decryption keys of one office */
#define XGW_PARTNERS_MAX 2000

/* Whom offices write to and hear from; the first one is the BAMF. */
struct xgw_partner {
	struct xausl_party party; /* without a channel */
	struct osci_cert *cipher; /* its mailbox, and the reader of contents */
	struct osci_cert *sign;   /* pinned: what it sends is signed by this certificate; several may share one */
	struct xausl_announcement announced[XAUSL_ANNOUNCEMENTS_MAX]; /* sorted as in the file */
	size_t n_announced;       /* 0 = it follows the calendar */
};

struct xgw_office {
	struct xausl_party party;
	struct osci_key *sign;
	struct osci_key *cipher[XGW_CIPHERS_MAX]; /* [0] is announced */
	size_t n_cipher;
	const char *clients[XGW_CLIENTS_MAX];     /* Z85 */
	size_t n_clients;
	int64_t poll_ms;
	char fault[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX]; /* "" = usable */
};

struct xgw_config {
	struct conf *conf;
	const char *journal, *product, *vendor;
	const char *endpoint;
	struct xgw_keys bus_keys;
	const char *url;
	struct osci_cert *intermediary_cipher, *intermediary_sign;
	struct osci_trust *order_trust;   /* the intermediary's signature certificate alone */
	struct osci_trust *content_trust; /* anchors and the pinned signers */
	struct xgw_partner *partners;     /* [0] = the BAMF */
	size_t n_partners;
	struct xausl_partner *announcing; /* the same ones, as the calendar asks for them */
	struct xgw_office *offices;
	size_t n_offices;
	int64_t retry_first_ms, retry_max_ms, redeliver_ms;
	int64_t bus_message_max, queue_max;
	int64_t overdue_ms;
	unsigned reminder_days;
	int64_t clock_jump_ms, clock_settle_ms;
	bool reject; /* what partners send and is faulty gets a Rückweisung */
	bool test;
	struct xgw_releases releases;
	struct xausl *schemas;
	struct xausl_approvals *approvals; /* NULL = none, or they cannot be read */
	struct xausl_step warned;          /* of the warnings before the next change: what was reported */
	struct osci_algorithms *algorithms; /* until when each is read; NULL = whatever the date */
};

enum xgw_finding { XGW_FINDING_ERROR, XGW_FINDING_OFFICE, XGW_FINDING_WARNING };
/* One finding, "FILE:LINE:COL: text". XGW_FINDING_ERROR: the gateway does not start with it. */
typedef void xgw_config_report(void *arg, enum xgw_finding kind, const char *text);

extern const struct conf_item xgw_config_items[];

/*
 * Reads and checks @path at @now_ms; every finding goes to @report (may be NULL).  0 with *@ret, even if
 * offices are faulty; OSCI_E_CONFIG, or -errno if the file cannot be read.
 */
int xgw_config_load(struct xgw_config **ret, const char *path, int64_t now_ms, xgw_config_report *report,
		    void *arg, struct osci_err *err);
void xgw_config_freep(struct xgw_config **c);
/* NULL if there is none. */
struct xgw_office *xgw_config_office(const struct xgw_config *c, const char *key);
/* "" = the BAMF; NULL if there is none. */
const struct xgw_partner *xgw_config_partner(const struct xgw_config *c, const char *key);
/*
 * The partner whose pinned certificate this is, preferably the one with @key (may be ""); NULL: no partner's.
 */
const struct xgw_partner *xgw_config_signer(const struct xgw_config *c, const struct osci_cert *cert, const char *key);
/* Is this office able to sign and decrypt at @now_ms?  OSCI_E_UNTRUSTED or OSCI_E_KEYFILE with the cause. */
int xgw_office_usable(const struct xgw_office *o, int64_t now_ms, struct osci_err *err);
bool xgw_office_admits(const struct xgw_office *o, const char *client_key);

#endif
