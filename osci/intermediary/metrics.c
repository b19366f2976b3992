/* SPDX-License-Identifier: Apache-2.0 */
/* metrics - counting, and the text format 0.0.4 of Prometheus */
#include <inttypes.h>
#include <string.h>

#include <osci/feedback.h>
#include "intermediary/metrics.h"

static const unsigned bucket_ms[IM_METRIC_BUCKETS] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 60000 };

static const unsigned refusals[IM_METRIC_REFUSALS] = { 400, 404, 405, 411, 413, 415, 417, 507 };

static size_t type_index(const char *name)
{
	size_t i = 0;

	while (i < OSCI_TYPE_COUNT && strcmp(osci_type_name((enum osci_type)i), name))
		i++;
	return i;
}

void im_metrics_order(struct im_metrics *m, const struct im_metric_order *o)
{
	size_t bucket = 0;

	atomic_fetch_add(&m->received, o->received);
	if (o->cut) {
		atomic_fetch_add(&m->cut, 1);
		return;
	}
	while (bucket < IM_METRIC_BUCKETS && o->ms > (int64_t)bucket_ms[bucket])
		bucket++;
	atomic_fetch_add(&m->orders[type_index(o->order)][osci_feedback_index(o->code)], 1);
	atomic_fetch_add(&m->buckets[bucket], 1);
	atomic_fetch_add(&m->ms, o->ms > 0 ? (uint64_t)o->ms : 0);
	atomic_fetch_add(&m->sent, o->sent);
}

void im_metrics_refused(struct im_metrics *m, unsigned status)
{
	for (size_t i = 0; i < IM_METRIC_REFUSALS; i++)
		if (refusals[i] == status)
			atomic_fetch_add(&m->refused[i], 1);
}

void im_metric_head(struct osci_buf *out, const char *name, const char *type, const char *help)
{
	osci_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void im_metric_value(struct osci_buf *out, const char *name, uint64_t value)
{
	osci_buf_addf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_orders(struct im_metrics *m, struct osci_buf *out)
{
	im_metric_head(out, "osci_orders_total", "counter", "Orders answered, by type and code of the verdict or fault.");
	for (size_t i = 0; i <= OSCI_TYPE_COUNT; i++)
		for (size_t k = 0; k <= OSCI_FEEDBACK_CODES; k++) {
			uint64_t n = atomic_load(&m->orders[i][k]);

			if (n)
				osci_buf_addf(out, "osci_orders_total{order=\"%s\",code=\"%s\"} %" PRIu64 "\n",
					      i < OSCI_TYPE_COUNT ? osci_type_name((enum osci_type)i) : "unreadable",
					      k < OSCI_FEEDBACK_CODES ? osci_feedback_code(k) : "", n);
		}
}

static void write_refusals(struct im_metrics *m, struct osci_buf *out)
{
	im_metric_head(out, "osci_http_refused_total", "counter",
		       "Requests refused by HTTP, by status, before they were an order.");
	for (size_t i = 0; i < IM_METRIC_REFUSALS; i++)
		osci_buf_addf(out, "osci_http_refused_total{status=\"%u\"} %" PRIu64 "\n", refusals[i],
			      atomic_load(&m->refused[i]));
}

static void write_durations(struct im_metrics *m, struct osci_buf *out)
{
	uint64_t n = 0;

	im_metric_head(out, "osci_order_seconds", "histogram", "Time from the complete order to its complete answer.");
	for (size_t i = 0; i < IM_METRIC_BUCKETS; i++) {
		n += atomic_load(&m->buckets[i]);
		osci_buf_addf(out, "osci_order_seconds_bucket{le=\"%u.%03u\"} %" PRIu64 "\n", bucket_ms[i] / 1000,
			      bucket_ms[i] % 1000, n);
	}
	n += atomic_load(&m->buckets[IM_METRIC_BUCKETS]);
	osci_buf_addf(out, "osci_order_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", n);
	osci_buf_addf(out, "osci_order_seconds_sum %" PRIu64 ".%03u\n", atomic_load(&m->ms) / 1000,
		      (unsigned)(atomic_load(&m->ms) % 1000));
	osci_buf_addf(out, "osci_order_seconds_count %" PRIu64 "\n", n);
}

void im_metrics_write(struct im_metrics *m, struct osci_buf *out)
{
	const struct {
		const char *name, *help;
		atomic_uint_fast64_t *value;
	} plain[] = {
		{ "osci_orders_cut_total", "Orders whose connection ended without an answer.", &m->cut },
		{ "osci_received_octets_total", "Octets of orders.", &m->received },
		{ "osci_sent_octets_total", "Octets of answers.", &m->sent },
		{ "osci_decrypt_failures_total", "Orders that could not be decrypted.", &m->decrypt_failures },
		{ "osci_turned_away_total", "Orders of senders refused after too many failures.", &m->turned_away },
	};

	write_orders(m, out);
	write_refusals(m, out);
	write_durations(m, out);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		im_metric_head(out, plain[i].name, "counter", plain[i].help);
		im_metric_value(out, plain[i].name, atomic_load(plain[i].value));
	}
}
