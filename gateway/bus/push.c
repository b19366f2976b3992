/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push - deliveries on their way to the offices
 *
 * The journal is the queue; here is only what is under way.  That a delivery is about to be offered is
 * committed before it is, so that "redelivery" is never missing from a second offer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "bus/bus.h"
#include "main/testpoints.h"

#define BLOCKED_MS 1000

void bus_landed(struct xgw_session *s, int64_t delivery)
{
	for (size_t i = 0; i < s->n_flights; i++)
		if (s->flights[i].delivery == delivery) {
			s->n_flights--;
			memmove(&s->flights[i], &s->flights[i + 1], (s->n_flights - i) * sizeof(s->flights[0]));
			s->dirty = true;
			return;
		}
}

/* 0 offered; OSCI_E_NETWORK, OSCI_E_STATE as xgw_frame_send(). */
static int offer(struct xgw_bus *b, struct xgw_session *s, const struct xgw_delivery_row *d, struct osci_err *err)
{
	char id[32];
	json_t *json;
	int r;

	json = json_loads(d->json, 0, NULL);
	snprintf(id, sizeof(id), "%lld", (long long)d->id);
	if (!json || json_object_set_new(json, "delivery", json_string(id)) ||
	    json_object_set_new(json, "redelivery", json_boolean(d->sent > 0))) {
		json_decref(json);
		return -ENOMEM;
	}
	r = xgw_journal_delivery_sent(b->g->journal, d->id, err);
	if (!r)
		r = xgw_frame_send(b->router, s->route, s->route_len, "DELIVERY", json, d->xml, d->xml_len);
	json_decref(json);
	if (r)
		return r;
	osci_log(OSCI_LOG_DEBUG, "delivery-offered", "office", s->office->party.key, "delivery", id, NULL);
	xgw_testpoint("after-delivery-send");
	return 0;
}

/* What an offer that did not go out means for the connection; 0 = handled. */
static int trouble(struct xgw_bus *b, struct xgw_session *s, int r)
{
	if (r == OSCI_E_NETWORK) {
		osci_log(OSCI_LOG_INFO, "office-gone", "office", s->office->party.key, NULL);
		s->route_len = 0;
		s->n_flights = 0;
		return 0;
	}
	if (r == OSCI_E_STATE) {
		s->blocked_until = xgw_mono(b->g) + BLOCKED_MS;
		return 0;
	}
	return r < 0 ? r : -EIO;
}

static int again(struct xgw_bus *b, struct xgw_session *s, int64_t now, struct osci_err *err)
{
	for (size_t i = 0; i < s->n_flights;) {
		_cleanup_(xgw_delivery_row_freep) struct xgw_delivery_row *d = NULL;
		int r;

		if (now - s->flights[i].sent_at < b->g->conf->redeliver_ms) {
			i++;
			continue;
		}
		r = xgw_journal_delivery(b->g->journal, s->office->party.key, s->flights[i].delivery, &d, err);
		if (r == OSCI_E_EMPTY) {
			bus_landed(s, s->flights[i].delivery); /* acknowledged over another connection */
			continue;
		}
		if (!r)
			r = offer(b, s, d, err);
		if (r)
			return r;
		s->flights[i++].sent_at = now;
	}
	return 0;
}

static int fresh(struct xgw_bus *b, struct xgw_session *s, int64_t now, struct osci_err *err)
{
	while (s->dirty && s->n_flights < XGW_WINDOW) {
		_cleanup_(xgw_delivery_row_freep) struct xgw_delivery_row *d = NULL;
		int r;

		r = xgw_journal_next_delivery(b->g->journal, s->office->party.key, s->last, &d, err);
		if (r == OSCI_E_EMPTY) {
			s->dirty = false;
			return 0;
		}
		if (!r)
			r = offer(b, s, d, err);
		if (r)
			return r;
		s->last = d->id;
		s->flights[s->n_flights++] = (struct xgw_flight){ d->id, now };
	}
	return 0;
}

int bus_push(struct xgw_bus *b, struct xgw_session *s, int64_t *wait, struct osci_err *err)
{
	int64_t now = xgw_mono(b->g);
	int r;

	if (!s->route_len)
		return 0;
	if (now < s->blocked_until) {
		if (s->blocked_until - now < *wait)
			*wait = s->blocked_until - now;
		return 0;
	}
	r = again(b, s, now, err);
	if (!r)
		r = fresh(b, s, now, err);
	if (r)
		return trouble(b, s, r);
	for (size_t i = 0; i < s->n_flights; i++) {
		int64_t left = s->flights[i].sent_at + b->g->conf->redeliver_ms - now;

		if (left < *wait)
			*wait = left > 0 ? left : 0;
	}
	return 0;
}
