/* SPDX-License-Identifier: Apache-2.0 */
/* status - snapshot of store, dialogs, disk; the two documents made of it */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "base/text.h"
#include "intermediary/status.h"

#define DAY_S 86400

int im_status_init(struct im_status *s, const struct im_config *config, struct im_service *service, int64_t now)
{
	size_t n = config->set.participants.n;

	*s = (struct im_status){ .config = config, .service = service, .started = now };
	s->waiting = calloc(n ? n : 1, sizeof(*s->waiting));
	if (!s->waiting || im_guard_new(&s->guard, config->decrypt_failures, config->decrypt_window)) {
		free(s->waiting);
		return -ENOMEM;
	}
	pthread_mutex_init(&s->lock, NULL);
	return 0;
}

void im_status_free(struct im_status *s)
{
	if (!s->waiting)
		return;
	im_guard_freep(&s->guard);
	free(s->waiting);
	s->waiting = NULL;
	pthread_mutex_destroy(&s->lock);
}

int im_status_refresh(struct im_status *s, int64_t now, struct osci_err *err)
{
	const struct im_settings *set = &s->config->set;
	size_t n = set->participants.n, dialogs = 0, refused = im_guard_refused_names(s->guard, now);
	struct im_store_waiting *waiting = calloc(n ? n : 1, sizeof(*waiting)), *old;
	struct im_store_stats store = { 0 };
	uint64_t unused = 0;
	unsigned used = 0;
	uint64_t spool = osci_spool_used(s->service->spool);
	int r;

	if (!waiting)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for the status");
	im_disk_free(set->database, &unused, &used);
	r = im_service_stats(s->service, &store, &dialogs, err);
	for (size_t i = 0; !r && i < n; i++)
		r = im_store_waiting(&s->service->store, set->participants.list[i].id, &waiting[i], err);
	pthread_mutex_lock(&s->lock);
	s->taken = now;
	s->database_ok = !r;
	s->spool_used = spool;
	s->disk_free = unused;
	s->disk_used = used;
	s->disk_low = im_disk_low(&set->disk, set->database, 0);
	s->refused_peers = refused;
	old = waiting;
	if (!r) { /* otherwise the last known figures */
		s->store = store;
		s->dialogs = dialogs;
		old = s->waiting;
		s->waiting = waiting;
	}
	pthread_mutex_unlock(&s->lock);
	free(old);
	return r;
}

/* --- certificates ------------------------------------------------------- */

typedef void cert_fn(void *arg, const char *use, const char *participant, const struct osci_cert *cert);

static void each_cert(const struct im_config *c, cert_fn *fn, void *arg)
{
	const struct im_settings *set = &c->set;

	if (set->sign)
		fn(arg, "sign", "", osci_key_cert(set->sign));
	for (size_t i = 0; i < set->n_cipher; i++)
		fn(arg, "cipher", "", osci_key_cert(set->cipher[i]));
	if (c->tls)
		fn(arg, "tls", "", c->tls);
	for (size_t i = 0; i < set->participants.n; i++) {
		const struct im_participant *one = &set->participants.list[i];

		for (size_t k = 0; k < one->n_sign; k++)
			fn(arg, "sign", one->id, one->sign[k]);
		for (size_t k = 0; k < one->n_cipher; k++)
			fn(arg, "cipher", one->id, one->cipher[k]);
	}
}

static int64_t days_left(const struct osci_cert *cert, int64_t now)
{
	int64_t left = osci_cert_not_after(cert) - now / 1000;

	return left >= 0 ? left / DAY_S : -((DAY_S - 1 - left) / DAY_S);
}

struct own_days {
	int64_t now, least;
};

static void least_own(void *arg, const char *use, const char *participant, const struct osci_cert *cert)
{
	struct own_days *d = arg;
	int64_t days = days_left(cert, d->now);

	if (!participant[0] && days < d->least)
		d->least = days;
}

struct cert_lines {
	struct osci_buf *out;
	int64_t now;
};

static void cert_line(void *arg, const char *use, const char *participant, const struct osci_cert *cert)
{
	struct cert_lines *l = arg;

	osci_buf_addf(l->out, "osci_certificate_expiry_days{use=\"%s\",participant=\"%s\",certificate=\"%.16s\"} %" PRId64 "\n",
		      use, participant, osci_cert_sha256(cert), days_left(cert, l->now));
}

/* --- documents ---------------------------------------------------------- */

static json_t *weak_list(const struct im_config *c)
{
	struct im_weak weak[IM_WEAK_MAX];
	size_t n = im_config_weak(c, weak);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(weak[i].setting));
	return list;
}

static int64_t oldest_seconds(const struct im_status *s, int64_t now)
{
	return s->store.oldest && now > s->store.oldest ? (now - s->store.oldest) / 1000 : 0;
}

