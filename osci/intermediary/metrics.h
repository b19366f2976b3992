/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics - counters of what was done, and their text for Prometheus
 *
 * Labels have values of this program or of its configuration only: order types, codes of the standard, ids of
 * participants.  Nothing of a message, no address.  Thread-safe.
 */
#ifndef OSCI_INTERMEDIARY_METRICS_H
#define OSCI_INTERMEDIARY_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <osci/message.h>
#include "base/buf.h"
#include <osci/feedback.h>

#define IM_METRIC_BUCKETS 12
#define IM_METRIC_REFUSALS 8 /* statuses of HTTP that have a counter */

struct im_metrics {
	atomic_uint_fast64_t orders[OSCI_TYPE_COUNT + 1][OSCI_FEEDBACK_CODES + 1]; /* the last of each: unreadable; no code */
	atomic_uint_fast64_t cut;             /* connections cut without an answer */
	atomic_uint_fast64_t received, sent;  /* octets of HTTP bodies */
	atomic_uint_fast64_t decrypt_failures, turned_away;
	atomic_uint_fast64_t refused[IM_METRIC_REFUSALS]; /* by HTTP, before anything was read as an order */
	atomic_uint_fast64_t ms, buckets[IM_METRIC_BUCKETS + 1]; /* time of an order; the last bucket: longer */
};

struct im_metric_order {
	const char *order, *code; /* as in the report */
	bool cut;
	uint64_t received, sent;
	int64_t ms;
};

void im_metrics_order(struct im_metrics *m, const struct im_metric_order *order);
void im_metrics_refused(struct im_metrics *m, unsigned status);
/* The counters, and the lines that im_metric_head() and osci_buf_addf() make. */
void im_metrics_write(struct im_metrics *m, struct osci_buf *out);
void im_metric_head(struct osci_buf *out, const char *name, const char *type, const char *help);
void im_metric_value(struct osci_buf *out, const char *name, uint64_t value);

#endif
