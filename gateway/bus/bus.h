/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus - inside of the bus: sockets and the connections of the offices
 */
#ifndef XGW_BUS_BUS_H
#define XGW_BUS_BUS_H

#include "bus/frames.h"
#include "bus/zap.h"
#include "gateway.h"

#define XGW_WINDOW 16 /* deliveries of one office under way without acknowledgement */

struct xgw_flight {
	int64_t delivery;
	int64_t sent_at; /* xgw_mono() */
};

/* Where the deliveries of one office go: the connection that said HELLO last. */
struct xgw_session {
	struct xgw_office *office;
	unsigned char route[XGW_ROUTING_MAX];
	size_t route_len;       /* 0 = nobody there */
	struct xgw_flight flights[XGW_WINDOW];
	size_t n_flights;
	int64_t last;           /* highest delivery offered to this connection */
	int64_t blocked_until;  /* its queue was full */
	bool dirty;             /* there may be something new to offer */
};

struct xgw_bus {
	struct xgw *g;
	void *context, *router;
	struct xgw_zap *zap;
	int fd;
	char endpoint[512];
	struct xgw_session *sessions; /* parallel to conf->offices */
};

/* Answers one message; what cannot be sent back is dropped: the office asks again. */
int bus_handle(struct xgw_bus *b, struct xgw_frame *f, struct osci_err *err);
/* Offers what is new and what is due again; *@wait becomes less if something is due earlier. */
int bus_push(struct xgw_bus *b, struct xgw_session *s, int64_t *wait, struct osci_err *err);
void bus_landed(struct xgw_session *s, int64_t delivery);

#endif