bool im_status_health(struct im_status *s, int64_t now, struct osci_buf *out)
{
	struct own_days own = { now, INT32_MAX };
	json_t *doc;
	char *text;
	bool ok;

	each_cert(s->config, least_own, &own);
	pthread_mutex_lock(&s->lock);
	ok = s->taken && s->database_ok && !s->disk_low;
	doc = json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:{s:I,s:i,s:b},s:I,s:I,s:I,s:I,s:I,s:o}",
			"status", !ok ? "failed" : own.least < 0 ? "degraded" : "ok", "program", "osci-intermediaryd",
			"version", OSCI_VERSION, "uptime_seconds", (json_int_t)((now - s->started) / 1000),
			"snapshot_age_seconds", (json_int_t)((now - s->taken) / 1000),
			"database", s->database_ok ? "ok" : "failed", "disk",
			"free_octets", (json_int_t)s->disk_free, "used_percent", (int)s->disk_used, "low", (int)s->disk_low,
			"oldest_undelivered_seconds", (json_int_t)oldest_seconds(s, now), "deliveries_waiting",
			(json_int_t)s->store.waiting.deliveries, "dialogs", (json_int_t)s->dialogs,
			"refused_senders", (json_int_t)s->refused_peers, "certificate_days", (json_int_t)own.least,
			"weakened", weak_list(s->config));
	pthread_mutex_unlock(&s->lock);
	text = doc ? json_dumps(doc, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
	json_decref(doc);
	if (text)
		osci_buf_adds(out, text);
	else
		osci_buf_fail(out, -ENOMEM);
	osci_buf_addc(out, '\n');
	free(text);
	return ok;
}

static void gauge(struct osci_buf *out, const char *name, uint64_t value, const char *help)
{
	im_metric_head(out, name, "gauge", help);
	im_metric_value(out, name, value);
}

static void write_waiting(const struct im_status *s, struct osci_buf *out)
{
	const struct im_participants *p = &s->config->set.participants;

	if (!p->n)
		return;
	im_metric_head(out, "osci_participant_deliveries_waiting", "gauge", "Deliveries in the mailbox of a participant.");
	for (size_t i = 0; i < p->n; i++)
		osci_buf_addf(out, "osci_participant_deliveries_waiting{participant=\"%s\"} %" PRIu64 "\n", p->list[i].id,
			      s->waiting[i].deliveries);
	im_metric_head(out, "osci_participant_waiting_octets", "gauge", "Octets in the mailbox of a participant.");
	for (size_t i = 0; i < p->n; i++)
		osci_buf_addf(out, "osci_participant_waiting_octets{participant=\"%s\"} %" PRIu64 "\n", p->list[i].id,
			      s->waiting[i].octets);
}

void im_status_metrics(struct im_status *s, int64_t now, struct osci_buf *out)
{
	struct cert_lines lines = { out, now };
	struct im_weak weak[IM_WEAK_MAX];

	im_metrics_write(&s->metrics, out);
	pthread_mutex_lock(&s->lock);
	gauge(out, "osci_database_ok", s->database_ok, "The database answers.");
	gauge(out, "osci_mailboxes", s->store.mailboxes, "Mailboxes with something in them.");
	gauge(out, "osci_deliveries_waiting", s->store.waiting.deliveries, "Deliveries not yet received.");
	gauge(out, "osci_waiting_octets", s->store.waiting.octets, "Octets of the deliveries not yet received.");
	gauge(out, "osci_oldest_delivery_seconds", (uint64_t)oldest_seconds(s, now), "Age of the delivery that waits longest.");
	write_waiting(s, out);
	gauge(out, "osci_dialogs", s->dialogs, "Explicit dialogs that are open.");
	gauge(out, "osci_refused_senders", s->refused_peers, "Addresses refused after failed decryptions.");
	gauge(out, "osci_spool_octets", s->spool_used, "Octets of messages under way in the spool.");
	gauge(out, "osci_disk_free_octets", s->disk_free, "Free octets where the database is.");
	gauge(out, "osci_disk_low", s->disk_low, "Deliveries are refused because the disk is nearly full.");
	pthread_mutex_unlock(&s->lock);
	gauge(out, "osci_weakened_settings", im_config_weak(s->config, weak), "Settings weaker than the default.");
	im_metric_head(out, "osci_start_time_seconds", "gauge", "Time of the start.");
	im_metric_value(out, "osci_start_time_seconds", (uint64_t)(s->started / 1000));
	im_metric_head(out, "osci_certificate_expiry_days", "gauge", "Days until a certificate ends; negative afterwards.");
	each_cert(s->config, cert_line, &lines);
}
