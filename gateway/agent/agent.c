/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent - when which office sends, fetches or asks for process cards
 *
 * Failures double the wait up to retry.max, with jitter, per office.  Sending, fetching and asking for
 * cards take turns, so that neither a full queue nor a full mailbox starves the others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"

#define CARDS_EVERY 2 /* times the polling interval */
#define IDLE_MS 1000

struct xgw_agent {
	struct xgw *g;
	struct xgw_line *lines;
	size_t n;
	size_t active;
	size_t turn; /* first line to look at: all get their chance when the limit is reached */
};

/* Between half and all of @ms. */
static int64_t jitter(int64_t ms)
{
	uint32_t x = 0;

	if (ms < 2 || osci_random(&x, sizeof(x)))
		return ms;
	return ms / 2 + (int64_t)(x % (uint64_t)(ms / 2 + 1));
}

static int64_t backoff(const struct xgw_line *l)
{
	const struct xgw_config *c = l->g->conf;
	int64_t ms = c->retry_first_ms;

	for (unsigned i = 1; i < l->failures && ms < c->retry_max_ms; i++)
		ms *= 2;
	return jitter(ms < c->retry_max_ms ? ms : c->retry_max_ms);
}

int xgw_agent_new(struct xgw_agent **ret, struct xgw *g, struct osci_err *err)
{
	struct xgw_agent *a = calloc(1, sizeof(*a));
	int64_t now = xgw_mono(g);

	if (!a)
		return -ENOMEM;
	a->g = g;
	a->lines = calloc(g->conf->n_offices, sizeof(*a->lines));
	if (!a->lines) {
		free(a);
		return -ENOMEM;
	}
	a->n = g->conf->n_offices;
	for (size_t i = 0; i < a->n; i++) {
		struct xgw_line *l = &a->lines[i];
		struct xgw_office *o = &g->conf->offices[i];

		l->g = g;
		l->agent = a;
		l->office = o;
		l->queued = true;
		l->conf = (struct osci_client_conf){
			.sign = o->sign,
			.decrypt = o->cipher,
			.n_decrypt = o->n_cipher,
			.intermediary_cipher = g->conf->intermediary_cipher,
			.intermediary_signer = g->conf->intermediary_sign,
			.trust = g->conf->order_trust,
			.policy = { .require_signature = true, .require_encryption = true,
				    .algorithms = g->conf->algorithms },
			.limits = &g->limits,
		};
		l->next_send = now;
		l->next_poll = now;
		l->next_cards = now + o->poll_ms;
	}
	*ret = a;
	return 0;
}

static void line_clear(struct xgw_line *l)
{
	osci_sender_freep(&l->sender);
	osci_fetcher_freep(&l->fetcher);
	osci_card_query_freep(&l->cards);
	xgw_request_freep(&l->request);
	for (size_t i = 0; i < l->n_cards; i++)
		free(l->card_osci_ids[i]);
	l->n_cards = 0;
	l->storing = false;
}

void xgw_agent_freep(struct xgw_agent **p)
{
	struct xgw_agent *a = *p;

	*p = NULL;
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++) {
		if (a->lines[i].exchange)
			osci_http_cancel(a->g->http, a->lines[i].exchange);
		line_clear(&a->lines[i]);
	}
	free(a->lines);
	free(a);
}

void xgw_agent_wake(struct xgw_agent *a, const struct xgw_office *o)
{
	a->lines[o - a->g->conf->offices].queued = true;
}

int line_post(struct xgw_line *l, const void *data, size_t len, osci_http_done *done, struct osci_err *err)
{
	return osci_http_post(l->g->http, l->g->conf->url, data, len, done, l, &l->exchange, err);
}

static void end_task(struct xgw_line *l)
{
	enum xgw_task task = l->task;

	line_clear(l);
	l->task = XGW_IDLE;
	l->exchange = 0;
	if (task != XGW_IDLE) {
		l->last = task;
		l->agent->active--;
	}
}

void line_done(struct xgw_line *l)
{
	l->failures = 0;
	end_task(l);
}

