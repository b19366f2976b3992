/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch - drains the mailbox of one office
 *
 * A delivery is committed to the journal, octet by octet, before the order that confirms its
 * reception is even built.  Understanding it comes after the dialogue.
 */
#include <errno.h>
#include <stdio.h>
#include <openssl/evp.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "main/testpoints.h"

#define SHA256_OCTETS 32

static void go(struct xgw_line *l);

/* Also after a dialogue that broke: what it brought is in the journal. */
static void process(struct xgw_line *l)
{
	struct osci_err e = { 0 };

	if (xgw_inbound(l->g, l->office, &e))
		osci_log_err(OSCI_LOG_ERROR, "journal-failed", &e, "office", l->office->party.key, NULL);
}

static void answered(void *arg, int result, long status, const void *body, size_t len, const struct osci_err *err)
{
	struct xgw_line *l = arg;

	l->exchange = 0;
	if (result) {
		line_failed(l, "fetch-failed", err);
		process(l);
		return;
	}
	(void)osci_fetcher_input(l->fetcher, body, len, xgw_now(l->g) / 1000, NULL);
	go(l);
}

static int keep(struct xgw_line *l, struct osci_err *err)
{
	const struct osci_message *m = osci_seq_message(osci_fetcher_seq(l->fetcher));
	unsigned char digest[SHA256_OCTETS];
	char hex[2 * SHA256_OCTETS + 1];
	const char *id = m ? osci_message_delivery_id(m) : NULL;
	const unsigned char *raw;
	size_t len;
	int r;

	raw = osci_fetcher_raw(l->fetcher, &len);
	if (!id || !id[0]) {
		if (!EVP_Digest(raw, len, digest, NULL, EVP_sha256(), NULL))
			return -ENOMEM;
		osci_hex(hex, digest, sizeof(digest));
		id = hex;
	}
	r = xgw_journal_add_inbound(l->g->journal, l->office->party.key, id, raw, len, xgw_believed(l->g), err);
	if (r == OSCI_E_EXISTS) {
		/* Our confirmation of it was lost; it is safe already. */
		osci_log(OSCI_LOG_INFO, "delivery-known", "office", l->office->party.key, "osci_id", id, NULL);
		r = 0;
	}
	if (!r)
		xgw_testpoint("after-fetch-commit");
	return r;
}

static void go(struct xgw_line *l)
{
	struct osci_err e = { 0 };
	const unsigned char *out;
	size_t len;
	int r;

	for (;;) {
		switch (osci_fetcher_step(l->fetcher)) {
		case OSCI_STEP_POST:
			out = osci_fetcher_output(l->fetcher, &len);
			r = line_post(l, out, len, answered, &e);
			if (r) {
				line_failed(l, "fetch-failed", &e);
				process(l);
			}
			return;
		case OSCI_STEP_DELIVERY:
			r = keep(l, &e);
			if (r) {
				osci_fetcher_abort(l->fetcher);
				process(l);
				line_failed(l, "journal-failed", &e);
				return;
			}
			(void)osci_fetcher_continue(l->fetcher, NULL);
			break;
		case OSCI_STEP_DONE:
			if (osci_fetcher_more(l->fetcher))
				l->next_poll = xgw_mono(l->g);
			line_done(l);
			process(l);
			return;
		default:
			e = *osci_fetcher_error(l->fetcher);
			line_failed(l, "fetch-failed", &e);
			process(l);
			return;
		}
	}
}

int line_fetch(struct xgw_line *l, struct osci_err *err)
{
	struct osci_err cause = { 0 };
	int r;

	r = osci_fetcher_new(&l->fetcher, &l->conf, XGW_FETCH_MAX, &cause);
	if (r) {
		line_failed(l, "fetch-failed", &cause);
		return r == -ENOMEM ? r : 0;
	}
	go(l);
	return 0;
}
