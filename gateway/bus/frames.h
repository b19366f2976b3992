/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames - one message of the bus as it came: who, verb, JSON, octets
 */
#ifndef XGW_BUS_FRAMES_H
#define XGW_BUS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

#include <osci/err.h>
#include <xgw/client.h>

#define XGW_ROUTING_MAX 255 /* octets of a routing id */
#define XGW_VERB_MAX 16

struct xgw_frame {
	unsigned char route[XGW_ROUTING_MAX];
	size_t route_len;
	char key[XGW_KEY_CHARS + 1]; /* of the client, as ZAP admitted it; "" = none */
	char verb[XGW_VERB_MAX];
	json_t *json;                /* an object; NULL if faulty */
	unsigned char *octets;       /* frame 3, or NULL */
	size_t octets_len;
	const char *fault;           /* code of ERROR, NULL = well-formed */
};

/* 0 with @ret (to be cleared in any case); OSCI_E_EMPTY: nothing waits; -errno. Takes whole messages only. */
int xgw_frame_receive(void *router, size_t octets_max, struct xgw_frame *ret);
void xgw_frame_clear(struct xgw_frame *f);
/* 0; OSCI_E_NETWORK: the peer is gone; OSCI_E_STATE: its queue is full; -errno. @octets may be NULL. */
int xgw_frame_send(void *router, const unsigned char *route, size_t route_len, const char *verb, const json_t *json,
		   const void *octets, size_t len);

#endif