int line_wait(struct xgw_line *l, const char *reason, int64_t ms)
{
	if (!l->waits)
		osci_log(OSCI_LOG_WARN, "sending-waits", "office", l->office->party.key, "reason", reason, NULL);
	l->waits = true;
	line_done(l);
	l->next_send = xgw_mono(l->g) + ms;
	return 0;
}

void line_failed(struct xgw_line *l, const char *event, const struct osci_err *cause)
{
	int64_t wait, now = xgw_mono(l->g);
	char attempt[32], ms[32];

	if (l->failures < 1000)
		l->failures++;
	wait = backoff(l);
	l->next_send = now + wait;
	if (l->next_poll < now + wait)
		l->next_poll = now + wait;
	if (l->next_cards < now + wait)
		l->next_cards = now + wait;
	snprintf(attempt, sizeof(attempt), "%u", l->failures);
	snprintf(ms, sizeof(ms), "%lld", (long long)wait);
	osci_log_err(OSCI_LOG_WARN, event, cause, "office", l->office->party.key, "attempt", attempt, "ms", ms, NULL);
	end_task(l);
}

static bool due(const struct xgw_line *l, enum xgw_task task, int64_t now)
{
	switch (task) {
	case XGW_SENDING:
		return l->queued && now >= l->next_send;
	case XGW_FETCHING:
		return now >= l->next_poll;
	case XGW_CARDS:
		return now >= l->next_cards;
	default:
		return false;
	}
}

static int start_task(struct xgw_line *l, enum xgw_task task, int64_t now, struct osci_err *err)
{
	int64_t poll = l->office->poll_ms;

	l->task = task;
	l->agent->active++;
	switch (task) {
	case XGW_SENDING:
		return line_send(l, err);
	case XGW_FETCHING:
		l->next_poll = now + poll - poll / 10 + jitter(poll / 10);
		return line_fetch(l, err);
	default:
		l->next_cards = now + CARDS_EVERY * poll;
		return line_cards(l, err);
	}
}

/* Starts what is due, if anything; the task after the last one has the first try, so that all get their turn. */
static int start(struct xgw_line *l, int64_t now, struct osci_err *err)
{
	enum xgw_task last = l->last;

	for (unsigned k = 0; k < XGW_TASKS; k++) {
		enum xgw_task task = (enum xgw_task)(1 + (last + k) % XGW_TASKS);
		int r;

		if (!due(l, task, now))
			continue;
		r = start_task(l, task, now, err);
		if (r && r != OSCI_E_EMPTY && l->task != XGW_IDLE)
			line_failed(l, "step-failed", err); /* whatever it was: the line must not stay taken */
		if (r != OSCI_E_EMPTY)
			return r;
		if (task == XGW_SENDING)
			l->queued = false;
		end_task(l);
	}
	return 0;
}

static int64_t next_due(const struct xgw_line *l)
{
	int64_t t = l->next_poll < l->next_cards ? l->next_poll : l->next_cards;

	return l->queued && l->next_send < t ? l->next_send : t;
}

int xgw_agent_run(struct xgw_agent *a, struct osci_err *err)
{
	int64_t wait = IDLE_MS;

	for (size_t k = 0; k < a->n; k++) {
		struct xgw_line *l = &a->lines[(a->turn + k) % a->n];
		int64_t now = xgw_mono(a->g);
		int r;

		if (l->task != XGW_IDLE || l->office->fault[0] || !l->office->sign || !l->office->n_cipher)
			continue;
		if (next_due(l) <= now) {
			if (a->active >= XGW_LINES_ACTIVE_MAX) {
				a->turn = (a->turn + k) % a->n;
				return IDLE_MS; /* a transfer that ends wakes the loop */
			}
			r = start(l, now, err);
			if (r < 0)
				return r;
		}
		if (l->task == XGW_IDLE && next_due(l) - now < wait)
			wait = next_due(l) > now ? next_due(l) - now : 0;
	}
	return (int)wait;
}
