/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status - what an operator sees: /health (JSON) and /metrics (Prometheus)
 *
 * Both show a snapshot taken by im_status_refresh() every few seconds, so that asking costs the orders nothing, and a
 * store that does not answer does not hang who asks.  No personal data; names are ids of the configuration.
 */
#ifndef OSCI_INTERMEDIARY_STATUS_H
#define OSCI_INTERMEDIARY_STATUS_H

#include <pthread.h>

#include "intermediary/config.h"
#include "intermediary/guard.h"
#include "intermediary/metrics.h"
#include "intermediary/service.h"

#define IM_STATUS_DOC_MAX (8 * 1024 * 1024)

struct im_status {
	const struct im_config *config;
	struct im_service *service;
	struct im_metrics metrics;
	struct im_guard *guard;     /* failed decryptions by address */
	int64_t started;
	pthread_mutex_t lock;       /* of what follows: the snapshot */
	int64_t taken;              /* 0 = none yet */
	bool database_ok, disk_low;
	uint64_t disk_free, spool_used;
	unsigned disk_used;         /* percent */
	size_t dialogs, refused_peers;
	struct im_store_stats store;
	struct im_store_waiting *waiting; /* one per participant */
};

int im_status_init(struct im_status *s, const struct im_config *config, struct im_service *service, int64_t now);
void im_status_free(struct im_status *s);
/* 0, or why the store cannot be asked; the snapshot says so, too. */
int im_status_refresh(struct im_status *s, int64_t now, struct osci_err *err);
/* JSON; true if orders can be served: database answers, room on the disk. */
bool im_status_health(struct im_status *s, int64_t now, struct osci_buf *out);
void im_status_metrics(struct im_status *s, int64_t now, struct osci_buf *out);

#endif
